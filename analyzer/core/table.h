/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * table.h: the connections of a capture: found by addresses and ports, numbered in the order of
 * their first frames.
 */
#ifndef KA_TABLE_H
#define KA_TABLE_H

#include "conn.h"
#include "mem.h"

enum { TABLE_CHUNK = 1 << 16 }; /* connections allocated at once: large pages */

struct table_slot {
    uint32_t hash;   /* low half of the key's hash */
    uint32_t number; /* connection number + 1; 0: empty */
};

/* Side by side: what one page walk, and mostly one access to memory, brings into the cache. */
struct table_pair {
    struct conn conn;
    struct conn_rest rest;
};

/* Connections that were allocated together. */
struct table_chunk {
    struct table_pair *pairs;
    struct conn_record *records;
    struct mem_block pair_block, record_block;
};

struct table {
    struct mem *mem;
    uint64_t secret[2];
    struct table_slot *slots; /* open addressing, linear probing, at most 3/4 full */
    struct mem_block slot_block;
    size_t slot_mask;
    size_t slots_used;
    struct table_chunk *chunks; /* the first one grows to full size, the others have it */
    size_t chunk_count, chunk_capacity;
    size_t room; /* connections that the chunks can hold */
    uint32_t count;
    struct ka_addr (*v6)[2]; /* addresses of IPv6 connections, by end */
    size_t v6_count, v6_capacity;
};

/* Addresses and ports of a segment, ends in canonical order. */
struct table_key {
    uint64_t hash;
    uint64_t addrs;
    uint16_t port[2];
    uint8_t from; /* the end that sent the segment */
    bool v6;
    uint32_t guess; /* table_guess(): number + 1 of a connection; 0: none, or not asked */
};

/* `secret` keys the hash (struct ka_config). False when out of memory. */
bool table_init(struct table *table, struct mem *mem, const uint64_t secret[2]);
void table_free(struct table *table);

/* Make the key of this segment, and bring the slot that it hashes to into the cache. */
struct table_key table_key(const struct table *table, const struct ka_segment *segment);

/*
 * Find the connection by its hash alone, without touching it, and bring it into the cache; where it is
 * not the right one after all table_find() searches again.
 */
void table_guess(const struct table *table, struct table_key *key);

/* The number of the connection with this key, or UINT32_MAX. */
uint32_t table_search(const struct table *table, const struct table_key *key,
                      const struct ka_segment *segment);

/*
 * Make a new connection for this key, which takes the place of an older one of the same key.
 * Zeroed but for the key. Pointers to others are not valid any more. UINT32_MAX when out of memory.
 */
uint32_t table_add(struct table *table, const struct table_key *key,
                   const struct ka_segment *segment);

static inline struct conn *table_conn(const struct table *table, uint32_t number)
{
    return &table->chunks[number / TABLE_CHUNK].pairs[number % TABLE_CHUNK].conn;
}

static inline struct conn_rest *table_rest(const struct table *table, uint32_t number)
{
    return &table->chunks[number / TABLE_CHUNK].pairs[number % TABLE_CHUNK].rest;
}

static inline struct conn_record *table_record(const struct table *table, uint32_t number)
{
    return &table->chunks[number / TABLE_CHUNK].records[number % TABLE_CHUNK];
}

/* table_search(), where the guess is not the answer. */
static inline uint32_t table_find(const struct table *table, const struct table_key *key,
                                  const struct ka_segment *segment)
{
    if (key->guess) {
        const struct conn *conn = table_conn(table, key->guess - 1);
        if (conn->addrs == key->addrs && conn->port[0] == key->port[0] &&
            conn->port[1] == key->port[1] && !(conn->flags & (CONN_V6 | CONN_SUPERSEDED)) &&
            !key->v6)
            return key->guess - 1;
    }
    return table_search(table, key, segment);
}

/* The endpoints of a connection by side. */
void table_peers(const struct table *table, uint32_t number, struct ka_peers *peers);

#endif
