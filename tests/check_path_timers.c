/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * check_path_timers.c: the table of idle timers, which silences it
 * explains, and what a file adds to it.
 */
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "core/paths.h"
#include "path_timers.h"
#include "suites.h"

#define S KA_SECOND

static const struct {
    const char *line, *problem; /* NULL: it is added */
    int64_t limit_ns;
    unsigned manner;
    const char *name;
} lines[] = {
    {"20min drops the firewall of Berlin", NULL, 1200 * S, KA_PATH_DROPS, "the firewall of Berlin"},
    {"180\tresets,ends \tx", NULL, 180 * S, KA_PATH_RESETS | KA_PATH_ENDS, "x"},
    {"2h data y", NULL, 7200 * S, KA_PATH_COUNTS_DATA, "y"},
    {"5d drops z", NULL, 432000 * S, KA_PATH_DROPS, "z"},
    {"180 drops", "LIMIT MANNER NAME", 0, 0, NULL},
    {"180", "LIMIT MANNER NAME", 0, 0, NULL},
    {"0 drops x", "limit", 0, 0, NULL},
    {"-5 drops x", "limit", 0, 0, NULL},
    {"1.5 drops x", "limit", 0, 0, NULL},
    {"5w drops x", "limit", 0, 0, NULL},
    {"367d drops x", "limit", 0, 0, NULL},
    {"99999999999999999999 drops x", "limit", 0, 0, NULL},
    {"5 drop x", "manner", 0, 0, NULL},
    {"5 , x", "manner", 0, 0, NULL},
    {"5 drops a\033[2Jb", "control", 0, 0, NULL},
    {"5 drops 0123456789012345678901234567890123456789012345678901234567890123", "long", 0, 0,
     NULL},
};
enum { LINES = sizeof lines / sizeof lines[0] };

START_TEST(test_lines_are_read)
{
    static const struct path_timers none;
    struct path_timers timers = none;
    char line[128];

    strcpy(line, lines[_i].line);
    const char *problem = path_timers_add(&timers, line);
    if (lines[_i].problem) {
        ck_assert_msg(problem && strstr(problem, lines[_i].problem), "'%s': %s", lines[_i].line,
                      problem ? problem : "was added");
        ck_assert_uint_eq(timers.count, 0);
        return;
    }
    ck_assert_msg(problem == NULL, "'%s': %s", lines[_i].line, problem);
    ck_assert_uint_eq(timers.count, 1);
    ck_assert_int_eq(timers.rows[0].limit_ns, lines[_i].limit_ns);
    ck_assert_uint_eq(timers.rows[0].manner, lines[_i].manner);
    ck_assert_str_eq(timers.rows[0].name, lines[_i].name);
}
END_TEST

START_TEST(test_there_is_room_for_so_many)
{
    static const struct path_timers none;
    struct path_timers timers = none;
    char line[32];

    for (int i = 0; i < PATH_TIMERS_MAX; i++)
        ck_assert_ptr_null(path_timers_add(&timers, strcpy(line, "60 drops x")));
    ck_assert_ptr_nonnull(path_timers_add(&timers, strcpy(line, "60 drops x")));
}
END_TEST

START_TEST(test_the_table_is_in_order)
{
    size_t count;
    const struct ka_path_timer *timers = ka_path_timers(&count);

    for (size_t i = 0; i < count; i++) {
        ck_assert(timers[i].limit_ns > (i ? timers[i - 1].limit_ns : 0));
        ck_assert(timers[i].manner != 0 && timers[i].name[0] && timers[i].source[0]);
    }
}
END_TEST

static const struct ka_path_timer own[] = {{400 * S, KA_PATH_RESETS, "own", "test"}};

/* By what a silence is explained. */
static const struct {
    const char *name;
    struct path_silence silence;
    size_t more, count;
    int64_t first_s;
} fits[] = {
    {"just shorter", {349 * S, KA_UNKNOWN, KA_PATH_RESETS}, 0, 0, 0},
    {"just as long", {350 * S, KA_UNKNOWN, KA_PATH_RESETS}, 0, 1, 350},
    {"another manner", {350 * S, KA_UNKNOWN, KA_PATH_ENDS}, 0, 0, 0},
    {"two of them", {1000 * S, KA_UNKNOWN, KA_PATH_RESETS}, 0, 2, 350},
    {"the shorter was survived", {1000 * S, 500 * S, KA_PATH_RESETS}, 0, 1, 900},
    {"all of them", {500000 * S, KA_UNKNOWN, KA_PATH_RESETS}, 0, 3, 350},
    {"one's own as well", {450 * S, KA_UNKNOWN, KA_PATH_RESETS}, 1, 2, 350},
    {"one's own alone", {450 * S, 380 * S, KA_PATH_RESETS}, 1, 1, 400},
    {"at the end of one", {240040000000, KA_UNKNOWN, KA_PATH_ENDS}, 0, 1, 240},
    {"a program's", {60200000000, KA_UNKNOWN, KA_PATH_COUNTS_DATA}, 0, 1, 60},
    {"too late for a program", {51100000000, KA_UNKNOWN, KA_PATH_COUNTS_DATA}, 0, 0, 0},
    {"long after the end", {250 * S, KA_UNKNOWN, KA_PATH_ENDS}, 0, 0, 0},
};
enum { FITS = sizeof fits / sizeof fits[0] };

START_TEST(test_silences_are_explained)
{
    const struct ka_path_timer *fit[PATHS_FIT_MAX] = {NULL};
    size_t count = paths_fit(&fits[_i].silence, own, fits[_i].more, fit);

    ck_assert_msg(count == fits[_i].count, "%s: %zu timers", fits[_i].name, count);
    if (count > 0)
        ck_assert_msg(fit[0]->limit_ns == fits[_i].first_s * S, "%s: %s", fits[_i].name,
                      fit[0]->name);
}
END_TEST

Suite *suite_path_timers(void)
{
    Suite *suite = suite_create("path_timers");
    TCase *tcase = tcase_create("timers");

    tcase_add_loop_test(tcase, test_lines_are_read, 0, LINES);
    tcase_add_test(tcase, test_there_is_room_for_so_many);
    tcase_add_test(tcase, test_the_table_is_in_order);
    tcase_add_loop_test(tcase, test_silences_are_explained, 0, FITS);
    suite_add_tcase(suite, tcase);
    return suite;
}
