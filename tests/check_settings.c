/* SPDX-License-Identifier: GPL-2.0-or-later */
/* check_settings.c: the inference of keep-alive settings, on timings measured on real kernels. */
#include <check.h>
#include <string.h>

#include "core/settings.h"

#include "suites.h"

#define S KA_SECOND
#define MS (S / 1000)

static bool holds(const struct ka_estimate *estimate, int64_t v_ns)
{
    return estimate->nominal_ns == KA_UNKNOWN ||
           (estimate->min_ns <= v_ns && v_ns <= estimate->max_ns);
}

/* Measured on Linux 6.1 and 6.18 at 250 Hz; 0: not seen. Microseconds. */
static const struct {
    const char *name;
    int64_t data_us, period_us, first_us, later_us; /* `later` is seen twice */
    uint32_t count;
    int idle_s, intvl_s;
    const char *preset;
} kernels[] = {
    {"7200/75/9", 7233837565, 0, 75776000, 75775998, 9, 7200, 75, "linux-default"},
    {"7200/75, count unknown", 7233837565, 0, 75776000, 75775998, 0, 7200, 75, "linux-default"},
    {"20/1/9 with answers", 20162676, 20480004, 1024000, 1024011, 9, 20, 1, "example-20-1-9"},
    {"20/1/9 after data", 22042000, 0, 1024000, 1024011, 9, 20, 1, "example-20-1-9"},
    {"60/10 with an answer", 60093433, 61439942, 0, 0, 0, 60, 0, NULL},
    {"30/5/4", 30400580, 0, 5120006, 5119983, 4, 30, 5, NULL},
    {"20/5 and one probe", 21174636, 0, 5120001, 0, 1, 20, 5, NULL},
    {"10/3/8", 10060833, 10240001, 3072001, 3071999, 0, 10, 3, NULL},
    {"20/3/5", 21389590, 20479999, 3072004, 3072007, 5, 20, 3, NULL},
    {"17, answered by the other prober", 17293568, 17152002, 0, 0, 0, 17, 0, NULL},
    {"30 once", 31429806, 0, 0, 0, 0, 30, 0, NULL},
    {"30/10/3", 31429739, 30719998, 10240010, 10239989, 3, 30, 10, NULL},
    {"20/2/5", 20151988, 20480002, 2016001, 2016000, 5, 20, 2, NULL},
    {"5/2/3", 5146000, 0, 2016000, 2016000, 3, 5, 2, NULL},
    {"15/15/9", 15181000, 0, 15104000, 15104000, 9, 15, 15, "go-default"},
    {"60/60/3", 62030000, 0, 61440000, 61440000, 3, 60, 60, NULL},
    {"75/75/3", 76366000, 0, 75776000, 75776000, 3, 75, 75, NULL},
    {"45/45/3", 45645000, 0, 45056000, 45056000, 3, 45, 45, NULL},
    {"interval longer than idle", 1004000, 5120000, 0, 0, 0, 1, 5, NULL},
    {"200 rather than 210", 211542459, 212991883, 12032001, 12031999, 6, 200, 12, NULL},
    {"3 h rather than 3 h 10 min", 11554751824, 0, 75776000, 75776000, 9, 10800, 75, NULL},
    {"4.096 is 4", 5146000, 0, 4096000, 4096000, 0, 5, 4, NULL},
    {"77.824 at 1000 Hz", 7300000000, 0, 77824000, 77824000, 9, 7200, 75, "linux-default"},
    {"lwIP", 7200310000, 0, 75000000, 75000100, 9, 7200, 75, "lwip-default"},
    {"BSD", 7200004000, 0, 75001000, 75001000, 8, 7200, 75, "bsd-default"},
    {"BSD or another, count unknown", 7200004000, 0, 75001000, 75001000, 0, 7200, 75, NULL},
    {"Node.js", 40100000, 0, 1024000, 1024000, 10, 40, 1, "node-default"},
};
enum { KERNELS = sizeof kernels / sizeof kernels[0] };

static struct ka_probe_gaps gaps_of_kernel(int row)
{
    struct ka_probe_gaps gaps = {0};
    int64_t data_ns = kernels[row].data_us * 1000, first_ns = kernels[row].first_us * 1000;
    uint32_t count = kernels[row].count;

    gaps_add_idle(&gaps, data_ns);
    for (int i = 0; i < 2 && kernels[row].period_us > 0; i++)
        gaps_add_answered(&gaps, kernels[row].period_us * 1000, 70000);
    if (first_ns > 0)
        gaps_add_intvl(&gaps, 1, first_ns);
    for (uint32_t i = 2; i < 4 && kernels[row].later_us > 0; i++)
        gaps_add_intvl(&gaps, i, kernels[row].later_us * 1000);
    if (count > 0)
        gaps_add_end(&gaps, count, data_ns + (count - 1) * first_ns, data_ns + count * first_ns);
    return gaps;
}

