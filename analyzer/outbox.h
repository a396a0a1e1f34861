/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * outbox.h: what a job writes before its turn is held in memory, up to a bound; a job that has more
 * to write waits for its turn.
 */
#ifndef KA_OUTBOX_H
#define KA_OUTBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct job;

enum { OUTBOX_BYTES = 8 << 20 };

struct outbox {
    const struct job *job;
    FILE *target; /* of all jobs; written to by the one with the turn */
    FILE *stream; /* the job writes to this one */
    char *text;   /* held back */
    size_t length, capacity;
    bool has_turn; /* nothing is held back any more */
};

/* Open the stream. False: out of memory. The struct must stay where it is. */
bool outbox_open(struct outbox *outbox, const struct job *job, FILE *target);

/* Wait for the job's turn, pass on what was held back, and close the stream. */
void outbox_close(struct outbox *outbox);

#endif
