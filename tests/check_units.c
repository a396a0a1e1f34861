/* SPDX-License-Identifier: GPL-2.0-or-later */
/* check_units.c: times, durations and names as text; ranks of exit statuses. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "core/ka.h"
#include "exit_status.h"
#include "names.h"
#include "suites.h"
#include "units.h"

#define MS INT64_C(1000000)
#define S KA_SECOND

typedef char *unit_function(char text[static UNITS_TEXT_BYTES], int64_t ns);

static const struct {
    unit_function *function;
    int64_t ns;
    const char *want;
} times[] = {
    {units_exact_s, 0, "0"},
    {units_exact_s, 1, "0.000000001"},
    {units_exact_s, -1, "-0.000000001"},
    {units_exact_s, 10 * S, "10"},
    {units_exact_s, 7875123456789, "7875.123456789"},
    {units_exact_s, 7875120000000, "7875.12"},
    {units_exact_s, -1500 * MS, "-1.5"},
    {units_exact_s, INT64_MAX, "9223372036.854775807"},
    {units_exact_s, INT64_MIN + 1, "-9223372036.854775807"},
    {units_exact_s, KA_UNKNOWN, "unknown"},
    {units_rfc3339, 0, "1970-01-01T00:00:00.000000000Z"},
    {units_rfc3339, 1767225631498478123, "2026-01-01T00:00:31.498478123Z"},
    {units_rfc3339, -1, "1969-12-31T23:59:59.999999999Z"},
    {units_rfc3339, INT64_MAX, "2262-04-11T23:47:16.854775807Z"},
    {units_rfc3339, KA_UNKNOWN, "unknown"},
    {units_moment, 1767225631498999999, "2026-01-01 00:00:31.498 UTC"},
    {units_moment, KA_UNKNOWN, "unknown"},
    {units_duration, 0, "0 s"},
    {units_duration, 1, "0 us"},
    {units_duration, 5, "0.01 us"},
    {units_duration, 9876, "9.88 us"},
    {units_duration, 35 * 1000, "35 us"},
    {units_duration, 20100 * 1000, "20.1 ms"},
    {units_duration, 999 * MS, "999 ms"},
    {units_duration, 999 * MS + 500000, "1 s"},
    {units_duration, 1 * S, "1 s"},
    {units_duration, 9 * S + 996 * MS, "10 s"},
    {units_duration, 75 * S + 776 * MS, "75.8 s"},
    {units_duration, 119 * S + 940 * MS, "119.9 s"},
    {units_duration, 119 * S + 950 * MS, "2 min"},
    {units_duration, 131 * S + 100 * MS, "2 min 11.1 s"},
    {units_duration, 3599 * S + 960 * MS, "1 h 0 min"},
    {units_duration, 7875 * S, "2 h 11 min 15 s"},
    {units_duration, 86400 * S, "1 d 0 h 0 min"},
    {units_duration, -7875 * S, "-2 h 11 min 15 s"},
    {units_duration, -20 * MS, "-20 ms"},
    {units_duration, INT64_MAX, "106751 d 23 h 47 min 16.9 s"},
    {units_duration, KA_UNKNOWN, "unknown"},
    {units_setting, 7200 * S, "7200 s"},
    {units_setting, 250 * MS, "0.25 s"},
    {units_setting, 7199 * S + 999600000, "7200 s"},
    {units_setting, KA_UNKNOWN, "unknown"},
    {units_column_s, 7231 * S + 502 * MS, "7231.502"},
    {units_column_s, -1, "0.000"},
    {units_column_s, -1500 * MS, "-1.500"},
    {units_column_s, KA_UNKNOWN, "-"},
};

START_TEST(test_time_as_text)
{
    char text[UNITS_TEXT_BYTES];

    times[_i].function(text, times[_i].ns);
    ck_assert_msg(strcmp(text, times[_i].want) == 0, "row %d: %lld ns: got '%s', want '%s'", _i,
                  (long long)times[_i].ns, text, times[_i].want);
}
END_TEST

static const struct {
    uint64_t count;
    const char *want;
} counts[] = {
    {0, "0"},          {999, "999"},           {1000, "1,000"},
    {12345, "12,345"}, {1234567, "1,234,567"}, {UINT64_MAX, "18,446,744,073,709,551,615"},
};

START_TEST(test_count_in_groups_of_three)
{
    char text[UNITS_TEXT_BYTES];

    ck_assert_str_eq(units_count(text, counts[_i].count), counts[_i].want);
}
END_TEST

static const struct {
    const char *name;
    struct ka_endpoint endpoint;
    const char *want;
} endpoints[] = {
    {"IPv4", {{{[10] = 0xff, [11] = 0xff, [12] = 10, [15] = 1}}, 80}, "10.0.0.1:80"},
    {"IPv6", {{{0x20, 0x01, 0x0d, 0xb8, [15] = 1}}, 65535}, "[2001:db8::1]:65535"},
    {"IPv4-compatible is IPv6", {{{[15] = 1}}, 1}, "[::1]:1"},
};

START_TEST(test_endpoint_as_text)
{
    char text[ENDPOINT_TEXT_BYTES];

    endpoint_name(text, &endpoints[_i].endpoint);
    ck_assert_msg(strcmp(text, endpoints[_i].want) == 0, "%s: got '%s', want '%s'",
                  endpoints[_i].name, text, endpoints[_i].want);
}
END_TEST

static const struct {
    const char *name, *from, *utf8, *terminal;
} texts[] = {
    {"plain", "a b.pcap", "a b.pcap", "a b.pcap"},
    {"two to four bytes", "\xc3\xa4\xe2\x82\xac\xf0\x9f\x8e\x89",
     "\xc3\xa4\xe2\x82\xac\xf0\x9f\x8e\x89", "\xc3\xa4\xe2\x82\xac\xf0\x9f\x8e\x89"},
    {"Latin-1", "b\xe4r", "b\xef\xbf\xbdr", "b\\xe4r"},
    {"cut sequence", "\xe2\x82", "\xef\xbf\xbd\xef\xbf\xbd", "\\xe2\\x82"},
    {"overlong slash", "\xc0\xaf", "\xef\xbf\xbd\xef\xbf\xbd", "\\xc0\\xaf"},
    {"surrogate", "\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd", "\\xed\\xa0\\x80"},
    {"beyond U+10FFFF", "\xf4\x90\x80\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd",
     "\\xf4\\x90\\x80\\x80"},
    {"escape sequence", "\33[2Jx", "\33[2Jx", "\\x1b[2Jx"},
    {"line break", "a\nb", "a\nb", "a\\x0ab"},
    {"C1 in UTF-8", "\xc2\x9b", "\xc2\x9b", "\\xc2\\x9b"},
};

START_TEST(test_names_from_outside_are_made_safe)
{
    char *utf8 = name_as_utf8(texts[_i].from), *terminal = name_for_terminal(texts[_i].from);

    ck_assert_msg(strcmp(utf8, texts[_i].utf8) == 0, "%s: UTF-8 '%s'", texts[_i].name, utf8);
    ck_assert_msg(strcmp(terminal, texts[_i].terminal) == 0, "%s: terminal '%s'", texts[_i].name,
                  terminal);
    free(utf8);
    free(terminal);
}
END_TEST

static const struct {
    enum exit_status a, b, worse;
} ranks[] = {
    {STATUS_OK, STATUS_OK, STATUS_OK},
    {STATUS_OK, STATUS_MATCHED, STATUS_MATCHED},
    {STATUS_MATCHED, STATUS_PARTLY, STATUS_PARTLY},
    {STATUS_PARTLY, STATUS_NO_CAPTURE, STATUS_NO_CAPTURE},
    {STATUS_FILTER, STATUS_NO_CAPTURE, STATUS_FILTER},
    {STATUS_OUTPUT, STATUS_FILTER, STATUS_OUTPUT},
};

START_TEST(test_errors_outrank_matches)
{
    ck_assert_int_eq(exit_status_worse(ranks[_i].a, ranks[_i].b), ranks[_i].worse);
    ck_assert_int_eq(exit_status_worse(ranks[_i].b, ranks[_i].a), ranks[_i].worse);
}
END_TEST

#define ROWS(table) ((int)(sizeof(table) / sizeof((table)[0])))

/* Every day that 64 bits of nanoseconds reach, against the C library's calendar. */
START_TEST(test_every_day_has_its_date)
{
    enum { DAY_S = 86400 };
    char want[32], text[UNITS_TEXT_BYTES];

    for (time_t day = INT64_MIN / S / DAY_S + 1; day < INT64_MAX / S / DAY_S; day++) {
        time_t seconds = day * DAY_S + DAY_S - 1;
        struct tm tm;

        strftime(want, sizeof want, "%Y-%m-%dT%H:%M:%S.000000000Z", gmtime_r(&seconds, &tm));
        ck_assert_str_eq(units_rfc3339(text, seconds * S), want);
    }
}
END_TEST

