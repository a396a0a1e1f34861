/* SPDX-License-Identifier: GPL-2.0-or-later */
/* finding_settings.c: what keep-alive's settings did, or kept from being done. */
#include "finding.h"

/* RFC 9293 3.8.4: two hours, rounded up by the coarsest timer wheel (an eighth). */
static const int64_t default_idle_ns = 7200 * KA_SECOND / 8 * 9;
static const int64_t slow_idle_ns = 3600 * KA_SECOND;
/* Go, .NET and the like probe every 15 s; this is well below. */
static const int64_t aggressive_ns = 5 * KA_SECOND;
/* A silence that short proves nothing about keep-alive. */
static const int64_t silence_min_ns = 60 * KA_SECOND;
static const int64_t seconds_a_day = 86400;

static bool is_known(const struct ka_estimate *estimate)
{
    return estimate->nominal_ns != KA_UNKNOWN;
}

/* "idle 7200 s, interval 75 s, count 9" as far as they are known. */
static void put_settings(struct text *text, const struct ka_keepalive *k)
{
    text_put(text, "idle ");
    text_setting(text, k->idle.nominal_ns);
    if (is_known(&k->intvl)) {
        text_put(text, ", interval ");
        text_setting(text, k->intvl.nominal_ns);
    }
    if (k->count) {
        text_put(text, ", count ");
        text_number(text, k->count);
    }
}

/* ---- keep-alive did not get its turn ----------------------------------------------------- */

/* A time in which data was outstanding. */
struct in_flight {
    uint64_t frame, last_frame; /* the data, and the last copy or 0 */
    int64_t ns;                 /* since the peer was last heard, or since the data */
    bool window;                /* held back by a closed window */
    bool over;                  /* acknowledged in the end */
};

/* The one that ended the connection or is not over, else the longest. */
static bool data_in_flight(const struct finding_case *c, enum ka_side about, struct in_flight *data)
{
    const struct ka_detection *d = c->report->detection;
    const struct ka_backoff *row = finding_recovery(c, about);
    bool waits =
        d && d->detector == about && d->unanswered > 0 && d->last_heard_ns != KA_UNKNOWN &&
        (d->mechanism == KA_MECHANISM_RETRANSMISSION || d->mechanism == KA_MECHANISM_WINDOW_PROBE);
    if (waits) {
        int64_t until_ns = d->declared ? d->declared_ns : c->ka->reached_ns;
        *data = (struct in_flight){
            .frame = d->first_unanswered_frame,
            .ns = until_ns - d->last_heard_ns,
            .window = d->mechanism == KA_MECHANISM_WINDOW_PROBE,
        };
    } else if (row) {
        *data = (struct in_flight){
            .frame = row->original_frame,
            .last_frame = row->last_frame,
            .ns = row->last_ns - row->original_ns,
            .over = true,
        };
    }
    return waits || row;
}

bool keepalive_suspended(const struct finding_case *c, enum ka_side about,
                         struct finding_draft *draft)
{
    const struct ka_keepalive *k = c->report->keepalive[about];
    struct in_flight data;
    if (!k || !is_known(&k->idle) || !data_in_flight(c, about, &data))
        return false;
    uint64_t probe = c->watch->probe_frame[side_end(c->conn, about)];
    int64_t due_ns = k->idle.max_ns + k->idle.max_ns / 8 + KA_SECOND;
    bool probed = probe >= data.frame && (!data.last_frame || probe <= data.last_frame);
    if (data.ns <= due_ns || probed)
        return false;
    struct text *text = &draft->text;
    text_put(text, "The ");
    text_put(text, side_word(about));
    text_put(text, " has keep-alive on (");
    put_settings(text, k);
    text_put(text, ", probe in frame ");
    text_number(text, probe);
    text_put(text, "), but data that ");
    text_put(text, data.window ? "the peer's closed window holds back" : "was not acknowledged");
    text_put(text, ", from frame ");
    text_number(text, data.frame);
    text_put(text, " on, kept it from probing for ");
    text_duration(text, data.ns);
    text_put(text, data.window ? ": window probes find a dead peer then, "
                               : ": retransmission finds a dead peer then, ");
    text_put(text, "not keep-alive. TCP_USER_TIMEOUT bounds both.");
    finding_frame(draft, probe);
    finding_frame(draft, data.frame);
    finding_frame(draft, data.last_frame);
    return true;
}

