/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * decode_segment.h: IPv4 and TCP headers and how they fill a segment, for the walk through any
 * stack of headers and for the shortcut through the usual one. Private to the decoder.
 */
#ifndef KA_DECODE_SEGMENT_H
#define KA_DECODE_SEGMENT_H

#include "bytes.h"
#include "ka.h"

#include <string.h>

struct ethernet_header {
    uint8_t to[6], from[6];
    uint8_t type[2];
};

struct ipv4_header {
    uint8_t version_length; /* version, header length in units of 4 bytes */
    uint8_t tos;
    uint8_t total_length[2];
    uint8_t id[2];
    uint8_t fragment[2]; /* flags, 13 bits of offset */
    uint8_t ttl;
    uint8_t protocol;
    uint8_t checksum[2];
    uint8_t from[4], to[4];
};

struct tcp_header {
    uint8_t from_port[2], to_port[2];
    uint8_t seq[4];
    uint8_t ack[4];
    uint8_t offset; /* upper half: header length in units of 4 bytes */
    uint8_t flags;
    uint8_t window[2];
    uint8_t checksum[2];
    uint8_t urgent[2];
};

enum { OPTION_END = 0, OPTION_NOP = 1, OPTION_TIMESTAMPS = 8, TIMESTAMPS_BYTES = 10 };

struct tcp_timestamps {
    uint8_t kind, length;
    uint8_t tsval[4], tsecr[4];
};

/* All the options of nearly every segment, as RFC 7323 appendix A lays them out. */
struct tcp_usual_options {
    uint8_t nops[2];
    struct tcp_timestamps timestamps;
};

/* ::ffff:a.b.c.d (RFC 4291 2.5.5.2). */
static inline void set_mapped(struct ka_addr *addr, const uint8_t ipv4[static 4])
{
    static const uint8_t prefix[12] = {[10] = 0xff, [11] = 0xff};

    memcpy(addr->bytes, prefix, sizeof prefix);
    memcpy(addr->bytes + sizeof prefix, ipv4, 4);
}

static inline void set_ipv4(struct ka_segment *seg, const struct ipv4_header *ip)
{
    seg->ttl = ip->ttl;
    seg->ip_id = be16(ip->id);
    set_mapped(&seg->from.addr, ip->from);
    set_mapped(&seg->to.addr, ip->to);
}

/* Whether this is a later fragment, whose data starts somewhere in the datagram. */
static inline bool is_later_fragment(const struct ipv4_header *ip)
{
    return (be16(ip->fragment) & 0x1fff) != 0;
}

/*
 * The last timestamps option of a list that ends with the header or the snapshot, or NULL. As in
 * the kernel's tcp_parse_options() the last of several holds and a bad length ends the list.
 */
const struct tcp_timestamps *search_timestamps(struct bytes options);

/* search_timestamps() for the options of nearly every segment. */
static inline const struct tcp_timestamps *find_timestamps(struct bytes options)
{
    static const uint8_t usual[4] = {OPTION_NOP, OPTION_NOP, OPTION_TIMESTAMPS, TIMESTAMPS_BYTES};
    const struct tcp_usual_options *only = BYTES_PEEK(&options, struct tcp_usual_options);

    if (options.captured == 0)
        return NULL;
    if (only && options.captured == sizeof *only && memcmp(only, usual, sizeof usual) == 0)
        return &only->timestamps;
    return search_timestamps(options);
}

/* How the payload begins; most often there is none, or enough of it. */
static inline void set_head(struct ka_segment *seg, const struct bytes *payload)
{
    uint32_t bytes = payload->captured;

    if (bytes >= KA_HEAD_BYTES) {
        memcpy(seg->head, payload->at, KA_HEAD_BYTES);
        bytes = KA_HEAD_BYTES;
    } else if (bytes > 0) {
        memcpy(seg->head, payload->at, bytes);
    }
    seg->head_bytes = (uint8_t)bytes;
}

/*
 * Fill in what TCP says. `b` is the IP payload; `tcp` is the header at its start, or a copy whose
 * missing end is filled in. False, and nothing done, where the header's length is impossible.
 */
static inline bool set_tcp(struct ka_segment *seg, const struct bytes *b,
                           const struct tcp_header *tcp, bool quoted)
{
    const uint32_t header_bytes = (uint32_t)(tcp->offset >> 4) * 4;
    struct bytes payload = *b;
    struct bytes options = *b;
    const struct tcp_timestamps *timestamps;
    const uint8_t *first;

    if (header_bytes < sizeof *tcp || header_bytes > b->length)
        return false;
    bytes_limit(&options, header_bytes);
    timestamps = bytes_skip(&options, sizeof *tcp) ? find_timestamps(options) : NULL;
    first = bytes_skip(&payload, header_bytes) ? BYTES_PEEK(&payload, uint8_t) : NULL;

    seg->from.port = be16(tcp->from_port);
    seg->to.port = be16(tcp->to_port);
    seg->seq = be32(tcp->seq);
    seg->ack = be32(tcp->ack);
    seg->len = b->length - header_bytes;
    seg->tsval = timestamps ? be32(timestamps->tsval) : 0;
    seg->tsecr = timestamps ? be32(timestamps->tsecr) : 0;
    seg->window = be16(tcp->window);
    seg->flags = tcp->flags;
    seg->first_byte = first ? *first : 0;
    seg->has_first_byte = first != NULL;
    seg->has_timestamps = timestamps != NULL;
    seg->quoted = quoted;
    seg->head_bytes = 0;
    if (first && !quoted)
        set_head(seg, &payload);
    return true;
}

#endif
