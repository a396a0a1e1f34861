/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * check_course.c: expected courses against worked timelines, and against times measured with real
 * kernels, which must lie within what the timers' rounding allows.
 */
#include <check.h>
#include <string.h>

#include "core/course.h"
#include "core/ka.h"

#include "suites.h"

#define S KA_SECOND
#define MS (KA_SECOND / 1000)

enum { EVENTS_MAX = 64 };

struct events {
    struct course_event event[EVENTS_MAX];
    size_t count;
};

static void note(const struct course_event *event, void *user)
{
    struct events *events = user;

    ck_assert_uint_lt(events->count, EVENTS_MAX);
    events->event[events->count++] = *event;
}

/* Settings of a row; 0: the stack's own. */
struct given {
    const char *stack;
    enum course_check check;
    int64_t idle_s, intvl_s;
    uint32_t count;
    int64_t user_timeout_s, rto_ms;
    int hz;
    bool tail_loss_probe;
};

static struct course_settings settings_of(const struct given *given)
{
    struct course_settings settings = course_defaults(stack_find(given->stack), given->check);

    if (given->idle_s) {
        settings.idle_ns = given->idle_s * S;
        settings.intvl_ns = given->intvl_s * S;
        settings.count = given->count;
    }
    settings.user_timeout_ns = given->user_timeout_s * S;
    if (given->rto_ms)
        settings.rto_ns = given->rto_ms * MS;
    if (given->hz)
        settings.hz = given->hz;
    settings.tail_loss_probe = given->tail_loss_probe;
    return settings;
}

/* ---- worked timelines -------------------------------------------------------------------- */

/* After the first event: each copy or probe in milliseconds, then the give-up. */
static const struct {
    const char *name;
    struct given given;
    int64_t times_ms[20];
    bool sends_rst;
} worked[] = {
    {"Linux defaults",
     {.stack = "linux", .check = COURSE_CHECK_KEEPALIVE},
     {7200000, 7275000, 7350000, 7425000, 7500000, 7575000, 7650000, 7725000, 7800000, 7875000},
     true},
    {"20/1/9",
     {.stack = "linux", .check = COURSE_CHECK_KEEPALIVE, .idle_s = 20, .intvl_s = 1, .count = 9},
     {20000, 21000, 22000, 23000, 24000, 25000, 26000, 27000, 28000, 29000},
     true},
    {"Windows defaults",
     {.stack = "windows", .check = COURSE_CHECK_KEEPALIVE},
     {7200000, 7201000, 7202000, 7203000, 7204000, 7205000, 7206000, 7207000, 7208000, 7209000,
      7210000},
     true},
    {"BSD defaults",
     {.stack = "openbsd", .check = COURSE_CHECK_KEEPALIVE},
     {7200000, 7275000, 7350000, 7425000, 7500000, 7575000, 7650000, 7725000, 7800000},
     true},
    {"NuttX defaults",
     {.stack = "nuttx", .check = COURSE_CHECK_KEEPALIVE},
     {7200000, 7202000, 7204000, 7206000},
     true},
    {"illumos, timeout 0.4 s",
     {.stack = "illumos", .check = COURSE_CHECK_KEEPALIVE, .rto_ms = 400},
     {7200000, 7200400, 7201200, 7202800, 7206000, 7212400, 7225200, 7250800, 7302000, 7362000,
      7422000, 7482000, 7542000, 7602000, 7662000, 7722000},
     false},
    {"illumos, timeout 1 s",
     {.stack = "illumos", .check = COURSE_CHECK_KEEPALIVE, .rto_ms = 1000},
     {7200000, 7201000, 7203000, 7207000, 7215000, 7231000, 7263000, 7323000, 7383000, 7443000,
      7503000, 7563000, 7623000, 7683000},
     false},
    {"user timeout 20 s in place of the count",
     {.stack = "linux",
      .check = COURSE_CHECK_KEEPALIVE,
      .idle_s = 5,
      .intvl_s = 1,
      .count = 3,
      .user_timeout_s = 20},
     {5000, 6000, 7000, 8000, 9000, 10000, 11000, 12000, 13000, 14000, 15000, 16000, 17000, 18000,
      19000, 20000},
     true},
    {"user timeout below the idle time: one probe all the same",
     {.stack = "linux",
      .check = COURSE_CHECK_KEEPALIVE,
      .idle_s = 5,
      .intvl_s = 2,
      .count = 9,
      .user_timeout_s = 3},
     {5000, 7000},
     true},
    {"Linux data, timeout 204 ms",
     {.stack = "linux", .check = COURSE_CHECK_DATA, .rto_ms = 204},
     {204, 612, 1428, 3060, 6324, 12852, 25908, 52020, 104244, 208692, 328692, 448692, 568692,
      688692, 808692, 928692},
     false},
    {"Linux data, user timeout 30 s: the last timeout is cut",
     {.stack = "linux", .check = COURSE_CHECK_DATA, .user_timeout_s = 30},
     {204, 612, 1428, 3060, 6324, 12852, 25908, 30204},
     false},
    {"FreeBSD data",
     {.stack = "freebsd", .check = COURSE_CHECK_DATA},
     {230, 490, 810, 1250, 1930, 3090, 5210, 9250, 17130, 32690, 48250, 63810, 79370},
     true},
    {"XNU data",
     {.stack = "macos", .check = COURSE_CHECK_DATA},
     {230, 490, 810, 1250, 1930, 3090, 5210, 7330, 9450, 11570, 13690, 15810, 17930},
     true},
    {"OpenBSD data",
     {.stack = "openbsd", .check = COURSE_CHECK_DATA},
     {1000, 3000, 7000, 15000, 31000, 63000, 127000, 191000, 255000, 319000, 383000, 447000,
      511000},
     true},
    {"illumos data",
     {.stack = "illumos", .check = COURSE_CHECK_DATA},
     {400, 1200, 2800, 6000, 12400, 25200, 50800, 102000, 162000, 222000, 282000, 342000},
     false},
    {"Windows data",
     {.stack = "windows", .check = COURSE_CHECK_DATA},
     {300, 900, 2100, 4500, 9300, 18900},
     true},
    {"Linux SYN since 6.5",
     {.stack = "linux", .check = COURSE_CHECK_SYN},
     {1000, 2000, 3000, 4000, 5000, 7000, 11000, 19000, 35000, 67000, 131000},
     false},
    {"Linux SYN before 6.5",
     {.stack = "linux-6.4", .check = COURSE_CHECK_SYN},
     {1000, 3000, 7000, 15000, 31000, 63000, 127000},
     false},
    {"lwIP window probes",
     {.stack = "lwip", .check = COURSE_CHECK_WINDOW},
     {1500, 4500, 10500, 22500, 46500, 94500, 154500, 214500, 274500, 334500, 394500, 454500,
      455000},
     false},
};

