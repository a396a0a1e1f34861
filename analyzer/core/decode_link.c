/* SPDX-License-Identifier: GPL-2.0-or-later */
/* decode_link.c: link layers, and the tags and labels between them and IP. */
#include "decode.h"
#include "decode_segment.h"

/* What pcap_datalink() and the files say (https://www.tcpdump.org/linktypes.html). */
enum {
    LINKTYPE_NULL = 0,
    LINKTYPE_ETHERNET = 1,
    LINKTYPE_PPP = 9,
    LINKTYPE_RAW_LINUX = 12, /* DLT_RAW of most systems */
    LINKTYPE_RAW_OPENBSD = 14,
    LINKTYPE_PPP_HDLC = 50,
    LINKTYPE_PPP_ETHER = 51,
    LINKTYPE_RAW = 101,
    LINKTYPE_C_HDLC = 104,
    LINKTYPE_IEEE802_11 = 105,
    LINKTYPE_LOOP = 108,
    LINKTYPE_LINUX_SLL = 113,
    LINKTYPE_IEEE802_11_RADIOTAP = 127,
    LINKTYPE_IPV4 = 228,
    LINKTYPE_IPV6 = 229,
    LINKTYPE_LINUX_SLL2 = 276,
};

/* In the place of an EtherType, less is the length of an IEEE 802.3 frame (RFC 9542 3). */
enum { ETHERTYPE_MIN = 0x0600 };

struct vlan_tag {
    uint8_t control[2];
    uint8_t type[2];
};

struct macsec_tag {
    uint8_t control; /* V, ES, SC, SCB, E, C, AN */
    uint8_t short_length;
    uint8_t packet_number[4];
};

struct llc_header {
    uint8_t dsap, ssap, control;
};

struct snap_header {
    uint8_t organization[3];
    uint8_t type[2];
};

struct mpls_label {
    uint8_t label[3]; /* the last bit: bottom of stack */
    uint8_t ttl;
};

struct pseudowire_control_word {
    uint8_t flags_length[2];
    uint8_t sequence[2];
};

struct pppoe_header {
    uint8_t version_type;
    uint8_t code; /* 0: session data */
    uint8_t session[2];
    uint8_t length[2];
};

struct hdlc_header {
    uint8_t address, control;
};

struct cisco_hdlc_header {
    uint8_t address, control;
    uint8_t type[2];
};

struct family_header {
    uint8_t family[4];
};

struct cooked_header {
    uint8_t direction[2];
    uint8_t hardware[2]; /* ARPHRD_ */
    uint8_t address_length[2];
    uint8_t address[8];
    uint8_t protocol[2];
};

struct cooked2_header {
    uint8_t protocol[2];
    uint8_t reserved[2];
    uint8_t interface[4];
    uint8_t hardware[2]; /* ARPHRD_ */
    uint8_t direction;
    uint8_t address_length;
    uint8_t address[8];
};

struct radiotap_header {
    uint8_t version;
    uint8_t pad;
    uint8_t length[2];
    uint8_t present[4];
};

struct radiotap_present {
    uint8_t present[4];
};

struct wifi_header {
    uint8_t control; /* version, type, subtype */
    uint8_t flags;
    uint8_t duration[2];
    uint8_t addresses[18];
    uint8_t sequence[2]; /* lower 4 bits: fragment number */
};

struct wifi_qos {
    uint8_t control[2];
};

