/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * idle.c: mostly idle connections, each living one of five lives after its handshake and first
 * exchange: keep-alive answered for ever; keep-alive to a peer that dies; a closed window that is
 * probed and opens again; lost data, sent again with doubling gaps; heartbeats of the application.
 */
#include "writer.h"

#include <stdbool.h>
#include <stdlib.h>

enum { SYN = 2, RST = 4, PSH = 8, ACK = 16, WINDOW = 502, MESSAGE_BYTES = 20 };

#define MS INT64_C(1000)
#define SECOND (1000 * MS)
static const int64_t rtt_us = 20 * MS;
static const int64_t gone = -1; /* instead of a time: this life is over */

enum role { ANSWERED, DYING, CLOSED_WINDOW, LOSSY, BEATING };

struct life {
    int64_t next_us; /* when it sends its next segment */
    uint32_t number;
    uint32_t nxt[2];
    uint16_t cycle; /* rounds lived */
    uint8_t step;   /* place in the opening, then in the round */
    bool opened;
    enum role role;
};

static void put(struct writer *writer, struct life *life, int from, uint8_t flags, uint32_t seq,
                uint32_t len, uint16_t window)
{
    const struct segment segment = {
        .connection = life->number,
        .from = from,
        .flags = flags,
        .window = window,
        .seq = seq,
        .ack = flags & ACK ? life->nxt[!from] : 0,
        .len = len,
    };

    writer_put(writer, &segment);
}

static void put_ack(struct writer *writer, struct life *life, int from, uint16_t window)
{
    put(writer, life, from, ACK, life->nxt[from], 0, window);
}

static void put_message(struct writer *writer, struct life *life, int from)
{
    put(writer, life, from, ACK | PSH, life->nxt[from], MESSAGE_BYTES, WINDOW);
    life->nxt[from] += MESSAGE_BYTES;
}

/* An empty segment one below SND.NXT: a keep-alive or window probe of the client. */
static void put_probe(struct writer *writer, struct life *life)
{
    put(writer, life, FROM_CLIENT, ACK, life->nxt[FROM_CLIENT] - 1, 0, WINDOW);
}

/* Each of the following sends one segment and returns the time until the next. */

static int64_t open_step(struct writer *writer, struct life *life)
{
    switch (life->step++) {
    case 0:
        put(writer, life, FROM_CLIENT, SYN, life->nxt[FROM_CLIENT]++, 0, WINDOW);
        return rtt_us;
    case 1:
        put(writer, life, FROM_SERVER, SYN | ACK, life->nxt[FROM_SERVER]++, 0, WINDOW);
        return MS / 10;
    case 2:
        put_ack(writer, life, FROM_CLIENT, WINDOW);
        return MS;
    case 3:
        put_message(writer, life, FROM_CLIENT);
        return rtt_us;
    case 4:
        put_message(writer, life, FROM_SERVER);
        return 40 * MS;
    }
    put_ack(writer, life, FROM_CLIENT, WINDOW);
    life->opened = true;
    life->step = 0;
    return 10 * SECOND;
}

static int64_t answered_step(struct writer *writer, struct life *life)
{
    if (life->step == 0) {
        put_probe(writer, life);
        life->step = 1;
        return rtt_us;
    }
    put_ack(writer, life, FROM_SERVER, WINDOW);
    life->step = 0;
    life->cycle++;
    return 10 * SECOND;
}

/* 9 probes 2 s apart, then the RST (Linux tcp_keepalive_timer()). */
static int64_t dying_step(struct writer *writer, struct life *life)
{
    enum { GOOD_CYCLES = 2, COUNT = 9 };

    if (life->cycle < GOOD_CYCLES)
        return answered_step(writer, life);
    if (life->step++ < COUNT) {
        put_probe(writer, life);
        return 2 * SECOND;
    }
    put(writer, life, FROM_CLIENT, RST | ACK, life->nxt[FROM_CLIENT], 0, WINDOW);
    return gone;
}

