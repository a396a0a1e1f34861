/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * engine.c: segments in, connections kept.
 *
 * Most segments of most connections are new data in order, or ACKs of it, between two ends of which
 * everything is known: those take the short way through fast_segment() and touch one cache line.
 */
#include "engine.h"
#include "evict.h"

enum { SMALL_MESSAGE = 256, FIRST_PACKETS = 8, BOTH_ENDS = 1 | 1 << END_BITS };

/* After so much silence a small message may be a heartbeat; shorter gaps take the short way. */
static const int64_t beat_gap_ns = 9 * KA_SECOND / 10;
/* Captures of several interfaces interleave by less than this. */
static const int64_t clock_step_ns = 10 * KA_SECOND;

struct watch *engine_watch(struct ka *ka, uint32_t number)
{
    struct conn_rest *rest = table_rest(&ka->table, number);
    if (!rest->watch) {
        rest->watch = mem_zeroed(&ka->mem, sizeof *rest->watch);
        if (rest->watch)
            ka->watches++;
        else
            ka->no_memory = true;
    }
    return rest->watch;
}

void engine_show(struct ka *ka, const struct ka_frame *frame, bool again)
{
    uint32_t number = (uint32_t)frame->connection;
    if (frame->tag == KA_TAG_ABORT_RST) {
        struct origin_resets *resets = resets_of(ka, number);
        if (resets)
            resets->aborts++;
    } else if (!again) {
        struct watch *watch = engine_watch(ka, number);
        if (!watch)
            return;
        watch->counts[frame->tag]++;
    }
    if (!ka->callbacks.frame)
        return;
    struct ka_frame shown = *frame;
    struct ka_peers peers;
    shown.connection = table_number(&ka->table, number);
    table_peers(&ka->table, number, &peers);
    ka->callbacks.frame(&shown, &peers, ka->user);
}

/* ---- a connection's state ---------------------------------------------------------------- */

/* Remember that [from, to) was not captured; the oldest hole makes room. */
static void add_hole(struct view *v, int end, uint32_t from, uint32_t to)
{
    struct watch *watch = engine_watch(v->ka, v->number);
    if (!watch)
        return;
    if (watch->holes[end] == HOLES) {
        for (int i = 1; i < HOLES; i++)
            watch->hole[end][i - 1] = watch->hole[end][i];
        watch->holes[end]--;
    }
    watch->hole[end][watch->holes[end]++] = (struct hole){from, to};
}

static void drop_hole(struct watch *watch, int end, int at)
{
    watch->holes[end]--;
    for (int i = at; i < watch->holes[end]; i++)
        watch->hole[end][i] = watch->hole[end][i + 1];
}

/* The segment carries bytes below nxt: what it fills is no hole any more. */
static void fill_holes(struct view *v)
{
    struct watch *watch = v->rest->watch;
    int end = v->from;
    for (int i = 0; watch && i < watch->holes[end]; i++) {
        struct hole hole = watch->hole[end][i];
        uint32_t seq = v->segment->seq;
        if (!seq_before(seq, hole.to) || !seq_after(v->end, hole.from))
            continue;
        bool left = seq_after(seq, hole.from), right = seq_before(v->end, hole.to);
        if (!left && !right) {
            drop_hole(watch, end, i--);
        } else {
            watch->hole[end][i].to = left ? seq : hole.to;
            if (right)
                watch->hole[end][i].from = v->end;
            if (left && right) {
                watch->hole[end][i] = (struct hole){hole.from, seq};
                add_hole(v, end, v->end, hole.to);
                return;
            }
        }
    }
}

static void set_nxt(struct conn *conn, struct conn_rest *rest, int end, uint32_t nxt)
{
    if (nxt < conn->nxt[end])
        rest->wraps[end]++;
    conn->nxt[end] = nxt;
}

