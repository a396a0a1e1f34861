/* SPDX-License-Identifier: GPL-2.0-or-later */
/* results.c: one engine, and its results by frame and by connection, in file scope. */
#include "results.h"

#include <string.h>

#include <epan/wmem_scopes.h>

struct results {
    struct ka *ka;       /* NULL once finished */
    struct position fed; /* the latest frame */
    bool out_of_memory;  /* the engine no longer knows all segments, so its end is not asked for */
    bool finished;
    wmem_map_t *frames;    /* frame number -> struct ka_frame */
    wmem_map_t *links;     /* frame number -> struct links; from here on once finished */
    wmem_array_t *reports; /* struct report *, by number */
    wmem_map_t *pairs;     /* endpoints -> array of the struct report * between them, in order */
};

/* ---- from the engine --------------------------------------------------------------------- */

static void keep_frame(const struct ka_frame *frame, const struct ka_peers *peers, void *user)
{
    struct results *results = user;
    void *key = GUINT_TO_POINTER((uint32_t)frame->frame);
    struct ka_frame *kept = wmem_map_lookup(results->frames, key);

    (void)peers;
    if (kept == NULL) {
        kept = wmem_new(wmem_file_scope(), struct ka_frame);
        wmem_map_insert(results->frames, key, kept);
    }
    *kept = *frame;
}

static unsigned endpoint_hash(const struct ka_endpoint *endpoint)
{
    return wmem_strong_hash(endpoint->addr.bytes, sizeof endpoint->addr.bytes) ^ endpoint->port;
}

static bool endpoint_equal(const struct ka_endpoint *a, const struct ka_endpoint *b)
{
    return a->port == b->port && memcmp(&a->addr, &b->addr, sizeof a->addr) == 0;
}

/* Of an endpoint pair, whichever way round. */
static unsigned pair_hash(const void *key)
{
    const struct ka_endpoint *pair = key;
    return endpoint_hash(&pair[0]) + endpoint_hash(&pair[1]);
}

static gboolean pair_equal(const void *left, const void *right)
{
    const struct ka_endpoint *a = left, *b = right;
    return (endpoint_equal(&a[0], &b[0]) && endpoint_equal(&a[1], &b[1])) ||
           (endpoint_equal(&a[0], &b[1]) && endpoint_equal(&a[1], &b[0]));
}

/*
 * A death that nothing on the wire declares is shown at the last copy that went unanswered, the
 * detector's last sign of life.
 */
static uint32_t verdict_frame(const struct ka_connection *connection)
{
    const struct ka_detection *detection = connection->detection;
    uint32_t last = 0;

    if (detection == NULL || !detection->declared)
        return 0;
    if (detection->declared_frame != 0)
        return (uint32_t)detection->declared_frame;
    for (size_t i = 0; i < connection->backoffs; i++)
        if (connection->backoff[i].sender == detection->detector)
            last = MAX(last, (uint32_t)connection->backoff[i].last_frame);
    return last;
}

static void keep_findings(const struct ka_connection *connection, struct report *report)
{
    struct ka_finding *kept;

    if (connection->findings == 0)
        return;
    kept = wmem_memdup(wmem_file_scope(), connection->finding,
                       connection->findings * sizeof *connection->finding);
    for (size_t i = 0; i < connection->findings; i++) {
        kept[i].text = wmem_strdup(wmem_file_scope(), kept[i].text);
        kept[i].filter = wmem_strdup(wmem_file_scope(), kept[i].filter);
    }
    report->finding = kept;
    report->findings = connection->findings;
}

