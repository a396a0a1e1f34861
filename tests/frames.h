/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * frames.h: frames written out in hex, header by header, and decoding them from a block of their
 * own size, so that the address sanitizer sees any read beyond. For the suites of the decoder.
 */
#ifndef KA_TESTS_FRAMES_H
#define KA_TESTS_FRAMES_H

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "core/ka.h"

enum { FRAME_MAX = 512 };

/* LINKTYPE_ values. */
enum {
    NULL_LOOP = 0,
    ETHERNET = 1,
    PPP = 9,
    RAW_12 = 12,
    RAW_14 = 14,
    PPP_HDLC = 50,
    PPP_ETHER = 51,
    RAW = 101,
    C_HDLC = 104,
    WIFI = 105,
    LOOP = 108,
    SLL = 113,
    RADIOTAP = 127,
    RAW_V4 = 228,
    RAW_V6 = 229,
    SLL2 = 276,
};

/* The segment that most frames hold: 33 bytes of TCP, of which one is payload. */
#define TCP_PORTS_SEQ "c1b8 04d2 ffffff00 "
#define TCP_REST "00000001 80 18 01f6 abcd 0000 "
#define TIMESTAMPS "01 01 08 0a 00000010 00000020 "
#define TCP TCP_PORTS_SEQ TCP_REST TIMESTAMPS "78 "
enum { AFTER_TCP_HEADER = 13 }; /* bytes of TCP after the 20 that a decode needs */

#define FROM4 "0a000001 "
#define TO4 "0a000002 "
#define FROM6 "fd00 0000 0000 0000 0000 0000 0000 0001 "
#define TO6 "fd00 0000 0000 0000 0000 0000 0000 0002 "
#define IPV4(total, protocol) "45 00 " total " 0102 4000 40 " protocol " 0000 " FROM4 TO4
#define IPV6(payload, next) "60000000 " payload next " 40 " FROM6 TO6
#define SEGMENT4 IPV4("0035", "06") TCP
#define SEGMENT6 IPV6("0021", "06") TCP

/* Headers around it; an outer IP header has other addresses and TTL. */
#define MACS "020000000002 020000000001 "
#define ETH(type) MACS type " "
#define OUTER4(total, protocol) "45 00 " total " 0909 0000 09 " protocol " 0000 c0000201 c0000202 "
#define OUTER6(payload, next)                                                                      \
    "60000000 " payload next " 09 2001 0db8 0000 0000 0000 0000 0000 0001 "                        \
    "2001 0db8 0000 0000 0000 0000 0000 0002 "
#define UDP(port) "c000 " port " 0000 0000 "
#define WIFI_ADDRESSES "0000 020000000001 020000000002 020000000003 0010 "
#define SNAP(type) "aa aa 03 000000 " type " "
#define ICMP(type_code) type_code " 0000 00000000 "

struct frame {
    uint8_t bytes[FRAME_MAX];
    uint32_t length;
};

static inline struct frame from_hex(const char *hex)
{
    struct frame frame = {.length = 0};
    unsigned digits = 0;

    for (; *hex; hex++) {
        const char *digit = strchr("0123456789abcdef", *hex);

        if (*hex == ' ')
            continue;
        ck_assert_msg(digit && frame.length < FRAME_MAX, "bad hex at \"%s\"", hex);
        frame.bytes[frame.length] =
            (uint8_t)(frame.bytes[frame.length] << 4 | (digit - "0123456789abcdef"));
        frame.length += digits++ % 2;
    }
    ck_assert_msg(digits % 2 == 0, "odd number of hex digits");
    return frame;
}

/* Decode from a block of exactly caplen bytes. */
static inline enum ka_skip decode(int linktype, const uint8_t *bytes, uint32_t caplen,
                                  uint32_t wirelen, struct ka_segment *seg)
{
    uint8_t *exact = malloc(caplen ? caplen : 1);
    enum ka_skip skip;

    ck_assert_ptr_nonnull(exact);
    memcpy(exact, bytes, caplen);
    memset(seg, 0, sizeof *seg);
    skip = ka_decode(linktype, exact, caplen, wirelen, seg);
    free(exact);
    return skip;
}

static inline enum ka_skip decode_hex(int linktype, const char *hex, struct ka_segment *seg)
{
    struct frame frame = from_hex(hex);

    return decode(linktype, frame.bytes, frame.length, frame.length, seg);
}

/* xorshift64 (Marsaglia 2003): the same damage in every run. */
static inline uint32_t random_below(uint64_t *state, uint32_t bound)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return (uint32_t)(*state >> 33) % bound;
}

#endif