static void first_nxt(struct view *v)
{
    struct conn *conn = v->conn;
    v->rest->base[v->from] = conn->nxt[v->from] = v->segment->seq;
    v->rest->wraps[v->from] = 0;
    set_nxt(conn, v->rest, v->from, v->end);
    end_set(conn, v->from, END_NXT);
    if (v->extent == 0 && !(v->segment->flags & KA_RST))
        end_set(conn, v->from, END_UNPROVEN);
    else
        end_clear(conn, v->from, END_UNPROVEN);
}

/* SND.NXT of the sender, from the sequence numbers of its segment. */
static void update_nxt(struct view *v, const struct ka_rule *rule)
{
    struct conn *conn = v->conn;
    enum ka_tag tag = rule ? rule->tag : KA_TAG_NONE;
    uint32_t seq = v->segment->seq;
    if (tag == KA_TAG_FINAL_RST || tag == KA_TAG_PEER_RST || tag == KA_TAG_ABORT_RST)
        return; /* often 0 or the other side's number: no statement about what was sent */
    bool below =
        tag == KA_TAG_KEEPALIVE_PROBE || (tag == KA_TAG_WINDOW_PROBE && seq != conn->una[v->from]);
    if (tag == KA_TAG_WINDOW_PROBE && !below && end_is(conn, v->from, END_NXT)) {
        end_clear(conn, v->from, END_UNPROVEN);
        return; /* its byte counts when the peer takes it */
    }
    if (below) {
        if (!end_is(conn, v->from, END_NXT) || end_is(conn, v->from, END_UNPROVEN)) {
            v->rest->base[v->from] = conn->nxt[v->from] = seq + 1;
            v->rest->wraps[v->from] = 0;
        }
        end_set(conn, v->from, END_NXT);
        end_clear(conn, v->from, END_UNPROVEN);
        return;
    }
    /* What an end said before its SYN belongs to the connection before: a challenge ACK, say. */
    bool opens = (v->segment->flags & KA_SYN) && !end_is(conn, v->from, END_SYN);
    if (!end_is(conn, v->from, END_NXT) || opens) {
        first_nxt(v);
        return;
    }
    if (v->extent > 0 && seq_before(seq, conn->nxt[v->from]))
        fill_holes(v);
    if (seq_after(seq, conn->nxt[v->from]))
        add_hole(v, v->from, conn->nxt[v->from], seq);
    if (seq_after(v->end, conn->nxt[v->from])) {
        set_nxt(conn, v->rest, v->from, v->end);
        end_clear(conn, v->from, END_UNPROVEN);
    } else if (v->extent > 0) {
        end_clear(conn, v->from, END_UNPROVEN);
    }
}

/* The ACK takes the byte that a probe carried beyond the window. */
static bool took_window_probe(const struct view *v, uint32_t ack)
{
    return v->peers->what == WAIT_WINDOW && ack == v->conn->nxt[v->to] + 1;
}

/* SND.UNA of the receiver, from the ACK number of the segment. */
static void update_una(struct view *v)
{
    struct conn *conn = v->conn;
    uint32_t ack = v->segment->ack;
    int end = v->to;
    if (!(v->segment->flags & KA_ACK) || (v->segment->flags & KA_RST))
        return;
    bool first = !end_is(conn, end, END_UNA);
    /* A challenge ACK of the connection before (RFC 9293 3.10.7.4), met by a new SYN. */
    if (first && end_is(conn, end, END_SYN) && conn->nxt[end] == v->rest->base[end] + 1 &&
        ack != conn->nxt[end])
        return;
    if (!first && !seq_after(ack, conn->una[end]))
        return;
    conn->una[end] = ack;
    end_set(conn, end, END_UNA);
    if (end_is(conn, end, END_NXT)) {
        if (seq_after(ack, conn->nxt[end])) { /* bytes that were not captured */
            if (!took_window_probe(v, ack))
                add_hole(v, end, conn->nxt[end], ack);
            set_nxt(conn, v->rest, end, ack);
        }
        if (!seq_before(ack, conn->nxt[end]))
            end_clear(conn, end, END_UNPROVEN);
    }
    if (!first || seq_after(ack, v->peers->una))
        series_acked(v, end);
}

