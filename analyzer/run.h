/* SPDX-License-Identifier: GPL-2.0-or-later */
/* run.h: all captures of a command line, read by one thread or several, reported in their order. */
#ifndef KA_RUN_H
#define KA_RUN_H

#include <stdatomic.h>

#include "exit_status.h"
#include "helper.h"
#include "options.h"
#include "output.h"
#include "progress.h"
#include "rings.h"

struct run {
    const struct options *options;
    struct progress *progress; /* whose stop ends the run */
    FILE *list;                /* of more operands, or NULL */
    struct helper *helper;     /* or NULL */
    struct report report;      /* does not change while there are jobs, each of which has a copy */
    struct totals totals;
    enum exit_status status;
    /* Of the jobs; 0 at first. */
    struct jobs *jobs;
    struct rings rings; /* what is put together before it is read */
    atomic_size_t kept; /* by the outboxes */
    atomic_bool no_memory;
};

/*
 * Read and report all captures, or results of other runs, and complain of what is wrong with them.
 */
void run_all(struct run *run);

/* Count in the progress of the run how much there is to read, as far as that can be said before. */
void run_measure(void *run);

#endif
