/* SPDX-License-Identifier: GPL-2.0-or-later */
/* capture.c: the tagged frames of one capture, collected, then ordered. */
#include "capture.h"

#include <stdlib.h>

bool events_add(struct events *events, const struct ka_frame *frame, const struct ka_peers *peers)
{
    if (events->count == events->capacity) {
        size_t capacity = events->capacity ? 2 * events->capacity : 256;
        struct event *rows = reallocarray(events->rows, capacity, sizeof *rows);

        if (!rows)
            return false;
        events->rows = rows;
        events->capacity = capacity;
    }
    events->rows[events->count] =
        (struct event){.frame = *frame, .peers = *peers, .arrival = events->count};
    events->count++;
    return true;
}

static int compare(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

static int by_frame(const void *left, const void *right)
{
    const struct event *a = left, *b = right;
    int order = compare(a->frame.frame, b->frame.frame);

    return order ? order : compare(a->arrival, b->arrival);
}

static int by_connection(const void *left, const void *right)
{
    const struct event *a = left, *b = right;
    int order = compare(a->frame.connection, b->frame.connection);

    return order ? order : compare(a->frame.frame, b->frame.frame);
}

void events_settle(struct events *events)
{
    size_t kept = 0;

    if (events->count == 0)
        return;
    qsort(events->rows, events->count, sizeof *events->rows, by_frame);
    for (size_t i = 0; i < events->count; i++) {
        const struct event *row = &events->rows[i];
        bool is_last = i + 1 == events->count || row[1].frame.frame != row->frame.frame;

        if (is_last && row->frame.tag != KA_TAG_NONE)
            events->rows[kept++] = *row;
    }
    events->count = kept;
}

void events_group(struct events *events)
{
    if (events->count > 0)
        qsort(events->rows, events->count, sizeof *events->rows, by_connection);
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
    free(events->rows);
    *events = (struct events){0};
}