bool finding_silent_at_end(const struct finding_case *c)
{
    return c->report->outcome == KA_OUTCOME_ALIVE &&
           c->ka->reached_ns - c->report->last_ns > default_idle_ns;
}

bool keepalive_absent(const struct finding_case *c, enum ka_side about, struct finding_draft *draft)
{
    const struct ka_connection *report = c->report;
    bool waits = finding_silent_at_end(c);
    int64_t silence_ns = waits ? c->ka->reached_ns - report->last_ns : report->idle_before_end_ns;
    if (about != KA_CLIENT || report->keepalive[KA_CLIENT] || report->keepalive[KA_SERVER] ||
        silence_ns < silence_min_ns || !(c->conn->flags & CONN_PAST_SYN) ||
        end_is(c->conn, 0, END_FIN) || end_is(c->conn, 1, END_FIN))
        return false;
    bool met = report->detection || (c->mark && c->mark->answered_frame);
    if (!waits && !met)
        return false;
    text_put(&draft->text, "Neither end sent a keep-alive probe in ");
    text_duration(&draft->text, silence_ns);
    text_put(&draft->text, waits ? " of silence up to the end of the capture" : " of silence");
    text_put(&draft->text, silence_ns > default_idle_ns
                               ? ": it is off on both ends. "
                               : ": it is off, or its idle setting is longer than that. ");
    text_put(&draft->text,
             waits ? "Should one end be gone, the other will not notice until it sends."
                   : "So what happened meanwhile came to light only when data was sent.");
    finding_frame(draft, report->last_frame);
    if (!waits && report->detection) {
        finding_frame(draft, report->detection->last_heard_frame);
        finding_frame(draft, report->detection->first_unanswered_frame);
    } else if (!waits && c->mark) {
        finding_frame(draft, c->mark->before_frame);
        finding_frame(draft, c->mark->answered_frame);
    }
    return true;
}

bool keepalive_one_sided(const struct finding_case *c, enum ka_side about,
                         struct finding_draft *draft)
{
    enum ka_side peer = other_side(about);
    const struct ka_keepalive *k = c->report->keepalive[about];
    if (!k || c->report->keepalive[peer] || k->probes < 2 || !c->watch->active_frame)
        return false;
    /* Since the last data; Linux' idle timer takes no notice of the other end's probes. */
    int64_t silence_ns = c->conn->heard_ns[side_end(c->conn, peer)] - c->watch->active_ns;
    if (silence_ns <= default_idle_ns)
        return false;
    text_put(&draft->text, "Only the ");
    text_put(&draft->text, side_word(about));
    text_put(&draft->text, " probes: the ");
    text_put(&draft->text, side_word(peer));
    text_put(&draft->text, " sent none in the ");
    text_duration(&draft->text, silence_ns);
    text_put(&draft->text, " after the last data, so it does not notice a dead ");
    text_put(&draft->text, side_word(about));
    text_put(&draft->text,
             " (unless its stack takes received probes for a sign of life and waits longer).");
    finding_frame(draft, c->watch->active_frame);
    finding_frame(draft, c->watch->probe_frame[side_end(c->conn, about)]);
    return true;
}

/* ---- which setting ruled ----------------------------------------------------------------- */

/* The keep-alive death that `about` declared by its RST, or NULL. */
static const struct ka_detection *death_by_probes(const struct finding_case *c, enum ka_side about)
{
    const struct ka_detection *d = c->report->detection;
    bool is = d && d->detector == about && d->mechanism == KA_MECHANISM_KEEPALIVE && d->declared &&
              d->declared_by == KA_DECLARED_RST && c->report->keepalive[about];
    return is ? d : NULL;
}

