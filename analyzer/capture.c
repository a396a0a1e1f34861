/* SPDX-License-Identifier: GPL-2.0-or-later */
/* capture.c: the tagged frames of one capture, collected, then ordered. */
#include "capture.h"

#include <stdlib.h>
#include <string.h>

/* Twice as many rows. False: out of memory, the rows are as they were. */
static bool grow(struct events *events)
{
    size_t capacity = events->capacity ? 2 * events->capacity : 256;
    struct event *rows;

    pages_await(&events->pages);
    rows = reallocarray(events->rows, capacity, sizeof *rows);
    if (!rows)
        return false;
    events->rows = rows;
    events->capacity = capacity;
    return true;
}

/*
 * A thread makes the pages of the rows that come next: to make each when it is touched took a tenth of
 * the time of a capture that is full of tagged frames.
 */
static void make_ahead(struct events *events)
{
    enum { AHEAD_ROWS = 1 << 16 };
    size_t from = events->made > events->count ? events->made : events->count;
    size_t left = events->capacity - from;

    if (events->count < AHEAD_ROWS || from > events->count + AHEAD_ROWS / 2 || left == 0)
        return;
    left = left < AHEAD_ROWS ? left : AHEAD_ROWS;
    pages_make(&events->pages, &events->rows[from], left * sizeof *events->rows);
    events->made = from + left;
}

bool events_add(struct events *events, const struct ka_frame *frame, const struct ka_peers *peers)
{
    if (events->count == events->capacity && !grow(events))
        return false;
    make_ahead(events);
    events->rows[events->count] = (struct event){.frame = *frame, .peers = *peers};
    events->count++;
    return true;
}

/* What a row is sorted by, and its place. */
struct row_key {
    uint64_t key;
    size_t row;
};

enum { DIGIT_BITS = 11, DIGITS = 1 << DIGIT_BITS };

/* Into `to`, in the order of one digit of the keys; rows of equal digits keep their order. */
static void sort_by_digit(const struct row_key *from, struct row_key *to, size_t count,
                          unsigned shift)
{
    size_t starts[DIGITS + 1] = {0};

    for (size_t i = 0; i < count; i++)
        starts[(from[i].key >> shift) % DIGITS + 1]++;
    for (int digit = 1; digit < DIGITS; digit++)
        starts[digit] += starts[digit - 1];
    for (size_t i = 0; i < count; i++)
        to[starts[(from[i].key >> shift) % DIGITS]++] = from[i];
}

/*
 * The keys in order, in `keys` or in `spare`, which has as much room. A radix sort: comparing took
 * longer than writing the rows out.
 */
static struct row_key *sort(struct row_key *keys, struct row_key *spare, size_t count)
{
    uint64_t highest = 0;

    for (size_t i = 0; i < count; i++)
        highest |= keys[i].key;
    for (unsigned shift = 0; shift < 64 && highest >> shift; shift += DIGIT_BITS) {
        struct row_key *sorted = spare;

        sort_by_digit(keys, sorted, count, shift);
        spare = keys;
        keys = sorted;
    }
    return keys;
}

/* Put the rows in the order that the keys have, each of which is there once. */
static void arrange(struct event *rows, struct row_key *keys, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct event moved = rows[i];
        size_t at = i;

        /* Round the cycle that row i is part of; a row in its place has its own number. */
        while (keys[at].row != i) {
            size_t from = keys[at].row;

            rows[at] = rows[from];
            keys[at].row = at;
            at = from;
        }
        if (at != i)
            rows[at] = moved;
        keys[at].row = at;
    }
}

/*
 * Move the rows that hold to the front of the sorted keys, the others behind them: of each frame
 * the last report, unless it took the tag back. How many hold.
 */
static size_t choose(const struct event *rows, struct row_key *keys, struct row_key *spare,
                     size_t count)
{
    size_t kept = 0, dropped = 0;

    for (size_t i = 0; i < count; i++) {
        bool is_last = i + 1 == count || keys[i + 1].key != keys[i].key;

        if (is_last && rows[keys[i].row].frame.tag != KA_TAG_NONE)
            keys[kept++] = keys[i];
        else
            spare[dropped++] = keys[i];
    }
    memcpy(keys + kept, spare, dropped * sizeof *spare);
    return kept;
}

/* The events cannot be put in order: there are none. */
static bool give_up(struct events *events)
{
    events_free(events);
    return false;
}

bool events_settle(struct events *events)
{
    struct row_key *sorted;
    size_t count = events->count;

    if (count == 0)
        return true;
    events->keys = reallocarray(NULL, count, 2 * sizeof *events->keys);
    if (!events->keys)
        return give_up(events);
    for (size_t i = 0; i < count; i++)
        events->keys[i] = (struct row_key){events->rows[i].frame.frame, i};
    sorted = sort(events->keys, events->keys + count, count);
    events->count =
        choose(events->rows, sorted, sorted == events->keys ? sorted + count : events->keys, count);
    if (sorted != events->keys)
        memcpy(events->keys, sorted, count * sizeof *sorted);
    events->dropped = count - events->count;
    return true;
}

const struct event *events_at(const struct events *events, size_t place)
{
    return &events->rows[events->keys[place].row];
}

void events_group(struct events *events)
{
    size_t count = events->count, all = count + events->dropped;
    struct row_key *keys = events->keys, *sorted;

    if (!keys)
        return;
    for (size_t i = 0; i < count; i++)
        keys[i].key = events->rows[keys[i].row].frame.connection;
    sorted = sort(keys, keys + all, count);
    if (sorted != keys)
        memcpy(keys, sorted, count * sizeof *keys);
    arrange(events->rows, keys, all);
    free(keys);
    events->keys = NULL;
}

const struct event *events_of(const struct events *events, uint64_t connection, size_t *count)
{
    size_t low = 0, high = events->count, first;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (events->rows[middle].frame.connection < connection)
            low = middle + 1;
        else
            high = middle;
    }
    first = low;
    while (low < events->count && events->rows[low].frame.connection == connection)
        low++;
    *count = low - first;
    return *count ? &events->rows[first] : NULL;
}

void events_free(struct events *events)
{
    pages_await(&events->pages);
    free(events->rows);
    free(events->keys);
    *events = (struct events){0};
}