START_TEST(test_ideal_times_are_those_of_the_worked_timelines)
{
    const struct course_settings settings = settings_of(&worked[_i].given);
    struct events events = {.count = 0};
    const struct course_end end = course_run(&settings, note, &events);
    size_t wanted = 0;

    while (wanted < 20 && worked[_i].times_ms[wanted])
        wanted++;
    ck_assert_msg(events.count == wanted + 1, "%s: %zu events, not %zu", worked[_i].name,
                  events.count, wanted + 1);
    for (size_t i = 0; i < wanted; i++)
        ck_assert_msg(events.event[i + 1].ideal_ns == worked[_i].times_ms[i] * MS,
                      "%s: event %zu at %lld ns", worked[_i].name, i + 1,
                      (long long)events.event[i + 1].ideal_ns);
    ck_assert_msg(events.event[wanted].what == COURSE_GIVE_UP && end.dead, "%s: no give-up",
                  worked[_i].name);
    ck_assert_msg(end.sends_rst == worked[_i].sends_rst, "%s: RST", worked[_i].name);
    ck_assert_msg(end.unanswered == wanted - 1, "%s: %u unanswered", worked[_i].name,
                  (unsigned)end.unanswered);
    ck_assert_msg(end.ideal_ns == worked[_i].times_ms[wanted - 1] * MS, "%s: end", worked[_i].name);
}
END_TEST

/* ---- measured ---------------------------------------------------------------------------- */

/*
 * Linux kernels of 250 ticks a second, milliseconds after the first event; the last is the give-up.
 */
