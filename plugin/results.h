/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * results.h: what the core said of the frames and connections of one capture file.
 *
 * On the first pass every frame is fed once, in order; results_frame() then knows what had been
 * proved when the frame was fed. Once the file has been read through, results_finish() lets the
 * core close its connections, and everything below is known of every frame: tags proved late,
 * answers, outcomes, links. All of it lives in Wireshark's file scope.
 */
#ifndef KA_RESULTS_H
#define KA_RESULTS_H

#include "compat.h"

#include "core/ka.h"

struct results; /* opaque: results_new() .. results_free() */

/* A connection as the core reported it at the end. */
struct report {
    uint32_t number;
    struct ka_endpoint endpoint[2]; /* by enum ka_side */
    uint32_t first_frame, last_frame;
    uint64_t packets;
    enum ka_outcome outcome;
    const struct ka_detection *detection;    /* or NULL */
    const struct ka_keepalive *keepalive[2]; /* by side; or NULL */
    const struct ka_finding *finding;        /* `findings` rows, as in struct ka_connection */
    size_t findings;
    uint32_t verdict_frame; /* where the death is shown: what declared it, or the last copy; or 0 */
};

/* Frames that refer to this one. 0: none. */
struct links {
    uint32_t answer;    /* the first answer to this probe or heartbeat */
    uint32_t next_copy; /* the next retransmission of what this frame sent */
    uint32_t rst;       /* the RST after the unanswered series that this frame begins */
    uint32_t icmp;      /* the first ICMP error that quotes this frame */
};

/* An engine for a new capture file. Call it while the file scope is open. */
struct results *results_new(const struct ka_config *config);
void results_free(struct results *results);

/*
 * First pass: feed the segment of frame `frame`, captured at time_ns or KA_UNKNOWN; `segment`
 * NULL: it holds none. Does nothing when frames come out of order: that is no first pass.
 */
void results_feed(struct results *results, uint32_t frame, int64_t time_ns,
                  const struct ka_segment *segment);

/* How far the first pass has come. */
struct position {
    uint32_t frame; /* 0: nowhere */
    int64_t time_ns;
};
struct position results_position(const struct results *results);

/* The file has been read through. Calls after the first do nothing. */
void results_finish(struct results *results);

/* Whether all is known, by results_finish(). */
bool results_finished(const struct results *results);

/* What is known of a tagged frame, or NULL: no tag (yet). */
const struct ka_frame *results_frame(const struct results *results, uint32_t frame);

/* Once finished: the connection, or NULL. */
const struct report *results_report(const struct results *results, uint32_t connection);

/* Once finished: the connection that a segment in frame `frame` belongs to, or NULL. */
const struct report *results_of_segment(const struct results *results,
                                        const struct ka_segment *segment, uint32_t frame);

/* Once finished: the frames that refer to this one, or NULL. */
const struct links *results_links(const struct results *results, uint32_t frame);

#endif
