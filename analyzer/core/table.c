/* SPDX-License-Identifier: GPL-2.0-or-later */
/* table.c: connections by addresses and ports. */
#include "table.h"

#include <string.h>

enum {
    FIRST_ROOM = 64, /* connections; doubles up to TABLE_CHUNK */
    SMALL_TABLE = 16 * TABLE_CHUNK,
    PLACE_BYTES = sizeof(struct table_pair) + sizeof(struct conn_record),
    V6_CHUNK_BYTES = TABLE_V6_CHUNK * sizeof(struct ka_addr[2])
};

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

/* In place of the addresses, for which a key has no room. */
static uint64_t hash_v6(const struct table *table, const struct ka_addr *low,
                        const struct ka_addr *high)
{
    uint64_t a = fold(load64(low->bytes) ^ table->secret[0], load64(low->bytes + 8));
    uint64_t b = fold(load64(high->bytes) ^ table->secret[1], load64(high->bytes + 8));
    return fold(a ^ table->secret[1], b + table->secret[0]);
}

static uint64_t hash_key(const struct table *table, uint64_t addrs, const uint16_t port[2])
{
    uint64_t ports = (uint64_t)port[0] << 16 | port[1];
    return fold(addrs ^ table->secret[0], ports ^ table->secret[1]);
}

/* Apart: with it in line, every key saved six registers for it. */
__attribute__((noinline)) static void
set_v6(const struct table *table, const struct ka_segment *segment, struct table_key *key)
{
    bool swap = compare_endpoints(&segment->from, &segment->to) > 0;
    const struct ka_endpoint *low = swap ? &segment->to : &segment->from;
    const struct ka_endpoint *high = swap ? &segment->from : &segment->to;
    key->addrs = hash_v6(table, &low->addr, &high->addr);
    key->port[0] = low->port;
    key->port[1] = high->port;
    key->from = swap;
    key->v6 = true;
}

/*
 * Address and port in one number order the ends without a branch: which of them sent the next
 * segment is what a processor cannot predict.
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

void table_key_set(const struct table *table, const struct ka_segment *segment,
                   struct table_key *key)
{
    const uint64_t mapped = 0xffff; /* above the IPv4 address in the low half */
    uint64_t from = low_half(&segment->from.addr), to = low_half(&segment->to.addr);
    uint64_t upper = load64(segment->from.addr.bytes) | load64(segment->to.addr.bytes);
    if (upper == 0 && from >> 32 == mapped && to >> 32 == mapped)
        set_v4((uint32_t)from, (uint32_t)to, segment, key);
    else
        set_v6(table, segment, key);
    key->guess = 0;
    key->hash = hash_key(table, key->addrs, key->port);
    __builtin_prefetch(&table->slots[(uint32_t)key->hash & table->slot_mask]);
}

static bool init_chunk(struct mem *mem, struct table_chunk *chunk, size_t room)
{
    *chunk = (struct table_chunk){0};
    if (!mem_block_init(mem, &chunk->block, room * PLACE_BYTES))
        return false;
    chunk->pairs = chunk->block.start;
    chunk->records = (struct conn_record *)(chunk->pairs + room);
    return true;
}

bool table_init(struct table *table, struct mem *mem, const uint64_t secret[2])
{
    enum { FIRST_SLOTS = 256 };
    *table =
        (struct table){.mem = mem, .secret = {secret[0], secret[1]}, .max_count = UINT32_MAX - 1};
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
        mem_block_free(mem, &table->chunks[i].block);
    mem_free(mem, table->chunks, table->chunk_capacity * sizeof *table->chunks);
    for (size_t i = 0; i < table->v6_chunks; i++)
        mem_free(mem, table->v6[i], V6_CHUNK_BYTES);
    mem_free(mem, table->v6, table->v6_capacity * sizeof *table->v6);
    if (table->numbers)
        mem_free(mem, table->numbers, table->max_count * sizeof *table->numbers);
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
        if (table_is_large(table)) { /* the rest of few is at hand, and mostly not needed */
            __builtin_prefetch(table_rest(table, key->guess - 1), 1);
            __builtin_prefetch(table_record(table, key->guess - 1)->origin.base, 1);
        }
    }
}

static struct ka_addr *v6_pair(const struct table *table, uint32_t place)
{
    return table->v6[place / TABLE_V6_CHUNK][place % TABLE_V6_CHUNK];
}

