/* SPDX-License-Identifier: GPL-2.0-or-later */
/* check_trail.c: the latest segments: what is found, what is forgotten, what is a copy. */
#include <check.h>

#include "core/trail.h"
#include "suites.h"
#include "support.h"

#define MS (KA_SECOND / 1000)

struct bench {
    struct heap heap;
    struct mem mem;
    struct trail trail;
    uint32_t latest[3]; /* by connection */
};

static void set_up(struct bench *bench)
{
    *bench = (struct bench){0};
    mem_init(&bench->mem, heap_realloc, heap_free, &bench->heap);
    ck_assert(trail_init(&bench->trail, &bench->mem));
}

static void tear_down(struct bench *bench)
{
    trail_free(&bench->trail, &bench->mem);
    ck_assert_uint_eq(bench->heap.live_blocks, 0);
}

static struct ka_segment data(uint64_t frame, uint32_t seq, uint32_t len)
{
    return (struct ka_segment){
        .time_ns = (int64_t)frame * KA_SECOND,
        .frame = frame,
        .seq = seq,
        .len = len,
        .ack = 99,
        .flags = KA_ACK,
        .window = 1000,
        .ip_id = (uint16_t)frame,
    };
}

static void add(struct bench *bench, uint32_t connection, int from, struct ka_segment segment)
{
    bench->latest[connection] =
        trail_add(&bench->trail, &segment, connection, from, bench->latest[connection], false);
}

START_TEST(test_first_carrier_of_a_number_is_found)
{
    struct bench b;
    set_up(&b);

    add(&b, 0, 0, data(1, 0xfffffff0, 0x20)); /* across the wrap */
    add(&b, 1, 0, data(2, 0xfffffff0, 0x20)); /* another connection */
    add(&b, 0, 1, data(3, 0xfffffff0, 0x20)); /* the other end */
    add(&b, 0, 0, data(4, 0xfffffff0, 0x20)); /* again */
    static const struct {
        uint32_t seq;
        uint64_t frame; /* 0: none */
    } rows[] = {{0xffffffef, 0}, {0xfffffff0, 1}, {0xffffffff, 1}, {0, 1}, {0xf, 1}, {0x10, 0}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct trail_entry *entry =
            trail_first_with(&b.trail, 0, 0, rows[i].seq, b.latest[0]);
        ck_assert_msg((entry ? entry->frame : 0) == rows[i].frame, "number %x", rows[i].seq);
    }
    ck_assert_uint_eq(trail_first_with(&b.trail, 0, 1, 0, b.latest[0])->frame, 3);
    ck_assert_uint_eq(trail_first_with(&b.trail, 1, 0, 0, b.latest[1])->frame, 2);
    ck_assert_ptr_null(trail_first_with(&b.trail, 2, 0, 0, b.latest[2]));
    tear_down(&b);
}
END_TEST

START_TEST(test_syn_and_fin_take_a_number_each)
{
    struct bench b;
    set_up(&b);

    struct ka_segment syn = data(1, 10, 0), fin = data(2, 11, 5);
    syn.flags = KA_SYN;
    fin.flags |= KA_FIN;
    add(&b, 0, 0, syn);
    add(&b, 0, 0, fin);
    ck_assert_uint_eq(trail_first_with(&b.trail, 0, 0, 10, b.latest[0])->frame, 1);
    ck_assert_uint_eq(trail_first_with(&b.trail, 0, 0, 16, b.latest[0])->frame, 2);
    ck_assert_ptr_null(trail_first_with(&b.trail, 0, 0, 17, b.latest[0]));
    tear_down(&b);
}
END_TEST

START_TEST(test_what_is_overwritten_is_unknown)
{
    struct bench b;
    set_up(&b);

    add(&b, 0, 0, data(1, 0, 10));
    const uint32_t first = b.latest[0];
    for (uint64_t frame = 2; frame <= TRAIL_ENTRIES; frame++)
        add(&b, 1, 0, data(frame, 0, 10));
    ck_assert_uint_eq(trail_at(&b.trail, first, 0)->frame, 1);
    ck_assert_ptr_null(trail_at(&b.trail, first, 1));
    ck_assert_ptr_null(trail_at(&b.trail, 0, 0));
    add(&b, 1, 0, data(TRAIL_ENTRIES + 1, 0, 10));
    ck_assert_ptr_null(trail_at(&b.trail, first, 0));
    ck_assert_ptr_null(trail_first_with(&b.trail, 0, 0, 0, first));
    tear_down(&b);
}
END_TEST

START_TEST(test_places_wrap)
{
    struct bench b;
    set_up(&b);

    b.trail.next = UINT32_MAX - 1;
    for (uint64_t frame = 1; frame <= 6; frame++) {
        add(&b, 0, 0, data(frame, (uint32_t)frame * 10, 10));
        ck_assert_uint_ne(b.latest[0], 0);
    }
    uint32_t place = b.latest[0];
    for (uint64_t frame = 6; frame >= 1; frame--) {
        const struct trail_entry *entry = trail_at(&b.trail, place, 0);
        ck_assert_ptr_nonnull(entry);
        ck_assert_uint_eq(entry->frame, frame);
        place = entry->previous;
    }
    tear_down(&b);
}
END_TEST

