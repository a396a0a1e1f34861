/* SPDX-License-Identifier: GPL-2.0-or-later */
/* verdict.c: what became of a connection, once the capture has ended. */
#include "engine.h"
#include "finding.h"
#include "giveup.h"

/*
 * Where nothing tells the interval of a lone probe: the default of most stacks (RFC 1122 has none).
 */
static const int64_t usual_interval_ns = 75 * KA_SECOND;
/* A SYN that no stack would still be waiting to send again: initial timeouts are 1 s or 3 s. */
static const int64_t lone_syn_ns = 4 * KA_SECOND;
enum { USUAL_COUNT = 9, MOST_PROBES = 127 };
/* MAX_TCP_KEEPINTVL of Linux. */
static const int64_t longest_interval_ns = 32767 * KA_SECOND;

/* A report as it is put together. */
struct draft {
    struct ka *ka;
    uint32_t number;
    const struct conn *conn;
    const struct conn_rest *rest;
    struct watch *watch; /* or NULL */
    struct ka_connection report;
    struct ka_detection detection;
    struct ka_keepalive keepalive[2]; /* by side */
    struct ka_heartbeat heartbeat;
    struct wait wait[2]; /* by end, before their series are closed */
};

static enum ka_outcome outcome_of_wait(enum wait_for what)
{
    switch (what) {
    case WAIT_KEEPALIVE:
        return KA_OUTCOME_DEAD_KEEPALIVE;
    case WAIT_WINDOW:
        return KA_OUTCOME_DEAD_WINDOW_PROBE;
    case WAIT_FIN:
        return KA_OUTCOME_CLOSE_FAILED;
    case WAIT_SYN:
        return KA_OUTCOME_CONNECT_FAILED;
    case WAIT_NOTHING:
    case WAIT_DATA:
        break;
    }
    return KA_OUTCOME_DEAD_RETRANSMISSION;
}

static enum ka_outcome outcome_of_mechanism(enum ka_mechanism mechanism)
{
    switch (mechanism) {
    case KA_MECHANISM_KEEPALIVE:
        return KA_OUTCOME_DEAD_KEEPALIVE;
    case KA_MECHANISM_WINDOW_PROBE:
        return KA_OUTCOME_DEAD_WINDOW_PROBE;
    case KA_MECHANISM_SYN:
        return KA_OUTCOME_CONNECT_FAILED;
    case KA_MECHANISM_FIN:
        return KA_OUTCOME_CLOSE_FAILED;
    case KA_MECHANISM_PEER_RESET:
        return KA_OUTCOME_PEER_RESET;
    case KA_MECHANISM_RETRANSMISSION:
    case KA_MECHANISM_COUNT:
        break;
    }
    return KA_OUTCOME_DEAD_RETRANSMISSION;
}

/* ---- keep-alive -------------------------------------------------------------------------- */

static void report_prober(struct draft *d, int end)
{
    const struct prober *prober = d->watch->prober[end];
    if (!prober)
        return;
    enum ka_side side = end_side(d->conn, end);
    struct ka_keepalive *out = &d->keepalive[side];
    settings_infer(&prober->gaps, out);
    out->probes = prober->probes;
    out->answered = prober->answered;
    /* Where the other direction was never captured, answers would not have been seen. */
    out->unanswered = end_is(d->conn, !end, END_SEEN) ? prober->probes - prober->answered : 0;
    bool timed = prober->rtt.count > 0;
    out->rtt_min_ns = timed ? prober->rtt.min_ns : KA_UNKNOWN;
    out->rtt_max_ns = timed ? prober->rtt.max_ns : KA_UNKNOWN;
    out->rtt_median_ns = samples_median(&prober->rtt);
    d->report.keepalive[side] = out;
}

/* The gap to expect after the latest probe of this end. */
static int64_t interval_ns(const struct draft *d, int end)
{
    const struct wait *wait = &d->watch->wait[end];
    const struct ka_estimate *intvl = &d->keepalive[end_side(d->conn, end)].intvl;
    int64_t gap_ns = usual_interval_ns;
    if (wait->unanswered >= 2)
        gap_ns = wait->last_gap_ns;
    else if (intvl->nominal_ns != KA_UNKNOWN)
        gap_ns = intvl->observed_ns > intvl->nominal_ns ? intvl->observed_ns : intvl->nominal_ns;
    return gap_ns < longest_interval_ns ? gap_ns : longest_interval_ns;
}

