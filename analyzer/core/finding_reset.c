/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * finding_reset.c: who sent the RST: the end whose address it bears, or something in the path.
 *
 * Each mark speaks for one or the other with a weight; a verdict needs weight on one side and none
 * that matters on the other. The sentence names all of them.
 */
#include "finding.h"

/* RSTs of both ends within this time are no answers to each other: a RST is never answered. */
static const int64_t at_once_ns = KA_SECOND / 20;
/* A time below this shows the host at which the capture was taken, not the path. */
static const int64_t answer_min_ns = 2 * KA_SECOND / 1000;

enum { DECIDES = 3, ENOUGH_SAMPLES = 2, FAR_HOPS = 4, ID_STEP_MAX = 64, SURE_OF_COUNT = 6 };

/* The marks of the RST against those of its end. */
struct evidence {
    int box, end; /* weights */
    bool ttl_differs, ttl_same, early, both, inexact, id_breaks, id_fits, unstamped;
};

static const struct origin_base *base_of(const struct finding_case *c)
{
    return &c->base[side_end(c->conn, c->report->reset_by)];
}

/* The RST in the other end's name, or NULL. */
static const struct origin_mark *other_rst(const struct finding_case *c)
{
    return c->other_mark && c->other_mark->frame ? c->other_mark : NULL;
}

static void weigh_ttl(const struct origin_mark *mark, const struct origin_base *base,
                      struct evidence *e)
{
    int samples = origin_samples(base);
    bool varies = base->flags & ORIGIN_TTL_VARIES; /* the route changed: the latest one counts */
    if (samples == 0 || (varies && mark->ttl != mark->latest_ttl))
        return;
    int ttl = varies ? mark->latest_ttl : base->ttl;
    int hops = mark->ttl > ttl ? mark->ttl - ttl : ttl - mark->ttl;
    e->ttl_differs = hops > 0;
    e->ttl_same = hops == 0;
    if (hops > 0) /* a single hop may be a change of route */
        e->box += samples >= ENOUGH_SAMPLES || hops >= FAR_HOPS ? DECIDES : 1;
    else
        e->end += 2;
}

static struct evidence weigh(const struct finding_case *c)
{
    const struct origin_mark *mark = c->mark, *other = other_rst(c);
    const struct origin_base *base = base_of(c);
    struct evidence e = {0};
    weigh_ttl(mark, base, &e);
    int64_t answer_ns = origin_answer_ns(base);
    if (mark->answered_frame && answer_ns >= answer_min_ns && mark->delay_ns < answer_ns / 2) {
        e.early = true;
        e.box += DECIDES;
    }
    int64_t apart_ns = other ? other->ns - mark->ns : KA_UNKNOWN;
    if (other && !other->after_fin && apart_ns <= at_once_ns && apart_ns >= -at_once_ns) {
        e.both = true;
        e.box += 2;
    }
    if (!mark->exact) {
        e.inexact = true;
        e.box += 1;
    }
    if (origin_counts_ids(base) && mark->id_known) {
        e.id_fits = mark->id_step > 0 && mark->id_step <= ID_STEP_MAX;
        e.id_breaks = !e.id_fits && base->id_steps >= SURE_OF_COUNT;
        e.box += e.id_breaks ? 2 : 0;
        e.end += e.id_fits ? DECIDES : 0;
    }
    if (!mark->bare && !mark->stamped && (base->flags & ORIGIN_STAMPED)) {
        e.unstamped = true;
        e.box += 1;
    }
    return e;
}

static enum rst_origin verdict(const struct evidence *e)
{
    if (e->box >= DECIDES && e->end < 2)
        return RST_FROM_BOX;
    if (e->box == 0 && e->end >= 2)
        return RST_FROM_END;
    return RST_FROM_ANYWHERE;
}

enum rst_origin finding_rst_origin(const struct finding_case *c)
{
    struct evidence e = weigh(c);
    return verdict(&e);
}

/* ---- in words ---------------------------------------------------------------------------- */

/* Separate the pieces of the evidence. */
static struct text *piece(struct text *text, bool *begun)
{
    text_put(text, *begun ? ", " : "");
    *begun = true;
    return text;
}

static void put_ttl(const struct finding_case *c, struct text *text, bool *begun,
                    const struct evidence *e)
{
    if (e->ttl_differs) {
        text_put(piece(text, begun), "hop limit ");
        text_number(text, c->mark->ttl);
        text_put(text, " against ");
        text_number(text, base_of(c)->ttl);
        text_put(text, " of its other segments");
    } else if (e->ttl_same) {
        text_put(piece(text, begun), "hop limit ");
        text_number(text, c->mark->ttl);
        text_put(text, base_of(c)->flags & ORIGIN_TTL_VARIES ? " as in its latest segment"
                                                             : " as in its other segments");
    } else {
        text_put(piece(text, begun), "the hop limits of its other segments vary");
    }
}

static void put_evidence(const struct finding_case *c, struct text *text, const struct evidence *e)
{
    bool begun = false;
    put_ttl(c, text, &begun, e);
    if (e->id_fits)
        text_put(piece(text, &begun), "its IP identification continues the count");
    if (e->id_breaks)
        text_put(piece(text, &begun), "its IP identification is out of the count");
    if (e->early) {
        text_put(piece(text, &begun), "it answers after ");
        text_duration(text, c->mark->delay_ns);
        text_put(text, ", while the fastest answer of that end took ");
        text_duration(text, origin_answer_ns(base_of(c)));
    }
    if (e->both) {
        text_put(piece(text, &begun), "RSTs in the name of both ends at once (frame ");
        text_number(text, other_rst(c)->frame);
        text_put(text, ")");
    }
    if (e->inexact)
        text_put(piece(text, &begun), "its sequence number is not the one that was due");
    if (e->unstamped)
        text_put(piece(text, &begun), "no time stamp although the connection carries them");
}

