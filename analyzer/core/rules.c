/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rules.c: the ordered rules by which frames get their tags. The first row that fits wins: the
 * order is the precedence. Rows without a predicate are proofs that come later than the frame, or
 * series that only several frames make; the code that finds them names its row.
 */
#include "engine.h"

/*
 * Less than any keep-alive interval that a stack can be set to in seconds, less a timer's jitter.
 */
static const int64_t shortest_interval_ns = 9 * KA_SECOND / 10;
/* A segment that the path or the capture has delayed comes sooner after what overtook it. */
static const int64_t reordering_ns = KA_SECOND / 5;
/* An answer leaves at once; this is for the path and for a busy host. */
static const int64_t answer_within_ns = KA_SECOND;
/* A byte that equals the one sent before is a retransmission within about three first timeouts. */
static const int64_t same_byte_ns = 3 * KA_SECOND;

/* ---- parts of rules ---------------------------------------------------------------------- */

static bool has(const struct view *v, uint8_t flag)
{
    return v->segment->flags & flag;
}

static bool is_empty(const struct view *v)
{
    return v->extent == 0;
}

/*
 * Stamped no earlier than the latest segment of its end. One that is was captured out of order, by
 * a card with several queues or in a merged file; its sequence number says nothing about
 * repetition.
 */
static bool in_order(const struct view *v)
{
    return !end_is(v->conn, v->from, END_SEEN) || v->segment->time_ns >= v->conn->heard_ns[v->from];
}

/* Of the form of a probe: nothing or one byte, no SYN, FIN or RST. */
static bool is_probe_form(const struct view *v)
{
    return v->segment->len <= 1 && in_order(v) && !has(v, KA_SYN | KA_FIN | KA_RST) &&
           has(v, KA_ACK);
}

static bool below_una(const struct view *v)
{
    return end_is(v->conn, v->from, END_UNA) && v->segment->seq == v->conn->una[v->from] - 1;
}

static bool peer_window_closed(const struct view *v)
{
    return end_is(v->conn, v->to, END_ZERO_WINDOW);
}

/* All that was sent is acknowledged, as far as the capture shows. */
static bool nothing_in_flight(const struct view *v)
{
    const struct conn *conn = v->conn;
    if (!end_is(conn, v->from, END_NXT))
        return true;
    if (end_is(conn, v->from, END_UNPROVEN)) /* nxt may be a probe's, one too low */
        return !seq_after(conn->nxt[v->from], conn->una[v->from]);
    return all_acked(conn, v->from);
}

static bool silent_for(const struct view *v, int64_t ns)
{
    bool from_silent = v->since_from_ns == KA_UNKNOWN || v->since_from_ns >= ns;
    bool to_silent = v->since_to_ns == KA_UNKNOWN || v->since_to_ns >= ns;
    return from_silent && to_silent;
}

/* The latest segment of this end is a keep-alive probe or the answer to one. */
static bool only_probed(const struct view *v, int end)
{
    const struct watch *watch = v->rest->watch;
    if (!watch || !end_is(v->conn, end, END_SEEN))
        return false;
    uint64_t latest = heard_frame(v->conn, v->rest, end);
    const struct prober *peer = watch->prober[!end];
    return watch->probe_frame[end] == latest || (peer && peer->answer_frame == latest);
}

/* Silent but for keep-alive, which each end does in its own time. */
static bool idle_for(const struct view *v, int64_t ns)
{
    bool from_idle =
        v->since_from_ns == KA_UNKNOWN || v->since_from_ns >= ns || only_probed(v, v->from);
    bool to_idle = v->since_to_ns == KA_UNKNOWN || v->since_to_ns >= ns || only_probed(v, v->to);
    return from_idle && to_idle;
}

/* The same of the peer alone. */
static bool peer_idle_for(const struct view *v, int64_t ns)
{
    return v->since_to_ns == KA_UNKNOWN || v->since_to_ns >= ns || only_probed(v, v->to);
}