/* Unanswered keep-alive probes and no RST. True when the stack must have given up in silence. */
static bool keepalive_ended(struct draft *d, int end)
{
    const struct wait *wait = &d->watch->wait[end];
    const struct ka_keepalive *keepalive = &d->keepalive[end_side(d->conn, end)];
    int64_t gap_ns = interval_ns(d, end);
    int64_t next_ns = wait->last_ns + gap_ns;
    death_detection(d->ka, d->number, end, &d->detection);
    /* Illumos and others send nothing; a RST to a host that ARP cannot find never leaves either. */
    if (d->ka->reached_ns > next_ns + gap_ns / 8 + KA_SECOND / 2) {
        death_declare(&d->detection, wait, KA_DECLARED_INFERRED, 0, next_ns);
        return true;
    }
    bool interval_known = wait->unanswered >= 2 || keepalive->intvl.nominal_ns != KA_UNKNOWN;
    if (interval_known) {
        uint32_t count = keepalive->count ? keepalive->count : (uint32_t)USUAL_COUNT;
        if (count > MOST_PROBES) /* MAX_TCP_KEEPCNT of Linux */
            count = MOST_PROBES;
        uint32_t left = count > wait->unanswered ? count - wait->unanswered : 0;
        d->detection.expected_ns = wait->last_ns + gap_ns * (left + 1);
    }
    return false;
}

static bool both(const struct conn *conn, uint32_t flag)
{
    return end_is(conn, 0, flag) && end_is(conn, 1, flag);
}

/* ---- retransmission ---------------------------------------------------------------------- */

/*
 * Whether the retransmissions or window probes of `end` were the last. At the stack's known end
 * they were, even if the capture stops there; but a FIN that outlives its process is given up
 * earlier (tcp_orphan_retries()) than one of a socket that is still open, so only silence decides
 * that.
 */
static bool series_ended(struct draft *d, int end)
{
    const struct wait *wait = &d->watch->wait[end];
    bool closed = end_is(d->conn, end, END_FIN);
    struct giveup giveup;
    death_detection(d->ka, d->number, end, &d->detection);
    if (!giveup_compute(wait, closed, &giveup))
        return false;
    /* A single copy may be a tail-loss probe, whose successor comes when the timeout says. */
    bool paced = wait->unanswered >= 2 || wait->what == WAIT_SYN;
    bool overdue =
        (paced && d->ka->reached_ns > giveup.latest_ns) || d->ka->reached_ns > giveup.end_ns;
    bool known_end = giveup.last_sent && !closed;
    if (overdue || known_end) {
        death_declare(&d->detection, wait, KA_DECLARED_INFERRED, 0, giveup.next_ns);
        d->detection.declared_at_latest = !giveup.last_sent;
        return true;
    }
    d->detection.expected_ns = giveup.end_ns;
    return false;
}

/*
 * One-way captures show no answers at all; but an end that sends the same data for the third time,
 * by its timer and nothing else since, or whose probes come at growing gaps, says itself that it
 * got none.
 */
static bool tells_of_silence(const struct draft *d, int end)
{
    const struct wait *wait = &d->watch->wait[end];
    if (wait->what == WAIT_KEEPALIVE)
        return wait->doublings >= 2 && d->watch->prober[end]->gaps.probe_len > 0;
    bool by_timer = wait->unanswered >= 2 && wait->last_gap_ns >= KA_SECOND &&
                    wait->last_ns == d->conn->heard_ns[end];
    return wait->what >= WAIT_DATA && (wait->doublings >= 2 || by_timer);
}

/*
 * Unanswered where an answer would have been captured. A SYN's answer, where there is none, is no
 * missing direction.
 */
