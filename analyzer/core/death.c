/* SPDX-License-Identifier: GPL-2.0-or-later */
/* death.c: a peer is declared dead: by which check, when, and how long after it was last heard. */
#include "engine.h"
#include "giveup.h"

/* A segment captured so long after its sender's RST was not merely overtaken by it. */
static const int64_t reordering_ns = KA_SECOND / 10;

static enum ka_mechanism mechanism_of(enum wait_for what)
{
    switch (what) {
    case WAIT_KEEPALIVE:
        return KA_MECHANISM_KEEPALIVE;
    case WAIT_WINDOW:
        return KA_MECHANISM_WINDOW_PROBE;
    case WAIT_FIN:
        return KA_MECHANISM_FIN;
    case WAIT_SYN:
        return KA_MECHANISM_SYN;
    case WAIT_NOTHING:
    case WAIT_DATA:
        break;
    }
    return KA_MECHANISM_RETRANSMISSION;
}

void death_detection(const struct ka *ka, uint32_t number, int end, struct ka_detection *detection)
{
    const struct conn *conn = table_conn(&ka->table, number);
    const struct conn_rest *rest = table_rest(&ka->table, number);
    const struct watch *watch = rest->watch;
    const struct wait *wait = &watch->wait[end];
    int peer = !end;
    bool heard = end_is(conn, peer, END_SEEN);
    uint64_t heard_in = heard ? heard_frame(conn, rest, peer) : 0;
    bool waits = wait->unanswered > 0;
    bool is_backoff = waits && wait->what >= WAIT_WINDOW;
    *detection = (struct ka_detection){
        .detector = end_side(conn, end),
        .mechanism = mechanism_of(wait->what),
        .last_heard_frame = heard_in,
        .last_heard_ns = heard ? conn->heard_ns[peer] : KA_UNKNOWN,
        .first_unanswered_frame = waits ? wait->first_frame : 0,
        .first_unanswered_ns = waits ? wait->first_ns : KA_UNKNOWN,
        .declared_ns = KA_UNKNOWN,
        .latency_ns = KA_UNKNOWN,
        .latency_min_ns = KA_UNKNOWN,
        .latency_expected_ns = KA_UNKNOWN,
        .expected_ns = KA_UNKNOWN,
        .unanswered = wait->unanswered,
        .check = mechanism_of(wait->what),
        /* A SYN's time counts from the first one (tcp_connect_init()). */
        .user_timeout_from_ns = !is_backoff              ? KA_UNKNOWN
                                : wait->what == WAIT_SYN ? wait->first_ns
                                                         : wait->stamp_ns,
        .unreachable_messages =
            watch->icmp[end] && watch->icmp_heard[end] == heard_in ? watch->icmp[end] : 0,
    };
}

void death_declare(struct ka_detection *detection, const struct wait *wait, enum ka_declared by,
                   uint64_t frame, int64_t ns)
{
    if (detection->last_heard_frame && detection->last_heard_ns > ns) { /* heard again too late */
        detection->last_heard_frame = wait->heard_frame;
        detection->last_heard_ns = wait->heard_ns;
    }
    /* A peer never heard: from the last copy, the last chance that it had to answer. */
    int64_t since_ns = detection->last_heard_frame ? detection->last_heard_ns
                       : wait->unanswered          ? wait->last_ns
                                                   : KA_UNKNOWN;
    detection->declared = true;
    detection->declared_by = by;
    detection->declared_frame = frame;
    detection->declared_ns = ns;
    detection->latency_ns = elapsed_ns(since_ns, ns);
    detection->latency_min_ns = elapsed_ns(detection->first_unanswered_ns, ns);
}

/*
 * The series of `end` ended in silence before `ns`: then that was the death, whatever came after.
 */
static bool died_in_silence(struct view *v, struct watch *watch, int end)
{
    const struct wait *wait = &watch->wait[end];
    struct giveup giveup;
    if (!giveup_compute(wait, end_is(v->conn, end, END_FIN), &giveup))
        return false;
    /* After the last copy nothing else is due: the RST itself says that the end has passed. */
    int64_t by_ns = giveup.last_sent ? giveup.next_ns : giveup.latest_ns;
    if (v->segment->time_ns < by_ns)
        return false;
    death_detection(v->ka, v->number, end, &watch->death);
    death_declare(&watch->death, wait, KA_DECLARED_INFERRED, 0, giveup.next_ns);
    watch->death.declared_at_latest = !giveup.last_sent;
    watch->dead = true;
    series_close(v->ka, v->number, end, KA_ENDED_SILENT, giveup.next_ns);
    return true;
}

/* How many probes the series had by its times, of which the capture may lack one or two. */
static uint32_t probes_by_time(const struct wait *wait, uint32_t captured, int64_t end_ns)
{
    int64_t gap_ns = wait->last_gap_ns;
    if (wait->previous_gap_ns > 0 && wait->previous_gap_ns < gap_ns)
        gap_ns = wait->previous_gap_ns;
    if (captured < 3 || gap_ns <= 0)
        return captured;
    int64_t by_time = (end_ns - wait->first_ns + gap_ns / 2) / gap_ns;
    return by_time > captured && by_time <= (int64_t)captured + 2 ? (uint32_t)by_time : captured;
}

