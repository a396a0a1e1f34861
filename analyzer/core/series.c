/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * series.c: episodes of unanswered probing and retransmission: what a tagged
 * segment begins, continues, answers or ends.
 */
#include "engine.h"

#include <string.h>

#include "probing.h"

/* A tail-loss probe follows after two round trips and little more. */
static const int64_t tail_loss_max_ns = 3 * KA_SECOND;

struct ka_frame series_frame(const struct view *v, const struct ka_rule *rule)
{
    struct ka_frame frame;
    memset(&frame, 0, sizeof frame);
    frame.frame = v->segment->frame;
    frame.time_ns = v->segment->time_ns;
    frame.connection = v->number;
    frame.from = end_side(v->conn, v->from);
    frame.tag = rule->tag;
    frame.rule = rule;
    return frame;
}

static struct prober *prober_of(struct ka *ka, struct watch *watch, int end)
{
    if (!watch->prober[end]) {
        watch->prober[end] = mem_zeroed(&ka->mem, sizeof *watch->prober[end]);
        if (!watch->prober[end])
            ka->no_memory = true;
    }
    return watch->prober[end];
}

/* The latest probe or copy of a series is this one. */
static void sent(const struct view *v, struct wait *wait, int end, const struct ka_frame *frame)
{
    bool heard = end_is(v->conn, !end, END_SEEN);
    wait->last_frame = frame->frame;
    wait->last_ns = frame->time_ns;
    wait->heard_frame = heard ? heard_frame(v->conn, v->rest, !end) : 0;
    wait->heard_ns = heard ? v->conn->heard_ns[!end] : KA_UNKNOWN;
}

/* ---- keep-alive -------------------------------------------------------------------------- */

/*
 * Whether the peer's latest segment, a probe or old data, does not restart the idle timer of `end`.
 * tcp_keepalive_timer() counts from new data and processed ACKs; what fails tcp_sequence() is
 * neither, but a probe with a byte ends at RCV.NXT and passes. Windows, whose own probes have that
 * byte, does not count such a probe either: the server of Wireshark's smb3_multichannel.pcap,
 * probed every 30 s, probes after 120 s.
 */
static bool is_stale(const struct watch *watch, int end, uint64_t frame)
{
    int peer = !end;
    const struct prober *own = watch->prober[end], *other = watch->prober[peer];
    bool is_probe = other && frame == watch->probe_frame[peer];
    return frame == watch->stale_frame[peer] &&
           !(is_probe && other->gaps.probe_len > own->gaps.probe_len);
}

/* When the idle timer of `end`, which probes, was last restarted: by what its peer said last. */
static void restart_of(const struct view *v, const struct watch *watch, int end, int64_t *ns,
                       uint64_t *frame)
{
    int peer = !end;
    *ns = KA_UNKNOWN;
    *frame = 0;
    if (!end_is(v->conn, peer, END_SEEN))
        return;
    *frame = heard_frame(v->conn, v->rest, peer);
    *ns = v->conn->heard_ns[peer];
    if (is_stale(watch, end, *frame)) {
        *frame = watch->restart_frame[end];
        *ns = watch->restart_ns[end];
    }
}

/*
 * This segment of `end` does not restart the idle timer of the other: remember what did before it.
 */
static void does_not_restart(const struct view *v, struct watch *watch, int end, uint64_t frame)
{
    uint64_t heard = heard_frame(v->conn, v->rest, end);
    if (end_is(v->conn, end, END_SEEN) && heard != watch->stale_frame[end] && heard != frame) {
        watch->restart_frame[!end] = heard;
        watch->restart_ns[!end] = v->conn->heard_ns[end];
    }
    watch->stale_frame[end] = frame;
}

/* A first probe: how long was the peer silent before it? */
static void add_idle(const struct view *v, const struct watch *watch, struct prober *prober,
                     int end, int64_t probe_ns)
{
    int64_t restart_ns;
    uint64_t restart_frame;
    restart_of(v, watch, end, &restart_ns, &restart_frame);
    /* What the probing end has not acknowledged it has not received: when its peer was heard by it is
     * not known. */
    bool known = end_is(v->conn, !end, END_UNA) && end_is(v->conn, !end, END_NXT);
    bool lost = known && !all_acked(v->conn, !end);
    if (restart_frame == 0 || lost)
        return;
    if (prober->answer_frame == restart_frame)
        gaps_add_answered(&prober->gaps, elapsed_ns(prober->answered_probe_ns, probe_ns),
                          elapsed_ns(prober->answered_probe_ns, prober->answer_ns));
    else
        gaps_add_idle(&prober->gaps, elapsed_ns(restart_ns, probe_ns));
}

