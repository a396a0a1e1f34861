/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * limits_learned.h: the idle timer of a path, learned from many connections: the silence that they
 * survive, and the longer one after which they are dead.
 *
 * Every silence is kept, so that the order of adding makes no difference: 8 bytes for each
 * connection that was silent, and for each that died after it.
 */
#ifndef KA_LIMITS_LEARNED_H
#define KA_LIMITS_LEARNED_H

#include "totals.h"

/* Start with {0}. */
struct silences {
    struct latencies survived; /* the longest of each connection after which both ends spoke */
    struct latencies fatal;    /* after which a connection was found dead or forgotten */
};

/*
 * Connections silent for no longer than lived_ns lived, those silent for died_ns and more did not.
 */
struct idle_limit {
    int64_t lived_ns, died_ns;
    uint64_t survivors, deaths; /* connections on either side that say so */
    uint64_t exceptions;        /* that say otherwise */
};

/* Add the silences of a connection. False: out of memory. */
bool silences_add(struct silences *silences, const struct ka_connection *connection);

/* Sort; a limit may be asked for from then on. */
void silences_settle(struct silences *silences);

/*
 * Whether there is a limit that at least nine in ten connections agree
 * with, and three on either side.
 */
bool silences_limit(const struct silences *silences, struct idle_limit *limit);

/* The idle time of keep-alive that keeps connections open: a probe may be lost. Whole seconds. */
int64_t idle_limit_advice_ns(const struct idle_limit *limit);

/* Connections that agree, in thousandths. */
unsigned idle_limit_share(const struct idle_limit *limit);

void silences_free(struct silences *silences);

#endif