/* The segment acknowledges something for the first time, so it is an ordinary ACK. */
static bool acks_something(const struct view *v)
{
    return end_is(v->conn, v->to, END_UNA) && seq_after(v->segment->ack, v->conn->una[v->to]) &&
           !silent_for(v, shortest_interval_ns);
}

static bool unanswered(const struct wait *wait, enum wait_for what)
{
    return wait->what == what && wait->unanswered > 0;
}

static bool retransmitting(const struct wait *wait)
{
    return unanswered(wait, WAIT_DATA) || unanswered(wait, WAIT_FIN) || unanswered(wait, WAIT_SYN);
}

static bool between(int64_t value, int64_t low, int64_t high)
{
    return value >= low && value <= high;
}

/* The gap is the one before it, but for a timer's rounding (at most an eighth). */
static bool gap_repeats(int64_t gap_ns, int64_t before_ns)
{
    int64_t slack_ns = before_ns / 8 + KA_SECOND / 50;
    return between(gap_ns, before_ns - slack_ns, before_ns + slack_ns);
}

static bool gap_doubles(int64_t gap_ns, int64_t before_ns)
{
    return between(gap_ns / 2, before_ns - before_ns / 8, before_ns + before_ns / 8);
}

/* ---- RST --------------------------------------------------------------------------------- */

/* The gap between this end's unanswered probes, or KA_UNKNOWN; the smaller one, as the capture may
 * lack a probe. */
static int64_t probe_interval_ns(const struct view *v)
{
    const struct wait *own = v->own;
    if (own->unanswered >= 3 && own->previous_gap_ns < own->last_gap_ns)
        return own->previous_gap_ns;
    if (own->unanswered >= 2)
        return own->last_gap_ns;
    const struct watch *watch = v->rest->watch;
    const struct prober *prober = watch ? watch->prober[v->from] : NULL;
    if (!prober)
        return KA_UNKNOWN;
    if (prober->gaps.intvl.count)
        return samples_median(&prober->gaps.intvl);
    return samples_median(&prober->gaps.first_intvl);
}

/* A setting of whole seconds makes such a gap: timers round up, by an eighth at most. */
static bool whole_seconds_explain(int64_t gap_ns)
{
    const int64_t jitter_ns = KA_SECOND / 50;
    int64_t setting_ns = (gap_ns + jitter_ns) / KA_SECOND * KA_SECOND;
    return setting_ns > 0 && gap_ns <= setting_ns + setting_ns / 8 + jitter_ns;
}

/* The RST left when the next probe was due. Gaps that repeated so far repeat exactly. */
static bool when_probe_was_due(const struct view *v, int64_t gap_ns, int64_t interval_ns)
{
    const struct wait *own = v->own;
    int64_t apart_ns = own->last_gap_ns - own->previous_gap_ns;
    int64_t exact_ns = interval_ns / 50 + KA_SECOND / 50;
    if (own->unanswered >= 3 && between(apart_ns, -exact_ns / 2, exact_ns / 2))
        return between(gap_ns, interval_ns - exact_ns, interval_ns + exact_ns);
    return gap_repeats(gap_ns, interval_ns);
}

static bool rst_ends_keepalive(const struct view *v)
{
    if (!has(v, KA_RST) || !has(v, KA_ACK) || !unanswered(v->own, WAIT_KEEPALIVE) ||
        v->segment->seq != v->conn->nxt[v->from])
        return false;
    int64_t gap_ns = v->segment->time_ns - v->own->last_ns;
    int64_t interval_ns = probe_interval_ns(v);
    if (interval_ns == KA_UNKNOWN)
        return gap_ns >= shortest_interval_ns && whole_seconds_explain(gap_ns);
    /* Or the last one was not captured. */
    return when_probe_was_due(v, gap_ns, interval_ns) ||
           when_probe_was_due(v, gap_ns - interval_ns, interval_ns);
}

/*
 * The answers were captured, but the probes went on at their interval, well before the idle time
 * was over: the path loses the answers behind the place of the capture.
 */
