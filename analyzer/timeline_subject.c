/* SPDX-License-Identifier: GPL-2.0-or-later */
/* timeline_subject.c: a connection copied out of the analysis, and the choice of one. */
#include "timeline_subject.h"

#include <stdlib.h>
#include <string.h>

/* A copy of `bytes` bytes; of none it is NULL, which is no failure. */
static void *copy_of(const void *bytes, size_t size, bool *failed)
{
    void *copy;

    if (!bytes || size == 0)
        return NULL;
    copy = malloc(size);
    if (copy)
        memcpy(copy, bytes, size);
    else
        *failed = true;
    return copy;
}

void subject_free(struct subject *subject)
{
    struct ka_connection *connection = &subject->connection;

    free((void *)connection->detection);
    free((void *)connection->keepalive[KA_CLIENT]);
    free((void *)connection->keepalive[KA_SERVER]);
    free((void *)connection->backoff);
    free((void *)connection->heartbeat);
    for (size_t i = 0; connection->finding && i < connection->findings; i++) {
        free((void *)connection->finding[i].text);
        free((void *)connection->finding[i].filter);
    }
    free((void *)connection->finding);
    free(subject->events);
    *subject = (struct subject){.is_set = false};
}

/* The findings with their texts; NULL where there are none, and with *failed out of memory. */
static struct ka_finding *findings_copy(const struct ka_connection *connection, bool *failed)
{
    struct ka_finding *copy =
        copy_of(connection->finding, connection->findings * sizeof *connection->finding, failed);

    for (size_t i = 0; copy && i < connection->findings; i++) {
        const struct ka_finding *finding = &connection->finding[i];

        copy[i].text = copy_of(finding->text, strlen(finding->text) + 1, failed);
        copy[i].filter = copy_of(finding->filter, strlen(finding->filter) + 1, failed);
    }
    return copy;
}

bool subject_copy(struct subject *subject, const struct ka_connection *connection,
                  const struct event *events, size_t event_count)
{
    struct ka_connection *copy = &subject->connection;
    bool failed = false;

    subject_free(subject);
    *copy = *connection;
    copy->detection = copy_of(connection->detection, sizeof *copy->detection, &failed);
    copy->heartbeat = copy_of(connection->heartbeat, sizeof *copy->heartbeat, &failed);
    copy->backoff =
        copy_of(connection->backoff, connection->backoffs * sizeof *copy->backoff, &failed);
    for (int side = 0; side < 2; side++)
        copy->keepalive[side] =
            copy_of(connection->keepalive[side], sizeof *copy->keepalive[side], &failed);
    copy->finding = findings_copy(connection, &failed);
    subject->events = copy_of(events, event_count * sizeof *events, &failed);
    subject->event_count = event_count;
    subject->is_set = true;
    if (failed)
        subject_free(subject);
    return !failed;
}

/* The more, the more there is to tell. */
static int rank(enum ka_outcome outcome)
{
    switch (outcome) {
    case KA_OUTCOME_DEAD_KEEPALIVE:
    case KA_OUTCOME_DEAD_RETRANSMISSION:
    case KA_OUTCOME_DEAD_WINDOW_PROBE:
        return 5;
    case KA_OUTCOME_PEER_RESET:
        return 4;
    case KA_OUTCOME_CONNECT_FAILED:
    case KA_OUTCOME_CLOSE_FAILED:
        return 3;
    case KA_OUTCOME_UNDECIDED:
        return 2;
    case KA_OUTCOME_ABORTED:
        return 1;
    case KA_OUTCOME_ALIVE:
    case KA_OUTCOME_CLOSED:
    case KA_OUTCOME_COUNT:
        break;
    }
    return 0;
}

static uint64_t tagged_frames(const struct ka_connection *connection)
{
    uint64_t sum = 0;

    for (int tag = 0; tag < KA_TAG_COUNT; tag++)
        sum += connection->counts[tag];
    return sum;
}

bool subject_tells_more(const struct ka_connection *than, const struct ka_connection *connection)
{
    int old = rank(than->outcome), new = rank(connection->outcome);

    return new != old ? new > old : tagged_frames(connection) > tagged_frames(than);
}

const char *subject_reason(const struct ka_connection *connection)
{
    switch (rank(connection->outcome)) {
    case 5:
        return "of those declared dead the one with the most tagged frames";
    case 4:
        return "none was declared dead; of those reset by the peer the one with the most tagged "
               "frames";
    case 3:
        return "none was declared dead once it was open; this one failed to open or close";
    case 2:
        return "none was declared dead; something is unanswered on this one";
    default:
        return "none was declared dead; this one has the most tagged frames";
    }
}