START_TEST(test_settings_of_real_kernels)
{
    struct ka_probe_gaps gaps = gaps_of_kernel(_i);
    struct ka_keepalive out;
    int64_t intvl_ns = kernels[_i].intvl_s > 0 ? kernels[_i].intvl_s * S : KA_UNKNOWN;
    const char *preset = kernels[_i].preset;

    settings_infer(&gaps, &out);
    ck_assert_msg(out.idle.nominal_ns == kernels[_i].idle_s * S, "%s: idle %lld ns",
                  kernels[_i].name, (long long)out.idle.nominal_ns);
    ck_assert_msg(out.intvl.nominal_ns == intvl_ns, "%s: interval %lld ns", kernels[_i].name,
                  (long long)out.intvl.nominal_ns);
    ck_assert_msg(holds(&out.idle, out.idle.nominal_ns) && holds(&out.intvl, intvl_ns),
                  "%s: nominal out of bounds", kernels[_i].name);
    ck_assert_msg(out.count == kernels[_i].count, "%s: count %u", kernels[_i].name, out.count);
    ck_assert_msg(preset ? out.preset && strcmp(out.preset, preset) == 0 : !out.preset,
                  "%s: preset %s", kernels[_i].name, out.preset ? out.preset : "none");
}
END_TEST

START_TEST(test_nothing_seen_is_unknown)
{
    struct ka_probe_gaps gaps = {0};
    struct ka_keepalive out;

    settings_infer(&gaps, &out);
    ck_assert_int_eq(out.idle.nominal_ns, KA_UNKNOWN);
    ck_assert_int_eq(out.idle.min_ns, KA_UNKNOWN);
    ck_assert_int_eq(out.idle.max_ns, KA_UNKNOWN);
    ck_assert_int_eq(out.idle.observed_ns, KA_UNKNOWN);
    ck_assert_int_eq(out.intvl.nominal_ns, KA_UNKNOWN);
    ck_assert_int_eq(out.intvl.observed_ns, KA_UNKNOWN);
    ck_assert_uint_eq(out.count, 0);
    ck_assert_int_eq(out.user_timeout_max_ns, KA_UNKNOWN);
    ck_assert_ptr_null(out.preset);
    ck_assert_int_eq(settings_latency_ns(&out), KA_UNKNOWN);
}
END_TEST

START_TEST(test_settings_below_a_second_are_in_milliseconds)
{
    struct ka_probe_gaps gaps = {.probe_len = 1};
    struct ka_keepalive out;

    gaps_add_idle(&gaps, 500300 * 1000);
    gaps_add_intvl(&gaps, 1, 250100 * 1000);
    gaps_add_intvl(&gaps, 2, 249900 * 1000);
    settings_infer(&gaps, &out);
    ck_assert_int_eq(out.idle.nominal_ns, 500 * MS);
    ck_assert_int_eq(out.intvl.nominal_ns, 250 * MS);
    ck_assert(holds(&out.idle, 500 * MS));
    ck_assert(holds(&out.intvl, 250 * MS));
}
END_TEST

START_TEST(test_windows_and_illumos_send_a_byte)
{
    struct ka_probe_gaps windows = {.probe_len = 1}, illumos = {.probe_len = 1};
    struct ka_keepalive out;

    gaps_add_idle(&windows, 7200 * S + 4 * MS);
    gaps_add_intvl(&windows, 1, S + 10 * MS);
    gaps_add_intvl(&windows, 2, S + 12 * MS);
    gaps_add_end(&windows, 10, 7209 * S, 7210 * S);
    settings_infer(&windows, &out);
    ck_assert_str_eq(out.preset, "windows-default");
    ck_assert_int_eq(out.user_timeout_max_ns, KA_UNKNOWN);
    ck_assert_int_eq(settings_latency_ns(&out), 7210 * S);

    illumos.intvl_grows = true;
    gaps_add_idle(&illumos, 7200 * S + 6 * MS);
    gaps_add_intvl(&illumos, 1, 400 * MS);
    gaps_add_intvl(&illumos, 2, 800 * MS);
    settings_infer(&illumos, &out);
    ck_assert_str_eq(out.preset, "illumos-default");
    ck_assert_int_eq(out.intvl.nominal_ns, KA_UNKNOWN);
    ck_assert_int_eq(settings_latency_ns(&out), KA_UNKNOWN);
}
END_TEST

