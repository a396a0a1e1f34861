/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * decode.h: how a frame is walked, private to the decoder. Each kind of header has one function
 * that consumes it and says which header follows; decode.c calls them in a bounded loop.
 */
#ifndef KA_DECODE_H
#define KA_DECODE_H

#include "bytes.h"
#include "ka.h"

/* The headers that are followed. END: none follows, walk.skip says why. */
enum header {
    HEADER_END = 0,
    HEADER_ETHERNET, /* decode_link.c */
    HEADER_VLAN,
    HEADER_ITAG,
    HEADER_MACSEC,
    HEADER_LLC,
    HEADER_MPLS,
    HEADER_PPPOE,
    HEADER_PPP,
    HEADER_PPP_HDLC,
    HEADER_CISCO_HDLC,
    HEADER_FAMILY,
    HEADER_COOKED,
    HEADER_COOKED2,
    HEADER_RADIOTAP,
    HEADER_WIFI,
    HEADER_IP, /* decode_ip.c */
    HEADER_IPV4,
    HEADER_IPV6,
    HEADER_OPTIONS,
    HEADER_ROUTING,
    HEADER_FRAGMENT,
    HEADER_AUTHENTICATION,
    HEADER_ESP,
    HEADER_ICMP,
    HEADER_ICMPV6,
    HEADER_UDP, /* decode_tunnel.c */
    HEADER_GRE,
    HEADER_ERSPAN2,
    HEADER_ERSPAN3,
    HEADER_ETHERIP,
    HEADER_VXLAN,
    HEADER_GENEVE,
    HEADER_GTP,
    HEADER_GTP_EXTENSION,
    HEADER_TCP, /* decode_tcp.c */
};

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

enum header walk_ethernet(struct walk *w);
enum header walk_vlan(struct walk *w);
enum header walk_itag(struct walk *w);
enum header walk_macsec(struct walk *w);
enum header walk_llc(struct walk *w);
enum header walk_mpls(struct walk *w);
enum header walk_pppoe(struct walk *w);
enum header walk_ppp(struct walk *w);
enum header walk_ppp_hdlc(struct walk *w);
enum header walk_cisco_hdlc(struct walk *w);
enum header walk_family(struct walk *w);
enum header walk_cooked(struct walk *w);
enum header walk_cooked2(struct walk *w);
enum header walk_radiotap(struct walk *w);
enum header walk_wifi(struct walk *w);

enum header walk_ip(struct walk *w);
enum header walk_ipv4(struct walk *w);
enum header walk_ipv6(struct walk *w);
enum header walk_options(struct walk *w);
enum header walk_routing(struct walk *w);
enum header walk_fragment(struct walk *w);
enum header walk_authentication(struct walk *w);
enum header walk_icmp(struct walk *w);
enum header walk_icmpv6(struct walk *w);

enum header walk_udp(struct walk *w);
enum header walk_gre(struct walk *w);
enum header walk_erspan2(struct walk *w);
enum header walk_erspan3(struct walk *w);
enum header walk_vxlan(struct walk *w);
enum header walk_geneve(struct walk *w);
enum header walk_gtp(struct walk *w);
enum header walk_gtp_extension(struct walk *w);

enum header walk_tcp(struct walk *w);

#endif
