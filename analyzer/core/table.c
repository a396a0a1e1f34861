/* SPDX-License-Identifier: GPL-2.0-or-later */
/* table.c: connections by addresses and ports. */
#include "table.h"

#include <string.h>

static const uint8_t v4_mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

static bool is_v4(const struct ka_addr *addr)
{
    return memcmp(addr->bytes, v4_mapped, sizeof v4_mapped) == 0;
}

static uint32_t v4_bits(const struct ka_addr *addr)
{
    const uint8_t *b = addr->bytes + 12;
    return (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];
}

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

static int compare_endpoints(const struct ka_endpoint *a, const struct ka_endpoint *b)
{
    int order = memcmp(a->addr.bytes, b->addr.bytes, sizeof a->addr.bytes);
    return order ? order : (int)a->port - (int)b->port;
}

struct table_key table_key(const struct table *table, const struct ka_segment *segment)
{
    bool swap = compare_endpoints(&segment->from, &segment->to) > 0;
    const struct ka_endpoint *low = swap ? &segment->to : &segment->from;
    const struct ka_endpoint *high = swap ? &segment->from : &segment->to;
    struct table_key key = {
        .port = {low->port, high->port},
        .from = swap,
        .v6 = !is_v4(&low->addr) || !is_v4(&high->addr),
    };
    uint64_t ports = (uint64_t)low->port << 16 | high->port;
    if (key.v6) {
        uint64_t a = fold(load64(low->addr.bytes) ^ table->secret[0], load64(low->addr.bytes + 8));
        uint64_t b = fold(load64(high->addr.bytes) ^ table->secret[1], load64(high->addr.bytes + 8));
        key.addrs = fold(a ^ table->secret[1], b + table->secret[0]);
    } else {
        key.addrs = (uint64_t)v4_bits(&low->addr) << 32 | v4_bits(&high->addr);
    }
    key.hash = fold(key.addrs ^ table->secret[0], ports ^ table->secret[1]);
    return key;
}

bool table_init(struct table *table, struct mem *mem, const uint64_t secret[2])
{
    enum { FIRST_SLOTS = 256 };
    *table = (struct table){.mem = mem, .secret = {secret[0], secret[1]}};
    table->slots = mem_zeroed(mem, FIRST_SLOTS * sizeof *table->slots);
    table->slot_mask = FIRST_SLOTS - 1;
    return table->slots != NULL;
}

void table_free(struct table *table)
{
    struct mem *mem = table->mem;
    for (size_t i = 0; i < table->chunks; i++) {
        mem_free(mem, table->conns[i], TABLE_CHUNK * sizeof(struct conn));
        mem_free(mem, table->rests[i], TABLE_CHUNK * sizeof(struct conn_rest));
    }
    mem_free(mem, table->conns, table->chunk_capacity * sizeof *table->conns);
    mem_free(mem, table->rests, table->rest_capacity * sizeof *table->rests);
    mem_free(mem, table->v6, table->v6_capacity * sizeof *table->v6);
    mem_free(mem, table->slots, (table->slot_mask + 1) * sizeof *table->slots);
}

void table_prefetch(const struct table *table, const struct table_key *key)
{
    __builtin_prefetch(&table->slots[(uint32_t)key->hash & table->slot_mask]);
}

void table_prefetch_conn(const struct table *table, const struct table_key *key)
{
    const struct table_slot *slot = &table->slots[(uint32_t)key->hash & table->slot_mask];
    if (slot->number)
        __builtin_prefetch(table_conn(table, slot->number - 1), 1);
}

/* Whether a connection has this key. An equal hash of IPv6 addresses is confirmed by the addresses. */
static bool same_key(const struct table *table, uint32_t number, const struct table_key *key,
                     const struct ka_segment *segment)
{
    const struct conn *conn = table_conn(table, number);
    if (conn->addrs != key->addrs || conn->port[0] != key->port[0] ||
        conn->port[1] != key->port[1] || ((conn->flags & CONN_V6) != 0) != key->v6)
        return false;
    if (!key->v6)
        return true;
    const struct ka_addr *ends = table->v6[table_rest(table, number)->addresses];
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

uint32_t table_find(const struct table *table, const struct table_key *key,
                    const struct ka_segment *segment)
{
    return table->slots[find_slot(table, key, segment)].number - 1;
}

/* Double the slots; the stored half of the hash is enough to place each anew. */
static bool grow_slots(struct table *table)
{
    size_t old_count = table->slot_mask + 1;
    size_t mask = old_count * 2 - 1;
    struct table_slot *slots = mem_zeroed(table->mem, (mask + 1) * sizeof *slots);
    if (!slots)
        return false;
    for (size_t i = 0; i < old_count; i++) {
        if (!table->slots[i].number)
            continue;
        size_t at = table->slots[i].hash & mask;
        while (slots[at].number)
            at = (at + 1) & mask;
        slots[at] = table->slots[i];
    }
    mem_free(table->mem, table->slots, old_count * sizeof *slots);
    table->slots = slots;
    table->slot_mask = mask;
    return true;
}

static bool add_chunk(struct table *table)
{
    struct mem *mem = table->mem;
    void *conns = mem_grow(mem, table->conns, table->chunks, &table->chunk_capacity,
                           sizeof *table->conns);
    if (!conns)
        return false;
    table->conns = conns;
    void *rests = mem_grow(mem, table->rests, table->chunks, &table->rest_capacity,
                           sizeof *table->rests);
    if (!rests)
        return false;
    table->rests = rests;

    struct conn *chunk = mem_zeroed(mem, TABLE_CHUNK * sizeof *chunk);
    struct conn_rest *rest = mem_zeroed(mem, TABLE_CHUNK * sizeof *rest);
    if (!chunk || !rest) {
        mem_free(mem, chunk, TABLE_CHUNK * sizeof *chunk);
        mem_free(mem, rest, TABLE_CHUNK * sizeof *rest);
        return false;
    }
    table->conns[table->chunks] = chunk;
    table->rests[table->chunks] = rest;
    table->chunks++;
    return true;
}

/* Keep the addresses of an IPv6 connection; *place receives where. */
static bool keep_v6(struct table *table, const struct table_key *key,
                    const struct ka_segment *segment, uint32_t *place)
{
    void *grown = mem_grow(table->mem, table->v6, table->v6_count, &table->v6_capacity,
                           sizeof *table->v6);
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
    if (table->count == table->chunks * TABLE_CHUNK && !add_chunk(table))
        return UINT32_MAX;
    uint32_t addresses = 0;
    if (key->v6 && !keep_v6(table, key, segment, &addresses))
        return UINT32_MAX;

    struct table_slot *slot = &table->slots[find_slot(table, key, segment)];
    if (slot->number)
        table_conn(table, slot->number - 1)->flags |= CONN_SUPERSEDED;
    else
        table->slots_used++;
    uint32_t number = table->count++;
    *slot = (struct table_slot){.hash = (uint32_t)key->hash, .number = number + 1};

    struct conn *conn = table_conn(table, number);
    conn->addrs = key->addrs;
    conn->port[0] = key->port[0];
    conn->port[1] = key->port[1];
    conn->flags = key->v6 ? CONN_V6 : 0;
    table_rest(table, number)->addresses = addresses;
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
            endpoint->addr = table->v6[table_rest(table, number)->addresses][end];
        else
            endpoint->addr = v4_addr((uint32_t)(conn->addrs >> (end ? 0 : 32)));
    }
}
