/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * compare_match.c: which segments of a pair of connections are the same. Numbers and timestamp say
 * so; segments that have the same ones, as probes without timestamps have, are told apart by time.
 */
#include <stdlib.h>
#include <string.h>

#include "compare.h"

/* A segment of one direction of a pair, and what makes it the same. */
struct item {
    uint64_t numbers, others;
    uint32_t id;
    uint32_t index;
};

/* The items of one direction in one place. */
struct items {
    struct item *rows;
    size_t count;
};

struct matcher {
    struct place *places;
    const struct clocks *clocks; /* NULL: not aligned yet */
    struct pair *pair;
    struct items items[PLACES];
};

static void matcher_free(struct matcher *matcher)
{
    for (int place = 0; place < PLACES; place++)
        free(matcher->items[place].rows);
}

static bool matcher_make(struct matcher *matcher)
{
    bool is_complete = true;

    for (int place = 0; place < PLACES; place++) {
        matcher->items[place].rows =
            malloc((matcher->places[place].count + 1) * sizeof *matcher->items[place].rows);
        is_complete = matcher->items[place].rows && is_complete;
    }
    return is_complete;
}

/* ---- rewritten numbers ------------------------------------------------------------------- */

static int compare_u64(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

static int order_items(const void *left, const void *right)
{
    const struct item *a = left, *b = right;
    int order = compare_u64(a->numbers, b->numbers);

    if (order == 0)
        order = compare_u64(a->others, b->others);
    if (order == 0)
        order = compare_u64(a->id, b->id);
    return order ? order : compare_u64(a->index, b->index);
}

typedef struct item item_maker(const struct matcher *matcher, int place, const struct seen *seen);

/* What a box that rewrites numbers leaves alone. */
static struct item contents_item(const struct matcher *matcher, int place, const struct seen *seen)
{
    (void)matcher;
    (void)place;
    return (struct item){
        .numbers = (uint64_t)seen->tsval << 32 | seen->tsecr,
        .others = (uint64_t)seen->head << 32 | (seen->len ^ (uint32_t)seen->flags << 24),
        .id = seen->has_timestamps ? 0 : (uint32_t)seen->ip_id << 16 | seen->window};
}

/* The numbers that A would see, and the timestamp. */
static struct item numbers_item(const struct matcher *matcher, int place, const struct seen *seen)
{
    const struct pair *pair = matcher->pair;
    enum ka_side side = pair_side(pair, place, seen);
    uint32_t seq = seen->seq, ack = seen->ack;

    if (place == PLACE_B) {
        /*
         * A RST without ACK takes its number from what it answers, but it passes the box as well.
         */
        seq -= pair->seq_offset[side];
        ack -= seen->flags & KA_ACK ? pair->seq_offset[!side] : 0;
    }
    return (struct item){
        .numbers = (uint64_t)seq << 32 | ack,
        .others = (uint64_t)(pair->has_timestamps ? seen->tsval : 0) << 32 |
                  (seen->len ^ (uint32_t)seen->flags << 24),
        .id = pair->has_ids ? seen->ip_id : 0,
    };
}

static void fill(struct matcher *matcher, enum ka_side side, item_maker *make)
{
    for (int place = 0; place < PLACES; place++) {
        const struct place *here = &matcher->places[place];
        struct items *items = &matcher->items[place];
        uint32_t connection = matcher->pair->connection[place];

        items->count = 0;
        for (uint32_t i = here->start[connection]; i < here->start[connection + 1]; i++) {
            uint32_t index = here->order[i];
            const struct seen *seen = &here->segments[index];

            if (pair_side(matcher->pair, place, seen) != side)
                continue;
            items->rows[items->count] = make(matcher, place, seen);
            items->rows[items->count++].index = index;
        }
        if (items->count > 0)
            qsort(items->rows, items->count, sizeof *items->rows, order_items);
    }
}

/* Candidates for a constant, those seen most often kept (Misra and Gries). */
enum { CANDIDATES = 8 };

struct candidates {
    uint32_t value[CANDIDATES], votes[CANDIDATES];
};

static void vote(struct candidates *candidates, uint32_t value)
{
    int free_at = -1;

    for (int i = 0; i < CANDIDATES; i++) {
        if (candidates->votes[i] > 0 && candidates->value[i] == value) {
            candidates->votes[i]++;
            return;
        }
        if (candidates->votes[i] == 0)
            free_at = i;
    }
    if (free_at >= 0) {
        candidates->value[free_at] = value;
        candidates->votes[free_at] = 1;
        return;
    }
    for (int i = 0; i < CANDIDATES; i++)
        candidates->votes[i]--;
}

static int compare_items(const struct item *a, const struct item *b)
{
    int order = compare_u64(a->numbers, b->numbers);

    if (order == 0)
        order = compare_u64(a->others, b->others);
    return order ? order : compare_u64(a->id, b->id);
}

/* How many items from `at` on have the same numbers and the rest. */
static size_t run_length(const struct items *items, size_t at)
{
    size_t n = 1;

    while (at + n < items->count && compare_items(&items->rows[at], &items->rows[at + n]) == 0)
        n++;
    return n;
}

typedef void run_visitor(struct matcher *matcher, const size_t at[static PLACES],
                         const size_t length[static PLACES], void *user);

/* Visit what is in both places. */
static void for_runs(struct matcher *matcher, run_visitor *visit, void *user)
{
    const struct items *a = &matcher->items[PLACE_A], *b = &matcher->items[PLACE_B];
    size_t at[PLACES] = {0, 0};

    while (at[PLACE_A] < a->count && at[PLACE_B] < b->count) {
        int order = compare_items(&a->rows[at[PLACE_A]], &b->rows[at[PLACE_B]]);
        /* Each run is measured once, when it is passed. */
        size_t length[PLACES] = {order <= 0 ? run_length(a, at[PLACE_A]) : 0,
                                 order >= 0 ? run_length(b, at[PLACE_B]) : 0};

        if (order == 0)
            visit(matcher, at, length, user);
        at[PLACE_A] += length[PLACE_A];
        at[PLACE_B] += length[PLACE_B];
    }
}

static const struct seen *seen_of(const struct matcher *matcher, int place, size_t item)
{
    return &matcher->places[place].segments[matcher->items[place].rows[item].index];
}

static void vote_offset(struct matcher *matcher, const size_t at[static PLACES],
                        const size_t length[static PLACES], void *user)
{
    size_t n = length[PLACE_A] < length[PLACE_B] ? length[PLACE_A] : length[PLACE_B];

    for (size_t i = 0; i < n; i++)
        vote(user, seen_of(matcher, PLACE_B, at[PLACE_B] + i)->seq -
                       seen_of(matcher, PLACE_A, at[PLACE_A] + i)->seq);
}

static void find_offsets(struct matcher *matcher)
{
    for (int side = 0; side < 2; side++) {
        struct candidates candidates = {.votes = {0}};
        int best = 0;

        fill(matcher, (enum ka_side)side, contents_item);
        for_runs(matcher, vote_offset, &candidates);
        for (int i = 1; i < CANDIDATES; i++)
            if (candidates.votes[i] > candidates.votes[best])
                best = i;
        matcher->pair->seq_offset[side] = candidates.votes[best] ? candidates.value[best] : 0;
    }
    matcher->pair->numbers_differ =
        matcher->pair->seq_offset[KA_CLIENT] != 0 || matcher->pair->seq_offset[KA_SERVER] != 0;
}

/* ---- the same segments ------------------------------------------------------------------- */

/* Longer than any path delays a segment, were the clocks not off. */
static const int64_t longest_delay_ns = 10 * KA_SECOND;

/* How much later B has the segment than the clocks say. */
static int64_t apart_ns(const struct matcher *matcher, const struct seen *a, const struct seen *b)
{
    int64_t expected_ns = matcher->clocks && matcher->clocks->is_known
                              ? clocks_to_b(matcher->clocks, a->time_ns)
                              : a->time_ns;

    return b->time_ns - expected_ns;
}

static void join(struct matcher *matcher, size_t a, size_t b)
{
    uint32_t index_a = matcher->items[PLACE_A].rows[a].index;
    uint32_t index_b = matcher->items[PLACE_B].rows[b].index;
    struct seen *seen_a = &matcher->places[PLACE_A].segments[index_a];
    struct seen *seen_b = &matcher->places[PLACE_B].segments[index_b];

    seen_a->partner = index_b;
    seen_b->partner = index_a;
    matcher->pair->matched[pair_side(matcher->pair, PLACE_A, seen_a)]++;
}

static int64_t distance_ns(const struct matcher *matcher, size_t a, size_t b)
{
    int64_t off_ns = apart_ns(matcher, seen_of(matcher, PLACE_A, a), seen_of(matcher, PLACE_B, b));

    return off_ns < 0 ? -off_ns : off_ns;
}

/* By how much the clocks may be off, so far from what they rest on: unset ones by a thousandth. */
static int64_t slack_ns(const struct matcher *matcher, const struct seen *a)
{
    const struct clocks *clocks = matcher->clocks;
    int64_t away_ns = 0;

    if (a->time_ns > clocks->last_ns)
        away_ns = a->time_ns - clocks->last_ns;
    else if (a->time_ns < clocks->first_ns)
        away_ns = clocks->first_ns - a->time_ns;
    return away_ns / 1000;
}

/* Whether b, B's nearest of these, is near enough, and no other comes into question. */
static bool is_near(const struct matcher *matcher, size_t a, size_t b, size_t start_b, size_t end_b)
{
    static const int64_t near_ns = 2 * KA_SECOND;
    int64_t apart_ns = distance_ns(matcher, a, b);
    int64_t slack = slack_ns(matcher, seen_of(matcher, PLACE_A, a));

    if (apart_ns <= near_ns)
        return true;
    return matcher->clocks->is_known && apart_ns <= near_ns + slack &&
           (b == start_b || distance_ns(matcher, a, b - 1) / 4 > slack) &&
           (b + 1 == end_b || distance_ns(matcher, a, b + 1) / 4 > slack);
}

/* Of segments that are alike, those are the same that are nearest to each other in time. */
static void join_by_time(struct matcher *matcher, const size_t at[static PLACES],
                         const size_t length[static PLACES])
{
    size_t end_a = at[PLACE_A] + length[PLACE_A], end_b = at[PLACE_B] + length[PLACE_B];
    size_t b = at[PLACE_B];

    for (size_t a = at[PLACE_A]; a < end_a && b < end_b; a++) {
        int64_t apart = distance_ns(matcher, a, b);

        while (b + 1 < end_b && distance_ns(matcher, a, b + 1) < apart)
            apart = distance_ns(matcher, a, ++b);
        if (!is_near(matcher, a, b, at[PLACE_B], end_b) ||
            (a + 1 < end_a && distance_ns(matcher, a + 1, b) < apart))
            continue;
        join(matcher, a, b++);
    }
}

static void join_run(struct matcher *matcher, const size_t at[static PLACES],
                     const size_t length[static PLACES], void *user)
{
    bool is_single = length[PLACE_A] == 1 && length[PLACE_B] == 1;

    (void)user;
    if (is_single) {
        int64_t off_ns = apart_ns(matcher, seen_of(matcher, PLACE_A, at[PLACE_A]),
                                  seen_of(matcher, PLACE_B, at[PLACE_B]));
        if (!matcher->clocks || !matcher->clocks->is_known ||
            (off_ns > -longest_delay_ns && off_ns < longest_delay_ns))
            join(matcher, at[PLACE_A], at[PLACE_B]);
    } else if (matcher->clocks) {
        join_by_time(matcher, at, length);
    }
}

/* It has no partner, at a time that the other capture covers. */
static bool is_leftover(const struct matcher *matcher, int place, const struct seen *seen)
{
    int64_t there_ns = place == PLACE_A ? clocks_to_b(matcher->clocks, seen->time_ns)
                                        : clocks_to_a(matcher->clocks, seen->time_ns);

    return seen->partner == COMPARE_NONE &&
           place_covers(&matcher->places[!place], matcher->clocks, there_ns);
}

static uint64_t leftovers(const struct matcher *matcher, int place, size_t at, size_t length)
{
    uint64_t count = 0;

    for (size_t i = at; i < at + length; i++)
        count += is_leftover(matcher, place, seen_of(matcher, place, i));
    return count;
}

/*
 * A segment lost between and one like it born between: rather the clocks are off by more than is
 * known (a drift that changes, a clock that was set), and neither can be told from the other.
 */
static void doubt_run(struct matcher *matcher, const size_t at[static PLACES],
                      const size_t length[static PLACES], void *user)
{
    (void)user;
    if (leftovers(matcher, PLACE_A, at[PLACE_A], length[PLACE_A]) == 0 ||
        leftovers(matcher, PLACE_B, at[PLACE_B], length[PLACE_B]) == 0)
        return;
    for (int place = 0; place < PLACES; place++)
        for (size_t i = at[place]; i < at[place] + length[place]; i++) {
            struct seen *seen =
                &matcher->places[place].segments[matcher->items[place].rows[i].index];

            seen->is_doubtful = seen->partner == COMPARE_NONE;
        }
}

uint64_t pairs_matched(const struct pairs *pairs)
{
    uint64_t matched = 0;

    for (size_t i = 0; i < pairs->count; i++)
        matched += pairs->rows[i].matched[KA_CLIENT] + pairs->rows[i].matched[KA_SERVER];
    return matched;
}

/* Match the segments of the matcher's pair. */
static void match_sides(struct matcher *matcher)
{
    struct pair *pair = matcher->pair;

    for (int place = 0; place < PLACES; place++) {
        const struct place *here = &matcher->places[place];
        uint32_t connection = pair->connection[place];

        for (uint32_t i = here->start[connection]; i < here->start[connection + 1]; i++) {
            here->segments[here->order[i]].partner = COMPARE_NONE;
            here->segments[here->order[i]].is_doubtful = false;
        }
    }
    pair->matched[KA_CLIENT] = pair->matched[KA_SERVER] = 0;
    for (int side = 0; side < 2; side++) {
        fill(matcher, (enum ka_side)side, numbers_item);
        for_runs(matcher, join_run, NULL);
        if (!matcher->clocks)
            continue;
        for_runs(matcher, doubt_run, NULL);
        /*
         * As many lost as born, and more than arrived: numbers are
         * rewritten in a way not understood.
         */
        uint64_t a = leftovers(matcher, PLACE_A, 0, matcher->items[PLACE_A].count);
        uint64_t b = leftovers(matcher, PLACE_B, 0, matcher->items[PLACE_B].count);
        uint64_t fewer = a < b ? a : b;

        pair->is_doubtful[side] = pair->matched[side] == 0 || pair->matched[side] < fewer;
    }
}

/*
 * Without clocks the offset of rewritten numbers is found, too; where
 * nothing fits, it is worth a try.
 */
static void match_pair(struct matcher *matcher)
{
    enum { MATCHED_MIN = 3 }; /* of either side, by an offset that was guessed */
    struct pair *pair = matcher->pair;

    if (pair->numbers_differ && !matcher->clocks)
        find_offsets(matcher);
    match_sides(matcher);
    if (matcher->clocks || pair->numbers_differ ||
        (pair->matched[KA_CLIENT] > 0 && pair->matched[KA_SERVER] > 0))
        return;
    find_offsets(matcher);
    match_sides(matcher);
    if (pair->matched[KA_CLIENT] >= MATCHED_MIN && pair->matched[KA_SERVER] >= MATCHED_MIN)
        return;
    pair->seq_offset[KA_CLIENT] = pair->seq_offset[KA_SERVER] = 0;
    pair->numbers_differ = false;
    match_sides(matcher);
}

bool pairs_match(struct pairs *pairs, struct place places[static PLACES],
                 const struct clocks *clocks)
{
    struct matcher matcher = {.places = places, .clocks = clocks};
    bool is_complete = matcher_make(&matcher);

    for (size_t i = 0; is_complete && i < pairs->count; i++) {
        matcher.pair = &pairs->rows[i];
        match_pair(&matcher);
    }
    matcher_free(&matcher);
    return is_complete;
}