/*
 * The probe before was answered, yet this one comes too early for an end that got the answer: well
 * before the shortest time that passed between an answered probe and the next.
 */
static bool answer_was_lost(const struct wait *wait, const struct prober *prober, int64_t gap_ns)
{
    const struct ka_samples *period = &prober->gaps.period;
    const struct ka_samples *idle = &prober->gaps.idle_after_data;
    if (wait->what != WAIT_KEEPALIVE || wait->unanswered > 0)
        return false;
    if (period->count > 0)
        return gap_ns < period->min_ns / 4 * 3;
    /* Until then only the first silence tells, which is longer where keep-alive was set late. */
    return idle->count > 0 && gap_ns < idle->min_ns / 4;
}

/* Another probe of a series, whose answers did not come or did not arrive. */
static void next_probe(struct wait *wait, struct prober *prober, uint32_t number, int64_t gap_ns)
{
    gaps_add_intvl(&prober->gaps, number, gap_ns);
    wait->previous_gap_ns = wait->last_gap_ns;
    wait->last_gap_ns = gap_ns;
    if (wait->previous_gap_ns > 0 && gap_ns / 7 * 4 >= wait->previous_gap_ns)
        wait->doublings++;
    prober->gaps.intvl_grows |= wait->doublings >= 2;
}

static void keepalive_probe(struct view *v, struct watch *watch, int end, struct ka_frame *frame,
                            uint32_t len)
{
    struct prober *prober = prober_of(v->ka, watch, end);
    struct wait *wait = &watch->wait[end];
    if (!prober)
        return;
    probing_activity(v, watch);
    prober->probes++;
    prober->gaps.probe_len = (uint8_t)len;
    int64_t gap_ns = elapsed_ns(wait->last_ns, frame->time_ns);
    if (wait->what == WAIT_KEEPALIVE && wait->unanswered > 0) {
        next_probe(wait, prober, wait->unanswered + wait->lost_answers, gap_ns);
        wait->unanswered++;
    } else if (answer_was_lost(wait, prober, gap_ns)) {
        next_probe(wait, prober, ++wait->lost_answers, gap_ns);
        wait->unanswered = 1;
    } else {
        add_idle(v, watch, prober, end, frame->time_ns);
        probing_look_back(v, prober, end);
        restart_of(v, watch, end, &prober->received_ns, &prober->received_frame);
        *wait = (struct wait){
            .what = WAIT_KEEPALIVE,
            .unanswered = 1,
            .first_frame = frame->frame,
            .first_ns = frame->time_ns,
        };
    }
    sent(v, wait, end, frame);
    frame->probe.number = wait->unanswered + wait->lost_answers;
    wait->shown = *frame;

    does_not_restart(v, watch, end, frame->frame);
    watch->probe_frame[end] = frame->frame;
    engine_show(v->ka, frame, false);
}

/* ---- retransmission and window probes ----------------------------------------------------- */

static enum wait_for wait_for_segment(const struct ka_segment *segment)
{
    if (segment->flags & KA_SYN)
        return WAIT_SYN;
    return segment->flags & KA_FIN ? WAIT_FIN : WAIT_DATA;
}

static enum ka_kind kind_of(enum wait_for what)
{
    switch (what) {
    case WAIT_SYN:
        return KA_KIND_SYN;
    case WAIT_FIN:
        return KA_KIND_FIN;
    case WAIT_WINDOW:
        return KA_KIND_WINDOW_PROBE;
    case WAIT_NOTHING:
    case WAIT_KEEPALIVE:
    case WAIT_DATA:
        break;
    }
    return KA_KIND_DATA;
}

/* Another copy or probe of a series that backs off left gap_ns after the one before. */
static void back_off(struct wait *wait, int64_t gap_ns)
{
    wait->previous_gap_ns = wait->last_gap_ns;
    wait->last_gap_ns = gap_ns;
    if (wait->previous_gap_ns > 0 && gap_ns / 3 * 2 >= wait->previous_gap_ns)
        wait->doublings++;
    wait->timeouts++;
    int64_t rto_ns = wait->timeouts < 40 ? gap_ns >> (wait->timeouts - 1) : 0;
    if (rto_ns > 0 && (wait->rto_ns == 0 || rto_ns < wait->rto_ns))
        wait->rto_ns = rto_ns;
}

