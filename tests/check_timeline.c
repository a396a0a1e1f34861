/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * check_timeline.c: the timeline's options, the reasons for late frames, the choice of a
 * connection, the layout of pictures, and text from outside in them.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "html.h"
#include "picture.h"
#include "suites.h"
#include "svg.h"
#include "svg_layout.h"
#include "timeline_options.h"
#include "timeline_overlay.h"
#include "timeline_subject.h"

#define S KA_SECOND
#define MS (KA_SECOND / 1000)

/* ---- options ----------------------------------------------------------------------------- */

enum { ARGUMENTS_MAX = 8 };

static bool parse(struct timeline_options *options, const char *const arguments[ARGUMENTS_MAX],
                  char error[static OPTIONS_ERROR_BYTES])
{
    char *argv[ARGUMENTS_MAX + 2] = {(char *)"timeline"};
    int argc = 1;

    while (argc <= ARGUMENTS_MAX && arguments[argc - 1]) {
        argv[argc] = (char *)arguments[argc - 1];
        argc++;
    }
    error[0] = '\0';
    return timeline_options_parse(options, argc, argv, error);
}

static const struct {
    const char *arguments[ARGUMENTS_MAX];
    const char *error; /* a part of it */
} refused[] = {
    {{"--idle", "0"}, "--idle takes seconds from 0.001 to 10000000"},
    {{"--idle", "-1"}, "--idle takes seconds from 0.001 to 10000000"},
    {{"--idle", "1s"}, "--idle takes seconds from 0.001 to 10000000"},
    {{"--intvl", "1e3"}, "--intvl takes seconds from 0.001 to 10000000"},
    {{"--intvl", "10000001"}, "--intvl takes seconds from 0.001 to 10000000"},
    {{"--rto", ""}, "--rto takes seconds from 0.001 to 1000,"},
    {{"--rto", "1001", "--check", "data"}, "--rto takes seconds from 0.001 to 1000,"},
    {{"--intvl", "0.0009"}, "--intvl takes seconds from 0.001"},
    {{"--intvl", "1.5"}, "Linux takes whole seconds"},
    {{"--count", "0"}, "it is a number of probes"},
    {{"--count", "256"}, "it is a number of probes"},
    {{"--count", "128"}, "at most 127"},
    {{"--idle", "32768"}, "at most 32767 s"},
    {{"--retries", "x", "--check", "data"}, "it is a number of copies"},
    {{"--retries", "5"}, "does not count them here"},
    {{"--retries", "5", "--check", "data", "--stack", "illumos"}, "does not count them here"},
    {{"--hz", "500"}, "it is 100, 250, 300 or 1000"},
    {{"--hz", "100", "--stack", "openbsd"}, "not of openbsd"},
    {{"--stack", "beos"}, "not known; --stack help lists"},
    {{"--stack", "uip"}, "the rules of uip for --check keepalive are not known"},
    {{"--stack", "freebsd", "--check", "window"}, "are not known"},
    {{"--stack", "windows", "--user-timeout", "5"}, "windows has none"},
    {{"--check", "ping"}, "it is keepalive, data, window or syn"},
    {{"--check", "data", "--idle", "5"}, "belong to --check keepalive"},
    {{"--situation", "dead"}, "it is alive, crashed"},
    {{"--tlp"}, "belongs to --check data of Linux"},
    {{"--rto", "1"}, "has no part in keep-alive of linux"},
    {{"--compare", "7200/75"}, "IDLE/INTVL/COUNT"},
    {{"--compare", "7200/75/9,"}, "IDLE/INTVL/COUNT"},
    {{"--compare", "7200/75/9/1"}, "IDLE/INTVL/COUNT"},
    {{"--compare", "7200/75/128"}, "at most 127"},
    {{"--compare", "1/1/1,1/1/1,1/1/1,1/1/1,1/1/1,1/1/1,1/1/1,1/1/1,1/1/1,1/1/1,1/1/1,1/1/1,"
                   "1/1/1,1/1/1,1/1/1,1/1/1,1/1/1"},
     "at most 16"},
    {{"--compare", "1/1/1", "--format", "svg"}, "text, json or csv"},
    {{"--compare", "1/1/1", "--situation", "alive"}, "no --situation"},
    {{"--format", "html"}, "it is text, json, csv or svg"},
    {{"--connection", "1"}, "need a capture"},
    {{"--connection", "-1", "x"}, "counted from 0"},
    {{"--connection", "18446744073709551616", "x"}, "counted from 0"},
    {{"-f", "tcp"}, "need a capture"},
    {{"a", "b"}, "'b' is one too many"},
    {{"--idle", "5", "a"}, "settings are for timelines without a capture"},
    {{"--frobnicate"}, "unknown option"},
    {{"-x"}, "unknown option"},
    {{"--idle"}, "--idle needs an argument"},
    {{"--tlp=1"}, "--tlp=1 takes no argument"},
    {{"--user", "a", "--no-sandbox"}, "--user a is part of the sandbox"},
    {{"-o", ""}, "-o needs the name of a file"},
};

