/* SPDX-License-Identifier: GPL-2.0-or-later */
/* roster.c: a balanced tree (tsearch(3)) beside an array of the rows. */
#include "roster.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

static bool grow(struct roster *roster)
{
    size_t capacity = roster->capacity ? 2 * roster->capacity : 8;
    void **rows = reallocarray(roster->rows, capacity, sizeof *rows);

    if (!rows)
        return false;
    roster->rows = rows;
    roster->capacity = capacity;
    return true;
}

void *roster_find(struct roster *roster, const void *key, size_t key_bytes, size_t bytes,
                  row_comparison *compare)
{
    void *const *found = tfind(key, &roster->tree, compare);
    void *row;

    if (found)
        return *found;
    if (roster->count == roster->capacity && !grow(roster))
        return NULL;
    row = calloc(1, bytes);
    if (!row)
        return NULL;
    memcpy(row, key, key_bytes);
    if (!tsearch(row, &roster->tree, compare)) {
        free(row);
        return NULL;
    }
    roster->rows[roster->count++] = row;
    return row;
}

bool roster_has(const struct roster *roster, const void *key, row_comparison *compare)
{
    return tfind(key, &roster->tree, compare) != NULL;
}

static int compare_rows(const void *left, const void *right, void *compare)
{
    return (*(row_comparison **)compare)(*(void *const *)left, *(void *const *)right);
}

void roster_sort(struct roster *roster, row_comparison *compare)
{
    if (roster->count > 0)
        qsort_r(roster->rows, roster->count, sizeof *roster->rows, compare_rows, &compare);
}

/* The tree's nodes go; the rows are freed by way of the array. */
static void keep(void *row)
{
    (void)row;
}

void roster_free(struct roster *roster, void (*clear)(void *row))
{
    tdestroy(roster->tree, keep);
    for (size_t i = 0; i < roster->count; i++) {
        if (clear)
            clear(roster->rows[i]);
        free(roster->rows[i]);
    }
    free(roster->rows);
    *roster = (struct roster){0};
}
