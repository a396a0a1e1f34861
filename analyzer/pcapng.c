/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pcapng.c: pcapng files, walked in the blocks of a stream. A block is looked at whole, if it is
 * not too long for that; what comes after a packet, as comments and hashes, is passed over.
 */
#include "pcapng.h"

#include <byteswap.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum block_type {
    BLOCK_SECTION = 0x0a0d0d0a, /* reads the same in both byte orders */
    BLOCK_INTERFACE = 1,
    BLOCK_OLD_PACKET = 2,
    BLOCK_SIMPLE_PACKET = 3,
    BLOCK_ENHANCED_PACKET = 6,
    BLOCK_JOURNAL = 9,
    BLOCK_SYSDIG_EVENT = 0x204,
    BLOCK_SYSDIG_EVENT_FLAGS = 0x208,
    BLOCK_SYSDIG_EVENT_V2 = 0x216,
    BLOCK_SYSDIG_EVENT_V2_FLAGS = 0x217,
    BLOCK_CUSTOM = 0xbad,
    BLOCK_CUSTOM_NO_COPY = 0x40000bad,
};

enum { OPTION_END = 0, OPTION_TSRESOL = 9, OPTION_TSOFFSET = 14 };

enum {
    BYTE_ORDER_MAGIC = 0x1a2b3c4d,
    BLOCK_HEADER_BYTES = 8,
    TRAILER_BYTES = 4,
    SECTION_BYTES = 28, /* of a whole block without options, as are the following */
    INTERFACE_BYTES = 20,
    PACKET_BYTES = 32,
    SIMPLE_PACKET_BYTES = 16,
    /* Real captures have a few; what a file may make us allocate must have an end. */
    INTERFACES_MAX = 1 << 16,
    /*
     * A longer block is more likely a damaged length: those of Wireshark's and libpcap's end here.
     */
    BLOCK_LIKELY_MAX = 16 << 20,
    DECIMAL_DIGITS_MAX = 19, /* what 64 bits hold of 10^n and 2^n */
    BINARY_DIGITS_MAX = 63,
};

/* ---- errors ------------------------------------------------------------------------------ */

/* Returns false. */
__attribute__((format(printf, 3, 4))) static bool
fail(struct pcapng *pcapng, enum pcapng_error error, const char *format, ...)
{
    va_list arguments;

    pcapng->error = error;
    va_start(arguments, format);
    vsnprintf(pcapng->message, sizeof pcapng->message, format, arguments);
    va_end(arguments);
    return false;
}

/* The stream has fewer bytes than the block. */
static bool fail_at_end(struct pcapng *pcapng)
{
    unsigned long long at = pcapng->block_at;

    if (errno)
        return fail(pcapng, PCAPNG_READ_ERROR, "%s", strerror(errno));
    if (pcapng->block_length > BLOCK_LIKELY_MAX)
        return fail(pcapng, PCAPNG_DAMAGED, "the block at byte %llu has a length of %u bytes", at,
                    pcapng->block_length);
    return fail(pcapng, PCAPNG_CUT, "cut inside the block at byte %llu", at);
}

static bool fail_block(struct pcapng *pcapng, const char *what)
{
    return fail(pcapng, PCAPNG_DAMAGED, "%s in the block at byte %llu", what,
                (unsigned long long)pcapng->block_at);
}

/* ---- numbers ----------------------------------------------------------------------------- */

static uint16_t get16(const struct pcapng *pcapng, const uint8_t *at)
{
    uint16_t value;

    memcpy(&value, at, sizeof value);
    return pcapng->swapped ? bswap_16(value) : value;
}

static uint32_t get32(const struct pcapng *pcapng, const uint8_t *at)
{
    uint32_t value;

    memcpy(&value, at, sizeof value);
    return pcapng->swapped ? bswap_32(value) : value;
}

static uint64_t get64(const struct pcapng *pcapng, const uint8_t *at)
{
    uint64_t value;

    memcpy(&value, at, sizeof value);
    return pcapng->swapped ? bswap_64(value) : value;
}