static void keep_connection(const struct ka_connection *connection, void *user)
{
    struct results *results = user;
    struct report *report = wmem_new0(wmem_file_scope(), struct report);

    report->number = connection->number;
    memcpy(report->endpoint, connection->endpoint, sizeof report->endpoint);
    report->first_frame = (uint32_t)connection->first_frame;
    report->last_frame = (uint32_t)connection->last_frame;
    report->packets = connection->packets;
    report->outcome = connection->outcome;
    report->verdict_frame = verdict_frame(connection);
    if (connection->detection != NULL)
        report->detection =
            wmem_memdup(wmem_file_scope(), connection->detection, sizeof *connection->detection);
    for (int side = KA_CLIENT; side <= KA_SERVER; side++)
        if (connection->keepalive[side] != NULL)
            report->keepalive[side] = wmem_memdup(wmem_file_scope(), connection->keepalive[side],
                                                  sizeof *connection->keepalive[side]);
    keep_findings(connection, report);
    wmem_array_append_one(results->reports, report);

    wmem_array_t *pair = wmem_map_lookup(results->pairs, report->endpoint);
    if (pair == NULL) {
        pair = wmem_array_sized_new(wmem_file_scope(), sizeof(struct report *), 1);
        wmem_map_insert(results->pairs, report->endpoint, pair);
    }
    wmem_array_append_one(pair, report);
}

/* ---- one capture file -------------------------------------------------------------------- */

struct results *results_new(const struct ka_config *config)
{
    static const struct ka_callbacks callbacks = {keep_frame, keep_connection};
    struct results *results = g_new0(struct results, 1);

    results->frames = wmem_map_new(wmem_file_scope(), g_direct_hash, g_direct_equal);
    results->ka = ka_new(config, &callbacks, results);
    results->out_of_memory = results->ka == NULL;
    return results;
}

void results_free(struct results *results)
{
    if (results == NULL)
        return;
    ka_free(results->ka);
    g_free(results);
}

void results_feed(struct results *results, uint32_t frame, int64_t time_ns,
                  const struct ka_segment *segment)
{
    if (results->finished || results->out_of_memory || frame < results->fed.frame)
        return;
    /* A read filter (tshark -R) rejected the earlier frame of this number: it is not shown. */
    if (frame == results->fed.frame)
        wmem_map_remove(results->frames, GUINT_TO_POINTER(frame));
    results->fed = (struct position){frame, time_ns};
    if (segment != NULL)
        results->out_of_memory = ka_feed(results->ka, segment, 1) != KA_OK;
    else if (time_ns != KA_UNKNOWN)
        ka_reached(results->ka, time_ns);
}

struct position results_position(const struct results *results)
{
    return results->fed;
}

/* ---- the end: links between frames --------------------------------------------------------- */

static struct links *links_of(struct results *results, uint64_t frame)
{
    void *key = GUINT_TO_POINTER((uint32_t)frame);
    struct links *links = wmem_map_lookup(results->links, key);

    if (links == NULL) {
        links = wmem_new0(wmem_file_scope(), struct links);
        wmem_map_insert(results->links, key, links);
    }
    return links;
}

static void collect_number(void *key, void *value, void *user)
{
    (void)value;
    wmem_array_append_one((wmem_array_t *)user, key);
}

static int compare_numbers(const void *left, const void *right)
{
    uint32_t a = GPOINTER_TO_UINT(*(void *const *)left),
             b = GPOINTER_TO_UINT(*(void *const *)right);
    return (a > b) - (a < b);
}

