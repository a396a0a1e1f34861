/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * roster.h: rows found by their keys, in logarithmic time whatever the keys are.
 *
 * A row starts with its key. Rows stay where they are; their order is that of their arrival until
 * roster_sort().
 */
#ifndef KA_ROSTER_H
#define KA_ROSTER_H

#include <stdbool.h>
#include <stddef.h>

typedef int row_comparison(const void *left, const void *right);

/* Start with {0}. */
struct roster {
    void *tree;
    void **rows;
    size_t count, capacity;
};

/*
 * The row whose key compares equal to that at `key`; if there is none, a new one of `bytes` bytes:
 * a copy of the key's `key_bytes`, then zeros. NULL: out of memory, nothing has changed.
 */
void *roster_find(struct roster *roster, const void *key, size_t key_bytes, size_t bytes,
                  row_comparison *compare);

/* Whether there is such a row. */
bool roster_has(const struct roster *roster, const void *key, row_comparison *compare);

/* Put the rows in order. */
void roster_sort(struct roster *roster, row_comparison *compare);

/* Free the rows and the roster's memory; `clear`, if not NULL, frees what a row holds. */
void roster_free(struct roster *roster, void (*clear)(void *row));

#endif
