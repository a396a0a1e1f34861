/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * probing.c: what an end's keep-alive shows beyond its settings:
 * outages, strange answers, silent peers.
 */
#include "probing.h"

enum { LOOK_BACK = 256 }; /* segments of the connection looked at */

/* Longer than what a stack or a program does of itself after a message. */
static const int64_t pause_ns = KA_SECOND;

/* Which segment was the latest that had nothing to do with keep-alive. */
void probing_activity(const struct view *v, struct watch *watch)
{
    for (int end = 0; end < 2; end++) {
        uint64_t latest = heard_frame(v->conn, v->rest, end);
        if (!end_is(v->conn, end, END_SEEN) || latest <= watch->active_frame ||
            latest == watch->probe_frame[end] || latest == watch->ack_frame[end])
            continue;
        int64_t quiet_ns = elapsed_ns(watch->active_ns, v->conn->heard_ns[end]);
        if (watch->kept_alive > 0 && quiet_ns > watch->quiet_survived_ns)
            watch->quiet_survived_ns = quiet_ns;
        watch->active_frame = latest;
        watch->active_ns = v->conn->heard_ns[end];
        watch->kept_alive = 0;
    }
}

/*
 * Who asks and who replies? A message that leaves after a pause is a request, what follows it at
 * once is a reply; a message that follows the peer's at once may be either, and says nothing.
 */
static bool after_pause(const struct trail_entry *request, const struct trail_entry *before)
{
    return elapsed_ns(before->ns, request->ns) >= pause_ns;
}

/* Count the requests of `end`, from this entry back, to which data of the peer replied. */
static void count_replies(const struct trail *trail, uint32_t number,
                          const struct trail_entry *entry, int end, struct talk_so_far *talk)
{
    const struct trail_entry *reply = NULL,
                             *request = NULL; /* the earliest of each in their turn */
    for (int depth = 0; entry && depth < LOOK_BACK; depth++) {
        if (entry->len > 0 && trail_from(entry) == end) {
            request = reply ? entry : NULL;
        } else if (entry->len > 0) {
            if (request && after_pause(request, entry)) {
                int64_t took_ns = elapsed_ns(request->ns, reply->ns);
                talk->replied++;
                if (took_ns > talk->slowest_reply_ns)
                    talk->slowest_reply_ns = took_ns;
            }
            request = NULL;
            reply = entry;
        }
        entry = trail_at(trail, entry->previous, number);
    }
}

void probing_look_back(const struct view *v, struct prober *prober, int end)
{
    const struct trail *trail = &v->ka->trail;
    const struct trail_entry *entry = trail_at(trail, v->conn->trail, v->number);
    const struct trail_entry *request = NULL;
    int depth = 0;
    while (entry && entry->len <= 1 && depth++ < LOOK_BACK) /* probes, answers, ACKs */
        entry = trail_at(trail, entry->previous, v->number);
    /* The request may have been sent in several segments. */
    while (entry && (trail_from(entry) == end || entry->len == 0) && depth++ < LOOK_BACK) {
        if (entry->len > 0)
            request = entry;
        entry = trail_at(trail, entry->previous, v->number);
    }
    if (request && request->frame == prober->talk.frame)
        return; /* nothing but keep-alive since */
    prober->talk = (struct talk_so_far){0};
    if (!request || !entry || !after_pause(request, entry))
        return;
    prober->talk.frame = request->frame;
    prober->talk.ns = request->ns;
    prober->talk.peer_nxt = v->conn->nxt[!end];
    count_replies(trail, v->number, entry, end, &prober->talk);
}

/* Probes in a row that stayed unanswered, until this answer. */
void probing_recovered(const struct view *v, const struct wait *wait, struct prober *prober)
{
    uint32_t lost = wait->unanswered - 1;
    prober->lost += lost;
    int64_t most_ns = elapsed_ns(wait->heard_ns, v->segment->time_ns);
    if (lost == 0 || most_ns == KA_UNKNOWN || most_ns <= prober->outage.most_ns)
        return;
    prober->outage = (struct outage){
        .probes = lost,
        .first_frame = wait->first_frame,
        .last_frame = wait->last_frame,
        .answer_frame = v->segment->frame,
        .least_ns = elapsed_ns(wait->first_ns, wait->last_ns) - wait->last_gap_ns,
        .most_ns = most_ns,
    };
}

/* It was the path that was slow: the probes before are answered as well. */
void probing_answered_late(struct prober *prober)
{
    prober->answered++;
    prober->outage.probes = 0;
    if (prober->lost > 0)
        prober->lost--;
}

/*
 * The answer has the hop limit of the peer's latest data, or its IP identification counts on from
 * there: the peer sent it, whatever the hop limits of its first
 * segments. Large sites send with several.
 */
static bool is_like_data(const struct view *v)
{
    const struct trail *trail = &v->ka->trail;
    const struct trail_entry *entry = trail_at(trail, v->conn->trail, v->number);
    for (int depth = 0; entry && depth < LOOK_BACK; depth++) {
        if (trail_from(entry) == v->from && entry->len > 1) {
            uint16_t step = (uint16_t)(v->segment->ip_id - entry->ip_id);
            bool counts_on =
                v->segment->ip_id && entry->ip_id && step > 0 && step <= ORIGIN_ID_STEP_MAX;
            return counts_on || entry->ttl == v->segment->ttl;
        }
        entry = trail_at(trail, entry->previous, v->number);
    }
    return false;
}

/* What answers in the peer's name has one hop limit, which is not the peer's. */
static void compare_ttl(const struct view *v, struct prober *prober)
{
    const struct origin_base *base = resets_base(v->ka, v->number, v->from);
    uint8_t ttl = v->segment->ttl;
    bool strange = origin_samples(base) > 0 && ttl != base->ttl &&
                   (prober->strange_ttls == 0 || ttl == prober->strange_ttl) && !is_like_data(v);
    if (!strange)
        return;
    prober->strange_ttls++;
    prober->strange_ttl = ttl;
    prober->strange_frame = v->segment->frame;
}

/* The answer to a keep-alive probe; its time is known where it can only answer the latest. */
void probing_answer(const struct view *v, struct prober *prober, int64_t rtt_ns, bool timed)
{
    compare_ttl(v, prober);
    if (!timed)
        return;
    samples_add(&prober->rtt, rtt_ns);
    prober->late_rtt_ns[prober->late++ % RTTS_KEPT] = rtt_ns;
    if (prober->early == 0)
        prober->early_frame = v->segment->frame;
    if (prober->early < RTTS_KEPT)
        prober->early_rtt_ns[prober->early++] = rtt_ns;
}
