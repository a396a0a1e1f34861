/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * check_kinds.c: the names that the command, the plugin and the manual share. The lists below are
 * written out by hand from the project's promise, so that a renamed row of kinds.h fails here.
 */
#include <check.h>
#include <ctype.h>
#include <string.h>

#include "core/kinds.h"
#include "suites.h"

/* An enum of kinds.h behind one signature. */
struct list {
    const char *what;
    const char *(*name)(int value);
    const char *(*meaning)(int value);
    int first, count;            /* values first .. count - 1 have a row */
    const char *const *promised; /* ends with NULL */
};

#define ADAPT(what)                                                                                \
    static const char *what##_name(int value)                                                      \
    {                                                                                              \
        return ka_##what##_name((enum ka_##what)value);                                            \
    }                                                                                              \
    static const char *what##_meaning(int value)                                                   \
    {                                                                                              \
        return ka_##what##_meaning((enum ka_##what)value);                                         \
    }
ADAPT(tag)
ADAPT(outcome)
ADAPT(mechanism)
ADAPT(kind)
ADAPT(ended)
ADAPT(declared)
ADAPT(skip)
ADAPT(severity)
#undef ADAPT

static const char *finding_name(int value)
{
    return ka_finding_name((enum ka_finding_code)value);
}

static const char *finding_meaning(int value)
{
    return ka_finding_meaning((enum ka_finding_code)value);
}

static const char *const tags[] = {"final_rst",     "peer_rst",         "abort_rst",
                                   "window_probe",  "window_probe_ack", "keepalive_probe",
                                   "keepalive_ack", "retransmission",   "heartbeat",
                                   "heartbeat_ack", "icmp_unreachable", NULL};
static const char *const outcomes[] = {"alive",
                                       "closed",
                                       "aborted",
                                       "dead_keepalive",
                                       "peer_reset",
                                       "dead_retransmission",
                                       "dead_window_probe",
                                       "connect_failed",
                                       "close_failed",
                                       "undecided",
                                       NULL};
static const char *const mechanisms[] = {
    "keepalive", "retransmission", "window_probe", "syn", "fin", "peer_reset", NULL};
static const char *const kinds[] = {"syn", "fin", "data", "tlp", "window_probe", NULL};
static const char *const ends[] = {"answered", "silent", "rst", "capture_end", NULL};
static const char *const declarations[] = {"rst", "peer_rst", "inferred", NULL};
static const char *const skips[] = {"none",      "not_ip",    "not_tcp",   "fragment",
                                    "truncated", "malformed", "link_type", "too_deep",
                                    "encrypted", "time",      NULL};

static const char *const findings[] = {"keepalive_suspended",
                                       "keepalive_absent",
                                       "keepalive_one_sided",
                                       "user_timeout_or_count",
                                       "single_probe_decides",
                                       "interval_longer_than_idle",
                                       "gave_up_early",
                                       "silent_give_up",
                                       "silent_death_proved",
                                       "rst_from_endpoint",
                                       "rst_from_rebooted",
                                       "rst_from_middlebox",
                                       "rst_origin_unknown",
                                       "rst_sender_goes_on",
                                       "path_idle_timer",
                                       "closed_while_kept_alive",
                                       "answers_not_from_peer",
                                       "window_stays_closed",
                                       "request_unanswered",
                                       "outage_survived",
                                       "probe_loss",
                                       "probe_rtt_rose",
                                       "answers_lost",
                                       "dead_peer_spoke",
                                       "path_unreachable",
                                       "keepalive_slow",
                                       "keepalive_aggressive",
                                       "keepalive_asymmetric",
                                       "probe_with_data",
                                       "heartbeat_masks_keepalive",
                                       "heartbeat_found_death",
                                       NULL};
static const char *const severities[] = {"note", "warning", "error", NULL};

