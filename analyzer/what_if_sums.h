/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * what_if_sums.h: the distribution of latencies that other settings would have given, over all lost
 * peers. Every latency is kept, so the percentiles are exact and the order of adding makes no
 * difference: 8 bytes for each lost peer and setting.
 */
#ifndef KA_WHAT_IF_SUMS_H
#define KA_WHAT_IF_SUMS_H

#include "totals.h"
#include "what_if.h"

/* Start with the settings and nothing else. */
struct what_if_sums {
    const struct what_if *what_if; /* not owned */
    uint64_t lost;                 /* peers declared dead */
    struct latencies actual;       /* what it took */
    struct {
        struct latencies latencies; /* with this setting, those without a change included */
        uint64_t unchanged;         /* of them */
        uint64_t ended_alive;       /* the user timeout would have ended it before: no latency */
        uint64_t kept_open;         /* its probes would have kept the path open: no latency */
        uint64_t probes_max;        /* of all connections, see what_if_probes_max() */
    } by[WHAT_IF_MAX];
};

/*
 * Add a connection; one without a declared death counts for its probes only. False: out of memory.
 */
bool what_if_sums_add(struct what_if_sums *sums, const struct ka_connection *connection);

/* Sort; percentiles may be asked for from then on. */
void what_if_sums_settle(struct what_if_sums *sums);

/* Free what they hold. */
void what_if_sums_free(struct what_if_sums *sums);

#endif
