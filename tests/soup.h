/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * soup.h: segments at random, but near enough to TCP that every rule of the engine gets its turn.
 */
#ifndef KA_TESTS_SOUP_H
#define KA_TESTS_SOUP_H

#include "core/ka.h"

enum { SOUP_CONNECTIONS = 48 };

struct soup {
    uint64_t random; /* the seed */
    int64_t now_ns;
    uint64_t frame;
    struct soup_connection {
        uint32_t nxt[2], acked[2]; /* by enum ka_side; acked: what the other side acknowledged */
        struct ka_segment latest[2];
    } connection[SOUP_CONNECTIONS];
};

struct soup soup_new(uint64_t seed);
struct ka_segment soup_next(struct soup *soup);

#endif