START_TEST(test_whole_numbers_of_every_length)
{
    char want[32], text[UNITS_TEXT_BYTES];

    for (uint64_t power = 1;; power *= 10) {
        const uint64_t values[] = {power - 1, power, power + 1, power * 7 / 4};

        for (int i = 0; i < 4; i++) {
            snprintf(want, sizeof want, "%llu", (unsigned long long)values[i]);
            ck_assert_str_eq(units_whole(text, values[i]), want);
        }
        if (power > UINT64_MAX / 10)
            break;
    }
    ck_assert_str_eq(units_whole(text, UINT64_MAX), "18446744073709551615");
}
END_TEST

Suite *suite_units(void)
{
    Suite *suite = suite_create("units");
    TCase *tcase = tcase_create("text");

    tcase_add_loop_test(tcase, test_time_as_text, 0, ROWS(times));
    tcase_add_test(tcase, test_every_day_has_its_date);
    tcase_add_test(tcase, test_whole_numbers_of_every_length);
    tcase_add_loop_test(tcase, test_count_in_groups_of_three, 0, ROWS(counts));
    tcase_add_loop_test(tcase, test_endpoint_as_text, 0, ROWS(endpoints));
    tcase_add_loop_test(tcase, test_names_from_outside_are_made_safe, 0, ROWS(texts));
    tcase_add_loop_test(tcase, test_errors_outrank_matches, 0, ROWS(ranks));
    suite_add_tcase(suite, tcase);
    return suite;
}
