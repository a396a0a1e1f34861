/* SPDX-License-Identifier: GPL-2.0-or-later */
/* check_record_json.c: what the JSON writer makes of names, nesting and long records. */
#include <stdlib.h>
#include <string.h>

#include "record.h"
#include "suites.h"

static char *written(struct json_record *json)
{
    char *text = NULL;
    size_t length = 0;
    FILE *stream = open_memstream(&text, &length);

    ck_assert_ptr_nonnull(stream);
    ck_assert(json_record_end(json, stream));
    ck_assert_int_eq(fclose(stream), 0);
    return text;
}

static const struct row {
    const char *name;
    const char *text;
    const char *json;
} rows[] = {
    {"empty", "", "{\"a\":\"\"}\n"},
    {"plain", "10.0.0.1:80", "{\"a\":\"10.0.0.1:80\"}\n"},
    {"slash", "a/b", "{\"a\":\"a/b\"}\n"},
    {"quote and backslash", "a\"b\\", "{\"a\":\"a\\\"b\\\\\"}\n"},
    {"short forms", "\b\f\n\r\t", "{\"a\":\"\\b\\f\\n\\r\\t\"}\n"},
    {"other control characters", "\x01x\x1f", "{\"a\":\"\\u0001x\\u001f\"}\n"},
    {"UTF-8 stays", "\xc3\xa4\xc2\xa0", "{\"a\":\"\xc3\xa4\xc2\xa0\"}\n"},
    {"DEL and C1", "\x7f\xc2\x80\xc2\x9f", "{\"a\":\"\\u007f\\u0080\\u009f\"}\n"},
    {"DEL among many", "0123456\x7f", "{\"a\":\"0123456\\u007f\"}\n"},
    {"escapes among many", "01234567\"9abcdef0123456\\",
     "{\"a\":\"01234567\\\"9abcdef0123456\\\\\"}\n"},
    {"control character behind many", "0123456789abcde\x1f",
     "{\"a\":\"0123456789abcde\\u001f\"}\n"},
    {"UTF-8 among many",
     "0123\xc3\xa4\xe2\x82\xac"
     "9abcdef",
     "{\"a\":\"0123\xc3\xa4\xe2\x82\xac"
     "9abcdef\"}\n"},
    {"ends like an open list", "[", "{\"a\":\"[\"}\n"},
};

START_TEST(test_text_is_escaped)
{
    struct json_record *json = json_record_new();
    char *text;

    ck_assert_ptr_nonnull(json);
    record_text(json_record_base(json), "a", rows[_i].text);
    text = written(json);
    ck_assert_msg(strcmp(text, rows[_i].json) == 0, "%s: got %s", rows[_i].name, text);
    free(text);
}
END_TEST

START_TEST(test_commas_and_nesting)
{
    struct json_record *json = json_record_new();
    struct record *record = json_record_base(json);
    char *text;

    record_open_list(record, "none");
    record_close(record);
    record_open_list(record, "list");
    record_count(record, NULL, 0);
    record_open(record, NULL);
    record_null(record, "x");
    record_bool(record, "y", true);
    record_close(record);
    record_text(record, NULL, "z");
    record_close(record);
    record_count(record, "last", UINT64_MAX);
    text = written(json);
    ck_assert_str_eq(text, "{\"none\":[],\"list\":[0,{\"x\":null,\"y\":true},\"z\"],"
                           "\"last\":18446744073709551615}\n");
    free(text);
}
END_TEST

START_TEST(test_long_records_are_whole)
{
    enum { MEMBERS = 5000 };
    struct json_record *json = json_record_new();
    struct record *record = json_record_base(json);
    char *text;

    record_open_list(record, "a");
    for (unsigned i = 0; i < MEMBERS; i++)
        record_count(record, NULL, 7);
    record_close(record);
    text = written(json);
    ck_assert_uint_eq(strlen(text), strlen("{\"a\":[]}\n") + 2 * MEMBERS - 1);
    ck_assert_str_eq(text + strlen(text) - 8, "7,7,7]}\n");
    free(text);
}
END_TEST

Suite *suite_record_json(void)
{
    Suite *suite = suite_create("record_json");
    TCase *writer = tcase_create("writer");

    tcase_add_loop_test(writer, test_text_is_escaped, 0, (int)(sizeof rows / sizeof rows[0]));
    tcase_add_test(writer, test_commas_and_nesting);
    tcase_add_test(writer, test_long_records_are_whole);
    suite_add_tcase(suite, writer);
    return suite;
}
