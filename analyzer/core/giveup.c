/* SPDX-License-Identifier: GPL-2.0-or-later */
/* giveup.c: when a stack stops retransmitting. */
#include "giveup.h"

/*
 * Linux (net/ipv4/tcp_timer.c). tcp_model_timeout() turns a number of retries into the time that as
 * many doublings from TCP_RTO_MIN up to TCP_RTO_MAX would take; retransmits_timed_out() compares it
 * with the time since retrans_stamp whenever the timer fires.
 */
static const int64_t linux_rto_max_ns = 120 * KA_SECOND;
static const int64_t linux_retries2_ns = 924600 * (KA_SECOND / 1000);       /* 15 retries */
static const int64_t linux_orphan_retries_ns = 102200 * (KA_SECOND / 1000); /* 8 retries */
/* No stack waits longer; the arithmetic below relies on it. */
static const int64_t longest_gap_ns = 24 * 3600 * KA_SECOND;
enum {
    LINUX_WINDOW_PROBES = 15, /* tcp_probe_timer(): sysctl_tcp_retries2 unanswered */
    LINUX_SYNACK_RETRIES = 5, /* sysctl_tcp_synack_retries */
    LINUX_SYN_RETRIES = 6,    /* sysctl_tcp_syn_retries */
    LINUX_SYN_LINEAR_RETRIES =
        4,            /* sysctl_tcp_syn_linear_timeouts, from 6.5: sent beside the six */
    BSD_RETRIES = 12, /* TCP_MAXRXTSHIFT */
    USUAL_HZ = 250,   /* the timer wheel's ticks a second on Debian and Ubuntu */
    STEPS_MAX = 64
};

/* Both gaps the same but for a timer's rounding, as at the cap or before doubling begins. */
static bool gaps_equal(int64_t a_ns, int64_t b_ns)
{
    int64_t apart_ns = a_ns > b_ns ? a_ns - b_ns : b_ns - a_ns;
    return apart_ns <= b_ns / 14;
}

static bool doubling_stopped(const struct wait *wait)
{
    return wait->doublings >= 2 && wait->previous_gap_ns > 0 &&
           gaps_equal(wait->last_gap_ns, wait->previous_gap_ns);
}

/*
 * A kernel that repeats the SYN at equal gaps first (from 6.5): not every gap was twice the last.
 */
static bool syn_linear(const struct wait *wait)
{
    return wait->timeouts >= 2 && wait->doublings + 1 < wait->timeouts;
}

/* The timeout that runs after the latest copy, before the timer's rounding. */
static int64_t next_timeout_ns(const struct wait *wait)
{
    if (doubling_stopped(wait))
        return wait->last_gap_ns;
    if (wait->what == WAIT_SYN && syn_linear(wait) && wait->timeouts <= LINUX_SYN_LINEAR_RETRIES)
        return KA_SECOND;
    const int64_t tick_ns = KA_SECOND / USUAL_HZ;
    int64_t timeout_ns = wait->last_gap_ns * 2;
    if (wait->timeouts > 0 && wait->timeouts < 32 && wait->rto_ns > 0 && wait->what != WAIT_SYN)
        timeout_ns =
            (wait->rto_ns << wait->timeouts) - tick_ns; /* a timer fires late, if only by a tick */
    if (timeout_ns < wait->last_gap_ns || timeout_ns > wait->last_gap_ns * 9 / 4)
        timeout_ns = wait->last_gap_ns * 2;
    if (wait->what == WAIT_SYN) {
        /* TCP_TIMEOUT_INIT is 1 s (RFC 6298; 3 s in older stacks), doubled each time; the gaps are
         * the timeouts rounded up. */
        int64_t power_ns = wait->rto_ns > 5 * KA_SECOND / 2 ? 3 * KA_SECOND : KA_SECOND;
        while (power_ns * 2 <= wait->last_gap_ns + wait->last_gap_ns / 64)
            power_ns *= 2;
        timeout_ns = power_ns * 2;
    }
    return timeout_ns < linux_rto_max_ns ? timeout_ns : linux_rto_max_ns;
}

static int64_t rounded_ns(int64_t timeout_ns)
{
    return timer_round_up_ns(timeout_ns, USUAL_HZ);
}

/* Whether the stack gives up at a timeout that fires at `at_ns` after `copies` copies. */
static bool gives_up(const struct wait *wait, bool closed, uint32_t copies, int64_t at_ns)
{
    switch (wait->what) {
    case WAIT_DATA:
        if (doubling_stopped(wait) && wait->last_gap_ns < linux_rto_max_ns)
            return copies >= BSD_RETRIES;
        return at_ns - wait->stamp_ns >= (closed ? linux_orphan_retries_ns : linux_retries2_ns);
    case WAIT_FIN:
        return at_ns - wait->stamp_ns >= linux_orphan_retries_ns;
    case WAIT_SYN:
        if (wait->is_passive)
            return copies >= LINUX_SYNACK_RETRIES;
        return copies >=
               (uint32_t)LINUX_SYN_RETRIES + (syn_linear(wait) ? LINUX_SYN_LINEAR_RETRIES : 0);
    case WAIT_WINDOW:
        return copies >= LINUX_WINDOW_PROBES;
    case WAIT_NOTHING:
    case WAIT_KEEPALIVE:
        break;
    }
    return true;
}

bool giveup_compute(const struct wait *wait, bool closed, struct giveup *giveup)
{
    if (wait->what == WAIT_NOTHING || wait->what == WAIT_KEEPALIVE || wait->unanswered == 0 ||
        wait->last_gap_ns <= 0 || wait->last_gap_ns > longest_gap_ns)
        return false;

    int64_t timeout_ns = next_timeout_ns(wait);
    int64_t gap_ns = doubling_stopped(wait) ? timeout_ns : rounded_ns(timeout_ns);
    uint32_t copies = wait->what == WAIT_WINDOW ? wait->unanswered : wait->timeouts;
    giveup->next_ns = wait->last_ns + gap_ns;
    /*
     * Rounding adds an eighth at most, and where it repeats nothing; the rest is for a busy host.
     */
    int64_t slack_ns = doubling_stopped(wait) ? gap_ns / 50 : gap_ns / 8;
    giveup->latest_ns = giveup->next_ns + slack_ns + KA_SECOND / 2;
    giveup->end_ns = giveup->next_ns;
    giveup->last_sent = gives_up(wait, closed, copies, giveup->next_ns);
    for (int step = 0; step < STEPS_MAX && !gives_up(wait, closed, copies, giveup->end_ns);
         step++) {
        copies++;
        if (!doubling_stopped(wait))
            timeout_ns = timeout_ns * 2 < linux_rto_max_ns ? timeout_ns * 2 : linux_rto_max_ns;
        giveup->end_ns += doubling_stopped(wait) ? timeout_ns : rounded_ns(timeout_ns);
    }
    return true;
}
