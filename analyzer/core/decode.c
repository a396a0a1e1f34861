/* SPDX-License-Identifier: GPL-2.0-or-later */
/* decode.c: from the bytes of a frame to its innermost TCP segment, or the reason for none. */
#include "decode.h"
#include "decode_segment.h"

/* Headers that are followed in one frame; an honest stack of tunnels needs about half of them. */
#define HEADERS_MAX 32

/* Consume one header; returns the one that follows. */
static enum header walk_step(struct walk *w, enum header header)
{
#define HEADER_CASE(SUFFIX, name)                                                                  \
    case HEADER_##SUFFIX:                                                                          \
        return walk_##name(w);

    switch (header) {
        HEADER_MAP(HEADER_CASE)
    case HEADER_END:
        break;
    }
    return HEADER_END;
#undef HEADER_CASE
}

/*
 * The reason to report for a frame whose walk ended. Past an IP header nothing is "not IP". What a
 * UDP port made us take for a tunnel and does not parse is not one, unless the snapshot was cut.
 */
static enum ka_skip walk_reason(const struct walk *w, bool cut)
{
    if (w->skip == KA_SKIP_NOT_IP && w->in_ip)
        return KA_SKIP_NOT_TCP;
    if (w->guessed && (w->skip == KA_SKIP_MALFORMED || (w->skip == KA_SKIP_TRUNCATED && !cut)))
        return KA_SKIP_NOT_TCP;
    return w->skip;
}

/*
 * Ethernet, IPv4 without options and TCP: most frames of most captures, decoded without the walk.
 * False for any other frame, and for one in which something is odd; the walk then says what.
 */
static bool decode_usual(struct bytes b, struct ka_segment *seg)
{
    enum { ETHERTYPE_IPV4 = 0x0800, VERSION_4_LENGTH_20 = 0x45, PROTOCOL_TCP = 6 };
    struct usual_headers {
        struct ethernet_header ethernet;
        struct ipv4_header ip;
    };
    const struct usual_headers *usual = BYTES_TAKE(&b, struct usual_headers);
    const struct tcp_header *tcp = BYTES_PEEK(&b, struct tcp_header);
    uint32_t total_bytes;

    if (!usual || !tcp || be16(usual->ethernet.type) != ETHERTYPE_IPV4 ||
        usual->ip.version_length != VERSION_4_LENGTH_20 || usual->ip.protocol != PROTOCOL_TCP ||
        is_later_fragment(&usual->ip))
        return false;
    total_bytes = be16(usual->ip.total_length);
    if (total_bytes < sizeof usual->ip + sizeof *tcp)
        return false;
    bytes_limit(&b, total_bytes - (uint32_t)sizeof usual->ip);
    set_ipv4(seg, &usual->ip);
    return set_tcp(seg, &b, tcp, false);
}

/* Any other frame, header by header. */
static enum ka_skip decode_walk(enum header header, struct bytes frame, bool cut,
                                struct ka_segment *seg)
{
    struct walk w = {.b = frame, .seg = seg};

    seg->icmp_type = seg->icmp_code = 0;
    seg->icmp_from = (struct ka_addr){{0}};
    if (header == HEADER_END)
        return KA_SKIP_LINK_TYPE;
    for (unsigned n = 0; n < HEADERS_MAX; n++) {
        header = walk_step(&w, header);
        if (header == HEADER_END)
            return w.skip == KA_SKIP_NONE ? KA_SKIP_NONE : walk_reason(&w, cut);
    }
    return KA_SKIP_TOO_DEEP;
}

enum ka_skip ka_decode(int linktype, const uint8_t *bytes, uint32_t caplen, uint32_t wirelen,
                       struct ka_segment *seg)
{
    enum { LINKTYPE_ETHERNET = 1 };
    /* Files exist whose wire length is 0 or less than what was captured. */
    const uint32_t length = wirelen > caplen ? wirelen : caplen;
    const struct bytes frame = {.at = bytes, .captured = caplen, .length = length};

    if (linktype == LINKTYPE_ETHERNET && decode_usual(frame, seg))
        return KA_SKIP_NONE;
    return decode_walk(link_header(linktype), frame, caplen < wirelen, seg);
}

bool ka_linktype_known(int linktype)
{
    return link_header(linktype) != HEADER_END;
}
