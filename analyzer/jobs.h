/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * jobs.h: captures worked on by several threads, whose results come in the order of the captures.
 *
 * A thread works on its capture alone until it has something to tell; then it waits for its turn,
 * which comes when all captures before it are done (see outbox.h for how that is put off). There are
 * never more captures in hand than threads, so open files and memory are bounded.
 */
#ifndef KA_JOBS_H
#define KA_JOBS_H

enum { JOBS_MAX = 256 };

struct jobs;

/* One capture; or with `error` not NULL a place that could not be looked into. */
struct job {
    struct jobs *jobs;
    unsigned long long number; /* its place in the order */
    const char *path, *error;
};

/* Works on one job. On return the job is done. */
typedef void job_worker(struct job *job, void *user);

/*
 * Start `threads` threads, or as many as can be had; with one the caller's own does the work.
 * NULL: out of memory.
 */
struct jobs *jobs_start(unsigned threads, job_worker *work, void *user);

/* Hand over the next capture. Waits for a thread that is free; copies the texts. */
void jobs_add(struct jobs *jobs, const char *path, const char *error);

/* Wait until all that came before is done; the caller's job then has the turn until it is done. */
void jobs_await_turn(const struct job *job);

/* Wait until everything is done, and free. */
void jobs_finish(struct jobs *jobs);

#endif
