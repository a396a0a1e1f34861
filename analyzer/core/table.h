/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * table.h: the connections of a capture: found by addresses and ports, numbered in the order of
 * their first frames, never moved once made.
 */
#ifndef KA_TABLE_H
#define KA_TABLE_H

#include "conn.h"
#include "mem.h"

enum { TABLE_CHUNK = 1024 }; /* connections allocated at once */

struct table_slot {
    uint32_t hash;   /* low half of the key's hash */
    uint32_t number; /* connection number + 1; 0: empty */
};

struct table {
    struct mem *mem;
    uint64_t secret[2];
    struct table_slot *slots; /* open addressing, linear probing, at most 3/4 full */
    size_t slot_mask;
    size_t slots_used;
    struct conn **conns;      /* chunks of TABLE_CHUNK */
    struct conn_rest **rests; /* chunks of TABLE_CHUNK */
    size_t chunks, chunk_capacity, rest_capacity;
    uint32_t count;
    struct ka_addr (*v6)[2]; /* addresses of IPv6 connections, by end */
    size_t v6_count, v6_capacity;
};

/* Addresses and ports of a segment, ends in canonical order. */
struct table_key {
    uint64_t hash;
    uint64_t addrs;
    uint16_t port[2];
    uint8_t from;  /* the end that sent the segment */
    bool v6;
};

/* `secret` keys the hash (struct ka_config). False when out of memory. */
bool table_init(struct table *table, struct mem *mem, const uint64_t secret[2]);
void table_free(struct table *table);

struct table_key table_key(const struct table *table, const struct ka_segment *segment);

/* Bring the slot that this key hashes to into the cache. */
void table_prefetch(const struct table *table, const struct table_key *key);

/* Bring the connection that the slot names into the cache, without following collisions. */
void table_prefetch_conn(const struct table *table, const struct table_key *key);

/* The number of the connection with this key, or UINT32_MAX. */
uint32_t table_find(const struct table *table, const struct table_key *key,
                    const struct ka_segment *segment);

/*
 * Make a new connection for this key, which takes the place of an older one of the same key.
 * Zeroed but for the key. UINT32_MAX when out of memory.
 */
uint32_t table_add(struct table *table, const struct table_key *key,
                   const struct ka_segment *segment);

static inline struct conn *table_conn(const struct table *table, uint32_t number)
{
    return &table->conns[number / TABLE_CHUNK][number % TABLE_CHUNK];
}

static inline struct conn_rest *table_rest(const struct table *table, uint32_t number)
{
    return &table->rests[number / TABLE_CHUNK][number % TABLE_CHUNK];
}

/* The endpoints of a connection by side. */
void table_peers(const struct table *table, uint32_t number, struct ka_peers *peers);

#endif
