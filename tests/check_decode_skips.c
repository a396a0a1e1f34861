/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * check_decode_skips.c: frames that hold no segment and the one reason of each, the bound on
 * nested headers, and the decoder's shortcut against its walk.
 */
#include "frames.h"
#include "suites.h"

struct skip_row {
    const char *name;
    int linktype;
    enum ka_skip skip;
    const char *hex;
};

static const struct skip_row skip_rows[] = {
    {"ARP", ETHERNET, KA_SKIP_NOT_IP, ETH("0806") "0001 0800 06 04 0001"},
    {"spanning tree", ETHERNET, KA_SKIP_NOT_IP, ETH("0026") "42 42 03 0000"},
    {"SNAP of another organization", ETHERNET, KA_SKIP_NOT_IP, ETH("0026") "aa aa 03 00000c 2000"},
    {"PPPoE discovery code", ETHERNET, KA_SKIP_NOT_IP, ETH("8864") "11 09 0000 0000"},
    {"PPP control protocol", PPP, KA_SKIP_NOT_IP, "ff 03 c021 01"},
    {"NULL, another family", NULL_LOOP, KA_SKIP_NOT_IP, "00000001 " SEGMENT4},
    {"netlink, cooked", SLL, KA_SKIP_NOT_IP, "0004 0338 0000 0000000000000000 0800 " SEGMENT4},
    {"raw, neither version", RAW, KA_SKIP_NOT_IP, "50"},
    {"beacon", WIFI, KA_SKIP_NOT_IP, "80 00 " WIFI_ADDRESSES "00"},
    {"null function", WIFI, KA_SKIP_NOT_IP, "48 01 " WIFI_ADDRESSES SNAP("0800")},
    {"MPLS, unknown payload", ETHERNET, KA_SKIP_NOT_IP, ETH("8847") "00010140 1000 " SEGMENT4},

    {"UDP", RAW, KA_SKIP_NOT_TCP, IPV4("001c", "11") UDP("0035")},
    {"SCTP", RAW, KA_SKIP_NOT_TCP, IPV4("001c", "84") "0000000000000000"},
    {"no next header", RAW, KA_SKIP_NOT_TCP, IPV6("0000", "3b")},
    {"echo request", RAW, KA_SKIP_NOT_TCP, IPV4("001c", "01") ICMP("0800")},
    {"redirect", RAW, KA_SKIP_NOT_TCP, IPV4("0051", "01") ICMP("0501") SEGMENT4},
    {"neighbour solicitation", RAW, KA_SKIP_NOT_TCP, IPV6("0008", "3a") ICMP("8700")},
    {"error about UDP", RAW, KA_SKIP_NOT_TCP,
     OUTER4("0038", "01") ICMP("0303") IPV4("001c", "11") UDP("0035")},
    {"error about an error", RAW, KA_SKIP_NOT_TCP,
     OUTER4("006d", "01") ICMP("0303") OUTER4("0051", "01") ICMP("0301") SEGMENT4},
    {"ARP in GRE", RAW, KA_SKIP_NOT_TCP, OUTER4("0026", "2f") "0000 6558 " ETH("0806")},
    {"GRE version 2", RAW, KA_SKIP_NOT_TCP, OUTER4("004d", "2f") "0002 0800 " SEGMENT4},
    {"PPTP acknowledgment", RAW, KA_SKIP_NOT_TCP,
     OUTER4("0024", "2f") "2081 880b 00000001 00000001"},
    {"ERSPAN III, unknown frame", RAW, KA_SKIP_NOT_TCP,
     OUTER4("006b", "2f") "1000 22eb 00000001 2001 0001 00000000 0000 04 00 " ETH("0800") SEGMENT4},
    {"VXLAN port, no VXLAN", RAW, KA_SKIP_NOT_TCP,
     OUTER4("0067", "11") UDP("12b5") "00000000 00000100 " ETH("0800") SEGMENT4},
    {"VXLAN port, too short", RAW, KA_SKIP_NOT_TCP, OUTER4("0020", "11") UDP("12b5") "08000000"},
    {"VXLAN port, bad IP inside", RAW, KA_SKIP_NOT_TCP,
     OUTER4("0067", "11") UDP("12b5") "08000000 00000100 " ETH("0800") "44" TCP TCP},
    {"GENEVE version 1", RAW, KA_SKIP_NOT_TCP,
     OUTER4("0059", "11") UDP("17c1") "40 00 0800 000001 00 " SEGMENT4},
    {"GTP-U echo", RAW, KA_SKIP_NOT_TCP, OUTER4("0024", "11") UDP("0868") "30 01 0000 00000000"},
    {"GTP-U extension of length 0", RAW, KA_SKIP_NOT_TCP,
     OUTER4("005d", "11") UDP("0868") "34 ff 0039 00000001 0000 00 85 00 " SEGMENT4},
    {"IKE on the port of ESP", RAW, KA_SKIP_NOT_TCP,
     OUTER4("0024", "11") UDP("1194") "0000000000000001"},

    {"IPv4, later fragment", RAW, KA_SKIP_FRAGMENT,
     "45 00 0035 0102 2001 40 06 0000 " FROM4 TO4 TCP},
    {"IPv4, later fragment, offset beyond 32 kB", RAW, KA_SKIP_FRAGMENT,
     "45 00 0035 0102 3000 40 06 0000 " FROM4 TO4 TCP},
    {"IPv6, later fragment", RAW, KA_SKIP_FRAGMENT, IPV6("0029", "2c") "06 00 0008 00000001 " TCP},
    {"802.11, later fragment", WIFI, KA_SKIP_FRAGMENT,
     "08 01 0000 020000000001 020000000002 020000000003 1100 " TCP},

    {"IPv4 header too short", RAW, KA_SKIP_MALFORMED, "44" TCP},
    {"IPv4 total length less than its header", RAW, KA_SKIP_MALFORMED, IPV4("0013", "06") TCP},
    {"IPv4 without room for TCP", RAW, KA_SKIP_MALFORMED, IPV4("0027", "06") TCP},
    {"IPv6 without room for TCP", RAW, KA_SKIP_MALFORMED, IPV6("0013", "06") TCP},
    {"IPv6 in an IPv4 EtherType", ETHERNET, KA_SKIP_MALFORMED, ETH("0800") SEGMENT6},
    {"IPv4 in an IPv6 EtherType", ETHERNET, KA_SKIP_MALFORMED, ETH("86dd") SEGMENT4},
    {"IPv6 extension beyond the payload", RAW, KA_SKIP_MALFORMED,
     IPV6("0021", "3c") "06 20 010400000000 " TCP},
    {"TCP offset 4", RAW, KA_SKIP_MALFORMED,
     IPV4("0035", "06") TCP_PORTS_SEQ "00000001 40 18 01f6 abcd 0000 " TIMESTAMPS "78"},
    {"TCP offset beyond the datagram", RAW, KA_SKIP_MALFORMED,
     IPV4("0035", "06") TCP_PORTS_SEQ "00000001 90 18 01f6 abcd 0000 " TIMESTAMPS "78"},
    {"quoted IP header without room for TCP's", RAW, KA_SKIP_MALFORMED,
     OUTER4("0038", "01") ICMP("0b00") IPV4("001c", "06") TCP_PORTS_SEQ},
    {"radiotap length", RADIOTAP, KA_SKIP_MALFORMED, "00 00 0700 00000000 08 01"},

    {"runt", ETHERNET, KA_SKIP_TRUNCATED, "020000000002"},
    {"empty", RAW, KA_SKIP_TRUNCATED, ""},
    {"ESP", RAW, KA_SKIP_ENCRYPTED, IPV4("0035", "32") TCP},
    {"ESP in IPv6", RAW, KA_SKIP_ENCRYPTED, IPV6("0029", "00") "32 00 010400000000 " TCP},
    {"ESP in UDP", RAW, KA_SKIP_ENCRYPTED, OUTER4("0024", "11") UDP("1194") "0000000100000001"},
    {"802.11, protected", WIFI, KA_SKIP_ENCRYPTED, "08 41 " WIFI_ADDRESSES TCP},
    {"MACsec, encrypted", ETHERNET, KA_SKIP_ENCRYPTED, ETH("88e5") "2c 00 00000001 " TCP TCP},
    {"PPP, encrypted", PPP, KA_SKIP_ENCRYPTED, "ff 03 0053 " TCP},
    {"Bluetooth HCI", 187, KA_SKIP_LINK_TYPE, SEGMENT4},
    {"no link type", -1, KA_SKIP_LINK_TYPE, SEGMENT4},
};
enum { SKIP_ROWS = sizeof skip_rows / sizeof skip_rows[0] };