START_TEST(test_wrong_options_are_refused_with_the_reason)
{
    struct timeline_options options;
    char error[OPTIONS_ERROR_BYTES];

    ck_assert_msg(!parse(&options, refused[_i].arguments, error), "row %d is taken", _i);
    ck_assert_msg(strstr(error, refused[_i].error) != NULL, "row %d: '%s', not '%s'", _i, error,
                  refused[_i].error);
}
END_TEST

START_TEST(test_options_override_the_stacks_defaults)
{
    static const char *const arguments[ARGUMENTS_MAX] = {"--idle", "0.5",     "--count",
                                                         "3",      "--stack", "lwip"};
    struct timeline_options options;
    char error[OPTIONS_ERROR_BYTES];

    ck_assert_msg(parse(&options, arguments, error), "%s", error);
    ck_assert_int_eq(options.action, TIMELINE_EXPECTED);
    ck_assert_str_eq(options.course.stack->name, "lwip");
    ck_assert_int_eq(options.course.idle_ns, 500 * MS);
    ck_assert_int_eq(options.course.intvl_ns, 75 * S);
    ck_assert_uint_eq(options.course.count, 3);
}
END_TEST

START_TEST(test_compared_settings_are_kept_in_order)
{
    static const char *const arguments[ARGUMENTS_MAX] = {"--compare", "7200/75/9,60/0.5/6",
                                                         "--stack", "gvisor"};
    struct timeline_options options;
    char error[OPTIONS_ERROR_BYTES];

    ck_assert_msg(parse(&options, arguments, error), "%s", error);
    ck_assert_int_eq(options.action, TIMELINE_COMPARE);
    ck_assert_uint_eq(options.compare_count, 2);
    ck_assert_int_eq(options.compare[0].idle_ns, 7200 * S);
    ck_assert_int_eq(options.compare[1].intvl_ns, 500 * MS);
    ck_assert_uint_eq(options.compare[1].count, 6);
}
END_TEST

/* ---- reasons ----------------------------------------------------------------------------- */

static const struct ka_keepalive linux_20_1_9 = {
    .idle = {20 * S, 19 * S, 20 * S, 22042 * MS},
    .intvl = {1 * S, 1 * S, 1 * S, 1024 * MS},
    .count = 9,
    .user_timeout_min_ns = KA_UNKNOWN,
    .user_timeout_max_ns = KA_UNKNOWN,
};

/* A frame of the client `at_ms` after the start, and what is to be said of it. */
struct seen_frame {
    const char *name;
    struct ka_frame frame;
    int64_t at_ms, due_ms; /* due 0: no promise */
    enum overlay_reason reason;
    int hz;
    uint32_t missing;
};

#define PROBE(place, silent_ms)                                                                    \
    {                                                                                              \
        .tag = KA_TAG_KEEPALIVE_PROBE, .probe = {.number = (place), .idle_ns = (silent_ms)*MS }    \
    }
#define COPY(what, place, after_ms)                                                                \
    {                                                                                              \
        .tag = KA_TAG_RETRANSMISSION, .retransmission = {                                          \
            .kind = (what),                                                                        \
            .step = (place),                                                                       \
            .gap_ns = (after_ms)*MS                                                                \
        }                                                                                          \
    }

static void check_frames(const struct ka_connection *connection, const struct seen_frame *frames,
                         size_t count)
{
    struct overlay overlay = overlay_begin(connection);

    for (size_t i = 0; i < count; i++) {
        struct ka_frame frame = frames[i].frame;
        frame.time_ns = frames[i].at_ms * MS;
        const struct overlay_step step = overlay_step(&overlay, &frame);
        ck_assert_msg(step.reason == frames[i].reason, "%s: %s", frames[i].name,
                      overlay_reason_name(step.reason));
        ck_assert_msg(step.expected_ns == (frames[i].due_ms ? frames[i].due_ms * MS : KA_UNKNOWN),
                      "%s: due at %lld ns", frames[i].name, (long long)step.expected_ns);
        ck_assert_msg(step.hz == frames[i].hz, "%s: %d Hz", frames[i].name, step.hz);
        ck_assert_msg(step.missing == frames[i].missing, "%s: %u missing", frames[i].name,
                      (unsigned)step.missing);
    }
}