/* ---- sections and interfaces ------------------------------------------------------------- */

static bool take_section(struct pcapng *pcapng, const uint8_t *block)
{
    uint16_t major = get16(pcapng, block + 12), minor = get16(pcapng, block + 14);

    /* Readers must not guess what another major version means (draft-ietf-opsawg-pcapng 4.1). */
    if (major != 1)
        return fail(pcapng, PCAPNG_DAMAGED, "pcapng of version %u.%u, which is not known", major,
                    minor);
    pcapng->count = 0;
    return true;
}

static bool set_resolution(struct pcapng *pcapng, struct pcapng_interface *interface, uint8_t value)
{
    const uint64_t ns_per_s = 1000000000;
    unsigned digits = value & 0x7f;
    bool is_binary = value & 0x80;

    if (digits > (is_binary ? BINARY_DIGITS_MAX : DECIMAL_DIGITS_MAX))
        return fail_block(pcapng, "impossible time resolution");
    interface->units_per_s = 1;
    for (unsigned i = 0; i < digits; i++)
        interface->units_per_s *= is_binary ? 2 : 10;
    interface->ns_per_unit =
        ns_per_s % interface->units_per_s == 0 ? ns_per_s / interface->units_per_s : 0;
    return true;
}

static bool take_option(struct pcapng *pcapng, struct pcapng_interface *interface, uint16_t code,
                        const uint8_t *value, uint16_t length)
{
    if (code == OPTION_TSRESOL)
        return length == 1 ? set_resolution(pcapng, interface, *value)
                           : fail_block(pcapng, "time resolution of a wrong length");
    if (code == OPTION_TSOFFSET && length != sizeof(uint64_t))
        return fail_block(pcapng, "time offset of a wrong length");
    if (code == OPTION_TSOFFSET)
        interface->offset_s = (int64_t)get64(pcapng, value);
    return true;
}

static bool take_options(struct pcapng *pcapng, struct pcapng_interface *interface,
                         const uint8_t *at, size_t left)
{
    while (left > 0) {
        uint16_t code, length;
        size_t padded;

        if (left < 4)
            return fail_block(pcapng, "cut option");
        code = get16(pcapng, at);
        length = get16(pcapng, at + 2);
        padded = 4 + ((size_t)length + 3) / 4 * 4;
        if (code == OPTION_END)
            return length == 0 ? true : fail_block(pcapng, "wrong end of options");
        if (padded > left)
            return fail_block(pcapng, "too long an option");
        if (!take_option(pcapng, interface, code, at + 4, length))
            return false;
        at += padded;
        left -= padded;
    }
    return true;
}

static bool take_interface(struct pcapng *pcapng, const uint8_t *block, uint32_t length)
{
    struct pcapng_interface interface = {
        .link_type = get16(pcapng, block + 8),
        .snaplen = get32(pcapng, block + 12),
        .units_per_s = 1000000,
        .ns_per_unit = 1000,
    };

    if (pcapng->count == INTERFACES_MAX)
        return fail_block(pcapng, "more than 65536 interfaces");
    if (!take_options(pcapng, &interface, block + 16, length - INTERFACE_BYTES))
        return false;
    if (pcapng->count == pcapng->capacity) {
        size_t capacity = pcapng->capacity ? 2 * pcapng->capacity : 4;
        struct pcapng_interface *interfaces =
            reallocarray(pcapng->interfaces, capacity, sizeof *interfaces);

        if (!interfaces)
            return fail(pcapng, PCAPNG_NO_MEMORY, "out of memory");
        pcapng->interfaces = interfaces;
        pcapng->capacity = capacity;
    }
    pcapng->interfaces[pcapng->count++] = interface;
    return true;
}

/* ---- packets ----------------------------------------------------------------------------- */

