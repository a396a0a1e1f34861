/* SPDX-License-Identifier: GPL-2.0-or-later */
/* table.c: connections by addresses and ports. */
#include "table.h"

#include <string.h>

enum { FIRST_ROOM = 64 }; /* connections; doubles up to TABLE_CHUNK */

_Static_assert(sizeof(struct table_pair) == MEM_ALIGNMENT, "pairs are aligned");

static const uint8_t v4_mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

static uint64_t load64(const uint8_t *bytes)
{
    uint64_t word;
    memcpy(&word, bytes, sizeof word);
    return word;
}

/*
 * Both halves of a 64 x 64 product, folded. With secret operands nobody who writes a capture can
 * choose keys that collide; the constants keep a zero secret from making a zero product.
 */
static uint64_t fold(uint64_t a, uint64_t b)
{
    __extension__ typedef unsigned __int128 wide;
    wide product = (wide)(a ^ UINT64_C(0x9e3779b97f4a7c15)) * (b ^ UINT64_C(0xc2b2ae3d27d4eb4f));
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* The second half of an address, in host order. */
static inline uint64_t low_half(const struct ka_addr *addr)
{
    const uint8_t *b = addr->bytes + 8;
    return (uint64_t)b[0] << 56 | (uint64_t)b[1] << 48 | (uint64_t)b[2] << 40 |
           (uint64_t)b[3] << 32 | (uint64_t)b[4] << 24 | (uint64_t)b[5] << 16 |
           (uint64_t)b[6] << 8 | b[7];
}

static int compare_endpoints(const struct ka_endpoint *a, const struct ka_endpoint *b)
{
    int order = memcmp(a->addr.bytes, b->addr.bytes, sizeof a->addr.bytes);
    return order ? order : (int)a->port - (int)b->port;
}

static void set_v6(const struct table *table, const struct ka_segment *segment,
                   struct table_key *key)
{
    bool swap = compare_endpoints(&segment->from, &segment->to) > 0;
    const struct ka_endpoint *low = swap ? &segment->to : &segment->from;
    const struct ka_endpoint *high = swap ? &segment->from : &segment->to;
    uint64_t a = fold(load64(low->addr.bytes) ^ table->secret[0], load64(low->addr.bytes + 8));
    uint64_t b = fold(load64(high->addr.bytes) ^ table->secret[1], load64(high->addr.bytes + 8));
    key->addrs = fold(a ^ table->secret[1], b + table->secret[0]);
    key->port[0] = low->port;
    key->port[1] = high->port;
    key->from = swap;
    key->v6 = true;
}

/*
 * Address and port in one number order the ends without a branch: which of them sent the next segment
 * is what a processor cannot predict.
 */
static void set_v4(uint32_t from_addr, uint32_t to_addr, const struct ka_segment *segment,
                   struct table_key *key)
{
    uint64_t from = (uint64_t)from_addr << 16 | segment->from.port;
    uint64_t to = (uint64_t)to_addr << 16 | segment->to.port;
    uint64_t low = from < to ? from : to, high = from < to ? to : from;
    key->addrs = low >> 16 << 32 | high >> 16;
    key->port[0] = (uint16_t)low;
    key->port[1] = (uint16_t)high;
    key->from = from > to;
    key->v6 = false;
}

struct table_key table_key(const struct table *table, const struct ka_segment *segment)
{
    struct table_key key = {0};
    const uint64_t mapped = 0xffff; /* above the IPv4 address in the low half */
    uint64_t from = low_half(&segment->from.addr), to = low_half(&segment->to.addr);
    uint64_t upper = load64(segment->from.addr.bytes) | load64(segment->to.addr.bytes);
    if (upper == 0 && from >> 32 == mapped && to >> 32 == mapped)
        set_v4((uint32_t)from, (uint32_t)to, segment, &key);
    else
        set_v6(table, segment, &key);
    uint64_t ports = (uint64_t)key.port[0] << 16 | key.port[1];
    key.hash = fold(key.addrs ^ table->secret[0], ports ^ table->secret[1]);
    __builtin_prefetch(&table->slots[(uint32_t)key.hash & table->slot_mask]);
    return key;
}

static void free_chunk(struct mem *mem, struct table_chunk *chunk)
{
    mem_block_free(mem, &chunk->pair_block);
    mem_block_free(mem, &chunk->record_block);
}

static bool init_chunk(struct mem *mem, struct table_chunk *chunk, size_t room)
{
    *chunk = (struct table_chunk){0};
    if (!mem_block_init(mem, &chunk->pair_block, room * sizeof *chunk->pairs) ||
        !mem_block_init(mem, &chunk->record_block, room * sizeof *chunk->records)) {
        free_chunk(mem, chunk);
        return false;
    }
    chunk->pairs = chunk->pair_block.start;
    chunk->records = chunk->record_block.start;
    return true;
}

bool table_init(struct table *table, struct mem *mem, const uint64_t secret[2])
{
    enum { FIRST_SLOTS = 256 };
    *table = (struct table){.mem = mem, .secret = {secret[0], secret[1]}};
    if (!mem_block_init(mem, &table->slot_block, FIRST_SLOTS * sizeof *table->slots))
        return false;
    table->slots = table->slot_block.start;
    table->slot_mask = FIRST_SLOTS - 1;
    return true;
}

void table_free(struct table *table)
{
    struct mem *mem = table->mem;
    for (size_t i = 0; i < table->chunk_count; i++)
        free_chunk(mem, &table->chunks[i]);
    mem_free(mem, table->chunks, table->chunk_capacity * sizeof *table->chunks);
    mem_free(mem, table->v6, table->v6_capacity * sizeof *table->v6);
    mem_block_free(mem, &table->slot_block);
}

void table_guess(const struct table *table, struct table_key *key)
{
    size_t at = (uint32_t)key->hash & table->slot_mask;
    while (table->slots[at].number && table->slots[at].hash != (uint32_t)key->hash)
        at = (at + 1) & table->slot_mask;
    key->guess = table->slots[at].number;
    if (key->guess) {
        __builtin_prefetch(table_conn(table, key->guess - 1), 1);
        __builtin_prefetch(table_rest(table, key->guess - 1), 1);
    }
}

/* IPv6: the lower half of `addrs`, which has no room for the addresses, says where they are. */
static const struct ka_addr *v6_ends(const struct table *table, const struct conn *conn)
{
    return table->v6[(uint32_t)conn->addrs];
}

/* Whether a connection has this key. An equal hash of IPv6 addresses is confirmed by the addresses. */
static bool same_key(const struct table *table, uint32_t number, const struct table_key *key,
                     const struct ka_segment *segment)
{
    const struct conn *conn = table_conn(table, number);
    uint64_t differing = conn->addrs ^ key->addrs;
    if ((key->v6 ? differing >> 32 : differing) != 0 || conn->port[0] != key->port[0] ||
        conn->port[1] != key->port[1] || ((conn->flags & CONN_V6) != 0) != key->v6)
        return false;
    if (!key->v6)
        return true;
    const struct ka_addr *ends = v6_ends(table, conn);
    return memcmp(&ends[key->from], &segment->from.addr, sizeof ends[0]) == 0 &&
           memcmp(&ends[!key->from], &segment->to.addr, sizeof ends[0]) == 0;
}

/* The slot of this key, or the empty one where it would go. */
static size_t find_slot(const struct table *table, const struct table_key *key,
                        const struct ka_segment *segment)
{
    size_t at = (uint32_t)key->hash & table->slot_mask;
    while (table->slots[at].number) {
        if (table->slots[at].hash == (uint32_t)key->hash &&
            same_key(table, table->slots[at].number - 1, key, segment))
            return at;
        at = (at + 1) & table->slot_mask;
    }
    return at;
}

uint32_t table_search(const struct table *table, const struct table_key *key,
                      const struct ka_segment *segment)
{
    return table->slots[find_slot(table, key, segment)].number - 1;
}

/* Double the slots; the stored half of the hash is enough to place each anew. */
static bool grow_slots(struct table *table)
{
    size_t old_count = table->slot_mask + 1;
    size_t mask = old_count * 2 - 1;
    struct mem_block block;
    if (!mem_block_init(table->mem, &block, (mask + 1) * sizeof *table->slots))
        return false;
    struct table_slot *slots = block.start;
    for (size_t i = 0; i < old_count; i++) {
        if (!table->slots[i].number)
            continue;
        size_t at = table->slots[i].hash & mask;
        while (slots[at].number)
            at = (at + 1) & mask;
        slots[at] = table->slots[i];
    }
    mem_block_free(table->mem, &table->slot_block);
    table->slot_block = block;
    table->slots = slots;
    table->slot_mask = mask;
    return true;
}

static bool add_chunk(struct table *table, size_t room)
{
    void *grown = mem_grow(table->mem, table->chunks, table->chunk_count, &table->chunk_capacity,
                           sizeof *table->chunks);
    if (!grown)
        return false;
    table->chunks = grown;
    if (!init_chunk(table->mem, &table->chunks[table->chunk_count], room))
        return false;
    table->chunk_count++;
    table->room += room;
    return true;
}

static bool grow_first_chunk(struct table *table, size_t room)
{
    struct table_chunk grown;
    if (!init_chunk(table->mem, &grown, room))
        return false;
    memcpy(grown.pairs, table->chunks[0].pairs, table->count * sizeof *grown.pairs);
    memcpy(grown.records, table->chunks[0].records, table->count * sizeof *grown.records);
    free_chunk(table->mem, &table->chunks[0]);
    table->chunks[0] = grown;
    table->room = room;
    return true;
}

/* Make room for one more connection at least. A capture of a few is not to pay for many. */
static bool add_room(struct table *table)
{
    if (table->chunk_count == 0)
        return add_chunk(table, FIRST_ROOM);
    if (table->room < TABLE_CHUNK)
        return grow_first_chunk(table, table->room * 2);
    return add_chunk(table, TABLE_CHUNK);
}

/* Keep the addresses of an IPv6 connection; *place receives where. */
static bool keep_v6(struct table *table, const struct table_key *key,
                    const struct ka_segment *segment, uint32_t *place)
{
    void *grown =
        mem_grow(table->mem, table->v6, table->v6_count, &table->v6_capacity, sizeof *table->v6);
    if (!grown)
        return false;
    table->v6 = grown;
    *place = (uint32_t)table->v6_count++;
    table->v6[*place][key->from] = segment->from.addr;
    table->v6[*place][!key->from] = segment->to.addr;
    return true;
}

uint32_t table_add(struct table *table, const struct table_key *key,
                   const struct ka_segment *segment)
{
    if (table->count == UINT32_MAX - 1)
        return UINT32_MAX;
    if ((table->slots_used + 1) * 4 > (table->slot_mask + 1) * 3 && !grow_slots(table))
        return UINT32_MAX;
    if (table->count == table->room && !add_room(table))
        return UINT32_MAX;
    uint32_t place = 0;
    if (key->v6 && !keep_v6(table, key, segment, &place))
        return UINT32_MAX;

    struct table_slot *slot = &table->slots[find_slot(table, key, segment)];
    if (slot->number)
        table_conn(table, slot->number - 1)->flags |= CONN_SUPERSEDED;
    else
        table->slots_used++;
    uint32_t number = table->count++;
    *slot = (struct table_slot){.hash = (uint32_t)key->hash, .number = number + 1};

    struct conn *conn = table_conn(table, number);
    __builtin_prefetch(conn + 4 * sizeof(struct table_pair) / sizeof *conn,
                       1); /* soon to be made */
    conn->addrs = key->v6 ? key->addrs >> 32 << 32 | place : key->addrs;
    conn->port[0] = key->port[0];
    conn->port[1] = key->port[1];
    conn->flags = key->v6 ? CONN_V6 : 0;
    return number;
}

static struct ka_addr v4_addr(uint32_t bits)
{
    struct ka_addr addr;
    memcpy(addr.bytes, v4_mapped, sizeof v4_mapped);
    for (int i = 0; i < 4; i++)
        addr.bytes[12 + i] = (uint8_t)(bits >> (24 - 8 * i));
    return addr;
}

void table_peers(const struct table *table, uint32_t number, struct ka_peers *peers)
{
    const struct conn *conn = table_conn(table, number);
    for (int end = 0; end < 2; end++) {
        struct ka_endpoint *endpoint = &peers->endpoint[end_side(conn, end)];
        endpoint->port = conn->port[end];
        if (conn->flags & CONN_V6)
            endpoint->addr = v6_ends(table, conn)[end];
        else
            endpoint->addr = v4_addr((uint32_t)(conn->addrs >> (end ? 0 : 32)));
    }
}
