/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * plugin.h: what the plugin's parts share: its registered fields, and what is drawn from.
 *
 * The names of the fields are promised in README.md; a time is relative, "frame" is a frame number.
 */
#ifndef KA_PLUGIN_H
#define KA_PLUGIN_H

#include "compat.h"

#include <epan/expert.h>
#include <epan/packet.h>

#include "results.h"

/* (ID, "ka.<suffix>", "label", FT_ type, display base, strings, "one-line meaning") */
#define KA_FIELD_MAP(X)                                                                            \
    X(TAG, "tag", "Tag", FT_STRING, BASE_NONE, NULL,                                               \
      "What the frame is: a word of README's table")                                               \
    X(RULE, "rule", "Rule", FT_STRING, BASE_NONE, NULL, "The rule by which the frame got its tag") \
    X(CONNECTION, "connection", "Connection", FT_UINT32, BASE_DEC, NULL,                           \
      "Number of the connection, from 0 in the order of first frames")                             \
    X(PROBE_NUMBER, "probe.number", "Probe number", FT_UINT32, BASE_DEC, NULL,                     \
      "Place in its series, from 1")                                                               \
    X(PROBE_IDLE, "probe.idle", "Peer last heard before", FT_RELATIVE_TIME, BASE_NONE, NULL,       \
      "Time since the peer was last heard")                                                        \
    X(PROBE_FRAME, "probe.frame", "Answers the probe in frame", FT_FRAMENUM, BASE_NONE,            \
      FRAMENUM_TYPE(FT_FRAMENUM_REQUEST), "The latest probe that this frame answers")              \
    X(ACK_FRAME, "ack.frame", "Answered in frame", FT_FRAMENUM, BASE_NONE,                         \
      FRAMENUM_TYPE(FT_FRAMENUM_RESPONSE), "The peer's answer to this probe")                      \
    X(ACK_RTT, "ack.rtt", "Answer time", FT_RELATIVE_TIME, BASE_NONE, NULL,                        \
      "Time from the probe to this answer")                                                        \
    X(RETRANSMISSION_KIND, "retransmission.kind", "Sent again", FT_STRING, BASE_NONE, NULL,        \
      "syn, fin, data or tlp")                                                                     \
    X(RETRANSMISSION_STEP, "retransmission.step", "Retransmission number", FT_UINT32, BASE_DEC,    \
      NULL, "Place in its series, from 1")                                                         \
    X(RETRANSMISSION_GAP, "retransmission.gap", "Previous copy before", FT_RELATIVE_TIME,          \
      BASE_NONE, NULL, "Time since the previous copy or the original")                             \
    X(RETRANSMISSION_RATIO, "retransmission.ratio", "Ratio to the previous gap", FT_DOUBLE,        \
      BASE_NONE, NULL, "2 while the timeout doubles")                                              \
    X(RETRANSMISSION_ORIGINAL, "retransmission.original", "First sent in frame", FT_FRAMENUM,      \
      BASE_NONE, FRAMENUM_TYPE(FT_FRAMENUM_RETRANS_PREV), "The first copy seen")                   \
    X(RETRANSMISSION_NEXT, "retransmission.next", "Sent again in frame", FT_FRAMENUM, BASE_NONE,   \
      FRAMENUM_TYPE(FT_FRAMENUM_RETRANS_NEXT), "The next copy of what this frame sent")            \
    X(RST_AFTER_PROBES, "rst.after_probes", "Unanswered before it", FT_UINT32, BASE_DEC, NULL,     \
      "Unanswered probes or retransmissions before this RST")                                      \
    X(RST_LATENCY, "rst.latency", "Peer last heard before", FT_RELATIVE_TIME, BASE_NONE, NULL,     \
      "Time since the dead peer was last heard")                                                   \
    X(RST_FIRST, "rst.first_frame", "First unanswered frame", FT_FRAMENUM, BASE_NONE,              \
      FRAMENUM_TYPE(FT_FRAMENUM_REQUEST), "The first unanswered frame before this RST")            \
    X(RST_FRAME, "rst.frame", "Ended by the RST in frame", FT_FRAMENUM, BASE_NONE,                 \
      FRAMENUM_TYPE(FT_FRAMENUM_RESPONSE), "The RST that ends the series this frame begins")       \
    X(ICMP_QUOTED, "icmp.quoted_frame", "Quotes frame", FT_FRAMENUM, BASE_NONE,                    \
      FRAMENUM_TYPE(FT_FRAMENUM_REQUEST), "The frame that this ICMP error quotes")                 \
    X(ICMP_FRAME, "icmp.frame", "Quoted by the ICMP error in frame", FT_FRAMENUM, BASE_NONE,       \
      FRAMENUM_TYPE(FT_FRAMENUM_RESPONSE), "The first ICMP error that quotes this frame")          \
    X(OUTCOME, "outcome", "Outcome", FT_STRING, BASE_NONE, NULL, "What became of the connection")  \
    X(DETECTOR, "detection.detector", "Who gave up", FT_STRING, BASE_NONE, NULL,                   \
      "Endpoint that found its peer gone")                                                         \
    X(MECHANISM, "detection.mechanism", "Found by", FT_STRING, BASE_NONE, NULL,                    \
      "By what the endpoint found its peer gone")                                                  \
    X(DECLARED_BY, "detection.declared_by", "Declared by", FT_STRING, BASE_NONE, NULL,             \
      "rst, peer_rst, or inferred: nothing is sent at give-up")                                    \
    X(LATENCY, "detection.latency", "Detection latency", FT_RELATIVE_TIME, BASE_NONE, NULL,        \
      "From the peer's last sign of life to the verdict")                                          \
    X(LATENCY_MIN, "detection.latency_min", "Detection latency, at least", FT_RELATIVE_TIME,       \
      BASE_NONE, NULL, "From the first unanswered segment to the verdict")                         \
    X(LATENCY_EXPECTED, "detection.latency_expected", "Expected by its settings",                  \
      FT_RELATIVE_TIME, BASE_NONE, NULL, "idle + interval x count for the inferred settings")      \
    X(EXPECTED_TIME, "detection.expected_time", "Would give up at", FT_ABSOLUTE_TIME,              \
      ABSOLUTE_TIME_LOCAL, NULL, "When the stack of an undecided connection would give up")        \
    X(UNANSWERED, "detection.unanswered", "Unanswered", FT_UINT32, BASE_DEC, NULL,                 \
      "Probes or retransmissions that went unanswered")                                            \
    X(LAST_HEARD, "detection.last_heard_frame", "Peer last heard in frame", FT_FRAMENUM,           \
      BASE_NONE, NULL, "The dead peer's last frame")                                               \
    X(FIRST_UNANSWERED, "detection.first_unanswered_frame", "First unanswered frame", FT_FRAMENUM, \
      BASE_NONE, NULL, "The first frame that the dead peer did not answer")                        \
    X(DECLARED_FRAME, "detection.declared_frame", "Declared dead in frame", FT_FRAMENUM,           \
      BASE_NONE, NULL, "The RST that declared the peer dead")                                      \
    X(PROBER, "keepalive.prober", "Prober", FT_STRING, BASE_NONE, NULL, "Endpoint that probed")    \
    X(IDLE, "keepalive.idle", "Idle time", FT_RELATIVE_TIME, BASE_NONE, NULL,                      \
      "Inferred setting: silence before the first probe")                                          \
    X(INTVL, "keepalive.intvl", "Interval", FT_RELATIVE_TIME, BASE_NONE, NULL,                     \
      "Inferred setting: time between unanswered probes")                                          \
    X(COUNT, "keepalive.count", "Count", FT_UINT32, BASE_DEC, NULL,                                \
      "Probes before it gave up; absent where no series ran to its end")                           \
    X(PRESET, "keepalive.preset", "Preset", FT_STRING, BASE_NONE, NULL,                            \
      "Defaults that the settings are, as linux-default")                                          \
    X(FINDING, "finding", "Finding", FT_STRING, BASE_NONE, NULL,                                   \
      "What the capture proves of the connection; this frame is evidence")                         \
    X(FINDING_SEVERITY, "finding.severity", "Severity", FT_STRING, BASE_NONE, NULL,                \
      "note, warning or error")                                                                    \
    X(FINDING_TEXT, "finding.text", "Why", FT_STRING, BASE_NONE, NULL, "The finding in words")     \
    X(FINDING_FILTER, "finding.filter", "Evidence", FT_STRING, BASE_NONE, NULL,                    \
      "Display filter of the frames that prove the finding")                                       \
    X(CONNECTION_FINDING, "connection.finding", "Finding", FT_STRING, BASE_NONE, NULL,             \
      "What the capture proves of this frame's connection")                                        \
    X(EVIDENCE_FRAME, "connection.finding.frame", "Evidence in frame", FT_FRAMENUM, BASE_NONE,     \
      NULL, "A frame that proves the finding")                                                     \
    X(DISAGREES, "disagrees", "Wireshark says", FT_STRING, BASE_NONE, NULL,                        \
      "The tcp.analysis flag that differs from the tag, or none")

