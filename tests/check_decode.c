/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * check_decode.c: frames written out in hex, header by header, and what they decode to; every one
 * of them cut at every length and damaged at random.
 */
#include "frames.h"
#include "suites.h"

/* ---- every link type, header and tunnel around the same segment ---------------------------- */

struct row {
    const char *name;
    int linktype;
    bool ipv6;
    const char *hex; /* ends with the segment */
};

static const struct row rows[] = {
    {"Ethernet", ETHERNET, false, ETH("0800") SEGMENT4},
    {"Ethernet, IPv6", ETHERNET, true, ETH("86dd") SEGMENT6},
    {"802.1Q", ETHERNET, false, ETH("8100") "0064 0800 " SEGMENT4},
    {"802.1ad", ETHERNET, false, ETH("88a8") "0064 8100 0065 0800 " SEGMENT4},
    {"three tags, 0x9100 outside", ETHERNET, true,
     ETH("9100") "0064 8100 0065 8100 0066 86dd " SEGMENT6},
    {"802.1ah", ETHERNET, false, ETH("88e7") "00000001 " ETH("0800") SEGMENT4},
    {"MACsec, integrity only, with SCI", ETHERNET, false,
     ETH("88e5") "20 00 00000001 0200000000010001 0800 " SEGMENT4},
    {"MACsec, integrity only, without SCI", ETHERNET, false,
     ETH("88e5") "00 00 00000001 0800 " SEGMENT4},
    {"802.3, LLC, SNAP", ETHERNET, false, ETH("003d") SNAP("0800") SEGMENT4},
    {"802.3, bridge tunnel SNAP", ETHERNET, false, ETH("003d") "aa aa 03 0000f8 0800 " SEGMENT4},
    {"802.3, LLC with the IP SAP", ETHERNET, false, ETH("0038") "06 06 03 " SEGMENT4},
    {"MPLS", ETHERNET, false, ETH("8847") "00010140 " SEGMENT4},
    {"MPLS, three labels, IPv6", ETHERNET, true,
     ETH("8848") "00010040 00020040 00030140 " SEGMENT6},
    {"MPLS, pseudowire with control word", ETHERNET, false,
     ETH("8847") "00010140 00000007 " ETH("0800") SEGMENT4},
    {"MPLS, pseudowire without control word", ETHERNET, false,
     ETH("8847") "00010140 " ETH("8100") "0064 0800 " SEGMENT4},
    {"PPPoE", ETHERNET, false, ETH("8864") "11 00 0001 0037 0021 " SEGMENT4},
    {"PPPoE over two tags, IPv6", ETHERNET, true,
     ETH("88a8") "0064 8100 0065 8864 11 00 0001 004b 0057 " SEGMENT6},
    {"tag, PPPoE, MPLS", ETHERNET, false,
     ETH("8100") "0064 8864 11 00 0001 003b 0281 00010140 " SEGMENT4},
    {"MPLS, pseudowire, tag, PPPoE", ETHERNET, false,
     ETH("8847") "00010140 00000007 " ETH("8100") "0064 8864 11 00 0001 0037 0021 " SEGMENT4},
    {"Linux cooked v1", SLL, false, "0000 0001 0006 0200000000010000 0800 " SEGMENT4},
    {"Linux cooked v1, 802.1Q", SLL, false,
     "0000 0001 0006 0200000000010000 8100 0064 0800 " SEGMENT4},
    {"Linux cooked v1, 802.2", SLL, false,
     "0000 0001 0006 0200000000010000 0004 " SNAP("0800") SEGMENT4},
    {"Linux cooked v2", SLL2, false, "0800 0000 00000002 0001 00 06 0200000000010000 " SEGMENT4},
    {"Linux cooked v2, IPv6", SLL2, true,
     "86dd 0000 00000002 0001 00 06 0200000000010000 " SEGMENT6},
    {"raw IP 101", RAW, false, SEGMENT4},
    {"raw IP 101, IPv6", RAW, true, SEGMENT6},
    {"raw IP 12", RAW_12, false, SEGMENT4},
    {"raw IP 14", RAW_14, true, SEGMENT6},
    {"raw IPv4", RAW_V4, false, SEGMENT4},
    {"raw IPv6", RAW_V6, true, SEGMENT6},
    {"NULL, little-endian", NULL_LOOP, false, "02000000 " SEGMENT4},
    {"NULL, big-endian", NULL_LOOP, false, "00000002 " SEGMENT4},
    {"NULL, Linux AF_INET6", NULL_LOOP, true, "0a000000 " SEGMENT6},
    {"NULL, OpenBSD AF_INET6", NULL_LOOP, true, "00000018 " SEGMENT6},
    {"NULL, FreeBSD AF_INET6", NULL_LOOP, true, "1c000000 " SEGMENT6},
    {"NULL, macOS AF_INET6", NULL_LOOP, true, "1e000000 " SEGMENT6},
    {"LOOP", LOOP, false, "00000002 " SEGMENT4},
    {"PPP with address and control", PPP, false, "ff 03 0021 " SEGMENT4},
    {"PPP without them", PPP, true, "0057 " SEGMENT6},
    {"PPP, compressed protocol", PPP, false, "21 " SEGMENT4},
    {"PPP in HDLC", PPP_HDLC, false, "ff 03 0021 " SEGMENT4},
    {"Cisco HDLC as PPP_HDLC", PPP_HDLC, false, "0f 00 0800 " SEGMENT4},
    {"PPP_ETHER", PPP_ETHER, false, "11 00 0001 0037 0021 " SEGMENT4},
    {"Cisco HDLC", C_HDLC, true, "8f 00 86dd " SEGMENT6},
    {"802.11", WIFI, false, "08 01 " WIFI_ADDRESSES SNAP("0800") SEGMENT4},
    {"802.11 QoS, four addresses", WIFI, false,
     "88 03 " WIFI_ADDRESSES "020000000004 0000 " SNAP("0800") SEGMENT4},
    {"802.11 QoS, HT control", WIFI, false,
     "88 81 " WIFI_ADDRESSES "0000 00000000 " SNAP("0800") SEGMENT4},
    {"802.11 A-MSDU", WIFI, false,
     "88 01 " WIFI_ADDRESSES "8000 " MACS "003d " SNAP("0800") SEGMENT4},
    {"radiotap", RADIOTAP, false,
     "00 00 0800 00000000 08 01 " WIFI_ADDRESSES SNAP("0800") SEGMENT4},
    {"radiotap, TSFT, flags, padded header", RADIOTAP, false,
     "00 00 1900 030000a0 00000000 00000000 0000000000000000 20 "
     "88 01 " WIFI_ADDRESSES "0000 0000 " SNAP("0800") SEGMENT4},

    {"IPv4 options", RAW, false, "46 00 0039 0102 4000 40 06 0000 " FROM4 TO4 "01010100 " TCP},
    {"IPv4, first fragment", RAW, false, "45 00 0035 0102 2000 40 06 0000 " FROM4 TO4 TCP},
    {"IPv4, AH", RAW, false,
     IPV4("004d", "33") "06 04 0000 00000001 00000001 000000000000000000000000 " TCP},
    {"IPv6, hop-by-hop, routing, destination, atomic fragment", RAW, true,
     IPV6("0051", "00") "2b 00 010400000000 3c 02 00 00 00000000 " FROM6
                        "2c 00 010400000000 06 00 0000 00000001 " TCP},
    {"IPv6, first fragment", RAW, true, IPV6("0029", "2c") "06 00 0001 00000001 " TCP},
    {"IPv6, segment routing on its way", RAW, true,
     "60000000 0049 2b 40 " FROM6 FROM6 "06 04 04 01 01 00 0000 " TO6 FROM6 TCP},
    {"IPv6, source route on its way", RAW, true,
     "60000000 0049 2b 40 " FROM6 FROM6 "06 04 00 01 00000000 " FROM6 TO6 TCP},
    {"IPv6, AH", RAW, true, IPV6("0031", "33") "06 02 0000 00000001 00000001 00000000 " TCP},

    {"IP in IP", RAW, false, OUTER4("0049", "04") SEGMENT4},
    {"IP in IP in IP", RAW, false, OUTER4("005d", "04") OUTER4("0049", "04") SEGMENT4},
    {"6in4", RAW, true, OUTER4("005d", "29") SEGMENT6},
    {"IPv4 in IPv6", RAW, false, OUTER6("0035", "04") SEGMENT4},
    {"IPv6 in IPv6", RAW, true, OUTER6("0049", "29") SEGMENT6},
    {"GRE", RAW, false, OUTER4("004d", "2f") "0000 0800 " SEGMENT4},
    {"GRE in IPv6", RAW, true, OUTER6("004d", "2f") "0000 86dd " SEGMENT6},
    {"GRE, key", RAW, false, OUTER4("0051", "2f") "2000 0800 00000001 " SEGMENT4},
    {"GRE, sequence", RAW, false, OUTER4("0051", "2f") "1000 0800 00000001 " SEGMENT4},
    {"GRE, checksum, key, sequence", RAW, false,
     OUTER4("0059", "2f") "b000 0800 abcd0000 00000001 00000002 " SEGMENT4},
    {"GRE, routing", RAW, false,
     OUTER4("005d", "2f") "4000 0800 00000000 0800 00 04 c0000203 0000 00 00 " SEGMENT4},
    {"GRE, Ethernet", RAW, false, OUTER4("005b", "2f") "0000 6558 " ETH("0800") SEGMENT4},
    {"GRE, PPTP", RAW, false,
     OUTER4("005b", "2f") "3081 880b 00350001 00000001 00000001 0021 " SEGMENT4},
    {"ERSPAN I", RAW, false, OUTER4("005b", "2f") "0000 88be " ETH("0800") SEGMENT4},
    {"ERSPAN II", RAW, false,
     OUTER4("0067", "2f") "1000 88be 00000001 1001 0001 00000000 " ETH("0800") SEGMENT4},
    {"ERSPAN III", RAW, false,
     OUTER4("006b", "2f") "1000 22eb 00000001 2001 0001 00000000 0000 00 00 " ETH("0800") SEGMENT4},
    {"ERSPAN III, platform header", RAW, false,
     OUTER4("0073", "2f") "1000 22eb 00000001 2001 0001 00000000 0000 00 01 "
                          "0000000000000000 " ETH("0800") SEGMENT4},
    {"ERSPAN III, IP", RAW, false,
     OUTER4("005d", "2f") "1000 22eb 00000001 2001 0001 00000000 0000 08 00 " SEGMENT4},
    {"EtherIP", RAW, false, OUTER4("0059", "61") "3000 " ETH("0800") SEGMENT4},
    {"MPLS in IP", RAW, false, OUTER4("004d", "89") "00010140 " SEGMENT4},
    {"MPLS in UDP", RAW, false, OUTER4("0055", "11") UDP("19eb") "00010140 " SEGMENT4},
    {"VXLAN", RAW, false,
     OUTER4("0067", "11") UDP("12b5") "08000000 00000100 " ETH("0800") SEGMENT4},
    {"VXLAN, old Linux port, IPv6, tag", RAW, true,
     OUTER6("006b", "11") UDP("2118") "88000001 00000100 " ETH("8100") "0064 86dd " SEGMENT6},
    {"GENEVE, options", RAW, false,
     OUTER4("006f", "11") UDP("17c1") "02 00 6558 000001 00 0102800100000000 " ETH("0800")
         SEGMENT4},
    {"GENEVE, IP", RAW, false, OUTER4("0059", "11") UDP("17c1") "00 00 0800 000001 00 " SEGMENT4},
    {"GTP-U", RAW, false, OUTER4("0059", "11") UDP("0868") "30 ff 0035 00000001 " SEGMENT4},
    {"GTP-U, sequence", RAW, false,
     OUTER4("005d", "11") UDP("0868") "32 ff 0039 00000001 0001 00 00 " SEGMENT4},
    {"GTP-U, two extension headers, IPv6", RAW, true,
     OUTER4("007d", "11") UDP("0868") "36 ff 0059 00000001 0001 00 85 "
                                      "01 1001 c0 02 000000000000 00 " SEGMENT6},
    {"VXLAN in GTP-U in GRE", RAW, false,
     OUTER4("00a3", "2f") "0000 0800 " OUTER4("008b", "11")
         UDP("0868") "30 ff 0067 00000001 " OUTER4("0067", "11")
             UDP("12b5") "08000000 00000100 " ETH("0800") SEGMENT4},
};
enum { ROWS = sizeof rows / sizeof rows[0] };

