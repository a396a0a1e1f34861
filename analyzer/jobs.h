/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * jobs.h: units worked on by several threads, whose results are
 * delivered in the order of the units.
 *
 * A thread works on its unit alone, keeps the result, and goes on with the next one; results are
 * delivered one at a time, each when all before it have been. A job that has more to tell than may
 * be kept waits for its turn, which comes then (see outbox.h). There are never more units in hand
 * than threads, so open files and memory are bounded; and so are the numbers of units that wait to
 * be taken in hand and of results that are kept.
 */
#ifndef KA_JOBS_H
#define KA_JOBS_H

#include "unit.h"

enum { JOBS_MAX = 256, JOBS_KEPT_MAX = 4096 };

struct jobs;

struct job {
    struct jobs *jobs;
    unsigned long long number; /* its place in the order */
    struct unit *unit;
    void *result; /* from work() to deliver() */
};

struct job_calls {
    void (*work)(struct job *job, void *user);
    void (*deliver)(struct job *job, void *user); /* frees the result; one call at a time */
};

/*
 * Start `threads` threads, or as many as can be had; with one the caller's own does the work.
 * NULL: out of memory. The calls must outlive the jobs.
 */
struct jobs *jobs_start(unsigned threads, const struct job_calls *calls, void *user);

/*
 * Hand over the next unit, which is freed when it is done. Waits where many have not been
 * taken. False: out of memory, it is left out.
 */
bool jobs_add(struct jobs *jobs, struct unit *unit);

/* From work(): wait until all that came before is delivered. The job then has the turn. */
void jobs_await_turn(const struct job *job);

/* Wait until everything is delivered, and free. */
void jobs_finish(struct jobs *jobs);

#endif
