/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * capture.h: what is known of one capture beside its connections,
 * and the tagged frames found in it.
 */
#ifndef KA_CAPTURE_H
#define KA_CAPTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/ka.h"
#include "pages.h"

enum { CAPTURE_ERROR_BYTES = 512, CAPTURE_LINK_TYPE_BYTES = 192 };

struct pieces;

/* Facts about one capture. Times are KA_UNKNOWN while no packet was read. */
struct capture {
    const char *name;          /* as given on the command line, or found in a directory */
    uint64_t packets;          /* read from the file, whether or not the filter takes them */
    uint64_t filtered_packets; /* of them, left out by the filter */
    uint64_t tcp_segments;
    uint64_t skipped[KA_SKIP_COUNT];         /* packets without a TCP segment, by reason */
    uint64_t connections;                    /* reported */
    uint64_t connections_dropped;            /* not reported: they made room for others */
    int64_t first_ns;                        /* time of the first packet */
    int64_t latest_ns;                       /* the latest time of all packets */
    char link_type[CAPTURE_LINK_TYPE_BYTES]; /* libpcap's name, or several joined by commas; empty
                                                 where the file could not be opened */
    bool interrupted;                        /* reading was stopped before its end */
    struct pieces *pieces;                   /* its files, with --chain; else NULL */
    bool truncated;                          /* the file ends inside a packet */
    char error[CAPTURE_ERROR_BYTES];         /* one line, or empty */
};

/* A tagged frame, kept until no later proof can change it. */
struct event {
    struct ka_frame frame;
    struct ka_peers peers;
};

struct events {
    struct event *rows; /* as they came, once grouped as they belong together */
    size_t count, capacity;
    size_t made; /* rows whose pages are made, or being made */
    struct pages pages;
    struct row_key *keys; /* of settled events, in the order of frames; then of those dropped */
    size_t dropped;
};

/* Note one report of a frame. False: out of memory, nothing is noted. */
bool events_add(struct events *events, const struct ka_frame *frame, const struct ka_peers *peers);

/*
 * Put the events in the order of frames, one row a frame. False: out
 * of memory, then there are none.
 */
bool events_settle(struct events *events);

/* Of settled events that are not grouped yet, the one at a place below count. */
const struct event *events_at(const struct events *events, size_t place);

/* Put settled events in the order of connections and, within one, of frames. */
void events_group(struct events *events);

/* The rows of one connection in grouped events; NULL and 0 where there are none. */
const struct event *events_of(const struct events *events, uint64_t connection, size_t *count);

/* Free the rows; the struct is then empty and may be used again. */
void events_free(struct events *events);

#endif