static bool is_endpoint(const struct ka_endpoint *got, bool ipv6, uint8_t last, uint16_t port)
{
    const struct ka_addr v4 = {{[10] = 0xff, [11] = 0xff, [12] = 10, [15] = last}};
    const struct ka_addr v6 = {{0xfd, [15] = last}};

    return memcmp(&got->addr, ipv6 ? &v6 : &v4, sizeof v4) == 0 && got->port == port;
}

/* That a decode of the first 20 bytes or more of the segment is right. */
static void assert_header(const char *name, const struct ka_segment *seg, bool ipv6)
{
    ck_assert_msg(is_endpoint(&seg->from, ipv6, 1, 49592), "%s: from", name);
    ck_assert_msg(is_endpoint(&seg->to, ipv6, 2, 1234), "%s: to", name);
    ck_assert_msg(seg->seq == 0xffffff00 && seg->ack == 1, "%s: seq %u, ack %u", name, seg->seq,
                  seg->ack);
    ck_assert_msg(seg->len == 1, "%s: len %u", name, seg->len);
    ck_assert_msg(seg->flags == (KA_PSH | KA_ACK), "%s: flags %02x", name, seg->flags);
    ck_assert_msg(seg->window == 502 && seg->ttl == 64, "%s: window or TTL", name);
    ck_assert_msg(seg->ip_id == (ipv6 ? 0 : 0x0102), "%s: ip_id", name);
    ck_assert_msg(!seg->quoted, "%s: quoted", name);
}