static void update_window(struct view *v)
{
    if (!(v->segment->flags & KA_ACK) || (v->segment->flags & KA_RST))
        return;
    if (v->segment->window == 0) { /* unscaled in a SYN, but zero is zero */
        end_set(v->conn, v->from, END_ZERO_WINDOW);
        return;
    }
    end_clear(v->conn, v->from, END_ZERO_WINDOW);
    series_window_open(v);
}

static void update_flags(struct view *v)
{
    uint8_t flags = v->segment->flags;
    if ((v->conn->flags & CONN_RESET) && !(flags & KA_RST))
        death_doubted(v);
    if (!(flags &
          KA_RST)) { /* a RST is neither SYN nor FIN, whatever its bits (RFC 9293 3.10.7.4) */
        if (flags & KA_SYN)
            end_set(v->conn, v->from, END_SYN);
        else
            v->conn->flags |= CONN_PAST_SYN;
        if (flags & KA_FIN)
            end_set(v->conn, v->from, END_FIN);
    } else {
        struct origin_resets *resets = resets_of(v->ka, v->number);
        if (resets && !(v->conn->flags & CONN_RESET))
            resets->ended = v->segment->frame << 1 | (uint64_t)v->from;
        end_set(v->conn, v->from, END_RST);
        v->conn->flags |= CONN_RESET;
    }
    if (flags & (KA_FIN | KA_RST))
        beats_ended(v);
}

static void update_heard(struct conn *conn, struct conn_rest *rest,
                         const struct ka_segment *segment, int from)
{
    conn->heard_ns[from] = segment->time_ns;
    conn->heard_frame[from] = (uint32_t)segment->frame;
    uint16_t high = (uint16_t)(segment->frame >> 32);
    if (high)
        rest->heard_high[from] = high;
    end_set(conn, from, END_SEEN);
}

static void count_packet(struct ka *ka, struct conn *conn, uint32_t number)
{
    if (++conn->packets == 0)
        table_record(&ka->table, number)->packets_high++;
}

static bool waiting(const struct wait *wait)
{
    return wait->unanswered > 0 || wait->late_answers > 0 || wait->what == WAIT_WINDOW;
}

static void update_watched(struct view *v)
{
    const struct watch *watch = v->rest->watch;
    bool watched = beats_followed(v->rest) || (v->conn->flags & CONN_RESET) ||
                   (watch && (waiting(&watch->wait[0]) || waiting(&watch->wait[1])));
    if (watched)
        v->conn->flags |= CONN_WATCHED;
    else
        v->conn->flags &= ~CONN_WATCHED;
}

/* ---- one segment ------------------------------------------------------------------------- */

static int64_t since_ns(const struct view *v, int end)
{
    if (!end_is(v->conn, end, END_SEEN))
        return KA_UNKNOWN;
    int64_t apart_ns = v->segment->time_ns - v->conn->heard_ns[end];
    return apart_ns > 0 ? apart_ns : 0;
}

/*
 * Filled in place: a struct of this size that is returned is copied before its stores have settled.
 */
static void look(struct view *v, struct ka *ka, const struct ka_segment *segment, uint32_t number,
                 int from)
{
    static const struct wait nothing = {.what = WAIT_NOTHING};
    v->ka = ka;
    v->segment = segment;
    v->conn = table_conn(&ka->table, number);
    v->rest = table_rest(&ka->table, number);
    v->number = number;
    v->from = from;
    v->to = !from;
    v->extent = segment->len + ((segment->flags & KA_SYN) != 0) + ((segment->flags & KA_FIN) != 0);
    v->end = segment->seq + v->extent;
    v->since_from_ns = since_ns(v, from);
    v->since_to_ns = since_ns(v, !from);
    const struct watch *watch = v->rest->watch;
    v->shown = false;
    v->own = watch ? &watch->wait[from] : &nothing;
    v->peers = watch ? &watch->wait[!from] : &nothing;
}

