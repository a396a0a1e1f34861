/* SPDX-License-Identifier: GPL-2.0-or-later */
/* check_limits_learned.c: when silences show a limit, where it is, and when they show none. */
#include "limits_learned.h"
#include "suites.h"

#define S KA_SECOND

enum { SILENCES = 12 };

/* Silences in seconds: those survived, those that were fatal. */
static const struct row {
    const char *name;
    int survived[SILENCES], fatal[SILENCES];
    int lived_s, died_s; /* 0: no limit */
    unsigned share;
} rows[] = {
    {"clear", {20, 100, 300}, {400, 500, 360}, 300, 360, 1000},
    {"two deaths are too few", {20, 100, 300}, {400, 500}, 0, 0, 0},
    {"two survivors are too few", {20, 300}, {400, 500, 360}, 0, 0, 0},
    {"no death", {20, 100, 300, 1000}, {0}, 0, 0, 0},
    {"no survivor", {0}, {400, 500, 360}, 0, 0, 0},
    {"they overlap", {20, 100, 300, 700, 800}, {50, 200, 400, 900}, 0, 0, 0},
    {"they have changed places", {500, 600, 700}, {50, 60, 70}, 0, 0, 0},
    {"one of eleven is an exception",
     {20, 30, 40, 50, 60, 350},
     {240, 250, 260, 300, 400},
     60,
     240,
     909},
    {"one of five is too many", {20, 30, 350}, {240, 250}, 0, 0, 0},
    {"short pauses say nothing", {1, 2, 3}, {400, 500, 360}, 0, 0, 0},
    {"equal silences are no limit", {300, 300, 300}, {300, 300, 300}, 0, 0, 0},
};

static void fill(struct silences *silences, const struct row *row, bool backwards)
{
    for (int i = 0; i < SILENCES; i++) {
        int at = backwards ? SILENCES - 1 - i : i;
        struct ka_connection connection = {
            .outcome = KA_OUTCOME_ALIVE,
            .idle_survived_ns = row->survived[at] ? row->survived[at] * S : KA_UNKNOWN,
            .idle_before_end_ns = 5000 * S, /* of a connection that lives it says nothing */
        };

        ck_assert(silences_add(silences, &connection));
        connection.outcome = i % 2 ? KA_OUTCOME_PEER_RESET : KA_OUTCOME_DEAD_RETRANSMISSION;
        connection.idle_survived_ns = KA_UNKNOWN;
        connection.idle_before_end_ns = row->fatal[at] ? row->fatal[at] * S : KA_UNKNOWN;
        ck_assert(silences_add(silences, &connection));
    }
    silences_settle(silences);
}

START_TEST(test_limit)
{
    const struct row *row = &rows[_i];

    for (int backwards = 0; backwards < 2; backwards++) {
        struct silences silences = {.survived = {.count = 0}};
        struct idle_limit limit;
        bool is_found;

        fill(&silences, row, backwards);
        is_found = silences_limit(&silences, &limit);
        ck_assert_msg(is_found == (row->died_s > 0), "%s", row->name);
        if (is_found) {
            ck_assert_msg(limit.lived_ns == row->lived_s * S && limit.died_ns == row->died_s * S,
                          "%s: %lld to %lld", row->name, (long long)limit.lived_ns,
                          (long long)limit.died_ns);
            ck_assert_msg(idle_limit_share(&limit) == row->share, "%s: %u", row->name,
                          idle_limit_share(&limit));
        }
        silences_free(&silences);
    }
}
END_TEST