START_TEST(test_probes_are_late_by_the_timer_wheel_or_for_lost_ones)
{
    static const struct seen_frame frames[] = {
        {"first", PROBE(1, 22042), 100000, 97958, OVERLAY_TIMER_WHEEL, 250, 0},
        {"second", PROBE(2, 23066), 101024, 98958, OVERLAY_TIMER_WHEEL, 250, 0},
        {"two lost", PROBE(3, 26138), 104096, 99958, OVERLAY_LOST_PROBE, 0, 2},
        {"RST", {.tag = KA_TAG_FINAL_RST}, 105120, 100958, OVERLAY_TIMER_WHEEL, 250, 0},
    };
    const struct ka_connection connection = {.keepalive = {&linux_20_1_9}};

    check_frames(&connection, frames, sizeof frames / sizeof frames[0]);
}
END_TEST

START_TEST(test_a_probe_before_its_time_moves_its_series)
{
    static const struct seen_frame frames[] = {
        {"first", PROBE(1, 10000), 100000, 110000, OVERLAY_EARLY, 0, 0},
        {"second", PROBE(2, 11000), 101000, 101000, OVERLAY_ON_TIME, 0, 0},
    };
    const struct ka_connection connection = {.keepalive = {&linux_20_1_9}};

    check_frames(&connection, frames, sizeof frames / sizeof frames[0]);
}
END_TEST

START_TEST(test_a_user_timeout_may_explain_the_rst)
{
    static const struct seen_frame frames[] = {
        {"first", PROBE(1, 20000), 100000, 100000, OVERLAY_ON_TIME, 0, 0},
        {"RST", {.tag = KA_TAG_FINAL_RST}, 101024, 101000, OVERLAY_USER_TIMEOUT, 250, 0},
    };
    struct ka_keepalive keepalive = linux_20_1_9;
    const struct ka_connection connection = {.keepalive = {&keepalive}};

    keepalive.user_timeout_min_ns = 20 * S;
    keepalive.user_timeout_max_ns = 21 * S;
    check_frames(&connection, frames, sizeof frames / sizeof frames[0]);
}
END_TEST

START_TEST(test_answers_take_their_time)
{
    static const struct seen_frame frames[] = {
        {"probe", PROBE(1, 20000), 100000, 100000, OVERLAY_ON_TIME, 0, 0},
        {"answer",
         {.tag = KA_TAG_KEEPALIVE_ACK, .from = KA_SERVER, .ack = {.rtt_ns = 30 * MS}},
         100030,
         100000,
         OVERLAY_ANSWER_TIME,
         0,
         0},
        {"next probe", PROBE(1, 20000), 120030, 120030, OVERLAY_ON_TIME, 0, 0},
        {"RST of a rebooted peer",
         {.tag = KA_TAG_PEER_RST, .from = KA_SERVER},
         120080,
         120030,
         OVERLAY_ANSWER_TIME,
         0,
         0},
        {"RST out of the blue",
         {.tag = KA_TAG_PEER_RST, .from = KA_SERVER},
         200000,
         0,
         OVERLAY_NO_PROMISE,
         0,
         0},
    };
    const struct ka_connection connection = {.keepalive = {&linux_20_1_9}};

    check_frames(&connection, frames, sizeof frames / sizeof frames[0]);
}
END_TEST