START_TEST(test_every_stack_of_headers_gives_the_segment)
{
    const struct row *row = &rows[_i];
    struct ka_segment seg;
    enum ka_skip skip = decode_hex(row->linktype, row->hex, &seg);

    ck_assert_msg(skip == KA_SKIP_NONE, "%s: %s", row->name, ka_skip_name(skip));
    assert_header(row->name, &seg, row->ipv6);
    ck_assert_msg(seg.has_timestamps && seg.tsval == 16 && seg.tsecr == 32, "%s: tsval", row->name);
    ck_assert_msg(seg.has_first_byte && seg.first_byte == 'x', "%s: first byte", row->name);
    ck_assert_msg(ka_linktype_known(row->linktype), "%s: link type", row->name);
}
END_TEST

START_TEST(test_a_frame_cut_anywhere_is_truncated_or_right)
{
    const struct row *row = &rows[_i];
    struct frame frame = from_hex(row->hex);

    for (uint32_t caplen = 0; caplen <= frame.length; caplen++) {
        struct ka_segment seg;
        uint32_t missing = frame.length - caplen;
        enum ka_skip skip = decode(row->linktype, frame.bytes, caplen, frame.length, &seg);
        enum ka_skip want = missing > AFTER_TCP_HEADER ? KA_SKIP_TRUNCATED : KA_SKIP_NONE;

        ck_assert_msg(skip == want, "%s, %u bytes: %s", row->name, caplen, ka_skip_name(skip));
        if (skip != KA_SKIP_NONE)
            continue;
        assert_header(row->name, &seg, row->ipv6);
        ck_assert_msg(seg.has_timestamps == (missing <= 1), "%s, %u: timestamps", row->name,
                      caplen);
        ck_assert_msg(seg.has_first_byte == (missing == 0), "%s, %u: byte", row->name, caplen);
    }
}
END_TEST

