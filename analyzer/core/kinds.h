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

/*
 * What a finding says: why a connection died, who ended it, what to change.
 * finding.c has the rules with their sources.
 */
#define KA_FINDING_MAP(X)                                                                          \
    X(KEEPALIVE_SUSPENDED, "keepalive_suspended", "data in flight kept keep-alive from probing")   \
    X(KEEPALIVE_ABSENT, "keepalive_absent",                                                        \
      "neither end probed during a long silence that ended badly")                                 \
    X(KEEPALIVE_ONE_SIDED, "keepalive_one_sided",                                                  \
      "only one end probes: the other does not notice a dead peer")                                \
    X(USER_TIMEOUT_OR_COUNT, "user_timeout_or_count",                                              \
      "a probe count and a user timeout explain the end equally well")                             \
    X(SINGLE_PROBE_DECIDES, "single_probe_decides",                                                \
      "one unanswered probe ended it: a single lost packet kills")                                 \
    X(INTERVAL_LONGER_THAN_IDLE, "interval_longer_than_idle",                                      \
      "the probe interval is longer than the idle time")                                           \
    X(GAVE_UP_EARLY, "gave_up_early", "retransmission ended before the stack's default limit")     \
    X(SILENT_GIVE_UP, "silent_give_up", "nothing is sent at give-up: its time is computed")        \
    X(SILENT_DEATH_PROVED, "silent_death_proved",                                                  \
      "a later bare RST proves that the connection was given up before")                           \
    X(RST_FROM_ENDPOINT, "rst_from_endpoint",                                                      \
      "the RST bears the marks of the endpoint whose address it has")                              \
    X(RST_FROM_REBOOTED, "rst_from_rebooted",                                                      \
      "the peer's host answers, but no longer knows the connection")                               \
    X(RST_FROM_MIDDLEBOX, "rst_from_middlebox", "the RST bears the marks of a box in the path")    \
    X(RST_ORIGIN_UNKNOWN, "rst_origin_unknown", "the capture does not tell who sent the RST")      \
    X(RST_SENDER_GOES_ON, "rst_sender_goes_on",                                                    \
      "the end in whose name the RST came goes on with the connection")                            \
    X(PATH_IDLE_TIMER, "path_idle_timer",                                                          \
      "dead after a silence longer than a known idle timer of paths")                              \
    X(CLOSED_WHILE_KEPT_ALIVE, "closed_while_kept_alive",                                          \
      "closed by an idle timer that keep-alive does not restart")                                  \
    X(ANSWERS_NOT_FROM_PEER, "answers_not_from_peer",                                              \
      "something nearer than the peer answers its keep-alive probes")                              \
    X(WINDOW_STAYS_CLOSED, "window_stays_closed",                                                  \
      "the peer's TCP answers, its application does not read")                                     \
    X(REQUEST_UNANSWERED, "request_unanswered",                                                    \
      "the peer's TCP answers, its application no longer does")                                    \
    X(OUTAGE_SURVIVED, "outage_survived", "probes went unanswered, then the peer answered again")  \
    X(PROBE_LOSS, "probe_loss", "a share of the probes or of their answers is lost")               \
    X(PROBE_RTT_ROSE, "probe_rtt_rose", "answers to probes take much longer than they did")        \
    X(ANSWERS_LOST, "answers_lost", "answers were captured that did not reach the prober")         \
    X(DEAD_PEER_SPOKE, "dead_peer_spoke", "the peer was declared dead, but spoke later")           \
    X(PATH_UNREACHABLE, "path_unreachable", "routers report that the peer cannot be reached")      \
    X(KEEPALIVE_SLOW, "keepalive_slow",                                                            \
      "an idle time of hours: death is found late, paths forget sooner")                           \
    X(KEEPALIVE_AGGRESSIVE, "keepalive_aggressive",                                                \
      "probes every few seconds: they cost traffic and battery")                                   \
    X(KEEPALIVE_ASYMMETRIC, "keepalive_asymmetric",                                                \
      "both ends probe, one of them much later than the other")                                    \
    X(PROBE_WITH_DATA, "probe_with_data", "probes carry a byte of data")                           \
    X(HEARTBEAT_MASKS_KEEPALIVE, "heartbeat_masks_keepalive",                                      \
      "heartbeats never let the connection idle: keep-alive does not get its turn")                \
    X(HEARTBEAT_FOUND_DEATH, "heartbeat_found_death",                                              \
      "the application ended it when its heartbeats stayed without an answer")

/* How much a finding matters. */
#define KA_SEVERITY_MAP(X)                                                                         \
    X(NOTE, "note", "worth knowing")                                                               \
    X(WARNING, "warning", "a setting or a path that will do harm")                                 \
    X(ERROR, "error", "what ended this connection")

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
#define KA_ENUM_PREFIX(suffix) KA_FINDING_##suffix
enum ka_finding_code { KA_FINDING_MAP(KA_ENUM_ROW) KA_FINDING_COUNT };
#undef KA_ENUM_PREFIX
#define KA_ENUM_PREFIX(suffix) KA_SEVERITY_##suffix
enum ka_severity { KA_SEVERITY_MAP(KA_ENUM_ROW) KA_SEVERITY_COUNT };
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
const char *ka_finding_name(enum ka_finding_code code);
const char *ka_finding_meaning(enum ka_finding_code code);
const char *ka_severity_name(enum ka_severity severity);
const char *ka_severity_meaning(enum ka_severity severity);

/* What an end sent in vain, in the singular: "keep-alive probe", "repeated SYN"; else "segment". */
const char *ka_mechanism_check(enum ka_mechanism mechanism);

#endif
