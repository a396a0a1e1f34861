/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * faults.c: a library to be preloaded: the allocation number FAULT_AT fails, those after it as well
 * where FAULT_ON is set. When the program ends, FAULT_REPORT receives the number of
 * allocations and of blocks that were not freed.
 */
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* glibc's own, which interposed functions may call. */
void *__libc_malloc(size_t bytes);
void *__libc_calloc(size_t count, size_t bytes);
void *__libc_realloc(void *old, size_t bytes);
void *__libc_memalign(size_t alignment, size_t bytes);
void __libc_free(void *old);

static atomic_long calls, live;
static long fail_at;
static bool fail_on;
static int report = -1;

__attribute__((constructor)) static void begin(void)
{
    const char *at = getenv("FAULT_AT"), *path = getenv("FAULT_REPORT");

    fail_at = at ? atol(at) : 0;
    fail_on = getenv("FAULT_ON") != NULL;
    if (path) /* while it may: the command gives up what it does not need */
        report = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    calls = 0;
    live = 0;
}

__attribute__((destructor)) static void end(void)
{
    char line[64];
    int length = snprintf(line, sizeof line, "%ld %ld\n", (long)calls, (long)live);

    if (report >= 0 && write(report, line, (size_t)length) == length)
        close(report);
}

static bool fails(void)
{
    long call = ++calls;

    if (fail_at == 0 || (fail_on ? call < fail_at : call != fail_at))
        return false;
    errno = ENOMEM;
    return true;
}

static void *counted(void *block)
{
    live += block != NULL;
    return block;
}

void *malloc(size_t bytes)
{
    return fails() ? NULL : counted(__libc_malloc(bytes));
}

void *calloc(size_t count, size_t bytes)
{
    return fails() ? NULL : counted(__libc_calloc(count, bytes));
}

void *realloc(void *old, size_t bytes)
{
    if (fails())
        return NULL;
    if (!old)
        return counted(__libc_realloc(old, bytes));
    if (bytes == 0)
        live--;
    return __libc_realloc(old, bytes);
}

void *reallocarray(void *old, size_t count, size_t bytes)
{
    size_t product;

    if (__builtin_mul_overflow(count, bytes, &product)) {
        errno = ENOMEM;
        return NULL;
    }
    return realloc(old, product);
}

void *memalign(size_t alignment, size_t bytes)
{
    return fails() ? NULL : counted(__libc_memalign(alignment, bytes));
}

void *aligned_alloc(size_t alignment, size_t bytes)
{
    return memalign(alignment, bytes);
}

int posix_memalign(void **block, size_t alignment, size_t bytes)
{
    *block = memalign(alignment, bytes);
    return *block ? 0 : ENOMEM;
}

void free(void *block)
{
    live -= block != NULL;
    __libc_free(block);
}
