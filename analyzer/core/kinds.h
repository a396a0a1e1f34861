/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * kinds.h: the names that the command, the plugin, the manual and the tests share.
 *
 * Each list is written once, as an X-macro of (SUFFIX, "name", "one-line meaning"); the enums,
 * the JSON keys, the display-filter values and the manual all come from these rows.
 */
#ifndef KA_KINDS_H
#define KA_KINDS_H

/* What a frame is. At most one tag a frame; the order is the order of precedence. */
#define KA_TAG_MAP(X)                                                                              \
    X(FINAL_RST, "final_rst",                                                                      \
      "RST by which an endpoint gives up after its checks went unanswered")                        \
    X(PEER_RST, "peer_rst", "RST by which the other side says that it has no such connection")     \
    X(ABORT_RST, "abort_rst", "any other RST")                                                     \
    X(WINDOW_PROBE, "window_probe", "probe of the peer's closed window")                           \
    X(WINDOW_PROBE_ACK, "window_probe_ack", "the peer's answer to a window probe")                 \
    X(KEEPALIVE_PROBE, "keepalive_probe", "keep-alive probe")                                      \
    X(KEEPALIVE_ACK, "keepalive_ack", "the peer's answer to outstanding keep-alive probes")        \
    X(RETRANSMISSION, "retransmission", "bytes, SYN or FIN already seen, sent again")              \
    X(HEARTBEAT, "heartbeat", "one of a periodic series of small application messages")            \
    X(HEARTBEAT_ACK, "heartbeat_ack", "the peer's answer to a heartbeat")                          \
    X(ICMP_UNREACHABLE, "icmp_unreachable", "ICMP or ICMPv6 error that quotes this connection")

/* What became of a connection. */
#define KA_OUTCOME_MAP(X)                                                                          \
    X(ALIVE, "alive", "the capture ends with nothing outstanding")                                 \
    X(CLOSED, "closed", "FINs exchanged and acknowledged")                                         \
    X(ABORTED, "aborted", "reset, not explained by a failed check")                                \
    X(DEAD_KEEPALIVE, "dead_keepalive", "declared dead by keep-alive")                             \
    X(PEER_RESET, "peer_reset", "ended by the RST of a peer that has no such connection")          \
    X(DEAD_RETRANSMISSION, "dead_retransmission", "given up after unanswered retransmissions")     \
    X(DEAD_WINDOW_PROBE, "dead_window_probe", "given up after unanswered window probes")           \
    X(CONNECT_FAILED, "connect_failed", "given up after unanswered SYNs")                          \
    X(CLOSE_FAILED, "close_failed", "given up after unanswered FINs")                              \
    X(UNDECIDED, "undecided", "something is unanswered at the end and the stack still waits")

/* By what an endpoint found its peer gone. */
#define KA_MECHANISM_MAP(X)                                                                        \
    X(KEEPALIVE, "keepalive", "keep-alive probes")                                                 \
    X(RETRANSMISSION, "retransmission", "retransmission of data")                                  \
    X(WINDOW_PROBE, "window_probe", "window probes")                                               \
    X(SYN, "syn", "retransmission of the SYN")                                                     \
    X(FIN, "fin", "retransmission of the FIN")                                                     \
    X(PEER_RESET, "peer_reset", "the peer's RST")

/* What was sent again. */
#define KA_KIND_MAP(X)                                                                             \
    X(SYN, "syn", "SYN or SYN|ACK")                                                                \
    X(FIN, "fin", "FIN, alone or behind data")                                                     \
    X(DATA, "data", "data after a retransmission timeout or duplicate ACKs")                       \
    X(TLP, "tlp", "tail-loss probe before the first timeout (RFC 8985 7)")                         \
    X(WINDOW_PROBE, "window_probe", "window probe")

/* How a series of unanswered retransmissions or window probes ended. */
#define KA_ENDED_MAP(X)                                                                            \
    X(ANSWERED, "answered", "the peer acknowledged it")                                            \
    X(SILENT, "silent", "given up with nothing sent")                                              \
    X(RST, "rst", "ended by a RST")                                                                \
    X(CAPTURE_END, "capture_end", "still running when the capture ended")

