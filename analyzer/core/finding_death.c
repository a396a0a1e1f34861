/* SPDX-License-Identifier: GPL-2.0-or-later */
/* finding_death.c: how a connection came to its end, and what the silence before it fits. */
#include "finding.h"
#include "giveup.h"
#include "paths.h"
#include "stacks.h"

/* What is still under way, or answered late, when a peer is given up. */
static const int64_t in_flight_ns = KA_SECOND;

/* ---- given up in silence ----------------------------------------------------------------- */

static const struct ka_detection *death_in_silence(const struct finding_case *c, enum ka_side about)
{
    const struct ka_detection *d = c->report->detection;
    bool is = d && d->detector == about && d->declared && d->declared_by == KA_DECLARED_INFERRED &&
              d->mechanism != KA_MECHANISM_SYN && d->unanswered > 0;
    return is ? d : NULL;
}

/* The series of `about` that ended last, or NULL. */
static const struct ka_backoff *last_series(const struct finding_case *c, enum ka_side about)
{
    for (size_t i = c->report->backoffs; i > 0; i--)
        if (c->report->backoff[i - 1].sender == about)
            return &c->report->backoff[i - 1];
    return NULL;
}

static uint64_t last_sent_frame(const struct finding_case *c, enum ka_side about)
{
    const struct ka_detection *d = c->report->detection;
    const struct ka_backoff *series = last_series(c, about);
    if (d->mechanism == KA_MECHANISM_KEEPALIVE)
        return c->watch->probe_frame[side_end(c->conn, about)];
    return series ? series->last_frame : 0;
}

static int64_t last_sent_ns(const struct finding_case *c, enum ka_side about)
{
    const struct ka_backoff *series = last_series(c, about);
    if (c->report->detection->mechanism == KA_MECHANISM_KEEPALIVE)
        return finding_wait(c, about)->last_ns;
    return series ? series->last_ns : KA_UNKNOWN;
}

bool silent_give_up(const struct finding_case *c, enum ka_side about, struct finding_draft *draft)
{
    const struct ka_detection *d = death_in_silence(c, about);
    if (!d || d->declared_at_latest || c->report->reset_frame || last_sent_ns(c, about) <= 0)
        return false;
    bool probes = d->mechanism == KA_MECHANISM_KEEPALIVE;
    text_put(&draft->text, "No frame marks the end: about ");
    text_duration(&draft->text, d->declared_ns - last_sent_ns(c, about));
    text_put(&draft->text, " after frame ");
    text_number(&draft->text, last_sent_frame(c, about));
    text_put(&draft->text,
             probes ? " the next probe or a RST was due, and nothing came: a stack that sends no "
                      "RST, or the prober itself was gone or could not send any more."
                    : " the stack gave up. Linux sends nothing then: the peer learns nothing");
    if (!probes)
        text_put(&draft->text, end_is(c->conn, side_end(c->conn, about), END_FIN)
                                   ? "."
                                   : ", the application gets ETIMEDOUT.");
    finding_frame(draft, d->first_unanswered_frame);
    finding_frame(draft, last_sent_frame(c, about));
    return true;
}

bool silent_death_proved(const struct finding_case *c, enum ka_side about,
                         struct finding_draft *draft)
{
    const struct ka_detection *d = death_in_silence(c, about);
    if (!d || !c->mark || c->report->reset_by != about || !c->mark->bare ||
        !c->mark->answered_frame)
        return false;
    text_put(&draft->text, "The ");
    text_put(&draft->text, side_word(about));
    text_put(&draft->text, " met the peer's frame ");
    text_number(&draft->text, c->mark->answered_frame);
    text_put(&draft->text, " with a bare RST (frame ");
    text_number(&draft->text, c->mark->frame);
    text_put(
        &draft->text,
        "): it had given the connection up before, without a frame, after its last copy in frame ");
    text_number(&draft->text, last_sent_frame(c, about));
    text_put(&draft->text, " and at most ");
    text_duration(&draft->text, c->mark->ns - last_sent_ns(c, about));
    text_put(&draft->text, " later.");
    finding_frame(draft, last_sent_frame(c, about));
    finding_frame(draft, c->mark->answered_frame);
    finding_frame(draft, c->mark->frame);
    return true;
}

