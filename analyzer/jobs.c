/* SPDX-License-Identifier: GPL-2.0-or-later */
/* jobs.c: threads that take captures one by one, and turns in the order of the captures. */
#include "jobs.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct jobs {
    job_worker *work;
    void *user;
    unsigned long long added; /* the caller's thread alone counts */

    pthread_mutex_t mutex; /* guards what follows */
    pthread_cond_t offered, taken;
    struct job offer; /* the next job, while nobody has taken it */
    bool has_offer, at_end;
    unsigned long long turn;         /* number of the job that may tell its results */
    pthread_cond_t turned[JOBS_MAX]; /* by job numbers, so that a turn wakes whom it is for */

    unsigned thread_count;
    pthread_t threads[];
};

static void run_job(struct job *job)
{
    struct jobs *jobs = job->jobs;

    jobs->work(job, jobs->user);
    jobs_await_turn(job); /* a job with nothing to tell has its place in the order too */
    pthread_mutex_lock(&jobs->mutex);
    jobs->turn++;
    pthread_cond_broadcast(&jobs->turned[jobs->turn % JOBS_MAX]);
    pthread_mutex_unlock(&jobs->mutex);
}

/* Take the job on offer; false when there will be no more. */
static bool take_job(struct jobs *jobs, struct job *job)
{
    bool has_job;

    pthread_mutex_lock(&jobs->mutex);
    while (!jobs->has_offer && !jobs->at_end)
        pthread_cond_wait(&jobs->offered, &jobs->mutex);
    has_job = jobs->has_offer;
    *job = jobs->offer;
    jobs->has_offer = false;
    pthread_cond_signal(&jobs->taken);
    pthread_mutex_unlock(&jobs->mutex);
    return has_job;
}

static void *run_jobs(void *argument)
{
    struct jobs *jobs = argument;
    struct job job;

    while (take_job(jobs, &job)) {
        run_job(&job);
        free((char *)job.path);
        free((char *)job.error);
    }
    return NULL;
}

struct jobs *jobs_start(unsigned threads, job_worker *work, void *user)
{
    struct jobs *jobs = calloc(1, sizeof *jobs + threads * sizeof jobs->threads[0]);

    if (!jobs)
        return NULL;
    jobs->work = work;
    jobs->user = user;
    pthread_mutex_init(&jobs->mutex, NULL);
    pthread_cond_init(&jobs->offered, NULL);
    pthread_cond_init(&jobs->taken, NULL);
    for (int i = 0; i < JOBS_MAX; i++)
        pthread_cond_init(&jobs->turned[i], NULL);
    while (threads > 1 && jobs->thread_count < threads &&
           pthread_create(&jobs->threads[jobs->thread_count], NULL, run_jobs, jobs) == 0)
        jobs->thread_count++;
    return jobs;
}

void jobs_add(struct jobs *jobs, const char *path, const char *error)
{
    struct job job = {.jobs = jobs, .number = jobs->added++, .path = path, .error = error};
    char *path_copy = jobs->thread_count > 0 ? strdup(path) : NULL;
    char *error_copy = path_copy && error ? strdup(error) : NULL;

    /* No thread, or no memory to hand it to one: it is done here. */
    if (!path_copy || (error && !error_copy)) {
        free(path_copy);
        run_job(&job);
        return;
    }
    job.path = path_copy;
    job.error = error_copy;
    pthread_mutex_lock(&jobs->mutex);
    while (jobs->has_offer)
        pthread_cond_wait(&jobs->taken, &jobs->mutex);
    jobs->offer = job;
    jobs->has_offer = true;
    pthread_cond_signal(&jobs->offered);
    pthread_mutex_unlock(&jobs->mutex);
}

void jobs_await_turn(const struct job *job)
{
    struct jobs *jobs = job->jobs;

    pthread_mutex_lock(&jobs->mutex);
    while (jobs->turn != job->number)
        pthread_cond_wait(&jobs->turned[job->number % JOBS_MAX], &jobs->mutex);
    pthread_mutex_unlock(&jobs->mutex);
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
    pthread_cond_destroy(&jobs->taken);
    for (int i = 0; i < JOBS_MAX; i++)
        pthread_cond_destroy(&jobs->turned[i]);
    free(jobs);
}
