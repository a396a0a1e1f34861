/* SPDX-License-Identifier: GPL-2.0-or-later */
/* check_series.c: series beyond what a script shows: more rows, holes and copies than are kept. */
#include <check.h>

#include "core/ka.h"
#include "core/trail.h"
#include "core/watch.h"
#include "suites.h"
#include "support.h"

#define MS (KA_SECOND / 1000)

/* An engine with a connection between talk's ends, its handshake done. */
struct bench {
    struct recorder recorder;
    struct talk talk;
    struct ka *ka;
};

static void set_up(struct bench *bench)
{
    const struct ka_callbacks callbacks = recorder_callbacks();
    struct ka_segment handshake[3];

    *bench = (struct bench){.talk = talk_ipv4()};
    bench->ka = ka_new(NULL, &callbacks, &bench->recorder);
    talk_handshake(&bench->talk, handshake);
    ck_assert_int_eq(ka_feed(bench->ka, handshake, 3), KA_OK);
}

static void tear_down(struct bench *bench)
{
    ka_free(bench->ka);
    recorder_clear(&bench->recorder);
}

static uint64_t say(struct bench *bench, int64_t after_ns, enum ka_side from, uint32_t seq,
                    uint32_t len, uint32_t ack)
{
    struct ka_segment segment = talk_segment(&bench->talk, after_ns, from, KA_ACK, seq, len, ack);
    ck_assert_int_eq(ka_feed(bench->ka, &segment, 1), KA_OK);
    return segment.frame;
}

static const struct ka_connection *finish(struct bench *bench)
{
    ck_assert_int_eq(ka_finish(bench->ka), KA_OK);
    return recorder_connection(&bench->recorder, 0);
}

START_TEST(test_rows_are_bounded_and_the_rest_is_counted)
{
    enum { ANSWERED = BACKOFFS + 10 };
    struct bench b;
    uint32_t seq = 1;
    set_up(&b);

    for (int i = 0; i < ANSWERED; i++, seq += 100) {
        say(&b, KA_SECOND, KA_CLIENT, seq, 100, 1);
        say(&b, 208 * MS, KA_CLIENT, seq, 100, 1);
        say(&b, 416 * MS, KA_CLIENT, seq, 100, 1);
        say(&b, MS, KA_SERVER, 1, 0, seq + 100);
    }
    /* The last one, which is not answered, gets its row all the same. */
    say(&b, KA_SECOND, KA_CLIENT, seq, 100, 1);
    say(&b, 208 * MS, KA_CLIENT, seq, 100, 1);
    say(&b, 416 * MS, KA_CLIENT, seq, 100, 1);
    ka_reached(b.ka, b.talk.now_ns + 60 * KA_SECOND);
    const struct ka_connection *report = finish(&b);
    ck_assert_uint_eq(report->backoffs, BACKOFFS + 1);
    ck_assert_uint_eq(report->backoffs_dropped, ANSWERED - BACKOFFS);
    for (size_t i = 0; i < BACKOFFS; i++)
        ck_assert_int_eq(report->backoff[i].ended, KA_ENDED_ANSWERED);
    ck_assert_int_eq(report->backoff[BACKOFFS].ended, KA_ENDED_SILENT);
    ck_assert_uint_eq(report->counts[KA_TAG_RETRANSMISSION], 2 * (ANSWERED + 1));
    tear_down(&b);
}
END_TEST

START_TEST(test_more_holes_than_are_kept)
{
    enum { MADE = HOLES + 4 };
    struct bench b;
    uint64_t filler[MADE];
    set_up(&b);

    /* Bytes 1..100 of every 200 are captured; then come the others, oldest first. */
    for (uint32_t i = 0; i <= MADE; i++)
        say(&b, MS / 10, KA_CLIENT, 1 + 200 * i, 100, 1);
    for (uint32_t i = 0; i < MADE; i++)
        filler[i] = say(&b, MS / 10, KA_CLIENT, 101 + 200 * i, 100, 1);
    /* The latest holes are known: what fills them was not sent before. */
    for (uint32_t i = MADE - HOLES; i < MADE; i++)
        ck_assert_msg(recorder_tag(&b.recorder, filler[i]) == KA_TAG_NONE, "hole %u", i);
    uint64_t again = say(&b, 300 * MS, KA_CLIENT, 101 + 200 * (MADE - 1), 100, 1);
    ck_assert_int_eq(recorder_tag(&b.recorder, again), KA_TAG_RETRANSMISSION);
    tear_down(&b);
}
END_TEST