/* What this segment proves of the only earlier one of an end that was caught idle. */
static void prove_earlier(struct view *v)
{
    const struct conn *conn = v->conn;
    const struct ka_segment *segment = v->segment;
    if (end_is(conn, v->to, END_UNPROVEN) && (segment->flags & KA_ACK) &&
        segment->ack == conn->nxt[v->to] + 1)
        series_late_probe(v, v->to,
                          rules_proof(segment->window ? PROOF_ANSWER : PROOF_ZERO_WINDOW));
    if (!end_is(conn, v->from, END_UNPROVEN) || end_is(conn, v->from, END_UNA))
        return;
    if ((segment->flags & KA_RST) && segment->seq == conn->nxt[v->from] + 1)
        series_late_probe(v, v->from, rules_proof(PROOF_RST));
    else if (rules_repetition(v))
        series_late_probe(v, v->from, rules_proof(PROOF_REPETITION));
}

static void slow_segment(struct ka *ka, const struct ka_segment *segment, uint32_t number, int from)
{
    struct view v;
    if (ka->mem.held_bytes > ka->memory_high_bytes)
        evict_for_details(ka, number);
    look(&v, ka, segment, number, from);
    count_packet(ka, v.conn, number);
    bool mirrored = v.conn->flags & CONN_MIRRORED;
    if (trail_is_copy(&ka->trail, segment, number, from, v.conn->trail, mirrored)) {
        v.conn->flags |= CONN_MIRRORED | CONN_COPIED;
        return;
    }
    if (!(v.conn->flags & CONN_COPIED)) /* the path duplicated one now and then, no mirror all */
        v.conn->flags &= ~CONN_MIRRORED;
    v.conn->flags &= ~CONN_COPIED;

    if (v.conn->flags & END_UNPROVEN * BOTH_ENDS) {
        prove_earlier(&v);
        look(&v, ka, segment, number, from);
    }
    const struct ka_rule *rule = rules_match(&v);
    enum ka_tag tag = rule ? rule->tag : KA_TAG_NONE;
    uint32_t waited = v.peers->unanswered;
    resets_segment(&v, tag);
    if (rule)
        series_tagged(&v, rule);

    bool is_old =
        tag == KA_TAG_KEEPALIVE_PROBE || tag == KA_TAG_WINDOW_PROBE || tag == KA_TAG_RETRANSMISSION;
    if (!(segment->flags & KA_RST) && (!is_old || is_accepted_again(&v))) {
        if (waited <= 1)
            resets_survived(ka, number, from);
        series_heard(&v);
    }
    if (tag == KA_TAG_NONE && segment->len > 0)
        beats_message(&v);
    update_nxt(&v, rule);
    update_una(&v);
    update_window(&v);
    update_flags(&v);
    update_heard(v.conn, v.rest, segment, from);
    v.conn->trail =
        trail_add(&ka->trail, segment, number, from, v.conn->trail, rule != NULL || v.shown);
    update_watched(&v);
}

/*
 * Neither young nor silent before this segment. (No branch: most often both are known not to be.)
 */
static bool is_lively(const struct conn *conn, const struct ka_segment *segment, int from)
{
    return (conn->packets >= FIRST_PACKETS) &
           (segment->time_ns - conn->heard_ns[from] < beat_gap_ns);
}

static bool may_be_beat(const struct ka_segment *segment)
{
    return segment->len > 0 && segment->len <= SMALL_MESSAGE;
}

/*
 * New data in order, or an ACK, of an established connection in which nothing is under way: no rule
 * can fit. Returns false, with nothing changed, for everything else.
 */