/*
 * Who sent it is asked of RSTs that came out of the blue, not of those
 * that end a check or follow a FIN.
 */
static bool is_asked(const struct finding_case *c, enum ka_side about)
{
    const struct ka_connection *report = c->report;
    if (!c->mark || report->reset_by != about || c->mark->after_fin ||
        !(c->conn->flags & CONN_PAST_SYN) || (c->conn->flags & CONN_DISOWNED))
        return false;
    if (report->outcome == KA_OUTCOME_PEER_RESET)
        return report->detection && report->detection->detector != about;
    return report->outcome == KA_OUTCOME_ABORTED;
}

static void name_rst(const struct finding_case *c, struct finding_draft *draft)
{
    text_put(&draft->text, "The RST in frame ");
    text_number(&draft->text, c->mark->frame);
    finding_frame(draft, c->mark->answered_frame);
    finding_frame(draft, c->mark->frame);
}

/* The RST comes from the very host of `about`, which ended a connection with this outcome. */
static bool is_from_host(const struct finding_case *c, enum ka_side about, enum ka_outcome outcome,
                         struct finding_draft *draft)
{
    if (!is_asked(c, about) || c->report->outcome != outcome)
        return false;
    struct evidence e = weigh(c);
    if (verdict(&e) != RST_FROM_END)
        return false;
    name_rst(c, draft);
    text_put(&draft->text, " bears the marks of the ");
    text_put(&draft->text, side_word(about));
    text_put(&draft->text, "'s own host (");
    put_evidence(c, &draft->text, &e);
    return true;
}

bool rst_from_endpoint(const struct finding_case *c, enum ka_side about,
                       struct finding_draft *draft)
{
    if (!is_from_host(c, about, KA_OUTCOME_ABORTED, draft))
        return false;
    text_put(&draft->text,
             "): its application or its stack aborted, or a proxy that speaks for it.");
    return true;
}

bool rst_from_rebooted(const struct finding_case *c, enum ka_side about,
                       struct finding_draft *draft)
{
    if (!is_from_host(c, about, KA_OUTCOME_PEER_RESET, draft))
        return false;
    text_put(
        &draft->text,
        "), which lives but has no such connection any more: it rebooted, or gave the connection "
        "up unseen (its process ended, a timeout of its own)");
    text_put(&draft->text,
             weigh(c).end >= DECIDES ? "." : ". A box right in front of it could look the same.");
    return true;
}

bool rst_from_middlebox(const struct finding_case *c, enum ka_side about,
                        struct finding_draft *draft)
{
    if (!is_asked(c, about))
        return false;
    struct evidence e = weigh(c);
    if (verdict(&e) != RST_FROM_BOX)
        return false;
    name_rst(c, draft);
    if (e.both)
        finding_frame(draft, other_rst(c)->frame);
    text_put(&draft->text, " bears the ");
    text_put(&draft->text, side_word(about));
    text_put(&draft->text, "'s address but hardly comes from it (");
    put_evidence(c, &draft->text, &e);
    text_put(&draft->text,
             "): likely a load balancer, NAT or firewall in the path sent it, and the ");
    text_put(&draft->text, side_word(about));
    text_put(&draft->text, " may still hold the connection.");
    return true;
}

bool rst_origin_unknown(const struct finding_case *c, enum ka_side about,
                        struct finding_draft *draft)
{
    if (!is_asked(c, about) || origin_samples(base_of(c)) == 0)
        return false;
    struct evidence e = weigh(c);
    if (verdict(&e) != RST_FROM_ANYWHERE)
        return false;
    name_rst(c, draft);
    text_put(&draft->text, " may come from the ");
    text_put(&draft->text, side_word(about));
    text_put(&draft->text, " or from a box in the path (");
    put_evidence(c, &draft->text, &e);
    text_put(&draft->text, "): this capture does not tell.");
    return true;
}

bool rst_sender_goes_on(const struct finding_case *c, enum ka_side about,
                        struct finding_draft *draft)
{
    if (!c->mark || c->report->reset_by != about || !(c->conn->flags & CONN_DISOWNED))
        return false;
    struct evidence e = weigh(c);
    uint64_t later = heard_frame(c->conn, c->rest, side_end(c->conn, about));
    name_rst(c, draft);
    finding_frame(draft, later);
    text_put(&draft->text, " bears the ");
    text_put(&draft->text, side_word(about));
    text_put(&draft->text, "'s address, but the ");
    text_put(&draft->text, side_word(about));
    text_put(&draft->text, " goes on with the connection (frame ");
    text_number(&draft->text, later);
    text_put(&draft->text, "), which the other end takes for closed: ");
    text_put(&draft->text, verdict(&e) == RST_FROM_BOX
                               ? "a box in the path sent the RST ("
                               : "its socket did not send the RST; its host may have, to refuse a "
                                 "segment that an address translation passed on untranslated (");
    put_evidence(c, &draft->text, &e);
    text_put(&draft->text, ").");
    return true;
}