/* Measured with Linux 6.1: gaps .205 (tail-loss probe) .208 .428 .832 1.664 ... 28.160 */
START_TEST(test_copies_follow_from_the_first_timeout)
{
    static const struct seen_frame frames[] = {
        {"tail-loss probe", COPY(KA_KIND_TLP, 1, 205), 205, 0, OVERLAY_FIRST_TIMEOUT, 0, 0},
        {"first timeout", COPY(KA_KIND_DATA, 2, 208), 413, 0, OVERLAY_FIRST_TIMEOUT, 0, 0},
        {"rounded up", COPY(KA_KIND_DATA, 3, 428), 841, 829, OVERLAY_TIMER_WHEEL, 250, 0},
        {"doubled", COPY(KA_KIND_DATA, 4, 832), 1673, 1661, OVERLAY_ON_TIME, 0, 0},
        {"ICMP", {.tag = KA_TAG_ICMP_UNREACHABLE}, 1674, 0, OVERLAY_NO_PROMISE, 0, 0},
        {"undone", COPY(KA_KIND_DATA, 5, 832), 2505, 3325, OVERLAY_ICMP, 0, 0},
        {"doubled again", COPY(KA_KIND_DATA, 6, 1664), 4169, 4169, OVERLAY_ON_TIME, 0, 0},
        {"no law", COPY(KA_KIND_DATA, 7, 90000), 94169, 7497, OVERLAY_UNEXPLAINED, 0, 0},
    };
    const struct ka_connection connection = {.number = 0};

    check_frames(&connection, frames, sizeof frames / sizeof frames[0]);
}
END_TEST

START_TEST(test_the_syn_repeats_after_constants)
{
    static const struct seen_frame linear[] = {
        {"first", COPY(KA_KIND_SYN, 1, 1006), 1006, 1000, OVERLAY_TIMER_WHEEL, 250, 0},
        {"second", COPY(KA_KIND_SYN, 2, 1024), 2030, 2000, OVERLAY_TIMER_WHEEL, 250, 0},
    };
    static const struct seen_frame doubling[] = {
        {"first", COPY(KA_KIND_SYN, 1, 1005), 1005, 1000, OVERLAY_TIMER_WHEEL, 250, 0},
        {"second", COPY(KA_KIND_SYN, 2, 2016), 3021, 3000, OVERLAY_TIMER_WHEEL, 250, 0},
    };
    const struct ka_connection connection = {.number = 0};

    check_frames(&connection, linear, 2);
    check_frames(&connection, doubling, 2);
}
END_TEST

/* ---- the choice -------------------------------------------------------------------------- */

START_TEST(test_a_death_tells_more_than_any_life)
{
    const struct ka_connection dead = {.outcome = KA_OUTCOME_DEAD_KEEPALIVE};
    const struct ka_connection alive = {.outcome = KA_OUTCOME_ALIVE,
                                        .counts = {[KA_TAG_KEEPALIVE_PROBE] = 1000}};
    const struct ka_connection longer = {.outcome = KA_OUTCOME_DEAD_RETRANSMISSION,
                                         .counts = {[KA_TAG_RETRANSMISSION] = 15}};

    ck_assert(subject_tells_more(&alive, &dead));
    ck_assert(!subject_tells_more(&dead, &alive));
    ck_assert(subject_tells_more(&dead, &longer));
    ck_assert(!subject_tells_more(&dead, &dead));
    for (int i = 0; i < KA_OUTCOME_COUNT; i++) {
        const struct ka_connection connection = {.outcome = (enum ka_outcome)i};
        ck_assert(strlen(subject_reason(&connection)) > 0);
    }
}
END_TEST

START_TEST(test_a_subject_outlives_what_it_was_copied_from)
{
    struct ka_detection detection = {.latency_ns = 5};
    struct ka_backoff backoff[2] = {{.steps = 1}, {.steps = 2}};
    struct event events[2] = {{.frame.frame = 1}, {.frame.frame = 2}};
    const struct ka_connection connection = {
        .detection = &detection, .backoff = backoff, .backoffs = 2, .number = 7};
    struct subject subject = {.is_set = false};

    ck_assert(subject_copy(&subject, &connection, events, 2));
    detection.latency_ns = 0;
    memset(backoff, 0, sizeof backoff);
    memset(events, 0, sizeof events);
    ck_assert_uint_eq(subject.connection.number, 7);
    ck_assert_int_eq(subject.connection.detection->latency_ns, 5);
    ck_assert_uint_eq(subject.connection.backoff[1].steps, 2);
    ck_assert_uint_eq(subject.events[1].frame.frame, 2);
    ck_assert_ptr_null(subject.connection.keepalive[KA_CLIENT]);
    subject_free(&subject);
    ck_assert(!subject.is_set);
}
END_TEST

/* ---- pictures ---------------------------------------------------------------------------- */

static void add(struct picture *picture, enum picture_kind kind, int64_t at_ns, uint32_t number)
{
    const struct picture_mark mark = {
        .kind = kind, .at_ns = at_ns, .number = number, .expected_ns = KA_UNKNOWN};

    picture_add(picture, &mark);
}