static void set_time(const struct pcapng_interface *interface, struct pcapng_record *record,
                     uint64_t units)
{
    const uint64_t ns_per_s = 1000000000;
    uint64_t seconds = units / interface->units_per_s, rest = units % interface->units_per_s;

    record->has_time =
        seconds <= INT64_MAX &&
        !__builtin_add_overflow((int64_t)seconds, interface->offset_s, &record->seconds);
    if (interface->ns_per_unit)
        record->ns = (uint32_t)(rest * interface->ns_per_unit);
    else
        record->ns = (uint32_t)((unsigned __int128)rest * ns_per_s / interface->units_per_s);
}

static const struct pcapng_interface *find_interface(struct pcapng *pcapng, uint32_t number)
{
    if (number < pcapng->count)
        return &pcapng->interfaces[number];
    fail(pcapng, PCAPNG_DAMAGED, "a packet of interface %u, which is not described, at byte %llu",
         number, (unsigned long long)pcapng->block_at);
    return NULL;
}

/* The bytes of a packet begin here; `room` follow in the block. */
static bool set_bytes(struct pcapng *pcapng, struct pcapng_record *record, const uint8_t *at,
                      uint32_t room)
{
    if (record->caplen > room || record->caplen > PCAPNG_CAPLEN_MAX)
        return fail(pcapng, PCAPNG_DAMAGED, "a packet of %u bytes in the block at byte %llu",
                    record->caplen, (unsigned long long)pcapng->block_at);
    record->bytes = at;
    record->is_packet = true;
    return true;
}

/* An enhanced packet block, or the packet block that came before it. */
static bool take_packet(struct pcapng *pcapng, const uint8_t *block, uint32_t length, bool is_old,
                        struct pcapng_record *record)
{
    uint32_t number = is_old ? get16(pcapng, block + 8) : get32(pcapng, block + 8);
    const struct pcapng_interface *interface = find_interface(pcapng, number);

    if (!interface)
        return false;
    record->link_type = interface->link_type;
    record->caplen = get32(pcapng, block + 20);
    record->wirelen = get32(pcapng, block + 24);
    set_time(interface, record,
             (uint64_t)get32(pcapng, block + 12) << 32 | get32(pcapng, block + 16));
    return set_bytes(pcapng, record, block + 28, length - PACKET_BYTES);
}

/*
 * A simple packet block: on the first interface, at no known time, as long as was captured of it.
 */
static bool take_simple_packet(struct pcapng *pcapng, const uint8_t *block, uint32_t length,
                               struct pcapng_record *record)
{
    const struct pcapng_interface *interface = find_interface(pcapng, 0);

    if (!interface)
        return false;
    record->link_type = interface->link_type;
    record->wirelen = record->caplen = get32(pcapng, block + 8);
    if (interface->snaplen > 0 && record->caplen > interface->snaplen)
        record->caplen = interface->snaplen;
    if (record->caplen > PCAPNG_CAPLEN_MAX)
        record->caplen = PCAPNG_CAPLEN_MAX;
    record->has_time = false;
    return set_bytes(pcapng, record, block + 12, length - SIMPLE_PACKET_BYTES);
}

/* ---- blocks ------------------------------------------------------------------------------ */

enum outcome {
    OUTCOME_RECORD,
    OUTCOME_NOTHING, /* the block is of no interest, or was */
    OUTCOME_LATER,   /* it is not at hand, and nothing may be read */
    OUTCOME_STOP,    /* the end, or an error */
};

static uint32_t block_bytes_min(uint32_t type)
{
    switch (type) {
    case BLOCK_SECTION:
        return SECTION_BYTES;
    case BLOCK_INTERFACE:
        return INTERFACE_BYTES;
    case BLOCK_OLD_PACKET:
    case BLOCK_ENHANCED_PACKET:
        return PACKET_BYTES;
    case BLOCK_SIMPLE_PACKET:
        return SIMPLE_PACKET_BYTES;
    default:
        return BLOCK_HEADER_BYTES + TRAILER_BYTES;
    }
}