static double ratio_of(const struct wait *wait)
{
    return wait->previous_gap_ns > 0 ? (double)wait->last_gap_ns / (double)wait->previous_gap_ns
                                     : 0;
}

/*
 * The second copy followed as soon as the first: so the first was sent by the tail-loss timer,
 * which leaves the retransmission timeout and retrans_stamp alone (tcp_schedule_loss_probe()). A
 * late capture may begin with long timeouts.
 */
static void recognise_tail_loss(struct view *v, struct wait *wait)
{
    if (wait->sent != 2 || wait->what == WAIT_SYN || wait->first_gap_ns <= 0 ||
        wait->first_gap_ns > tail_loss_max_ns || wait->last_gap_ns / 3 * 2 >= wait->first_gap_ns ||
        wait->shown.retransmission.kind == KA_KIND_TLP)
        return;
    wait->timeouts = 1;
    wait->rto_ns = wait->last_gap_ns;
    wait->stamp_ns = wait->last_ns;
    wait->shown.retransmission.kind = KA_KIND_TLP;
    wait->plain_rule = wait->shown.rule;
    wait->shown.rule = rules_proof(PROOF_TAIL_LOSS);
    engine_show(v->ka, &wait->shown, true);
}

/*
 * The third gap did not double either: these timeouts grow slowly at first, as FreeBSD's do by the
 * slop that it adds to each (TCPT_RANGESET in tcp_timer.c), and the first copy was one of them.
 */
static void withdraw_tail_loss(struct view *v, struct wait *wait)
{
    if (wait->sent != 3 || !wait->plain_rule || wait->last_gap_ns / 3 * 2 >= wait->previous_gap_ns)
        return;
    wait->timeouts++;
    wait->stamp_ns = wait->shown.time_ns;
    wait->shown.retransmission.kind = kind_of(wait->what);
    wait->shown.rule = wait->plain_rule;
    wait->plain_rule = NULL;
    engine_show(v->ka, &wait->shown, true);
}

static const struct trail_entry *first_with(const struct view *v, uint32_t seq)
{
    return trail_first_with(&v->ka->trail, v->number, v->from, seq, v->conn->trail);
}

/*
 * In which frame the first byte of this copy was first seen, or 0. For the oldest unanswered
 * byte the series knows, as the trail forgets.
 */
static uint64_t original_frame(const struct view *v, const struct wait *wait, uint32_t una)
{
    if (v->segment->seq == una)
        return wait->first_frame == wait->first_copy_frame ? 0 : wait->first_frame;
    const struct trail_entry *original = first_with(v, v->segment->seq);
    return original ? original->frame : 0;
}

static void begin_retransmission(struct view *v, struct wait *wait, enum wait_for what,
                                 uint32_t una)
{
    if (wait->what >= WAIT_WINDOW)
        series_close(v->ka, v->number, v->from, KA_ENDED_ANSWERED, KA_UNKNOWN);
    const struct trail_entry *original = first_with(v, v->segment->seq);
    const struct trail_entry *oldest = first_with(v, una);
    if (!oldest)
        oldest = original;
    *wait = (struct wait){
        .what = what,
        .una = una,
        .is_passive = (v->segment->flags & (KA_SYN | KA_ACK)) == (KA_SYN | KA_ACK),
        .first_frame = oldest ? oldest->frame : v->segment->frame,
        .first_ns = oldest ? oldest->ns : v->segment->time_ns,
        .first_copy_frame = v->segment->frame,
        .stamp_ns = v->segment->time_ns,
        .first_gap_ns = original ? elapsed_ns(original->ns, v->segment->time_ns) : KA_UNKNOWN,
    };
}

/*
 * A retransmission that is not of the oldest unanswered byte: recovery by SACK or duplicate ACKs.
 */
static void stray_retransmission(struct view *v, struct ka_frame *frame)
{
    const struct trail_entry *original = first_with(v, v->segment->seq);
    frame->retransmission.step = 1;
    frame->retransmission.gap_ns =
        original ? elapsed_ns(original->ns, v->segment->time_ns) : KA_UNKNOWN;
    frame->retransmission.original_frame = original ? original->frame : 0;
    engine_show(v->ka, frame, false);
}

