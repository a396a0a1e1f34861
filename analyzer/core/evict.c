/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * evict.c: which connections make room for others.
 *
 * A hand goes round the places as that of a clock does, though in leaps: what came at the same time
 * lies side by side, and would go together. Where it stands a few connections are looked at, and
 * the least interesting of them go. So each costs a constant number of looks, however many there
 * are, and whoever floods a capture with new ones drives out his own: only one end of them was ever
 * seen.
 */
#include "evict.h"

enum {
    SPOT = 8,       /* neighbours that are looked at together */
    LOOKED_AT = 32, /* before some go */
    SHARE = 4,      /* one of so many goes */
    ATTEMPTS = 4,   /* to find what is not WAITING or DEAD */
    /* What one segment may add at most: a place and the details of a connection. */
    MARGIN_BYTES = 1 << 20,
    RADIX_BITS = 11,
};

/* How much a report would miss without this connection; the first go first. */
enum interest {
    OVER,          /* closed, reset, or its addresses and ports taken over by another */
    ONE_SIDED,     /* only one end was ever seen: floods and scans */
    NEVER_REACHED, /* ... which has sent its SYN again */
    AT_REST,       /* nothing but data */
    TOLD,          /* probes, retransmissions or heartbeats, all answered */
    WAITING,       /* something unanswered: may be dead */
    DEAD,
};

struct candidate {
    uint32_t place;
    enum interest interest;
    int64_t heard_ns;
};

void evict_init(struct ka *ka, const struct ka_config *config)
{
    struct table *table = &ka->table;
    ka->memory_high_bytes = UINT64_MAX;
    if (config->max_connections && config->max_connections < table->max_count)
        table->max_count = config->max_connections;
    if (config->max_memory_bytes == 0)
        return;
    uint64_t bytes = config->max_memory_bytes;
    bytes = (bytes > KA_MEMORY_MIN ? bytes : KA_MEMORY_MIN) - MARGIN_BYTES;
    /* A share stays for details: connections at rest never give room to them. */
    uint32_t most = table_capacity(bytes - bytes / 16 - ka->mem.held_bytes);
    if (most < table->max_count)
        table->max_count = most;
    /* For the numbers of places, and evict_order(). */
    const uint64_t each = sizeof *table->numbers + 2 * sizeof(uint32_t);
    ka->memory_high_bytes = bytes - each * table->max_count;
}

/* ---- which ------------------------------------------------------------------------------- */

static bool unanswered(const struct wait *wait)
{
    return wait->unanswered > 0 || wait->what == WAIT_WINDOW;
}

static enum interest interest_of(const struct conn *conn, const struct conn_rest *rest)
{
    const uint32_t both_fins = END_FIN | END_FIN << END_BITS;
    const struct watch *watch = rest->watch;
    bool one_sided = !end_is(conn, 0, END_SEEN) || !end_is(conn, 1, END_SEEN);
    if (watch && watch->dead)
        return DEAD;
    if (conn->flags & CONN_RESET)
        return OVER;
    if (watch && (unanswered(&watch->wait[0]) || unanswered(&watch->wait[1])))
        return watch->wait[0].what == WAIT_SYN || watch->wait[1].what == WAIT_SYN ? NEVER_REACHED
                                                                                  : WAITING;
    if ((conn->flags & CONN_SUPERSEDED) || (conn->flags & both_fins) == both_fins)
        return OVER;
    if (one_sided && !watch)
        return ONE_SIDED;
    return watch || beats_followed(rest) ? TOLD : AT_REST;
}

/* Its successor is less interesting, or as interesting and longer quiet. */
static bool outlasts(const struct candidate *a, const struct candidate *b)
{
    return a->interest != b->interest ? a->interest > b->interest : a->heard_ns > b->heard_ns;
}

/* The `most` least interesting come first, in order; of the others some are lost. */
static void sort_least(struct candidate *candidates, int count, int most)
{
    for (int i = 1; i < count; i++) {
        struct candidate moved = candidates[i];
        int at = i < most ? i : most - 1;
        if (i >= most && !outlasts(&candidates[at], &moved))
            continue;
        for (; at > 0 && outlasts(&candidates[at - 1], &moved); at--)
            candidates[at] = candidates[at - 1];
        candidates[at] = moved;
    }
}

/* The spot after this one: a prime step comes to each once before it comes again. */
static uint32_t next_spot(const struct table *table, uint32_t spot)
{
    const uint64_t step = 2654435761, spots = ((uint64_t)table->count + SPOT - 1) / SPOT;
    return (uint32_t)((spot + step) % spots);
}

/*
 * Bring the spots that come next into the cache: the segments for which there is room take a while.
 */
static void fetch_spots(const struct ka *ka)
{
    const struct table *table = &ka->table;
    uint32_t spot = ka->hand;
    for (int i = 0; i < LOOKED_AT / SPOT; i++) {
        spot = next_spot(table, spot);
        for (uint32_t place = spot * SPOT; place < table->count && place / SPOT == spot; place++) {
            __builtin_prefetch(table_conn(table, place));
            __builtin_prefetch(table_rest(table, place));
        }
    }
}