/* A segment is added; then comes one that differs from it by the row. Same identification: 150 ms;
 * none, as in IPv6: 2 ms. */
static const struct {
    const char *name;
    int64_t later_ns;
    bool copy;
    uint16_t id; /* of both */
    uint32_t seq, ack, len, tsval;
    uint16_t window, other_id;
    uint8_t flags, other_flags;
    bool other_end, mirrored;
} copies[] = {
    {.name = "the same a moment later", .later_ns = MS, .copy = true, .id = 7},
    {.name = "the same at the same time", .copy = true, .id = 7},
    {.name = "the same, stamped earlier", .later_ns = -MS, .copy = true, .id = 7},
    {.name = "the same within 150 ms", .later_ns = 150 * MS, .copy = true, .id = 7},
    {.name = "a timeout later", .later_ns = 200 * MS, .id = 7},
    {.name = "without identification, at once", .later_ns = MS, .copy = true},
    {.name = "without identification, same time stamp", .later_ns = 3 * MS, .copy = true},
    {.name = "without identification, much later", .later_ns = 200 * MS},
    {.name = "another identification", .later_ns = MS, .id = 7, .other_id = 1},
    {.name = "another sequence number", .later_ns = MS, .id = 7, .seq = 1},
    {.name = "another acknowledgment", .later_ns = MS, .id = 7, .ack = 1},
    {.name = "another length", .later_ns = MS, .id = 7, .len = 1},
    {.name = "another window", .later_ns = MS, .id = 7, .window = 1},
    {.name = "another time stamp", .later_ns = MS, .id = 7, .tsval = 1},
    {.name = "another flag", .later_ns = MS, .id = 7, .other_flags = KA_PSH},
    {.name = "the other end's", .later_ns = MS, .id = 7, .other_end = true},
    {.name = "RST for each segment, no identification", .later_ns = MS, .flags = KA_RST},
    {.name = "RST where all is mirrored",
     .later_ns = MS,
     .copy = true,
     .flags = KA_RST,
     .mirrored = true},
    {.name = "RST with identification", .later_ns = MS, .copy = true, .id = 7, .flags = KA_RST},
    {.name = "SYN|ACK for each SYN", .later_ns = MS, .flags = KA_SYN},
    {.name = "SYN|ACK where all is mirrored",
     .later_ns = MS,
     .copy = true,
     .flags = KA_SYN,
     .mirrored = true},
};
enum { COPIES = sizeof copies / sizeof copies[0] };

START_TEST(test_copies)
{
    struct bench b;
    set_up(&b);

    struct ka_segment first = data(1, 100, 10);
    first.ip_id = copies[_i].id;
    first.flags |= copies[_i].flags;
    first.has_timestamps = true;
    first.tsval = 5;
    add(&b, 0, 0, first);
    struct ka_segment second = first;
    second.frame = 2;
    second.time_ns += copies[_i].later_ns;
    second.seq += copies[_i].seq;
    second.ack += copies[_i].ack;
    second.len += copies[_i].len;
    second.tsval += copies[_i].tsval;
    second.window = (uint16_t)(second.window + copies[_i].window);
    second.ip_id = (uint16_t)(second.ip_id + copies[_i].other_id);
    second.flags |= copies[_i].other_flags;
    bool copy =
        trail_is_copy(&b.trail, &second, 0, copies[_i].other_end, b.latest[0], copies[_i].mirrored);
    ck_assert_msg(copy == copies[_i].copy, "%s", copies[_i].name);
    tear_down(&b);
}
END_TEST

START_TEST(test_a_copy_may_come_after_other_segments)
{
    struct bench b;
    set_up(&b);

    struct ka_segment first = data(1, 100, 10), later = data(2, 110, 10);
    later.time_ns = first.time_ns + MS;
    add(&b, 0, 0, first);
    add(&b, 0, 0, later);
    first.frame = 3;
    first.time_ns += 2 * MS;
    ck_assert(trail_is_copy(&b.trail, &first, 0, 0, b.latest[0], false));
    tear_down(&b);
}
END_TEST

Suite *suite_trail(void)
{
    Suite *suite = suite_create("trail");
    TCase *cases = tcase_create("trail");

    tcase_add_test(cases, test_first_carrier_of_a_number_is_found);
    tcase_add_test(cases, test_syn_and_fin_take_a_number_each);
    tcase_add_test(cases, test_what_is_overwritten_is_unknown);
    tcase_add_test(cases, test_places_wrap);
    tcase_add_loop_test(cases, test_copies, 0, COPIES);
    tcase_add_test(cases, test_a_copy_may_come_after_other_segments);
    suite_add_tcase(suite, cases);
    return suite;
}