static void retransmission(struct view *v, struct watch *watch, struct ka_frame *frame)
{
    struct conn *conn = v->conn;
    struct wait *wait = &watch->wait[v->from];
    enum wait_for what = wait_for_segment(v->segment);
    uint32_t una = end_is(conn, v->from, END_UNA) ? conn->una[v->from] : v->segment->seq;
    bool going_on = wait->what >= WAIT_DATA && wait->sent > 0 && wait->una == una;
    bool is_head = !seq_after(v->segment->seq, una) && seq_after(v->end, una);
    bool is_tail = v->end == conn->nxt[v->from];
    /* Its ACK was captured, but cannot have arrived in time. */
    bool acked = end_is(conn, v->from, END_UNA) && !seq_after(v->end, una);
    frame->retransmission.kind = kind_of(what);
    if (acked && !is_accepted_again(v))
        does_not_restart(v, watch, v->from, frame->frame);
    if (!is_head && !(is_tail && (acked || !going_on))) {
        stray_retransmission(v, frame);
        return;
    }
    if (!going_on)
        begin_retransmission(v, wait, what, una);
    else if (wait->what == WAIT_SYN)
        wait->what = what;
    int64_t gap_ns = going_on ? elapsed_ns(wait->last_ns, frame->time_ns) : wait->first_gap_ns;
    wait->sent++;
    wait->unanswered += !acked;
    sent(v, wait, v->from, frame);
    back_off(wait, gap_ns == KA_UNKNOWN ? 0 : gap_ns);
    if (wait->sent == 2 && wait->shown.retransmission.kind == KA_KIND_TLP)
        wait->stamp_ns = frame->time_ns;

    frame->retransmission.step = wait->sent;
    frame->retransmission.gap_ns = gap_ns;
    frame->retransmission.ratio = ratio_of(wait);
    frame->retransmission.original_frame = original_frame(v, wait, una);
    if (!going_on && !is_head && !acked) { /* the tail while the head is outstanding as well */
        frame->retransmission.kind = KA_KIND_TLP;
        frame->rule = rules_proof(PROOF_TAIL_LOSS);
        wait->timeouts = 0;
        wait->rto_ns = 0;
    }
    if (wait->sent == 1)
        wait->shown = *frame;
    engine_show(v->ka, frame, false);
    recognise_tail_loss(v, wait);
    withdraw_tail_loss(v, wait);
}

static void window_probe(struct view *v, struct watch *watch, int end, struct ka_frame *frame)
{
    struct wait *wait = &watch->wait[end];
    if (wait->what != WAIT_WINDOW) {
        series_close(v->ka, v->number, end, KA_ENDED_ANSWERED, KA_UNKNOWN);
        *wait = (struct wait){
            .what = WAIT_WINDOW,
            .una = v->conn->una[end],
            .first_copy_frame = frame->frame,
            .stamp_ns = frame->time_ns,
            .first_gap_ns = frame->probe.idle_ns,
            .last_gap_ns = frame->probe.idle_ns == KA_UNKNOWN ? 0 : frame->probe.idle_ns,
        };
    } else {
        back_off(wait, elapsed_ns(wait->last_ns, frame->time_ns));
    }
    if (wait->unanswered++ == 0) {
        wait->first_frame = frame->frame;
        wait->first_ns = frame->time_ns;
    }
    wait->sent++;
    sent(v, wait, end, frame);
    frame->probe.number = wait->sent;
    wait->shown = *frame;
    if (v->extent == 0) /* tcp_sequence() discards it, as it does a keep-alive probe */
        does_not_restart(v, watch, end, frame->frame);
    engine_show(v->ka, frame, false);
}

/* ---- proofs that come later ---------------------------------------------------------------- */