START_TEST(test_a_frame_without_a_segment_has_its_reason)
{
    const struct skip_row *row = &skip_rows[_i];
    struct ka_segment seg;
    enum ka_skip skip = decode_hex(row->linktype, row->hex, &seg);

    ck_assert_msg(skip == row->skip, "%s: %s", row->name, ka_skip_name(skip));
    ck_assert_msg(ka_linktype_known(row->linktype) == (row->skip != KA_SKIP_LINK_TYPE),
                  "%s: link type", row->name);
}
END_TEST

/* 29 tags, Ethernet, IPv4 and TCP are the 32 headers that are followed. */
START_TEST(test_nesting_is_bounded)
{
    struct frame start = from_hex(ETH("8100"));
    struct frame tag = from_hex("0064 8100");
    struct frame end = from_hex("0064 0800 " SEGMENT4);

    for (uint32_t tags = 1; tags < 100; tags++) {
        struct frame frame = start;
        struct ka_segment seg;
        enum ka_skip skip;

        for (uint32_t n = 1; n < tags; n++, frame.length += tag.length)
            memcpy(frame.bytes + frame.length, tag.bytes, tag.length);
        memcpy(frame.bytes + frame.length, end.bytes, end.length);
        frame.length += end.length;
        skip = decode(ETHERNET, frame.bytes, frame.length, frame.length, &seg);
        ck_assert_msg(skip == (tags <= 29 ? KA_SKIP_NONE : KA_SKIP_TOO_DEEP), "%u tags: %s", tags,
                      ka_skip_name(skip));
    }
}
END_TEST

