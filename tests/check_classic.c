/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * check_classic.c: the walk of classic pcap files hands out what libpcap hands out, packet by
 * packet, up to the same error, whatever the bytes are. A filter that takes everything leaves all
 * to libpcap.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "classic.h"
#include "source.h"
#include "suites.h"

enum { FILE_BYTES_MAX = 1 << 22, AT_ONCE = 50 };

static const struct row {
    const char *name;
    bool swapped, nanoseconds;
    uint32_t link_type;
    unsigned records, caplen_max, mutations, rounds;
} rows[] = {
    {"as it is written", false, false, 1, 300, 100, 0, 1},
    {"in the other byte order", true, false, 1, 300, 100, 0, 1},
    {"nanoseconds", false, true, 1, 300, 100, 0, 1},
    {"larger than a block", false, false, 1, 3000, 2600, 0, 1},
    {"records of every size", false, false, 1, 30, 262144, 0, 1},
    {"raw IP in the other byte order", true, true, 101, 300, 100, 0, 1},
    {"damaged", false, false, 1, 20, 60, 3, 300},
    {"damaged, in the other byte order", true, true, 1, 20, 60, 3, 300},
    {"damaged, Linux cooked", true, false, 113, 20, 60, 3, 100},
};

/* The same numbers in every run (Numerical Recipes' generator; its upper bits are good). */
static uint32_t draw(uint32_t *state, uint32_t limit)
{
    *state = *state * 1664525u + 1013904223u;
    return (uint32_t)((uint64_t)*state * limit >> 32);
}

static void put32(uint8_t *at, uint32_t value, bool swapped)
{
    if (swapped)
        value = __builtin_bswap32(value);
    memcpy(at, &value, sizeof value);
}

static size_t build(const struct row *row, uint8_t *bytes, uint32_t *state)
{
    const uint32_t header[] = {
        row->nanoseconds ? 0xa1b23c4d : 0xa1b2c3d4, 0, 0, 0, 262144, row->link_type};
    const uint16_t version[] = {row->swapped ? 0x0200 : 2, row->swapped ? 0x0400 : 4};
    size_t length = CLASSIC_HEADER_BYTES;

    for (unsigned i = 0; i < 6; i++)
        put32(bytes + 4 * i, header[i], row->swapped);
    memcpy(bytes + 4, version, sizeof version);
    for (unsigned n = 0; n < row->records; n++) {
        uint32_t caplen = draw(state, row->caplen_max + 1);
        const uint32_t record[] = {n, draw(state, 1000000), caplen, caplen + draw(state, 3)};

        if (length + sizeof record + caplen > FILE_BYTES_MAX)
            break;
        for (unsigned i = 0; i < 4; i++)
            put32(bytes + length + 4 * i, record[i], row->swapped);
        memset(bytes + length + sizeof record, (int)(n & 0xff), caplen);
        length += sizeof record + caplen;
    }
    return length;
}

/* Change a few bytes, mostly in headers, and sometimes the length. */
static size_t damage(const struct row *row, uint8_t *bytes, size_t length, uint32_t *state)
{
    const uint8_t values[] = {0, 1, 0x7f, 0x80, 0xff};

    for (unsigned i = 0; i < row->mutations; i++) {
        size_t at = draw(state, (uint32_t)length);

        bytes[at] = draw(state, 2) ? values[draw(state, sizeof values)] : (uint8_t)draw(state, 256);
    }
    return row->mutations && draw(state, 4) == 0 ? draw(state, (uint32_t)length) : length;
}

static void write_file(const char *path, const uint8_t *bytes, size_t length)
{
    FILE *file = fopen(path, "wb");

    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(bytes, 1, length, file), length);
    ck_assert_int_eq(fclose(file), 0);
}

static void compare_packet(const char *name, const struct packet *walked,
                           const struct packet *plain)
{
    ck_assert_msg(walked->frame == plain->frame && walked->has_time == plain->has_time &&
                      walked->time_ns == plain->time_ns && walked->caplen == plain->caplen &&
                      walked->wirelen == plain->wirelen,
                  "%s: frame %llu differs in its header", name, (unsigned long long)plain->frame);
    ck_assert_msg(memcmp(walked->bytes, plain->bytes, plain->caplen) == 0,
                  "%s: frame %llu differs in its bytes", name, (unsigned long long)plain->frame);
}

