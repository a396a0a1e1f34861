/* SPDX-License-Identifier: GPL-2.0-or-later */
/* what_if_sums.c: latencies by other settings, summed up over all lost peers. */
#include "what_if_sums.h"

bool what_if_sums_add(struct what_if_sums *sums, const struct ka_connection *connection)
{
    bool is_complete = true;

    for (size_t i = 0; i < sums->what_if->count; i++)
        sums->by[i].probes_max += what_if_probes_max(&sums->what_if->settings[i], connection);
    if (!what_if_applies(connection) || !connection->detection->declared)
        return true;
    sums->lost++;
    for (size_t i = 0; i < sums->what_if->count; i++) {
        struct what_if_result result = what_if_apply(&sums->what_if->settings[i], connection);

        if (i == 0 && result.actual_ns != KA_UNKNOWN)
            is_complete = latencies_add(&sums->actual, result.actual_ns) && is_complete;
        sums->by[i].unchanged += what_if_is_unchanged(result.effect);
        sums->by[i].ended_alive += result.effect == WHAT_IF_ENDED_ALIVE;
        sums->by[i].kept_open += result.effect == WHAT_IF_KEPT_OPEN;
        if (result.latency_ns != KA_UNKNOWN)
            is_complete = latencies_add(&sums->by[i].latencies, result.latency_ns) && is_complete;
    }
    return is_complete;
}

void what_if_sums_settle(struct what_if_sums *sums)
{
    latencies_settle(&sums->actual);
    for (size_t i = 0; i < sums->what_if->count; i++)
        latencies_settle(&sums->by[i].latencies);
}

void what_if_sums_free(struct what_if_sums *sums)
{
    const struct what_if *what_if = sums->what_if;

    latencies_free(&sums->actual);
    for (size_t i = 0; i < WHAT_IF_MAX; i++)
        latencies_free(&sums->by[i].latencies);
    *sums = (struct what_if_sums){.what_if = what_if};
}
