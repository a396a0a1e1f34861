/* SPDX-License-Identifier: GPL-2.0-or-later */
/* seen.h: what a series of durations of one timer shows once outliers are left aside. */
#ifndef KA_SEEN_H
#define KA_SEEN_H

#include <stdbool.h>
#include <stdint.h>

#include "samples.h"

/* A group of like durations in a series. */
struct seen {
    uint32_t n; /* 0: nothing */
    int64_t low_ns, mid_ns;
    bool steady; /* most of it, and at least two, are the same but for jitter */
};

/* Durations of one timer are at most this much longer than the shortest of them. */
int64_t seen_spread_max_ns(int64_t low_ns);

/*
 * The commonest durations: multiples (probes missing from the capture) and strays are left aside.
 */
struct seen seen_commonest(const struct ka_samples *samples);

/*
 * The shortest durations. For idle times after data: no timer is early, while keep-alive switched
 * on late, or a timer set to an interval longer than the idle time, makes them longer.
 */
struct seen seen_shortest(const struct ka_samples *samples);

#endif