bool user_timeout_or_count(const struct finding_case *c, enum ka_side about,
                           struct finding_draft *draft)
{
    const struct ka_detection *d = death_by_probes(c, about);
    const struct ka_keepalive *k = c->report->keepalive[about];
    if (!d || k->count < 2 || k->user_timeout_max_ns == KA_UNKNOWN)
        return false;
    text_put(&draft->text, "Two settings explain the end alike: a count of ");
    text_number(&draft->text, k->count);
    if (is_known(&k->idle) && is_known(&k->intvl)) {
        text_put(&draft->text, " (");
        text_setting(&draft->text, k->idle.nominal_ns);
        text_put(&draft->text, " + ");
        text_number(&draft->text, k->count);
        text_put(&draft->text, " x ");
        text_setting(&draft->text, k->intvl.nominal_ns);
        text_put(&draft->text, " = ");
        text_setting(&draft->text, k->idle.nominal_ns + k->count * k->intvl.nominal_ns);
        text_put(&draft->text, ")");
    }
    text_put(&draft->text, ", or any count and a TCP_USER_TIMEOUT above ");
    text_setting(&draft->text, k->user_timeout_min_ns);
    text_put(&draft->text, " and up to ");
    text_setting(&draft->text, k->user_timeout_max_ns);
    text_put(&draft->text,
             ". On the wire they look the same: look at the socket (ss -o, ss -i) or the program.");
    finding_frame(draft, d->first_unanswered_frame);
    finding_frame(draft, d->declared_frame);
    return true;
}

bool single_probe_decides(const struct finding_case *c, enum ka_side about,
                          struct finding_draft *draft)
{
    const struct ka_detection *d = death_by_probes(c, about);
    const struct ka_keepalive *k = c->report->keepalive[about];
    if (!d || d->unanswered != 1 || k->count != 1)
        return false;
    text_put(&draft->text, "A single unanswered probe (frame ");
    text_number(&draft->text, d->first_unanswered_frame);
    text_put(&draft->text, ") made the ");
    text_put(&draft->text, side_word(about));
    text_put(&draft->text, " give up ");
    text_duration(&draft->text, d->latency_min_ns);
    text_put(&draft->text,
             " later: one lost packet is enough to end a healthy connection. The count is 1");
    if (k->user_timeout_max_ns != KA_UNKNOWN) {
        text_put(&draft->text, ", or TCP_USER_TIMEOUT is at most ");
        text_setting(&draft->text, k->user_timeout_max_ns);
        text_put(&draft->text, ", less than two intervals after the idle time");
    }
    text_put(&draft->text,
             "; let the user timeout exceed idle + 3 x interval, or raise the count.");
    finding_frame(draft, d->last_heard_frame);
    finding_frame(draft, d->first_unanswered_frame);
    finding_frame(draft, d->declared_frame);
    return true;
}

bool interval_longer_than_idle(const struct finding_case *c, enum ka_side about,
                               struct finding_draft *draft)
{
    const struct ka_keepalive *k = c->report->keepalive[about];
    if (!k || !is_known(&k->idle) || !is_known(&k->intvl) || k->intvl.min_ns <= k->idle.max_ns)
        return false;
    text_put(&draft->text, "The ");
    text_put(&draft->text, side_word(about));
    text_put(&draft->text, "'s interval (");
    text_setting(&draft->text, k->intvl.nominal_ns);
    text_put(&draft->text, ") is longer than its idle time (");
    text_setting(&draft->text, k->idle.nominal_ns);
    text_put(&draft->text,
             "): on Linux a healthy connection is then probed once an interval, not once an "
             "idle time, and most of the time to find a dead peer passes between probes.");
    finding_frame(draft, c->watch->probe_frame[side_end(c->conn, about)]);
    return true;
}

/* ---- practice ---------------------------------------------------------------------------- */

/* "240 s (Azure ...), 350 s (AWS ...)": what forgets a connection before its first probe. */
static void put_shorter_timers(struct text *text, int64_t idle_ns)
{
    enum { NAMED = 3 };
    size_t count, named = 0;
    const struct ka_path_timer *timers = ka_path_timers(&count);
    for (size_t i = 0; i < count && named < NAMED; i++) {
        if (!(timers[i].manner & (KA_PATH_DROPS | KA_PATH_RESETS)) || timers[i].limit_ns >= idle_ns)
            continue;
        text_put(text, named++ ? ", " : "");
        text_put(text, timers[i].name);
        text_put(text, " after ");
        text_setting(text, timers[i].limit_ns);
    }
}

/*
 * The silence that shows the idle time: of the probes that went unanswered, else before the latest.
 */
static void put_idle_frames(const struct finding_case *c, enum ka_side about,
                            struct finding_draft *draft)
{
    const struct ka_detection *found = c->report->detection;
    if (!found || found->mechanism != KA_MECHANISM_KEEPALIVE || found->detector != about) {
        finding_frame(draft, c->watch->probe_frame[side_end(c->conn, about)]);
        return;
    }
    finding_frame(draft, found->last_heard_frame);
    finding_frame(draft, found->first_unanswered_frame);
}

