/* SPDX-License-Identifier: GPL-2.0-or-later */
/* decode_tunnel.c: GRE with ERSPAN, and what UDP carries: VXLAN, GENEVE, GTP-U, MPLS, ESP. */
#include "decode.h"

struct udp_header {
    uint8_t from_port[2], to_port[2];
    uint8_t length[2];
    uint8_t checksum[2];
};

struct gre_header {
    uint8_t flags;
    uint8_t flags_version;
    uint8_t protocol[2]; /* an EtherType */
};

struct gre_route {
    uint8_t family[2];
    uint8_t offset;
    uint8_t length;
};

struct erspan2_header {
    uint8_t version_vlan[2];
    uint8_t cos_session[2];
    uint8_t index[4];
};

struct erspan3_header {
    uint8_t version_vlan[2];
    uint8_t cos_session[2];
    uint8_t timestamp[4];
    uint8_t tag[2];
    uint8_t frame_type; /* P, 5 bits of frame type, ... */
    uint8_t option;     /* ..., O: a platform header follows */
};

struct etherip_header {
    uint8_t version;
    uint8_t reserved;
};

struct vxlan_header {
    uint8_t flags;
    uint8_t reserved[3];
    uint8_t vni[3];
    uint8_t reserved2;
};

struct geneve_header {
    uint8_t version_length; /* 2 bits, length of the options in units of 4 bytes */
    uint8_t flags;
    uint8_t protocol[2]; /* an EtherType */
    uint8_t vni[3];
    uint8_t reserved;
};

struct gtp_header {
    uint8_t flags;
    uint8_t type;
    uint8_t length[2];
    uint8_t teid[4];
};

/* After the GTP-U header when any of its E, S and PN flags is set. */
struct gtp_optional {
    uint8_t sequence[2];
    uint8_t pdu_number;
    uint8_t next; /* type of the first extension header, 0: none */
};

/* RFC 3948: a zero where the SPI would be marks IKE, a single byte a NAT keep-alive. */
static enum header walk_esp_in_udp(struct walk *w)
{
    struct spi {
        uint8_t bytes[4];
    };
    const struct spi *spi = BYTES_PEEK(&w->b, struct spi);

    return spi && be32(spi->bytes) != 0 ? HEADER_ESP : walk_stop(w, KA_SKIP_NOT_TCP);
}

/* Only the destination port of a tunnel is assigned; the source port is a hash of the flow. */
enum header walk_udp(struct walk *w)
{
    enum {
        PORT_GTP = 2152,
        PORT_ESP = 4500,
        PORT_VXLAN = 4789,
        PORT_GENEVE = 6081,
        PORT_MPLS = 6635,
        PORT_VXLAN_LINUX = 8472,
    };
    const struct udp_header *udp = BYTES_TAKE(&w->b, struct udp_header);

    if (!udp)
        return walk_short(w, sizeof *udp);
    w->guessed = true;
    switch (be16(udp->to_port)) {
    case PORT_GTP:
        return HEADER_GTP;
    case PORT_ESP:
        return walk_esp_in_udp(w);
    case PORT_VXLAN:
    case PORT_VXLAN_LINUX:
        return HEADER_VXLAN;
    case PORT_GENEVE:
        return HEADER_GENEVE;
    case PORT_MPLS:
        return HEADER_MPLS;
    default:
        break;
    }
    return be16(udp->from_port) == PORT_ESP ? walk_esp_in_udp(w) : walk_stop(w, KA_SKIP_NOT_TCP);
}

/* Source routes of RFC 1701, up to the empty one. A few are followed: nobody sends any. */
static enum header walk_gre_routes(struct walk *w, uint16_t protocol)
{
    enum { ROUTES_MAX = 8 };

    for (int n = 0; n < ROUTES_MAX; n++) {
        const struct gre_route *route = BYTES_TAKE(&w->b, struct gre_route);

        if (!route)
            return walk_short(w, sizeof *route);
        if (be16(route->family) == 0 && route->length == 0)
            return walk_ethertype(w, protocol);
        if (!bytes_skip(&w->b, route->length))
            return walk_short(w, route->length);
    }
    return walk_stop(w, KA_SKIP_TOO_DEEP);
}

/* RFC 2784, RFC 2890 (key, sequence number), RFC 1701 (routing), RFC 2637 (version 1: PPTP). */
enum header walk_gre(struct walk *w)
{
    enum { CHECKSUM = 0x80, ROUTING = 0x40, KEY = 0x20, SEQUENCE = 0x10 };
    enum { ACKNOWLEDGMENT = 0x80, VERSION = 0x07, PPTP = 1 };
    enum { PROTOCOL_PPP = 0x880b, PROTOCOL_ERSPAN = 0x88be, PROTOCOL_ERSPAN3 = 0x22eb };
    const struct gre_header *gre = BYTES_TAKE(&w->b, struct gre_header);
    uint32_t optional = 0;
    uint16_t protocol;
    bool pptp;

    if (!gre)
        return walk_short(w, sizeof *gre);
    protocol = be16(gre->protocol);
    pptp = (gre->flags_version & VERSION) == PPTP && protocol == PROTOCOL_PPP;
    if ((gre->flags_version & VERSION) != 0 && !pptp)
        return walk_stop(w, KA_SKIP_NOT_TCP);

