/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * check_pcapng.c: pcapng files put together block by block, read back; and whole files of random
 * blocks, undamaged and damaged, compared with what libpcap reads of them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "by_libpcap.h"
#include "source.h"
#include "suites.h"

enum { FILE_BYTES_MAX = 1 << 22, ETHERNET = 1, COOKED = 113, RAW = 101, RAW_AS_DLT = 12 };

/* A file in the making. */
struct file {
    uint8_t *bytes;
    size_t length, block; /* where the block at hand begins */
    bool swapped;
};

static void put8(struct file *file, uint8_t value)
{
    /* Not an assertion a byte: each is a message to the parent. */
    if (file->length == FILE_BYTES_MAX)
        ck_abort_msg("the file is longer than %d bytes", FILE_BYTES_MAX);
    file->bytes[file->length++] = value;
}

static void put(struct file *file, uint64_t value, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        put8(file, (uint8_t)(value >> 8 * (file->swapped ? n - 1 - i : i)));
}

static void put_padding(struct file *file)
{
    while (file->length % 4 != 0)
        put8(file, 0);
}

static void begin(struct file *file, uint32_t type)
{
    file->block = file->length;
    put(file, type, 4);
    put(file, 0, 4);
}

static void end(struct file *file)
{
    size_t length;

    put_padding(file);
    length = file->length + 4 - file->block;
    put(file, length, 4);
    length = file->length;
    file->length = file->block + 4;
    put(file, length - file->block, 4);
    file->length = length;
}

static void put_section(struct file *file, bool swapped)
{
    file->swapped = swapped;
    begin(file, 0x0a0d0d0a);
    put(file, 0x1a2b3c4d, 4);
    put(file, 1, 2);
    put(file, 0, 2);
    put(file, UINT64_MAX, 8);
    end(file);
}

/* tsresol 0 and offset_s 0: no such option. */
static void put_interface(struct file *file, uint16_t link_type, uint32_t snaplen, uint8_t tsresol,
                          int64_t offset_s)
{
    begin(file, 1);
    put(file, link_type, 2);
    put(file, 0, 2);
    put(file, snaplen, 4);
    if (tsresol) {
        put(file, 9, 2);
        put(file, 1, 2);
        put8(file, tsresol);
        put_padding(file);
    }
    if (offset_s) {
        put(file, 14, 2);
        put(file, 8, 2);
        put(file, (uint64_t)offset_s, 8);
    }
    end(file);
}

static void put_bytes(struct file *file, uint32_t caplen)
{
    for (uint32_t i = 0; i < caplen; i++)
        put8(file, (uint8_t)(i + caplen));
    put_padding(file);
}

static void put_packet(struct file *file, uint32_t interface, uint64_t units, uint32_t caplen,
                       const char *comment)
{
    begin(file, 6);
    put(file, interface, 4);
    put(file, units >> 32, 4);
    put(file, units & UINT32_MAX, 4);
    put(file, caplen, 4);
    put(file, caplen + 7, 4);
    put_bytes(file, caplen);
    if (*comment) {
        put(file, 1, 2);
        put(file, strlen(comment), 2);
        for (const char *c = comment; *c; c++)
            put8(file, (uint8_t)*c);
        put_padding(file);
        put(file, 0, 4);
    }
    end(file);
}

static void put_old_packet(struct file *file, uint16_t interface, uint64_t units, uint32_t caplen)
{
    begin(file, 2);
    put(file, interface, 2);
    put(file, 3, 2); /* drops */
    put(file, units >> 32, 4);
    put(file, units & UINT32_MAX, 4);
    put(file, caplen, 4);
    put(file, caplen + 7, 4);
    put_bytes(file, caplen);
    end(file);
}

static void put_simple_packet(struct file *file, uint32_t wirelen, uint32_t caplen)
{
    begin(file, 3);
    put(file, wirelen, 4);
    put_bytes(file, caplen);
    end(file);
}