void series_late_probe(struct view *v, int end, const struct ka_rule *rule)
{
    struct watch *watch = engine_watch(v->ka, v->number);
    uint64_t number = heard_frame(v->conn, v->rest, end);
    if (!watch || watch->ack_frame[end] == number || end_is(v->conn, end, END_RST))
        return; /* that was an answer or a RST: the peer acknowledges bytes that were not captured */
    struct ka_frame frame;
    memset(&frame, 0, sizeof frame);
    frame.frame = number;
    frame.time_ns = v->conn->heard_ns[end];
    frame.connection = v->number;
    frame.from = end_side(v->conn, end);
    frame.tag = rule->tag;
    frame.rule = rule;
    frame.probe.idle_ns = KA_UNKNOWN;
    if (rule->tag == KA_TAG_WINDOW_PROBE)
        window_probe(v, watch, end, &frame);
    else
        keepalive_probe(v, watch, end, &frame, 0);
    end_clear(v->conn, end, END_UNPROVEN);
    v->conn->una[end] = ++v->conn->nxt[end]; /* an end that probes has nothing in flight */
    v->rest->base[end] = v->conn->nxt[end];
    end_set(v->conn, end, END_UNA);
}

/* ---- answers ----------------------------------------------------------------------------- */

/* The probes of `end` are answered by the segment at hand. */
static void probes_answered(struct view *v, struct watch *watch, int end)
{
    struct wait *wait = &watch->wait[end];
    struct prober *prober = watch->prober[end];
    if (wait->what == WAIT_KEEPALIVE && prober) {
        prober->answered++;
        prober->answer_frame = v->segment->frame;
        prober->answer_ns = v->segment->time_ns;
        prober->answered_probe_ns = wait->last_ns;
        wait->late_answers = wait->unanswered - 1;
        probing_recovered(v, wait, prober);
    }
    wait->unanswered = 0;
    wait->answer_frame = v->segment->frame;
    wait->answer_ns = v->segment->time_ns;
    wait->shown.probe.answered_frame = v->segment->frame;
    engine_show(v->ka, &wait->shown, true);
}

static void probe_ack(struct view *v, struct watch *watch, struct ka_frame *frame)
{
    struct wait *wait = &watch->wait[v->to];
    watch->ack_frame[v->from] = frame->frame;
    frame->ack.probe_frame = wait->last_frame;
    frame->ack.rtt_ns = elapsed_ns(wait->last_ns, frame->time_ns);
    if (wait->unanswered == 0) {
        wait->late_answers--;
        if (watch->prober[v->to])
            probing_answered_late(watch->prober[v->to]);
    } else {
        if (wait->what == WAIT_KEEPALIVE && watch->prober[v->to])
            probing_answer(v, watch->prober[v->to], frame->ack.rtt_ns, wait->unanswered == 1);
        watch->kept_alive += wait->what == WAIT_KEEPALIVE;
        probes_answered(v, watch, v->to);
    }
    engine_show(v->ka, frame, false);
}

void series_heard(struct view *v)
{
    struct watch *watch = v->rest->watch;
    if (!watch)
        return;
    const struct wait *wait = &watch->wait[v->to];
    if (wait->unanswered > 0 && (wait->what == WAIT_KEEPALIVE || wait->what == WAIT_WINDOW))
        probes_answered(v, watch, v->to);
}

void series_acked(struct view *v, int end)
{
    struct watch *watch = v->rest->watch;
    if (watch && watch->wait[end].what >= WAIT_DATA)
        series_close(v->ka, v->number, end, KA_ENDED_ANSWERED, KA_UNKNOWN);
}

void series_window_open(struct view *v)
{
    struct watch *watch = v->rest->watch;
    if (watch && watch->wait[v->to].what == WAIT_WINDOW)
        series_close(v->ka, v->number, v->to, KA_ENDED_ANSWERED, KA_UNKNOWN);
}

/* ---- ends -------------------------------------------------------------------------------- */

/*
 * A series worth a row: backed off at least once, or of the
 * handshake or the close, or not answered.
 */
static bool worth_a_row(const struct wait *wait, enum ka_ended ended)
{
    if (wait->what < WAIT_WINDOW || wait->sent == 0)
        return false;
    return ended != KA_ENDED_ANSWERED || wait->sent >= 2 || wait->what != WAIT_DATA;
}