    optional += gre->flags & (CHECKSUM | ROUTING) ? 4 : 0;
    optional += gre->flags & KEY ? 4 : 0;
    optional += gre->flags & SEQUENCE ? 4 : 0;
    optional += pptp && gre->flags_version & ACKNOWLEDGMENT ? 4 : 0;
    if (!bytes_skip(&w->b, optional))
        return walk_short(w, optional);
    if (pptp && !(gre->flags & SEQUENCE)) /* RFC 2637 4.1: an acknowledgment without payload */
        return walk_stop(w, KA_SKIP_NOT_TCP);
    if (gre->flags & ROUTING)
        return walk_gre_routes(w, protocol);
    if (protocol == PROTOCOL_ERSPAN) /* type I has neither sequence number nor header */
        return gre->flags & SEQUENCE ? HEADER_ERSPAN2 : HEADER_ETHERNET;
    if (protocol == PROTOCOL_ERSPAN3)
        return HEADER_ERSPAN3;
    return walk_ethertype(w, protocol);
}

/* draft-foschiano-erspan 4.2 */
enum header walk_erspan2(struct walk *w)
{
    return walk_skip(w, sizeof(struct erspan2_header), HEADER_ETHERNET);
}

/* draft-foschiano-erspan 4.3 */
enum header walk_erspan3(struct walk *w)
{
    enum { OPTION = 0x01, PLATFORM_BYTES = 8, FRAME_ETHERNET = 0, FRAME_IP = 2 };
    const struct erspan3_header *erspan = BYTES_TAKE(&w->b, struct erspan3_header);
    uint32_t platform_bytes;

    if (!erspan)
        return walk_short(w, sizeof *erspan);
    platform_bytes = erspan->option & OPTION ? PLATFORM_BYTES : 0;
    switch (erspan->frame_type >> 2 & 0x1f) {
    case FRAME_ETHERNET:
        return walk_skip(w, platform_bytes, HEADER_ETHERNET);
    case FRAME_IP:
        return walk_skip(w, platform_bytes, HEADER_IP);
    default:
        return walk_stop(w, KA_SKIP_NOT_TCP);
    }
}

/* RFC 3378 3 */
enum header walk_etherip(struct walk *w)
{
    return walk_skip(w, sizeof(struct etherip_header), HEADER_ETHERNET);
}

/* RFC 7348 5. Flags beside I are other uses of reserved bits (group policy). */
enum header walk_vxlan(struct walk *w)
{
    enum { VNI_VALID = 0x08 };
    const struct vxlan_header *vxlan = BYTES_TAKE(&w->b, struct vxlan_header);

    if (!vxlan)
        return walk_short(w, sizeof *vxlan);
    return vxlan->flags & VNI_VALID ? HEADER_ETHERNET : walk_stop(w, KA_SKIP_NOT_TCP);
}

/* RFC 8926 3.4 */
enum header walk_geneve(struct walk *w)
{
    const struct geneve_header *geneve = BYTES_TAKE(&w->b, struct geneve_header);
    uint32_t options_bytes;

    if (!geneve)
        return walk_short(w, sizeof *geneve);
    if (geneve->version_length >> 6 != 0)
        return walk_stop(w, KA_SKIP_NOT_TCP);
    options_bytes = (geneve->version_length & 0x3fu) * 4;
    if (!bytes_skip(&w->b, options_bytes))
        return walk_short(w, options_bytes);
    return walk_ethertype(w, be16(geneve->protocol));
}

/* 3GPP TS 29.281 5.1 */
enum header walk_gtp(struct walk *w)
{
    enum { VERSION_TYPE = 0xf0, VERSION1_GTP = 0x30, OPTIONAL = 0x07, EXTENSION = 0x04 };
    enum { TYPE_T_PDU = 255 };
    const struct gtp_header *gtp = BYTES_TAKE(&w->b, struct gtp_header);
    const struct gtp_optional *optional;

    if (!gtp)
        return walk_short(w, sizeof *gtp);
    if ((gtp->flags & VERSION_TYPE) != VERSION1_GTP || gtp->type != TYPE_T_PDU)
        return walk_stop(w, KA_SKIP_NOT_TCP);
    if (!(gtp->flags & OPTIONAL))
        return HEADER_IP;
    optional = BYTES_TAKE(&w->b, struct gtp_optional);
    if (!optional)
        return walk_short(w, sizeof *optional);
    w->gtp_next = gtp->flags & EXTENSION ? optional->next : 0;
    return w->gtp_next != 0 ? HEADER_GTP_EXTENSION : HEADER_IP;
}

/* 3GPP TS 29.281 5.2: length in units of 4 bytes first, type of the next one last. */
enum header walk_gtp_extension(struct walk *w)
{
    const uint8_t *length = BYTES_PEEK(&w->b, uint8_t);
    struct bytes extension = w->b;
    uint32_t extension_bytes;
    const uint8_t *next;

    if (!length)
        return walk_short(w, 1);
    if (*length == 0)
        return walk_stop(w, KA_SKIP_MALFORMED);
    extension_bytes = *length * 4u;
    if (!bytes_skip(&w->b, extension_bytes))
        return walk_short(w, extension_bytes);
    next = bytes_skip(&extension, extension_bytes - 1) ? BYTES_TAKE(&extension, uint8_t) : NULL;
    w->gtp_next = next ? *next : 0;
    return w->gtp_next != 0 ? HEADER_GTP_EXTENSION : HEADER_IP;
}
