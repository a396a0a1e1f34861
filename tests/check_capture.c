/* SPDX-License-Identifier: GPL-2.0-or-later */
/* check_capture.c: tagged frames collected and put in order; output files that appear whole. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "capture.h"
#include "sink.h"
#include "suites.h"

START_TEST(test_last_report_of_a_frame_holds)
{
    struct events events = {0};
    struct event event = {.frame = {.tag = KA_TAG_KEEPALIVE_PROBE}};
    const struct event *rows;
    size_t count;

    for (uint64_t i = 0; i < 1000; i++) {
        event.frame.frame = 1000 - i % 500;
        event.frame.connection = (uint32_t)(event.frame.frame % 2);
        event.frame.probe.answered_frame = i;
        ck_assert(events_add(&events, &event.frame, &event.peers));
    }
    event.frame.tag = KA_TAG_NONE; /* taken back */
    ck_assert(events_add(&events, &event.frame, &event.peers));
    ck_assert(events_settle(&events));
    ck_assert_uint_eq(events.count, 499);
    for (size_t i = 0; i < events.count; i++) {
        ck_assert_uint_eq(events_at(&events, i)->frame.frame, 502 + i);
        ck_assert_uint_eq(events_at(&events, i)->frame.probe.answered_frame, 998 - i);
    }
    events_group(&events);
    rows = events_of(&events, 1, &count);
    ck_assert_uint_eq(count, 249);
    ck_assert_uint_eq(rows[0].frame.frame, 503);
    ck_assert_uint_eq(rows[248].frame.frame, 999);
    ck_assert_ptr_null(events_of(&events, 2, &count));
    events_free(&events);
}
END_TEST

static char *read_file(const char *path)
{
    char *text = calloc(1, 256);
    FILE *stream = fopen(path, "r");

    if (stream) {
        ck_assert_uint_lt(fread(text, 1, 255, stream), 255);
        fclose(stream);
    }
    return text;
}

START_TEST(test_output_file_appears_whole)
{
    char folder[] = "/tmp/ka-check-XXXXXX", path[64], link[64], error[SINK_ERROR_BYTES] = "";
    struct sink sink;
    struct stat status;
    char *text;

    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/out", folder);
    snprintf(link, sizeof link, "%s/link", folder);
    ck_assert_msg(sink_open(&sink, path, error), "%s", error);
    fputs("first", sink.stream);
    ck_assert_int_ne(access(path, F_OK), 0);
    ck_assert(sink_close(&sink, error));
    ck_assert_int_eq(symlink("out", link), 0);
    ck_assert_msg(sink_open(&sink, link, error), "%s", error);
    fputs("second", sink.stream);
    text = read_file(path);
    ck_assert_str_eq(text, "first");
    free(text);
    ck_assert(sink_close(&sink, error));
    text = read_file(path);
    ck_assert_str_eq(text, "second");
    free(text);
    ck_assert_int_eq(lstat(link, &status), 0);
    ck_assert(S_ISLNK(status.st_mode));
    ck_assert_int_eq(unlink(link), 0);
    ck_assert_int_eq(unlink(path), 0);
    ck_assert_int_eq(rmdir(folder), 0); /* nothing is left behind */
}
END_TEST

START_TEST(test_full_disk_is_noticed)
{
    char error[SINK_ERROR_BYTES] = "";
    struct sink sink;

    ck_assert(sink_open(&sink, "/dev/full", error));
    fputs("text", sink.stream);
    ck_assert(!sink_close(&sink, error));
    ck_assert_ptr_nonnull(strstr(error, "No space left on device"));
    ck_assert(!sink_open(&sink, "/nonexistent/out", error));
    ck_assert_str_eq(error, "/nonexistent/out: No such file or directory");
}
END_TEST

Suite *suite_capture(void)
{
    Suite *suite = suite_create("capture");
    TCase *tcase = tcase_create("collected and written");

    tcase_add_test(tcase, test_last_report_of_a_frame_holds);
    tcase_add_test(tcase, test_output_file_appears_whole);
    tcase_add_test(tcase, test_full_disk_is_noticed);
    suite_add_tcase(suite, tcase);
    return suite;
}