static bool waits(const struct draft *d, int end)
{
    const struct wait *wait = &d->watch->wait[end];
    bool answer_visible = end_is(d->conn, !end, END_SEEN);
    bool over = both(d->conn, END_FIN) && all_acked(d->conn, 0) && all_acked(d->conn, 1);
    if (wait->what == WAIT_KEEPALIVE && over) /* a late ACK of the close has a probe's form */
        return false;
    if (wait->what == WAIT_SYN)
        answer_visible |= !(d->conn->flags & CONN_PAST_SYN);
    return wait->unanswered > 0 && (answer_visible || tells_of_silence(d, end));
}

/* Close the series of `end`, if one is open, so that it gets its row. */
static void close_open(struct draft *d, int end, enum ka_ended how, int64_t give_up_ns)
{
    const struct wait *wait = &d->watch->wait[end];
    if (wait->what < WAIT_WINDOW)
        return;
    if (wait->unanswered == 0 && wait->what != WAIT_WINDOW)
        how = KA_ENDED_ANSWERED; /* its ACK was captured */
    series_close(d->ka, d->number, end, how, give_up_ns);
}

/* The open series decide. False when none is open. */
static bool decide_by_series(struct draft *d)
{
    bool open = false, dead = false;
    struct ka_detection kept = {0};
    for (int side = 0; side < 2; side++) {
        int end = side_end(d->conn, (enum ka_side)side);
        if (!waits(d, end)) {
            d->detection.expected_ns = KA_UNKNOWN; /* what was left there is the other end's */
            close_open(d, end, KA_ENDED_CAPTURE_END, KA_UNKNOWN);
            continue;
        }
        enum wait_for what = d->watch->wait[end].what;
        bool ended = what == WAIT_KEEPALIVE ? keepalive_ended(d, end) : series_ended(d, end);
        if (ended)
            close_open(d, end, KA_ENDED_SILENT, d->detection.declared_ns);
        else
            close_open(d, end, KA_ENDED_CAPTURE_END, d->detection.expected_ns);
        /* A death decides over a wait, the earlier death over the later; else the client's. */
        if (!open || (ended && (!dead || d->detection.declared_ns < kept.declared_ns))) {
            kept = d->detection;
            d->report.outcome = ended ? outcome_of_wait(what) : KA_OUTCOME_UNDECIDED;
        }
        open = true;
        dead |= ended;
    }
    d->detection = kept;
    return open;
}

/* ---- outcome ----------------------------------------------------------------------------- */

/* Something that `end` sent was not acknowledged although its peer's segments are captured. */
static bool outstanding(const struct draft *d, int end)
{
    const struct conn *conn = d->conn;
    if (!end_is(conn, end, END_NXT) || end_is(conn, end, END_UNPROVEN))
        return false;
    if (end_is(conn, end, END_UNA))
        return end_is(conn, !end, END_SEEN) && conn->una[end] != conn->nxt[end];
    return end_is(conn, end, END_SYN) && !(conn->flags & CONN_PAST_SYN);
}

/* What is under way when the capture ends, without a single copy of it: no series tells. */
static void describe_outstanding(struct draft *d, int end)
{
    const struct conn *conn = d->conn;
    bool heard = end_is(conn, !end, END_SEEN);
    uint32_t oldest = end_is(conn, end, END_UNA) ? conn->una[end] : d->rest->base[end];
    const struct trail_entry *first =
        trail_first_with(&d->ka->trail, d->number, end, oldest, conn->trail);
    d->detection = (struct ka_detection){
        .detector = end_side(conn, end),
        .mechanism = !(conn->flags & CONN_PAST_SYN) ? KA_MECHANISM_SYN
                     : end_is(conn, end, END_FIN) && conn->una[end] == conn->nxt[end] - 1
                         ? KA_MECHANISM_FIN
                         : KA_MECHANISM_RETRANSMISSION,
        .last_heard_frame = heard ? heard_frame(conn, d->rest, !end) : 0,
        .last_heard_ns = heard ? conn->heard_ns[!end] : KA_UNKNOWN,
        .first_unanswered_frame = first ? first->frame : 0,
        .first_unanswered_ns = first ? first->ns : KA_UNKNOWN,
        .declared_ns = KA_UNKNOWN,
        .latency_ns = KA_UNKNOWN,
        .latency_min_ns = KA_UNKNOWN,
        .latency_expected_ns = KA_UNKNOWN,
        .expected_ns = KA_UNKNOWN,
        .user_timeout_from_ns = KA_UNKNOWN,
    };
    d->detection.check = d->detection.mechanism;
    d->report.detection = &d->detection;
}