/* ---- lengths ------------------------------------------------------------------------------- */

struct length_row {
    const char *name;
    const char *hex;
    uint32_t wirelen;
    uint32_t len;
    bool has_first_byte;
};

static const struct length_row length_rows[] = {
    {"padding is no payload", ETH("0800") "45 00 0034 0102 4000 40 06 0000 " FROM4 TO4 TCP "0000",
     69, 0, false},
    {"wire length 0", ETH("0800") SEGMENT4, 0, 1, true},
    {"payload not captured", ETH("0800") IPV4("05dc", "06") TCP_PORTS_SEQ TCP_REST TIMESTAMPS, 1514,
     1448, false},
    {"IP longer than the frame", ETH("0800") IPV4("05dc", "06") TCP, 67, 1448, true},
    {"offload: IPv4 total length 0", ETH("0800") IPV4("0000", "06") TCP, 14 + 20 + 32 + 5000, 5000,
     true},
    {"offload: wire length unknown", ETH("0800") IPV4("0000", "06") TCP, 0, 1, true},
    {"offload: IPv6 payload length 0", ETH("86dd") IPV6("0000", "06") TCP, 14 + 40 + 32 + 7000,
     7000, true},
    {"jumbogram", ETH("86dd") IPV6("0000", "00") "06 00 c204 00011170 " TCP, 14 + 40 + 70000,
     70000 - 8 - 32, true},
    {"offload in a tunnel", ETH("0800") OUTER4("0000", "04") IPV4("0000", "06") TCP,
     14 + 20 + 20 + 32 + 9000, 9000, true},
    {"PPPoE states less than IP", ETH("8864") "11 00 0001 0036 0021 " SEGMENT4, 75, 0, false},
    {"PPPoE length 0", ETH("8864") "11 00 0001 0000 0021 " SEGMENT4, 75, 1, true},
};