/* The connections of one spot, but for `spared`; with_details: those that have any. */
static int look_there(const struct table *table, uint32_t first, bool with_details, uint32_t spared,
                      struct candidate candidates[static SPOT])
{
    int found = 0;
    for (uint32_t place = first; place < table->count && place < first + SPOT; place++) {
        const struct conn *conn = table_conn(table, place);
        const struct conn_rest *rest = table_rest(table, place);
        if ((conn->flags & CONN_FREE) || place == spared ||
            (with_details && !rest->watch && !beats_followed(rest) && !(conn->flags & CONN_MARKED)))
            continue;
        candidates[found++] = (struct candidate){
            .place = place,
            .interest = interest_of(conn, rest),
            .heard_ns =
                conn->heard_ns[0] > conn->heard_ns[1] ? conn->heard_ns[0] : conn->heard_ns[1],
        };
    }
    return found;
}

/* At most LOOKED_AT connections; *places grows by the places that the hand passed. */
static int look(struct ka *ka, bool with_details, uint32_t spared, uint64_t *places,
                struct candidate candidates[static LOOKED_AT])
{
    int found = 0;
    for (; found + SPOT <= LOOKED_AT && *places < ka->table.count; *places += SPOT) {
        ka->hand = next_spot(&ka->table, ka->hand);
        found += look_there(&ka->table, ka->hand * SPOT, with_details, spared, candidates + found);
    }
    return found;
}

/* ---- making room ------------------------------------------------------------------------- */

static bool drop(struct ka *ka, uint32_t place)
{
    engine_free_details(ka, place);
    if (!table_remove(&ka->table, place)) {
        ka->no_memory = true;
        return false;
    }
    ka->dropped++;
    return true;
}

/*
 * Drop some of those that are found in at most all places. *places grows by those that were passed.
 * False when none was dropped.
 */
static bool drop_some(struct ka *ka, bool with_details, uint32_t spared, uint64_t *places)
{
    struct candidate candidates[LOOKED_AT];
    int dropped = 0;
    for (int attempt = 1; dropped == 0 && attempt <= ATTEMPTS; attempt++) {
        int found = look(ka, with_details, spared, places, candidates);
        bool is_last = attempt == ATTEMPTS || *places >= ka->table.count;
        int most = (found + SHARE - 1) / SHARE;
        sort_least(candidates, found, most);
        if (found == 0 || (candidates[0].interest >= WAITING && !is_last))
            continue;
        while (candidates[most - 1].interest > candidates[0].interest)
            most--;
        for (int i = 0; i < most; i++)
            table_fetch_for_removal(&ka->table, candidates[i].place);
        for (; dropped < most; dropped++)
            if (!drop(ka, candidates[dropped].place))
                return false;
        fetch_spots(ka);
    }
    return dropped > 0;
}

/* Free details until `bytes` more may be held, or there are none left. */
static void free_details(struct ka *ka, uint64_t bytes, uint32_t spared)
{
    uint64_t places = 0;
    while (ka->mem.held_bytes + bytes > ka->memory_high_bytes &&
           drop_some(ka, true, spared, &places))
        places = 0;
}

void evict_for_details(struct ka *ka, uint32_t spared)
{
    free_details(ka, 0, spared);
}

bool evict_for_connection(struct ka *ka)
{
    uint64_t places = 0;
    if (table_is_full(&ka->table) && !drop_some(ka, false, UINT32_MAX, &places))
        return false;
    size_t growth_bytes = table_growth_bytes(&ka->table);
    if (growth_bytes && ka->memory_high_bytes != UINT64_MAX)
        free_details(ka, growth_bytes, UINT32_MAX);
    return true;
}

/* ---- the order of reports ------------------------------------------------------------------ */

/* One pass of a radix sort: stable, by RADIX_BITS of the numbers. */
static void sort_by_digit(const struct table *table, const uint32_t *from, uint32_t *to,
                          uint32_t count, int shift)
{
    enum { DIGITS = 1 << RADIX_BITS };
    uint32_t starts[DIGITS + 1] = {0};
    for (uint32_t i = 0; i < count; i++)
        starts[(table_number(table, from[i]) >> shift) % DIGITS + 1]++;
    for (int digit = 1; digit < DIGITS; digit++)
        starts[digit] += starts[digit - 1];
    for (uint32_t i = 0; i < count; i++)
        to[starts[(table_number(table, from[i]) >> shift) % DIGITS]++] = from[i];
}

uint32_t *evict_order(struct ka *ka, uint32_t *count)
{
    const struct table *table = &ka->table;
    size_t bytes = table->count * sizeof(uint32_t);
    uint32_t *order = mem_resize(&ka->mem, NULL, 0, bytes);
    uint32_t *other = mem_resize(&ka->mem, NULL, 0, bytes);
    *count = 0;
    for (uint32_t place = 0; order && other && place < table->count; place++)
        if (!(table_conn(table, place)->flags & CONN_FREE))
            order[(*count)++] = place;
    for (int shift = 0; order && other && shift < 64 && table->made >> shift; shift += RADIX_BITS) {
        uint32_t *sorted = other;
        sort_by_digit(table, order, sorted, *count, shift);
        other = order;
        order = sorted;
    }
    bool complete = order && other;
    mem_free(&ka->mem, other, bytes);
    if (complete)
        return order;
    mem_free(&ka->mem, order, bytes);
    return NULL;
}
