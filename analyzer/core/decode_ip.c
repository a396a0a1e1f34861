/* SPDX-License-Identifier: GPL-2.0-or-later */
/* decode_ip.c: IPv4, IPv6 and its extension headers, and the ICMP errors that quote a datagram. */
#include "decode.h"
#include "decode_segment.h"

#include <string.h>

struct ipv6_header {
    uint8_t version_class_label[4];
    uint8_t payload_length[2];
    uint8_t next;
    uint8_t hop_limit;
    uint8_t from[16], to[16];
};

/* Hop-by-hop and destination options, and the start of AH. */
struct extension_header {
    uint8_t next;
    uint8_t length; /* units of 8 bytes beyond the first 8; AH: of 4 bytes beyond the first 8 */
};

struct routing_header {
    uint8_t next;
    uint8_t length; /* units of 8 bytes beyond the first 8 */
    uint8_t type;
    uint8_t segments_left;
    uint8_t specific[4];
};

struct fragment_header {
    uint8_t next;
    uint8_t reserved;
    uint8_t offset[2]; /* 13 bits of offset, flags */
    uint8_t id[4];
};

struct icmp_header {
    uint8_t type, code;
    uint8_t checksum[2];
    uint8_t specific[4];
};

/* IANA protocol numbers. */
static enum header header_of_protocol(uint8_t protocol)
{
    switch (protocol) {
    case 0:
        return HEADER_OPTIONS; /* hop-by-hop */
    case 1:
        return HEADER_ICMP;
    case 4:
        return HEADER_IPV4;
    case 6:
        return HEADER_TCP;
    case 17:
        return HEADER_UDP;
    case 41:
        return HEADER_IPV6;
    case 43:
        return HEADER_ROUTING;
    case 44:
        return HEADER_FRAGMENT;
    case 47:
        return HEADER_GRE;
    case 50:
        return HEADER_ESP;
    case 51:
        return HEADER_AUTHENTICATION;
    case 58:
        return HEADER_ICMPV6;
    case 60:
        return HEADER_OPTIONS; /* destination */
    case 97:
        return HEADER_ETHERIP;
    case 137:
        return HEADER_MPLS; /* RFC 4023 */
    default:
        return HEADER_END;
    }
}

static enum header walk_protocol(struct walk *w, uint8_t protocol)
{
    enum header next = header_of_protocol(protocol);

    return next == HEADER_END ? walk_stop(w, KA_SKIP_NOT_TCP) : next;
}

enum header walk_ip(struct walk *w)
{
    const uint8_t *version = BYTES_PEEK(&w->b, uint8_t);

    if (!version)
        return walk_short(w, 1);
    switch (*version >> 4) {
    case 4:
        return HEADER_IPV4;
    case 6:
        return HEADER_IPV6;
    default:
        return walk_stop(w, KA_SKIP_NOT_IP);
    }
}

/*
 * From here on `length` bytes are IP's. Where the link layer states less it is right: tools that
 * rewrite captures have counted Ethernet padding as payload.
 */
static void begin_ip(struct walk *w, uint32_t length)
{
    if (!w->in_ip && w->b.stated && length > w->b.length)
        length = w->b.length;
    bytes_limit(&w->b, length);
    w->in_ip = true;
}

enum header walk_ipv4(struct walk *w)
{
    const struct ipv4_header *ip = BYTES_PEEK(&w->b, struct ipv4_header);
    uint32_t header_bytes, total_bytes;

    if (!ip)
        return walk_short(w, sizeof *ip);
    header_bytes = (ip->version_length & 0x0fu) * 4;
    total_bytes = be16(ip->total_length);
    /* Segmentation offload: the header was seen before the card filled in the length. */
    if (total_bytes == 0)
        total_bytes = w->b.length;
    if (ip->version_length >> 4 != 4 || header_bytes < sizeof *ip || total_bytes < header_bytes)
        return walk_stop(w, KA_SKIP_MALFORMED);

    begin_ip(w, total_bytes);
    set_ipv4(w->seg, ip);
    if (is_later_fragment(ip))
        return walk_stop(w, KA_SKIP_FRAGMENT);
    if (!bytes_skip(&w->b, header_bytes))
        return walk_short(w, header_bytes);
    return walk_protocol(w, ip->protocol);
}

enum header walk_ipv6(struct walk *w)
{
    const struct ipv6_header *ip = BYTES_TAKE(&w->b, struct ipv6_header);
    uint32_t payload_bytes;

    if (!ip)
        return walk_short(w, sizeof *ip);
    payload_bytes = be16(ip->payload_length);
    if (ip->version_class_label[0] >> 4 != 6)
        return walk_stop(w, KA_SKIP_MALFORMED);

