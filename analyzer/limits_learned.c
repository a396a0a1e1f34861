/* SPDX-License-Identifier: GPL-2.0-or-later */
/* limits_learned.c: where the silences that connections survive end and the fatal ones begin. */
#include "limits_learned.h"

enum { EACH_SIDE_MIN = 3 };

/* Shorter silences are the application's pace; no path forgets so soon. */
static const int64_t silence_min_ns = 10 * KA_SECOND;

/* Ended by what a path's idle timer does: the connection was forgotten, or vanished. */
static bool is_forgotten(const struct ka_connection *connection)
{
    switch (connection->outcome) {
    case KA_OUTCOME_PEER_RESET:
    case KA_OUTCOME_DEAD_RETRANSMISSION:
    case KA_OUTCOME_DEAD_KEEPALIVE:
        return true;
    case KA_OUTCOME_ALIVE:
    case KA_OUTCOME_CLOSED:
    case KA_OUTCOME_ABORTED:
    case KA_OUTCOME_DEAD_WINDOW_PROBE:
    case KA_OUTCOME_CONNECT_FAILED:
    case KA_OUTCOME_CLOSE_FAILED:
    case KA_OUTCOME_UNDECIDED:
    case KA_OUTCOME_COUNT:
        break;
    }
    return false;
}

/* KA_UNKNOWN is below every duration. */
static bool add(struct latencies *silences, int64_t silence_ns)
{
    return silence_ns < silence_min_ns || latencies_add(silences, silence_ns);
}

bool silences_add(struct silences *silences, const struct ka_connection *connection)
{
    bool is_complete = add(&silences->survived, connection->idle_survived_ns);

    if (is_forgotten(connection))
        is_complete = add(&silences->fatal, connection->idle_before_end_ns) && is_complete;
    return is_complete;
}

void silences_settle(struct silences *silences)
{
    latencies_settle(&silences->survived);
    latencies_settle(&silences->fatal);
}

/* Tried between each two silences: the place with the fewest connections on the wrong side. */
bool silences_limit(const struct silences *silences, struct idle_limit *limit)
{
    const struct latencies *survived = &silences->survived, *fatal = &silences->fatal;
    uint64_t all = survived->count + fatal->count, fewest = UINT64_MAX;
    size_t dead_below = 0;

    for (size_t lived = 1; lived <= survived->count; lived++) {
        int64_t lived_ns = survived->values_ns[lived - 1];
        uint64_t wrong;

        while (dead_below < fatal->count && fatal->values_ns[dead_below] <= lived_ns)
            dead_below++;
        wrong = survived->count - lived + dead_below;
        if (dead_below == fatal->count || wrong >= fewest)
            continue;
        fewest = wrong;
        *limit = (struct idle_limit){
            .lived_ns = lived_ns,
            .died_ns = fatal->values_ns[dead_below],
            .survivors = lived,
            .deaths = fatal->count - dead_below,
            .exceptions = wrong,
        };
    }
    return fewest <= all / 10 && limit->survivors >= EACH_SIDE_MIN &&
           limit->deaths >= EACH_SIDE_MIN;
}

unsigned idle_limit_share(const struct idle_limit *limit)
{
    uint64_t agree = limit->survivors + limit->deaths;

    return agree ? (unsigned)(agree * 1000 / (agree + limit->exceptions)) : 0;
}

void silences_free(struct silences *silences)
{
    latencies_free(&silences->survived);
    latencies_free(&silences->fatal);
}
