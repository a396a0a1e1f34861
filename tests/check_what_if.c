/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * check_what_if.c: what other settings would have made of outages:
 * by which check, when, or why not.
 */
#include <string.h>

#include "suites.h"
#include "what_if.h"
#include "what_if_sums.h"

#define S KA_SECOND

/* An outage in seconds since the peer was last heard; -1: not known. */
struct outage {
    enum ka_mechanism mechanism, check;
    bool heard;
    uint32_t unanswered;
    double sent_s, stamp_s, declared_s;
};

static const struct outage
    idle = {KA_MECHANISM_KEEPALIVE, KA_MECHANISM_KEEPALIVE, true, 9, 7200, -1, 7875},
    idle_open = {KA_MECHANISM_KEEPALIVE, KA_MECHANISM_KEEPALIVE, true, 3, 7200, -1, -1},
    data = {KA_MECHANISM_RETRANSMISSION, KA_MECHANISM_RETRANSMISSION, true, 15, 0.5, 0.7, 930},
    long_data =
        {KA_MECHANISM_RETRANSMISSION, KA_MECHANISM_RETRANSMISSION, true, 15, 0.5, 0.7, 9000},
    pause = {KA_MECHANISM_RETRANSMISSION, KA_MECHANISM_RETRANSMISSION, true, 15, 300, 300.2, 1230},
    overtaken = {KA_MECHANISM_RETRANSMISSION, KA_MECHANISM_RETRANSMISSION, true, 15, -20, -19, 900},
    sent_once = {KA_MECHANISM_RETRANSMISSION, KA_MECHANISM_RETRANSMISSION, true, 0, 2, -1, -1},
    unheard = {KA_MECHANISM_RETRANSMISSION, KA_MECHANISM_RETRANSMISSION, false, 15, 0, 0.2, 930},
    window = {KA_MECHANISM_WINDOW_PROBE, KA_MECHANISM_WINDOW_PROBE, true, 15, 14, -90, 1650},
    syn = {KA_MECHANISM_SYN, KA_MECHANISM_SYN, false, 6, 0, 0, 131},
    fin = {KA_MECHANISM_FIN, KA_MECHANISM_FIN, true, 9, 100, 100.2, 209},
    met_probe = {KA_MECHANISM_PEER_RESET, KA_MECHANISM_KEEPALIVE, true, 1, 61, -1, 61},
    met_data = {KA_MECHANISM_PEER_RESET, KA_MECHANISM_RETRANSMISSION, true, 0, 40, -1, 40},
    came_back = {KA_MECHANISM_PEER_RESET, KA_MECHANISM_KEEPALIVE, true, 4, 61, -1, 91},
    copies_met = {KA_MECHANISM_PEER_RESET, KA_MECHANISM_RETRANSMISSION, true, 5, 3, 3.2, 50};

/*
 * Linux rounds a timer of v seconds up by at most an eighth;
 * course.c's tests have the exact values.
 */
