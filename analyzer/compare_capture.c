/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * compare_capture.c: a capture read for the comparison: its segments beside what the analysis says.
 */
#include <stdlib.h>
#include <string.h>

#include "compare.h"

/* A pair of endpoints, the lower first; its connections follow each other. */
struct tuple_key {
    struct ka_endpoint low, high;
};

struct tuple {
    struct tuple_key key; /* first: see roster.h */
    uint32_t id;
    uint32_t first, last; /* of its connections, or COMPARE_NONE */
};

static int compare_endpoints(const struct ka_endpoint *a, const struct ka_endpoint *b)
{
    int order = memcmp(&a->addr, &b->addr, sizeof a->addr);

    return order ? order : (a->port > b->port) - (a->port < b->port);
}

static int compare_tuples(const void *left, const void *right)
{
    const struct tuple_key *a = left, *b = right;
    int order = compare_endpoints(&a->low, &b->low);

    return order ? order : compare_endpoints(&a->high, &b->high);
}

/* The row of these endpoints; *is_high: the first of them is the higher. NULL: out of memory. */
static struct tuple *find_tuple(struct place *place, const struct ka_endpoint *from,
                                const struct ka_endpoint *to, bool *is_high)
{
    struct tuple_key key;
    struct tuple *tuple;
    size_t before = place->tuples.count;

    memset(&key, 0, sizeof key);
    *is_high = compare_endpoints(from, to) > 0;
    key.low = *is_high ? *to : *from;
    key.high = *is_high ? *from : *to;
    tuple = roster_find(&place->tuples, &key, sizeof key, sizeof *tuple, compare_tuples);
    if (tuple && place->tuples.count > before) {
        tuple->id = (uint32_t)before;
        tuple->first = tuple->last = COMPARE_NONE;
    }
    return tuple;
}

/* Room for one more of `size` bytes. */
static void *grow(void *rows, size_t count, size_t *room, size_t size)
{
    void *grown;

    if (count < *room)
        return rows;
    grown = reallocarray(rows, *room ? 2 * *room : 256, size);
    if (grown)
        *room = *room ? 2 * *room : 256;
    return grown;
}

/* FNV-1a; never 0. */
static uint32_t head_hash(const struct ka_segment *segment)
{
    uint32_t hash = 2166136261U;

    if (segment->head_bytes == 0)
        return 0;
    for (unsigned i = 0; i < segment->head_bytes; i++)
        hash = (hash ^ segment->head[i]) * 16777619U;
    return hash ? hash : 1;
}

static void add_segment(struct place *place, const struct ka_segment *segment)
{
    bool is_high;
    struct tuple *tuple = find_tuple(place, &segment->from, &segment->to, &is_high);
    struct seen *grown = grow(place->segments, place->count, &place->room, sizeof *grown);

    if (grown)
        place->segments = grown;
    if (!tuple || !grown) {
        place->no_memory = true;
        return;
    }
    place->segments[place->count++] = (struct seen){
        .time_ns = segment->time_ns,
        .frame = segment->frame,
        .seq = segment->seq,
        .ack = segment->flags & KA_ACK ? segment->ack : 0,
        .len = segment->len,
        .tsval = segment->tsval,
        .tsecr = segment->tsecr,
        .head = head_hash(segment),
        .connection = tuple->id, /* becomes the connection when all of them are known */
        .partner = COMPARE_NONE,
        .event = COMPARE_NONE,
        .ip_id = segment->ip_id,
        .window = segment->window,
        .flags = segment->flags,
        .ttl = segment->ttl,
        .from = is_high,
        .has_timestamps = segment->has_timestamps,
    };
}

static void on_segments(const struct ka_segment *segments, size_t count, void *user)
{
    struct place *place = user;

    for (size_t i = 0; i < count && !place->no_memory; i++) {
        if (segments[i].quoted)
            continue;
        if (place->count == COMPARE_SEGMENTS_MAX)
            place->is_full = true;
        else
            add_segment(place, &segments[i]);
    }
}

/* ---- what the analysis says -------------------------------------------------------------- */

/* The report is the first thing in what collects it. */
struct collector {
    struct report report;
    struct place *place;
};

static void on_event(struct report *report, const struct capture *capture,
                     const struct event *event)
{
    struct place *place = ((struct collector *)report)->place;

    (void)capture;
    if (!events_add(&place->events, &event->frame, &event->peers))
        place->no_memory = true;
}

static void on_connection(struct report *report, const struct capture *capture,
                          const struct ka_connection *connection, const struct event *events,
                          size_t event_count)
{
    struct place *place = ((struct collector *)report)->place;
    uint32_t index = (uint32_t)place->connection_count;
    bool client_is_high;
    struct tuple *tuple = find_tuple(place, &connection->endpoint[KA_CLIENT],
                                     &connection->endpoint[KA_SERVER], &client_is_high);
    struct seen_connection *grown =
        grow(place->connections, place->connection_count, &place->connection_room, sizeof *grown);

    (void)capture;
    (void)events;
    (void)event_count;
    if (grown)
        place->connections = grown;
    if (!tuple || !grown) {
        place->no_memory = true;
        return;
    }
    place->connections[place->connection_count++] = (struct seen_connection){
        .number = connection->number,
        .next = COMPARE_NONE,
        .client_is_higher = client_is_high,
        .endpoint = {connection->endpoint[KA_CLIENT], connection->endpoint[KA_SERVER]},
        .first_frame = connection->first_frame,
        .outcome = connection->outcome,
        .has_detection = connection->detection != NULL,
        .detection = connection->detection ? *connection->detection : (struct ka_detection){0},
        .reset_frame = connection->reset_frame,
        .reset_by = connection->reset_by,
        .partner = COMPARE_NONE,
    };
    if (tuple->first == COMPARE_NONE)
        tuple->first = index;
    else
        place->connections[tuple->last].next = index;
    tuple->last = index;
}