static bool rst_ends_keepalive_answers_lost(const struct view *v)
{
    return has(v, KA_RST) && has(v, KA_ACK) && v->own->what == WAIT_KEEPALIVE &&
           v->own->unanswered == 0 && v->own->lost_answers > 0 &&
           v->segment->seq == v->conn->nxt[v->from] &&
           gap_repeats(v->segment->time_ns - v->own->last_ns, v->own->last_gap_ns);
}

static bool rst_ends_window_probes(const struct view *v)
{
    if (!has(v, KA_RST) || !has(v, KA_ACK) || !unanswered(v->own, WAIT_WINDOW) ||
        v->own->unanswered < 3)
        return false;
    int64_t gap_ns = v->segment->time_ns - v->own->last_ns;
    return gap_repeats(gap_ns, v->own->last_gap_ns) || gap_doubles(gap_ns, v->own->last_gap_ns);
}

/*
 * Windows gives up after 5 copies and, unlike the others, sends no time stamps unless told to; BSDs
 * after 12, of which the first looks like a tail-loss probe where a slop of 200 ms outweighs the
 * timeout. Linux, which sends nothing, aborts with time stamps when its application does.
 */
static bool rst_ends_retransmission(const struct view *v)
{
    enum { WINDOWS_RETRIES = 5, BSD_RETRIES = 12 };
    if (!has(v, KA_RST) || !has(v, KA_ACK) || !retransmitting(v->own))
        return false;
    bool enough = v->segment->has_timestamps ? v->own->sent >= BSD_RETRIES
                                             : v->own->timeouts >= WINDOWS_RETRIES;
    int64_t gap_ns = v->segment->time_ns - v->own->last_ns;
    return enough &&
           (gap_doubles(gap_ns, v->own->last_gap_ns) || gap_repeats(gap_ns, v->own->last_gap_ns));
}

static bool rst_answers_check(const struct view *v)
{
    if (!has(v, KA_RST))
        return false;
    bool checked =
        v->peers->unanswered > 0 && (v->peers->what == WAIT_KEEPALIVE ||
                                     v->peers->what == WAIT_WINDOW || retransmitting(v->peers));
    return checked && v->since_to_ns != KA_UNKNOWN && v->since_to_ns <= answer_within_ns;
}

static bool rst_is_bare(const struct view *v)
{
    if (!has(v, KA_RST) || has(v, KA_ACK) || end_is(v->conn, v->from, END_FIN) ||
        !end_is(v->conn, v->to, END_SEEN))
        return false;
    return end_is(v->conn, v->from, END_UNA) && v->segment->seq == v->conn->una[v->from];
}

static bool rst_any(const struct view *v)
{
    return has(v, KA_RST);
}

/* ---- window probes ----------------------------------------------------------------------- */

static bool window_probe_below_edge(const struct view *v)
{
    return is_probe_form(v) && peer_window_closed(v) && below_una(v) && !acks_something(v);
}

static bool window_probe_at_edge(const struct view *v)
{
    bool is_latest = !end_is(v->conn, v->from, END_NXT) ||
                     seq_before(v->conn->nxt[v->from], v->segment->seq + 2);
    return is_probe_form(v) && v->segment->len == 1 && peer_window_closed(v) &&
           end_is(v->conn, v->from, END_UNA) && v->segment->seq == v->conn->una[v->from] &&
           is_latest;
}

static bool window_probe_urgent(const struct view *v)
{
    return is_probe_form(v) && is_empty(v) && has(v, KA_URG) && peer_window_closed(v) &&
           end_is(v->conn, v->from, END_UNA) && v->segment->seq == v->conn->una[v->from];
}

static bool is_plain_ack(const struct view *v)
{
    return is_empty(v) && has(v, KA_ACK) && !has(v, KA_RST) && !below_una(v);
}

static bool answers_window_probe(const struct view *v)
{
    return is_plain_ack(v) && unanswered(v->peers, WAIT_WINDOW);
}