static const struct row {
    const char *name, *setting;
    const struct outage *outage;
    enum what_if_effect effect;
    double latency_s, max_s; /* -1: not known */
} rows[] = {
    {"keep-alive by shorter settings", "60/10/6", &idle, WHAT_IF_KEEPALIVE, 120, 7320},
    {"by longer ones", "7200/75/20", &idle, WHAT_IF_KEEPALIVE, 8700, 15900},
    {"a preset", "lettuce-default", &idle, WHAT_IF_KEEPALIVE, 52, 7252},
    {"its user timeout replaces the count", "60/10/6/75", &idle, WHAT_IF_KEEPALIVE, 80, 7280},
    {"not decided yet", "60/10/6", &idle_open, WHAT_IF_KEEPALIVE, 120, 7320},
    {"data in flight", "60/10/6", &data, WHAT_IF_SUSPENDED, 930, 930},
    {"data in flight, user timeout", "60/10/6/30", &data, WHAT_IF_USER_TIMEOUT, 30.7, 30.7},
    {"a user timeout replaces the retries", "60/10/6/2000", &data, WHAT_IF_USER_TIMEOUT, 2000.7,
     2000.7},
    {"a stack that probes beside data", "bsd-default", &long_data, WHAT_IF_KEEPALIVE, 7800, 7800.5},
    {"which finds it later", "bsd-default", &data, WHAT_IF_TOO_LATE, 930, 930},
    {"found in the pause before", "60/10/6", &pause, WHAT_IF_KEEPALIVE, 120, 1230},
    {"in the pause, or by the user timeout", "60/10/6/75", &pause, WHAT_IF_KEEPALIVE, 80, 375.2},
    {"not found before the data", "240/30/3", &pause, WHAT_IF_SUSPENDED, 1230, 1230},
    {"timers may be too late for it", "240/15/4", &pause, WHAT_IF_SUSPENDED, 1230, 1230},
    {"data sent before the peer fell silent", "1/1/1", &overtaken, WHAT_IF_SUSPENDED, 900, 900},
    {"sent once, undecided", "60/10/6", &sent_once, WHAT_IF_SUSPENDED, -1, -1},
    {"sent once, user timeout", "60/10/6/30", &sent_once, WHAT_IF_USER_TIMEOUT, 32, 32},
    {"never heard", "60/10/6", &unheard, WHAT_IF_UNKNOWN, 930, 930},
    {"never heard, user timeout", "60/10/6/30", &unheard, WHAT_IF_USER_TIMEOUT, 30.2, 30.2},
    {"closed window", "60/10/6", &window, WHAT_IF_SUSPENDED, 1650, 1650},
    {"closed window, user timeout", "60/10/6/120", &window, WHAT_IF_USER_TIMEOUT, 30, 30},
    {"closed window, too short a timeout", "60/10/6/30", &window, WHAT_IF_ENDED_ALIVE, -1, -1},
    {"no connection", "60/10/6", &syn, WHAT_IF_NOT_CONNECTED, 131, 131},
    {"no connection, user timeout", "60/10/6/30", &syn, WHAT_IF_USER_TIMEOUT, 30, 30},
    {"the SYN's retries end first", "60/10/6/300", &syn, WHAT_IF_NOT_CONNECTED, 131, 131},
    {"FIN after a pause", "60/10/3", &fin, WHAT_IF_KEEPALIVE, 90, 209},
    {"RST met by an earlier probe", "20/1/9", &met_probe, WHAT_IF_PEER_RESET, 20, 81},
    {"RST met by a later probe", "300/1/9", &met_probe, WHAT_IF_PEER_RESET, 300, 361},
    {"a probe before the data meets it", "20/1/9", &met_data, WHAT_IF_PEER_RESET, 20, 40},
    {"the data meets it first", "60/1/9", &met_data, WHAT_IF_TOO_LATE, 40, 40},
    {"dead before it came back", "60/5/2", &came_back, WHAT_IF_KEEPALIVE, 70, 131},
    {"it came back first", "60/10/6", &came_back, WHAT_IF_TOO_LATE, 91, 91},
    {"copies met the RST", "60/10/6", &copies_met, WHAT_IF_SUSPENDED, 50, 50},
    {"copies, a shorter user timeout", "60/10/6/30", &copies_met, WHAT_IF_USER_TIMEOUT, 33.2, 33.2},
    {"copies, a longer one", "60/10/6/300", &copies_met, WHAT_IF_SUSPENDED, 50, 50},
};

static int64_t ns_of(double seconds)
{
    return (int64_t)(seconds * 1000 + (seconds < 0 ? -0.5 : 0.5)) * (S / 1000);
}

static int64_t time_of(double seconds)
{
    return 1000000 * S + ns_of(seconds);
}

static struct ka_detection detection_of(const struct outage *outage)
{
    bool has_stamp = outage->check != KA_MECHANISM_KEEPALIVE && outage->unanswered > 0;

    return (struct ka_detection){
        .mechanism = outage->mechanism,
        .check = outage->check,
        .unanswered = outage->unanswered,
        .last_heard_frame = outage->heard ? 7 : 0,
        .last_heard_ns = outage->heard ? time_of(0) : KA_UNKNOWN,
        .first_unanswered_ns = time_of(outage->sent_s),
        .user_timeout_from_ns = has_stamp ? time_of(outage->stamp_s) : KA_UNKNOWN,
        .declared = outage->declared_s >= 0,
        .declared_ns = outage->declared_s >= 0 ? time_of(outage->declared_s) : KA_UNKNOWN,
    };
}