static enum ka_outcome outcome_at_rest(struct draft *d)
{
    const struct conn *conn = d->conn;
    if (conn->flags & CONN_RESET)
        return both(conn, END_FIN) && (all_acked(conn, 0) || all_acked(conn, 1))
                   ? KA_OUTCOME_CLOSED
                   : KA_OUTCOME_ABORTED;
    if (both(conn, END_FIN) && all_acked(conn, 0) && all_acked(conn, 1))
        return KA_OUTCOME_CLOSED;
    if (!outstanding(d, 0) && !outstanding(d, 1))
        return KA_OUTCOME_ALIVE;
    int client = side_end(conn, KA_CLIENT);
    int sender = outstanding(d, client) ? client : !client;
    bool lone_syn = end_is(conn, sender, END_SYN) && !end_is(conn, sender, END_UNA) &&
                    !end_is(conn, !sender, END_SEEN);
    if (lone_syn && d->ka->reached_ns - conn->heard_ns[sender] > lone_syn_ns)
        return KA_OUTCOME_CONNECT_FAILED;
    describe_outstanding(d, sender);
    return KA_OUTCOME_UNDECIDED;
}

static void decide(struct draft *d)
{
    if (d->watch && d->watch->dead && (d->conn->flags & CONN_RESET)) {
        d->detection = d->watch->death;
        d->report.outcome = outcome_of_mechanism(d->detection.mechanism);
        d->report.detection = &d->detection;
    } else if (!(d->conn->flags & CONN_RESET) && d->watch && decide_by_series(d)) {
        d->report.detection = &d->detection;
    } else {
        d->report.outcome = outcome_at_rest(d);
    }
    if (!d->watch)
        return;
    for (int end = 0; end < 2; end++)
        close_open(d, end, d->conn->flags & CONN_RESET ? KA_ENDED_RST : KA_ENDED_CAPTURE_END,
                   KA_UNKNOWN);
}

/* ---- the report -------------------------------------------------------------------------- */

/* Payload of one end: sequence space passed, SYN and FIN apart. */
static uint64_t payload_bytes(const struct draft *d, int end)
{
    const struct conn *conn = d->conn;
    if (!end_is(conn, end, END_NXT))
        return 0;
    uint64_t nxt = (uint64_t)d->rest->wraps[end] << 32 | conn->nxt[end];
    uint64_t passed = nxt - d->rest->base[end];
    uint64_t apart = (uint64_t)end_is(conn, end, END_SYN) + end_is(conn, end, END_FIN);
    return passed > apart ? passed - apart : 0;
}

static void describe(struct draft *d)
{
    const struct conn *conn = d->conn;
    const struct conn_record *record = table_record(&d->ka->table, d->number);
    struct ka_peers peers;
    table_peers(&d->ka->table, d->number, &peers);
    struct ka_connection *report = &d->report;
    report->number = table_number(&d->ka->table, d->number);
    report->endpoint[KA_CLIENT] = peers.endpoint[KA_CLIENT];
    report->endpoint[KA_SERVER] = peers.endpoint[KA_SERVER];
    report->first_frame = record->first_frame;
    report->first_ns = record->first_ns;
    report->last_frame = record->first_frame;
    report->last_ns = record->first_ns;
    for (int end = 0; end < 2; end++) {
        if (!end_is(conn, end, END_SEEN))
            continue;
        uint64_t frame = heard_frame(conn, d->rest, end);
        if (frame > report->last_frame)
            report->last_frame = frame;
        if (conn->heard_ns[end] > report->last_ns)
            report->last_ns = conn->heard_ns[end];
    }
    report->packets = (uint64_t)record->packets_high << 32 | conn->packets;
    report->bytes = payload_bytes(d, 0) + payload_bytes(d, 1);
    const struct origin_resets *resets = resets_of(d->ka, d->number);
    if (resets)
        report->counts[KA_TAG_ABORT_RST] = resets->aborts;
    if (resets && (conn->flags & CONN_RESET)) {
        int by = resets->ended & 1;
        report->reset_frame = resets->ended >> 1;
        report->reset_by = end_side(conn, by);
        report->refused = end_is(conn, !by, END_SYN) && !end_is(conn, by, END_SYN) &&
                          !(conn->flags & CONN_PAST_SYN); /* RFC 9293 3.10.7.1 */
    }
}

