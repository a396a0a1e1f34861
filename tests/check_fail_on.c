/* SPDX-License-Identifier: GPL-2.0-or-later */
/* check_fail_on.c: rules of --fail-on, good and bad, and what fits them. */
#include <string.h>

#include "fail_on.h"
#include "suites.h"

#define S KA_SECOND

static const struct ka_detection detection = {
    .declared = true,
    .latency_ns = 120 * S,
    .latency_min_ns = 100 * S + S / 2,
    .unanswered = 9,
};
static const struct ka_detection undecided = {
    .declared = false,
    .latency_ns = KA_UNKNOWN,
    .latency_min_ns = KA_UNKNOWN,
    .unanswered = 3,
};
static const struct ka_keepalive keepalive = {.idle = {.nominal_ns = 7200 * S}};
static const struct ka_keepalive unknown = {.idle = {.nominal_ns = KA_UNKNOWN}};

/* The weightiest first, as the core makes them. */
static const struct ka_finding findings[] = {
    {.code = KA_FINDING_PATH_IDLE_TIMER, .severity = KA_SEVERITY_WARNING},
    {.code = KA_FINDING_KEEPALIVE_SLOW, .severity = KA_SEVERITY_NOTE},
};

static const struct ka_connection dead = {
    .outcome = KA_OUTCOME_DEAD_KEEPALIVE,
    .first_ns = 50 * S,
    .last_ns = 350 * S,
    .detection = &detection,
    .keepalive = {&unknown, &keepalive},
    .finding = findings,
    .findings = 2,
};
static const struct ka_connection open_end = {
    .outcome = KA_OUTCOME_UNDECIDED, .detection = &undecided, .keepalive = {&unknown, NULL}};
static const struct ka_connection alive = {.outcome = KA_OUTCOME_ALIVE};

static const struct {
    const char *rules[3];
    const struct ka_connection *connection;
    bool fits;
} rows[] = {
    {{NULL}, &dead, false},
    /* Outcomes: one of them. */
    {{"dead_keepalive"}, &dead, true},
    {{"alive,dead_keepalive"}, &dead, true},
    {{"alive,closed"}, &dead, false},
    /* Conditions: all of them, beside the outcome. */
    {{"dead_keepalive,latency>119"}, &dead, true},
    {{"dead_keepalive,latency>120"}, &dead, false},
    {{"latency>119,dead_keepalive"}, &dead, true},
    {{"alive,latency>119"}, &dead, false},
    {{"latency>119,unanswered<9"}, &dead, false},
    {{"latency>119,unanswered<=9"}, &dead, true},
    {{"latency>119"}, &dead, true},
    /* Findings: one of them, or one of the outcomes. */
    {{"path_idle_timer"}, &dead, true},
    {{"keepalive_slow"}, &dead, true},
    {{"probe_loss"}, &dead, false},
    {{"probe_loss,path_idle_timer"}, &dead, true},
    {{"probe_loss,dead_keepalive"}, &dead, true},
    {{"closed,path_idle_timer"}, &dead, true},
    {{"path_idle_timer,latency>120"}, &dead, false},
    {{"path_idle_timer"}, &alive, false},
    /* The weightiest of them. */
    {{"severity=warning"}, &dead, true},
    {{"severity>=warning"}, &dead, true},
    {{"severity>warning"}, &dead, false},
    {{"severity=note"}, &dead, false},
    {{"severity<error"}, &dead, true},
    {{"alive,severity>=note"}, &dead, false},
    {{"severity<=error"}, &alive, false},
    /* Rules: one of them. */
    {{"alive", "latency>119"}, &dead, true},
    {{"alive", "latency>120"}, &dead, false},
    /* Comparisons and measures. */
    {{"latency>=120"}, &dead, true},
    {{"latency=120"}, &dead, true},
    {{"latency=120.000000001"}, &dead, false},
    {{"latency<120"}, &dead, false},
    {{"latency_min<=100.5"}, &dead, true},
    {{"latency_min<100.5"}, &dead, false},
    {{"duration=300"}, &dead, true},
    {{"unanswered=9"}, &dead, true},
    {{"idle>=7200"}, &dead, true},
    {{"idle>7200"}, &dead, false},
    /* Units. */
    {{"latency=120s"}, &dead, true},
    {{"latency=2min"}, &dead, true},
    {{"latency=120000ms"}, &dead, true},
    {{"idle=2h"}, &dead, true},
    {{"latency_min<=1.675min"}, &dead, true},
    /* The unknown fulfils nothing, not even "less than". */
    {{"latency>=0"}, &open_end, false},
    {{"latency<1000"}, &open_end, false},
    {{"unanswered>2"}, &open_end, true},
    {{"idle<1000"}, &open_end, false},
    {{"unanswered>=0"}, &alive, false},
    {{"duration>=0"}, &alive, true},
};

