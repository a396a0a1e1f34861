/* SPDX-License-Identifier: GPL-2.0-or-later */
/* mem.c: the engine's allocator. */
#include "mem.h"

#include "ka.h"

#include <stdlib.h>
#include <string.h>

static void *default_realloc(void *old, size_t bytes, void *user)
{
    (void)user;
    return realloc(old, bytes);
}

static void default_free(void *old, void *user)
{
    (void)user;
    free(old);
}

void mem_init(struct mem *mem, void *(*realloc_hook)(void *, size_t, void *),
              void (*free_hook)(void *, void *), void *user)
{
    *mem = (struct mem){
        .realloc = realloc_hook ? realloc_hook : default_realloc,
        .free = free_hook ? free_hook : default_free,
        .user = user,
    };
}

void *mem_resize(struct mem *mem, void *old, size_t old_bytes, size_t new_bytes)
{
    void *block = mem->realloc(old, new_bytes, mem->user);
    if (block)
        mem->held_bytes += new_bytes - old_bytes;
    return block;
}

void *mem_zeroed(struct mem *mem, size_t bytes)
{
    void *block = mem_resize(mem, NULL, 0, bytes);
    if (block)
        memset(block, 0, bytes);
    return block;
}

void mem_free(struct mem *mem, void *old, size_t bytes)
{
    if (!old)
        return;
    mem->held_bytes -= bytes;
    mem->free(old, mem->user);
}

bool mem_block_init(struct mem *mem, struct mem_block *block, size_t bytes)
{
    *block = (struct mem_block){.bytes = bytes};
    if (mem->map && bytes >= KA_MAP_BYTES) {
        block->allocated = mem->map(bytes, mem->user);
        block->is_mapped = true;
        mem->held_bytes += block->allocated ? bytes : 0;
    } else {
        block->bytes += MEM_ALIGNMENT - 1;
        block->allocated = mem_zeroed(mem, block->bytes);
    }
    uintptr_t start = (uintptr_t)block->allocated;
    block->start = (unsigned char *)block->allocated + (-start & (MEM_ALIGNMENT - 1));
    return block->allocated != NULL;
}

void mem_block_free(struct mem *mem, struct mem_block *block)
{
    if (!block->is_mapped) {
        mem_free(mem, block->allocated, block->bytes);
    } else if (block->allocated) {
        mem->held_bytes -= block->bytes;
        mem->unmap(block->allocated, block->bytes, mem->user);
    }
}

void *mem_grow(struct mem *mem, void *items, size_t count, size_t *capacity, size_t item_bytes)
{
    if (count < *capacity)
        return items;
    size_t wanted = *capacity ? *capacity * 2 : 4;
    void *grown = mem_resize(mem, items, *capacity * item_bytes, wanted * item_bytes);
    if (grown)
        *capacity = wanted;
    return grown;
}
