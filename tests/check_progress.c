/* SPDX-License-Identifier: GPL-2.0-or-later */
/* check_progress.c: what the line of progress says. */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "progress.h"
#include "suites.h"

static const struct row {
    unsigned long long files, bytes, deaths, passed_files, passed_bytes, files_all, bytes_all;
    double packets_a_second, seconds;
    const char *line;
} rows[] = {
    {0, 0, 0, 0, 0, 0, 0, 0, 1, "0 files, 0.0 kB, 0 packets/s, 0 dead peers"},
    {1, 1500, 1, 0, 0, 0, 0, 10, 1, "1 file, 1.5 kB, 10 packets/s, 1 dead peer"},
    {2, 1000000, 0, 0, 0, 10, 4000000, 1e6, 10,
     "2 of 10 files, 1.0 MB of 4.0 MB, 1,000,000 packets/s, 31 s left, 0 dead peers"},
    {1, 999949, 0, 0, 0, 1, 999950, 5, 1,
     "1 of 1 file, 999.9 kB of 1.0 MB, 5 packets/s, 1 s left, 0 dead peers"},
    {1, 1000000000, 2000, 3, 1000000000, 12, 41000000000, 2310000, 100,
     "1 of 9 files, 1.0 GB of 40.0 GB, 2,310,000 packets/s, 66 min left, 2,000 dead peers"},
    {1, 1000000000, 0, 0, 0, 12, 401000000000, 1, 100,
     "1 of 12 files, 1.0 GB of 401.0 GB, 1 packets/s, 11 h 6 min left, 0 dead peers"},
    /* All of it, and more than there was when it was counted. */
    {3, 5000, 0, 1, 10, 4, 5010, 1, 1, "3 of 3 files, 5.0 kB of 5.0 kB, 1 packets/s, 0 dead peers"},
    {3, 5000, 0, 9, 9000, 2, 100, 1, 1,
     "3 of 3 files, 5.0 kB of 5.0 kB, 1 packets/s, 0 dead peers"},
    {1, 1, 0, 0, 0, 2, (unsigned long long)-1, 1, 1e6,
     "1 of 2 files, 0.0 kB of 18446.7 PB, 1 packets/s, 277777 h 46 min left, 0 dead peers"},
};

START_TEST(test_the_line)
{
    const struct row *row = &rows[_i];
    char line[PROGRESS_LINE_BYTES];
    struct progress progress;

    ck_assert(progress_open(&progress));
    progress.packets_a_second = row->packets_a_second;
    progress_add(&progress.files, row->files);
    progress_add(&progress.bytes, row->bytes);
    progress_add(&progress.deaths, row->deaths);
    progress_add(&progress.passed_files, row->passed_files);
    progress_add(&progress.passed_bytes, row->passed_bytes);
    progress_add(&progress.files_all, row->files_all);
    progress_add(&progress.bytes_all, row->bytes_all);
    progress_text(&progress, (int64_t)(row->seconds * 1e9), line);
    ck_assert_str_eq(line, row->line);
    progress_close(&progress);
}
END_TEST

/* Through the stream everything arrives, and an error is known on both sides. */
START_TEST(test_the_stream)
{
    char *text = NULL;
    size_t size;
    FILE *target = open_memstream(&text, &size), *stream;
    struct progress progress;

    ck_assert(progress_open(&progress));
    stream = progress_stream(&progress, target);
    fputs("one\ntwo", stream);
    ck_assert(!progress_draw(&progress)); /* the tests have no terminal, or do not show it */
    ck_assert_int_eq(fclose(stream), 0);
    fclose(target);
    ck_assert_str_eq(text, "one\ntwo");
    free(text);
    target = fopen("/dev/full", "w");
    stream = progress_stream(&progress, target);
    fputs("one\n", stream);
    fflush(stream);
    ck_assert(ferror(stream) && ferror(target));
    fclose(stream);
    fclose(target);
    progress_close(&progress);
}
END_TEST

Suite *suite_progress(void)
{
    Suite *suite = suite_create("progress");
    TCase *tcase = tcase_create("line");

    tcase_add_loop_test(tcase, test_the_line, 0, (int)(sizeof rows / sizeof rows[0]));
    tcase_add_test(tcase, test_the_stream);
    suite_add_tcase(suite, tcase);
    return suite;
}