START_TEST(test_payload_length_is_that_of_the_ip_header)
{
    const struct length_row *row = &length_rows[_i];
    struct frame frame = from_hex(row->hex);
    struct ka_segment seg;
    enum ka_skip skip = decode(ETHERNET, frame.bytes, frame.length, row->wirelen, &seg);

    ck_assert_msg(skip == KA_SKIP_NONE, "%s: %s", row->name, ka_skip_name(skip));
    ck_assert_msg(seg.len == row->len, "%s: len %u", row->name, seg.len);
    ck_assert_msg(seg.has_first_byte == row->has_first_byte, "%s: first byte", row->name);
    ck_assert_msg(seg.has_timestamps && seg.tsval == 16, "%s: timestamps", row->name);
}
END_TEST

/* ---- TCP options --------------------------------------------------------------------------- */

struct option_row {
    const char *name;
    const char *hex; /* a multiple of 4 bytes */
    bool has_timestamps;
    uint32_t tsval, tsecr;
};

static const struct option_row option_rows[] = {
    {"none", "", false, 0, 0},
    {"as usual", TIMESTAMPS, true, 16, 32},
    {"as usual and an end", TIMESTAMPS "00000000", true, 16, 32},
    {"at the start", "08 0a 00000010 00000020 01 01", true, 16, 32},
    {"of a SYN", "020405b4 0402 080a 80000001 00000000 01 030307", true, 0x80000001, 0},
    {"behind selective acknowledgments",
     "0101 0512 0000000100000002 0000000300000004 "
     "0101 080a 00000010 00000020",
     true, 16, 32},
    {"the last of two", "0101 080a 00000001 00000002 0101 080a 00000010 00000020", true, 16, 32},
    {"behind the end of the list", "00 01 080a 00000010 00000020", false, 0, 0},
    {"length too small", "0101 0809 00000010 00000020", false, 0, 0},
    {"length too large", "0101 080b 00000010 00000020", false, 0, 0},
    {"other option with length 0", "0300 080a 00000010 00000020", false, 0, 0},
    {"other option with length 1", "0301 080a 00000010 00000020", false, 0, 0},
    {"longer than the header", "01010101 01010101 080a 0000", false, 0, 0},
    {"a kind without a length", "010101 08", false, 0, 0},
};

START_TEST(test_timestamps_are_found_or_not)
{
    const struct option_row *row = &option_rows[_i];
    struct frame frame = from_hex(SEGMENT4);
    struct frame options = from_hex(row->hex);
    struct ka_segment seg;
    enum ka_skip skip;

    /* 10 bytes of payload follow that would complete an option which is cut. */
    memcpy(frame.bytes + 40, options.bytes, options.length);
    memset(frame.bytes + 40 + options.length, 0x11, 10);
    frame.length = 40 + options.length + 10;
    frame.bytes[3] = (uint8_t)frame.length;
    frame.bytes[32] = (uint8_t)((5 + options.length / 4) << 4);
    skip = decode(RAW, frame.bytes, frame.length, frame.length, &seg);
    ck_assert_msg(skip == KA_SKIP_NONE, "%s: %s", row->name, ka_skip_name(skip));
    ck_assert_msg(seg.has_timestamps == row->has_timestamps, "%s: present", row->name);
    ck_assert_msg(seg.tsval == row->tsval && seg.tsecr == row->tsecr, "%s: values", row->name);
    ck_assert_msg(seg.len == 10 && seg.first_byte == 0x11, "%s: payload", row->name);
}
END_TEST

