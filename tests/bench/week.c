/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * week.c: a week of capture time, in which connections come and go. They speak by turns drawn at
 * random; then most close, some fall idle for good, and of some the peer dies: after Linux's two
 * hours nine probes go unanswered, 75 s apart, and a RST ends them.
 */
#include <stdlib.h>

#include "writer.h"

enum { FIN = 1, SYN = 2, RST = 4, PSH = 8, ACK = 16, WINDOW = 502 };
enum { STEPS_MAX = 40, SMALL_MAX = 48, DEATH_ONE_IN = 1000, IDLE_ONE_IN = 50 };
enum { PROBES = 9, DYING_MAX = 4096 };
static const int64_t week_us = INT64_C(7) * 86400 * 1000000, idle_us = INT64_C(7200) * 1000000,
                     intvl_us = INT64_C(75) * 1000000;

struct visit {
    uint32_t number;
    uint32_t nxt[2]; /* SND.NXT of client and server */
    uint32_t step, steps;
};

/* Connections whose peer is dead, in the order of their next segment: all wait equally long. */
struct queue {
    struct dying {
        int64_t due_us;
        struct visit visit;
    } rows[DYING_MAX];
    uint32_t first, count;
};

struct week {
    struct writer *writer;
    struct visit *visits;
    uint32_t next_number;
    uint64_t seed, deaths;
    struct queue queues[PROBES + 1]; /* by the probes that were sent */
};

static void put(struct week *week, struct visit *visit, int from, uint8_t flags, uint32_t len)
{
    const struct segment segment = {
        .connection = visit->number,
        .from = from,
        .flags = flags,
        .window = WINDOW,
        .seq = visit->nxt[from],
        .ack = flags & ACK ? visit->nxt[!from] : 0,
        .len = len,
    };

    writer_put(week->writer, &segment);
    visit->nxt[from] += len + (flags & (SYN | FIN) ? 1 : 0);
}

static void begin_visit(struct week *week, struct visit *visit)
{
    *visit = (struct visit){
        .number = week->next_number++,
        .nxt = {random_bits(&week->seed), random_bits(&week->seed)},
        .steps = 5 + random_below(&week->seed, STEPS_MAX),
    };
}

/* ---- the dying --------------------------------------------------------------------------- */

static void enqueue(struct queue *queue, const struct visit *visit, int64_t due_us)
{
    queue->rows[(queue->first + queue->count) % DYING_MAX] = (struct dying){due_us, *visit};
    queue->count++;
}

/* A probe is one below SND.NXT; after nine of them comes the RST. */
static void put_check(struct week *week, struct visit *visit, uint32_t probes)
{
    if (probes == PROBES) {
        put(week, visit, FROM_CLIENT, RST | ACK, 0);
        week->deaths++;
        return;
    }
    visit->nxt[FROM_CLIENT]--;
    put(week, visit, FROM_CLIENT, ACK, 0);
    visit->nxt[FROM_CLIENT]++;
}

static void put_due(struct week *week)
{
    const int64_t now_us = week->writer->time_us;

    for (uint32_t probes = 0; probes <= PROBES; probes++) {
        struct queue *queue = &week->queues[probes];

        while (queue->count > 0 && queue->rows[queue->first].due_us <= now_us) {
            struct visit visit = queue->rows[queue->first].visit;

            queue->first = (queue->first + 1) % DYING_MAX;
            queue->count--;
            put_check(week, &visit, probes);
            if (probes < PROBES)
                enqueue(&week->queues[probes + 1], &visit, now_us + intvl_us);
        }
    }
}

/* ---- the living -------------------------------------------------------------------------- */

/* SYN, SYN|ACK, ACK, then client and server in turn, and at last a bare ACK. */
static void put_talk(struct week *week, struct visit *visit)
{
    static const uint8_t handshake[] = {SYN, SYN | ACK, ACK};
    const uint32_t step = visit->step++;
    const int from = step == 0 || (step >= 2 && step % 2 == 0) ? FROM_CLIENT : FROM_SERVER;

    if (step < 3)
        put(week, visit, from, handshake[step], 0);
    else if (visit->step < visit->steps)
        put(week, visit, from, PSH | ACK, 1 + random_below(&week->seed, SMALL_MAX));
    else
        put(week, visit, from, ACK, 0);
}

/* What becomes of one that has said all. */
static void end_talk(struct week *week, struct visit *visit)
{
    struct queue *queue = &week->queues[0];
    uint32_t fate = random_below(&week->seed, DEATH_ONE_IN);

    if (fate == 0 && queue->count < DYING_MAX) {
        enqueue(queue, visit, week->writer->time_us + idle_us);
    } else if (fate > DEATH_ONE_IN / IDLE_ONE_IN) {
        put(week, visit, FROM_CLIENT, FIN | ACK, 0);
        put(week, visit, FROM_SERVER, FIN | ACK, 0);
        put(week, visit, FROM_CLIENT, ACK, 0);
    }
    begin_visit(week, visit);
}

void generate_week(struct writer *writer, uint32_t connections, uint64_t seed)
{
    struct week *week = calloc(1, sizeof *week);
    const int64_t began_us = writer->time_us;

    if (week)
        week->visits = calloc(connections, sizeof *week->visits);
    if (!week || !week->visits) {
        perror("generate");
        exit(EXIT_FAILURE);
    }
    week->writer = writer;
    week->seed = seed;
    for (uint32_t i = 0; i < connections; i++)
        begin_visit(week, &week->visits[i]);
    while (writer->written < writer->wanted) {
        struct visit *visit = &week->visits[random_below(&week->seed, connections)];

        put_due(week);
        put_talk(week, visit);
        if (visit->step >= visit->steps)
            end_talk(week, visit);
        writer->time_us = began_us + (int64_t)((double)week_us * (double)writer->written /
                                               (double)writer->wanted);
    }
    fprintf(stderr, "%u connections, %llu died\n", week->next_number,
            (unsigned long long)week->deaths);
    free(week->visits);
    free(week);
}
