/* SPDX-License-Identifier: GPL-2.0-or-later */
/* totals.h: sums over all captures of a run, and exact percentiles of the detection latencies. */
#ifndef KA_TOTALS_H
#define KA_TOTALS_H

#include <pthread.h>

#include "capture.h"

/* Every latency is kept, so the percentiles are exact: 8 bytes for each dead connection. */
struct latencies {
    int64_t *values_ns;
    size_t count, capacity;
};

struct fleet;
struct what_if_sums;

struct totals {
    uint64_t files, packets, connections;
    uint64_t errors; /* captures that were not read, or only in part */
    uint64_t filtered_packets;
    uint64_t connections_dropped; /* not among the connections: they made room for others */
    uint64_t skipped[KA_SKIP_COUNT];
    uint64_t outcomes[KA_OUTCOME_COUNT];
    uint64_t tags[KA_TAG_COUNT];
    uint64_t findings[KA_FINDING_COUNT]; /* connections that have it */
    struct latencies latencies[KA_MECHANISM_COUNT];
    struct fleet *fleet;          /* the same by groups, see fleet.h; NULL: not wanted. Not owned */
    struct what_if_sums *what_if; /* other settings, see what_if_sums.h; NULL, not owned likewise */
    /* Where several threads add: sums do not depend on the order. NULL: one thread. Not owned. */
    pthread_mutex_t *mutex;
};

/* Note one latency. False: out of memory. */
bool latencies_add(struct latencies *latencies, int64_t value_ns);

/* Sort, so that percentiles may be asked for. */
void latencies_settle(struct latencies *latencies);

/* Free the values. */
void latencies_free(struct latencies *latencies);

/* Add one connection. False: out of memory, its latency or its place in the fleet is missing. */
bool totals_add_connection(struct totals *totals, const struct ka_connection *connection);

/* Add the facts about one capture, when its reading has ended. */
void totals_add_capture(struct totals *totals, const struct capture *capture);

/* Sort the latencies; percentiles may be asked for from then on. */
void totals_settle(struct totals *totals);

/*
 * The value at or below which `percent` of the latencies lie, by nearest rank; 0 gives the
 * smallest. KA_UNKNOWN where there is none. totals_settle() first.
 */
int64_t latencies_percentile(const struct latencies *latencies, unsigned percent);

/* Free what the totals hold. */
void totals_free(struct totals *totals);

#endif
