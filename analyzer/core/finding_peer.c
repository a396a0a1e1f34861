/* SPDX-License-Identifier: GPL-2.0-or-later */
/* finding_peer.c: what the answers to probes say of the peer behind them, and of the path. */
#include "finding.h"

/* A time below this shows the host at which the capture was taken, not the path. */
static const int64_t answer_min_ns = 2 * KA_SECOND / 1000;
static const int64_t window_closed_ns = 30 * KA_SECOND;
static const int64_t request_waits_ns = 30 * KA_SECOND;
static const int64_t rtt_rise_ns = 50 * KA_SECOND / 1000;

enum { ANSWERS_MIN = 3, REPLIES_MIN = 3, RTT_TIMES = 4, STEPS_MIN = 4, PROBES_MIN = 5 };

/* ---- who answers ------------------------------------------------------------------------- */

bool answers_not_from_peer(const struct finding_case *c, enum ka_side about,
                           struct finding_draft *draft)
{
    const struct prober *prober = finding_prober(c, about);
    if (!prober || prober->answered < 2)
        return false;
    const struct origin_base *base = &c->base[side_end(c->conn, other_side(about))];
    int64_t answer_ns = origin_answer_ns(base);
    bool strange_ttl = origin_samples(base) > 0 && !(base->flags & ORIGIN_TTL_VARIES) &&
                       prober->strange_ttls > 0 && prober->strange_ttls >= prober->answered;
    bool early = answer_ns >= answer_min_ns && prober->rtt.count >= ANSWERS_MIN &&
                 prober->rtt.max_ns < answer_ns / 2;
    if (!strange_ttl && !early)
        return false;
    text_put(&draft->text, "The ");
    text_put(&draft->text, side_word(about));
    text_put(&draft->text, "'s probes are hardly answered by the ");
    text_put(&draft->text, side_word(other_side(about)));
    text_put(&draft->text, ": the answers ");
    if (strange_ttl) {
        text_put(&draft->text, "have a hop limit of ");
        text_number(&draft->text, prober->strange_ttl);
        text_put(&draft->text, ", its other segments ");
        text_number(&draft->text, base->ttl);
    }
    if (early) {
        text_put(&draft->text, strange_ttl ? ", and come within " : "come within ");
        text_duration(&draft->text, prober->rtt.max_ns);
        text_put(&draft->text, ", while it took ");
        text_duration(&draft->text, answer_ns);
        text_put(&draft->text, " at least in the handshake");
    }
    text_put(
        &draft->text,
        ". Something in the path answers in its name: this keep-alive checks that box, not the peer.");
    finding_frame(draft, prober->early_frame);
    finding_frame(draft, strange_ttl ? prober->strange_frame : prober->answer_frame);
    return true;
}

/* ---- the application behind -------------------------------------------------------------- */

bool window_stays_closed(const struct finding_case *c, enum ka_side about,
                         struct finding_draft *draft)
{
    if (!c->watch)
        return false;
    const struct closed_window *closed = &c->watch->closed[side_end(c->conn, about)];
    if (closed->ns < window_closed_ns || closed->answered < ANSWERS_MIN)
        return false;
    text_put(&draft->text, "The ");
    text_put(&draft->text, side_word(other_side(about)));
    text_put(&draft->text, " kept its window closed for ");
    text_duration(&draft->text, closed->ns);
    text_put(&draft->text, " while its TCP answered ");
    text_counted(&draft->text, closed->answered, "window probe", "window probes");
    text_put(&draft->text, ": host and path were well, but its application did not read.");
    finding_frame(draft, closed->first_frame);
    finding_frame(draft, closed->last_frame);
    return true;
}

/*
 * The prober's last message was acknowledged, and its peer has said
 * nothing but answers to probes since.
 */
bool request_unanswered(const struct finding_case *c, enum ka_side about,
                        struct finding_draft *draft)
{
    const struct prober *prober = finding_prober(c, about);
    if (!prober || prober->talk.frame == 0 || prober->talk.replied < REPLIES_MIN ||
        !all_acked(c->conn, side_end(c->conn, about)))
        return false;
    int64_t waited_ns = prober->answer_ns - prober->talk.ns;
    bool replied = c->conn->nxt[side_end(c->conn, other_side(about))] != prober->talk.peer_nxt;
    if (replied || c->watch->kept_alive < 2 || waited_ns < request_waits_ns ||
        waited_ns < 10 * prober->talk.slowest_reply_ns)
        return false;
    text_put(&draft->text, "The ");
    text_put(&draft->text, side_word(about));
    text_put(&draft->text, "'s last message (frame ");
    text_number(&draft->text, prober->talk.frame);
    text_put(&draft->text, ") was acknowledged but not replied to in ");
    text_duration(&draft->text, waited_ns);
    text_put(&draft->text, ", while each of the ");
    text_number(&draft->text, prober->talk.replied);
    text_put(&draft->text, " before got its reply within ");
    text_duration(&draft->text, prober->talk.slowest_reply_ns);
    text_put(&draft->text, "; ");
    text_counted(&draft->text, c->watch->kept_alive, "keep-alive probe was",
                 "keep-alive probes were");
    text_put(&draft->text, " answered meanwhile. The ");
    text_put(&draft->text, side_word(other_side(about)));
    text_put(
        &draft->text,
        "'s TCP lives; its application hangs or is still at work, which keep-alive does not tell.");
    finding_frame(draft, prober->talk.frame);
    finding_frame(draft, prober->answer_frame);
    return true;
}