/* One more such death makes the limit; or it does not count as one. */
static const struct {
    const char *name;
    enum ka_outcome outcome;
    int survived_s, fatal_s;
    uint32_t unanswered;
    enum ka_finding_code finding;
    bool counts;
} deaths[] = {
    {"forgotten", KA_OUTCOME_PEER_RESET, 20, 400, 0, KA_FINDING_COUNT, true},
    {"a box's RST", KA_OUTCOME_PEER_RESET, 20, 400, 0, KA_FINDING_RST_FROM_MIDDLEBOX, true},
    {"its host's RST", KA_OUTCOME_PEER_RESET, 20, 400, 0, KA_FINDING_RST_FROM_REBOOTED, false},
    {"its own RST", KA_OUTCOME_PEER_RESET, 20, 400, 0, KA_FINDING_RST_FROM_ENDPOINT, false},
    {"ended by a box", KA_OUTCOME_ABORTED, 20, 400, 0, KA_FINDING_RST_FROM_MIDDLEBOX, true},
    {"aborted", KA_OUTCOME_ABORTED, 20, 400, 0, KA_FINDING_RST_ORIGIN_UNKNOWN, false},
    {"the capture ends before", KA_OUTCOME_UNDECIDED, 20, 400, 5, KA_FINDING_COUNT, true},
    {"it may be loss", KA_OUTCOME_UNDECIDED, 20, 400, 4, KA_FINDING_COUNT, false},
    {"silent as long before", KA_OUTCOME_DEAD_KEEPALIVE, 380, 400, 6, KA_FINDING_COUNT, false},
    {"after no silence", KA_OUTCOME_DEAD_RETRANSMISSION, 20, 0, 15, KA_FINDING_COUNT, false},
};

START_TEST(test_what_counts_as_forgotten)
{
    const struct ka_finding finding = {.code = deaths[_i].finding};
    const struct ka_detection detection = {.mechanism = KA_MECHANISM_RETRANSMISSION,
                                           .unanswered = deaths[_i].unanswered};
    const struct ka_connection death = {
        .outcome = deaths[_i].outcome,
        .detection = &detection,
        .finding = &finding,
        .findings = deaths[_i].finding != KA_FINDING_COUNT,
        .idle_survived_ns = deaths[_i].survived_s * S,
        .idle_before_end_ns = deaths[_i].fatal_s * S,
    };
    static const struct row two = {"", {20, 100, 300}, {500, 600}, 0, 0, 0};
    struct silences silences = {.survived = {.count = 0}};
    struct idle_limit limit;

    fill(&silences, &two, false);
    ck_assert(silences_add(&silences, &death));
    silences_settle(&silences);
    ck_assert_msg(silences_limit(&silences, &limit) == deaths[_i].counts, "%s", deaths[_i].name);
    silences_free(&silences);
}
END_TEST

START_TEST(test_deaths_of_busy_connections_speak_against_a_timer)
{
    static const struct row rows_with_busy[] = {
        {"", {20, 100, 300}, {400, 500, 600}, 300, 400, 1000},
        {"", {20, 100, 300}, {400, 500, 600, 1}, 0, 0, 0},
    };

    for (int i = 0; i < 2; i++) {
        struct silences silences = {.survived = {.count = 0}};
        struct idle_limit limit;

        fill(&silences, &rows_with_busy[i], false);
        ck_assert_int_eq(silences_limit(&silences, &limit), i == 0);
        silences_free(&silences);
    }
}
END_TEST

START_TEST(test_advice_lets_a_probe_be_lost)
{
    ck_assert_int_eq(idle_limit_advice_ns(&(struct idle_limit){.lived_ns = 345 * S + S / 2}),
                     172 * S);
}
END_TEST

Suite *suite_limits_learned(void)
{
    Suite *suite = suite_create("limits_learned");
    TCase *tcase = tcase_create("limits_learned");

    tcase_add_loop_test(tcase, test_limit, 0, (int)(sizeof rows / sizeof rows[0]));
    tcase_add_loop_test(tcase, test_what_counts_as_forgotten, 0,
                        (int)(sizeof deaths / sizeof deaths[0]));
    tcase_add_test(tcase, test_deaths_of_busy_connections_speak_against_a_timer);
    tcase_add_test(tcase, test_advice_lets_a_probe_be_lost);
    suite_add_tcase(suite, tcase);
    return suite;
}
