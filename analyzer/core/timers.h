/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * timers.h: how TCP stacks round their timers: when a timer set to a given duration may fire.
 */
#ifndef KA_TIMERS_H
#define KA_TIMERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What two captures of the same timer may differ by, and a firing be late for want of a CPU. */
#define TIMER_JITTER_NS INT64_C(2000000)

enum timer_law {
    TIMER_WHEEL,   /* Linux >= 4.8: up to the next multiple of a granule of about 1/8 */
    TIMER_CLASSIC, /* Linux < 4.8: late by up to 1/256 */
    TIMER_TICK,    /* polled every 500 ms: lwIP, NuttX; coalesced to 500 ms: XNU */
    TIMER_EXACT,   /* FreeBSD, OpenBSD, Windows (15.6 ms clock), gVisor, illumos (10 ms clock) */
};

struct timer_kind {
    enum timer_law law;
    int hz;            /* of a Linux kernel; 0 for the others */
    int surprise_bits; /* -log2 of how common it is, against the commonest */
};

/* All kinds, the commonest first; *count receives their number. Static storage. */
const struct timer_kind *timer_kinds(size_t *count);

/* How early and how late a timer set to v_ns may seem to fire. */
int64_t timer_early_ns(const struct timer_kind *kind);
int64_t timer_late_ns(const struct timer_kind *kind, int64_t v_ns);

/* Whether two durations are the same but for the jitter of firing and capture. */
bool timer_alike(int64_t a_ns, int64_t b_ns);

/*
 * When a Linux (>= 4.8) timer set to v_ns at an instant aligned to its granule fires: v_ns rounded
 * up by kernel/time/timer.c for a kernel of `hz` ticks a second. A timer that is set again each
 * time it fires, as that of a series of probes is, starts aligned.
 */
int64_t timer_round_up_ns(int64_t v_ns, int hz);

/* The granule in jiffies of a timer set to that many jiffies. */
int64_t timer_granule(int64_t jiffies);

/* Whole jiffies in a duration >= 0, rounded up; and back. */
int64_t timer_jiffies(int64_t v_ns, int hz);
int64_t timer_jiffies_ns(int64_t jiffies, int hz);

#endif
