/* SPDX-License-Identifier: GPL-2.0-or-later */
/* check_jobs.c: jobs in threads, their turns, and what they write before them. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "jobs.h"
#include "outbox.h"
#include "suites.h"

enum { JOBS = 400, BLOCK_BYTES = 1 << 16 };

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
    atomic_size_t kept;
    bool holds_back;
    bool delivers; /* a delivery is under way */
    unsigned threads;
    unsigned busy, busy_most; /* jobs in hand */
    pthread_mutex_t mutex;    /* guards these two */
    pthread_cond_t more_busy;
};

static void count_busy(struct log *log, int change)
{
    pthread_mutex_lock(&log->mutex);
    log->busy = (unsigned)((int)log->busy + change);
    if (log->busy > log->busy_most)
        log->busy_most = log->busy;
    pthread_cond_broadcast(&log->more_busy);
    pthread_mutex_unlock(&log->mutex);
}

/* The first job waits until another thread works as well, however busy the machine is. */
static void await_company(struct log *log)
{
    pthread_mutex_lock(&log->mutex);
    while (log->threads > 1 && log->busy_most < 2)
        pthread_cond_wait(&log->more_busy, &log->mutex);
    pthread_mutex_unlock(&log->mutex);
}

/* Writes its name and error. Every third takes its time; every fifth says nothing. */
static void write_name(struct job *job, void *user)
{
    struct log *log = user;
    const char *error = job->unit->error ? job->unit->error : "fine";
    struct outbox *outbox;

    count_busy(log, 1);
    await_company(log);
    if (job->number % 3 == 0)
        nanosleep(&(struct timespec){.tv_nsec = 200000}, NULL);
    if (job->number % 5 != 0 && log->holds_back) {
        outbox = job->result = malloc(sizeof *outbox);
        ck_assert(outbox_open(outbox, job, log->stream, &log->kept));
        fprintf(outbox->stream, "%s %s\n", job->unit->name, error);
        outbox_close(outbox);
    } else if (job->number % 5 != 0) {
        jobs_await_turn(job);
        fprintf(log->stream, "%s %s\n", job->unit->name, error);
    }
    count_busy(log, -1);
}

static void deliver_text(struct job *job, void *user)
{
    struct log *log = user;

    ck_assert(!log->delivers);
    log->delivers = true;
    if (job->result)
        outbox_deliver(job->result);
    free(job->result);
    log->delivers = false;
}

static const struct job_calls log_calls = {.work = write_name, .deliver = deliver_text};

static void add(struct jobs *jobs, const char *name, const char *error)
{
    struct unit *unit = unit_of_file(name, error);

    ck_assert_ptr_nonnull(unit);
    ck_assert(jobs_add(jobs, unit));
}

START_TEST(test_results_come_in_order)
{
    char *got = NULL, *want = NULL, name[16];
    size_t got_size, want_size;
    FILE *wanted = open_memstream(&want, &want_size);
    struct log log = {.stream = open_memstream(&got, &got_size),
                      .holds_back = rows[_i].holds_back,
                      .threads = rows[_i].threads,
                      .mutex = PTHREAD_MUTEX_INITIALIZER,
                      .more_busy = PTHREAD_COND_INITIALIZER};
    struct jobs *jobs = jobs_start(rows[_i].threads, &log_calls, &log);

    ck_assert_ptr_nonnull(jobs);
    for (int i = 0; i < JOBS; i++) {
        const char *error = i % 7 == 0 ? "lost" : NULL;

        snprintf(name, sizeof name, "job %d", i);
        add(jobs, name, error);
        if (i % 5 != 0)
            fprintf(wanted, "%s %s\n", name, error ? error : "fine");
    }
    jobs_finish(jobs);
    fclose(log.stream);
    fclose(wanted);
    ck_assert_msg(strcmp(got, want) == 0, "%s: another order", rows[_i].name);
    ck_assert_uint_eq(log.kept, 0);
    ck_assert_msg(log.busy == 0 && log.busy_most <= rows[_i].threads, "%s: %u jobs at a time",
                  rows[_i].name, log.busy_most);
    ck_assert_msg(rows[_i].threads == 1 || log.busy_most > 1, "%s: one job at a time",
                  rows[_i].name);
    free(got);
    free(want);
}
END_TEST

/* A first job that waits for others; job n writes `bytes` bytes, all n. */
struct race {
    FILE *stream;
    atomic_size_t kept;
    size_t bytes;
    unsigned awaited; /* by the first job: how many others have been worked on */
    pthread_mutex_t mutex;
    pthread_cond_t changed; /* the next two */
    unsigned worked;
    unsigned before_first; /* worked when the first had done its work */
    bool is_full;          /* a job waits for its turn, or soon will */
};