/* `latest_copy`: original -> the latest copy so far, so that copies form a chain. */
static void link_frame(struct results *results, const struct ka_frame *frame,
                       wmem_map_t *latest_copy)
{
    uint32_t number = (uint32_t)frame->frame;

    switch (frame->tag) {
    case KA_TAG_RETRANSMISSION:
        if (frame->retransmission.original_frame != 0) {
            void *original = GUINT_TO_POINTER((uint32_t)frame->retransmission.original_frame);
            uint32_t copy = GPOINTER_TO_UINT(wmem_map_lookup(latest_copy, original));
            links_of(results, copy != 0 ? copy : GPOINTER_TO_UINT(original))->next_copy = number;
            wmem_map_insert(latest_copy, original, GUINT_TO_POINTER(number));
        }
        break;
    case KA_TAG_FINAL_RST:
    case KA_TAG_PEER_RST:
    case KA_TAG_ABORT_RST:
        if (frame->rst.first_frame != 0)
            links_of(results, frame->rst.first_frame)->rst = number;
        break;
    case KA_TAG_ICMP_UNREACHABLE:
        if (frame->icmp.quoted_frame != 0) {
            struct links *links = links_of(results, frame->icmp.quoted_frame);
            if (links->icmp == 0)
                links->icmp = number;
        }
        break;
    case KA_TAG_WINDOW_PROBE_ACK:
    case KA_TAG_KEEPALIVE_ACK:
    case KA_TAG_HEARTBEAT_ACK:
        if (frame->ack.probe_frame != 0) {
            struct links *links = links_of(results, frame->ack.probe_frame);
            if (links->answer == 0)
                links->answer = number;
        }
        break;
    case KA_TAG_NONE:
    case KA_TAG_WINDOW_PROBE:
    case KA_TAG_KEEPALIVE_PROBE:
    case KA_TAG_HEARTBEAT:
    case KA_TAG_COUNT:
        break;
    }
}

static void link_frames(struct results *results)
{
    wmem_allocator_t *scratch = wmem_allocator_new(WMEM_ALLOCATOR_SIMPLE);
    wmem_map_t *latest_copy = wmem_map_new(scratch, g_direct_hash, g_direct_equal);
    wmem_array_t *numbers = wmem_array_new(scratch, sizeof(void *));

    wmem_map_foreach(results->frames, collect_number, numbers);
    wmem_array_sort(numbers, compare_numbers);
    for (unsigned i = 0; i < wmem_array_get_count(numbers); i++) {
        void **key = wmem_array_index(numbers, i);
        link_frame(results, wmem_map_lookup(results->frames, *key), latest_copy);
    }
    wmem_destroy_allocator(scratch);
}

void results_finish(struct results *results)
{
    if (results->finished || results->out_of_memory)
        return;
    results->links = wmem_map_new(wmem_file_scope(), g_direct_hash, g_direct_equal);
    results->pairs = wmem_map_new(wmem_file_scope(), pair_hash, pair_equal);
    results->reports = wmem_array_new(wmem_file_scope(), sizeof(struct report *));
    results->out_of_memory = ka_finish(results->ka) != KA_OK;
    if (results->out_of_memory)
        return;
    ka_free(results->ka);
    results->ka = NULL;
    link_frames(results);
    results->finished = true;
}

/* ---- look-ups ---------------------------------------------------------------------------- */

bool results_finished(const struct results *results)
{
    return results->finished;
}

const struct ka_frame *results_frame(const struct results *results, uint32_t frame)
{
    return wmem_map_lookup(results->frames, GUINT_TO_POINTER(frame));
}

const struct report *results_report(const struct results *results, uint32_t connection)
{
    if (!results->finished || connection >= wmem_array_get_count(results->reports))
        return NULL;
    return *(struct report **)wmem_array_index(results->reports, connection);
}

const struct report *results_of_segment(const struct results *results,
                                        const struct ka_segment *segment, uint32_t frame)
{
    struct ka_endpoint endpoints[2] = {segment->from, segment->to};
    wmem_array_t *pair = results->finished ? wmem_map_lookup(results->pairs, endpoints) : NULL;
    const struct report *found = NULL;
    unsigned from = 0, to = pair == NULL ? 0 : wmem_array_get_count(pair);

    /* The last of them to begin at or before the frame: a port may have been used again. */
    while (from < to) {
        unsigned middle = from + (to - from) / 2;
        const struct report *report = *(struct report **)wmem_array_index(pair, middle);
        if (report->first_frame <= frame) {
            found = report;
            from = middle + 1;
        } else {
            to = middle;
        }
    }
    return found;
}

const struct links *results_links(const struct results *results, uint32_t frame)
{
    return results->finished ? wmem_map_lookup(results->links, GUINT_TO_POINTER(frame)) : NULL;
}