START_TEST(test_outliers_do_not_mislead)
{
    struct ka_probe_gaps gaps = {0};
    struct ka_keepalive out;

    gaps_add_idle(&gaps, 47 * S); /* keep-alive switched on late */
    gaps_add_idle(&gaps, 20480 * MS);
    gaps_add_answered(&gaps, 20480 * MS, MS);
    gaps_add_answered(&gaps, 40960 * MS, MS); /* a probe and its answer are missing */
    gaps_add_answered(&gaps, 20480 * MS, MS);
    gaps_add_answered(&gaps, -3 * S, MS); /* the clock was set */
    for (uint32_t number = 1; number < 9; number++)
        gaps_add_intvl(&gaps, number, (number == 4 ? 3 : 1) * 3072 * MS);
    settings_infer(&gaps, &out);
    ck_assert_int_eq(out.idle.nominal_ns, 20 * S);
    ck_assert_int_eq(out.intvl.nominal_ns, 3 * S);
    ck_assert_int_eq(out.intvl.observed_ns, 3072 * MS);
}
END_TEST

static const struct {
    const char *name;
    uint32_t count;
    int64_t last_ns, end_ns;
    int64_t min_ns, max_ns;
} ends[] = {
    {"one probe", 1, 21 * S, 26 * S, 0, 26 * S},
    {"three probes", 3, 30 * S, 35 * S, 30 * S, 35 * S},
    {"the count of Linux", 9, 60 * S, 65 * S, KA_UNKNOWN, KA_UNKNOWN},
    {"no end", 0, 0, 0, KA_UNKNOWN, KA_UNKNOWN},
};

START_TEST(test_user_timeout_lies_between_the_last_two_firings)
{
    struct ka_probe_gaps gaps = {0};
    struct ka_keepalive out;

    gaps_add_idle(&gaps, 20 * S + 300 * MS);
    gaps_add_intvl(&gaps, 1, 5120 * MS);
    if (ends[_i].count > 0)
        gaps_add_end(&gaps, ends[_i].count, ends[_i].last_ns, ends[_i].end_ns);
    settings_infer(&gaps, &out);
    ck_assert_msg(out.user_timeout_min_ns == ends[_i].min_ns, "%s: min %lld", ends[_i].name,
                  (long long)out.user_timeout_min_ns);
    ck_assert_msg(out.user_timeout_max_ns == ends[_i].max_ns, "%s: max %lld", ends[_i].name,
                  (long long)out.user_timeout_max_ns);
}
END_TEST

START_TEST(test_hostile_times_do_no_harm)
{
    static const int64_t times_ns[] = {INT64_MIN, INT64_MIN + 1, -1,         0, 1, MS, S,
                                       99,        INT64_MAX,     8640000 * S};
    struct ka_keepalive out;
    int n = sizeof times_ns / sizeof times_ns[0];

    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++) {
            struct ka_probe_gaps gaps = {0};
            gaps_add_idle(&gaps, times_ns[i]);
            gaps_add_answered(&gaps, times_ns[j], times_ns[i]);
            gaps_add_intvl(&gaps, (uint32_t)i, times_ns[j]);
            gaps_add_end(&gaps, UINT32_MAX, times_ns[i], times_ns[j]);
            settings_infer(&gaps, &out);
            ck_assert(out.idle.nominal_ns == KA_UNKNOWN || out.idle.min_ns <= out.idle.max_ns);
            ck_assert(out.idle.nominal_ns == KA_UNKNOWN || out.idle.nominal_ns >= 0);
            ck_assert(settings_latency_ns(&out) == KA_UNKNOWN || settings_latency_ns(&out) >= 0);
        }
}
END_TEST

Suite *suite_settings(void)
{
    Suite *suite = suite_create("settings");
    TCase *tcase = tcase_create("settings");

    tcase_add_loop_test(tcase, test_settings_of_real_kernels, 0, KERNELS);
    tcase_add_test(tcase, test_nothing_seen_is_unknown);
    tcase_add_test(tcase, test_settings_below_a_second_are_in_milliseconds);
    tcase_add_test(tcase, test_windows_and_illumos_send_a_byte);
    tcase_add_test(tcase, test_outliers_do_not_mislead);
    tcase_add_loop_test(tcase, test_user_timeout_lies_between_the_last_two_firings, 0,
                        sizeof ends / sizeof ends[0]);
    tcase_add_test(tcase, test_hostile_times_do_no_harm);
    suite_add_tcase(suite, tcase);
    return suite;
}