#define KA_FIELD_ENUM(id, suffix, label, type, base, strings, meaning) KA_FIELD_##id,
enum ka_field { KA_FIELD_MAP(KA_FIELD_ENUM) KA_FIELDS };
#undef KA_FIELD_ENUM

enum {
    KA_TREE_FRAME,
    KA_TREE_CONNECTION,
    KA_TREE_SIDE,
    KA_TREE_FINDING,
    KA_TREE_CONNECTION_FINDING,
    KA_TREE_COUNT
};

enum {
    KA_EXPERT_PROBE,
    KA_EXPERT_UNANSWERED,
    KA_EXPERT_DEAD,
    KA_EXPERT_DISAGREES,
    KA_EXPERT_FINDING, /* one for each code */
    KA_EXPERT_COUNT = KA_EXPERT_FINDING + KA_FINDING_COUNT
};

struct registered {
    int protocol;
    int field[KA_FIELDS];
    int tree[KA_TREE_COUNT];
    expert_field expert[KA_EXPERT_COUNT];
};

/* One frame, and all that is known of it. The tap "ka" hands out those with a tag or a report. */
struct view {
    const struct ka_frame *frame; /* NULL: no tag */
    const struct report *report;  /* NULL: no connection, or the file has not been read through */
    const struct links *links;    /* or NULL */
    const struct disagreement *disagreement; /* or NULL */
    const struct ka_preset
        *nominal; /* for what the capture does not tell; NULL: nothing is assumed */
};

