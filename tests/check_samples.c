/* SPDX-License-Identifier: GPL-2.0-or-later */
/* check_samples.c: the bounded store of durations. */
#include <check.h>

#include "core/ka.h"
#include "core/samples.h"

#include "suites.h"

static const struct {
    const char *name;
    int n;
    int64_t durations_ns[5];
    int64_t median_ns;
} medians[] = {
    {"none", 0, {0}, KA_UNKNOWN},
    {"one", 1, {7}, 7},
    {"two", 2, {10, 4}, 7},
    {"three, unsorted", 3, {30, 10, 20}, 20},
    {"four", 4, {1, 100, 3, 5}, 4},
    {"equal ones", 5, {2, 2, 2, 9, 9}, 2},
    {"negative", 3, {-5, 0, -7}, -5},
    {"far apart", 2, {INT64_MAX - 1, INT64_MAX - 3}, INT64_MAX - 2},
};

START_TEST(test_median_of_few_is_exact)
{
    struct ka_samples samples = {0};

    for (int i = 0; i < medians[_i].n; i++)
        samples_add(&samples, medians[_i].durations_ns[i]);
    ck_assert_msg(samples_median(&samples) == medians[_i].median_ns, "%s: %lld", medians[_i].name,
                  (long long)samples_median(&samples));
}
END_TEST

START_TEST(test_extremes_and_count_are_exact_however_many)
{
    struct ka_samples samples = {0};

    for (int64_t i = 0; i < 100000; i++)
        samples_add(&samples, i == 70001 ? -1 : i == 13 ? 1000000 : 500 + i % 7);
    ck_assert_uint_eq(samples.count, 100000);
    ck_assert_int_eq(samples.min_ns, -1);
    ck_assert_int_eq(samples.max_ns, 1000000);
}
END_TEST

START_TEST(test_selection_stays_even)
{
    struct ka_samples samples = {0};

    for (int64_t i = 0; i < 5000; i++) {
        samples_add(&samples, i);
        ck_assert_uint_le(samples.kept, KA_SAMPLES_KEPT);
        int64_t stride = INT64_C(1) << samples.thinned;
        ck_assert_int_eq(samples.kept, i / stride + 1);
        for (uint32_t k = 0; k < samples.kept; k++)
            ck_assert_int_eq(samples.kept_ns[k], k * stride);
    }
}
END_TEST

START_TEST(test_median_of_many_is_close)
{
    struct ka_samples samples = {0};
    const int64_t n = 10007;

    /* 4099 is coprime to n: every value below n once, in no order. */
    for (int64_t i = 0; i < n; i++)
        samples_add(&samples, i * 4099 % n);
    ck_assert_int_ge(samples_median(&samples), n / 4);
    ck_assert_int_le(samples_median(&samples), n - n / 4);
}
END_TEST

START_TEST(test_store_is_small)
{
    ck_assert_uint_le(sizeof(struct ka_samples), 300);
}
END_TEST

Suite *suite_samples(void)
{
    Suite *suite = suite_create("samples");
    TCase *tcase = tcase_create("samples");

    tcase_add_loop_test(tcase, test_median_of_few_is_exact, 0, sizeof medians / sizeof medians[0]);
    tcase_add_test(tcase, test_extremes_and_count_are_exact_however_many);
    tcase_add_test(tcase, test_selection_stays_even);
    tcase_add_test(tcase, test_median_of_many_is_close);
    tcase_add_test(tcase, test_store_is_small);
    suite_add_tcase(suite, tcase);
    return suite;
}
