/* SPDX-License-Identifier: GPL-2.0-or-later */
/* classic.c: the usual records of classic pcap files. */
#include "classic.h"

#include <byteswap.h>
#include <string.h>

struct file_header {
    uint32_t magic;
    uint16_t major, minor;
    uint32_t reserved[2], snaplen, link_type;
};

struct record_header {
    uint32_t seconds, fraction, caplen, wirelen;
};

_Static_assert(sizeof(struct file_header) == CLASSIC_HEADER_BYTES, "no padding");

bool classic_begin(struct classic *classic, const uint8_t header[static CLASSIC_HEADER_BYTES],
                   int snaplen)
{
    const uint32_t microseconds = 0xa1b2c3d4, nanoseconds = 0xa1b23c4d;
    const uint32_t caplen_max = STREAM_PEEK_MAX - sizeof(struct record_header);
    struct file_header file;
    uint32_t magic;
    uint16_t major, minor;

    memcpy(&file, header, sizeof file);
    classic->swapped = file.magic == bswap_32(microseconds) || file.magic == bswap_32(nanoseconds);
    magic = classic->swapped ? bswap_32(file.magic) : file.magic;
    major = classic->swapped ? bswap_16(file.major) : file.major;
    minor = classic->swapped ? bswap_16(file.minor) : file.minor;
    classic->ns_per_unit = magic == nanoseconds ? 1 : 1000;
    classic->units_per_s = 1000000000 / classic->ns_per_unit;
    classic->caplen_max = caplen_max;
    if (snaplen > 0 && (uint32_t)snaplen < caplen_max)
        classic->caplen_max = (uint32_t)snaplen;
    /* Before 2.4 some writers exchanged the two lengths. */
    return (magic == microseconds || magic == nanoseconds) && major == 2 && minor == 4;
}

/* Whether libpcap would hand out a record of this header as it is. */
static bool is_usual(const struct classic *classic, const struct record_header *header)
{
    return header->caplen <= classic->caplen_max && header->fraction < classic->units_per_s;
}

static struct record_header load_header(const struct classic *classic, const uint8_t *bytes)
{
    struct record_header header;

    memcpy(&header, bytes, sizeof header);
    if (classic->swapped)
        header = (struct record_header){bswap_32(header.seconds), bswap_32(header.fraction),
                                        bswap_32(header.caplen), bswap_32(header.wirelen)};
    return header;
}

size_t classic_walk(const struct classic *classic, struct stream *stream, struct packet *packets,
                    size_t count)
{
    const int64_t ns_per_s = 1000000000;
    const size_t header_bytes = sizeof(struct record_header);
    size_t walked = 0;

    while (walked < count) {
        /* Only the first record may make the stream read: that moves what it holds. */
        const uint8_t *bytes = stream_peek(stream, header_bytes, walked == 0);
        struct record_header header;
        struct packet *packet;

        if (!bytes)
            break;
        header = load_header(classic, bytes);
        if (!is_usual(classic, &header))
            break;
        bytes = stream_peek(stream, header_bytes + header.caplen, walked == 0);
        if (!bytes)
            break;
        stream_take(stream, header_bytes + header.caplen);
        packet = &packets[walked++];
        packet->time_ns = header.seconds * ns_per_s + header.fraction * classic->ns_per_unit;
        packet->has_time = true;
        packet->caplen = header.caplen;
        packet->wirelen = header.wirelen;
        packet->bytes = bytes + header_bytes;
    }
    return walked;
}
