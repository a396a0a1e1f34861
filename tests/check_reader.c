/* SPDX-License-Identifier: GPL-2.0-or-later */
/* check_reader.c: segments arrive in order and complete, whether or not a thread reads ahead. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "reader.h"
#include "suites.h"

static const struct row {
    const char *name;
    unsigned packets;
    unsigned others_every; /* one packet in so many is no TCP; 0: none */
    size_t cut_bytes;      /* missing at the end */
    unsigned batches_max;  /* stop after so many */
} rows[] = {
    {"nothing", 0, 0, 0, -1u},
    {"one packet", 1, 0, 0, -1u},
    {"nothing but other packets", 5000, 1, 0, -1u},
    {"one full batch", BATCH_SEGMENTS, 0, 0, -1u},
    {"one more than a batch", BATCH_SEGMENTS + 1, 0, 0, -1u},
    {"many rounds of the ring", 40 * BATCH_SEGMENTS + 7, 0, 0, -1u},
    {"others among them", 20 * BATCH_SEGMENTS, 3, 0, -1u},
    {"cut", 20 * BATCH_SEGMENTS, 0, 5, -1u},
    {"left after the first batch", 40 * BATCH_SEGMENTS, 0, 0, 1},
    {"left while the ring is full", 40 * BATCH_SEGMENTS, 0, 0, 2},
};

struct record {
    uint32_t seconds, microseconds, caplen, wirelen;
    uint8_t frame[54];
    uint8_t padding[2]; /* not written */
};

enum { RECORD_BYTES = 16 + 54 };

/* Ethernet, IPv4, TCP, numbered by its sequence number; one microsecond apart. */
static struct record make_record(const struct row *row, unsigned n)
{
    struct record record = {
        .microseconds = n,
        .caplen = 54,
        .wirelen = 54,
        .frame = {[12] = 8, 0, 0x45, 0, 0, 40, [22] = 64, 6, [46] = 0x50, 0x10, 1, 0},
    };

    if (row->others_every && n % row->others_every == 0)
        record.frame[23] = 17; /* UDP, of no known tunnel */
    for (int i = 0; i < 4; i++)
        record.frame[38 + i] = (uint8_t)(n >> (24 - 8 * i));
    return record;
}

static void write_capture(const char *path, const struct row *row)
{
    const uint32_t header[] = {0xa1b2c3d4, 2 | 4 << 16, 0, 0, 65535, 1};
    FILE *file = fopen(path, "wb");

    ck_assert_ptr_nonnull(file);
    fwrite(header, sizeof header, 1, file);
    for (unsigned n = 0; n < row->packets; n++) {
        struct record record = make_record(row, n);

        fwrite(&record, RECORD_BYTES, 1, file);
    }
    ck_assert_int_eq(fflush(file), 0);
    ck_assert_int_eq(ftruncate(fileno(file), ftell(file) - (off_t)row->cut_bytes), 0);
    fclose(file);
}

static bool is_other(const struct row *row, uint64_t n)
{
    return row->others_every && n % row->others_every == 0;
}

/* The segments of the batch are those that follow packet *next; times are those of all packets. */
static void check_batch(const struct row *row, const struct batch *batch, uint64_t *next)
{
    for (size_t i = 0; i < batch->count; i++, ++*next) {
        while (is_other(row, *next))
            ++*next;
        ck_assert_msg(batch->segments[i].seq == *next && batch->segments[i].frame == *next + 1 &&
                          batch->segments[i].time_ns == (int64_t)*next * 1000,
                      "%s: packet %llu is not next", row->name, (unsigned long long)*next);
    }
    if (batch->count > 0)
        ck_assert_msg(batch->reached_ns >= (int64_t)(*next - 1) * 1000, "%s: time", row->name);
}

START_TEST(test_segments_are_complete_and_in_order)
{
    const struct row *row = &rows[_i / 2];
    const unsigned jobs = _i % 2 ? UINT_MAX : 0; /* without a thread, with one */
    struct capture capture = {.first_ns = KA_UNKNOWN, .latest_ns = KA_UNKNOWN};
    struct source_failure failure;
    char path[] = "/tmp/ka-check-XXXXXX", *paths[] = {path};
    const struct batch *batch;
    struct pieces pieces;
    struct chain *chain;
    struct reader *reader;
    unsigned batches = 0;
    uint64_t next = 0;

    close(mkstemp(path));
    write_capture(path, row);
    ck_assert(pieces_init(&pieces, paths, 1));
    chain = chain_open(&pieces, &(struct source_needs){0}, NULL, &failure);
    ck_assert_ptr_nonnull(chain);
    reader = reader_open(chain, &capture, jobs);
    ck_assert_ptr_nonnull(reader);
    while (batches++ < row->batches_max && (batch = reader_next(reader)) != NULL)
        check_batch(row, batch, &next);
    reader_close(reader, &failure);
    if (row->batches_max == -1u) {
        unsigned whole = row->packets - (row->cut_bytes > 0);

        ck_assert_msg(capture.packets == whole, "%s: %llu packets", row->name,
                      (unsigned long long)capture.packets);
        ck_assert_msg(capture.tcp_segments + capture.skipped[KA_SKIP_NOT_TCP] == whole, "%s",
                      row->name);
        ck_assert_int_eq(failure.error, row->cut_bytes ? SOURCE_CUT : SOURCE_OK);
        ck_assert_msg(whole == 0 || capture.latest_ns == (whole - 1) * 1000LL, "%s", row->name);
    }
    chain_close(chain);
    pieces_free(&pieces);
    unlink(path);
}
END_TEST

Suite *suite_reader(void)
{
    Suite *suite = suite_create("reader");
    TCase *order = tcase_create("order");

    tcase_add_loop_test(order, test_segments_are_complete_and_in_order, 0,
                        2 * (int)(sizeof rows / sizeof rows[0]));
    suite_add_tcase(suite, order);
    return suite;
}