enum header link_header(int linktype)
{
    switch (linktype) {
    case LINKTYPE_ETHERNET:
        return HEADER_ETHERNET;
    case LINKTYPE_LINUX_SLL:
        return HEADER_COOKED;
    case LINKTYPE_LINUX_SLL2:
        return HEADER_COOKED2;
    case LINKTYPE_RAW_LINUX:
    case LINKTYPE_RAW_OPENBSD:
    case LINKTYPE_RAW:
        return HEADER_IP;
    case LINKTYPE_IPV4:
        return HEADER_IPV4;
    case LINKTYPE_IPV6:
        return HEADER_IPV6;
    case LINKTYPE_NULL:
    case LINKTYPE_LOOP:
        return HEADER_FAMILY;
    case LINKTYPE_PPP:
        return HEADER_PPP;
    case LINKTYPE_PPP_HDLC:
        return HEADER_PPP_HDLC;
    case LINKTYPE_PPP_ETHER:
        return HEADER_PPPOE;
    case LINKTYPE_C_HDLC:
        return HEADER_CISCO_HDLC;
    case LINKTYPE_IEEE802_11:
        return HEADER_WIFI;
    case LINKTYPE_IEEE802_11_RADIOTAP:
        return HEADER_RADIOTAP;
    default:
        return HEADER_END;
    }
}

static enum header header_of_ethertype(uint16_t type)
{
    switch (type) {
    case 0x0800:
        return HEADER_IPV4;
    case 0x86dd:
        return HEADER_IPV6;
    case 0x8100: /* IEEE 802.1Q */
    case 0x88a8: /* IEEE 802.1ad */
    case 0x9100: /* stacked tags before 802.1ad */
    case 0x9200:
        return HEADER_VLAN;
    case 0x6558:
        return HEADER_ETHERNET; /* transparent Ethernet bridging */
    case 0x8847:
    case 0x8848:
        return HEADER_MPLS;
    case 0x8864:
        return HEADER_PPPOE;
    case 0x880b:
        return HEADER_PPP;
    case 0x88e5:
        return HEADER_MACSEC;
    case 0x88e7:
        return HEADER_ITAG;
    default:
        return HEADER_END;
    }
}

enum header walk_ethertype(struct walk *w, uint16_t type)
{
    enum header next = type < ETHERTYPE_MIN ? HEADER_LLC : header_of_ethertype(type);

    return next == HEADER_END ? walk_stop(w, KA_SKIP_NOT_IP) : next;
}

enum header walk_ethernet(struct walk *w)
{
    const struct ethernet_header *ethernet = BYTES_TAKE(&w->b, struct ethernet_header);

    return ethernet ? walk_ethertype(w, be16(ethernet->type)) : walk_short(w, sizeof *ethernet);
}

enum header walk_vlan(struct walk *w)
{
    const struct vlan_tag *tag = BYTES_TAKE(&w->b, struct vlan_tag);

    return tag ? walk_ethertype(w, be16(tag->type)) : walk_short(w, sizeof *tag);
}

/* IEEE 802.1ah: a service tag and a whole customer frame. */
enum header walk_itag(struct walk *w)
{
    return walk_skip(w, 4, HEADER_ETHERNET);
}

/* IEEE 802.1AE: readable where it is used for integrity only. */
enum header walk_macsec(struct walk *w)
{
    enum { SC = 0x20, ENCRYPTED = 0x08, CHANGED = 0x04, SC_BYTES = 8 };
    struct inner {
        uint8_t type[2];
    };
    const struct macsec_tag *tag = BYTES_TAKE(&w->b, struct macsec_tag);
    const struct inner *inner;

    if (!tag)
        return walk_short(w, sizeof *tag);
    if (tag->control & (ENCRYPTED | CHANGED))
        return walk_stop(w, KA_SKIP_ENCRYPTED);
    if (tag->control & SC && !bytes_skip(&w->b, SC_BYTES))
        return walk_short(w, SC_BYTES);
    inner = BYTES_TAKE(&w->b, struct inner);
    return inner ? walk_ethertype(w, be16(inner->type)) : walk_short(w, sizeof *inner);
}

/* IEEE 802.2; SNAP with an EtherType (RFC 1042), also as IEEE 802.1H bridges write it. */
enum header walk_llc(struct walk *w)
{
    enum { SAP_IP = 0x06, SAP_SNAP = 0xaa, UNNUMBERED = 0x03, OUI_BRIDGE_TUNNEL = 0x0000f8 };
    const struct llc_header *llc = BYTES_TAKE(&w->b, struct llc_header);
    const struct snap_header *snap;
    uint32_t organization;