/* IPv6: the lower half of `addrs`, which has no room for the addresses, says where they are. */
static struct ka_addr *v6_ends(const struct table *table, const struct conn *conn)
{
    return v6_pair(table, (uint32_t)conn->addrs);
}

/*
 * Whether a connection has this key. An equal hash of IPv6 addresses is confirmed by the addresses.
 */
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
    mem_block_free(table->mem, &table->chunks[0].block);
    table->chunks[0] = grown;
    table->room = room;
    return true;
}

/*
 * Places that the next chunk, or the first one when it grows, is to have. Where there may be few in
 * all the first grows in one leap from a sixteenth: to copy more would take as much memory again.
 */
static size_t next_room(const struct table *table)
{
    size_t left = table->max_count - (table->room < TABLE_CHUNK ? 0 : table->room);
    size_t most = left < TABLE_CHUNK ? left : TABLE_CHUNK;
    size_t room = table->room ? table->room * 2 : FIRST_ROOM;
    bool leaps = table->max_count < SMALL_TABLE && room > most / 16;
    return room > most || leaps ? most : room;
}

/* Make room for one more connection at least. A capture of a few is not to pay for many. */
static bool add_room(struct table *table)
{
    if (table->chunk_count == 1 && table->room < TABLE_CHUNK)
        return grow_first_chunk(table, next_room(table));
    return add_chunk(table, next_room(table));
}

static bool add_v6_chunk(struct table *table)
{
    void *grown =
        mem_grow(table->mem, table->v6, table->v6_chunks, &table->v6_capacity, sizeof *table->v6);
    if (!grown)
        return false;
    table->v6 = grown;
    table->v6[table->v6_chunks] = mem_zeroed(table->mem, V6_CHUNK_BYTES);
    return table->v6[table->v6_chunks] && ++table->v6_chunks;
}

/* Keep the addresses of an IPv6 connection; *place receives where. */
static bool keep_v6(struct table *table, const struct table_key *key,
                    const struct ka_segment *segment, uint32_t *place)
{
    *place = table->v6_count;
    if (table->v6_free) {
        *place = table->v6_free - 1;
        memcpy(&table->v6_free, v6_pair(table, *place), sizeof table->v6_free);
    } else if (*place < table->v6_chunks * TABLE_V6_CHUNK || add_v6_chunk(table)) {
        table->v6_count++;
    } else {
        return false;
    }
    struct ka_addr *ends = v6_pair(table, *place);
    ends[key->from] = segment->from.addr;
    ends[!key->from] = segment->to.addr;
    return true;
}

static void free_v6(struct table *table, uint32_t place)
{
    memcpy(v6_pair(table, place), &table->v6_free, sizeof table->v6_free);
    table->v6_free = place + 1;
}

/* A place of which everything is zero. */
static uint32_t take_place(struct table *table)
{
    uint32_t place = table->count;
    if (table->free) {
        struct conn *conn = table_conn(table, table->free - 1);
        place = table->free - 1;
        table->free = conn->trail;
        memset(conn, 0, sizeof *conn);
    } else {
        table->count++;
    }
    if (table->numbers)
        table->numbers[place] = table->made;
    table->made++;
    return place;
}

static bool is_lengthened(const struct table *table)
{
    return (table->slots_used + 1) * 4 > (table->slot_mask + 1) * 3;
}

size_t table_growth_bytes(const struct table *table)
{
    size_t bytes = 0;
    if (is_lengthened(table))
        bytes += (table->slot_mask + 1) * 2 * sizeof *table->slots;
    if (!table->free && table->count == table->room)
        bytes += next_room(table) * PLACE_BYTES;
    return bytes;
}

