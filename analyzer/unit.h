/* SPDX-License-Identifier: GPL-2.0-or-later */
/* unit.h: what is analysed as one capture: a file, or the files of a chain. */
#ifndef KA_UNIT_H
#define KA_UNIT_H

#include <stdbool.h>
#include <stddef.h>

/*
 * With an error it is a place that could not be looked into, and has no paths. All of it is owned.
 */
struct unit {
    char *name; /* of the file, or of the chain */
    char *error;
    char **paths;
    size_t path_count;
};

/* A file, or a place with an error, else NULL; copies both. NULL: out of memory. */
struct unit *unit_of_file(const char *path, const char *error);

/* Whether it is of several files. */
static inline bool unit_is_chain(const struct unit *unit)
{
    return unit->path_count > 1;
}

/* Free; NULL is allowed. */
void unit_free(struct unit *unit);

#endif