static const struct list lists[] = {
    {"tag", tag_name, tag_meaning, 1, KA_TAG_COUNT, tags},
    {"outcome", outcome_name, outcome_meaning, 0, KA_OUTCOME_COUNT, outcomes},
    {"mechanism", mechanism_name, mechanism_meaning, 0, KA_MECHANISM_COUNT, mechanisms},
    {"kind", kind_name, kind_meaning, 0, KA_KIND_COUNT, kinds},
    {"ended", ended_name, ended_meaning, 0, KA_ENDED_COUNT, ends},
    {"declared", declared_name, declared_meaning, 0, KA_DECLARED_COUNT, declarations},
    {"skip", skip_name, skip_meaning, 0, KA_SKIP_COUNT, skips},
    {"finding", finding_name, finding_meaning, 0, KA_FINDING_COUNT, findings},
    {"severity", severity_name, severity_meaning, 0, KA_SEVERITY_COUNT, severities},
};
enum { LISTS = sizeof lists / sizeof lists[0] };

START_TEST(test_names_are_the_promised_ones)
{
    const struct list *list = &lists[_i];
    const char *const *want = list->promised;

    for (int value = list->first; value < list->count; value++, want++) {
        ck_assert_msg(*want != NULL, "%s %d, \"%s\", is not promised", list->what, value,
                      list->name(value));
        ck_assert_msg(strcmp(list->name(value), *want) == 0, "%s %d: got \"%s\", want \"%s\"",
                      list->what, value, list->name(value), *want);
    }
    ck_assert_msg(*want == NULL, "%s lacks \"%s\"", list->what, *want);
}
END_TEST

/* Names are JSON keys, CSV columns and display-field values: lower case, digits and underscores. */
START_TEST(test_names_are_usable_as_keys)
{
    const struct list *list = &lists[_i];

    for (int value = list->first; value < list->count; value++) {
        const char *name = list->name(value);
        ck_assert_msg(islower((unsigned char)name[0]), "%s \"%s\"", list->what, name);
        ck_assert_msg(name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_")] == '\0',
                      "%s \"%s\"", list->what, name);
    }
}
END_TEST

START_TEST(test_names_differ_within_their_list)
{
    const struct list *list = &lists[_i];

    for (int a = list->first; a < list->count; a++)
        for (int b = a + 1; b < list->count; b++)
            ck_assert_msg(strcmp(list->name(a), list->name(b)) != 0, "%s %d and %d: \"%s\"",
                          list->what, a, b, list->name(a));
}
END_TEST

START_TEST(test_meanings_are_one_line)
{
    const struct list *list = &lists[_i];

    for (int value = list->first; value < list->count; value++) {
        const char *meaning = list->meaning(value);
        ck_assert_msg(strlen(meaning) > 5 && strlen(meaning) <= 80, "%s %s: \"%s\"", list->what,
                      list->name(value), meaning);
        ck_assert_msg(strchr(meaning, '\n') == NULL, "%s %s", list->what, list->name(value));
        ck_assert_msg(meaning[strlen(meaning) - 1] != '.', "%s %s: \"%s\"", list->what,
                      list->name(value), meaning);
    }
}
END_TEST

START_TEST(test_values_outside_their_list_are_a_question_mark)
{
    const struct list *list = &lists[_i];
    const int outside[] = {list->first - 1, list->count, list->count + 1, 1000, -1000};

    for (size_t i = 0; i < sizeof outside / sizeof outside[0]; i++) {
        ck_assert_msg(strcmp(list->name(outside[i]), "?") == 0, "%s %d: \"%s\"", list->what,
                      outside[i], list->name(outside[i]));
        ck_assert_msg(strcmp(list->meaning(outside[i]), "?") == 0, "%s %d: \"%s\"", list->what,
                      outside[i], list->meaning(outside[i]));
    }
}
END_TEST

Suite *suite_kinds(void)
{
    Suite *suite = suite_create("kinds");
    TCase *names = tcase_create("names");

    tcase_add_loop_test(names, test_names_are_the_promised_ones, 0, LISTS);
    tcase_add_loop_test(names, test_names_are_usable_as_keys, 0, LISTS);
    tcase_add_loop_test(names, test_names_differ_within_their_list, 0, LISTS);
    tcase_add_loop_test(names, test_meanings_are_one_line, 0, LISTS);
    tcase_add_loop_test(names, test_values_outside_their_list_are_a_question_mark, 0, LISTS);
    suite_add_tcase(suite, names);
    return suite;
}