static void put_other(struct file *file, uint32_t type, uint32_t length)
{
    begin(file, type);
    put_bytes(file, length);
    end(file);
}

/* ---- files that libpcap refuses, or reads otherwise ---------------------------------------- */

static void build_sections(struct file *file)
{
    put_section(file, false);
    put_interface(file, ETHERNET, 262144, 9, 0);
    put_packet(file, 0, 1000000001, 60, "");
    put_section(file, true);
    put_interface(file, RAW, 96, 0, 0);
    put_packet(file, 0, 2000002, 50, "");
    put_section(file, false);
    put_interface(file, ETHERNET, 262144, 3, 100);
    put_packet(file, 0, 3004, 60, "");
}

static void build_interfaces(struct file *file)
{
    put_section(file, true);
    put_interface(file, COOKED, 68, 6, 0);
    put_interface(file, ETHERNET, 0, 0x80 | 20, -10);
    put_packet(file, 1, (uint64_t)11 << 20 | 1 << 19, 60, "half a second");
    put_packet(file, 0, 2000002, 68, "");
    put_interface(file, RAW, 0, 0, 0);
    put_packet(file, 2, 3000003, 20, "");
}

/* A simple packet has no time, and Wireshark numbers the custom block and the journal entry. */
static void build_others(struct file *file)
{
    put_section(file, false);
    put_other(file, 4, 40);
    put_interface(file, ETHERNET, 64, 0, 0);
    put_other(file, 10, 300000); /* secrets, longer than what can be looked at at once */
    put_simple_packet(file, 100, 64);
    put_other(file, 0xbad, 12);
    put_old_packet(file, 0, 1000001, 33);
    put_other(file, 9, 13);
    put_other(file, 5, 12);
    put_packet(file, 0, 2000002, 61, "a comment");
    put_other(file, 0x80000001, 0);
}

/* The block is longer than what can be looked at at once; the packet is as long as they get. */
static void build_long(struct file *file)
{
    static char comment[60001];

    memset(comment, 'x', sizeof comment - 1);
    put_section(file, false);
    put_interface(file, ETHERNET, 262144, 0, 0);
    put_packet(file, 0, 1000001, 262144, comment);
    put_packet(file, 0, 2000002, 262144, comment);
    put_packet(file, 0, 3000003, 3, "");
}

static void build_nothing(struct file *file)
{
    put_section(file, false);
}

struct expected {
    int link_type;
    int64_t time_ns; /* -1: none */
    uint32_t caplen;
};

static const struct row {
    const char *name;
    void (*build)(struct file *file);
    struct expected packets[4];
    size_t count;
    const char *link_types;
    int link_type; /* of the source */
} rows[] = {
    {"sections of both byte orders",
     build_sections,
     {{ETHERNET, 1000000001, 60}, {RAW_AS_DLT, 2000002000, 50}, {ETHERNET, 103004000000, 60}},
     3,
     "EN10MB,RAW",
     ETHERNET},
    {"unlike interfaces",
     build_interfaces,
     {{ETHERNET, 1500000000, 60}, {COOKED, 2000002000, 68}, {RAW_AS_DLT, 3000003000, 20}},
     3,
     "LINUX_SLL,EN10MB,RAW",
     COOKED},
    {"blocks of every kind",
     build_others,
     {{ETHERNET, -1, 64}, {-1, -1, 0}, {ETHERNET, 1000001000, 33}, {-1, -1, 0}},
     5,
     "EN10MB",
     ETHERNET},
    {"blocks longer than what is read at once",
     build_long,
     {{ETHERNET, 1000001000, 262144}, {ETHERNET, 2000002000, 262144}, {ETHERNET, 3000003000, 3}},
     3,
     "EN10MB",
     ETHERNET},
    {"no interface", build_nothing, {{0}}, 0, "EN10MB", ETHERNET},
};

static char path[] = "/tmp/ka-check-XXXXXX";