    if (!llc)
        return walk_short(w, sizeof *llc);
    if (llc->dsap == SAP_IP && llc->control == UNNUMBERED)
        return HEADER_IPV4;
    if (llc->dsap != SAP_SNAP || llc->ssap != SAP_SNAP || llc->control != UNNUMBERED)
        return walk_stop(w, KA_SKIP_NOT_IP);
    snap = BYTES_TAKE(&w->b, struct snap_header);
    if (!snap)
        return walk_short(w, sizeof *snap);
    organization = (uint32_t)snap->organization[0] << 16 | be16(snap->organization + 1);
    if ((organization != 0 && organization != OUI_BRIDGE_TUNNEL) ||
        be16(snap->type) < ETHERTYPE_MIN)
        return walk_stop(w, KA_SKIP_NOT_IP);
    return walk_ethertype(w, be16(snap->type));
}

/* Whether an Ethernet header with a type that is followed comes after `offset` bytes. */
static bool ethernet_follows(struct bytes b, uint32_t offset)
{
    const struct ethernet_header *ethernet =
        bytes_skip(&b, offset) ? BYTES_PEEK(&b, struct ethernet_header) : NULL;

    return ethernet && header_of_ethertype(be16(ethernet->type)) != HEADER_END;
}

/*
 * Nothing in a label says what it carries: IP where the first nibble is its version (RFC 4928),
 * else an Ethernet pseudowire, with a control word whose first nibble is 0 (RFC 4385) or without.
 */
static enum header walk_mpls_payload(struct walk *w)
{
    const uint32_t word_bytes = sizeof(struct pseudowire_control_word);
    const uint8_t *first = BYTES_PEEK(&w->b, uint8_t);

    if (!first)
        return walk_short(w, 1);
    if (*first >> 4 == 4 || *first >> 4 == 6)
        return HEADER_IP;
    if (*first >> 4 == 0 && ethernet_follows(w->b, word_bytes))
        return walk_skip(w, word_bytes, HEADER_ETHERNET);
    if (ethernet_follows(w->b, 0))
        return HEADER_ETHERNET;
    if (w->b.captured < word_bytes + sizeof(struct ethernet_header))
        return walk_short(w, word_bytes + sizeof(struct ethernet_header));
    return walk_stop(w, KA_SKIP_NOT_IP);
}

/* RFC 3032 2.1 */
enum header walk_mpls(struct walk *w)
{
    const struct mpls_label *entry = BYTES_TAKE(&w->b, struct mpls_label);

    if (!entry)
        return walk_short(w, sizeof *entry);
    return entry->label[2] & 0x01 ? walk_mpls_payload(w) : HEADER_MPLS;
}

/* RFC 2516 4 */
enum header walk_pppoe(struct walk *w)
{
    const struct pppoe_header *pppoe = BYTES_TAKE(&w->b, struct pppoe_header);
    uint32_t payload_bytes;

    if (!pppoe)
        return walk_short(w, sizeof *pppoe);
    if (pppoe->code != 0)
        return walk_stop(w, KA_SKIP_NOT_IP);
    payload_bytes = be16(pppoe->length);
    if (payload_bytes != 0 && payload_bytes < w->b.length)
        bytes_limit(&w->b, payload_bytes);
    return HEADER_PPP;
}

/* RFC 1661 2: an odd first byte is a protocol number compressed to one byte. */
static enum header walk_ppp_protocol(struct walk *w)
{
    const uint8_t *first = BYTES_TAKE(&w->b, uint8_t);
    const uint8_t *second = NULL;

    if (!first)
        return walk_short(w, 1);
    if (!(*first & 1) && !(second = BYTES_TAKE(&w->b, uint8_t)))
        return walk_short(w, 1);
    switch (second ? *first << 8 | *second : *first) {
    case 0x0021:
        return HEADER_IPV4;
    case 0x0053:
        return walk_stop(w, KA_SKIP_ENCRYPTED); /* RFC 1968 */
    case 0x0057:
        return HEADER_IPV6;
    case 0x0281:
    case 0x0283:
        return HEADER_MPLS;
    default:
        return walk_stop(w, KA_SKIP_NOT_IP);
    }
}