static const struct {
    const char *name;
    struct given given;
    int64_t times_ms[20];
} measured[] = {
    {"defaults, Linux 6.1",
     {.stack = "linux", .check = COURSE_CHECK_KEEPALIVE},
     {7233838, 7309614, 7385390, 7461166, 7536942, 7612718, 7688494, 7764270, 7840046, 7915822}},
    {"20/1/9, Linux 6.18",
     {.stack = "linux", .check = COURSE_CHECK_KEEPALIVE, .idle_s = 20, .intvl_s = 1, .count = 9},
     {22042, 23066, 24090, 25114, 26138, 27162, 28186, 29210, 30234, 31258}},
    {"5/2/3",
     {.stack = "linux", .check = COURSE_CHECK_KEEPALIVE, .idle_s = 5, .intvl_s = 2, .count = 3},
     {5146, 7162, 9178, 11194}},
    {"10/5/3",
     {.stack = "linux", .check = COURSE_CHECK_KEEPALIVE, .idle_s = 10, .intvl_s = 5, .count = 3},
     {10061, 15181, 20301, 25421}},
    {"30/10/3",
     {.stack = "linux", .check = COURSE_CHECK_KEEPALIVE, .idle_s = 30, .intvl_s = 10, .count = 3},
     {31310, 41550, 51790, 62030}},
    {"60/60/3",
     {.stack = "linux", .check = COURSE_CHECK_KEEPALIVE, .idle_s = 60, .intvl_s = 60, .count = 3},
     {62030, 123470, 184910, 246350}},
    {"75/75/3",
     {.stack = "linux", .check = COURSE_CHECK_KEEPALIVE, .idle_s = 75, .intvl_s = 75, .count = 3},
     {76366, 152142, 227918, 303694}},
    {"data with a tail-loss probe, Linux 6.18",
     {.stack = "linux", .check = COURSE_CHECK_DATA, .rto_ms = 204, .tail_loss_probe = true},
     {207, 415, 847, 1679, 3343, 6735, 13391, 26703, 53839, 107087, 213583, 334415, 455247, 576079,
      696911, 817743, 938580}},
    {"SYN, Linux 6.18",
     {.stack = "linux", .check = COURSE_CHECK_SYN},
     {1006, 2030, 3054, 4078, 5102, 7118, 11342, 19534, 35662, 68174, 133700}},
    {"SYN, Linux 6.1",
     {.stack = "linux-6.4", .check = COURSE_CHECK_SYN},
     {1005, 3021, 7053, 15245, 31373, 65421}},
};

START_TEST(test_measured_times_lie_within_the_range)
{
    const struct course_settings settings = settings_of(&measured[_i].given);
    struct events events = {.count = 0};

    course_run(&settings, note, &events);
    for (size_t i = 0; i < 20 && measured[_i].times_ms[i]; i++) {
        const struct course_event *event = &events.event[i + 1];
        int64_t seen_ns = measured[_i].times_ms[i] * MS;
        ck_assert_uint_lt(i + 1, events.count);
        ck_assert_msg(seen_ns >= event->earliest_ns - MS && seen_ns <= event->latest_ns + 3 * MS,
                      "%s: event %zu at %lld ms, expected %lld to %lld us", measured[_i].name,
                      i + 1, (long long)measured[_i].times_ms[i],
                      (long long)event->earliest_ns / 1000, (long long)event->latest_ns / 1000);
    }
}
END_TEST

/* From the second probe on the timer starts where its granule does: no range any more. */
static const struct {
    const char *name;
    struct given given;
    int64_t step_us, first_latest_ms, end_earliest_ms, end_latest_ms;
} steps[] = {
    {"defaults, 250 Hz", {.stack = "linux", .hz = 250}, 75776000, 7331072, 7881984, 8013056},
    {"defaults, 1000 Hz", {.stack = "linux", .hz = 1000}, 77824000, 7462144, 7900416, 8162560},
    {"20/1/9, 250 Hz",
     {.stack = "linux", .idle_s = 20, .intvl_s = 1, .count = 9, .hz = 250},
     1024000,
     22048,
     29216,
     31264},
    {"20/1/9, 1000 Hz",
     {.stack = "linux", .idle_s = 20, .intvl_s = 1, .count = 9, .hz = 1000},
     1024000,
     20512,
     29216,
     29728},
};