uint32_t table_add(struct table *table, const struct table_key *key,
                   const struct ka_segment *segment)
{
    if (table_is_full(table))
        return UINT32_MAX;
    if (is_lengthened(table) && !grow_slots(table))
        return UINT32_MAX;
    if (!table->free && table->count == table->room && !add_room(table))
        return UINT32_MAX;
    uint32_t v6_place = 0;
    if (key->v6 && !keep_v6(table, key, segment, &v6_place))
        return UINT32_MAX;

    struct table_slot *slot = &table->slots[find_slot(table, key, segment)];
    if (slot->number)
        table_conn(table, slot->number - 1)->flags |= CONN_SUPERSEDED;
    else
        table->slots_used++;
    uint32_t place = take_place(table);
    *slot = (struct table_slot){.hash = (uint32_t)key->hash, .number = place + 1};

    struct conn *conn = table_conn(table, place);
    /* Of the connections that are soon to be made. */
    __builtin_prefetch(conn + 4 * sizeof(struct table_pair) / sizeof *conn, 1);
    conn->addrs = key->v6 ? key->addrs >> 32 << 32 | v6_place : key->addrs;
    conn->port[0] = key->port[0];
    conn->port[1] = key->port[1];
    conn->flags = key->v6 ? CONN_V6 : 0;
    return place;
}

/* ---- making room ------------------------------------------------------------------------- */

uint32_t table_capacity(uint64_t bytes)
{
    /* Its number, and what putting the numbers in order takes at the end (evict.c). */
    const uint64_t each = PLACE_BYTES + sizeof(struct ka_addr[2]) + 2 * sizeof(uint64_t);
    uint64_t best = 0;
    for (uint64_t slots = 256; slots * sizeof(struct table_slot) < bytes; slots *= 2) {
        uint64_t fit = (bytes - slots * sizeof(struct table_slot)) / each;
        uint64_t count = fit < slots / 4 * 3 ? fit : slots / 4 * 3;
        best = count > best ? count : best;
    }
    return best < UINT32_MAX - 1 ? (uint32_t)best : UINT32_MAX - 1;
}

/* From here on places and numbers go separate ways. */
static bool keep_numbers(struct table *table)
{
    if (table->numbers)
        return true;
    table->numbers = mem_resize(table->mem, NULL, 0, table->max_count * sizeof *table->numbers);
    for (uint32_t place = 0; table->numbers && place < table->count; place++)
        table->numbers[place] = place;
    return table->numbers != NULL;
}

/* The key under which this connection was added, but for what only lookups need. */
static uint64_t hash_of(const struct table *table, const struct conn *conn)
{
    uint64_t addrs = conn->addrs;
    if (conn->flags & CONN_V6) {
        const struct ka_addr *ends = v6_ends(table, conn);
        addrs = hash_v6(table, &ends[0], &ends[1]);
    }
    return hash_key(table, addrs, conn->port);
}

/*
 * Close the gap at slot `at` with what had to go further than it, as if the one that was there had
 * never been: no marks of removed entries that would lengthen every search.
 */
static void remove_slot(struct table *table, size_t at)
{
    struct table_slot *slots = table->slots;
    size_t mask = table->slot_mask;
    for (size_t next = (at + 1) & mask; slots[next].number; next = (next + 1) & mask) {
        size_t wanted = slots[next].hash & mask;
        if (((next - wanted) & mask) < ((next - at) & mask))
            continue; /* `at` comes before the slot where a search for it begins */
        slots[at] = slots[next];
        at = next;
    }
    slots[at] = (struct table_slot){0};
    table->slots_used--;
}

void table_fetch_for_removal(const struct table *table, uint32_t place)
{
    const struct conn *conn = table_conn(table, place);
    __builtin_prefetch(&table->slots[(uint32_t)hash_of(table, conn) & table->slot_mask], 1);
    __builtin_prefetch(table_record(table, place), 1);
    if (table->numbers)
        __builtin_prefetch(&table->numbers[place], 1);
}

bool table_remove(struct table *table, uint32_t place)
{
    struct conn *conn = table_conn(table, place);
    if (!keep_numbers(table))
        return false;
    if (!(conn->flags & CONN_SUPERSEDED)) {
        size_t at = (uint32_t)hash_of(table, conn) & table->slot_mask;
        while (table->slots[at].number != place + 1)
            at = (at + 1) & table->slot_mask;
        remove_slot(table, at);
    }
    if (conn->flags & CONN_V6)
        free_v6(table, (uint32_t)conn->addrs);
    memset(conn, 0, sizeof *conn);
    memset(table_rest(table, place), 0, sizeof(struct conn_rest));
    memset(table_record(table, place), 0, sizeof(struct conn_record));
    /* Superseded: a guess that was made before must not fit. */
    conn->flags = CONN_FREE | CONN_SUPERSEDED;
    conn->trail = table->free;
    table->free = place + 1;
    return true;
}

/* ---- endpoints --------------------------------------------------------------------------- */

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
