/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * reader.h: the packets of a chain as decoded segments in batches. From the second batch on a
 * thread of its own reads and decodes ahead, so that two processors share the work on one capture.
 */
#ifndef KA_READER_H
#define KA_READER_H

#include "capture.h"
#include "chain.h"

/* Measured with 512: half again as long, as the threads woke each other eight times as often. */
enum { BATCH_SEGMENTS = 4096 };

/* Consecutive segments of a capture. */
struct batch {
    struct ka_segment segments[BATCH_SEGMENTS];
    size_t count;
    int64_t reached_ns; /* time of the last packet, decoded or not, or KA_UNKNOWN */
};

struct reader; /* opaque: reader_open() .. reader_close() */

/*
 * Read this chain, and count its packets in *capture, which belongs to the reader until it is
 * closed; both outlive it. `jobs` captures are worked on at a time: a thread reads ahead where
 * there are more processors than that. NULL when out of memory.
 */
struct reader *reader_open(struct chain *chain, struct capture *capture, unsigned jobs);

/* The next batch, valid until the next call, or NULL at the end. */
const struct batch *reader_next(struct reader *reader);

/* Stop reading, wherever it is. *failure receives why the source ended. */
void reader_close(struct reader *reader, struct source_failure *failure);

#endif
