/* SPDX-License-Identifier: GPL-2.0-or-later */
/* totals.c: sums over all captures of a run. */
#include "totals.h"

#include <stdlib.h>

#include "finding_list.h"
#include "fleet.h"
#include "what_if_sums.h"

bool latencies_add(struct latencies *latencies, int64_t value_ns)
{
    if (latencies->count == latencies->capacity) {
        size_t capacity = latencies->capacity ? 2 * latencies->capacity : 64;
        int64_t *values_ns = reallocarray(latencies->values_ns, capacity, sizeof *values_ns);

        if (!values_ns)
            return false;
        latencies->values_ns = values_ns;
        latencies->capacity = capacity;
    }
    latencies->values_ns[latencies->count++] = value_ns;
    return true;
}

static void lock(const struct totals *totals)
{
    if (totals->mutex)
        pthread_mutex_lock(totals->mutex);
}

static void unlock(const struct totals *totals)
{
    if (totals->mutex)
        pthread_mutex_unlock(totals->mutex);
}

static bool add_connection(struct totals *totals, const struct ka_connection *connection)
{
    const struct ka_detection *detection = connection->detection;
    bool is_complete = !totals->fleet || fleet_add(totals->fleet, connection);

    is_complete =
        (!totals->what_if || what_if_sums_add(totals->what_if, connection)) && is_complete;

    totals->connections++;
    totals->outcomes[connection->outcome]++;
    for (int tag = KA_TAG_NONE + 1; tag < KA_TAG_COUNT; tag++)
        totals->tags[tag] += connection->counts[tag];
    finding_list_count(connection, totals->findings);
    if (!detection || !detection->declared || detection->latency_ns == KA_UNKNOWN)
        return is_complete;
    return latencies_add(&totals->latencies[detection->mechanism], detection->latency_ns) &&
           is_complete;
}

bool totals_add_connection(struct totals *totals, const struct ka_connection *connection)
{
    bool is_complete;

    lock(totals);
    is_complete = add_connection(totals, connection);
    unlock(totals);
    return is_complete;
}

void totals_add_capture(struct totals *totals, const struct capture *capture)
{
    lock(totals);
    totals->files++;
    totals->packets += capture->packets;
    totals->filtered_packets += capture->filtered_packets;
    totals->connections_dropped += capture->connections_dropped;
    for (int reason = KA_SKIP_NONE + 1; reason < KA_SKIP_COUNT; reason++)
        totals->skipped[reason] += capture->skipped[reason];
    if (capture->error[0])
        totals->errors++;
    unlock(totals);
}

static int compare_ns(const void *left, const void *right)
{
    int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;

    return (a > b) - (a < b);
}

void latencies_settle(struct latencies *latencies)
{
    if (latencies->count > 0)
        qsort(latencies->values_ns, latencies->count, sizeof *latencies->values_ns, compare_ns);
}

void totals_settle(struct totals *totals)
{
    for (int i = 0; i < KA_MECHANISM_COUNT; i++)
        latencies_settle(&totals->latencies[i]);
    if (totals->fleet)
        fleet_settle(totals->fleet);
    if (totals->what_if)
        what_if_sums_settle(totals->what_if);
}

int64_t latencies_percentile(const struct latencies *latencies, unsigned percent)
{
    size_t rank = (latencies->count * percent + 99) / 100;

    if (latencies->count == 0)
        return KA_UNKNOWN;
    return latencies->values_ns[rank > 0 ? rank - 1 : 0];
}

void latencies_free(struct latencies *latencies)
{
    free(latencies->values_ns);
    *latencies = (struct latencies){0};
}

void totals_free(struct totals *totals)
{
    for (int i = 0; i < KA_MECHANISM_COUNT; i++)
        latencies_free(&totals->latencies[i]);
    *totals = (struct totals){0};
}