/* ---- ICMP errors --------------------------------------------------------------------------- */

struct quote_row {
    const char *name;
    const char *hex; /* raw IP */
    bool ipv6;
    uint8_t type, code;
    bool whole; /* all 20 bytes of the TCP header are quoted */
    uint32_t len;
};

static const struct quote_row quote_rows[] = {
    {"host unreachable, all", OUTER4("0051", "01") ICMP("0301") SEGMENT4, false, 3, 1, true, 1},
    {"8 bytes quoted", OUTER4("0038", "01") ICMP("030d") IPV4("0035", "06") TCP_PORTS_SEQ, false, 3,
     13, false, 13},
    {"source quench", OUTER4("0051", "01") ICMP("0400") SEGMENT4, false, 4, 0, true, 1},
    {"time exceeded, options quoted",
     OUTER4("0055", "01") ICMP("0b00") "46 00 0039 0102 4000 40 06 0000 " FROM4 TO4 "01010100 " TCP,
     false, 11, 0, true, 1},
    {"parameter problem", OUTER4("0051", "01") ICMP("0c00") SEGMENT4, false, 12, 0, true, 1},
    {"IPv6 unreachable", OUTER6("0051", "3a") ICMP("0103") SEGMENT6, true, 1, 3, true, 1},
    {"packet too big, extension quoted",
     OUTER6("0059", "3a") ICMP("0200") IPV6("0029", "3c") "06 00 010400000000 " TCP, true, 2, 0,
     true, 1},
    {"hop limit exceeded", OUTER6("0051", "3a") ICMP("0300") SEGMENT6, true, 3, 0, true, 1},
    {"parameter problem, 8 bytes",
     OUTER6("0038", "3a") ICMP("0401") IPV6("05a8", "06") TCP_PORTS_SEQ, true, 4, 1, false, 1428},
    {"quoted tunnel", OUTER4("0065", "01") ICMP("0301") OUTER4("0049", "04") SEGMENT4, false, 3, 1,
     true, 1},
};

START_TEST(test_icmp_errors_give_the_quoted_segment)
{
    static const struct ka_addr router4 = {{[10] = 0xff, [11] = 0xff, [12] = 192, 0, 2, 1}};
    static const struct ka_addr router6 = {{0x20, 0x01, 0x0d, 0xb8, [15] = 1}};
    const struct quote_row *row = &quote_rows[_i];
    struct ka_segment seg;
    enum ka_skip skip = decode_hex(RAW, row->hex, &seg);

    ck_assert_msg(skip == KA_SKIP_NONE, "%s: %s", row->name, ka_skip_name(skip));
    ck_assert_msg(seg.quoted && seg.icmp_type == row->type && seg.icmp_code == row->code,
                  "%s: quoted %d, type %u, code %u", row->name, seg.quoted, seg.icmp_type,
                  seg.icmp_code);
    ck_assert_msg(memcmp(&seg.icmp_from, row->ipv6 ? &router6 : &router4, sizeof router4) == 0,
                  "%s: sender", row->name);
    ck_assert_msg(is_endpoint(&seg.from, row->ipv6, 1, 49592), "%s: from", row->name);
    ck_assert_msg(is_endpoint(&seg.to, row->ipv6, 2, 1234), "%s: to", row->name);
    ck_assert_msg(seg.seq == 0xffffff00 && seg.len == row->len, "%s: len %u", row->name, seg.len);
    ck_assert_msg(seg.ack == row->whole && seg.flags == (row->whole ? 0x18 : 0), "%s: flags",
                  row->name);
    ck_assert_msg(seg.has_timestamps == row->whole, "%s: timestamps", row->name);
}
END_TEST

