/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * resets.c: what a connection keeps for the question who sent its RST, and
 * for how long it was silent before.
 */
#include "probing.h"

/* What answers a segment leaves at once; this is for the path and a busy host. */
static const int64_t answer_within_ns = 3 * KA_SECOND;
/* An ACK of the peer's last words is no end of the silence that follows. */
static const int64_t delayed_ack_ns = KA_SECOND;

/* The idle timers of paths begin at a minute. */
static const int64_t survived_min_ns = 20 * KA_SECOND;

enum { WALK_DEPTH = 256 };

struct origin_resets *resets_of(const struct ka *ka, uint32_t number)
{
    bool marked = table_conn(&ka->table, number)->flags & CONN_MARKED;
    return marked ? table_record(&ka->table, number)->origin.resets : NULL;
}

struct origin_base *resets_base(const struct ka *ka, uint32_t number, int end)
{
    struct origin_resets *resets = resets_of(ka, number);
    return resets ? &resets->base[end] : &table_record(&ka->table, number)->origin.base[end];
}

/* The answers of the handshake leave without anybody's thinking time. */
static void time_handshake(struct view *v, struct origin_base *base)
{
    bool syn = v->segment->flags & KA_SYN, ack = v->segment->flags & KA_ACK;
    bool answers_syn = syn && ack && v->conn->packets == 2;
    bool completes = !syn && ack && v->conn->packets == 3 && end_is(v->conn, v->from, END_SYN) &&
                     end_is(v->conn, v->to, END_SYN);
    if ((answers_syn || completes) && v->since_to_ns != KA_UNKNOWN)
        origin_answered(base, v->since_to_ns);
}

/*
 * The time from what `from` said last to what its peer said last is a silence that both survived,
 * now that `from` speaks again; unless the peer had to repeat itself. Shorter ones fit no timer of
 * a path, and their number is legion.
 */
void resets_survived(const struct ka *ka, uint32_t number, int from)
{
    const struct conn *conn = table_conn(&ka->table, number);
    int64_t silent_ns = conn->heard_ns[!from] - conn->heard_ns[from];
    if (silent_ns < survived_min_ns || !end_is(conn, 0, END_SEEN) || !end_is(conn, 1, END_SEEN))
        return;
    struct conn_record *record = table_record(&ka->table, number);
    uint16_t packed = origin_packed(silent_ns);
    /* Larger exponent, larger mantissa: packed ones are ordered as the durations are. */
    if (packed > record->survived)
        record->survived = packed;
}

/* ---- a RST ------------------------------------------------------------------------------- */

/*
 * The marks of the sender's segments that the trail still holds, the short way's among them, from
 * the latest back. Returns the latest identification, or 0.
 */
static uint16_t sample_trail(const struct view *v, struct origin_base *base, uint8_t *latest_ttl)
{
    struct origin_base recent = {0};
    uint16_t latest = 0, later = 0;
    const struct trail_entry *entry = trail_at(&v->ka->trail, v->conn->trail, v->number);
    for (int depth = 0; entry && depth < WALK_DEPTH; depth++) {
        if (trail_from(entry) == v->from && !(entry->flags & KA_RST)) {
            origin_sample_before(&recent, entry->ttl, entry->ip_id, later);
            later = entry->ip_id ? entry->ip_id : later;
            *latest_ttl = *latest_ttl ? *latest_ttl : entry->ttl;
            latest = latest ? latest : later;
        }
        entry = trail_at(&v->ka->trail, entry->previous, v->number);
    }
    origin_join(base, &recent);
    return latest ? latest : base->ip_id;
}

/*
 * The silence before the first segment of the other end that its peer,
 * now heard by a RST, let unanswered.
 */
static void silence_before_answered(struct view *v, struct origin_mark *mark)
{
    const struct trail_entry *first = NULL, *second = NULL;
    const struct trail_entry *entry = trail_at(&v->ka->trail, v->conn->trail, v->number);
    for (int depth = 0; entry && trail_from(entry) == v->to && depth < WALK_DEPTH; depth++) {
        second = first;
        first = entry;
        entry = trail_at(&v->ka->trail, entry->previous, v->number);
    }
    if (v->since_from_ns == KA_UNKNOWN)
        return;
    mark->before_frame = heard_frame(v->conn, v->rest, v->from);
    if (!first || (entry && entry->frame != mark->before_frame)) { /* the trail has forgotten it */
        mark->silence_ns = v->peers->unanswered > 1
                               ? v->peers->first_ns - v->conn->heard_ns[v->from]
                               : v->since_from_ns - v->since_to_ns;
        return;
    }
    mark->silence_ns = first->ns - v->conn->heard_ns[v->from];
    if (second && first->len == 0 && mark->silence_ns < delayed_ack_ns) {
        mark->silence_ns = second->ns - first->ns;
        mark->before_frame = first->frame;
    }
}