/* Whether Wireshark numbers this block among the packets. */
static bool is_record(uint32_t type)
{
    switch (type) {
    case BLOCK_OLD_PACKET:
    case BLOCK_SIMPLE_PACKET:
    case BLOCK_ENHANCED_PACKET:
    case BLOCK_JOURNAL:
    case BLOCK_SYSDIG_EVENT:
    case BLOCK_SYSDIG_EVENT_FLAGS:
    case BLOCK_SYSDIG_EVENT_V2:
    case BLOCK_SYSDIG_EVENT_V2_FLAGS:
    case BLOCK_CUSTOM:
    case BLOCK_CUSTOM_NO_COPY:
        return true;
    default:
        return false;
    }
}

/* Whether a block has to be looked at whole. */
static bool is_read(uint32_t type)
{
    return block_bytes_min(type) > BLOCK_HEADER_BYTES + TRAILER_BYTES;
}

/* Take what is in a block. False: it makes no sense. */
static bool take_block(struct pcapng *pcapng, uint32_t type, const uint8_t *block, uint32_t length,
                       struct pcapng_record *record)
{
    switch (type) {
    case BLOCK_SECTION:
        return take_section(pcapng, block);
    case BLOCK_INTERFACE:
        return length <= STREAM_PEEK_MAX ? take_interface(pcapng, block, length)
                                         : fail_block(pcapng, "too long an interface description");
    case BLOCK_SIMPLE_PACKET:
        return take_simple_packet(pcapng, block, length, record);
    default:
        return take_packet(pcapng, block, length, type == BLOCK_OLD_PACKET, record);
    }
}

/* Pass what is left of the block, and compare its two lengths. */
static enum outcome pass_rest(struct pcapng *pcapng, bool may_read)
{
    const uint8_t *trailer;

    while (pcapng->left > TRAILER_BYTES) {
        uint64_t there, passed = pcapng->left - TRAILER_BYTES;

        if (!stream_peek(pcapng->stream, 1, may_read))
            return may_read ? (fail_at_end(pcapng), OUTCOME_STOP) : OUTCOME_LATER;
        there = pcapng->stream->end - pcapng->stream->at;
        passed = passed < there ? passed : there;
        stream_take(pcapng->stream, (size_t)passed);
        pcapng->left -= passed;
    }
    trailer = stream_peek(pcapng->stream, TRAILER_BYTES, may_read);
    if (!trailer)
        return may_read ? (fail_at_end(pcapng), OUTCOME_STOP) : OUTCOME_LATER;
    if (get32(pcapng, trailer) != pcapng->block_length) {
        fail_block(pcapng, "two different lengths");
        return OUTCOME_STOP;
    }
    stream_take(pcapng->stream, TRAILER_BYTES);
    pcapng->left = 0;
    return OUTCOME_NOTHING;
}

/* A section header says in which byte order its own length is. */
static bool set_byte_order(struct pcapng *pcapng, const uint8_t *block)
{
    uint32_t magic;

    memcpy(&magic, block + BLOCK_HEADER_BYTES, sizeof magic);
    if (magic != BYTE_ORDER_MAGIC && magic != bswap_32(BYTE_ORDER_MAGIC))
        return fail_block(pcapng, "no byte order");
    pcapng->swapped = magic != BYTE_ORDER_MAGIC;
    return true;
}

/*
 * Look at the header of the next block. *block, *type and *length are set where that is NOTHING.
 * The end of the stream is also the end of the records.
 */