/* Heard, 9 probes 75 s apart after 2 h, RST. */
static struct picture default_course(void)
{
    struct picture picture = {.title = "", .subtitle = "", .top = "", .bottom = ""};

    add(&picture, PICTURE_HEARD, 0, 0);
    for (uint32_t i = 0; i < 9; i++)
        add(&picture, PICTURE_PROBE, (7200 + 75 * (int64_t)i) * S, i + 1);
    add(&picture, PICTURE_FINAL_RST, 7875 * S, 0);
    return picture;
}

START_TEST(test_idle_time_is_broken_and_intervals_are_equal)
{
    struct picture picture = default_course();
    struct svg_layout layout;

    ck_assert(svg_layout(&layout, &picture, 100, 1100));
    ck_assert(layout.gaps[1].is_broken);
    for (size_t i = 2; i < layout.count; i++) {
        ck_assert(!layout.gaps[i].is_broken);
        ck_assert_double_eq_tol(layout.gaps[i].width, layout.gaps[2].width, 0.01);
    }
    ck_assert_double_eq_tol(layout.x[0], 100, 0.01);
    ck_assert_double_eq_tol(layout.x[layout.count - 1], 1100, 0.01);
    ck_assert_double_eq_tol(svg_layout_x(&layout, &picture, 7200 * S + 75 * S / 2),
                            (layout.x[1] + layout.x[2]) / 2, 0.01);
    svg_layout_free(&layout);
    picture_free(&picture);
}
END_TEST

START_TEST(test_backoff_grows_visibly_and_stays_legible)
{
    struct picture picture = {.title = "", .subtitle = "", .top = "", .bottom = ""};
    struct svg_layout layout;
    int64_t at_ns = 0, gap_ns = 204 * MS;

    add(&picture, PICTURE_SENT, 0, 0);
    for (uint32_t i = 1; i <= 15; i++) {
        at_ns += gap_ns;
        gap_ns = gap_ns * 2 < 120 * S ? gap_ns * 2 : 120 * S;
        add(&picture, PICTURE_COPY, at_ns, i);
    }
    ck_assert(svg_layout(&layout, &picture, 100, 1100));
    for (size_t i = 1; i < layout.count; i++) {
        ck_assert(!layout.gaps[i].is_broken);
        ck_assert_msg(layout.gaps[i].width >= 8, "gap %zu is %g wide", i, layout.gaps[i].width);
        if (i > 1 && i <= 10)
            ck_assert(layout.gaps[i].width > 1.2 * layout.gaps[i - 1].width);
    }
    svg_layout_free(&layout);
    picture_free(&picture);
}
END_TEST

START_TEST(test_marks_are_left_out_from_the_middle)
{
    struct picture picture = {.title = ""};

    picture_shorten(&picture, 20, 5);
    ck_assert_uint_eq(picture.count, 0);
    for (uint32_t i = 0; i < 100; i++)
        add(&picture, PICTURE_COPY, (int64_t)i * S, i);
    picture_shorten(&picture, 20, 5);
    ck_assert_uint_eq(picture.count, 20);
    ck_assert_uint_eq(picture.marks[4].number, 4);
    ck_assert_int_eq(picture.marks[5].kind, PICTURE_LEFT_OUT);
    ck_assert_uint_eq(picture.marks[5].number, 81);
    ck_assert_uint_eq(picture.marks[6].number, 86);
    ck_assert_uint_eq(picture.marks[19].number, 99);
    picture_shorten(&picture, 20, 5);
    ck_assert_uint_eq(picture.count, 20);
    picture_free(&picture);
}
END_TEST

START_TEST(test_a_mark_is_inserted_in_the_order_of_time)
{
    const struct picture_mark end = {.kind = PICTURE_SILENT_END, .at_ns = 15 * S};
    const struct picture_mark last = {.kind = PICTURE_CAPTURE_END, .at_ns = 30 * S};
    struct picture picture = {.title = ""};

    add(&picture, PICTURE_COPY, 10 * S, 1);
    add(&picture, PICTURE_PROBE, 20 * S, 1);
    picture_insert(&picture, &end);
    picture_insert(&picture, &last);
    ck_assert_uint_eq(picture.count, 4);
    ck_assert_int_eq(picture.marks[1].kind, PICTURE_SILENT_END);
    ck_assert_int_eq(picture.marks[2].kind, PICTURE_PROBE);
    ck_assert_int_eq(picture.marks[3].kind, PICTURE_CAPTURE_END);
    picture_free(&picture);
}
END_TEST

