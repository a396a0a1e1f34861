/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pages.c: memory in large pages. */
#include "pages.h"

#include <stdint.h>
#include <sys/mman.h>

enum { PAGE_BYTES = 4096, LARGE_PAGE_BYTES = 2 << 20 };

/* What a mapping of so many bytes takes. */
static size_t whole_pages(size_t bytes)
{
    return (bytes + PAGE_BYTES - 1) / PAGE_BYTES * PAGE_BYTES;
}

void *pages_map(size_t bytes, void *user)
{
    /* A large page is aligned to its size, so one more is asked for, and what is too much given back. */
    size_t length = whole_pages(bytes), asked = length + LARGE_PAGE_BYTES;
    unsigned char *mapping =
        mmap(NULL, asked, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    unsigned char *pages;
    size_t before;

    (void)user;
    if (mapping == MAP_FAILED)
        return NULL;
    before = -(uintptr_t)mapping & (LARGE_PAGE_BYTES - 1);
    pages = mapping + before;
    if (before > 0)
        munmap(mapping, before);
    munmap(pages + length, asked - before - length);
    madvise(pages, length, MADV_HUGEPAGE); /* small ones will do where it cannot */
    return pages;
}

void pages_unmap(void *pages, size_t bytes, void *user)
{
    (void)user;
    munmap(pages, whole_pages(bytes));
}