START_TEST(test_rule_fits)
{
    struct fail_on fail_on = {.rule_count = 0};
    const char *reason;

    for (size_t i = 0; rows[_i].rules[i]; i++)
        ck_assert_msg(fail_on_add(&fail_on, rows[_i].rules[i], &reason), "%s: %s",
                      rows[_i].rules[i], reason);
    ck_assert_msg(fail_on_fits(&fail_on, rows[_i].connection) == rows[_i].fits, "%s %s on %s",
                  rows[_i].rules[0], rows[_i].fits ? "does not fit" : "fits",
                  ka_outcome_name(rows[_i].connection->outcome));
}
END_TEST

static const struct {
    const char *rule, *reason;
} wrong[] = {
    {"", "no such outcome"},
    {"dead", "no such outcome"},
    {"dead_keep", "no such outcome"},
    {"aborted,", "no such outcome"},
    {",aborted", "no such outcome"},
    {"latency", "no such outcome"},
    {"late>3", "it compares"},
    {">3", "it compares"},
    {"latency_s>3", "it compares"},
    {"latency>", "ends in a number"},
    {"latency>x", "ends in a number"},
    {"latency>-1", "ends in a number"},
    {"latency>>1", "ends in a number"},
    {"latency>1y", "ends in a number"},
    {"latency>1 s", "ends in a number"},
    {"latency>1.0000000001", "ends in a number"},
    {"latency>9223372037", "ends in a number"},
    {"latency>9223372036h", "ends in a number"},
    {"unanswered>1.5", "ends in a number"},
    {"unanswered>1s", "ends in a number"},
    {"severity>x", "note, warning or error"},
    {"severity>1", "note, warning or error"},
    {"severity>", "note, warning or error"},
    {"severity", "no such outcome or finding"},
    {"error", "no such outcome or finding"},
    {"idle>1,idle>1,idle>1,idle>1,idle>1,idle>1,idle>1,idle>1,idle>1", "too many conditions"},
};

START_TEST(test_wrong_rule_is_explained)
{
    struct fail_on fail_on = {.rule_count = 0};
    const char *reason = NULL;

    ck_assert_msg(!fail_on_add(&fail_on, wrong[_i].rule, &reason), "%s: taken", wrong[_i].rule);
    ck_assert_msg(reason && strstr(reason, wrong[_i].reason), "%s: %s", wrong[_i].rule, reason);
    ck_assert_uint_eq(fail_on.rule_count, 0);
}
END_TEST

START_TEST(test_rules_are_bounded)
{
    struct fail_on fail_on = {.rule_count = 0};
    const char *reason;

    for (int i = 0; i < FAIL_RULES_MAX; i++)
        ck_assert(fail_on_add(&fail_on, "alive", &reason));
    ck_assert(!fail_on_add(&fail_on, "alive", &reason));
    ck_assert_str_eq(reason, "too many rules");
}
END_TEST

Suite *suite_fail_on(void)
{
    Suite *suite = suite_create("fail_on");
    TCase *tcase = tcase_create("rules");

    tcase_add_loop_test(tcase, test_rule_fits, 0, (int)(sizeof rows / sizeof rows[0]));
    tcase_add_loop_test(tcase, test_wrong_rule_is_explained, 0,
                        (int)(sizeof wrong / sizeof wrong[0]));
    tcase_add_test(tcase, test_rules_are_bounded);
    suite_add_tcase(suite, tcase);
    return suite;
}