static void describe_watch(struct draft *d)
{
    for (int tag = 1; tag < KA_TAG_COUNT; tag++)
        if (tag != KA_TAG_ABORT_RST)
            d->report.counts[tag] = d->watch->counts[tag];
    d->report.backoff = d->watch->backoff;
    d->report.backoffs = d->watch->backoffs;
    d->report.backoffs_dropped = d->watch->backoffs_dropped;
    if (!d->report.detection)
        return;
    const struct ka_keepalive *prober = d->report.keepalive[d->detection.detector];
    if (prober)
        d->detection.latency_expected_ns = settings_latency_ns(prober);
}

/* ---- why --------------------------------------------------------------------------------- */

/* The RST that ended the connection, or NULL. */
static const struct origin_mark *ending_mark(const struct draft *d)
{
    const struct origin_resets *resets = resets_of(d->ka, d->number);
    if (!resets || !d->report.reset_frame)
        return NULL;
    const struct origin_mark *mark = &resets->mark[side_end(d->conn, d->report.reset_by)];
    return mark->frame == d->report.reset_frame ? mark : NULL;
}

static void describe_silence(struct draft *d, const struct origin_mark *mark)
{
    struct ka_connection *report = &d->report;
    const struct ka_detection *detection = report->detection;
    bool by_rst =
        mark && (report->outcome == KA_OUTCOME_ABORTED || report->outcome == KA_OUTCOME_PEER_RESET);
    uint16_t survived = table_record(&d->ka->table, d->number)->survived;
    report->idle_survived_ns = survived ? origin_ns(survived) : KA_UNKNOWN;
    report->idle_before_end_ns = KA_UNKNOWN;
    if (by_rst)
        report->idle_before_end_ns = mark->silence_ns;
    else if (detection && detection->last_heard_frame && detection->first_unanswered_frame)
        report->idle_before_end_ns =
            elapsed_ns(detection->last_heard_ns, detection->first_unanswered_ns);
}

static void explain(struct draft *d)
{
    const struct origin_mark *mark = ending_mark(d);
    const struct origin_resets *resets = resets_of(d->ka, d->number);
    const struct finding_case c = {
        .ka = d->ka,
        .conn = d->conn,
        .rest = d->rest,
        .watch = d->watch,
        .base = resets_base(d->ka, d->number, 0),
        .mark = mark,
        .other_mark = mark ? &resets->mark[!side_end(d->conn, d->report.reset_by)] : NULL,
        .report = &d->report,
        .wait = {d->wait[0], d->wait[1]},
    };
    describe_silence(d, mark);
    findings_make(&c, &d->report);
}

bool verdict_report(struct ka *ka, uint32_t number)
{
    struct draft d; /* what the report points to is filled in where it does */
    d.ka = ka;
    d.number = number;
    d.conn = table_conn(&ka->table, number);
    d.rest = table_rest(&ka->table, number);
    d.watch = d.rest->watch;
    d.report = (struct ka_connection){0};
    d.detection = (struct ka_detection){0};
    if (d.watch)
        for (int end = 0; end < 2; end++)
            report_prober(&d, end);
    for (int end = 0; d.watch && end < 2; end++)
        d.wait[end] = d.watch->wait[end];
    decide(&d);
    if (ka->no_memory)
        return false;
    describe(&d);
    if (d.watch)
        describe_watch(&d);
    if (beats_report(ka, number, &d.heartbeat))
        d.report.heartbeat = &d.heartbeat;
    explain(&d);
    if (ka->callbacks.connection)
        ka->callbacks.connection(&d.report, ka->user);
    return true;
}
