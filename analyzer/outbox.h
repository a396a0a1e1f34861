/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * outbox.h: what a job writes before its turn is kept in memory. All jobs together may keep so
 * much; a job that has more to write then waits for its turn, and writes on without keeping
 * anything. The job whose turn it is never waits, so that all get on.
 */
#ifndef KA_OUTBOX_H
#define KA_OUTBOX_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct job;

enum { OUTBOX_BYTES = 64 << 20 };

struct outbox {
    const struct job *job;
    FILE *target;        /* of all jobs; written to by the one with the turn */
    atomic_size_t *kept; /* bytes, by all outboxes of the target; at most OUTBOX_BYTES */
    FILE *stream;        /* the job writes to this one */
    char *text;          /* kept */
    size_t length, capacity;
    bool has_turn; /* nothing is kept any more */
};

/* Open the stream. False: out of memory. The struct must stay where it is. */
bool outbox_open(struct outbox *outbox, const struct job *job, FILE *target, atomic_size_t *kept);

/* Close the stream; the text stays. Errors are the target's. */
void outbox_close(struct outbox *outbox);

/* In the job's turn: pass on what was kept, and free it. */
void outbox_deliver(struct outbox *outbox);

#endif
