/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * timeline_overlay.h: for each tagged frame of a connection, when the inferred settings promise it,
 * and why it came at another time.
 */
#ifndef KA_TIMELINE_OVERLAY_H
#define KA_TIMELINE_OVERLAY_H

#include "core/ka.h"
#include "core/stacks.h"

/* Why a frame did not come exactly when the settings say. */
enum overlay_reason {
    OVERLAY_NO_PROMISE,    /* nothing promises a time */
    OVERLAY_ON_TIME,       /* to the millisecond or so */
    OVERLAY_TIMER_WHEEL,   /* rounded up by a Linux kernel's timers */
    OVERLAY_OTHER_TIMER,   /* late by what another stack's timers allow */
    OVERLAY_ANSWER_TIME,   /* the round trip */
    OVERLAY_LOST_PROBE,    /* one or more before it are not in the capture */
    OVERLAY_USER_TIMEOUT,  /* earlier than any known count: TCP_USER_TIMEOUT, or a count as small */
    OVERLAY_FIRST_TIMEOUT, /* the measured round trips set it; the later ones follow from it */
    OVERLAY_ICMP,          /* a report of a router undid a doubling (RFC 6069) */
    OVERLAY_EARLY,         /* the idle time had begun before the peer was last heard */
    OVERLAY_UNEXPLAINED,
    OVERLAY_REASON_COUNT
};

struct overlay_step {
    int64_t expected_ns; /* time; KA_UNKNOWN: nothing promises one */
    int64_t late_ns;     /* what this step adds to the lateness of those before */
    enum overlay_reason reason;
    int hz;           /* OVERLAY_TIMER_WHEEL */
    uint32_t missing; /* OVERLAY_LOST_PROBE */
};

/* What is remembered from frame to frame. Begin, then step through the frames in order. */
struct overlay {
    const struct ka_connection *connection;
    struct {
        int hz;             /* ticks a second that explain the intervals; 0: not known */
        bool not_linux;     /* the intervals are no Linux kernel's */
        bool icmp;          /* reports came since the series began */
        int64_t probe_ns;   /* its latest probe */
        int64_t heard_ns;   /* the peer, before its running series of probes */
        uint32_t probes;    /* number of that probe in its series */
        int64_t origin_ns;  /* of its running series of copies: the original */
        int64_t timeout_ns; /* its first timeout; KA_UNKNOWN before */
        int64_t copy_ns;    /* its latest copy */
        int64_t due_ns;     /* when the latest one was promised */
        uint32_t timeouts;  /* copies after the first timeout */
        bool tail_loss;     /* a tail-loss probe went first */
    } side[2];
};

struct overlay overlay_begin(const struct ka_connection *connection);
struct overlay_step overlay_step(struct overlay *overlay, const struct ka_frame *frame);

/* One word or a few: "timer wheel". Static. */
const char *overlay_reason_name(enum overlay_reason reason);

#endif