static bool fast_segment(struct ka *ka, const struct ka_segment *segment, uint32_t number, int from)
{
    const uint32_t needed = (END_SEEN | END_NXT | END_UNA) * BOTH_ENDS;
    const uint32_t excluded = (END_UNPROVEN | END_ZERO_WINDOW) * BOTH_ENDS | CONN_WATCHED;
    struct conn *conn = table_conn(&ka->table, number);
    int to = !from;
    if ((conn->flags & (needed | excluded)) != needed ||
        (segment->flags & (KA_SYN | KA_FIN | KA_RST | KA_ACK)) != KA_ACK || segment->window == 0 ||
        segment->seq != conn->nxt[from] || seq_after(segment->ack, conn->nxt[to]))
        return false;
    if (segment->len == 0 && segment->ack == conn->una[to])
        return false; /* nothing new: an answer, a window update, a mirrored copy */
    struct conn_rest *rest = table_rest(&ka->table, number);
    if (!is_lively(conn, segment, from)) {
        if (may_be_beat(segment) &&
            (rest->watch || (conn->flags & CONN_MIRRORED) || !beats_sow(rest, from, segment)))
            return false;
        resets_survived(ka, number, from);
    }

    conn->flags = (conn->flags & ~CONN_COPIED) | CONN_PAST_SYN;
    count_packet(ka, conn, number);
    set_nxt(conn, rest, from, segment->seq + segment->len);
    conn->una[to] = seq_max(conn->una[to], segment->ack);
    update_heard(conn, rest, segment, from);
    conn->trail = trail_add(&ka->trail, segment, number, from, conn->trail, false);
    return true;
}

/* ---- which connection -------------------------------------------------------------------- */

/*
 * Who is the client, where no SYN tells: the end with the higher port, as servers listen on low
 * ones and stacks choose ephemeral ones for clients; between two ephemeral ports the first that was
 * seen.
 */
static bool sender_is_client(const struct ka_segment *segment)
{
    enum { EPHEMERAL = 32768 }; /* net.ipv4.ip_local_port_range */
    if (segment->flags & KA_SYN)
        return !(segment->flags & KA_ACK);
    uint16_t from = segment->from.port, to = segment->to.port;
    if (from == to || (from >= EPHEMERAL && to >= EPHEMERAL))
        return true;
    return from > to;
}

/* A SYN with another initial sequence number than this connection's begins a new one. */
static bool begins_new(const struct ka *ka, const struct ka_segment *segment, uint32_t number,
                       int from)
{
    const struct conn *conn = table_conn(&ka->table, number);
    if ((segment->flags & (KA_SYN | KA_ACK | KA_RST)) != KA_SYN)
        return false;
    bool closed = end_is(conn, 0, END_FIN) && end_is(conn, 1, END_FIN) && all_acked(conn, 0) &&
                  all_acked(conn, 1);
    if (end_is(conn, from, END_SYN))
        return closed || segment->seq != table_rest(&ka->table, number)->base[from];
    /* Both ends may open at the same time (RFC 9293 3.5); anything else is a new attempt. */
    return !(end_is(conn, !from, END_SYN) && !end_is(conn, !from, END_UNA) &&
             !end_is(conn, from, END_SEEN));
}

static uint32_t add_connection(struct ka *ka, const struct table_key *key,
                               const struct ka_segment *segment)
{
    uint32_t number = UINT32_MAX;
    if (evict_for_connection(ka))
        number = table_add(&ka->table, key, segment);
    if (number == UINT32_MAX) {
        ka->no_memory = true;
        return number;
    }
    struct conn *conn = table_conn(&ka->table, number);
    if (sender_is_client(segment) == (key->from == 1))
        conn->flags |= CONN_CLIENT_IS_1;
    struct conn_record *record = table_record(&ka->table, number);
    record->first_ns = segment->time_ns;
    record->first_frame = segment->frame;
    return number;
}

