/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * chain.h: several captures read as one, in the order of their packets' times.
 *
 * The captures are ordered by their first packets and read one after the other. Where the next one
 * begins before this one has ended, both are read at once and merged by time, as mergecap does. So
 * of a ring, in which no file overlaps another, one file is open at a time.
 */
#ifndef KA_CHAIN_H
#define KA_CHAIN_H

#include "capture.h"
#include "pieces.h"

/* Captures that may overlap at one time; one more is read late, which is noted as its problem. */
enum { CHAIN_OPEN_MAX = 32 };

struct progress;
struct chain; /* opaque: chain_open() .. chain_close() */

/*
 * Read these pieces; packets and bytes are counted in `progress`, or NULL. The pieces are put in
 * order, and what is wrong with each is noted there: it does not end the chain. A single piece is
 * read as it is, and what is wrong with it is in *failure. NULL, with *failure: a bad filter, a
 * single piece that cannot be read, or no memory. What is passed in must outlive the chain.
 */
struct chain *chain_open(struct pieces *pieces, const struct source_needs *needs,
                         struct progress *progress, struct source_failure *failure);

/*
 * As source_read(), but the frames are numbered through the chain. At the end *failure is SOURCE_OK
 * unless the filter is bad, or the piece is a single one.
 */
size_t chain_read(struct chain *chain, struct packet *packets, size_t count,
                  struct source_failure *failure);

/* The names of the link types that were met so far, joined by commas; empty: none can be read. */
void chain_link_types(struct chain *chain, char text[static CAPTURE_LINK_TYPE_BYTES]);

/* Close; NULL is allowed. */
void chain_close(struct chain *chain);

#endif