/* ---- keep-alive -------------------------------------------------------------------------- */

/* After too little silence (struct ka_config) a probe's form is no proof. A series goes on. */
static bool idle_long_enough(const struct view *v)
{
    return v->since_to_ns == KA_UNKNOWN || v->since_to_ns >= v->ka->idle_min_ns;
}

static bool keepalive_empty(const struct view *v)
{
    return is_probe_form(v) && is_empty(v) && below_una(v) && nothing_in_flight(v) &&
           !acks_something(v) && idle_long_enough(v) &&
           (unanswered(v->own, WAIT_KEEPALIVE) || peer_idle_for(v, reordering_ns));
}

/* A byte that an application wrote ends its write; a stack's garbage byte ends none. */
static bool is_written_byte(const struct view *v)
{
    return v->segment->len == 1 && has(v, KA_PSH);
}

/*
 * One byte below SND.NXT that was acknowledged before is a probe or a spurious retransmission of
 * the last byte. The byte itself decides where the first one was captured: another value is garbage
 * that only a probe carries; the same value soon after is the same byte again.
 */
static bool keepalive_byte(const struct view *v)
{
    if (!is_probe_form(v) || v->segment->len != 1 || !below_una(v) || !nothing_in_flight(v) ||
        retransmitting(v->own) || !idle_long_enough(v))
        return false;
    if (unanswered(v->own, WAIT_KEEPALIVE))
        return true;
    const struct trail_entry *before =
        trail_first_with(&v->ka->trail, v->number, v->from, v->segment->seq, v->conn->trail);
    if (before && before->len == 1 && (before->marks & TRAIL_HAS_FIRST_BYTE) &&
        v->segment->has_first_byte) {
        if (before->first_byte != v->segment->first_byte)
            return true;
        return idle_for(v, same_byte_ns);
    }
    return !is_written_byte(v) && idle_for(v, shortest_interval_ns);
}

/*
 * The other direction was never captured: what was sent alone says where SND.NXT is. An empty
 * segment one above is proof enough: of two numbers of an idle end the higher one is SND.NXT.
 */
static bool keepalive_one_way(const struct view *v)
{
    return is_probe_form(v) && !is_written_byte(v) && !end_is(v->conn, v->to, END_SEEN) &&
           end_is(v->conn, v->from, END_NXT) && v->segment->seq == v->conn->nxt[v->from] - 1 &&
           silent_for(v, shortest_interval_ns);
}

static bool answers_keepalive(const struct view *v)
{
    const struct conn *conn = v->conn;
    uint32_t least = end_is(conn, v->to, END_UNA) ? conn->una[v->to] : conn->nxt[v->to];
    return is_plain_ack(v) && unanswered(v->peers, WAIT_KEEPALIVE) &&
           !seq_before(v->segment->ack, least);
}

/*
 * Probes that a slow path delivers late are all answered, although
 * the first answer ended the series.
 */
static bool answers_keepalive_late(const struct view *v)
{
    const struct wait *peers = v->peers;
    return is_plain_ack(v) && peers->what == WAIT_KEEPALIVE && peers->late_answers > 0 &&
           v->segment->ack == v->conn->nxt[v->to] && v->since_to_ns >= v->since_from_ns &&
           v->since_from_ns <= peers->last_gap_ns + peers->last_gap_ns / 8;
}

/* ---- retransmission ---------------------------------------------------------------------- */

/* The end of the hole that holds this sequence number, or the number itself where none does. */
static uint32_t past_hole(const struct watch *watch, int end, uint32_t seq)
{
    for (int i = 0; i < watch->holes[end]; i++) {
        const struct hole *hole = &watch->hole[end][i];
        if (!seq_before(seq, hole->from) && seq_before(seq, hole->to))
            return hole->to;
    }
    return seq;
}

