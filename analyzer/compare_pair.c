/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * compare_pair.c: which connections, and which of their segments, are the same in both captures.
 *
 * Addresses and ports may be translated between the places. What a translator leaves alone says
 * which connections are the same: sequence and ACK numbers, timestamps, how the payload begins.
 * Where it rewrites the numbers, each end's are off by a constant.
 */
#include <stdlib.h>
#include <string.h>

#include "compare.h"

/* A key that many segments share says little, and a capture made to have one must not cost more. */
enum { CHAIN_MAX = 8, VOTES_MAX = 1 << 22, MATCHED_FLAGS = KA_FIN | KA_SYN | KA_RST | KA_ACK };

/* What the two keys below say for a pair of connections. */
struct vote {
    uint64_t key; /* connection of A, connection of B, flipped; 0: free */
    uint32_t numbers, contents;
    uint32_t ids; /* of both those with the same IP ID */
    bool has_ack, has_timestamps;
};

/* B's segments by a key. */
struct key_index {
    uint64_t *keys;
    uint32_t *heads, *next;
    size_t mask;
};

struct votes {
    struct vote *rows;
    size_t count, mask;
};

static uint64_t mix(uint64_t hash, uint64_t value)
{
    hash = (hash ^ value) * UINT64_C(0x9e3779b97f4a7c15); /* Fibonacci hashing */
    return hash ^ hash >> 29;
}

/* By its numbers; never 0. */
static uint64_t numbers_key(const struct seen *s)
{
    uint64_t key = mix((uint64_t)s->seq << 32 | s->ack, (uint64_t)s->len << 8 | s->flags);

    return mix(key, s->head) | 1;
}

/* By what stands beside them; 0 where that is too little. */
static uint64_t contents_key(const struct seen *s)
{
    enum { HEAD_MIN = 4 };
    bool is_telling = s->has_timestamps || s->ip_id || (s->head && s->len >= HEAD_MIN);
    uint64_t key = mix((uint64_t)s->tsval << 32 | s->tsecr, (uint64_t)s->len << 8 | s->flags);

    if (!s->has_timestamps) /* weaker, but translators leave these alone as well */
        key = mix(key, (uint64_t)s->ip_id << 16 | s->window);
    return is_telling ? mix(key, s->head) | 1 : 0;
}

typedef uint64_t segment_key(const struct seen *seen);

static bool takes_part(const struct seen *seen)
{
    return seen->connection != COMPARE_NONE && !seen->is_copy;
}

static size_t table_size(size_t count)
{
    size_t size = 64;

    while (size < 2 * count)
        size *= 2;
    return size;
}

static void index_free(struct key_index *index)
{
    free(index->keys);
    free(index->heads);
    free(index->next);
}

static bool index_make(struct key_index *index, const struct place *place, segment_key *key_of)
{
    size_t size = table_size(place->count);

    *index = (struct key_index){
        .keys = calloc(size, sizeof *index->keys),
        .heads = calloc(size, sizeof *index->heads),
        .next = malloc((place->count + 1) * sizeof *index->next),
        .mask = size - 1,
    };
    if (!index->keys || !index->heads || !index->next)
        return false;
    for (size_t i = place->count; i-- > 0;) { /* chains are then in the order of frames */
        uint64_t key = takes_part(&place->segments[i]) ? key_of(&place->segments[i]) : 0;
        size_t at = (key >> 8) & index->mask;

        if (!key)
            continue;
        while (index->keys[at] && index->keys[at] != key)
            at = (at + 1) & index->mask;
        index->next[i] = index->keys[at] ? index->heads[at] : COMPARE_NONE;
        index->keys[at] = key;
        index->heads[at] = (uint32_t)i;
    }
    return true;
}

static uint32_t index_find(const struct key_index *index, uint64_t key)
{
    size_t at = (key >> 8) & index->mask;

    while (index->keys[at] && index->keys[at] != key)
        at = (at + 1) & index->mask;
    return index->keys[at] ? index->heads[at] : COMPARE_NONE;
}

/* ---- votes ------------------------------------------------------------------------------- */

static bool votes_grow(struct votes *votes)
{
    struct vote *old = votes->rows;
    size_t old_size = old ? votes->mask + 1 : 0, size = old ? 2 * old_size : 1024;

    votes->rows = calloc(size, sizeof *votes->rows);
    if (!votes->rows) {
        votes->rows = old;
        return false;
    }
    votes->mask = size - 1;
    for (size_t i = 0; i < old_size; i++) {
        size_t at = mix(0, old[i].key) & votes->mask;

        if (!old[i].key)
            continue;
        while (votes->rows[at].key)
            at = (at + 1) & votes->mask;
        votes->rows[at] = old[i];
    }
    free(old);
    return true;
}

/* The row for this pair of connections; NULL beyond VOTES_MAX of them, or out of memory. */
static struct vote *vote_for(struct votes *votes, const struct seen *a, const struct seen *b)
{
    uint64_t key =
        ((uint64_t)(a->connection + 1) << 32 | b->connection) << 1 | (a->from != b->from);
    size_t at;

    if (!votes->rows || votes->count > votes->mask / 2)
        if (votes->count >= VOTES_MAX || !votes_grow(votes))
            return NULL;
    at = mix(0, key) & votes->mask;
    while (votes->rows[at].key && votes->rows[at].key != key)
        at = (at + 1) & votes->mask;
    if (!votes->rows[at].key) {
        votes->rows[at].key = key;
        votes->count++;
    }
    return &votes->rows[at];
}

