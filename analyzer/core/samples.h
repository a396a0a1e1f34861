/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * samples.h: durations with exact minimum, maximum and count, and a median from a bounded store.
 * No allocation: the store is an inline array that thins itself evenly, the same way on every run.
 */
#ifndef KA_SAMPLES_H
#define KA_SAMPLES_H

#include <stdint.h>

enum { KA_SAMPLES_KEPT = 32 };

/* A series of durations in the order seen. All-zero is the empty series. */
struct ka_samples {
    uint64_t count;                   /* of all that were added */
    int64_t min_ns, max_ns;           /* of all that were added; meaningless while count is 0 */
    int64_t kept_ns[KA_SAMPLES_KEPT]; /* every 2^thinned-th, oldest first */
    uint32_t kept;
    uint32_t thinned; /* how often every second one was dropped */
};

/* Add a duration. */
void samples_add(struct ka_samples *samples, int64_t duration_ns);

/*
 * The median, exact up to KA_SAMPLES_KEPT durations and of an even selection of them beyond; of an
 * even number the mean of the middle two. KA_UNKNOWN of the empty series.
 */
int64_t samples_median(const struct ka_samples *samples);

#endif
