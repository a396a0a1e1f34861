/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mem.h: the engine's allocator: the caller's hooks, with a count of the bytes held.
 *
 * Sizes are handed back on freeing, so that the count needs no header on the blocks.
 */
#ifndef KA_MEM_H
#define KA_MEM_H

#include <stdbool.h>
#include <stddef.h>

struct mem {
    void *(*realloc)(void *old, size_t bytes, void *user);
    void (*free)(void *old, void *user);
    void *(*map)(size_t bytes, void *user); /* both or neither; see struct ka_config */
    void (*unmap)(void *old, size_t bytes, void *user);
    void *user;
    size_t held_bytes;
};

enum { MEM_ALIGNMENT = 128 /* two cache lines, which processors fetch together */ };

/* A zeroed block of a large table. */
struct mem_block {
    void *start;     /* aligned to MEM_ALIGNMENT */
    void *allocated; /* the same or a little before */
    size_t bytes;    /* as allocated */
    bool is_mapped;
};

/* The hooks, or realloc() and free() where they are NULL; none for mappings. */
void mem_init(struct mem *mem, void *(*realloc_hook)(void *, size_t, void *),
              void (*free_hook)(void *, void *), void *user);

/* Allocate a block; by the hooks for mappings where it is large. False when out of memory. */
bool mem_block_init(struct mem *mem, struct mem_block *block, size_t bytes);

/* Free a block; one that is all zero is allowed. */
void mem_block_free(struct mem *mem, struct mem_block *block);

/* Resize `old` (NULL: allocate) from old_bytes to new_bytes > 0; what is added is not zeroed.
 * NULL when out of memory, then `old` stays as it was. */
void *mem_resize(struct mem *mem, void *old, size_t old_bytes, size_t new_bytes);

/* Allocate zeroed bytes; NULL when out of memory. */
void *mem_zeroed(struct mem *mem, size_t bytes);

/* Free a block of this size; NULL is allowed. */
void mem_free(struct mem *mem, void *old, size_t bytes);

/*
 * Make room for one more item in a growing array of `*capacity` items of `item_bytes` each, of
 * which `count` are used. The array, moved or not; NULL when out of memory, then it stays as it
 * was.
 */
void *mem_grow(struct mem *mem, void *items, size_t count, size_t *capacity, size_t item_bytes);

#endif
