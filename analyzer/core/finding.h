/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * finding.h: the findings of one connection, and what its rules share.
 *
 * finding.c has the table: each row a code, its severity, its source and the predicate that makes
 * it. The predicates are grouped by what they speak of: finding_settings.c, finding_death.c,
 * finding_reset.c, finding_peer.c.
 */
#ifndef KA_FINDING_H
#define KA_FINDING_H

#include "engine.h"
#include "text.h"

/* All that is known of a connection once the capture has ended. */
struct finding_case {
    const struct ka *ka;
    const struct conn *conn;
    const struct conn_rest *rest;
    const struct watch *watch;            /* or NULL */
    const struct origin_base *base;       /* marks of both, by end */
    const struct origin_mark *mark;       /* of the RST that ended it, or NULL */
    const struct origin_mark *other_mark; /* of a RST in the other end's name, or NULL */
    const struct ka_connection *report;
    struct wait wait[2]; /* by end, as they were when the capture ended */
};

/* A finding as its rule makes it: the text so far, the frames in any order. */
struct finding_draft {
    uint64_t frames[KA_FINDING_FRAMES];
    size_t frame_count;
    struct text text;
    int64_t limit_ns; /* see struct ka_finding */
};

/*
 * Whether the capture proves it of this end; then the draft's text and frames
 * say it. Otherwise they are unspecified.
 */
typedef bool finding_predicate(const struct finding_case *c, enum ka_side about,
                               struct finding_draft *draft);

/* Add a frame to the evidence; 0 and those that are there already are passed over. */
void finding_frame(struct finding_draft *draft, uint64_t frame);

/* "client" or "server". */
const char *side_word(enum ka_side side);

static inline enum ka_side other_side(enum ka_side side)
{
    return side == KA_CLIENT ? KA_SERVER : KA_CLIENT;
}

/* The wait of this end. */
const struct wait *finding_wait(const struct finding_case *c, enum ka_side side);

/* The prober of this end, or NULL. */
const struct prober *finding_prober(const struct finding_case *c, enum ka_side side);

/*
 * Nothing is outstanding, and both ends have been silent for longer
 * than keep-alive waits by default.
 */
bool finding_silent_at_end(const struct finding_case *c);

/*
 * The longest series of retransmissions of data of this end that was answered in the end, or NULL.
 */
const struct ka_backoff *finding_recovery(const struct finding_case *c, enum ka_side side);

finding_predicate keepalive_suspended, keepalive_absent, keepalive_one_sided, user_timeout_or_count,
    single_probe_decides, interval_longer_than_idle, keepalive_slow, keepalive_aggressive,
    keepalive_asymmetric, probe_with_data;
finding_predicate gave_up_early, silent_give_up, silent_death_proved, path_idle_timer,
    closed_while_kept_alive, dead_peer_spoke, answers_lost, path_unreachable;
finding_predicate rst_from_endpoint, rst_from_rebooted, rst_from_middlebox, rst_origin_unknown,
    rst_sender_goes_on;
finding_predicate answers_not_from_peer, window_stays_closed, request_unanswered, outage_survived,
    probe_loss, probe_rtt_rose;

finding_predicate heartbeat_masks_keepalive, heartbeat_found_death;

/* What the marks of a RST say. */
enum rst_origin { RST_FROM_END, RST_FROM_BOX, RST_FROM_ANYWHERE };
enum rst_origin finding_rst_origin(const struct finding_case *c);

/* Room for the findings of one connection. False: out of memory. findings_free() either way. */
bool findings_init(struct ka *ka);
void findings_free(struct ka *ka);

/* Fill report->finding and ->findings; they last until the next call. */
void findings_make(const struct finding_case *c, struct ka_connection *report);

#endif
