/* SPDX-License-Identifier: GPL-2.0-or-later */
/* check_stack_rules.c: the table of stacks: complete rows, and the arithmetic of their timeouts. */
#include <check.h>
#include <string.h>

#include "core/course.h"
#include "core/ka.h"

#include "suites.h"

#define MS (KA_SECOND / 1000)

START_TEST(test_names_are_unique_and_found)
{
    size_t count;
    const struct stack *all = stacks(&count);

    ck_assert_uint_gt(count, 10);
    for (size_t i = 0; i < count; i++) {
        ck_assert_ptr_eq(stack_find(all[i].name), &all[i]);
        for (size_t k = 0; k < i; k++)
            ck_assert_str_ne(all[i].title, all[k].title);
    }
    ck_assert_ptr_null(stack_find("linux-"));
    ck_assert_ptr_null(stack_find(""));
}
END_TEST

START_TEST(test_known_keepalive_rules_are_complete)
{
    size_t count;
    const struct stack *all = stacks(&count);

    for (size_t i = 0; i < count; i++) {
        const struct stack_keepalive *k = &all[i].keepalive;
        if (!k->source)
            continue;
        ck_assert_msg(k->idle_ns > 0 && k->error && k->probe_bytes >= 40, "%s", all[i].name);
        ck_assert_msg(k->intvl_ns > 0 || (k->cap_ns > 0 && all[i].data.source), "%s", all[i].name);
        ck_assert_msg(k->count > 0 || k->limit_ns > 0, "%s", all[i].name);
        ck_assert_msg((k->probe == STACK_PROBE_EMPTY) == (k->probe_bytes % 2 == 0), "%s",
                      all[i].name);
    }
}
END_TEST

START_TEST(test_known_backoff_rules_are_complete)
{
    size_t count;
    const struct stack *all = stacks(&count);

    for (size_t i = 0; i < count; i++)
        for (int check = COURSE_CHECK_DATA; check < COURSE_CHECK_COUNT; check++) {
            const struct stack_backoff *rules = course_backoff(&all[i], (enum course_check)check);
            if (!rules->source)
                continue;
            ck_assert_msg(rules->rto_ns > 0 && rules->error, "%s %d", all[i].name, check);
            ck_assert_msg(rules->limit == STACK_LIMIT_TIME ? rules->limit_ns > 0
                                                           : rules->retries > 0,
                          "%s %d", all[i].name, check);
            ck_assert_msg(rules->cap_ns > 0 || rules->shift_max <= 9, "%s %d: grows without end",
                          all[i].name, check);
        }
}
END_TEST

START_TEST(test_every_stack_that_rounds_says_by_how_much)
{
    size_t count;
    const struct stack *all = stacks(&count);

    for (size_t i = 0; i < count; i++) {
        bool has_ticks = all[i].law == TIMER_TICK || all[i].law == TIMER_EXACT;
        ck_assert_msg(has_ticks == (all[i].tick_ns > 0), "%s", all[i].name);
    }
}
END_TEST

/* tcp_model_timeout(), as TCP documentation has it for tcp_retries2. */
static const struct {
    uint32_t retries;
    int64_t ms;
} models[] = {{0, 200},    {3, 3000},   {5, 12600},   {7, 51000},
              {8, 102200}, {9, 204600}, {10, 324600}, {15, 924600}};

START_TEST(test_model_timeout_is_that_of_the_kernel)
{
    ck_assert_msg(stack_model_timeout_ns(models[_i].retries) == models[_i].ms * MS,
                  "%u retries: %lld ns", (unsigned)models[_i].retries,
                  (long long)stack_model_timeout_ns(models[_i].retries));
}
END_TEST

static const struct {
    const char *stack;
    enum course_check check;
    int64_t rto_ms;
    int64_t timeouts_ms[8];
} timeouts[] = {
    {"linux", COURSE_CHECK_DATA, 204, {204, 408, 816, 1632, 3264, 6528, 13056, 26112}},
    {"linux", COURSE_CHECK_DATA, 100000, {100000, 120000, 120000}},
    {"linux", COURSE_CHECK_SYN, 1000, {1000, 1000, 1000, 1000, 1000, 2000, 4000, 8000}},
    {"linux-6.4", COURSE_CHECK_SYN, 1000, {1000, 2000, 4000, 8000, 16000, 32000, 64000, 120000}},
    {"freebsd", COURSE_CHECK_DATA, 30, {230, 260, 320, 440, 680, 1160, 2120, 4040}},
    {"macos", COURSE_CHECK_DATA, 30, {230, 260, 320, 440, 680, 1160, 2120, 2120}},
    {"lwip", COURSE_CHECK_SYN, 3000, {3000, 3000, 3000, 3000, 3000, 3000, 3000, 3000}},
    {"uip", COURSE_CHECK_DATA, 1500, {1500, 1500, 3000, 6000, 12000, 24000, 24000, 24000}},
};

START_TEST(test_timeouts_grow_by_the_law_of_the_stack)
{
    const struct stack *stack = stack_find(timeouts[_i].stack);
    const struct stack_backoff *rules = course_backoff(stack, timeouts[_i].check);

    for (uint32_t number = 0; number < 8 && timeouts[_i].timeouts_ms[number]; number++) {
        int64_t ns = stack_timeout_ns(rules, timeouts[_i].rto_ms * MS, number);
        ck_assert_msg(ns == timeouts[_i].timeouts_ms[number] * MS, "%s timeout %u: %lld ns",
                      timeouts[_i].stack, (unsigned)number, (long long)ns);
    }
}
END_TEST

Suite *suite_stack_rules(void)
{
    Suite *suite = suite_create("stack_rules");
    TCase *tcase = tcase_create("stack_rules");

    tcase_add_test(tcase, test_names_are_unique_and_found);
    tcase_add_test(tcase, test_known_keepalive_rules_are_complete);
    tcase_add_test(tcase, test_known_backoff_rules_are_complete);
    tcase_add_test(tcase, test_every_stack_that_rounds_says_by_how_much);
    tcase_add_loop_test(tcase, test_model_timeout_is_that_of_the_kernel, 0,
                        sizeof models / sizeof models[0]);
    tcase_add_loop_test(tcase, test_timeouts_grow_by_the_law_of_the_stack, 0,
                        sizeof timeouts / sizeof timeouts[0]);
    suite_add_tcase(suite, tcase);
    return suite;
}
