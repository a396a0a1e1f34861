/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * support.h: what several suites need: a heap that counts and fails, a writer of TCP segments, a
 * recorder of what the engine reports.
 */
#ifndef KA_TESTS_SUPPORT_H
#define KA_TESTS_SUPPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/ka.h"

/* ---- a heap that counts and fails ---------------------------------------------------------- */

/*
 * Counts what the core allocates, and can fail one allocation. A block always moves when it is
 * resized and new bytes are never zero, so that a stale pointer or a missing initialisation shows.
 */
struct heap {
    size_t live_blocks;
    size_t live_bytes;
    size_t peak_bytes;
    size_t allocations; /* calls so far, failed ones included */
    size_t fail_at;     /* the allocation that fails, from 1; 0: none */
    bool fail_on;       /* every allocation after it fails as well */
};

/* A configuration whose allocator hooks are this heap's; the heap must outlive the engine. */
struct ka_config heap_config(struct heap *heap);

/* The hooks themselves. heap_realloc() returns NULL, and leaves `old` alone, where it fails. */
void *heap_realloc(void *old, size_t bytes, void *heap);
void heap_free(void *old, void *heap);

/* ---- a writer of segments ------------------------------------------------------------------ */

/*
 * A connection that is being written, segment after segment, in packetdrill's terms: sequence and
 * acknowledgment numbers count from the initial ones, a SYN is 0, the first byte of data 1.
 */
struct talk {
    struct ka_endpoint endpoint[2]; /* by enum ka_side */
    uint32_t isn[2];    /* by enum ka_side; just below 2^32, so that wrapping is usual */
    uint16_t window[2]; /* announced from now on */
    uint16_t ip_id[2];  /* of the next segment */
    uint8_t ttl[2];
    bool timestamps;   /* RFC 7323: a millisecond clock on both sides */
    uint32_t tsecr[2]; /* the latest TSval that this side got */
    int64_t now_ns;
    uint64_t frame; /* of the latest segment */
};

/* 192.0.2.1:49152 to 198.51.100.2:80, and the same over IPv6; starts at 2023-11-14T22:13:20Z. */
struct talk talk_ipv4(void);
struct talk talk_ipv6(void);

/*
 * The next segment: `after_ns` later, flags as KA_SYN | ..., `len` bytes of payload. The caller may
 * change what it returns before feeding it. Where flags lack KA_ACK, `ack` goes out as it is.
 */
struct ka_segment talk_segment(struct talk *talk, int64_t after_ns, enum ka_side from,
                               unsigned flags, uint32_t seq, uint32_t len, uint32_t ack);

/* The ICMP error of a router that quotes this segment, `after_ns` after the latest one. */
struct ka_segment talk_unreachable(struct talk *talk, int64_t after_ns,
                                   const struct ka_segment *quoted, uint8_t type, uint8_t code);

/* SYN, SYN|ACK and ACK, 1 ms apart, to segments[0..2]. */
void talk_handshake(struct talk *talk, struct ka_segment segments[3]);

/* ---- a recorder of what the engine reports ------------------------------------------------- */

/* The reports of one engine, copied. Zero-initialise it; recorder_clear() frees what it holds. */
struct recorder {
    struct ka_frame *frames; /* by frame number; of a frame the last call holds */
    size_t frame_count, frame_capacity;
    struct ka_connection **connections; /* in the order of the calls, with all they point to */
    size_t connection_count;
    size_t frame_calls; /* of the callback, repeated frames included */
};

/* Callbacks whose `user` is a struct recorder. */
struct ka_callbacks recorder_callbacks(void);

/* The last report on a frame, or NULL. */
const struct ka_frame *recorder_frame(const struct recorder *recorder, uint64_t frame);

/* Its tag; KA_TAG_NONE where nothing was reported. */
enum ka_tag recorder_tag(const struct recorder *recorder, uint64_t frame);

/* Connection number `number`, or NULL. */
const struct ka_connection *recorder_connection(const struct recorder *recorder, uint32_t number);

void recorder_clear(struct recorder *recorder);

#endif