static void silence_before_rst(struct view *v, struct origin_mark *mark)
{
    bool from_last = v->since_to_ns == KA_UNKNOWN ||
                     (v->since_from_ns != KA_UNKNOWN && v->since_from_ns <= v->since_to_ns);
    mark->silence_ns = from_last ? v->since_from_ns : v->since_to_ns;
    if (mark->silence_ns != KA_UNKNOWN)
        mark->before_frame = heard_frame(v->conn, v->rest, from_last ? v->from : v->to);
}

static void mark_rst(struct view *v, struct origin_resets *resets)
{
    const struct ka_segment *segment = v->segment;
    const struct conn *conn = v->conn;
    uint8_t latest_ttl = 0;
    uint16_t id = sample_trail(v, &resets->base[v->from], &latest_ttl);
    bool answers = end_is(conn, v->to, END_SEEN) && !end_is(conn, v->to, END_RST) &&
                   v->since_to_ns <= answer_within_ns &&
                   (v->since_from_ns == KA_UNKNOWN || v->since_to_ns <= v->since_from_ns);
    struct origin_mark *mark = &resets->mark[v->from];
    *mark = (struct origin_mark){
        .frame = segment->frame,
        .ns = segment->time_ns,
        .answered_frame = answers ? heard_frame(conn, v->rest, v->to) : 0,
        .delay_ns = answers ? v->since_to_ns : KA_UNKNOWN,
        .silence_ns = KA_UNKNOWN,
        .window = segment->window,
        .ttl = segment->ttl,
        .latest_ttl = latest_ttl,
        .id_known = id && segment->ip_id,
        .id_step = (uint16_t)(segment->ip_id - id),
        .bare = !(segment->flags & KA_ACK),
        .stamped = segment->has_timestamps,
        .exact = (end_is(conn, v->from, END_NXT) && segment->seq == conn->nxt[v->from]) ||
                 (end_is(conn, v->from, END_UNA) && segment->seq == conn->una[v->from]),
        .after_fin = end_is(conn, v->from, END_FIN),
    };
    if (answers)
        silence_before_answered(v, mark);
    else
        silence_before_rst(v, mark);
}

static void rst(struct view *v)
{
    struct conn_record *record = table_record(&v->ka->table, v->number);
    if (!(v->conn->flags & CONN_MARKED)) {
        struct origin_resets *resets = mem_zeroed(&v->ka->mem, sizeof *resets);
        if (!resets) {
            v->ka->no_memory = true;
            return;
        }
        resets->base[0] = record->origin.base[0];
        resets->base[1] = record->origin.base[1];
        record->origin.resets = resets;
        v->conn->flags |= CONN_MARKED;
    }
    /* Of several the one that ends the connection counts, and the other end's first. */
    if (!(v->conn->flags & CONN_RESET) || record->origin.resets->mark[v->from].frame == 0)
        mark_rst(v, record->origin.resets);
}

/* The first FIN or RST: does it come after nothing but keep-alive? */
static void note_fin(struct view *v)
{
    struct watch *watch = v->rest->watch;
    if (!watch || watch->fin_frame)
        return;
    probing_activity(v, watch);
    watch->fin_frame = v->segment->frame;
    watch->fin_ns = v->segment->time_ns;
    watch->fin_end = v->from;
    watch->fin_after_quiet = v->segment->len == 0 && watch->kept_alive > 0;
}

void resets_segment(struct view *v, enum ka_tag tag)
{
    if (v->segment->flags & (KA_FIN | KA_RST))
        note_fin(v);
    if (v->segment->flags & KA_RST) {
        rst(v);
        return;
    }
    if (tag == KA_TAG_KEEPALIVE_ACK || tag == KA_TAG_WINDOW_PROBE_ACK)
        return;
    struct origin_base *base = resets_base(v->ka, v->number, v->from);
    origin_sample(base, v->segment);
    time_handshake(v, base);
}

void resets_free(struct ka *ka, uint32_t number)
{
    struct conn *conn = table_conn(&ka->table, number);
    struct conn_record *record = table_record(&ka->table, number);
    if (!(conn->flags & CONN_MARKED))
        return;
    mem_free(&ka->mem, record->origin.resets, sizeof *record->origin.resets);
    record->origin.resets = NULL;
    conn->flags &= ~CONN_MARKED;
}