/* Returns the number of packets that both read. */
static uint64_t compare_sources(const char *name, struct source *walk, struct source *plain)
{
    struct source_failure walk_failure = {.error = SOURCE_OK};
    struct source_failure plain_failure = {.error = SOURCE_OK};
    struct packet packets[AT_ONCE], packet;
    uint64_t total = 0;
    size_t count;

    while ((count = source_read(walk, packets, AT_ONCE, &walk_failure)) > 0) {
        for (size_t i = 0; i < count; i++, total++) {
            ck_assert_msg(source_read(plain, &packet, 1, &plain_failure) == 1,
                          "%s: libpcap has no frame %llu", name, (unsigned long long)total + 1);
            compare_packet(name, &packets[i], &packet);
        }
    }
    ck_assert_msg(source_read(plain, &packet, 1, &plain_failure) == 0,
                  "%s: libpcap has more than %llu frames", name, (unsigned long long)total);
    ck_assert_msg(walk_failure.error == plain_failure.error, "%s: other error", name);
    if (plain_failure.error != SOURCE_OK)
        ck_assert_str_eq(walk_failure.message, plain_failure.message);
    return total;
}

START_TEST(test_walk_equals_libpcap)
{
    const struct row *row = &rows[_i];
    uint8_t *bytes = malloc(FILE_BYTES_MAX);
    char path[] = "/tmp/ka-check-XXXXXX";
    uint32_t state = 1;

    ck_assert_ptr_nonnull(bytes);
    close(mkstemp(path));
    for (unsigned round = 0; round < row->rounds; round++) {
        size_t length = damage(row, bytes, build(row, bytes, &state), &state);
        struct source_failure walk_failure, plain_failure;
        struct source *walk, *plain;
        uint64_t packets = 0;

        write_file(path, bytes, length);
        walk = source_open(path, NULL, &walk_failure);
        plain = source_open(path, "greater 0", &plain_failure);
        if (plain)
            ck_assert_msg(walk != NULL, "%s: only libpcap opens it", row->name);
        if (plain && walk)
            packets = compare_sources(row->name, walk, plain);
        if (row->mutations == 0)
            ck_assert_msg(packets > 10, "%s: %llu packets", row->name, (unsigned long long)packets);
        source_close(walk);
        source_close(plain);
    }
    unlink(path);
    free(bytes);
}
END_TEST

/* The header alone decides whether a file is walked. */
START_TEST(test_unusual_files_are_left_to_libpcap)
{
    static const struct {
        const char *name;
        uint32_t magic;
        uint16_t major, minor;
        bool walked;
    } headers[] = {
        {"microseconds", 0xa1b2c3d4, 2, 4, true},
        {"nanoseconds", 0xa1b23c4d, 2, 4, true},
        {"lengths exchanged", 0xa1b2c3d4, 2, 2, false},
        {"longer record headers", 0xa1b2cd34, 2, 4, false},
        {"another version", 0xa1b2c3d4, 543, 0, false},
        {"pcapng", 0x0a0d0d0a, 2, 4, false},
    };

    for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++) {
        uint8_t bytes[CLASSIC_HEADER_BYTES] = {0};
        struct classic classic;

        memcpy(bytes, &headers[i].magic, 4);
        memcpy(bytes + 4, &headers[i].major, 2);
        memcpy(bytes + 6, &headers[i].minor, 2);
        ck_assert_msg(classic_begin(&classic, bytes, 65535) == headers[i].walked, "%s",
                      headers[i].name);
    }
}
END_TEST

Suite *suite_classic(void)
{
    Suite *suite = suite_create("classic");
    TCase *walk = tcase_create("walk");

    tcase_add_loop_test(walk, test_walk_equals_libpcap, 0, (int)(sizeof rows / sizeof rows[0]));
    tcase_add_test(walk, test_unusual_files_are_left_to_libpcap);
    suite_add_tcase(suite, walk);
    return suite;
}