static bool collect(struct votes *votes, const struct place places[static PLACES],
                    segment_key *key_of, bool by_numbers)
{
    struct key_index index;
    bool is_made = index_make(&index, &places[PLACE_B], key_of);

    for (size_t i = 0; is_made && i < places[PLACE_A].count; i++) {
        const struct seen *a = &places[PLACE_A].segments[i];
        uint64_t key = takes_part(a) ? key_of(a) : 0;
        uint32_t at = key ? index_find(&index, key) : COMPARE_NONE;

        for (int n = 0; at != COMPARE_NONE && n < CHAIN_MAX; n++, at = index.next[at]) {
            const struct seen *b = &places[PLACE_B].segments[at];
            struct vote *vote = vote_for(votes, a, b);

            if (!vote)
                break;
            vote->numbers += by_numbers;
            vote->contents += !by_numbers;
            vote->ids += a->ip_id && a->ip_id == b->ip_id;
            vote->has_ack = vote->has_ack || (by_numbers && a->ack != 0);
            vote->has_timestamps =
                vote->has_timestamps ||
                (a->has_timestamps && b->has_timestamps && a->tsval && a->tsval == b->tsval);
        }
    }
    index_free(&index);
    return is_made;
}

/* ---- connections ------------------------------------------------------------------------- */

static uint64_t vote_score(const struct vote *vote)
{
    return 2 * (uint64_t)vote->numbers + vote->contents;
}

static int order_votes(const void *left, const void *right)
{
    const struct vote *a = left, *b = right;
    uint64_t score_a = vote_score(a), score_b = vote_score(b);

    if (score_a != score_b)
        return score_a < score_b ? 1 : -1;
    return (a->key > b->key) - (a->key < b->key);
}

static int order_pairs(const void *left, const void *right)
{
    const struct pair *a = left, *b = right;

    return (a->connection[PLACE_A] > b->connection[PLACE_A]) -
           (a->connection[PLACE_A] < b->connection[PLACE_A]);
}

static uint32_t vote_a(const struct vote *vote)
{
    return (uint32_t)(vote->key >> 33) - 1;
}

static uint32_t vote_b(const struct vote *vote)
{
    return (uint32_t)(vote->key >> 1);
}

/*
 * 64 equal bits are no chance; a SYN's number has 32, and contents are
 * not always the connection's own.
 */
static bool is_convincing(const struct vote *vote)
{
    if (vote->numbers >= 2 || (vote->numbers == 1 && (vote->has_ack || vote->has_timestamps)))
        return true;
    return vote->contents >= (vote->has_timestamps ? 2 : 3);
}

/* Another pair that would do as well: connections alike in all that can be compared. */
static bool is_ambiguous(const struct votes *votes, size_t at)
{
    enum { LOOK_AHEAD = 64 };
    const struct vote *vote = &votes->rows[at];

    for (size_t i = at + 1; i < votes->count && i < at + LOOK_AHEAD; i++) {
        const struct vote *other = &votes->rows[i];

        if (vote_score(other) < vote_score(vote))
            return false;
        if (vote->numbers == 0 && (vote_a(other) == vote_a(vote) || vote_b(other) == vote_b(vote)))
            return true;
    }
    return false;
}

static bool take_pairs(struct pairs *pairs, struct place places[static PLACES], struct votes *votes)
{
    size_t most = places[PLACE_A].connection_count, used = 0;

    pairs->rows = calloc(most + 1, sizeof *pairs->rows);
    if (!pairs->rows)
        return false;
    for (size_t i = 0; votes->rows && i <= votes->mask; i++)
        if (votes->rows[i].key)
            votes->rows[used++] = votes->rows[i];
    if (used > 0)
        qsort(votes->rows, used, sizeof *votes->rows, order_votes);
    for (size_t i = 0; i < used; i++) {
        const struct vote *vote = &votes->rows[i];
        struct seen_connection *a = &places[PLACE_A].connections[vote_a(vote)];
        struct seen_connection *b = &places[PLACE_B].connections[vote_b(vote)];

        if (a->partner != COMPARE_NONE || b->partner != COMPARE_NONE || !is_convincing(vote) ||
            is_ambiguous(votes, i))
            continue;
        a->partner = vote_b(vote);
        b->partner = vote_a(vote);
        pairs->rows[pairs->count++] = (struct pair){
            .connection = {vote_a(vote), vote_b(vote)},
            .is_flipped = vote->key & 1,
            .near = {PLACE_A, PLACE_B},
            .has_timestamps = vote->has_timestamps,
            /* A segment has one of its own number and up to CHAIN_MAX that repeat it. */
            .has_ids =
                vote->ids >= 2 && vote->ids >= (vote->numbers + vote->contents) / (2 * CHAIN_MAX),
            .numbers_differ = vote->contents > vote->numbers,
        };
    }
    qsort(pairs->rows, pairs->count, sizeof *pairs->rows, order_pairs);
    return true;
}

bool pairs_find(struct pairs *pairs, struct place places[static PLACES])
{
    struct votes votes = {.count = 0};
    bool is_complete = collect(&votes, places, numbers_key, true) &&
                       collect(&votes, places, contents_key, false) &&
                       take_pairs(pairs, places, &votes);

    free(votes.rows);
    return is_complete;
}