static void final_rst(struct view *v, struct watch *watch, struct ka_frame *frame)
{
    struct wait *wait = &watch->wait[v->from];
    struct prober *prober = watch->prober[v->from];
    /* The probe before the first one whose answer was lost counts as well. */
    uint32_t probes = wait->unanswered + wait->lost_answers;
    if (wait->lost_answers && wait->unanswered == 0)
        probes++;
    frame->rst.after_probes = probes;
    frame->rst.first_frame = wait->first_frame;
    struct ka_detection detection;
    death_detection(v->ka, v->number, v->from, &detection);
    detection.unanswered = probes;
    if (wait->what == WAIT_KEEPALIVE && prober) {
        int64_t restart_ns = prober->received_ns;
        gaps_add_intvl(&prober->gaps, probes, elapsed_ns(wait->last_ns, frame->time_ns));
        gaps_add_end(&prober->gaps, probes_by_time(wait, probes, frame->time_ns),
                     elapsed_ns(restart_ns, wait->last_ns), elapsed_ns(restart_ns, frame->time_ns));
        if (wait->lost_answers) {
            watch->lost_answers = wait->lost_answers;
            detection.first_unanswered_frame = wait->first_frame;
            detection.first_unanswered_ns = wait->first_ns;
            detection.last_heard_frame = prober->received_frame;
            detection.last_heard_ns = prober->received_ns;
        }
    }
    death_declare(&detection, wait, KA_DECLARED_RST, frame->frame, frame->time_ns);
    frame->rst.latency_ns = detection.latency_ns;
    if (!watch->dead && !(v->conn->flags & CONN_RESET)) {
        watch->death = detection;
        watch->dead = true;
    }
    series_close(v->ka, v->number, v->from, KA_ENDED_RST, frame->time_ns);
}

static void peer_rst(struct view *v, struct watch *watch, struct ka_frame *frame)
{
    struct wait *wait = &watch->wait[v->to];
    frame->rst.after_probes = wait->unanswered;
    frame->rst.first_frame = wait->unanswered ? wait->first_frame : 0;
    frame->rst.latency_ns = v->since_from_ns;
    if (!watch->dead && !(v->conn->flags & CONN_RESET) && !died_in_silence(v, watch, v->from)) {
        struct ka_detection *death = &watch->death;
        death_detection(v->ka, v->number, v->to, death);
        death->mechanism = KA_MECHANISM_PEER_RESET;
        if (!wait->unanswered) /* then it answers data, whatever was waited for before */
            death->check = KA_MECHANISM_RETRANSMISSION;
        bool spoke_last = end_is(v->conn, v->to, END_SEEN) &&
                          (v->since_from_ns == KA_UNKNOWN || v->since_to_ns <= v->since_from_ns);
        if (!wait->unanswered && spoke_last) { /* the RST answers its latest segment */
            death->first_unanswered_frame = heard_frame(v->conn, v->rest, v->to);
            death->first_unanswered_ns = v->conn->heard_ns[v->to];
        }
        death_declare(death, wait, KA_DECLARED_PEER_RST, frame->frame, frame->time_ns);
        watch->dead = true;
    }
    series_close(v->ka, v->number, v->to, KA_ENDED_RST, frame->time_ns);
}

void death_by_rst(struct view *v, struct watch *watch, struct ka_frame *frame)
{
    if (frame->tag == KA_TAG_FINAL_RST)
        final_rst(v, watch, frame);
    else
        peer_rst(v, watch, frame);
    engine_show(v->ka, frame, false);
}

static void revoke(struct view *v)
{
    v->conn->flags &= ~(CONN_RESET | CONN_DISOWNED);
    if (v->rest->watch)
        v->rest->watch->dead = false;
}

/*
 * An end that goes on after a RST did not send it: it was forged, or the path's. The other end may
 * have taken it all the same, and then its host refuses what comes (RFC 9293 3.10.7.1); or it has
 * refused the RST itself, by a challenge ACK (RFC 5961 3.2), and goes on as well.
 */
void death_doubted(struct view *v)
{
    struct conn *conn = v->conn;
    const struct origin_resets *resets = resets_of(v->ka, v->number);
    uint64_t reset = resets ? resets->ended : 0;
    if (end_is(conn, v->from, END_RST) && v->since_from_ns >= reordering_ns) {
        end_clear(conn, v->from, END_RST);
        if (heard_frame(conn, v->rest, v->to) > reset >> 1)
            revoke(v);
        else
            conn->flags |= CONN_DISOWNED;
    } else if ((conn->flags & CONN_DISOWNED) && v->from != (int)(reset & 1)) {
        revoke(v);
    }
}
