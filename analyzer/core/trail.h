/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * trail.h: the latest segments of the capture, chained by connection.
 *
 * It answers two questions for which a connection has no room of its own: is this segment the
 * mirrored copy of one just seen, and in which frame was this sequence number first sent? What has
 * been overwritten by newer segments is answered with "unknown".
 */
#ifndef KA_TRAIL_H
#define KA_TRAIL_H

#include "ka.h"
#include "mem.h"

enum { TRAIL_ENTRIES = 4096 }; /* a power of two */

struct trail_entry {
    int64_t ns;
    uint64_t frame;
    uint32_t connection;
    uint32_t previous; /* of the same connection, as trail_add() returned it; 0: none */
    uint32_t seq, ack, len, tsval;
    uint16_t ip_id, window;
    uint8_t flags, ttl, first_byte;
    uint8_t marks; /* TRAIL_* */
};

enum {
    TRAIL_FROM_1 = 1 << 0, /* sent by end 1 */
    TRAIL_HAS_FIRST_BYTE = 1 << 1,
    TRAIL_TAGGED = 1 << 2, /* when it was seen, or as part of a series of heartbeats since */
};

/* The end that sent it. */
static inline int trail_from(const struct trail_entry *entry)
{
    return entry->marks & TRAIL_FROM_1;
}

struct trail {
    struct trail_entry *entries;
    uint32_t next; /* place of the next entry; places count up and are taken modulo TRAIL_ENTRIES */
};

/* False when out of memory. */
bool trail_init(struct trail *trail, struct mem *mem);
void trail_free(struct trail *trail, struct mem *mem);

/*
 * Append a segment of end `from`; `previous` is its connection's latest place. Returns its place.
 */
uint32_t trail_add(struct trail *trail, const struct ka_segment *segment, uint32_t connection,
                   int from, uint32_t previous, bool tagged);

/* The entry at a place, or NULL when it was overwritten or belongs to another connection. */
const struct trail_entry *trail_at(const struct trail *trail, uint32_t place, uint32_t connection);

/*
 * Whether this segment is a second copy, made by the capture, of one just seen (both directions of
 * a mirror port, two interfaces of a router). A copy is the same datagram: no sender repeats
 * addresses, sequence numbers, flags, window, IP identification and time stamp within so short a
 * time. Only RSTs and SYN|ACKs may be repeated at once, one for each segment that they answer:
 * without an IP identification to tell them apart they count as copies only where the connection is
 * `mirrored`.
 */
bool trail_is_copy(const struct trail *trail, const struct ka_segment *segment, uint32_t connection,
                   int from, uint32_t latest, bool mirrored);

/*
 * A proof that comes later tags the segment of this frame. False when it has a tag
 * already; true for one that is no longer kept.
 */
bool trail_claim(struct trail *trail, uint32_t connection, uint32_t latest, uint64_t frame);

/* The earliest kept segment of end `from` that carried sequence number `seq`, or NULL. */
const struct trail_entry *trail_first_with(const struct trail *trail, uint32_t connection, int from,
                                           uint32_t seq, uint32_t latest);

#endif