START_TEST(test_probes_follow_at_the_rounded_interval)
{
    const struct course_settings settings = settings_of(&steps[_i].given);
    struct events events = {.count = 0};
    const struct course_end end = course_run(&settings, note, &events);

    ck_assert_int_eq(events.event[1].latest_ns / MS, steps[_i].first_latest_ms);
    for (size_t i = 2; i < events.count; i++) {
        int64_t early_us = (events.event[i].earliest_ns - events.event[i - 1].earliest_ns) / 1000;
        int64_t late_us = (events.event[i].latest_ns - events.event[i - 1].latest_ns) / 1000;
        ck_assert_msg(early_us == steps[_i].step_us && late_us == steps[_i].step_us,
                      "%s: event %zu %lld us after the one before", steps[_i].name, i,
                      (long long)early_us);
    }
    ck_assert_int_eq(end.earliest_ns / MS, steps[_i].end_earliest_ms);
    ck_assert_int_eq(end.latest_ns / MS, steps[_i].end_latest_ms);
}
END_TEST

START_TEST(test_every_event_lies_in_its_range_and_none_before_another)
{
    size_t count;
    const struct stack *all = stacks(&count);

    for (size_t i = 0; i < count; i++)
        for (int check = 0; check < COURSE_CHECK_COUNT; check++) {
            struct events events = {.count = 0};
            if (!course_knows(&all[i], (enum course_check)check))
                continue;
            struct course_settings settings = course_defaults(&all[i], (enum course_check)check);
            course_run(&settings, note, &events);
            for (size_t k = 0; k < events.count; k++) {
                const struct course_event *event = &events.event[k];
                ck_assert_msg(event->earliest_ns >= event->ideal_ns &&
                                  event->latest_ns >= event->earliest_ns,
                              "%s, %s: event %zu", all[i].name,
                              course_check_name((enum course_check)check), k);
                ck_assert(k == 0 || event->ideal_ns > event[-1].ideal_ns);
                ck_assert(k == 0 || event->earliest_ns >= event[-1].earliest_ns);
            }
        }
}
END_TEST

/* ---- situations -------------------------------------------------------------------------- */

static struct course_end run_situation(struct events *events, enum course_check check,
                                       enum course_situation situation)
{
    struct course_settings settings = course_defaults(stack_find("linux"), check);

    settings.situation = situation;
    events->count = 0;
    return course_run(&settings, note, events);
}

START_TEST(test_a_live_peer_starts_the_idle_time_again)
{
    static const enum course_what whats[] = {
        COURSE_HEARD,  COURSE_PROBE, COURSE_ANSWER, COURSE_PROBE,
        COURSE_ANSWER, COURSE_PROBE, COURSE_ANSWER, COURSE_GOES_ON,
    };
    struct events events;
    const struct course_end end =
        run_situation(&events, COURSE_CHECK_KEEPALIVE, COURSE_SITUATION_ALIVE);

    ck_assert(!end.dead);
    ck_assert_uint_eq(events.count, sizeof whats / sizeof whats[0]);
    for (size_t i = 0; i < events.count; i++)
        ck_assert_int_eq(events.event[i].what, whats[i]);
    ck_assert_int_eq(events.event[5].ideal_ns, 3 * 7200 * S);
}
END_TEST

/* tcp_keepalive_timer(): measured as 5.12 s for idle 1 s, interval 5 s. */
START_TEST(test_an_interval_above_the_idle_time_takes_its_place)
{
    const struct given given = {
        .stack = "linux", .check = COURSE_CHECK_KEEPALIVE, .idle_s = 1, .intvl_s = 5, .count = 9};
    struct course_settings settings = settings_of(&given);
    struct events events = {.count = 0};

    settings.situation = COURSE_SITUATION_ALIVE;
    course_run(&settings, note, &events);
    ck_assert_int_eq(course_period_ns(&settings), 5 * S);
    ck_assert_int_eq(events.event[1].ideal_ns, 1 * S);
    ck_assert_int_eq(events.event[3].ideal_ns, 6 * S);
    ck_assert_int_eq(events.event[5].earliest_ns - events.event[3].earliest_ns, 5120 * MS);
}
END_TEST

