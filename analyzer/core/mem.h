/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mem.h: the engine's allocator: the caller's hooks, with a count of the bytes held.
 *
 * Sizes are handed back on freeing, so that the count needs no header on the blocks.
 */
#ifndef KA_MEM_H
#define KA_MEM_H

#include <stddef.h>

struct mem {
    void *(*realloc)(void *old, size_t bytes, void *user);
    void (*free)(void *old, void *user);
    void *user;
    size_t held_bytes;
};

/* The hooks, or realloc() and free() where they are NULL. */
void mem_init(struct mem *mem, void *(*realloc_hook)(void *, size_t, void *),
              void (*free_hook)(void *, void *), void *user);

/* Resize `old` (NULL: allocate) from old_bytes to new_bytes > 0; what is added is not zeroed.
 * NULL when out of memory, then `old` stays as it was. */
void *mem_resize(struct mem *mem, void *old, size_t old_bytes, size_t new_bytes);

/* Allocate zeroed bytes; NULL when out of memory. */
void *mem_zeroed(struct mem *mem, size_t bytes);

/* Free a block of this size; NULL is allowed. */
void mem_free(struct mem *mem, void *old, size_t bytes);

/*
 * Make room for one more item in a growing array of `*capacity` items of `item_bytes` each, of which
 * `count` are used. The array, moved or not; NULL when out of memory, then it stays as it was.
 */
void *mem_grow(struct mem *mem, void *items, size_t count, size_t *capacity, size_t item_bytes);

#endif
