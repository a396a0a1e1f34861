/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * decode.h: how a frame is walked, private to the decoder. Each kind of header has one function
 * that consumes it and says which header follows; decode.c calls them in a bounded loop.
 */
#ifndef KA_DECODE_H
#define KA_DECODE_H

#include "bytes.h"
#include "ka.h"

/* The headers that are followed, as (SUFFIX, name): its enum value and its function. */
#define HEADER_MAP(X)                                                                              \
    X(ETHERNET, ethernet) /* decode_link.c */                                                      \
    X(VLAN, vlan)                                                                                  \
    X(ITAG, itag)                                                                                  \
    X(MACSEC, macsec)                                                                              \
    X(LLC, llc)                                                                                    \
    X(MPLS, mpls)                                                                                  \
    X(PPPOE, pppoe)                                                                                \
    X(PPP, ppp)                                                                                    \
    X(PPP_HDLC, ppp_hdlc)                                                                          \
    X(CISCO_HDLC, cisco_hdlc)                                                                      \
    X(FAMILY, family)                                                                              \
    X(COOKED, cooked)                                                                              \
    X(COOKED2, cooked2)                                                                            \
    X(RADIOTAP, radiotap)                                                                          \
    X(WIFI, wifi)                                                                                  \
    X(IP, ip) /* decode_ip.c */                                                                    \
    X(IPV4, ipv4)                                                                                  \
    X(IPV6, ipv6)                                                                                  \
    X(OPTIONS, options)                                                                            \
    X(ROUTING, routing)                                                                            \
    X(FRAGMENT, fragment)                                                                          \
    X(AUTHENTICATION, authentication)                                                              \
    X(ESP, esp)                                                                                    \
    X(ICMP, icmp)                                                                                  \
    X(ICMPV6, icmpv6)                                                                              \
    X(UDP, udp) /* decode_tunnel.c */                                                              \
    X(GRE, gre)                                                                                    \
    X(ERSPAN2, erspan2)                                                                            \
    X(ERSPAN3, erspan3)                                                                            \
    X(ETHERIP, etherip)                                                                            \
    X(VXLAN, vxlan)                                                                                \
    X(GENEVE, geneve)                                                                              \
    X(GTP, gtp)                                                                                    \
    X(GTP_EXTENSION, gtp_extension)                                                                \
    X(TCP, tcp) /* decode_tcp.c */

#define HEADER_ENUM_ROW(SUFFIX, name) HEADER_##SUFFIX,
/* END: none follows, walk.skip says why. */
enum header { HEADER_END = 0, HEADER_MAP(HEADER_ENUM_ROW) };
#undef HEADER_ENUM_ROW

/* One frame on its way through its headers. */
struct walk {
    struct bytes b; /* what follows the headers passed so far */
    struct ka_segment *seg;
    enum ka_skip skip; /* valid once HEADER_END is reached */
    bool in_ip;        /* an IP header was passed */
    bool guessed;      /* a UDP port is all that says what follows */
    bool quoted;       /* inside the datagram that an ICMP error quotes */
    bool wifi_padded;  /* radiotap: the IEEE 802.11 header is padded to 4 bytes */
    uint8_t gtp_next;  /* type of the next GTP-U extension header */
};

/* The frame ends here, for this reason. */
static inline enum header walk_stop(struct walk *w, enum ka_skip why)
{
    w->skip = why;
    return HEADER_END;
}

/* `need` bytes were not captured: the snapshot was cut, or a stated length leaves no room. */
static inline enum header walk_short(struct walk *w, uint32_t need)
{
    bool contradiction = w->b.stated && need > w->b.length;

    return walk_stop(w, contradiction ? KA_SKIP_MALFORMED : KA_SKIP_TRUNCATED);
}

/* Pass n bytes of which nothing is needed, then go on with `next`. */
static inline enum header walk_skip(struct walk *w, uint32_t n, enum header next)
{
    return bytes_skip(&w->b, n) ? next : walk_short(w, n);
}

/* The first header of a frame of this link type; HEADER_END for a link type that is not known. */
enum header link_header(int linktype);

/* Go on with the payload of an EtherType (or of an IEEE 802.3 length), or stop: not IP. */
enum header walk_ethertype(struct walk *w, uint16_t type);

/* walk_ethernet() ..: consume the header; returns the one that follows. */
#define HEADER_PROTOTYPE(SUFFIX, name) enum header walk_##name(struct walk *w);
HEADER_MAP(HEADER_PROTOTYPE)
#undef HEADER_PROTOTYPE

#endif