static void write_file(const struct file *file, size_t length)
{
    FILE *stream = fopen(path, "wb");

    ck_assert_ptr_nonnull(stream);
    ck_assert_uint_eq(fwrite(file->bytes, 1, length, stream), length);
    ck_assert_int_eq(fclose(stream), 0);
}

static void check_packet(const char *name, const struct packet *packet,
                         const struct expected *expected)
{
    ck_assert_msg(packet->link_type == expected->link_type, "%s: packet %d: link type %d", name,
                  (int)packet->frame, packet->link_type);
    ck_assert_msg(packet->caplen == expected->caplen, "%s: packet %d: %u bytes", name,
                  (int)packet->frame, packet->caplen);
    ck_assert_msg(packet->has_time == (expected->time_ns >= 0), "%s: packet %d: time", name,
                  (int)packet->frame);
    if (packet->has_time)
        ck_assert_int_eq(packet->time_ns, expected->time_ns);
    for (uint32_t i = 0; i < packet->caplen; i++)
        ck_assert_uint_eq(packet->bytes[i], (uint8_t)(i + packet->caplen));
}

/* Read `at_once` packets with each call. */
static void check_row(const struct row *row, size_t at_once)
{
    struct source_failure failure = {.error = SOURCE_OK};
    struct source *source = source_open(path, NULL, &failure);
    struct packet packets[8];
    uint64_t frame = 0;
    size_t count;

    ck_assert_msg(source != NULL, "%s: %s", row->name, failure.message);
    ck_assert_msg(source_link_type(source) == row->link_type, "%s: link type", row->name);
    while ((count = source_read(source, packets, at_once, &failure)) > 0)
        for (size_t i = 0; i < count; i++) {
            ck_assert_uint_eq(packets[i].frame, ++frame);
            if (frame <= 4 && frame <= row->count)
                check_packet(row->name, &packets[i], &row->packets[frame - 1]);
        }
    ck_assert_msg(frame == row->count, "%s: %d packets: %s", row->name, (int)frame,
                  failure.message);
    ck_assert_msg(failure.error == SOURCE_OK, "%s: %s", row->name, failure.message);
    ck_assert_str_eq(source_link_type_name(source), row->link_types);
    source_close(source);
}

START_TEST(test_file)
{
    struct file file = {.bytes = malloc(FILE_BYTES_MAX)};

    rows[_i].build(&file);
    write_file(&file, file.length);
    check_row(&rows[_i], 1);
    check_row(&rows[_i], 8);
    free(file.bytes);
}
END_TEST

/*
 * Wherever a file is cut, the packets before are there, and that it is cut is said but at a border.
 */
START_TEST(test_cut_anywhere)
{
    struct file file = {.bytes = malloc(FILE_BYTES_MAX)};
    struct packet packet;
    uint64_t latest = 0;

    build_sections(&file);
    for (size_t length = 28; length <= file.length; length++) {
        struct source_failure failure = {.error = SOURCE_OK};
        struct source *source;
        uint64_t packets = 0;

        write_file(&file, length);
        source = source_open(path, NULL, &failure);
        ck_assert_msg(source != NULL, "%s", failure.message);
        while (source_read(source, &packet, 1, &failure))
            packets++;
        ck_assert(packets >= latest && packets <= latest + 1);
        ck_assert(packets == latest || failure.error == SOURCE_OK);
        ck_assert(failure.error == SOURCE_OK || failure.error == SOURCE_CUT);
        latest = packets;
        source_close(source);
    }
    ck_assert_uint_eq(latest, 3);
    free(file.bytes);
}
END_TEST

/* ---- what makes no sense ------------------------------------------------------------------- */

