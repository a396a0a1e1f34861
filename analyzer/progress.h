/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * progress.h: how far a run has come, counted by the threads that
 * work and shown by one that watches.
 *
 * What is shown is one line on the terminal behind standard error. Whoever else writes to that
 * terminal does so through here, so that the line is gone before.
 */
#ifndef KA_PROGRESS_H
#define KA_PROGRESS_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "stop.h"

/* Longer than any line: what is wider than the terminal is cut off. */
enum { PROGRESS_LINE_BYTES = 256 };

struct progress {
    struct stop stop; /* of the run */
    /* Done so far. A file that is passed over, since it holds no capture, counts as none. */
    atomic_ullong files, bytes, packets, deaths;
    atomic_ullong passed_files, passed_bytes;
    /* All that there are, those passed over as well; 0 until they have been counted. */
    atomic_ullong files_all, bytes_all;

    pthread_mutex_t mutex; /* guards what follows, and the terminal */
    bool shows;            /* a line may be drawn */
    bool is_drawn;
    bool in_line;              /* other output to the terminal has not ended its line */
    int64_t start_ns, rate_ns; /* of the run; when the packets were counted for the rate */
    unsigned long long rate_packets;
    double packets_a_second;
};

/* Nothing is done so far. False, with errno: no descriptors. */
bool progress_open(struct progress *progress);

/*
 * Show a line from now on, if `report` (where the output goes, or NULL
 * for a file) leaves room for it.
 */
void progress_show(struct progress *progress, FILE *report);

/* Draw the line anew. Whether it is shown at all, so that there is a point in calling again. */
bool progress_draw(struct progress *progress);

/* Print the line once, as one that stays, also where there is no terminal. */
void progress_print(struct progress *progress);

/* Print text to standard error. */
void progress_say(struct progress *progress, const char *text);

/*
 * A stream into this one, which may be the terminal of the line. NULL: out of memory. The
 * caller closes it first. Errors are noted by both.
 */
FILE *progress_stream(struct progress *progress, FILE *target);

/* The line is gone for good. */
void progress_hide(struct progress *progress);

/* Close the descriptors. */
void progress_close(struct progress *progress);

/* Count; NULL is allowed. Relaxed, since nothing else depends on these numbers. */
static inline void progress_add(atomic_ullong *counter, unsigned long long n)
{
    atomic_fetch_add_explicit(counter, n, memory_order_relaxed);
}

/* The line for these numbers after `elapsed_ns`; `line` is what is returned. */
char *progress_text(struct progress *progress, int64_t elapsed_ns,
                    char line[static PROGRESS_LINE_BYTES]);

#endif