/* Numbers of retries whose time, as Linux computes it, lies between the last copy and the end. */
static bool retries_explain(const struct wait *wait, int64_t end_ns, uint32_t *low, uint32_t *high)
{
    enum { DEFAULT_RETRIES = 15 };
    *low = *high = 0;
    for (uint32_t retries = 1; retries < DEFAULT_RETRIES; retries++) {
        int64_t model_ns = stack_model_timeout_ns(retries);
        if (model_ns <= wait->last_ns - wait->stamp_ns || model_ns > end_ns - wait->stamp_ns)
            continue;
        *low = *low ? *low : retries;
        *high = retries;
    }
    return *low > 0;
}

bool gave_up_early(const struct finding_case *c, enum ka_side about, struct finding_draft *draft)
{
    const struct ka_detection *d = death_in_silence(c, about);
    const struct wait *wait = finding_wait(c, about);
    uint32_t low, high;
    if (!d || !d->declared_at_latest || d->mechanism != KA_MECHANISM_RETRANSMISSION ||
        wait->timeouts < 3 || d->unreachable_messages > 0 || d->last_heard_frame == 0)
        return false; /* a report undoes a doubling (RFC 6069); copies may have been missed */
    text_put(&draft->text, "After ");
    text_counted(&draft->text, d->unanswered, "copy", "copies");
    text_put(&draft->text, " the next was due by ");
    text_duration(&draft->text, d->declared_ns - wait->last_ns);
    text_put(&draft->text, " after frame ");
    text_number(&draft->text, wait->last_frame);
    text_put(&draft->text, " and did not come: less than Linux' 15 retries (tcp_retries2). ");
    if (retries_explain(wait, d->declared_ns, &low, &high)) {
        text_put(&draft->text, "tcp_retries2 = ");
        text_number(&draft->text, low);
        if (high > low) {
            text_put(&draft->text, " to ");
            text_number(&draft->text, high);
        }
        text_put(&draft->text, " explains it, ");
    }
    text_put(&draft->text, "a TCP_USER_TIMEOUT of ");
    text_duration(&draft->text, wait->last_ns - wait->stamp_ns);
    text_put(&draft->text, " to ");
    text_duration(&draft->text, d->declared_ns - wait->stamp_ns);
    text_put(&draft->text, " as well, or the application closed, or the host went down.");
    finding_frame(draft, d->first_unanswered_frame);
    finding_frame(draft, wait->first_copy_frame);
    finding_frame(draft, wait->last_frame);
    return true;
}

/* ---- dead or not ------------------------------------------------------------------------- */

bool dead_peer_spoke(const struct finding_case *c, enum ka_side about, struct finding_draft *draft)
{
    const struct ka_detection *d = c->report->detection;
    if (!d || !d->declared || d->detector != about || d->mechanism == KA_MECHANISM_PEER_RESET ||
        d->mechanism == KA_MECHANISM_SYN || d->mechanism == KA_MECHANISM_FIN)
        return false;
    enum ka_side peer = other_side(about);
    int end = side_end(c->conn, peer);
    int64_t heard_ns = c->conn->heard_ns[end];
    if (!end_is(c->conn, end, END_SEEN) || end_is(c->conn, end, END_RST) ||
        heard_ns <= d->declared_ns + in_flight_ns)
        return false;
    text_put(&draft->text, "The ");
    text_put(&draft->text, side_word(peer));
    text_put(&draft->text, " was given up as dead, but spoke in frame ");
    text_number(&draft->text, heard_frame(c->conn, c->rest, end));
    text_put(&draft->text, ", ");
    text_duration(&draft->text, heard_ns - d->declared_ns);
    text_put(&draft->text, " later: it had kept the connection, so it was the path between "
                           "that had failed, or the peer's host was suspended.");
    finding_frame(draft, d->first_unanswered_frame);
    finding_frame(draft, d->declared_frame);
    finding_frame(draft, heard_frame(c->conn, c->rest, end));
    return true;
}

/* Data that was sent again and again although its ACK was captured: the longest such series, or NULL. */
static const struct ka_backoff *acked_in_vain(const struct finding_case *c, enum ka_side about)
{
    enum { COPIES_MIN = 4 };
    const struct ka_backoff *longest = NULL;
    for (size_t i = 0; i < c->report->backoffs; i++) {
        const struct ka_backoff *row = &c->report->backoff[i];
        if (row->sender == about && row->kind == KA_KIND_DATA && row->acked >= COPIES_MIN &&
            row->last_gap_ns >= KA_SECOND && (!longest || row->acked > longest->acked))
            longest = row;
    }
    return longest;
}