START_TEST(test_every_kind_of_mark_is_drawn)
{
    struct picture picture = {.title = "<&\"'>", .subtitle = "\x01", .top = "a", .bottom = "b"};
    char *text = NULL;
    size_t size = 0;
    FILE *memory = open_memstream(&text, &size);

    for (int kind = 0; kind <= PICTURE_GOES_ON; kind++)
        add(&picture, (enum picture_kind)kind, kind * S, 1);
    svg_picture(memory, &picture, true);
    ck_assert_int_eq(fclose(memory), 0);
    ck_assert_ptr_nonnull(strstr(text, "&lt;&amp;&quot;&#39;&gt;"));
    ck_assert_ptr_nonnull(strstr(text, "\xef\xbf\xbd"));
    ck_assert_ptr_null(strchr(text, '\x01'));
    ck_assert_ptr_null(strstr(text, "nan"));
    free(text);
    picture_free(&picture);
}
END_TEST

/* ---- text from outside ------------------------------------------------------------------- */

static const struct {
    const char *text, *html;
} escaped[] = {
    {"plain", "plain"},
    {"<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"},
    {"\" onload='x'&amp;", "&quot; onload=&#39;x&#39;&amp;amp;"},
    {"caf\xc3\xa9", "caf\xc3\xa9"},
    {"a\x80\xff", "a\xef\xbf\xbd\xef\xbf\xbd"},
    {"\xc0\xbcscript>", "\xef\xbf\xbd\xef\xbf\xbdscript&gt;"},
    {"\x1b[2J\x7f", "\xef\xbf\xbd[2J\xef\xbf\xbd"},
    {"two\nlines\tand\rmore", "two lines and more"},
    {"\xc2\x9b", "\xef\xbf\xbd"},
    {"a\xe2\x80\xae"
     "b",
     "a\xef\xbf\xbd"
     "b"},
    {"\xe2\x81\xa6\xe2\x80\x93", "\xef\xbf\xbd\xe2\x80\x93"},
    {"\xef\xbf\xbe", "\xef\xbf\xbd"},
    {"", ""},
};

START_TEST(test_text_from_outside_cannot_become_markup)
{
    char *text = NULL;
    size_t size = 0;
    FILE *memory = open_memstream(&text, &size);

    html_text(memory, escaped[_i].text);
    ck_assert_int_eq(fclose(memory), 0);
    ck_assert_msg(strcmp(text, escaped[_i].html) == 0, "row %d: %s", _i, text);
    free(text);
}
END_TEST

Suite *suite_timeline(void)
{
    Suite *suite = suite_create("timeline");
    TCase *tcase = tcase_create("timeline");

    tcase_add_loop_test(tcase, test_wrong_options_are_refused_with_the_reason, 0,
                        sizeof refused / sizeof refused[0]);
    tcase_add_test(tcase, test_options_override_the_stacks_defaults);
    tcase_add_test(tcase, test_compared_settings_are_kept_in_order);
    tcase_add_test(tcase, test_probes_are_late_by_the_timer_wheel_or_for_lost_ones);
    tcase_add_test(tcase, test_a_probe_before_its_time_moves_its_series);
    tcase_add_test(tcase, test_a_user_timeout_may_explain_the_rst);
    tcase_add_test(tcase, test_answers_take_their_time);
    tcase_add_test(tcase, test_copies_follow_from_the_first_timeout);
    tcase_add_test(tcase, test_the_syn_repeats_after_constants);
    tcase_add_test(tcase, test_a_death_tells_more_than_any_life);
    tcase_add_test(tcase, test_a_subject_outlives_what_it_was_copied_from);
    tcase_add_test(tcase, test_idle_time_is_broken_and_intervals_are_equal);
    tcase_add_test(tcase, test_backoff_grows_visibly_and_stays_legible);
    tcase_add_test(tcase, test_marks_are_left_out_from_the_middle);
    tcase_add_test(tcase, test_a_mark_is_inserted_in_the_order_of_time);
    tcase_add_test(tcase, test_every_kind_of_mark_is_drawn);
    tcase_add_loop_test(tcase, test_text_from_outside_cannot_become_markup, 0,
                        sizeof escaped / sizeof escaped[0]);
    suite_add_tcase(suite, tcase);
    return suite;
}
