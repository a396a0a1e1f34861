/* SPDX-License-Identifier: GPL-2.0-or-later */
/* check_jobs.c: jobs in threads, their turns, and what they write before them. */
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "jobs.h"
#include "outbox.h"
#include "suites.h"

enum { JOBS = 400, MANY_BYTES = 3 * OUTBOX_BYTES, BLOCK_BYTES = 1 << 16 };

static const struct {
    const char *name;
    unsigned threads;
    bool holds_back; /* written into an outbox, else after the turn has come */
} rows[] = {
    {"one thread", 1, false},
    {"two threads", 2, false},
    {"seven threads", 7, false},
    {"one thread with an outbox", 1, true},
    {"seven threads with an outbox", 7, true},
    {"more threads than there are jobs at a time", JOBS_MAX, true},
};

struct log {
    FILE *stream;
    bool holds_back;
    unsigned busy, busy_most; /* jobs in hand */
    pthread_mutex_t mutex;    /* guards these two */
};

static void count_busy(struct log *log, int change)
{
    pthread_mutex_lock(&log->mutex);
    log->busy = (unsigned)((int)log->busy + change);
    if (log->busy > log->busy_most)
        log->busy_most = log->busy;
    pthread_mutex_unlock(&log->mutex);
}

/* Writes its path and error. Every third takes its time; every fifth says nothing. */
static void write_name(struct job *job, void *user)
{
    struct log *log = user;
    struct outbox outbox;

    count_busy(log, 1);
    if (job->number % 3 == 0)
        nanosleep(&(struct timespec){.tv_nsec = 200000}, NULL);
    if (job->number % 5 != 0 && log->holds_back) {
        ck_assert(outbox_open(&outbox, job, log->stream));
        fprintf(outbox.stream, "%s %s\n", job->path, job->error ? job->error : "fine");
        outbox_close(&outbox);
    } else if (job->number % 5 != 0) {
        jobs_await_turn(job);
        fprintf(log->stream, "%s %s\n", job->path, job->error ? job->error : "fine");
    }
    count_busy(log, -1);
}

START_TEST(test_results_come_in_order)
{
    char *got = NULL, *want = NULL, name[16];
    size_t got_size, want_size;
    FILE *wanted = open_memstream(&want, &want_size);
    struct log log = {.stream = open_memstream(&got, &got_size),
                      .holds_back = rows[_i].holds_back,
                      .mutex = PTHREAD_MUTEX_INITIALIZER};
    struct jobs *jobs = jobs_start(rows[_i].threads, write_name, &log);

    ck_assert_ptr_nonnull(jobs);
    for (int i = 0; i < JOBS; i++) {
        const char *error = i % 7 == 0 ? "lost" : NULL;

        snprintf(name, sizeof name, "job %d", i); /* the same place each time: it is copied */
        jobs_add(jobs, name, error);
        if (i % 5 != 0)
            fprintf(wanted, "%s %s\n", name, error ? error : "fine");
    }
    jobs_finish(jobs);
    fclose(log.stream);
    fclose(wanted);
    ck_assert_msg(strcmp(got, want) == 0, "%s: another order", rows[_i].name);
    ck_assert_msg(log.busy == 0 && log.busy_most <= rows[_i].threads, "%s: %u jobs at a time",
                  rows[_i].name, log.busy_most);
    ck_assert_msg(rows[_i].threads == 1 || log.busy_most > 1, "%s: one job at a time",
                  rows[_i].name);
    free(got);
    free(want);
}
END_TEST

/* A slow first job, and a second one that has more to write than it may hold back. */
struct race {
    FILE *stream;
    size_t held_back; /* by the second job, before the first had written */
    pthread_mutex_t mutex;
    pthread_cond_t full_condition;
    bool is_full;
};

static void wait_until_full(struct race *race)
{
    pthread_mutex_lock(&race->mutex);
    while (!race->is_full)
        pthread_cond_wait(&race->full_condition, &race->mutex);
    pthread_mutex_unlock(&race->mutex);
}

static void write_much(struct race *race, struct outbox *outbox)
{
    static const char block[BLOCK_BYTES];

    for (size_t written = 0; written < MANY_BYTES; written += sizeof block) {
        if (written == OUTBOX_BYTES) {
            pthread_mutex_lock(&race->mutex);
            race->held_back = outbox->has_turn ? 0 : outbox->length;
            race->is_full = true;
            pthread_cond_signal(&race->full_condition);
            pthread_mutex_unlock(&race->mutex);
        }
        fwrite(block, 1, sizeof block, outbox->stream);
        ck_assert_uint_le(outbox->length, OUTBOX_BYTES);
    }
}

static void run_race(struct job *job, void *user)
{
    struct race *race = user;
    struct outbox outbox;

    if (job->number == 0)
        wait_until_full(race);
    ck_assert(outbox_open(&outbox, job, race->stream));
    if (job->number == 0)
        fputs("first", outbox.stream);
    else
        write_much(race, &outbox);
    outbox_close(&outbox);
}

START_TEST(test_outbox_is_bounded)
{
    char *text = NULL;
    size_t size;
    struct race race = {.stream = open_memstream(&text, &size),
                        .mutex = PTHREAD_MUTEX_INITIALIZER,
                        .full_condition = PTHREAD_COND_INITIALIZER};
    struct jobs *jobs = jobs_start(2, run_race, &race);

    ck_assert_ptr_nonnull(jobs);
    jobs_add(jobs, "first", NULL);
    jobs_add(jobs, "second", NULL);
    jobs_finish(jobs);
    fclose(race.stream);
    ck_assert_uint_gt(race.held_back, OUTBOX_BYTES / 2);
    ck_assert_uint_eq(size, strlen("first") + MANY_BYTES);
    ck_assert(memcmp(text, "first\0", sizeof "first") == 0);
    free(text);
}
END_TEST

START_TEST(test_error_of_the_target_is_kept)
{
    struct log log = {
        .stream = fopen("/dev/full", "w"), .holds_back = true, .mutex = PTHREAD_MUTEX_INITIALIZER};
    struct jobs *jobs = jobs_start(2, write_name, &log);

    ck_assert_ptr_nonnull(log.stream);
    ck_assert_ptr_nonnull(jobs);
    setvbuf(log.stream, NULL, _IONBF, 0);
    for (int i = 0; i < 4; i++)
        jobs_add(jobs, "job", NULL);
    jobs_finish(jobs);
    ck_assert(ferror(log.stream));
    fclose(log.stream);
}
END_TEST

Suite *suite_jobs(void)
{
    Suite *suite = suite_create("jobs");
    TCase *tcase = tcase_create("threads");

    tcase_add_loop_test(tcase, test_results_come_in_order, 0, (int)(sizeof rows / sizeof rows[0]));
    tcase_add_test(tcase, test_outbox_is_bounded);
    tcase_add_test(tcase, test_error_of_the_target_is_kept);
    suite_add_tcase(suite, tcase);
    return suite;
}