/* Probes at doubling gaps, each answered with the window still closed, until it opens. */
static int64_t closed_window_step(struct writer *writer, struct life *life)
{
    enum { LAST = 2 + 2 * 7 };
    const uint8_t step = life->step++;

    if (step == 0) {
        put_message(writer, life, FROM_CLIENT);
        return rtt_us;
    }
    if (step == LAST) {
        put_ack(writer, life, FROM_SERVER, WINDOW);
        life->step = 0;
        return SECOND;
    }
    if (step % 2 == 1) {
        put_ack(writer, life, FROM_SERVER, 0);
        return (200 * MS << (step / 2)) - rtt_us;
    }
    put_probe(writer, life);
    return rtt_us;
}

/* A message, six copies at doubling gaps, and at last its ACK; one life in 16 never gets it. */
static int64_t lossy_step(struct writer *writer, struct life *life)
{
    enum { COPIES = 6 };
    const uint8_t step = life->step++;

    if (step == 0) {
        put_message(writer, life, FROM_CLIENT);
        return 250 * MS;
    }
    if (step <= COPIES) {
        put(writer, life, FROM_CLIENT, ACK | PSH, life->nxt[FROM_CLIENT] - MESSAGE_BYTES,
            MESSAGE_BYTES, WINDOW);
        if (step == COPIES && life->number % 16 == 0)
            return gone;
        return step == COPIES ? rtt_us : 250 * MS << step;
    }
    put_ack(writer, life, FROM_SERVER, WINDOW);
    life->step = 0;
    return 10 * SECOND;
}

static int64_t beating_step(struct writer *writer, struct life *life)
{
    const uint8_t step = life->step++;

    if (step == 0) {
        put_message(writer, life, FROM_CLIENT);
        return rtt_us;
    }
    if (step == 1) {
        put_message(writer, life, FROM_SERVER);
        return 40 * MS;
    }
    put_ack(writer, life, FROM_CLIENT, WINDOW);
    life->step = 0;
    return 15 * SECOND - rtt_us - 40 * MS;
}

static int64_t life_step(struct writer *writer, struct life *life)
{
    if (!life->opened)
        return open_step(writer, life);
    switch (life->role) {
    case ANSWERED:
        return answered_step(writer, life);
    case DYING:
        return dying_step(writer, life);
    case CLOSED_WINDOW:
        return closed_window_step(writer, life);
    case LOSSY:
        return lossy_step(writer, life);
    case BEATING:
        return beating_step(writer, life);
    }
    return gone;
}

/* ---- a heap: the life that sends next is at its top --------------------------------------- */

static void sift_down(struct life *heap, uint32_t count, uint32_t at)
{
    const struct life moved = heap[at];

    for (uint32_t child = 2 * at + 1; child < count; child = 2 * at + 1) {
        if (child + 1 < count && heap[child + 1].next_us < heap[child].next_us)
            child++;
        if (moved.next_us <= heap[child].next_us)
            break;
        heap[at] = heap[child];
        at = child;
    }
    heap[at] = moved;
}

/* Of twenty lives nine and one have keep-alive, four a closed window, five are lossy, one beats. */
static enum role draw_role(uint64_t *seed)
{
    const uint32_t drawn = random_below(seed, 20);

    if (drawn < 9)
        return ANSWERED;
    if (drawn < 10)
        return DYING;
    if (drawn < 14)
        return CLOSED_WINDOW;
    return drawn < 19 ? LOSSY : BEATING;
}

void generate_idle(struct writer *writer, uint32_t connections, uint64_t seed)
{
    struct life *heap = calloc(connections, sizeof *heap);
    uint32_t count = connections;

    if (!heap) {
        perror("generate");
        exit(EXIT_FAILURE);
    }
    for (uint32_t i = 0; i < count; i++)
        heap[i] = (struct life){
            .next_us = writer->time_us + random_below(&seed, (uint32_t)(10 * SECOND)),
            .number = i,
            .nxt = {random_bits(&seed), random_bits(&seed)},
            .role = draw_role(&seed),
        };
    for (uint32_t i = count / 2; i-- > 0;)
        sift_down(heap, count, i);
    while (count > 0 && writer->written < writer->wanted) {
        int64_t wait_us;

        writer->time_us = heap[0].next_us;
        wait_us = life_step(writer, &heap[0]);
        if (wait_us == gone)
            heap[0] = heap[--count];
        else
            heap[0].next_us += wait_us;
        sift_down(heap, count, 0);
    }
    free(heap);
}
