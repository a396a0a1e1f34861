/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * settings.h: from the times at which an endpoint probed to the settings that its stack was given.
 *
 * A probe never leaves when the setting says: each stack rounds its timers up in its own way. The
 * inference asks for each known kind of timer which settings would have put the probes where they
 * were seen.
 */
#ifndef KA_SETTINGS_H
#define KA_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "ka.h"
#include "samples.h"
#include "timers.h" /* timer_round_up_ns() */

/*
 * What the capture showed of one prober. All-zero: nothing. Fill it with the gaps_add_ functions.
 */
struct ka_probe_gaps {
    struct ka_samples idle_after_data;   /* data or ACK of the peer -> first probe */
    struct ka_samples idle_after_answer; /* answer to a probe -> next probe */
    struct ka_samples period;            /* probe that was answered -> next probe */
    struct ka_samples first_intvl;       /* first probe of a series, unanswered -> the second */
    struct ka_samples intvl;        /* later unanswered probe -> the next one or the final RST */
    int64_t rtt_min_ns, rtt_max_ns; /* of the answers in `period`; 0 while there is none */
    bool intvl_grows;               /* the gaps of a series double, as illumos' do */
    uint8_t probe_len;              /* payload bytes of the probes, 0 or 1 */
    uint32_t count;                 /* probes of the series that ran to its final RST, or 0 */
    int64_t last_probe_elapsed_ns;  /* its last probe, since the peer was last heard; valid */
    int64_t end_elapsed_ns;         /* its final RST, likewise; valid where count is not 0 */
};

/*
 * The peer was heard (not by an answer to a probe), then nothing came for gap_ns until a probe
 * left.
 */
void gaps_add_idle(struct ka_probe_gaps *gaps, int64_t gap_ns);

/*
 * A probe was answered after rtt_ns, and the next probe left period_ns after it with no other
 * segment of the peer in between.
 */
void gaps_add_answered(struct ka_probe_gaps *gaps, int64_t period_ns, int64_t rtt_ns);

/* Probe `number` of its series (from 1) went unanswered and gap_ns later the next one left, or the
 * final RST. */
void gaps_add_intvl(struct ka_probe_gaps *gaps, uint32_t number, int64_t gap_ns);

/* A series ended with a final RST after `count` probes; times since the peer was last heard. */
void gaps_add_end(struct ka_probe_gaps *gaps, uint32_t count, int64_t last_probe_elapsed_ns,
                  int64_t end_elapsed_ns);

/*
 * Infer the settings. Fills idle, intvl, count, user_timeout_min_ns, user_timeout_max_ns and preset
 * of *out; the rest is left alone.
 */
void settings_infer(const struct ka_probe_gaps *gaps, struct ka_keepalive *out);

/*
 * How long the inferred settings take to find a dead peer: idle + interval x count (RFC 9293 3.8.4
 * leaves all three to the stack). KA_UNKNOWN while one of them is unknown.
 */
int64_t settings_latency_ns(const struct ka_keepalive *keepalive);

#endif