START_TEST(test_a_rebooted_peer_answers_the_first_segment_with_a_rst)
{
    struct events events;
    struct course_end end =
        run_situation(&events, COURSE_CHECK_KEEPALIVE, COURSE_SITUATION_REBOOTED);

    ck_assert_int_eq(end.what, COURSE_PEER_RST);
    ck_assert_int_eq(end.ideal_ns, 7200 * S);
    ck_assert_str_eq(end.error, "ECONNRESET");
    end = run_situation(&events, COURSE_CHECK_SYN, COURSE_SITUATION_REBOOTED);
    ck_assert_int_eq(end.ideal_ns, 0);
    ck_assert_str_eq(end.error, "ECONNREFUSED");
}
END_TEST

START_TEST(test_icmp_ends_a_syn_only)
{
    struct events events;
    struct course_end end =
        run_situation(&events, COURSE_CHECK_KEEPALIVE, COURSE_SITUATION_BROKEN_ICMP);

    ck_assert_int_eq(end.ideal_ns, 7875 * S);
    ck_assert_str_eq(end.error, "ETIMEDOUT");
    ck_assert_int_eq(events.event[2].what, COURSE_UNREACHABLE);
    end = run_situation(&events, COURSE_CHECK_DATA, COURSE_SITUATION_BROKEN_ICMP);
    ck_assert_int_eq(end.ideal_ns, 928692 * MS);
    ck_assert_str_eq(end.error, "EHOSTUNREACH");
    end = run_situation(&events, COURSE_CHECK_SYN, COURSE_SITUATION_BROKEN_ICMP);
    ck_assert_int_eq(end.ideal_ns, 0);
    ck_assert_str_eq(end.error, "EHOSTUNREACH");
}
END_TEST

START_TEST(test_answered_window_probes_go_on_at_the_cap)
{
    struct events events;
    const struct course_end end =
        run_situation(&events, COURSE_CHECK_WINDOW, COURSE_SITUATION_ALIVE);
    const struct course_event *last = &events.event[events.count - 1];

    ck_assert(!end.dead);
    ck_assert_int_eq(last->what, COURSE_GOES_ON);
    ck_assert_int_eq(last->ideal_ns - last[-1].ideal_ns, 120 * S);
}
END_TEST

START_TEST(test_names_of_every_value_and_of_none)
{
    for (int i = 0; i < COURSE_WHAT_COUNT; i++)
        ck_assert_str_ne(course_what_name((enum course_what)i), "?");
    ck_assert_str_eq(course_what_name(COURSE_WHAT_COUNT), "?");
    ck_assert_str_eq(course_what_meaning(COURSE_WHAT_COUNT), "?");
    ck_assert_str_eq(course_check_name(COURSE_CHECK_COUNT), "?");
    ck_assert_str_eq(course_check_meaning(COURSE_CHECK_COUNT), "?");
    ck_assert_str_eq(course_situation_name(COURSE_SITUATION_COUNT), "?");
    ck_assert_str_eq(course_situation_meaning(COURSE_SITUATION_COUNT), "?");
    ck_assert_str_eq(course_situation_name(COURSE_SITUATION_BROKEN_ICMP), "broken-icmp");
}
END_TEST

Suite *suite_course(void)
{
    Suite *suite = suite_create("course");
    TCase *tcase = tcase_create("course");

    tcase_add_loop_test(tcase, test_ideal_times_are_those_of_the_worked_timelines, 0,
                        sizeof worked / sizeof worked[0]);
    tcase_add_loop_test(tcase, test_measured_times_lie_within_the_range, 0,
                        sizeof measured / sizeof measured[0]);
    tcase_add_loop_test(tcase, test_probes_follow_at_the_rounded_interval, 0,
                        sizeof steps / sizeof steps[0]);
    tcase_add_test(tcase, test_every_event_lies_in_its_range_and_none_before_another);
    tcase_add_test(tcase, test_a_live_peer_starts_the_idle_time_again);
    tcase_add_test(tcase, test_an_interval_above_the_idle_time_takes_its_place);
    tcase_add_test(tcase, test_a_rebooted_peer_answers_the_first_segment_with_a_rst);
    tcase_add_test(tcase, test_icmp_ends_a_syn_only);
    tcase_add_test(tcase, test_answered_window_probes_go_on_at_the_cap);
    tcase_add_test(tcase, test_names_of_every_value_and_of_none);
    suite_add_tcase(suite, tcase);
    return suite;
}
