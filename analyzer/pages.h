/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pages.h: memory for the core's table of connections, in large pages where the kernel has them.
 * With a million connections, drawn at random, these saved a fifth of the time: every access to
 * small pages misses the processor's table of translations, and each of them is filled with zeros
 * one by one.
 *
 * Making pages takes time as well, on a virtual machine whose host has to find them as much as all
 * the rest together; so a thread makes those of a block while its beginning is in use.
 */
#ifndef KA_PAGES_H
#define KA_PAGES_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

/* All zero at first; pages_await() ends its use. Used by one thread. */
struct pages {
    pthread_t thread; /* makes the pages of a block */
    bool is_making;
    void *start; /* of that block */
    size_t bytes;
};

/* The hooks of struct ka_config, for which `pages` is the struct: zeroed memory, or NULL. */
void *pages_map(size_t bytes, void *pages);
void pages_unmap(void *start, size_t bytes, void *pages);

/* A thread makes the pages of this memory, which stays where it is until pages_await(). */
void pages_make(struct pages *pages, void *start, size_t bytes);
void pages_await(struct pages *pages);

#endif