START_TEST(test_a_quote_of_any_length_from_8_bytes_is_read)
{
    struct frame frame = from_hex(OUTER4("0051", "01") ICMP("0301") SEGMENT4);
    const uint32_t tcp_at = 20 + 8 + 20;

    for (uint32_t caplen = 0; caplen <= frame.length; caplen++) {
        struct ka_segment seg;
        enum ka_skip skip = decode(RAW, frame.bytes, caplen, frame.length, &seg);
        enum ka_skip want = caplen < tcp_at + 8 ? KA_SKIP_TRUNCATED : KA_SKIP_NONE;

        ck_assert_msg(skip == want, "%u bytes: %s", caplen, ka_skip_name(skip));
        if (skip != KA_SKIP_NONE)
            continue;
        ck_assert_msg(seg.seq == 0xffffff00, "%u bytes: seq", caplen);
        ck_assert_msg(seg.ack == (caplen >= tcp_at + 12), "%u bytes: ack", caplen);
        ck_assert_msg(seg.len == (caplen >= tcp_at + 16 ? 1 : 13), "%u bytes: len", caplen);
        ck_assert_msg(seg.flags == (caplen >= tcp_at + 16 ? 0x18 : 0), "%u bytes: flags", caplen);
    }
}
END_TEST

/* ---- damage -------------------------------------------------------------------------------- */

static void damage(struct frame *frame, uint64_t *state)
{
    for (uint32_t n = 1 + random_below(state, 4); n > 0; n--)
        frame->bytes[random_below(state, frame->length)] = (uint8_t)random_below(state, 256);
}

START_TEST(test_damaged_frames_are_decoded_by_their_captured_bytes_alone)
{
    enum { ROUNDS = 400 };
    const struct row *row = &rows[_i];
    const struct frame whole = from_hex(row->hex);
    uint64_t state = 0x9e3779b97f4a7c15u + (uint64_t)_i;

    for (int round = 0; round < ROUNDS; round++) {
        struct frame frame = whole;
        struct ka_segment exact, followed = {0};
        uint32_t caplen, wirelen;
        enum ka_skip skip;

        damage(&frame, &state);
        caplen = random_below(&state, 4) ? frame.length : random_below(&state, frame.length);
        wirelen = random_below(&state, 4) ? frame.length : random_below(&state, 70000);
        skip = decode(row->linktype, frame.bytes, caplen, wirelen, &exact);
        memset(frame.bytes + caplen, 0xa5, sizeof frame.bytes - caplen);
        ck_assert_msg(ka_decode(row->linktype, frame.bytes, caplen, wirelen, &followed) == skip,
                      "%s, round %d: the reason", row->name, round);
        ck_assert_msg(skip < KA_SKIP_COUNT && skip != KA_SKIP_TIME && skip != KA_SKIP_LINK_TYPE,
                      "%s, round %d: %s", row->name, round, ka_skip_name(skip));
        if (skip == KA_SKIP_NONE)
            ck_assert_msg(memcmp(&exact, &followed, sizeof exact) == 0, "%s, round %d: the segment",
                          row->name, round);
    }
}
END_TEST

Suite *suite_decode(void)
{
    Suite *suite = suite_create("decode");
    TCase *frames = tcase_create("frames");
    TCase *hostile = tcase_create("damaged frames");

    tcase_add_loop_test(frames, test_every_stack_of_headers_gives_the_segment, 0, ROWS);
    tcase_add_loop_test(frames, test_payload_length_is_that_of_the_ip_header, 0,
                        sizeof length_rows / sizeof length_rows[0]);
    tcase_add_loop_test(frames, test_timestamps_are_found_or_not, 0,
                        sizeof option_rows / sizeof option_rows[0]);
    tcase_add_loop_test(frames, test_icmp_errors_give_the_quoted_segment, 0,
                        sizeof quote_rows / sizeof quote_rows[0]);
    suite_add_tcase(suite, frames);

    tcase_add_loop_test(hostile, test_a_frame_cut_anywhere_is_truncated_or_right, 0, ROWS);
    tcase_add_test(hostile, test_a_quote_of_any_length_from_8_bytes_is_read);
    tcase_add_loop_test(hostile, test_damaged_frames_are_decoded_by_their_captured_bytes_alone, 0,
                        ROWS);
    suite_add_tcase(suite, hostile);
    return suite;
}