static bool acks_lost(const struct finding_case *c, enum ka_side about, struct finding_draft *draft)
{
    const struct ka_backoff *row = acked_in_vain(c, about);
    if (!row)
        return false;
    text_put(&draft->text, "The peer's ACK of the ");
    text_put(&draft->text, side_word(about));
    text_put(&draft->text, "'s data in frame ");
    text_number(&draft->text, row->original_frame ? row->original_frame : row->first_frame);
    text_put(&draft->text, " is in this capture, yet the data was sent again ");
    text_number(&draft->text, row->acked);
    text_put(&draft->text, " times after it, up to frame ");
    text_number(&draft->text, row->last_frame);
    text_put(&draft->text, ": the peer lives, and the way back from this capture's place to the ");
    text_put(&draft->text, side_word(about));
    text_put(&draft->text, " loses its ACKs.");
    finding_frame(draft, row->original_frame);
    finding_frame(draft, row->first_frame);
    finding_frame(draft, row->last_frame);
    return true;
}

bool answers_lost(const struct finding_case *c, enum ka_side about, struct finding_draft *draft)
{
    const struct ka_detection *d = c->report->detection;
    if (!d || d->detector != about || d->mechanism != KA_MECHANISM_KEEPALIVE || !d->declared ||
        !c->watch->lost_answers)
        return acks_lost(c, about, draft);
    const struct prober *prober = finding_prober(c, about);
    text_put(&draft->text, "The peer's answers to the last ");
    text_counted(&draft->text, c->watch->lost_answers, "probe", "probes");
    text_put(&draft->text, " are in this capture, yet the ");
    text_put(&draft->text, side_word(about));
    text_put(&draft->text,
             " went on probing at its interval and gave up: the peer lives, and the way back from "
             "this capture's place to the prober loses them.");
    finding_frame(draft, d->first_unanswered_frame);
    if (prober)
        finding_frame(draft, prober->answer_frame);
    finding_frame(draft, d->declared_frame);
    return true;
}

bool path_unreachable(const struct finding_case *c, enum ka_side about, struct finding_draft *draft)
{
    const struct ka_detection *d = c->report->detection;
    if (!d || d->detector != about || d->unreachable_messages == 0)
        return false;
    text_put(&draft->text, "Frame ");
    text_number(&draft->text, c->watch->icmp_frame[side_end(c->conn, about)]);
    text_put(&draft->text, ": ");
    text_address(&draft->text, &c->watch->icmp_from);
    text_put(&draft->text, " reports by ICMP that the peer cannot be reached (");
    text_counted(&draft->text, d->unreachable_messages, "message", "messages");
    text_put(&draft->text, "): the path or the peer's host is down");
    text_put(&draft->text, d->mechanism == KA_MECHANISM_KEEPALIVE
                               ? ". Linux does not let that cut keep-alive short."
                               : ". Established connections go on trying all the same.");
    finding_frame(draft, d->first_unanswered_frame);
    finding_frame(draft, c->watch->icmp_frame[side_end(c->conn, about)]);
    return true;
}

/* ---- idle timers in the path ------------------------------------------------------------- */

/* What came after the silence, and whether `about` is the end whose segment met it. */
static bool silence_of(const struct finding_case *c, enum ka_side about,
                       struct path_silence *silence)
{
    const struct ka_connection *report = c->report;
    const struct ka_detection *d = report->detection;
    *silence = (struct path_silence){.ns = report->idle_before_end_ns,
                                     .survived_ns = report->idle_survived_ns};
    if (silence->ns == KA_UNKNOWN || !(c->conn->flags & CONN_PAST_SYN))
        return false;
    if (c->mark &&
        (report->outcome == KA_OUTCOME_ABORTED || report->outcome == KA_OUTCOME_PEER_RESET)) {
        silence->manner = c->mark->answered_frame ? KA_PATH_RESETS : KA_PATH_ENDS;
        return report->reset_by != about && !c->mark->after_fin;
    }
    silence->manner = KA_PATH_DROPS;
    return d && d->detector == about && d->unanswered >= 3 &&
           (d->mechanism == KA_MECHANISM_KEEPALIVE || d->mechanism == KA_MECHANISM_RETRANSMISSION);
}

static void put_timers(struct text *text, const struct ka_path_timer *const *fit, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        text_put(text, i ? " and " : "");
        text_setting(text, fit[i]->limit_ns);
        text_put(text, " (");
        text_put(text, fit[i]->name);
        text_put(text, ")");
    }
}

static void put_silence(struct text *text, const struct path_silence *silence)
{
    text_put(text, "The connection had been silent for ");
    text_duration(text, silence->ns);
    if (silence->survived_ns != KA_UNKNOWN && silence->survived_ns < silence->ns) {
        text_put(text, ", longer than ever before (");
        text_duration(text, silence->survived_ns);
        text_put(text, ")");
    }
}

