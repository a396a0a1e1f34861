/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * what_if.h: how late each lost peer would have been noticed by
 * other settings, and what these cost.
 *
 * The answer holds for the outage that was captured: the same last segment from the peer, the same
 * data written by the application. What a setting cannot change is said so instead of a number.
 */
#ifndef KA_WHAT_IF_H
#define KA_WHAT_IF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "core/course.h"
#include "core/ka.h"

enum { WHAT_IF_MAX = 16, WHAT_IF_NAME_BYTES = 64, WHAT_IF_ERROR_BYTES = 192 };

/* X(SUFFIX, "name", "one-line meaning"), as in core/kinds.h. */
#define WHAT_IF_EFFECT_MAP(X)                                                                      \
    X(KEEPALIVE, "keepalive", "keep-alive would have found it")                                    \
    X(USER_TIMEOUT, "user_timeout", "the user timeout would have ended the wait")                  \
    X(PEER_RESET, "peer_reset", "its first probe would have met the peer's RST")                   \
    X(SUSPENDED, "suspended", "no change: keep-alive rests while data is unacknowledged")          \
    X(NOT_CONNECTED, "not_connected", "no change: keep-alive begins once connected")               \
    X(TOO_LATE, "too_late", "no change: what was sent found it before the first probe")            \
    X(ENDED_ALIVE, "ended_alive",                                                                  \
      "the user timeout would have ended it while the peer still answered")                        \
    X(KEPT_OPEN, "kept_open", "its probes would have kept the path's idle timer from expiring")    \
    X(UNKNOWN, "unknown", "cannot be told: the peer was never heard")

#define WHAT_IF_EFFECT_ROW(suffix, name, meaning) WHAT_IF_##suffix,
enum what_if_effect { WHAT_IF_EFFECT_MAP(WHAT_IF_EFFECT_ROW) WHAT_IF_EFFECT_COUNT };
#undef WHAT_IF_EFFECT_ROW

/* Name and one-line meaning; "?" outside the list. Static. */
const char *what_if_effect_name(enum what_if_effect effect);
const char *what_if_effect_meaning(enum what_if_effect effect);

struct what_if_setting {
    char name[WHAT_IF_NAME_BYTES]; /* as given: "60/10/6", "go-default" */
    struct course_settings course; /* COURSE_CHECK_KEEPALIVE, COURSE_SITUATION_CRASHED */
    int64_t probe_period_ns;       /* from one probe of an idle connection to the next */
};

/* The settings to try, in the order given. */
struct what_if {
    struct what_if_setting settings[WHAT_IF_MAX];
    size_t count;
};

/*
 * Add the settings of a list separated by commas: IDLE/INTVL/COUNT[/USER_TIMEOUT] in seconds, by
 * the rules of Linux, or the name of a preset. False: `error` says in one line what is wrong.
 */
bool what_if_add(struct what_if *what_if, const char *text, char error[static WHAT_IF_ERROR_BYTES]);

/* Print the presets' names, a space before each. */
void what_if_words(FILE *stream);

/*
 * Latencies count since the peer was last heard; where it never was, since what was sent first.
 * KA_UNKNOWN where there is none.
 */
struct what_if_result {
    enum what_if_effect effect;
    int64_t actual_ns;  /* what it took; KA_UNKNOWN while undecided */
    int64_t latency_ns; /* by the setting, if the peer died right after it was last heard */
    int64_t earliest_ns, latest_ns; /* what the stack's timers make of it */
    int64_t max_ns;                 /* however late the peer died */
    bool may_keep_open; /* or it was an idle timer in the path, which its probes would restart */
};

/* Whether there is anything to ask: a lost peer, or one that may be. */
bool what_if_applies(const struct ka_connection *connection);

/* What one setting would have made of a connection to which this applies. */
struct what_if_result what_if_apply(const struct what_if_setting *setting,
                                    const struct ka_connection *connection);

/* The setting finds it as it was found; nothing in *result but the effect is of the setting. */
bool what_if_is_unchanged(enum what_if_effect effect);

/* By how much earlier it is found, negative for later; KA_UNKNOWN where one of both is. */
int64_t what_if_saved_ns(const struct what_if_result *result, int64_t latency_ns);

/*
 * Probes that it would have sent at most between the connection's first and last segment: none
 * where neither end probed and both were never silent for the idle time (silences under 20 s are
 * not known: an idle time below that counts as reached).
 */
uint64_t what_if_probes_max(const struct what_if_setting *setting,
                            const struct ka_connection *connection);

/* Probes of an idle connection in a thousand days; the peer answers each. */
uint64_t what_if_probes_in_1000_days(const struct what_if_setting *setting);

#endif
