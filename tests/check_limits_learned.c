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

Suite *suite_limits_learned(void)
{
    Suite *suite = suite_create("limits_learned");
    TCase *tcase = tcase_create("limits_learned");

    tcase_add_loop_test(tcase, test_limit, 0, (int)(sizeof rows / sizeof rows[0]));
    suite_add_tcase(suite, tcase);
    return suite;
}
