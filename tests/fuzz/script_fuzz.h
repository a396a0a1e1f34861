/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * script_fuzz.h: bytes as segments that are near enough to TCP for every rule to get its turn.
 *
 * An input is a row of records of 12 bytes, integers little-endian:
 *   0     connection (bits 0-1), from the server (2), kind (3-4), unit of time (5-7)
 *   1     time since the segment before, in units, with a sign
 *   2     TCP flags
 *   3     time stamps (bit 0), first byte captured (1), first byte (2-3), steps of ip_id (4-5),
 *         steps of the TTL (6-7)
 *   4-5   sequence number less SND.NXT, with a sign
 *   6-7   ACK number less the other end's SND.NXT, with a sign
 *   8-9   payload bytes
 *   10-11 window
 * make-seeds.py writes the same from captures.
 */
#ifndef KA_TESTS_SCRIPT_FUZZ_H
#define KA_TESTS_SCRIPT_FUZZ_H

#include "core/ka.h"
#include "fuzz.h"

enum { FUZZ_CONNECTIONS = 4, FUZZ_SEGMENTS_MAX = 512 };

/* The same course of events, told otherwise. */
struct retelling {
    bool ipv6;
    bool swapped;      /* the endpoints have each other's address; ports stay */
    uint32_t shift[2]; /* added to the sequence numbers of client and server */
};

/*
 * Read segments[0 .. FUZZ_SEGMENTS_MAX). Returns how many there are; their frames count from 1. The
 * connections have different kinds of ports, by which the client is guessed.
 */
size_t script_segments(const uint8_t *bytes, size_t length, struct retelling how,
                       struct ka_segment *segments);

#endif