START_TEST(test_outage)
{
    const struct row *row = &rows[_i];
    struct ka_detection detection = detection_of(row->outage);
    const struct ka_connection connection = {.detection = &detection};
    char error[WHAT_IF_ERROR_BYTES] = "";
    struct what_if what_if = {.count = 0};
    struct what_if_result result;

    ck_assert_msg(what_if_add(&what_if, row->setting, error), "%s: %s", row->name, error);
    ck_assert_msg(what_if_applies(&connection), "%s", row->name);
    result = what_if_apply(&what_if.settings[0], &connection);
    ck_assert_msg(result.effect == row->effect, "%s: %s", row->name,
                  what_if_effect_name(result.effect));
    ck_assert_msg(result.latency_ns == (row->latency_s < 0 ? KA_UNKNOWN : ns_of(row->latency_s)),
                  "%s: latency %lld", row->name, (long long)result.latency_ns);
    ck_assert_msg(result.max_ns == (row->max_s < 0 ? KA_UNKNOWN : ns_of(row->max_s)),
                  "%s: at most %lld", row->name, (long long)result.max_ns);
    if (result.latency_ns != KA_UNKNOWN) {
        ck_assert_msg(result.earliest_ns <= result.latest_ns, "%s", row->name);
        ck_assert_msg(result.latest_ns <= result.latency_ns + result.latency_ns / 8 + S, "%s",
                      row->name);
    }
}
END_TEST

START_TEST(test_a_connection_without_a_death_is_not_asked)
{
    const struct ka_connection connection = {.outcome = KA_OUTCOME_CLOSED};

    ck_assert(!what_if_applies(&connection));
}
END_TEST

START_TEST(test_an_interval_above_the_idle_time_takes_its_place_after_an_answer)
{
    struct ka_detection detection = detection_of(&idle);
    const struct ka_connection connection = {.detection = &detection};
    char error[WHAT_IF_ERROR_BYTES];
    struct what_if what_if = {.count = 0};
    struct what_if_result result;

    ck_assert(what_if_add(&what_if, "45/75/2", error));
    result = what_if_apply(&what_if.settings[0], &connection);
    ck_assert_int_eq(result.latency_ns, 195 * S);
    ck_assert_int_ge(result.latest_ns, 225 * S);
}
END_TEST

START_TEST(test_probes_are_counted_by_their_period)
{
    static const struct {
        const char *setting;
        uint64_t in_1000_days;
    } costs[] = {
        {"60/10/6", 1440000}, {"7200/75/9", 12000}, {"13/13/3", 6646154}, {"45/75/2", 1152000}};

    for (size_t i = 0; i < sizeof costs / sizeof costs[0]; i++) {
        char error[WHAT_IF_ERROR_BYTES];
        struct what_if what_if = {.count = 0};

        ck_assert(what_if_add(&what_if, costs[i].setting, error));
        ck_assert_uint_eq(what_if_probes_in_1000_days(&what_if.settings[0]), costs[i].in_1000_days);
    }
}
END_TEST

/* What an idle timer of 350 s in the path makes of the same settings. */
START_TEST(test_probes_keep_a_path_open)
{
    static const struct {
        const char *setting;
        bool by_rst, from_box; /* the peer's RST; and its marks are those of a box */
        bool kept_open, may_keep_open;
    } paths[] = {
        {"60/10/6", true, true, true, false},   {"310/10/6", true, true, true, false},
        {"320/10/6", true, true, false, false}, {"60/10/6", true, false, false, true},
        {"60/10/6", false, true, false, true},  {"400/10/6", false, false, false, false},
    };
    char error[WHAT_IF_ERROR_BYTES];

    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        struct ka_detection detection = detection_of(&idle);
        const struct ka_finding findings[] = {
            {.code = KA_FINDING_RST_FROM_MIDDLEBOX, .limit_ns = KA_UNKNOWN},
            {.code = KA_FINDING_PATH_IDLE_TIMER, .limit_ns = 350 * S},
        };
        const struct ka_connection connection = {
            .detection = &detection,
            .finding = paths[i].from_box ? findings : findings + 1,
            .findings = paths[i].from_box ? 2 : 1,
        };
        struct what_if what_if = {.count = 0};
        struct what_if_result result;

        if (paths[i].by_rst)
            detection.mechanism = KA_MECHANISM_PEER_RESET;
        ck_assert(what_if_add(&what_if, paths[i].setting, error));
        result = what_if_apply(&what_if.settings[0], &connection);
        ck_assert_msg((result.effect == WHAT_IF_KEPT_OPEN) == paths[i].kept_open, "%zu", i);
        ck_assert_msg(result.may_keep_open == paths[i].may_keep_open, "%zu", i);
        ck_assert_msg((result.latency_ns == KA_UNKNOWN) == paths[i].kept_open, "%zu", i);
    }
}
END_TEST