static struct ka_backoff backoff_row(const struct conn *conn, const struct wait *wait, int end,
                                     enum ka_ended ended, int64_t give_up_ns)
{
    bool capped = wait->doublings >= 2 && wait->previous_gap_ns > 0 &&
                  wait->last_gap_ns - wait->previous_gap_ns < wait->previous_gap_ns / 4;
    return (struct ka_backoff){
        .sender = end_side(conn, end),
        .kind = kind_of(wait->what),
        .ended = ended,
        .first_frame = wait->first_copy_frame,
        .last_frame = wait->last_frame,
        .last_ns = wait->last_ns,
        .original_frame = wait->first_frame == wait->first_copy_frame ? 0 : wait->first_frame,
        .original_ns = wait->first_ns,
        .steps = wait->sent,
        .acked = wait->sent - wait->unanswered,
        .first_gap_ns = wait->first_gap_ns,
        .last_gap_ns = wait->last_gap_ns > 0 ? wait->last_gap_ns : KA_UNKNOWN,
        .cap_ns = capped ? wait->last_gap_ns : KA_UNKNOWN,
        .give_up_ns = give_up_ns,
    };
}

/* In time order, although a later series may end first. False: out of memory. */
static bool add_row(struct ka *ka, struct watch *watch, const struct ka_backoff *row)
{
    void *rows = mem_grow(&ka->mem, watch->backoff, watch->backoffs, &watch->backoff_capacity,
                          sizeof *watch->backoff);
    if (!rows) {
        ka->no_memory = true;
        return false;
    }
    watch->backoff = rows;
    size_t at = watch->backoffs++;
    for (; at > 0 && watch->backoff[at - 1].first_frame > row->first_frame; at--)
        watch->backoff[at] = watch->backoff[at - 1];
    watch->backoff[at] = *row;
    return true;
}

/* Keep the longest time of window probes. */
static void note_closed_window(struct watch *watch, int end)
{
    const struct wait *wait = &watch->wait[end];
    int64_t ns = elapsed_ns(wait->stamp_ns, wait->answer_ns);
    if (wait->what != WAIT_WINDOW || !wait->answer_frame || ns <= watch->closed[end].ns)
        return;
    watch->closed[end] = (struct closed_window){
        .answered = wait->sent - wait->unanswered,
        .first_frame = wait->first_copy_frame,
        .last_frame = wait->answer_frame,
        .ns = ns,
    };
}

void series_close(struct ka *ka, uint32_t number, int end, enum ka_ended ended, int64_t give_up_ns)
{
    struct watch *watch = table_rest(&ka->table, number)->watch;
    struct wait *wait = &watch->wait[end];
    note_closed_window(watch, end);
    if (worth_a_row(wait, ended)) {
        struct ka_backoff row =
            backoff_row(table_conn(&ka->table, number), wait, end, ended, give_up_ns);
        if (watch->backoffs >= BACKOFFS && (ended == KA_ENDED_ANSWERED || ended == KA_ENDED_RST))
            watch->backoffs_dropped++;
        else if (!add_row(ka, watch, &row))
            return;
    }
    *wait = (struct wait){.what = WAIT_NOTHING};
}

void series_tagged(struct view *v, const struct ka_rule *rule)
{
    struct ka_frame frame = series_frame(v, rule);
    if (rule->tag == KA_TAG_ABORT_RST) {
        frame.rst.latency_ns = KA_UNKNOWN;
        engine_show(v->ka, &frame, false);
        return;
    }
    struct watch *watch = engine_watch(v->ka, v->number);
    if (!watch)
        return;
    switch (rule->tag) {
    case KA_TAG_FINAL_RST:
    case KA_TAG_PEER_RST:
        death_by_rst(v, watch, &frame);
        break;
    case KA_TAG_WINDOW_PROBE:
        frame.probe.idle_ns = v->since_to_ns;
        window_probe(v, watch, v->from, &frame);
        break;
    case KA_TAG_KEEPALIVE_PROBE:
        frame.probe.idle_ns = v->since_to_ns;
        keepalive_probe(v, watch, v->from, &frame, v->segment->len);
        break;
    case KA_TAG_WINDOW_PROBE_ACK:
    case KA_TAG_KEEPALIVE_ACK:
        probe_ack(v, watch, &frame);
        break;
    case KA_TAG_RETRANSMISSION:
        retransmission(v, watch, &frame);
        break;
    case KA_TAG_NONE:
    case KA_TAG_ABORT_RST:
    case KA_TAG_HEARTBEAT:
    case KA_TAG_HEARTBEAT_ACK:
    case KA_TAG_ICMP_UNREACHABLE:
    case KA_TAG_COUNT:
        break;
    }
}