/* Raw IP goes header by header; Ethernet takes the shortcut. */
START_TEST(test_the_shortcut_is_the_same_as_the_walk)
{
    enum { ROUNDS = 30000 };
    const struct frame ethernet = from_hex(ETH("0800") SEGMENT4);
    uint64_t state = 0x2545f4914f6cdd1du;
    unsigned segments = 0;

    for (int round = 0; round < ROUNDS; round++) {
        struct frame frame = ethernet;
        struct ka_segment shortcut = {0}, walk = {0};
        uint32_t caplen = ethernet.length, more = 0;
        enum ka_skip skip, walk_skip;

        frame.bytes[14 + random_below(&state, 53)] = (uint8_t)random_below(&state, 256);
        if (round % 2)
            frame.bytes[14 + random_below(&state, 53)] = (uint8_t)random_below(&state, 256);
        if (round % 3 == 0)
            caplen = 14 + random_below(&state, ethernet.length - 14);
        if (round % 5 == 0)
            more = random_below(&state, 3000);
        skip = ka_decode(ETHERNET, frame.bytes, caplen, caplen + more, &shortcut);
        walk_skip = ka_decode(RAW_V4, frame.bytes + 14, caplen - 14, caplen - 14 + more, &walk);
        ck_assert_msg(skip == walk_skip, "round %d: %s, %s", round, ka_skip_name(skip),
                      ka_skip_name(walk_skip));
        if (skip == KA_SKIP_NONE)
            ck_assert_msg(memcmp(&shortcut, &walk, sizeof walk) == 0, "round %d", round);
        segments += skip == KA_SKIP_NONE;
    }
    ck_assert_uint_gt(segments, ROUNDS / 4);
}
END_TEST

START_TEST(test_time_and_frame_are_left_alone)
{
    struct frame frame = from_hex(ETH("0800") SEGMENT4);
    struct ka_segment seg = {.time_ns = 7, .frame = 8};

    ck_assert_int_eq(ka_decode(ETHERNET, frame.bytes, frame.length, frame.length, &seg), 0);
    ck_assert(seg.time_ns == 7 && seg.frame == 8);
}
END_TEST

Suite *suite_decode_skips(void)
{
    Suite *suite = suite_create("decode_skips");
    TCase *frames = tcase_create("frames");

    tcase_add_loop_test(frames, test_a_frame_without_a_segment_has_its_reason, 0, SKIP_ROWS);
    tcase_add_test(frames, test_nesting_is_bounded);
    tcase_add_test(frames, test_the_shortcut_is_the_same_as_the_walk);
    tcase_add_test(frames, test_time_and_frame_are_left_alone);
    suite_add_tcase(suite, frames);
    return suite;
}
