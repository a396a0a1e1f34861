/* SPDX-License-Identifier: GPL-2.0-or-later */
/* check_parse.c: text to numbers and endpoints, and back again. */
#include <inttypes.h>
#include <string.h>

#include "names.h"
#include "parse.h"
#include "suites.h"
#include "units.h"

static const struct {
    const char *text;
    bool is_good;
    int64_t ns;
} seconds[] = {
    {"0", true, 0},
    {"7875", true, 7875 * KA_SECOND},
    {"7917.471701456", true, 7917471701456},
    {"-1.5", true, -1500000000},
    {"-0.000000001", true, -1},
    {"0.1", true, 100000000},
    /* A double cannot hold this one. */
    {"9223372036.854775807", true, INT64_MAX},
    {"9223372036.854775808", false, 0},
    {"9223372037", false, 0},
    {"99999999999999999999999999", false, 0},
    {"0.0000000001", false, 0},
    {"", false, 0},
    {".5", false, 0},
    {"5.", false, 0},
    {"+5", false, 0},
    {"--5", false, 0},
    {" 5", false, 0},
    {"5 ", false, 0},
    {"1e3", false, 0},
    {"0x10", false, 0},
    {"nan", false, 0},
};

START_TEST(test_seconds)
{
    int64_t ns = 0;
    bool is_good = parse_seconds(seconds[_i].text, &ns);

    ck_assert_msg(is_good == seconds[_i].is_good, "'%s' is %staken", seconds[_i].text,
                  is_good ? "" : "not ");
    ck_assert_msg(!is_good || ns == seconds[_i].ns, "'%s': %" PRId64, seconds[_i].text, ns);
}
END_TEST

START_TEST(test_seconds_come_back_exactly)
{
    static const int64_t values_ns[] = {0, 1, -1, 999999999, 7915821564456, INT64_MAX, -INT64_MAX};
    char text[UNITS_TEXT_BYTES];
    int64_t ns;

    for (size_t i = 0; i < sizeof values_ns / sizeof values_ns[0]; i++) {
        units_exact_s(text, values_ns[i]);
        ck_assert_msg(parse_seconds(text, &ns) && ns == values_ns[i], "%s", text);
    }
}
END_TEST

START_TEST(test_count)
{
    uint64_t count;

    ck_assert(parse_count("65535", 65535, &count));
    ck_assert_uint_eq(count, 65535);
    ck_assert(!parse_count("65536", 65535, &count));
    ck_assert(!parse_count("-1", 65535, &count));
    ck_assert(!parse_count("1.0", 65535, &count));
    ck_assert(!parse_count("", 65535, &count));
}
END_TEST

static const struct {
    const char *text;
    bool is_good;
    uint64_t bytes;
} sizes[] = {
    {"0", true, 0},           {"4096", true, 4096},
    {"16M", true, 16777216},  {"1K", true, 1024},
    {"3G", true, 3221225472}, {"2T", true, 2199023255552},
    {"", false, 0},           {"M", false, 0},
    {"1.5G", false, 0},       {"-1M", false, 0},
    {"1MB", false, 0},        {"1m", false, 0},
    {"1 M", false, 0},        {"9223372036854775807K", false, 0},
};

START_TEST(test_sizes)
{
    uint64_t bytes;

    ck_assert_msg(parse_bytes(sizes[_i].text, &bytes) == sizes[_i].is_good, "'%s'", sizes[_i].text);
    if (sizes[_i].is_good)
        ck_assert_uint_eq(bytes, sizes[_i].bytes);
}
END_TEST

static const struct {
    const char *text;
    bool is_good;
} endpoints[] = {
    {"192.0.2.1:80", true},
    {"[2001:db8::1]:65535", true},
    {"[::]:0", true},
    {"192.0.2.1", false},
    {"192.0.2.1:", false},
    {"192.0.2.1:65536", false},
    {"192.0.2.256:80", false},
    {"2001:db8::1:80", false},
    {"[2001:db8::1]80", false},
    {"[2001:db8::1:80", false},
    {"[192.0.2.1]:80", false},
    {":80", false},
    {"[]:80", false},
    {"[", false},
    {"[:", false},
    {"", false},
    {"192.0.2.1:8 0", false},
    {"192.0.2.1 :80", false},
    {"[0000000000000000000000000000000000000000000000000000000000000000000000]:1", false},
};

START_TEST(test_endpoint_comes_back)
{
    struct ka_endpoint endpoint;
    char text[ENDPOINT_TEXT_BYTES];
    bool is_good = parse_endpoint(endpoints[_i].text, &endpoint);

    ck_assert_msg(is_good == endpoints[_i].is_good, "'%s'", endpoints[_i].text);
    if (is_good)
        ck_assert_str_eq(endpoint_name(text, &endpoint), endpoints[_i].text);
}
END_TEST

Suite *suite_parse(void)
{
    Suite *suite = suite_create("parse");
    TCase *tcase = tcase_create("parse");

    tcase_add_loop_test(tcase, test_seconds, 0, (int)(sizeof seconds / sizeof seconds[0]));
    tcase_add_test(tcase, test_seconds_come_back_exactly);
    tcase_add_test(tcase, test_count);
    tcase_add_loop_test(tcase, test_sizes, 0, sizeof sizes / sizeof sizes[0]);
    tcase_add_loop_test(tcase, test_endpoint_comes_back, 0,
                        (int)(sizeof endpoints / sizeof endpoints[0]));
    suite_add_tcase(suite, tcase);
    return suite;
}
