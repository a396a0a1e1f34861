/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * table.h: the connections of a capture, found by addresses and ports.
 *
 * Within the core a connection's number is that of its place. Places are given out in order and
 * used again only where connections had to make room; what the outside sees is table_number().
 */
#ifndef KA_TABLE_H
#define KA_TABLE_H

#include "conn.h"
#include "mem.h"

enum {
    TABLE_CHUNK = 1 << 15, /* connections allocated at once: large pages, and few of them unused */
    TABLE_CACHED = 4096,   /* connections that a cache of the second level holds */
    TABLE_V6_CHUNK = 1024, /* pairs of IPv6 addresses allocated at once */
};

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
    struct conn_record *records; /* behind the pairs in their block */
    struct mem_block block;
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
    size_t room;        /* connections that the chunks can hold */
    uint32_t count;     /* places given out so far */
    uint32_t max_count; /* a new connection takes none beyond it */
    uint32_t free;      /* the first free place below count, + 1; 0: none */
    uint64_t made;      /* connections so far */
    uint64_t *numbers; /* by place, max_count of them; NULL while each is the number of the place */
    struct ka_addr (**v6)[2]; /* addresses of IPv6 connections, by end, in chunks */
    size_t v6_chunks, v6_capacity;
    uint32_t v6_count, v6_free; /* pairs given out so far; the first free one, + 1, or 0 */
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

/* The most connections for which this many bytes suffice, whatever their addresses. */
uint32_t table_capacity(uint64_t bytes);

void table_free(struct table *table);

/*
 * Make the key of this segment, and bring the slot that it hashes to into the cache. In place:
 * copying a key whose parts have just been written took a sixth of the analysis of lively
 * connections.
 */
void table_key_set(const struct table *table, const struct ka_segment *segment,
                   struct table_key *key);

static inline struct table_key table_key(const struct table *table,
                                         const struct ka_segment *segment)
{
    struct table_key key;
    table_key_set(table, segment, &key);
    return key;
}

/*
 * Find the connection by its hash alone, without touching it, and bring it into the cache; where it
 * is not the right one after all table_find() searches again.
 */
void table_guess(const struct table *table, struct table_key *key);

/* The number of the connection with this key, or UINT32_MAX. */
uint32_t table_search(const struct table *table, const struct table_key *key,
                      const struct ka_segment *segment);

/*
 * Make a new connection for this key, which takes the place of an older one of the same key.
 * Zeroed but for the key. Pointers to others are not valid any more. UINT32_MAX when out of
 * memory, or of places: see table_is_full().
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

/* Whether a cache of the second level does not hold its connections. */
static inline bool table_is_large(const struct table *table)
{
    return table->count > TABLE_CACHED;
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

/* Whether table_remove() has to come before the next table_add(). */
static inline bool table_is_full(const struct table *table)
{
    return table->free == 0 && table->count == table->max_count;
}

/* Bytes that the next table_add() allocates for places and index; addresses take few at a time. */
size_t table_growth_bytes(const struct table *table);

/* Bring into the cache what table_remove() touches besides the connection itself. */
void table_fetch_for_removal(const struct table *table, uint32_t place);

/*
 * Take a connection out, whose watch and beats are freed; its place is free for another. False when
 * out of memory, then nothing has changed.
 */
bool table_remove(struct table *table, uint32_t place);

/* The number of the connection at this place: in the order of first frames, never used again. */
static inline uint64_t table_number(const struct table *table, uint32_t place)
{
    return table->numbers ? table->numbers[place] : place;
}

/* The endpoints of a connection by side. */
void table_peers(const struct table *table, uint32_t number, struct ka_peers *peers);

#endif