static enum outcome look_at_header(struct pcapng *pcapng, bool may_read, const uint8_t **block,
                                   uint32_t *type, uint32_t *length)
{
    const size_t header_bytes = BLOCK_HEADER_BYTES + 4; /* with the trailer, or the byte order */

    pcapng->block_at = stream_position(pcapng->stream);
    pcapng->block_length = 0;
    *block = stream_peek(pcapng->stream, header_bytes, may_read);
    if (!*block && !may_read)
        return OUTCOME_LATER;
    if (!*block) {
        if (errno || pcapng->stream->end != pcapng->stream->at)
            fail_at_end(pcapng);
        return OUTCOME_STOP;
    }
    *type = get32(pcapng, *block);
    if (*type == BLOCK_SECTION && !set_byte_order(pcapng, *block))
        return OUTCOME_STOP;
    *length = get32(pcapng, *block + 4);
    if (*length < block_bytes_min(*type) || *length % 4 != 0) {
        fail(pcapng, PCAPNG_DAMAGED, "the block at byte %llu has a length of %u bytes",
             (unsigned long long)pcapng->block_at, *length);
        return OUTCOME_STOP;
    }
    return OUTCOME_NOTHING;
}

/* Take a block that is kept: whole, or as much of it as can be looked at. */
static enum outcome take_whole(struct pcapng *pcapng, bool may_read, uint32_t type, uint32_t length,
                               struct pcapng_record *record)
{
    size_t n = length < STREAM_PEEK_MAX ? length : STREAM_PEEK_MAX;
    const uint8_t *block = stream_peek(pcapng->stream, n, may_read);

    if (!block)
        return may_read ? (fail_at_end(pcapng), OUTCOME_STOP) : OUTCOME_LATER;
    if (!take_block(pcapng, type, block, length, record))
        return OUTCOME_STOP;
    /* Of a section header libpcap does not ask for it. */
    if (n == length && type != BLOCK_SECTION &&
        get32(pcapng, block + length - TRAILER_BYTES) != length) {
        fail_block(pcapng, "two different lengths");
        return OUTCOME_STOP;
    }
    stream_take(pcapng->stream, n);
    pcapng->left = length - n;
    return is_record(type) ? OUTCOME_RECORD : OUTCOME_NOTHING;
}

static enum outcome next_block(struct pcapng *pcapng, bool may_read, struct pcapng_record *record)
{
    const uint8_t *block;
    uint32_t type = 0, length = 0;
    enum outcome outcome;

    if (pcapng->error != PCAPNG_OK)
        return OUTCOME_STOP;
    if (pcapng->left > 0)
        return pass_rest(pcapng, may_read);
    outcome = look_at_header(pcapng, may_read, &block, &type, &length);
    if (outcome != OUTCOME_NOTHING)
        return outcome;
    pcapng->block_length = length;
    *record = (struct pcapng_record){.is_packet = false};
    if (is_read(type))
        return take_whole(pcapng, may_read, type, length, record);
    stream_take(pcapng->stream, BLOCK_HEADER_BYTES);
    pcapng->left = length - BLOCK_HEADER_BYTES;
    return is_record(type) ? OUTCOME_RECORD : OUTCOME_NOTHING;
}

size_t pcapng_read(struct pcapng *pcapng, struct pcapng_record *records, size_t count)
{
    size_t taken = 0;

    while (taken < count) {
        /* Only before the first record may the stream read: that moves what it holds. */
        enum outcome outcome = next_block(pcapng, taken == 0, &records[taken]);

        if (outcome == OUTCOME_RECORD)
            taken++;
        else if (outcome != OUTCOME_NOTHING)
            break;
    }
    return taken;
}

bool pcapng_begin(struct pcapng *pcapng, struct stream *stream)
{
    struct pcapng_record record;
    const uint8_t *block;
    uint32_t type, length;

    *pcapng = (struct pcapng){.stream = stream};
    if (next_block(pcapng, true, &record) == OUTCOME_STOP)
        return false;
    for (;;) {
        if (pcapng->left == 0 &&
            look_at_header(pcapng, true, &block, &type, &length) != OUTCOME_NOTHING)
            break;
        if (pcapng->left == 0 && is_record(type))
            break;
        if (next_block(pcapng, true, &record) == OUTCOME_STOP)
            break;
    }
    return true;
}

void pcapng_end(struct pcapng *pcapng)
{
    free(pcapng->interfaces);
    pcapng->interfaces = NULL;
}
