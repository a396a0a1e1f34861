/* SPDX-License-Identifier: GPL-2.0-or-later */
/* check_timers.c: the rounding of timers. */
#include <check.h>

#include "core/ka.h"
#include "core/timers.h"

#include "suites.h"

#define S KA_SECOND
#define MS (S / 1000)

/* Milliseconds by calc_index() at 100, 250, 300, 1000 Hz; 1, 2, 5, 10, 15, 45 s measured at 250. */
static const struct {
    int setting_s;
    int64_t fires_ms[4];
} rounded[] = {
    {1, {1040, 1024, 1013, 1024}},           {2, {2080, 2016, 2133, 2048}},
    {5, {5040, 5120, 5120, 5120}},           {10, {10240, 10240, 10026, 10240}},
    {15, {15360, 15104, 15360, 15360}},      {20, {20480, 20480, 20480, 20480}},
    {30, {30080, 30720, 30720, 30208}},      {45, {46080, 45056, 46080, 45056}},
    {60, {61440, 61440, 61440, 61440}},      {75, {76800, 75776, 75093, 77824}},
    {300, {302080, 311296, 300373, 327680}}, {7200, {7208960, 7208960, 7864320, 7340032}},
};
enum { ROUNDED = sizeof rounded / sizeof rounded[0] };

START_TEST(test_timers_round_up_as_the_kernel_does)
{
    static const int hz[] = {100, 250, 300, 1000};

    for (int i = 0; i < 4; i++) {
        int64_t fires_ns = timer_round_up_ns(rounded[_i].setting_s * S, hz[i]);
        ck_assert_msg(fires_ns / MS == rounded[_i].fires_ms[i], "%d s at %d Hz: %lld ns",
                      rounded[_i].setting_s, hz[i], (long long)fires_ns);
    }
}
END_TEST

START_TEST(test_jiffies_are_rounded_up_and_back)
{
    ck_assert_int_eq(timer_jiffies(0, 250), 0);
    ck_assert_int_eq(timer_jiffies(1, 250), 1);
    ck_assert_int_eq(timer_jiffies(4 * MS, 250), 1);
    ck_assert_int_eq(timer_jiffies(4 * MS + 1, 250), 2);
    ck_assert_int_eq(timer_jiffies(100 * 86400 * S, 1000), INT64_C(8640000000));
    ck_assert_int_eq(timer_jiffies_ns(INT64_C(8640000000), 1000), 100 * 86400 * S);
    ck_assert_int_eq(timer_jiffies_ns(1, 300), 3333333);
}
END_TEST

/* LVL_START() of kernel/time/timer.c: the last duration of a level and the first of the next. */
START_TEST(test_granule_changes_where_levels_meet)
{
    for (int level = 0; level < 8; level++) {
        int64_t start = INT64_C(63) << (3 * level);
        ck_assert_int_eq(timer_granule(start - 1), INT64_C(1) << (3 * level));
        ck_assert_int_eq(timer_granule(start), INT64_C(8) << (3 * level));
    }
    ck_assert_int_eq(timer_granule(INT64_MAX), INT64_C(1) << 24);
}
END_TEST

Suite *suite_timers(void)
{
    Suite *suite = suite_create("timers");
    TCase *tcase = tcase_create("timers");

    tcase_add_loop_test(tcase, test_timers_round_up_as_the_kernel_does, 0, ROUNDED);
    tcase_add_test(tcase, test_jiffies_are_rounded_up_and_back);
    tcase_add_test(tcase, test_granule_changes_where_levels_meet);
    suite_add_tcase(suite, tcase);
    return suite;
}