static const struct {
    const char *name;
    size_t at; /* this byte of the file below becomes... */
    uint8_t value;
    bool opens;
    enum source_error error;
    const char *message;
} damages[] = {
    {"as it is", 0, 0x0a, true, SOURCE_OK, ""},
    {"version 2", 12, 2, false, SOURCE_NO_CAPTURE, "version 2.0"},
    {"no byte order", 8, 0, false, SOURCE_NO_CAPTURE, "no byte order"},
    {"interface too short", 32, 16, true, SOURCE_DAMAGED, "a length of 16 bytes"},
    {"time resolution of 10^-20 s", 48, 20, true, SOURCE_DAMAGED, "time resolution"},
    {"time resolution of 2^-64 s", 48, 0xc0, true, SOURCE_DAMAGED, "time resolution"},
    {"time resolution without a value", 46, 0, true, SOURCE_DAMAGED, "time resolution of a wrong"},
    {"option beyond the block", 47, 1, true, SOURCE_DAMAGED, "too long an option"},
    {"interface of other lengths", 52, 0, true, SOURCE_DAMAGED, "two different lengths"},
    {"another interface", 64, 1, true, SOURCE_DAMAGED, "interface 1, which is not described"},
    {"more bytes than the block has", 76, 61, true, SOURCE_DAMAGED, "a packet of 61 bytes"},
    {"block length not a multiple of 4", 60, 93, true, SOURCE_DAMAGED, "a length of 93 bytes"},
    {"block length beyond the file", 61, 1, true, SOURCE_CUT, "cut inside the block at byte 56"},
    {"absurd block length", 63, 0x7f, true, SOURCE_DAMAGED, "a length of 21"},
};

START_TEST(test_damage)
{
    struct file file = {.bytes = malloc(FILE_BYTES_MAX)};
    struct source_failure failure = {.error = SOURCE_OK};
    struct packet packet;
    struct source *source;

    put_section(&file, false);
    put_interface(&file, ETHERNET, 100, 6, 0);
    put_packet(&file, 0, 1000001, 60, "");
    file.bytes[damages[_i].at] = damages[_i].value;
    write_file(&file, file.length);
    source = source_open(path, NULL, &failure);
    ck_assert_msg((source != NULL) == damages[_i].opens, "%s: %s", damages[_i].name,
                  failure.message);
    while (source && source_read(source, &packet, 1, &failure))
        ck_assert_msg(damages[_i].error == SOURCE_OK, "%s: a packet", damages[_i].name);
    ck_assert_msg(failure.error == damages[_i].error, "%s: %s", damages[_i].name, failure.message);
    ck_assert_msg(strstr(failure.message, damages[_i].message) != NULL, "%s: %s", damages[_i].name,
                  failure.message);
    source_close(source);
    free(file.bytes);
}
END_TEST

/* ---- filters for several link types -------------------------------------------------------- */

static const struct {
    const char *filter;
    void (*build)(struct file *file);
    bool opens;
    unsigned wanted; /* one bit a packet */
} filters[] = {
    {"greater 68", build_interfaces, true, 2},
    {"greater 67", build_interfaces, true, 3},
    {"less 40", build_interfaces, true, 4},
    {"greater 1", build_interfaces, true, 7},
    {"tcp prot 80", build_interfaces, false, 0},
    {"ether dst 3c:3d:3e:3f:40:41", build_interfaces, false, 0}, /* its first are cooked */
    {"ether dst 3c:3d:3e:3f:40:41", build_sections, true, 5},
    {"greater 1", build_nothing, true, 0},
    {"tcp prot 80", build_nothing, false, 0},
};

START_TEST(test_filter)
{
    struct file file = {.bytes = malloc(FILE_BYTES_MAX)};
    struct source_failure failure = {.error = SOURCE_OK};
    struct packet packet;
    struct source *source;
    unsigned wanted = 0;

    filters[_i].build(&file);
    write_file(&file, file.length);
    source = source_open(path, filters[_i].filter, &failure);
    ck_assert_msg((source != NULL) == filters[_i].opens, "%s: %s", filters[_i].filter,
                  failure.message);
    ck_assert(source || failure.error == SOURCE_BAD_FILTER);
    while (source && source_read(source, &packet, 1, &failure))
        wanted |= (unsigned)packet.is_wanted << (packet.frame - 1);
    ck_assert_msg(wanted == filters[_i].wanted, "%s: %x", filters[_i].filter, wanted);
    source_close(source);
    free(file.bytes);
}
END_TEST