/* None of the segment's sequence numbers below SND.NXT was captured before: it fills holes. */
static bool fills_holes(const struct view *v)
{
    const struct watch *watch = v->rest->watch;
    uint32_t limit = v->conn->nxt[v->from];
    limit = seq_before(v->end, limit) ? v->end : limit;
    uint32_t seq = v->segment->seq;
    for (int i = 0; watch && i < HOLES && seq_before(seq, limit); i++) {
        uint32_t past = past_hole(watch, v->from, seq);
        if (past == seq)
            return false;
        seq = past;
    }
    return !seq_before(seq, limit);
}

/* Some of the sequence numbers that the segment takes were captured before. */
static bool seen_before(const struct view *v)
{
    return v->extent > 0 && in_order(v) && end_is(v->conn, v->from, END_NXT) &&
           seq_before(v->segment->seq, v->conn->nxt[v->from]) &&
           seq_after(v->end, v->rest->base[v->from]) && !fills_holes(v);
}

static bool retransmits_syn(const struct view *v)
{
    return has(v, KA_SYN) && seen_before(v);
}

static bool retransmits_fin(const struct view *v)
{
    return has(v, KA_FIN) && !has(v, KA_SYN) && seen_before(v);
}

static bool retransmits_data(const struct view *v)
{
    return v->segment->len > 0 && !has(v, KA_SYN | KA_FIN | KA_RST) && seen_before(v);
}

/* ---- the table --------------------------------------------------------------------------- */