/* RFC 1662 3.1: address and control bytes may be left out. */
enum header walk_ppp(struct walk *w)
{
    enum { ALL_STATIONS = 0xff, UNNUMBERED = 0x03 };
    const struct hdlc_header *hdlc = BYTES_PEEK(&w->b, struct hdlc_header);

    if (!hdlc)
        return walk_short(w, sizeof *hdlc);
    if (hdlc->address == ALL_STATIONS && hdlc->control == UNNUMBERED)
        bytes_skip(&w->b, sizeof *hdlc);
    return walk_ppp_protocol(w);
}

/* RFC 1547 4.3.1: the address of Cisco's framing is 0x0f (unicast) or 0x8f. */
enum header walk_ppp_hdlc(struct walk *w)
{
    const struct hdlc_header *hdlc = BYTES_PEEK(&w->b, struct hdlc_header);

    if (!hdlc)
        return walk_short(w, sizeof *hdlc);
    return hdlc->address == 0x0f || hdlc->address == 0x8f ? HEADER_CISCO_HDLC : HEADER_PPP;
}

enum header walk_cisco_hdlc(struct walk *w)
{
    const struct cisco_hdlc_header *hdlc = BYTES_TAKE(&w->b, struct cisco_hdlc_header);

    return hdlc ? walk_ethertype(w, be16(hdlc->type)) : walk_short(w, sizeof *hdlc);
}

/*
 * NULL: the address family in the byte order of the capturing machine, LOOP: big-endian. AF_INET
 * is 2 everywhere; AF_INET6 is 10 on Linux, 24 on NetBSD and OpenBSD, 28 on FreeBSD, 30 on macOS.
 */
enum header walk_family(struct walk *w)
{
    const struct family_header *header = BYTES_TAKE(&w->b, struct family_header);
    uint32_t family;

    if (!header)
        return walk_short(w, sizeof *header);
    family = be32(header->family);
    switch (family > 0xffff ? le32(header->family) : family) {
    case 2:
        return HEADER_IPV4;
    case 10:
    case 24:
    case 28:
    case 30:
        return HEADER_IPV6;
    default:
        return walk_stop(w, KA_SKIP_NOT_IP);
    }
}

/* What the kernel's sll_protocol means depends on the kind of device. */
static enum header walk_cooked_protocol(struct walk *w, uint16_t hardware, uint16_t protocol)
{
    enum { ARPHRD_IEEE80211_RADIOTAP = 803, ARPHRD_NETLINK = 824, ETH_P_802_2 = 4 };

    if (hardware == ARPHRD_IEEE80211_RADIOTAP)
        return HEADER_RADIOTAP;
    if (hardware == ARPHRD_NETLINK)
        return walk_stop(w, KA_SKIP_NOT_IP);
    if (protocol == ETH_P_802_2)
        return HEADER_LLC;
    return protocol < ETHERTYPE_MIN ? walk_stop(w, KA_SKIP_NOT_IP) : walk_ethertype(w, protocol);
}

enum header walk_cooked(struct walk *w)
{
    const struct cooked_header *cooked = BYTES_TAKE(&w->b, struct cooked_header);

    if (!cooked)
        return walk_short(w, sizeof *cooked);
    return walk_cooked_protocol(w, be16(cooked->hardware), be16(cooked->protocol));
}

enum header walk_cooked2(struct walk *w)
{
    const struct cooked2_header *cooked = BYTES_TAKE(&w->b, struct cooked2_header);

    if (!cooked)
        return walk_short(w, sizeof *cooked);
    return walk_cooked_protocol(w, be16(cooked->hardware), be16(cooked->protocol));
}