/* What comes out of a hole in parts, and what it leaves. */
static const struct {
    const char *name;
    uint32_t seq, len; /* fills a part of the hole [101, 301) */
    struct {
        uint32_t seq, len;
        bool again; /* a retransmission then */
    } then[4];
} holes[] = {
    {"its beginning", 101, 50, {{101, 50, true}, {151, 150, false}, {151, 150, true}}},
    {"its end", 251, 50, {{251, 50, true}, {101, 150, false}, {101, 150, true}}},
    {"its middle", 151, 50, {{151, 50, true}, {101, 50, false}, {201, 100, false}, {201, 1, true}}},
    {"all of it", 101, 200, {{101, 200, true}, {151, 10, true}}},
    {"more than it", 51, 300, {{101, 200, true}}},
};
enum { HOLE_ROWS = sizeof holes / sizeof holes[0] };

START_TEST(test_parts_of_a_hole)
{
    struct bench b;
    set_up(&b);

    say(&b, MS, KA_CLIENT, 1, 100, 1);
    say(&b, MS, KA_CLIENT, 301, 100, 1);
    say(&b, MS, KA_CLIENT, holes[_i].seq, holes[_i].len, 1);
    for (int i = 0; i < 4 && holes[_i].then[i].len; i++) {
        uint64_t frame =
            say(&b, 200 * MS, KA_CLIENT, holes[_i].then[i].seq, holes[_i].then[i].len, 1);
        bool again = recorder_tag(&b.recorder, frame) == KA_TAG_RETRANSMISSION;
        ck_assert_msg(again == holes[_i].then[i].again, "%s: then %u:%u", holes[_i].name,
                      holes[_i].then[i].seq, holes[_i].then[i].seq + holes[_i].then[i].len);
    }
    tear_down(&b);
}
END_TEST

START_TEST(test_the_original_is_known_after_the_trail_forgot_it)
{
    struct bench b;
    struct talk other = talk_ipv6();
    set_up(&b);

    uint64_t original = say(&b, KA_SECOND, KA_CLIENT, 1, 100, 1);
    say(&b, 208 * MS, KA_CLIENT, 1, 100, 1);
    for (uint32_t i = 0; i < 2 * TRAIL_ENTRIES; i++) { /* a busy capture */
        struct ka_segment segment =
            talk_segment(&other, MS / 100, KA_CLIENT, KA_ACK, i * 10, 10, 1);
        ck_assert_int_eq(ka_feed(b.ka, &segment, 1), KA_OK);
    }
    uint64_t second = say(&b, 416 * MS, KA_CLIENT, 1, 100, 1);
    const struct ka_frame *frame = recorder_frame(&b.recorder, second);
    ck_assert_int_eq(frame->retransmission.step, 2);
    ck_assert_uint_eq(frame->retransmission.original_frame, original);
    ck_assert_int_eq(frame->retransmission.gap_ns, 416 * MS);
    const struct ka_connection *report = finish(&b);
    ck_assert_uint_eq(report->detection->first_unanswered_frame, original);
    tear_down(&b);
}
END_TEST

Suite *suite_series(void)
{
    Suite *suite = suite_create("series");
    TCase *cases = tcase_create("series");

    tcase_add_test(cases, test_rows_are_bounded_and_the_rest_is_counted);
    tcase_add_test(cases, test_more_holes_than_are_kept);
    tcase_add_loop_test(cases, test_parts_of_a_hole, 0, HOLE_ROWS);
    tcase_add_test(cases, test_the_original_is_known_after_the_trail_forgot_it);
    suite_add_tcase(suite, cases);
    return suite;
}