bool path_idle_timer(const struct finding_case *c, enum ka_side about, struct finding_draft *draft)
{
    struct path_silence silence;
    const struct ka_path_timer *fit[PATHS_FIT_MAX];
    if (!silence_of(c, about, &silence))
        return false;
    unsigned manner = silence.manner;
    bool by_rst = manner != KA_PATH_DROPS;
    size_t count = paths_fit(&silence, c->ka->path_timers, c->ka->path_timer_count, fit);
    /* What drops the segments of a connection that it forgot may as well be told to refuse them. */
    if (count == 0 && manner == KA_PATH_RESETS && finding_rst_origin(c) == RST_FROM_BOX) {
        silence.manner = KA_PATH_DROPS;
        count = paths_fit(&silence, c->ka->path_timers, c->ka->path_timer_count, fit);
    }
    if (count == 0 || count > PATHS_FIT_MAX)
        return false;
    /* The peer's own marks speak against a box. */
    enum rst_origin origin = by_rst ? finding_rst_origin(c) : RST_FROM_ANYWHERE;
    if (origin == RST_FROM_END || (manner == KA_PATH_ENDS && origin != RST_FROM_BOX))
        return false;
    draft->limit_ns = fit[0]->limit_ns;
    struct text *text = &draft->text;
    put_silence(text, &silence);
    text_put(text, manner == KA_PATH_ENDS     ? " when a RST ended it"
                   : manner == KA_PATH_RESETS ? " when the next segment was met by a RST"
                                              : " when what was sent next went unanswered");
    text_put(text, silence.manner == KA_PATH_ENDS
                       ? ", just when a known idle timer of paths expires: "
                       : "; idle timers of paths that had expired: ");
    put_timers(text, fit, count);
    text_put(
        text,
        by_rst
            ? ". If one is in this path, it forgot the connection"
            : ". If one is in this path, it forgot the connection; a peer that died meanwhile looks the same");
    text_put(text, ". Keep-alive with idle ");
    text_setting(text, fit[0]->limit_ns / 2);
    text_put(text, " would keep it open.");
    if (c->mark) {
        finding_frame(draft, c->mark->before_frame);
        finding_frame(draft, c->mark->answered_frame);
        finding_frame(draft, c->mark->frame);
    } else {
        finding_frame(draft, c->report->detection->last_heard_frame);
        finding_frame(draft, c->report->detection->first_unanswered_frame);
    }
    return true;
}

bool closed_while_kept_alive(const struct finding_case *c, enum ka_side about,
                             struct finding_draft *draft)
{
    const struct watch *watch = c->watch;
    const struct ka_path_timer *fit[PATHS_FIT_MAX];
    if (!watch || !watch->fin_after_quiet || end_side(c->conn, watch->fin_end) != about ||
        (c->report->outcome != KA_OUTCOME_CLOSED && c->report->outcome != KA_OUTCOME_ABORTED))
        return false;
    struct path_silence silence = {.ns = watch->fin_ns - watch->active_ns,
                                   .survived_ns = KA_UNKNOWN,
                                   .manner = KA_PATH_COUNTS_DATA};
    size_t count = paths_fit(&silence, c->ka->path_timers, c->ka->path_timer_count, fit);
    /* Another time it lasted as long and nothing happened. */
    bool survived = count > 0 && watch->quiet_survived_ns > fit[0]->limit_ns - KA_SECOND;
    if (count != 1 || survived)
        return false;
    text_put(&draft->text, "The ");
    text_put(&draft->text, side_word(about));
    text_put(&draft->text, " ended the connection (frame ");
    text_number(&draft->text, watch->fin_frame);
    text_put(&draft->text, ") ");
    text_duration(&draft->text, silence.ns);
    text_put(&draft->text, " after the last data (frame ");
    text_number(&draft->text, watch->active_frame);
    text_put(&draft->text, "), although ");
    text_counted(&draft->text, watch->kept_alive, "keep-alive probe was", "keep-alive probes were");
    text_put(&draft->text,
             " answered since. That fits an idle timer that counts data only, such as ");
    put_timers(&draft->text, fit, count);
    text_put(&draft->text, "; keep-alive cannot prevent that, messages of the application can. An "
                           "application may also have closed for reasons of its own.");
    finding_frame(draft, watch->active_frame);
    finding_frame(draft, watch->fin_frame);
    return true;
}
