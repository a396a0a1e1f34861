/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * identity.h: by what it is told whether a capture, of one file or
 * several, is the one of another day.
 */
#ifndef KA_IDENTITY_H
#define KA_IDENTITY_H

#include <stdbool.h>
#include <stdint.h>

#include "unit.h"

struct identity {
    char *path; /* absolute where that can be said, safe to show */
    /*
     * Of several files the sum of the sizes and the latest time.
     * KA_UNKNOWN: one is no regular file.
     */
    int64_t size_bytes, mtime_ns;
    char *pieces; /* of several files: size, time and path of each, a line for each; or NULL */
};

/* Look it up, before the capture is read: it may grow from then on. False: out of memory. */
bool identity_find(struct identity *identity, const struct unit *unit);

void identity_free(struct identity *identity);

#endif
