/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * reader.c: packets read and decoded ahead of the analysis.
 *
 * The two threads share a ring of batches. A thread that has to wait is woken when half of the ring
 * is ready for it, not for each batch: on a virtual machine a wake-up costs as much as hundreds of
 * packets.
 */
#include "reader.h"

#include <pthread.h>
#include <stdlib.h>

#include "processors.h"

enum {
    RING_BATCHES = 8,
    RING_HALF = RING_BATCHES / 2,
    PACKETS_AT_ONCE = 64,
    PREFETCH_SEGMENTS = 12
};

struct reader {
    struct chain *chain;
    struct capture *capture;
    struct source_failure failure;

    pthread_t thread;
    pthread_mutex_t mutex; /* guards what follows */
    pthread_cond_t filled, emptied;
    unsigned read, taken; /* batches so far; read - taken <= RING_BATCHES */
    bool at_end;          /* nothing follows the batches read */
    bool stop;            /* nobody wants more */

    unsigned jobs;      /* captures worked on at a time */
    bool is_ahead;      /* the thread runs */
    bool is_held;       /* a batch is with the caller */
    struct batch *ring; /* RING_BATCHES of them; what is in them counts only once it was read */
};

/* ---- decoding ---------------------------------------------------------------------------- */

static void note_time(struct capture *capture, int64_t time_ns)
{
    if (capture->first_ns == KA_UNKNOWN)
        capture->first_ns = time_ns;
    if (time_ns > capture->latest_ns) /* KA_UNKNOWN is below every time */
        capture->latest_ns = time_ns;
}

/* Decode a packet into the next place of the batch, which has room. */
static void take_packet(struct reader *reader, struct batch *batch, const struct packet *packet)
{
    struct capture *capture = reader->capture;
    struct ka_segment *segment = &batch->segments[batch->count];
    enum ka_skip skip = packet->link_type < 0 ? KA_SKIP_LINK_TYPE : KA_SKIP_TIME;

    if (packet->has_time) {
        note_time(capture, packet->time_ns);
        batch->reached_ns = packet->time_ns;
    }
    if (!packet->is_wanted) {
        capture->filtered_packets++;
        return;
    }
    /* The other processor has read it last: waiting for it took a third of this thread's time. */
    __builtin_prefetch(segment + PREFETCH_SEGMENTS, 1);
    __builtin_prefetch(&segment[PREFETCH_SEGMENTS].window, 1);
    if (packet->has_time)
        skip =
            ka_decode(packet->link_type, packet->bytes, packet->caplen, packet->wirelen, segment);
    if (skip != KA_SKIP_NONE) {
        capture->skipped[skip]++;
        return;
    }
    segment->time_ns = packet->time_ns;
    segment->frame = packet->frame;
    batch->count++;
}

/* Read until the batch is full; false when the source has ended. */
static bool fill(struct reader *reader, struct batch *batch)
{
    struct packet packets[PACKETS_AT_ONCE];
    size_t count = 1;

    batch->count = 0;
    batch->reached_ns = KA_UNKNOWN;
    while (count > 0 && batch->count < BATCH_SEGMENTS) {
        size_t room = BATCH_SEGMENTS - batch->count;

        count = chain_read(reader->chain, packets, room < PACKETS_AT_ONCE ? room : PACKETS_AT_ONCE,
                           &reader->failure);
        reader->capture->packets += count;
        for (size_t i = 0; i < count; i++)
            take_packet(reader, batch, &packets[i]);
    }
    reader->capture->tcp_segments += batch->count;
    return count > 0;
}

/* ---- the ring ---------------------------------------------------------------------------- */

/* Wait for room for another batch; false when nobody wants it. */
static bool wait_for_room(struct reader *reader)
{
    bool goes_on;

    pthread_mutex_lock(&reader->mutex);
    if (reader->read - reader->taken == RING_BATCHES)
        while (!reader->stop && reader->read - reader->taken > RING_HALF)
            pthread_cond_wait(&reader->emptied, &reader->mutex);
    goes_on = !reader->stop;
    pthread_mutex_unlock(&reader->mutex);
    return goes_on;
}

static void publish(struct reader *reader, bool at_end)
{
    pthread_mutex_lock(&reader->mutex);
    reader->read++;
    reader->at_end = at_end;
    if (at_end || reader->read - reader->taken >= RING_HALF)
        pthread_cond_signal(&reader->filled);
    pthread_mutex_unlock(&reader->mutex);
}

static void *read_ahead(void *argument)
{
    struct reader *reader = argument;
    bool at_end = false;

    while (!at_end && wait_for_room(reader)) {
        at_end = !fill(reader, &reader->ring[reader->read % RING_BATCHES]);
        publish(reader, at_end);
    }
    return NULL;
}

/* Take back the batch that the caller had, and wait for the next; NULL at the end. */
static const struct batch *take_batch(struct reader *reader)
{
    const struct batch *batch = NULL;

    pthread_mutex_lock(&reader->mutex);
    reader->taken += reader->is_held;
    if (reader->read - reader->taken <= RING_HALF)
        pthread_cond_signal(&reader->emptied);
    if (reader->read == reader->taken)
        while (!reader->at_end && reader->read - reader->taken < RING_HALF)
            pthread_cond_wait(&reader->filled, &reader->mutex);
    if (reader->read != reader->taken)
        batch = &reader->ring[reader->taken % RING_BATCHES];
    pthread_mutex_unlock(&reader->mutex);
    reader->is_held = batch != NULL;
    return batch;
}

/* ---- both -------------------------------------------------------------------------------- */

struct reader *reader_open(struct chain *chain, struct capture *capture, unsigned jobs)
{
    struct reader *reader = calloc(1, sizeof *reader);

    if (!reader)
        return NULL;
    /* Not zeroed, which would take longer than a small capture does. */
    reader->ring = malloc(RING_BATCHES * sizeof *reader->ring);
    if (!reader->ring) {
        free(reader);
        return NULL;
    }
    reader->chain = chain;
    reader->capture = capture;
    reader->jobs = jobs;
    pthread_mutex_init(&reader->mutex, NULL);
    pthread_cond_init(&reader->filled, NULL);
    pthread_cond_init(&reader->emptied, NULL);
    return reader;
}

const struct batch *reader_next(struct reader *reader)
{
    if (reader->is_ahead)
        return take_batch(reader);
    if (reader->at_end)
        return NULL;
    /* A capture of one batch needs no thread; where there can be none every batch is read here. */
    if (reader->read == 1 && processors_spare(reader->jobs)) {
        reader->is_ahead = pthread_create(&reader->thread, NULL, read_ahead, reader) == 0;
        if (reader->is_ahead)
            return take_batch(reader);
    }
    reader->at_end = !fill(reader, &reader->ring[0]);
    reader->taken = ++reader->read;
    return &reader->ring[0];
}

void reader_close(struct reader *reader, struct source_failure *failure)
{
    if (!reader)
        return;
    if (reader->is_ahead) {
        pthread_mutex_lock(&reader->mutex);
        reader->stop = true;
        pthread_cond_signal(&reader->emptied);
        pthread_mutex_unlock(&reader->mutex);
        pthread_join(reader->thread, NULL);
    }
    pthread_mutex_destroy(&reader->mutex);
    pthread_cond_destroy(&reader->filled);
    pthread_cond_destroy(&reader->emptied);
    *failure = reader->failure;
    free(reader->ring);
    free(reader);
}