/* ---- the path ---------------------------------------------------------------------------- */

const struct ka_backoff *finding_recovery(const struct finding_case *c, enum ka_side about)
{
    const struct ka_backoff *longest = NULL;
    for (size_t i = 0; i < c->report->backoffs; i++) {
        const struct ka_backoff *row = &c->report->backoff[i];
        if (row->sender == about && row->kind == KA_KIND_DATA && row->ended == KA_ENDED_ANSWERED &&
            row->steps >= STEPS_MIN && row->original_frame && row->acked == 0 &&
            (!longest || row->last_ns - row->original_ns > longest->last_ns - longest->original_ns))
            longest = row;
    }
    return longest;
}

static void put_outage(const struct outage *outage, struct finding_draft *draft)
{
    text_counted(&draft->text, outage->probes, "probe", "probes in a row");
    text_put(&draft->text, " from frame ");
    text_number(&draft->text, outage->first_frame);
    text_put(&draft->text, " on went unanswered, then frame ");
    text_number(&draft->text, outage->answer_frame);
    text_put(&draft->text, " answered: an outage of the path or the peer of ");
    if (outage->least_ns > 0) {
        text_duration(&draft->text, outage->least_ns);
        text_put(&draft->text, " at least and ");
    }
    text_duration(&draft->text, outage->most_ns);
    text_put(&draft->text, " at most, which this keep-alive survived.");
    finding_frame(draft, outage->first_frame);
    finding_frame(draft, outage->answer_frame);
}

bool outage_survived(const struct finding_case *c, enum ka_side about, struct finding_draft *draft)
{
    const struct prober *prober = finding_prober(c, about);
    const struct ka_backoff *row = finding_recovery(c, about);
    text_put(&draft->text, "The ");
    text_put(&draft->text, side_word(about));
    text_put(&draft->text, "'s ");
    if (prober && prober->outage.probes > 0) {
        put_outage(&prober->outage, draft);
        return true;
    }
    if (!row)
        return false;
    text_put(&draft->text, "data in frame ");
    text_number(&draft->text, row->original_frame);
    text_put(&draft->text, " had to be sent ");
    text_number(&draft->text, row->steps);
    text_put(&draft->text, " more times, up to frame ");
    text_number(&draft->text, row->last_frame);
    text_put(&draft->text, ", before it was acknowledged: an outage of the path or the peer of ");
    text_duration(&draft->text, row->last_ns - row->original_ns);
    text_put(&draft->text, " or a little less, which retransmission survived.");
    finding_frame(draft, row->original_frame);
    finding_frame(draft, row->last_frame);
    return true;
}

bool probe_loss(const struct finding_case *c, enum ka_side about, struct finding_draft *draft)
{
    const struct prober *prober = finding_prober(c, about);
    if (!prober || prober->probes < PROBES_MIN || prober->lost <= prober->outage.probes)
        return false; /* an outage's are told as such */
    text_put(&draft->text, "Of the ");
    text_put(&draft->text, side_word(about));
    text_put(&draft->text, "'s ");
    text_number(&draft->text, prober->probes);
    text_put(&draft->text, " probes ");
    text_number(&draft->text, prober->lost);
    text_put(&draft->text, " (");
    text_percent(&draft->text, prober->lost, prober->probes);
    text_put(
        &draft->text,
        prober->lost == 1
            ? ") went unanswered by a peer that answered the next: it or its answer was lost."
            : ") went unanswered by a peer that answered later ones: they or their answers were lost.");
    finding_frame(draft, prober->outage.first_frame);
    finding_frame(draft, prober->outage.answer_frame);
    return true;
}

bool probe_rtt_rose(const struct finding_case *c, enum ka_side about, struct finding_draft *draft)
{
    const struct prober *prober = finding_prober(c, about);
    if (!prober || prober->late < 2 * RTTS_KEPT)
        return false;
    int64_t early_ns = 0, late_ns = INT64_MAX; /* the slowest early one, the fastest late one */
    for (int i = 0; i < RTTS_KEPT; i++) {
        early_ns = prober->early_rtt_ns[i] > early_ns ? prober->early_rtt_ns[i] : early_ns;
        late_ns = prober->late_rtt_ns[i] < late_ns ? prober->late_rtt_ns[i] : late_ns;
    }
    if (late_ns < early_ns * RTT_TIMES || late_ns - early_ns < rtt_rise_ns)
        return false;
    text_put(&draft->text, "The answers to the ");
    text_put(&draft->text, side_word(about));
    text_put(&draft->text, "'s probes took at most ");
    text_duration(&draft->text, early_ns);
    text_put(&draft->text, " at first and take at least ");
    text_duration(&draft->text, late_ns);
    text_put(&draft->text, " at the end: the path grew longer or is congested.");
    finding_frame(draft, prober->early_frame);
    finding_frame(draft, prober->answer_frame);
    return true;
}
