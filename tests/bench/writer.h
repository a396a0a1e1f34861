/* SPDX-License-Identifier: GPL-2.0-or-later */
/* writer.h: TCP segments written as a classic pcap file, for the benchmark's generators. */
#ifndef KA_BENCH_WRITER_H
#define KA_BENCH_WRITER_H

#include <stdint.h>
#include <stdio.h>

enum { FROM_CLIENT = 0, FROM_SERVER = 1 };

struct writer {
    FILE *out;
    int64_t time_us;  /* of the next segment */
    uint64_t written; /* segments so far */
    uint64_t wanted;  /* segments at most */
};

/* One segment. Addresses and ports follow from the number of its connection. */
struct segment {
    uint32_t connection;
    int from;
    uint8_t flags;
    uint16_t window;
    uint32_t seq, ack;
    uint32_t len; /* payload bytes, at most PAYLOAD_MAX */
};

enum { PAYLOAD_MAX = 1448 }; /* with time stamps in a frame of 1514 bytes */

/* The file header: Ethernet, microseconds. */
void writer_begin(struct writer *writer, FILE *out, uint64_t wanted);

void writer_put(struct writer *writer, const struct segment *segment);

/* idle.c: `connections` mostly idle connections until all wanted segments are written. */
void generate_idle(struct writer *writer, uint32_t connections, uint64_t seed);

/*
 * week.c: `connections` at a time, until all wanted segments are written; says how many there were.
 */
void generate_week(struct writer *writer, uint32_t connections, uint64_t seed);

/* xorshift64*: the same captures everywhere for the same seed, which is not 0. */
static inline uint32_t random_bits(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return (uint32_t)(*state * UINT64_C(0x2545f4914f6cdd1d) >> 32);
}

/* Below `limit`, which is not 0. */
static inline uint32_t random_below(uint64_t *state, uint32_t limit)
{
    return (uint32_t)((uint64_t)random_bits(state) * limit >> 32);
}

#endif