static void await_others(struct race *race)
{
    pthread_mutex_lock(&race->mutex);
    while (race->worked < race->awaited && !race->is_full)
        pthread_cond_wait(&race->changed, &race->mutex);
    pthread_mutex_unlock(&race->mutex);
    nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL); /* for those who would go too far */
    pthread_mutex_lock(&race->mutex);
    race->before_first = race->worked;
    pthread_mutex_unlock(&race->mutex);
}

static void write_much(struct race *race, struct outbox *outbox, unsigned long long number)
{
    static const size_t room =
        OUTBOX_BYTES / 2; /* a text of more has its room doubled to the bound */
    char block[BLOCK_BYTES];

    memset(block, (int)number, sizeof block);
    for (size_t left = race->bytes; left > 0;) {
        size_t n = left < sizeof block ? left : sizeof block;

        if (atomic_load(&race->kept) > room) {
            pthread_mutex_lock(&race->mutex);
            race->is_full = true;
            pthread_cond_signal(&race->changed);
            pthread_mutex_unlock(&race->mutex);
        }
        fwrite(block, 1, n, outbox->stream);
        ck_assert_uint_le(atomic_load(&race->kept), OUTBOX_BYTES);
        left -= n;
    }
}

static void run_race(struct job *job, void *user)
{
    struct race *race = user;
    struct outbox *outbox = job->result = malloc(sizeof *outbox);

    if (job->number == 0)
        await_others(race);
    ck_assert(outbox_open(outbox, job, race->stream, &race->kept));
    write_much(race, outbox, job->number);
    outbox_close(outbox);
    pthread_mutex_lock(&race->mutex);
    race->worked++;
    pthread_cond_signal(&race->changed);
    pthread_mutex_unlock(&race->mutex);
}

static void deliver_race(struct job *job, void *user)
{
    (void)user;
    outbox_deliver(job->result);
    free(job->result);
}

static const struct race_row {
    const char *name;
    unsigned jobs;
    size_t bytes; /* that each writes */
    unsigned awaited;
    unsigned before_least, before_most; /* jobs that are worked on while the first waits */
} races[] = {
    {"others go on", 200, 100, 199, 199, 199},
    {"as many as may be kept", JOBS_KEPT_MAX + 500, 1, JOBS_KEPT_MAX, JOBS_KEPT_MAX,
     JOBS_KEPT_MAX + 2},
    {"until too much is kept", 40, OUTBOX_BYTES / 16, 40, 4, 16},
    {"a text larger than what may be kept", 3, 2 * (size_t)OUTBOX_BYTES, 3, 0, 0},
};

static void check_text(const struct race_row *row, const char *text, size_t size)
{
    ck_assert_uint_eq(size, row->jobs * row->bytes);
    for (size_t i = 0; i < row->jobs; i++)
        for (size_t k = 0; k < 2; k++)
            ck_assert_int_eq((unsigned char)text[i * row->bytes + k * (row->bytes - 1)],
                             (unsigned char)i);
}

START_TEST(test_a_slow_first_job)
{
    const struct race_row *row = &races[_i];
    static const struct job_calls calls = {.work = run_race, .deliver = deliver_race};
    char *text = NULL;
    size_t size;
    struct race race = {.stream = open_memstream(&text, &size),
                        .bytes = row->bytes,
                        .awaited = row->awaited,
                        .mutex = PTHREAD_MUTEX_INITIALIZER,
                        .changed = PTHREAD_COND_INITIALIZER};
    struct jobs *jobs = jobs_start(3, &calls, &race);

    ck_assert_ptr_nonnull(jobs);
    for (unsigned i = 0; i < row->jobs; i++)
        add(jobs, "job", NULL);
    jobs_finish(jobs);
    fclose(race.stream);
    ck_assert_msg(race.before_first >= row->before_least && race.before_first <= row->before_most,
                  "%s: %u done before the first", row->name, race.before_first);
    check_text(row, text, size);
    free(text);
}
END_TEST

START_TEST(test_error_of_the_target_is_kept)
{
    struct log log = {
        .stream = fopen("/dev/full", "w"), .holds_back = true, .mutex = PTHREAD_MUTEX_INITIALIZER};
    struct jobs *jobs = jobs_start(2, &log_calls, &log);

    ck_assert_ptr_nonnull(log.stream);
    ck_assert_ptr_nonnull(jobs);
    setvbuf(log.stream, NULL, _IONBF, 0);
    for (int i = 0; i < 4; i++)
        add(jobs, "job", NULL);
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
    tcase_add_loop_test(tcase, test_a_slow_first_job, 0, (int)(sizeof races / sizeof races[0]));
    tcase_add_test(tcase, test_error_of_the_target_is_kept);
    suite_add_tcase(suite, tcase);
    return suite;
}