/* How Wireshark's own TCP analysis reads a frame otherwise than its tag does. */
struct disagreement {
    const char *wireshark; /* the name of its flag, or "none" */
    const char *why;       /* the rule behind the tag, or what Wireshark's rule leaves out */
};

/* NULL: they agree, or Wireshark did not analyse the frame. Memory of the packet's pool. */
const struct disagreement *find_disagreement(packet_info *pinfo, const struct ka_frame *frame);

/* Puts the view into the packet's tree, if there is one, and its expert items. */
void draw_tree(const struct registered *registered, const struct view *view, tvbuff_t *tvb,
               packet_info *pinfo, proto_tree *tree);

/* What the frame is in a few words, for the Info column; NULL without a tag. Packet's pool. */
const char *view_summary(const struct view *view, packet_info *pinfo);

/* "10.0.0.1:80", "[2001:db8::1]:80"; g_free() when scope is NULL. */
char *endpoint_text(wmem_allocator_t *scope, const struct ka_endpoint *endpoint);

/* "20.1 ms", "75.0 s"; "?" for KA_UNKNOWN. */
char *duration_text(wmem_allocator_t *scope, int64_t ns);

/* Of the first unanswered frame of a detection: what it begins. Packet's pool. */
const char *silence_text(const struct view *view, packet_info *pinfo);

/* How the connection's peer was found gone; it has a detection. */
const char *death_text(wmem_allocator_t *scope, const struct report *report);

/* Both read the tap "ka", which hands out struct view. */
void register_stats_tree(void);
void register_stats_table(void);

#endif
