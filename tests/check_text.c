/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * check_text.c: the core's sentences: durations read as the command's
 * do, addresses as RFC 5952 has them.
 */
#include <arpa/inet.h>
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "suites.h"
#include "units.h"

#define MS INT64_C(1000000)

START_TEST(test_durations_read_as_those_of_the_command)
{
    static const int64_t durations[] = {0,
                                        1,
                                        999,
                                        35000,
                                        1250000,
                                        20100 * MS / 1000,
                                        201 * MS,
                                        999499999,
                                        999500000,
                                        KA_SECOND,
                                        1010 * MS,
                                        9996 * MS,
                                        75776 * MS,
                                        119949 * MS,
                                        119950 * MS,
                                        131100 * MS,
                                        7875 * KA_SECOND,
                                        3600 * KA_SECOND,
                                        86400 * KA_SECOND,
                                        100000 * KA_SECOND + 50 * MS,
                                        -131100 * MS,
                                        INT64_MAX};

    for (size_t i = 0; i < sizeof durations / sizeof durations[0]; i++) {
        char bytes[64], want[UNITS_TEXT_BYTES];
        struct text text = text_in(bytes, sizeof bytes);

        text_duration(&text, durations[i]);
        ck_assert_str_eq(bytes, units_duration(want, durations[i]));
        if (durations[i] < 0)
            continue;
        text = text_in(bytes, sizeof bytes);
        text_setting(&text, durations[i]);
        ck_assert_str_eq(bytes, units_setting(want, durations[i]));
    }
}
END_TEST

START_TEST(test_addresses_are_canonical)
{
    static const char *const names[] = {
        "::",         "::1",    "2001:db8::1",     "2001:db8:0:1:1:1:1:1",
        "1:0:0:2::3", "fe80::", "1:2:3:4:5:6:7:8", "0:0:1::"};
    char bytes[64];

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct ka_addr addr;
        char want[INET6_ADDRSTRLEN];
        struct text text = text_in(bytes, sizeof bytes);

        ck_assert_int_eq(inet_pton(AF_INET6, names[i], addr.bytes), 1);
        text_address(&text, &addr);
        ck_assert_str_eq(bytes, inet_ntop(AF_INET6, addr.bytes, want, sizeof want));
    }
    struct ka_addr v4 = {{[10] = 0xff, [11] = 0xff, [12] = 192, [13] = 0, [14] = 2, [15] = 255}};
    struct text text = text_in(bytes, sizeof bytes);
    text_address(&text, &v4);
    ck_assert_str_eq(bytes, "192.0.2.255");
}
END_TEST

START_TEST(test_shares_are_rounded)
{
    static const struct {
        uint64_t part, whole;
        const char *text;
    } rows[] = {{1, 120, "0.8 %"}, {1, 12, "8.3 %"}, {1, 10, "10 %"}, {2, 3, "67 %"},
                {1, 1, "100 %"},   {0, 5, "0 %"},    {1, 8, "13 %"}};

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char bytes[64];
        struct text text = text_in(bytes, sizeof bytes);

        text_percent(&text, rows[i].part, rows[i].whole);
        ck_assert_str_eq(bytes, rows[i].text);
    }
}
END_TEST

START_TEST(test_what_does_not_fit_is_cut_off)
{
    char bytes[8];
    struct text text = text_in(bytes, sizeof bytes);

    text_counted(&text, 1, "probe", "probes");
    ck_assert_str_eq(bytes, "1 probe");
    text_put(&text, "more");
    ck_assert_str_eq(bytes, "1 probe");
    text = text_in(bytes, sizeof bytes);
    text_counted(&text, 12345, "probe", "probes");
    ck_assert_str_eq(bytes, "12345 p");
}
END_TEST

Suite *suite_text(void)
{
    Suite *suite = suite_create("text");
    TCase *tcase = tcase_create("sentences");

    tcase_add_test(tcase, test_durations_read_as_those_of_the_command);
    tcase_add_test(tcase, test_addresses_are_canonical);
    tcase_add_test(tcase, test_shares_are_rounded);
    tcase_add_test(tcase, test_what_does_not_fit_is_cut_off);
    suite_add_tcase(suite, tcase);
    return suite;
}