/* clang-format off */
#define ROWS(ROW)                                                                                  \
    ROW(FINAL_RST, "final-rst-keepalive", rst_ends_keepalive,                                      \
        "RST|ACK at SND.NXT of an end whose keep-alive probes went unanswered, one interval after the last", \
        "Linux tcp_keepalive_timer(), tcp_send_active_reset(); BSD tcp_drop(); RFC 1122 4.2.3.6")   \
    ROW(FINAL_RST, "final-rst-keepalive-answers-lost", rst_ends_keepalive_answers_lost,            \
        "the same where the capture shows answers, but probes followed faster than the idle time: the path lost the answers", \
        "Linux tcp_keepalive_timer(): after an answer the next probe leaves idle later, not interval") \
    ROW(FINAL_RST, "final-rst-window-probe", rst_ends_window_probes,                               \
        "RST|ACK of an end whose window probes went unanswered, when the next was due",            \
        "FreeBSD tcp_timer_persist(), tcp_drop(); Linux sends nothing")                            \
    ROW(FINAL_RST, "final-rst-retransmission", rst_ends_retransmission,                            \
        "RST|ACK of an end whose retransmissions went unanswered, when the next was due",          \
        "FreeBSD tcp_timer_rexmt(), tcp_drop(); Windows TcpMaxDataRetransmissions; Linux sends nothing") \
    ROW(PEER_RST, "peer-rst-answers-check", rst_answers_check,                                     \
        "RST that answers a probe or a retransmission at once",                                    \
        "RFC 9293 3.10.7.1; Linux tcp_v4_send_reset()")                                            \
    ROW(PEER_RST, "peer-rst-bare", rst_is_bare,                                                    \
        "RST without ACK flag at the other end's acknowledgment number, with no FIN from there",   \
        "RFC 9293 3.10.7.1 (SEQ=SEG.ACK); Linux tcp_v4_send_reset()")                              \
    ROW(ABORT_RST, "abort-rst", rst_any,                                                           \
        "any other RST: the application aborted, refused, or something in the path forged it",     \
        "RFC 9293 3.10.5 (ABORT); Linux tcp_send_active_reset()")                                  \
    ROW(WINDOW_PROBE, "window-probe-below-edge", window_probe_below_edge,                          \
        "0 or 1 byte at SND.UNA-1 while the peer's window is zero",                                \
        "Linux tcp_write_wakeup(), tcp_xmit_probe_skb(); RFC 9293 3.8.6.1")                        \
    ROW(WINDOW_PROBE, "window-probe-at-edge", window_probe_at_edge,                                \
        "1 byte at SND.UNA, the first beyond the peer's window, which is zero",                    \
        "FreeBSD tcp_timer_persist(); lwIP tcp_zero_window_probe(); RFC 9293 3.8.6.1")             \
    ROW(WINDOW_PROBE, "window-probe-urgent", window_probe_urgent,                                  \
        "empty segment with URG at SND.UNA while the peer's window is zero",                       \
        "Linux tcp_xmit_probe_skb(sk, 1)")                                                         \
    ROW(WINDOW_PROBE_ACK, "window-probe-answer", answers_window_probe,                             \
        "empty ACK while window probes of the other end are unanswered",                           \
        "RFC 9293 3.8.6.1; Linux tcp_send_dupack()")                                               \
    ROW(KEEPALIVE_PROBE, "keepalive-empty", keepalive_empty,                                       \
        "empty segment at SND.NXT-1, all that was sent is acknowledged, the peer's window is open", \
        "RFC 9293 3.8.4; Linux tcp_xmit_probe_skb(); BSD tcp_respond()")                           \
    ROW(KEEPALIVE_PROBE, "keepalive-garbage-byte", keepalive_byte,                                 \
        "1 byte at SND.NXT-1, acknowledged before, that differs from the byte sent there or comes after silence", \
        "RFC 1122 4.2.3.6; Windows KeepAliveTime; illumos tcp_keepalive_timer()")                  \
    ROW(KEEPALIVE_PROBE, "keepalive-one-way", keepalive_one_way,                                   \
        "0 or 1 byte at SND.NXT-1 after silence, where the other direction was never captured",    \
        "RFC 9293 3.8.4")                                                                          \
    ROW(KEEPALIVE_ACK, "keepalive-answer", answers_keepalive,                                      \
        "empty ACK while keep-alive probes of the other end are unanswered, whatever its window",  \
        "RFC 9293 3.10.7.4 (an unacceptable segment is answered); Linux tcp_send_dupack()")        \
    ROW(KEEPALIVE_ACK, "keepalive-answer-overtaken", answers_keepalive_late,                       \
        "the same for earlier probes of a series that a delayed path answers one by one",          \
        "RFC 9293 3.10.7.4")                                                                       \
    ROW(RETRANSMISSION, "retransmission-syn", retransmits_syn,                                     \
        "the SYN or SYN|ACK again",                                                                \
        "RFC 9293 3.8.1; Linux tcp_retransmit_timer(), tcp_rtx_synack()")                          \
    ROW(RETRANSMISSION, "retransmission-fin", retransmits_fin,                                     \
        "the FIN again, alone or joined with data before it",                                      \
        "RFC 9293 3.8.1; Linux tcp_retrans_try_collapse()")                                        \
    ROW(RETRANSMISSION, "retransmission-data", retransmits_data,                                   \
        "bytes that were captured before",                                                         \
        "RFC 6298 5.4; Linux tcp_retransmit_skb()")

#define PUBLIC_ROW(tag, name, fits, meaning, source) {KA_TAG_##tag, name, meaning, source},
#define FITS_ROW(tag, name, fits, meaning, source) fits,