bool keepalive_slow(const struct finding_case *c, enum ka_side about, struct finding_draft *draft)
{
    const struct ka_keepalive *k = c->report->keepalive[about];
    if (!k || !is_known(&k->idle) || k->idle.min_ns < slow_idle_ns)
        return false;
    text_put(&draft->text, "The ");
    text_put(&draft->text, side_word(about));
    text_put(&draft->text, " waits ");
    text_setting(&draft->text, k->idle.nominal_ns);
    text_put(&draft->text, " before it probes");
    if (is_known(&k->intvl) && k->count) {
        text_put(&draft->text, " and needs ");
        text_duration(&draft->text, k->idle.nominal_ns + k->count * k->intvl.nominal_ns);
        text_put(&draft->text, " to find a dead peer");
    }
    text_put(&draft->text, "; many paths forget a silent connection much sooner: ");
    put_shorter_timers(&draft->text, k->idle.min_ns);
    text_put(&draft->text, ".");
    put_idle_frames(c, about, draft);
    return true;
}

/* How far apart the probes of a healthy connection are: course_period_ns() for settings as seen. */
static int64_t period_ns(const struct ka_keepalive *k)
{
    bool by_interval = is_known(&k->intvl) && k->intvl.nominal_ns > k->idle.nominal_ns;
    return by_interval ? k->intvl.nominal_ns : k->idle.nominal_ns;
}

bool keepalive_aggressive(const struct finding_case *c, enum ka_side about,
                          struct finding_draft *draft)
{
    const struct ka_keepalive *k = c->report->keepalive[about];
    if (!k || !is_known(&k->idle) || k->answered < 2 || period_ns(k) >= aggressive_ns ||
        k->idle.max_ns >= aggressive_ns)
        return false;
    text_put(&draft->text, "The ");
    text_put(&draft->text, side_word(about));
    text_put(&draft->text, " probes every ");
    text_setting(&draft->text, period_ns(k));
    text_put(&draft->text, " of silence: up to ");
    text_number(&draft->text, (uint64_t)(2 * seconds_a_day * KA_SECOND / period_ns(k)));
    text_put(&draft->text,
             " packets a day on each idle connection, and a radio that never sleeps on a phone.");
    finding_frame(draft, c->watch->probe_frame[side_end(c->conn, about)]);
    return true;
}

bool keepalive_asymmetric(const struct finding_case *c, enum ka_side about,
                          struct finding_draft *draft)
{
    enum { TIMES = 4 };
    enum ka_side peer = other_side(about);
    const struct ka_keepalive *slow = c->report->keepalive[about],
                              *fast = c->report->keepalive[peer];
    if (!slow || !fast || !is_known(&slow->idle) || !is_known(&fast->idle) ||
        fast->idle.nominal_ns < KA_SECOND || slow->idle.min_ns / TIMES < fast->idle.max_ns)
        return false;
    text_put(&draft->text, "The ");
    text_put(&draft->text, side_word(about));
    text_put(&draft->text, " begins to probe after ");
    text_setting(&draft->text, slow->idle.nominal_ns);
    text_put(&draft->text, ", the ");
    text_put(&draft->text, side_word(peer));
    text_put(&draft->text, " after ");
    text_setting(&draft->text, fast->idle.nominal_ns);
    text_put(
        &draft->text,
        ": when the path breaks, one end holds a connection that the other gave up long before.");
    finding_frame(draft, c->watch->probe_frame[0]);
    finding_frame(draft, c->watch->probe_frame[1]);
    return true;
}

bool probe_with_data(const struct finding_case *c, enum ka_side about, struct finding_draft *draft)
{
    const struct prober *prober = finding_prober(c, about);
    if (!prober || prober->gaps.probe_len == 0)
        return false;
    text_put(&draft->text, "The ");
    text_put(&draft->text, side_word(about));
    text_put(
        &draft->text,
        "'s probes carry a byte of data, as those of Windows, illumos and smoltcp do: such a probe "
        "can pass for a retransmission of the last byte.");
    finding_frame(draft, c->watch->probe_frame[side_end(c->conn, about)]);
    return true;
}
