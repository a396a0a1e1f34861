/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rings.h: files gathered before the first of them is read, then put together as chains. */
#ifndef KA_RINGS_H
#define KA_RINGS_H

#include <stdbool.h>
#include <stddef.h>

#include "unit.h"

struct gathered; /* a file, or a place with an error */

/* Start with {0}. */
struct rings {
    struct gathered *rows;
    size_t count, capacity;
};

/* Gather a file, or a place with an error, else NULL; copies both. False: out of memory. */
bool rings_add(struct rings *rings, const char *path, const char *error);

/*
 * Hand over what was gathered, in its order, and free it: as one chain, or by_prefix as one chain
 * for each ring that the names tell of (see ring_name.h). A file that was gathered twice, by
 * whatever names, is taken once. What is handed over is the callee's. False: out of memory, some of
 * it is missing.
 */
bool rings_end(struct rings *rings, bool by_prefix, void (*take)(struct unit *unit, void *user),
               void *user);

#endif
