/* SPDX-License-Identifier: GPL-2.0-or-later */
/* limits_learned.c: where the silences that connections survive end and the fatal ones begin. */
#include "limits_learned.h"

#include "finding_list.h"

enum { EACH_SIDE_MIN = 3, UNANSWERED_MIN = 5 };

/* Shorter silences are the application's pace; no path forgets so soon. */
static const int64_t silence_min_ns = 10 * KA_SECOND;

/* Copies of data or probes went unanswered for longer than a lost packet or two would explain. */
static bool is_unanswered(const struct ka_detection *detection)
{
    return detection && detection->unanswered >= UNANSWERED_MIN &&
           (detection->mechanism == KA_MECHANISM_RETRANSMISSION ||
            detection->mechanism == KA_MECHANISM_KEEPALIVE);
}

/* Ended by what a path's idle timer does: the connection was forgotten, or vanished. */
static bool is_forgotten(const struct ka_connection *connection)
{
    switch (connection->outcome) {
    case KA_OUTCOME_PEER_RESET: /* unless it was the peer's own host */
        return !finding_list_find(connection, KA_FINDING_RST_FROM_REBOOTED) &&
               !finding_list_find(connection, KA_FINDING_RST_FROM_ENDPOINT);
    case KA_OUTCOME_ABORTED:
        return finding_list_find(connection, KA_FINDING_RST_FROM_MIDDLEBOX);
    case KA_OUTCOME_DEAD_RETRANSMISSION:
    case KA_OUTCOME_DEAD_KEEPALIVE:
        return true;
    case KA_OUTCOME_UNDECIDED: /* captures end before stacks give up */
        return is_unanswered(connection->detection);
    case KA_OUTCOME_ALIVE:
    case KA_OUTCOME_CLOSED:
    case KA_OUTCOME_DEAD_WINDOW_PROBE:
    case KA_OUTCOME_CONNECT_FAILED:
    case KA_OUTCOME_CLOSE_FAILED:
    case KA_OUTCOME_COUNT:
        break;
    }
    return false;
}

/* It lived through a silence about as long before: this one is not what killed it. */
static bool is_used_to(const struct ka_connection *connection)
{
    return connection->idle_survived_ns != KA_UNKNOWN &&
           connection->idle_survived_ns >=
               connection->idle_before_end_ns - connection->idle_before_end_ns / 8;
}

/* Deaths after a short silence are kept: they are none of a timer's, and so speak against one. */
bool silences_add(struct silences *silences, const struct ka_connection *connection)
{
    int64_t survived_ns = connection->idle_survived_ns, fatal_ns = connection->idle_before_end_ns;
    bool is_complete =
        survived_ns < silence_min_ns || latencies_add(&silences->survived, survived_ns);

    if (fatal_ns != KA_UNKNOWN && is_forgotten(connection) && !is_used_to(connection))
        is_complete = latencies_add(&silences->fatal, fatal_ns) && is_complete;
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

int64_t idle_limit_advice_ns(const struct idle_limit *limit)
{
    return limit->lived_ns / 2 / KA_SECOND * KA_SECOND;
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