START_TEST(test_probes_need_silence)
{
    static const struct {
        int64_t survived_s, before_end_s; /* 0: unknown */
        bool probed;
        uint64_t probes; /* of 60/10/6, in an hour */
    } costs[] = {
        {0, 0, false, 0},   {59, 0, false, 0}, {60, 0, false, 60},   {0, 61, false, 60},
        {59, 59, false, 0}, {0, 0, true, 60},  {300, 30, false, 60},
    };
    static const struct ka_keepalive keepalive = {.probes = 1};
    char error[WHAT_IF_ERROR_BYTES];
    struct what_if what_if = {.count = 0};

    ck_assert(what_if_add(&what_if, "60/10/6,15/5/3", error));
    for (size_t i = 0; i < sizeof costs / sizeof costs[0]; i++) {
        const struct ka_connection connection = {
            .last_ns = 3600 * S,
            .keepalive = {NULL, costs[i].probed ? &keepalive : NULL},
            .idle_survived_ns = costs[i].survived_s ? costs[i].survived_s * S : KA_UNKNOWN,
            .idle_before_end_ns = costs[i].before_end_s ? costs[i].before_end_s * S : KA_UNKNOWN,
        };

        ck_assert_msg(what_if_probes_max(&what_if.settings[0], &connection) == costs[i].probes,
                      "%zu", i);
        /* What is silent for less than 20 s is not known. */
        ck_assert_uint_eq(what_if_probes_max(&what_if.settings[1], &connection), 240);
    }
}
END_TEST

START_TEST(test_sums_hold_each_lost_peer_once)
{
    static const struct outage *const outages[] = {&idle, &idle_open, &data, &window};
    char error[WHAT_IF_ERROR_BYTES];
    struct what_if what_if = {.count = 0};
    struct what_if_sums sums = {.what_if = &what_if};

    ck_assert(what_if_add(&what_if, "60/10/6,60/10/6/30", error));
    for (size_t i = 0; i < sizeof outages / sizeof outages[0]; i++) {
        struct ka_detection detection = detection_of(outages[i]);
        const struct ka_connection connection = {.detection = &detection};

        ck_assert(what_if_sums_add(&sums, &connection));
    }
    what_if_sums_settle(&sums);
    ck_assert_uint_eq(sums.lost, 3);
    ck_assert_int_eq(latencies_percentile(&sums.actual, 100), 7875 * S);
    ck_assert_uint_eq(sums.by[0].unchanged, 2);
    ck_assert_int_eq(latencies_percentile(&sums.by[0].latencies, 100), 1650 * S);
    ck_assert_uint_eq(sums.by[1].latencies.count, 2);
    ck_assert_uint_eq(sums.by[1].ended_alive, 1);
    what_if_sums_free(&sums);
}
END_TEST

Suite *suite_what_if(void)
{
    Suite *suite = suite_create("what_if");
    TCase *tcase = tcase_create("what_if");

    tcase_add_loop_test(tcase, test_outage, 0, (int)(sizeof rows / sizeof rows[0]));
    tcase_add_test(tcase, test_a_connection_without_a_death_is_not_asked);
    tcase_add_test(tcase, test_an_interval_above_the_idle_time_takes_its_place_after_an_answer);
    tcase_add_test(tcase, test_probes_are_counted_by_their_period);
    tcase_add_test(tcase, test_probes_keep_a_path_open);
    tcase_add_test(tcase, test_probes_need_silence);
    tcase_add_test(tcase, test_sums_hold_each_lost_peer_once);
    suite_add_tcase(suite, tcase);
    return suite;
}