/* ---- libpcap ------------------------------------------------------------------------------- */

/* The same numbers in every run (Numerical Recipes' generator; its upper bits are good). */
static uint32_t draw(uint32_t *state, uint32_t limit)
{
    *state = *state * 1664525u + 1013904223u;
    return (uint32_t)((uint64_t)*state * limit >> 32);
}

static void put_random(struct file *file, uint32_t *state, uint8_t tsresol)
{
    uint64_t units = (uint64_t)draw(state, 1 << 20) << 30 | draw(state, 1 << 30);

    switch (draw(state, 8)) {
    case 0:
        put_interface(file, ETHERNET, 2000, tsresol, draw(state, 100));
        break;
    case 1:
        put_old_packet(file, 0, units, draw(state, 200));
        break;
    case 2:
        put_simple_packet(file, draw(state, 100), 100);
        break;
    case 3:
        put_other(file, 4 + draw(state, 2), draw(state, 50));
        break;
    case 4:
        put_section(file, file->swapped);
        put_interface(file, ETHERNET, 2000, tsresol, -(int64_t)draw(state, 100));
        break;
    default:
        put_packet(file, 0, units, draw(state, 2000), draw(state, 2) ? "comment" : "");
    }
}

static const struct {
    const char *name;
    unsigned blocks, mutations, rounds;
} mixes[] = {{"undamaged", 3000, 0, 6}, {"short", 10, 0, 60}, {"damaged", 12, 3, 500}};

START_TEST(test_equals_libpcap)
{
    const uint8_t resolutions[] = {0, 3, 6, 9, 12, 19, 0x80 | 10, 0x80 | 30, 0x80 | 63};
    struct file file = {.bytes = malloc(FILE_BYTES_MAX)};
    char difference[DIFFERENCE_BYTES];
    uint32_t state = 1;
    uint64_t total = 0;

    for (unsigned round = 0; round < mixes[_i].rounds; round++) {
        uint8_t tsresol = resolutions[draw(&state, sizeof resolutions)];
        const char *differs;
        uint64_t packets;

        file.length = 0;
        put_section(&file, round % 2);
        put_interface(&file, ETHERNET, 2000, tsresol, 0);
        for (unsigned i = 0; i < mixes[_i].blocks; i++)
            put_random(&file, &state, tsresol);
        for (unsigned i = 0; i < mixes[_i].mutations; i++)
            file.bytes[draw(&state, (uint32_t)file.length)] = (uint8_t)draw(&state, 256);
        write_file(&file, file.length);
        differs = differs_from_libpcap(path, &packets, difference);
        ck_assert_msg(!differs, "%s, round %u: %s", mixes[_i].name, round, differs);
        total += packets;
    }
    ck_assert_uint_gt(total, mixes[_i].rounds);
    free(file.bytes);
}
END_TEST

static void make_path(void)
{
    close(mkstemp(path));
}

static void remove_path(void)
{
    unlink(path);
    memcpy(path + sizeof path - 7, "XXXXXX", 6);
}

Suite *suite_pcapng(void)
{
    Suite *suite = suite_create("pcapng");
    TCase *tcase = tcase_create("blocks");

    tcase_add_checked_fixture(tcase, make_path, remove_path);
    tcase_add_loop_test(tcase, test_file, 0, (int)(sizeof rows / sizeof rows[0]));
    tcase_add_test(tcase, test_cut_anywhere);
    tcase_add_loop_test(tcase, test_damage, 0, (int)(sizeof damages / sizeof damages[0]));
    tcase_add_loop_test(tcase, test_filter, 0, (int)(sizeof filters / sizeof filters[0]));
    tcase_add_loop_test(tcase, test_equals_libpcap, 0, (int)(sizeof mixes / sizeof mixes[0]));
    suite_add_tcase(suite, tcase);
    return suite;
}
