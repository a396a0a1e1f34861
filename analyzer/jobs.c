/* SPDX-License-Identifier: GPL-2.0-or-later */
/* jobs.c: threads that take units one by one, and turns in the order of the units. */
#include "jobs.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

/* Handing over one job at a time would cost two changes of threads for each small capture. */
enum { OFFERS_MAX = 64, OFFERS_FEW = OFFERS_MAX / 4 };

/* No two jobs have one place: between the turn and the latest job all are in hand or are kept. */
enum { DONE_PLACES = JOBS_KEPT_MAX + 2 * JOBS_MAX };

struct jobs {
    const struct job_calls *calls;
    void *user;
    unsigned long long added; /* the caller's thread alone counts */

    pthread_mutex_t mutex; /* guards what follows */
    pthread_cond_t offered, few_left;
    struct job
        *offers[OFFERS_MAX]; /* the next jobs, while nobody has taken them, by their numbers */
    unsigned offer_count;
    unsigned long long taken_count; /* number of the job that is taken next */
    bool at_end;
    struct job *done[DONE_PLACES]; /* waiting to be delivered, by their numbers */
    unsigned done_count;
    unsigned long long turn;         /* number of the job that is delivered next */
    pthread_cond_t turned[JOBS_MAX]; /* by job numbers, so that a turn wakes whom it is for */

    unsigned thread_count;
    pthread_t threads[];
};

static void wait_for_turn(const struct job *job)
{
    struct jobs *jobs = job->jobs;

    while (jobs->turn != job->number)
        pthread_cond_wait(&jobs->turned[job->number % JOBS_MAX], &jobs->mutex);
}

/*
 * Deliver what is due. The mutex is held, but not while a result is delivered; until the turn
 * goes on nobody else finds his job to be due.
 */
static void deliver_due(struct jobs *jobs)
{
    struct job *job;

    while ((job = jobs->done[jobs->turn % DONE_PLACES]) != NULL) {
        jobs->done[jobs->turn % DONE_PLACES] = NULL;
        jobs->done_count--;
        pthread_mutex_unlock(&jobs->mutex);
        jobs->calls->deliver(job, jobs->user);
        unit_free(job->unit);
        free(job);
        pthread_mutex_lock(&jobs->mutex);
        jobs->turn++;
        pthread_cond_broadcast(&jobs->turned[jobs->turn % JOBS_MAX]);
    }
}

static void run_job(struct job *job)
{
    struct jobs *jobs = job->jobs;

    jobs->calls->work(job, jobs->user);
    pthread_mutex_lock(&jobs->mutex);
    if (jobs->done_count >= JOBS_KEPT_MAX)
        wait_for_turn(job);
    jobs->done[job->number % DONE_PLACES] = job;
    jobs->done_count++;
    deliver_due(jobs);
    pthread_mutex_unlock(&jobs->mutex);
}

/* Take the next job on offer; NULL when there will be no more. */
static struct job *take_job(struct jobs *jobs)
{
    struct job *job = NULL;

    pthread_mutex_lock(&jobs->mutex);
    while (jobs->offer_count == 0 && !jobs->at_end)
        pthread_cond_wait(&jobs->offered, &jobs->mutex);
    if (jobs->offer_count > 0) {
        job = jobs->offers[jobs->taken_count++ % OFFERS_MAX];
        if (--jobs->offer_count == OFFERS_FEW)
            pthread_cond_signal(&jobs->few_left);
    }
    pthread_mutex_unlock(&jobs->mutex);
    return job;
}

static void *run_jobs(void *argument)
{
    struct jobs *jobs = argument;
    struct job *job;

    while ((job = take_job(jobs)) != NULL)
        run_job(job);
    return NULL;
}

struct jobs *jobs_start(unsigned threads, const struct job_calls *calls, void *user)
{
    struct jobs *jobs = calloc(1, sizeof *jobs + threads * sizeof jobs->threads[0]);

    if (!jobs)
        return NULL;
    jobs->calls = calls;
    jobs->user = user;
    pthread_mutex_init(&jobs->mutex, NULL);
    pthread_cond_init(&jobs->offered, NULL);
    pthread_cond_init(&jobs->few_left, NULL);
    for (int i = 0; i < JOBS_MAX; i++)
        pthread_cond_init(&jobs->turned[i], NULL);
    while (threads > 1 && jobs->thread_count < threads &&
           pthread_create(&jobs->threads[jobs->thread_count], NULL, run_jobs, jobs) == 0)
        jobs->thread_count++;
    return jobs;
}

bool jobs_add(struct jobs *jobs, struct unit *unit)
{
    struct job *job = calloc(1, sizeof *job);

    if (!job) {
        unit_free(unit);
        return false;
    }
    *job = (struct job){.jobs = jobs, .number = jobs->added++, .unit = unit};
    if (jobs->thread_count == 0) {
        run_job(job);
        return true;
    }
    pthread_mutex_lock(&jobs->mutex);
    if (jobs->offer_count == OFFERS_MAX)
        while (jobs->offer_count > OFFERS_FEW)
            pthread_cond_wait(&jobs->few_left, &jobs->mutex);
    jobs->offers[job->number % OFFERS_MAX] = job;
    jobs->offer_count++;
    pthread_cond_signal(&jobs->offered);
    pthread_mutex_unlock(&jobs->mutex);
    return true;
}

void jobs_await_turn(const struct job *job)
{
    pthread_mutex_lock(&job->jobs->mutex);
    wait_for_turn(job);
    pthread_mutex_unlock(&job->jobs->mutex);
}

void jobs_finish(struct jobs *jobs)
{
    pthread_mutex_lock(&jobs->mutex);
    jobs->at_end = true;
    pthread_cond_broadcast(&jobs->offered);
    pthread_mutex_unlock(&jobs->mutex);
    for (unsigned i = 0; i < jobs->thread_count; i++)
        pthread_join(jobs->threads[i], NULL);
    pthread_mutex_destroy(&jobs->mutex);
    pthread_cond_destroy(&jobs->offered);
    pthread_cond_destroy(&jobs->few_left);
    for (int i = 0; i < JOBS_MAX; i++)
        pthread_cond_destroy(&jobs->turned[i]);
    free(jobs);
}