    /* 0: a jumbogram (RFC 2675 3) or segmentation offload; all that is left belongs to it. */
    begin_ip(w, payload_bytes != 0 ? payload_bytes : w->b.length);
    w->seg->ttl = ip->hop_limit;
    w->seg->ip_id = 0;
    memcpy(w->seg->from.addr.bytes, ip->from, sizeof ip->from);
    memcpy(w->seg->to.addr.bytes, ip->to, sizeof ip->to);
    return walk_protocol(w, ip->next);
}

/* Pass an extension header of this length. */
static enum header walk_extension(struct walk *w, uint32_t header_bytes, uint8_t next)
{
    return bytes_skip(&w->b, header_bytes) ? walk_protocol(w, next) : walk_short(w, header_bytes);
}

/* Hop-by-hop or destination options (RFC 8200 4.3, 4.6). */
enum header walk_options(struct walk *w)
{
    const struct extension_header *extension = BYTES_PEEK(&w->b, struct extension_header);

    if (!extension)
        return walk_short(w, sizeof *extension);
    return walk_extension(w, 8 + extension->length * 8u, extension->next);
}

/*
 * While segments are left the IPv6 destination is the next hop; the connection's endpoint is the
 * last address of the route, which comes last in types 0 and 2 and first in type 4 (RFC 8754 2).
 */
enum header walk_routing(struct walk *w)
{
    enum { SOURCE_ROUTE = 0, MOBILE = 2, SEGMENT_ROUTING = 4 };
    const struct routing_header *routing = BYTES_PEEK(&w->b, struct routing_header);
    struct bytes addresses = w->b;
    const struct ka_addr *last;
    bool source_route;

    if (!routing)
        return walk_short(w, sizeof *routing);
    source_route = routing->type == SOURCE_ROUTE || routing->type == MOBILE;
    if (routing->segments_left > 0 && (source_route || routing->type == SEGMENT_ROUTING)) {
        uint32_t before = source_route && routing->length >= 2 ? routing->length / 2 - 1u : 0;

        bytes_limit(&addresses, sizeof *routing + routing->length * 8u);
        last = bytes_skip(&addresses, (uint32_t)sizeof *routing + before * 16)
                   ? BYTES_TAKE(&addresses, struct ka_addr)
                   : NULL;
        if (last)
            w->seg->to.addr = *last;
    }
    return walk_extension(w, 8 + routing->length * 8u, routing->next);
}

enum header walk_fragment(struct walk *w)
{
    const struct fragment_header *fragment = BYTES_TAKE(&w->b, struct fragment_header);

    if (!fragment)
        return walk_short(w, sizeof *fragment);
    if (be16(fragment->offset) >> 3 != 0)
        return walk_stop(w, KA_SKIP_FRAGMENT);
    return walk_protocol(w, fragment->next);
}

/* RFC 4302 2.2 */
enum header walk_authentication(struct walk *w)
{
    const struct extension_header *ah = BYTES_PEEK(&w->b, struct extension_header);

    if (!ah)
        return walk_short(w, sizeof *ah);
    return walk_extension(w, 8 + ah->length * 4u, ah->next);
}

/* RFC 4303: what follows is readable to the endpoints alone. */
enum header walk_esp(struct walk *w)
{
    return walk_stop(w, KA_SKIP_ENCRYPTED);
}

/* Pass the ICMP header of an error; the datagram that it quotes follows. */
static enum header walk_quote(struct walk *w, const struct icmp_header *icmp)
{
    /* No error is sent about an error (RFC 1122 3.2.2, RFC 4443 2.4). */
    if (w->quoted)
        return walk_stop(w, KA_SKIP_NOT_TCP);
    w->quoted = true;
    w->seg->icmp_type = icmp->type;
    w->seg->icmp_code = icmp->code;
    w->seg->icmp_from = w->seg->from.addr;
    return walk_skip(w, sizeof *icmp, HEADER_IP);
}

/* RFC 792. A redirect (5) quotes a datagram as well, but one that was forwarded. */
enum header walk_icmp(struct walk *w)
{
    enum { UNREACHABLE = 3, SOURCE_QUENCH = 4, TIME_EXCEEDED = 11, PARAMETER_PROBLEM = 12 };
    const struct icmp_header *icmp = BYTES_PEEK(&w->b, struct icmp_header);

    if (!icmp)
        return walk_short(w, sizeof *icmp);
    switch (icmp->type) {
    case UNREACHABLE:
    case SOURCE_QUENCH:
    case TIME_EXCEEDED:
    case PARAMETER_PROBLEM:
        return walk_quote(w, icmp);
    default:
        return walk_stop(w, KA_SKIP_NOT_TCP);
    }
}

/* RFC 4443 3: unreachable, packet too big, time exceeded, parameter problem. */
enum header walk_icmpv6(struct walk *w)
{
    const struct icmp_header *icmp = BYTES_PEEK(&w->b, struct icmp_header);

    if (!icmp)
        return walk_short(w, sizeof *icmp);
    return icmp->type >= 1 && icmp->type <= 4 ? walk_quote(w, icmp) : walk_stop(w, KA_SKIP_NOT_TCP);
}