static const struct output collecting = {
    .name = "compare", .wants_events = true, .segment = on_event, .connection = on_connection};

/* ---- both together ----------------------------------------------------------------------- */

/* A mirror, or a capture of several interfaces, has a segment twice. */
static bool is_copy(const struct seen *before, const struct seen *seen)
{
    static const int64_t mirror_ns = KA_SECOND / 500;

    return before->from == seen->from && before->seq == seen->seq && before->ack == seen->ack &&
           before->len == seen->len && before->flags == seen->flags &&
           before->tsval == seen->tsval && before->ip_id == seen->ip_id && seen->ip_id != 0 &&
           seen->time_ns - before->time_ns < mirror_ns;
}

/*
 * Put each segment to its connection, and to the tag that it got. Both are in the order of frames.
 */
static bool settle(struct place *place)
{
    size_t event = 0;
    uint32_t *current = malloc((place->tuples.count + 1) * sizeof *current);
    uint32_t *latest = malloc((place->connection_count + 1) * sizeof *latest);

    for (size_t i = 0; current && i < place->tuples.count; i++)
        current[i] = ((const struct tuple *)place->tuples.rows[i])->first;
    for (size_t i = 0; latest && i < place->connection_count; i++)
        latest[i] = COMPARE_NONE;
    for (size_t i = 0; current && latest && i < place->count; i++) {
        struct seen *seen = &place->segments[i];
        uint32_t *at = &current[seen->connection];
        const struct seen_connection *connections = place->connections;

        while (*at != COMPARE_NONE && connections[*at].next != COMPARE_NONE &&
               connections[connections[*at].next].first_frame <= seen->frame)
            *at = connections[*at].next;
        seen->connection = *at;
        if (*at == COMPARE_NONE)
            continue; /* its time is invalid, or memory ran out before the analysis had it */
        seen->from = connections[*at].client_is_higher == (bool)seen->from ? KA_CLIENT : KA_SERVER;
        seen->is_copy = latest[*at] != COMPARE_NONE && is_copy(&place->segments[latest[*at]], seen);
        latest[*at] = (uint32_t)i;
        while (event < place->events.count && place->events.rows[event].frame.frame < seen->frame)
            event++;
        if (event < place->events.count && place->events.rows[event].frame.frame == seen->frame)
            seen->event = (uint32_t)event;
    }
    free(latest);
    free(current);
    return current && latest;
}

/* Put the segments of each connection together, in the order of frames. */
static bool group(struct place *place)
{
    place->start = calloc(place->connection_count + 2, sizeof *place->start);
    place->order = malloc((place->count + 1) * sizeof *place->order);
    if (!place->start || !place->order)
        return false;
    /* Counted one place further on, so that the starts are right when all have been put. */
    for (size_t i = 0; i < place->count; i++)
        if (place->segments[i].connection != COMPARE_NONE && !place->segments[i].is_copy)
            place->start[place->segments[i].connection + 2]++;
    for (size_t i = 2; i < place->connection_count + 2; i++)
        place->start[i] += place->start[i - 1];
    for (size_t i = 0; i < place->count; i++)
        if (place->segments[i].connection != COMPARE_NONE && !place->segments[i].is_copy)
            place->order[place->start[place->segments[i].connection + 1]++] = (uint32_t)i;
    return true;
}

enum exit_status place_read(struct place *place, const char *path, const char *filter)
{
    const struct options options = {
        .filter = filter,
        .events = true,
        .jobs = 1,
        .max_connections = MAX_CONNECTIONS_DEFAULT,
        .max_memory_bytes = (uint64_t)MAX_MEMORY_DEFAULT_MIB << 20,
    };
    char *name = (char *)path; /* only read */
    const struct intake intake = {.name = path, .pieces = &place->pieces};
    struct collector collector = {
        .report = {.output = &collecting, .events = true, .tap = on_segments, .tap_user = place},
        .place = place};
    struct totals totals = {0};
    enum exit_status status;

    *place = (struct place){.count = 0};
    if (!pieces_init(&place->pieces, &name, 1)) {
        place->no_memory = true;
        return STATUS_PARTLY;
    }
    status = analysis_run(&intake, &options, &collector.report, &totals, &place->capture);
    totals_free(&totals);
    if (!settle(place) || !group(place) || collector.report.no_memory)
        place->no_memory = true;
    if (place->is_full && status == STATUS_OK) {
        snprintf(place->capture.error, sizeof place->capture.error,
                 "more than %d segments: what comes later is not compared; try --filter",
                 (int)COMPARE_SEGMENTS_MAX);
        status = STATUS_PARTLY;
    }
    roster_free(&place->tuples, NULL);
    return status;
}

void place_free(struct place *place)
{
    pieces_free(&place->pieces);
    free(place->segments);
    free(place->order);
    free(place->start);
    free(place->connections);
    events_free(&place->events);
    roster_free(&place->tuples, NULL);
    *place = (struct place){.count = 0};
}