#define PROOF_RULES                                                                                 \
    {KA_TAG_KEEPALIVE_PROBE, "keepalive-proved-by-answer",                                         \
     "first segment of an idle connection, empty; the peer then acknowledges one above it",        \
     "RFC 9293 3.8.4"},                                                                            \
    {KA_TAG_WINDOW_PROBE, "window-probe-proved-by-answer",                                         \
     "the same, and the peer's window turns out to be zero",                                       \
     "Linux tcp_xmit_probe_skb(); RFC 9293 3.8.6.1"},                                              \
    {KA_TAG_KEEPALIVE_PROBE, "keepalive-proved-by-repetition",                                     \
     "first segment of an idle connection, empty; the identical one follows after silence",        \
     "RFC 9293 3.8.4: an idle end sends nothing but probes"},                                                                            \
    {KA_TAG_KEEPALIVE_PROBE, "keepalive-proved-by-rst",                                            \
     "first segment of an idle connection, empty; the same end's RST is numbered one above it",    \
     "Linux tcp_send_active_reset() (SND.NXT)"},                                                   \
    {KA_TAG_RETRANSMISSION, "retransmission-tail-loss-probe",                                      \
     "a copy before the first timeout: of the tail, or followed by a gap that did not double",     \
     "RFC 8985 7; Linux tcp_schedule_loss_probe()"},                                               \
    {KA_TAG_HEARTBEAT, "heartbeat",                                                                \
     "one of at least four small messages of equal length at equal intervals",                     \
     "application protocols: MQTT PINGREQ, AMQP heartbeat, Redis PING, ..."},                      \
    {KA_TAG_HEARTBEAT_ACK, "heartbeat-answer",                                                     \
     "the other end's first data after a heartbeat",                                               \
     "application protocols: MQTT PINGRESP, ..."},                                                 \
    {KA_TAG_ICMP_UNREACHABLE, "icmp-error",                                                        \
     "an ICMP or ICMPv6 error that quotes a segment of this connection",                           \
     "RFC 792, RFC 4443; Linux tcp_v4_err()"}
/* clang-format on */

static const struct ka_rule rules[] = {ROWS(PUBLIC_ROW) PROOF_RULES};
static bool (*const fits[])(const struct view *view) = {ROWS(FITS_ROW)};

#define TAG(SUFFIX) (UINT32_C(1) << KA_TAG_##SUFFIX)

enum { MATCHED_ROWS = sizeof fits / sizeof fits[0] };
_Static_assert(sizeof rules / sizeof rules[0] == MATCHED_ROWS + PROOFS, "a row for every proof");

const struct ka_rule *ka_rules(size_t *count)
{
    *count = sizeof rules / sizeof rules[0];
    return rules;
}

/*
 * Duplicate ACKs for data that the capture misses come faster than any keep-alive interval, and
 * answers to probes that it does see follow those.
 */
bool rules_repetition(const struct view *v)
{
    return is_probe_form(v) && is_empty(v) && end_is(v->conn, v->from, END_UNPROVEN) &&
           !end_is(v->conn, v->from, END_UNA) && v->segment->seq == v->conn->nxt[v->from] &&
           (!end_is(v->conn, v->to, END_UNA) || v->segment->ack == v->conn->una[v->to]) &&
           silent_for(v, shortest_interval_ns) &&
           (v->since_to_ns == KA_UNKNOWN || v->since_to_ns > v->since_from_ns);
}

/*
 * The tags that a segment may have, by what all rows of a tag have in common; mostly there are
 * none. Asking every row took a tenth of the time of a capture that is full of handshakes.
 */
static uint32_t candidates(const struct view *v)
{
    uint32_t tags = 0;
    if (has(v, KA_RST))
        return TAG(FINAL_RST) | TAG(PEER_RST) | TAG(ABORT_RST);
    if (is_probe_form(v) &&
        (below_una(v) || peer_window_closed(v) || !end_is(v->conn, v->to, END_SEEN)))
        tags |= TAG(WINDOW_PROBE) | TAG(KEEPALIVE_PROBE);
    if (v->peers->what != WAIT_NOTHING && is_plain_ack(v))
        tags |= TAG(WINDOW_PROBE_ACK) | TAG(KEEPALIVE_ACK);
    if (v->extent > 0 && end_is(v->conn, v->from, END_NXT) &&
        seq_before(v->segment->seq, v->conn->nxt[v->from]))
        tags |= TAG(RETRANSMISSION);
    return tags;
}

const struct ka_rule *rules_match(const struct view *view)
{
    uint32_t tags = candidates(view);
    for (size_t i = 0; tags && i < MATCHED_ROWS; i++)
        if ((tags & UINT32_C(1) << rules[i].tag) && fits[i](view))
            return &rules[i];
    return NULL;
}

const struct ka_rule *rules_proof(enum proof proof)
{
    return &rules[MATCHED_ROWS + proof];
}