/* The field "flags" of a radiotap header, 0 where there is none (https://www.radiotap.org). */
static uint8_t radiotap_flags(struct bytes header)
{
    enum { TSFT = 0x01, FLAGS = 0x02, TSFT_BYTES = 8, WORDS_MAX = 8 };
    const uint32_t more = UINT32_C(1) << 31;
    const struct radiotap_header *radiotap = BYTES_TAKE(&header, struct radiotap_header);
    uint32_t present = radiotap ? le32(radiotap->present) : 0;
    uint32_t at = sizeof *radiotap;
    uint32_t word = present;
    const uint8_t *flags;

    for (int n = 0; word & more && n < WORDS_MAX; n++) {
        const struct radiotap_present *next = BYTES_TAKE(&header, struct radiotap_present);

        word = next ? le32(next->present) : 0;
        at += (uint32_t)sizeof *next;
    }
    if (!(present & FLAGS) || word & more)
        return 0;
    if (present & TSFT && !bytes_skip(&header, -at % TSFT_BYTES + TSFT_BYTES))
        return 0;
    flags = BYTES_TAKE(&header, uint8_t);
    return flags ? *flags : 0;
}

enum header walk_radiotap(struct walk *w)
{
    enum { FLAG_DATA_PADDING = 0x20 };
    const struct radiotap_header *radiotap = BYTES_PEEK(&w->b, struct radiotap_header);
    uint32_t header_bytes;

    if (!radiotap)
        return walk_short(w, sizeof *radiotap);
    header_bytes = le16(radiotap->length);
    if (radiotap->version != 0 || header_bytes < sizeof *radiotap)
        return walk_stop(w, KA_SKIP_MALFORMED);
    w->wifi_padded = (radiotap_flags(w->b) & FLAG_DATA_PADDING) != 0;
    return walk_skip(w, header_bytes, HEADER_WIFI);
}

/* IEEE 802.11-2020 9.3.2.1. Of an aggregate (A-MSDU) the first frame is followed. */
enum header walk_wifi(struct walk *w)
{
    enum { TYPE = 0x0c, TYPE_DATA = 0x08, SUBTYPE_NO_DATA = 0x40, SUBTYPE_QOS = 0x80 };
    enum { TO_AND_FROM_DS = 0x03, PROTECTED = 0x40, ORDER = 0x80, QOS_A_MSDU = 0x80 };
    enum { ADDRESS_BYTES = 6, HT_CONTROL_BYTES = 4, PADDING_BYTES = 2, FRAGMENT_NUMBER = 0x0f };
    const struct wifi_header *wifi = BYTES_TAKE(&w->b, struct wifi_header);
    const struct wifi_qos *qos = NULL;
    bool has_qos, four_addresses, aggregate;
    uint32_t more = 0;

    if (!wifi)
        return walk_short(w, sizeof *wifi);
    if ((wifi->control & TYPE) != TYPE_DATA || wifi->control & SUBTYPE_NO_DATA)
        return walk_stop(w, KA_SKIP_NOT_IP);
    if (wifi->flags & PROTECTED)
        return walk_stop(w, KA_SKIP_ENCRYPTED);
    if (wifi->sequence[0] & FRAGMENT_NUMBER)
        return walk_stop(w, KA_SKIP_FRAGMENT);

    has_qos = wifi->control & SUBTYPE_QOS;
    four_addresses = (wifi->flags & TO_AND_FROM_DS) == TO_AND_FROM_DS;
    if (four_addresses && !bytes_skip(&w->b, ADDRESS_BYTES))
        return walk_short(w, ADDRESS_BYTES);
    if (has_qos && !(qos = BYTES_TAKE(&w->b, struct wifi_qos)))
        return walk_short(w, sizeof *qos);
    if (has_qos && wifi->flags & ORDER)
        more += HT_CONTROL_BYTES;
    /* The fourth address and the QoS field are the parts that are no multiple of 4 bytes. */
    if (w->wifi_padded && four_addresses != has_qos)
        more += PADDING_BYTES;
    aggregate = qos && qos->control[0] & QOS_A_MSDU;
    return walk_skip(w, more, aggregate ? HEADER_ETHERNET : HEADER_LLC);
}
