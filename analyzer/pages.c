/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pages.c: memory in large pages, made ahead of their use. */
#include "pages.h"

#include <stdint.h>
#include <sys/mman.h>

enum {
    PAGE_BYTES = 4096,
    LARGE_PAGE_BYTES = 2 << 20,
    MADE_AHEAD_BYTES = 2 * LARGE_PAGE_BYTES, /* blocks of at least so many */
};

/* What a mapping of so many bytes takes. */
static size_t whole_pages(size_t bytes)
{
    return (bytes + PAGE_BYTES - 1) / PAGE_BYTES * PAGE_BYTES;
}

/* Pages that cannot be made are made when they are used, or cannot be had then either. */
static void *make_pages(void *argument)
{
    const struct pages *pages = argument;
    unsigned char *start = pages->start;

    for (size_t made = 0; made < pages->bytes; made += LARGE_PAGE_BYTES) {
        size_t left = pages->bytes - made;

        madvise(start + made, left < LARGE_PAGE_BYTES ? left : LARGE_PAGE_BYTES,
                MADV_POPULATE_WRITE);
    }
    return NULL;
}

void pages_await(struct pages *pages)
{
    if (pages->is_making)
        pthread_join(pages->thread, NULL);
    pages->is_making = false;
}

/* The latest block is the one that comes into use. */
void pages_make(struct pages *pages, void *start, size_t bytes)
{
    size_t before = -(uintptr_t)start & (PAGE_BYTES - 1);

    pages_await(pages);
    pages->start = (unsigned char *)start + before;
    pages->bytes = (bytes - before) / PAGE_BYTES * PAGE_BYTES;
    pages->is_making = pthread_create(&pages->thread, NULL, make_pages, pages) == 0;
}

void *pages_map(size_t bytes, void *user)
{
    /*
     * A large page is aligned to its size, so one more is asked for,
     * and what is too much given back.
     */
    size_t length = whole_pages(bytes), asked = length + LARGE_PAGE_BYTES;
    unsigned char *mapping =
        mmap(NULL, asked, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    unsigned char *start;
    size_t before;

    if (mapping == MAP_FAILED)
        return NULL;
    before = -(uintptr_t)mapping & (LARGE_PAGE_BYTES - 1);
    start = mapping + before;
    if (before > 0)
        munmap(mapping, before);
    munmap(start + length, asked - before - length);
    madvise(start, length, MADV_HUGEPAGE); /* small ones will do where it cannot */
    if (bytes >= MADE_AHEAD_BYTES)
        pages_make(user, start, length);
    return start;
}

void pages_unmap(void *start, size_t bytes, void *user)
{
    struct pages *pages = user;

    if (pages->start == start)
        pages_await(pages);
    munmap(start, whole_pages(bytes));
}