/* What says that the peer was declared dead. */
#define KA_DECLARED_MAP(X)                                                                         \
    X(RST, "rst", "the detector's own RST")                                                        \
    X(PEER_RST, "peer_rst", "the peer's RST")                                                      \
    X(INFERRED, "inferred", "nothing is sent at give-up: computed from the series")

/* Why a frame gave no TCP segment. */
#define KA_SKIP_MAP(X)                                                                             \
    X(NONE, "none", "a segment was decoded")                                                       \
    X(NOT_IP, "not_ip", "neither IPv4 nor IPv6 (ARP, LLDP, ...)")                                  \
    X(NOT_TCP, "not_tcp", "IP, but neither TCP nor an ICMP error that quotes TCP")                 \
    X(FRAGMENT, "fragment", "a later fragment of an IP datagram: its TCP header is elsewhere")     \
    X(TRUNCATED, "truncated", "the snapshot ends before the end of the headers")                   \
    X(MALFORMED, "malformed", "header lengths contradict each other")                              \
    X(LINK_TYPE, "link_type", "a link type that is not decoded")                                   \
    X(TOO_DEEP, "too_deep", "more nested headers than are followed")                               \
    X(ENCRYPTED, "encrypted", "IPsec ESP, or IP inside a link layer's encryption")                 \
    X(TIME, "time", "the capture's time stamp is invalid")

#define KA_ENUM_ROW(suffix, name, meaning) KA_ENUM_PREFIX(suffix),

#define KA_ENUM_PREFIX(suffix) KA_TAG_##suffix
enum ka_tag { KA_TAG_NONE = 0, KA_TAG_MAP(KA_ENUM_ROW) KA_TAG_COUNT };
#undef KA_ENUM_PREFIX
#define KA_ENUM_PREFIX(suffix) KA_OUTCOME_##suffix
enum ka_outcome { KA_OUTCOME_MAP(KA_ENUM_ROW) KA_OUTCOME_COUNT };
#undef KA_ENUM_PREFIX
#define KA_ENUM_PREFIX(suffix) KA_MECHANISM_##suffix
enum ka_mechanism { KA_MECHANISM_MAP(KA_ENUM_ROW) KA_MECHANISM_COUNT };
#undef KA_ENUM_PREFIX
#define KA_ENUM_PREFIX(suffix) KA_KIND_##suffix
enum ka_kind { KA_KIND_MAP(KA_ENUM_ROW) KA_KIND_COUNT };
#undef KA_ENUM_PREFIX
#define KA_ENUM_PREFIX(suffix) KA_ENDED_##suffix
enum ka_ended { KA_ENDED_MAP(KA_ENUM_ROW) KA_ENDED_COUNT };
#undef KA_ENUM_PREFIX
#define KA_ENUM_PREFIX(suffix) KA_DECLARED_##suffix
enum ka_declared { KA_DECLARED_MAP(KA_ENUM_ROW) KA_DECLARED_COUNT };
#undef KA_ENUM_PREFIX
#define KA_ENUM_PREFIX(suffix) KA_SKIP_##suffix
enum ka_skip { KA_SKIP_MAP(KA_ENUM_ROW) KA_SKIP_COUNT };
#undef KA_ENUM_PREFIX
#undef KA_ENUM_ROW

/* Name and one-line meaning of a value; "?" for a value outside its list. Static strings. */
const char *ka_tag_name(enum ka_tag tag);
const char *ka_tag_meaning(enum ka_tag tag);
const char *ka_outcome_name(enum ka_outcome outcome);
const char *ka_outcome_meaning(enum ka_outcome outcome);
const char *ka_mechanism_name(enum ka_mechanism mechanism);
const char *ka_mechanism_meaning(enum ka_mechanism mechanism);
const char *ka_kind_name(enum ka_kind kind);
const char *ka_kind_meaning(enum ka_kind kind);
const char *ka_ended_name(enum ka_ended ended);
const char *ka_ended_meaning(enum ka_ended ended);
const char *ka_declared_name(enum ka_declared declared);
const char *ka_declared_meaning(enum ka_declared declared);
const char *ka_skip_name(enum ka_skip skip);
const char *ka_skip_meaning(enum ka_skip skip);

#endif