static void quoted_segment(struct ka *ka, const struct ka_segment *segment,
                           const struct table_key *key)
{
    uint32_t number = table_find(&ka->table, key, segment);
    if (number == UINT32_MAX)
        return;
    struct view v;
    if (ka->mem.held_bytes > ka->memory_high_bytes)
        evict_for_details(ka, number);
    look(&v, ka, segment, number, key->from);
    series_icmp(&v);
}

/* Hostile times would overflow the arithmetic of durations. */
static bool time_is_valid(int64_t time_ns)
{
    return time_ns >= KA_TIME_MIN && time_ns <= KA_TIME_MAX;
}

static void feed_one(struct ka *ka, const struct ka_segment *segment, const struct table_key *key)
{
    if (!time_is_valid(segment->time_ns))
        return;
    ka_reached(ka, segment->time_ns);
    if (segment->quoted) {
        quoted_segment(ka, segment, key);
        return;
    }
    uint32_t number = table_find(&ka->table, key, segment);
    if (number != UINT32_MAX && fast_segment(ka, segment, number, key->from))
        return;
    if (number == UINT32_MAX || begins_new(ka, segment, number, key->from)) {
        number = add_connection(ka, key, segment);
        if (number == UINT32_MAX)
            return;
    }
    slow_segment(ka, segment, number, key->from);
}

void ka_reached(struct ka *ka, int64_t time_ns)
{
    if (!time_is_valid(time_ns))
        return;
    /* After a step back of the clock the capture goes on from there. */
    if (!ka->started || time_ns > ka->reached_ns || time_ns < ka->reached_ns - clock_step_ns)
        ka->reached_ns = time_ns;
    ka->started = true;
}

/*
 * What is under way on a connection, of which both ends' part is asked for every slow segment:
 * waiting for it took a sixth of the time of many probers.
 */
__attribute__((always_inline)) static inline void fetch_waits(const struct table *table,
                                                              const struct table_key *key)
{
    if (key->guess)
        watch_fetch(table_rest(table, key->guess - 1)->watch, offsetof(struct watch, prober));
}

/* Whether that is worth it: there are more of them than the cache holds, and not few among all. */
static bool are_watched(const struct ka *ka)
{
    enum { SHARE = 16 };
    return ka->watches > TABLE_CACHED / SHARE && ka->watches > ka->table.count / SHARE;
}

/*
 * Memory is slow but answers many at once: while a segment is analysed, the connection of a later
 * one is on its way, and the index entry of one later still. With a million connections this took
 * half the time of one after the other. (Below the first segment the unsigned differences are
 * beyond count.)
 */
enum ka_status ka_feed(struct ka *ka, const struct ka_segment *segments, size_t count)
{
    enum { AHEAD = 12, KEYS = 32 };
    struct table_key keys[KEYS];
    bool watched = are_watched(ka);
    ka->is_told = false;
    for (size_t i = 0; i < count + 2 * AHEAD && !ka->no_memory; i++) {
        if (i + AHEAD < count) { /* another processor may have written it */
            __builtin_prefetch(&segments[i + AHEAD]);
            __builtin_prefetch(&segments[i + AHEAD].seq);
        }
        if (i < count)
            table_key_set(&ka->table, &segments[i], &keys[i % KEYS]);
        if (i - AHEAD < count)
            table_guess(&ka->table, &keys[(i - AHEAD) % KEYS]);
        if (watched && i - AHEAD - AHEAD / 2 < count)
            fetch_waits(&ka->table, &keys[(i - AHEAD - AHEAD / 2) % KEYS]);
        if (i - 2 * AHEAD < count)
            feed_one(ka, &segments[i - 2 * AHEAD], &keys[(i - 2 * AHEAD) % KEYS]);
    }
    return ka->no_memory ? KA_NO_MEMORY : KA_OK;
}
