/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * timeline_overlay.c: the inferred settings' promises, frame by frame. Within a series they add up
 * from its start, so that the lateness of its timers does as well.
 */
#include "timeline_overlay.h"

#include <stddef.h>

#include "core/timers.h"

/* More than this many times the interval, tenths: a probe is missing. */
enum { MISSING_TENTHS = 16 };

/* A first timeout that was measured is itself rounded up, so that later ones may seem short. */
enum { MEASURED_FRACTION = 16 };

/* What the median of captured intervals may be off by. */
#define PATH_JITTER_NS INT64_C(5000000)

/* What timers of half a second are late by, and a busy host adds. */
#define COARSE_NS (KA_SECOND / 2 + 50 * (KA_SECOND / 1000))

static const int rates[] = {250, 1000, 100, 300}; /* kernel/Kconfig.hz, the commonest first */
enum { RATES = sizeof rates / sizeof rates[0] };

const char *overlay_reason_name(enum overlay_reason reason)
{
    switch (reason) {
    case OVERLAY_NO_PROMISE:
        return "-";
    case OVERLAY_ON_TIME:
        return "on time";
    case OVERLAY_TIMER_WHEEL:
        return "timer wheel";
    case OVERLAY_OTHER_TIMER:
        return "coarse timers";
    case OVERLAY_ANSWER_TIME:
        return "answer time";
    case OVERLAY_LOST_PROBE:
        return "lost probe";
    case OVERLAY_USER_TIMEOUT:
        return "count or user timeout";
    case OVERLAY_FIRST_TIMEOUT:
        return "first timeout";
    case OVERLAY_ICMP:
        return "ICMP undid a doubling";
    case OVERLAY_EARLY:
        return "idle time began before";
    case OVERLAY_UNEXPLAINED:
        return "not by the settings";
    case OVERLAY_REASON_COUNT:
        break;
    }
    return "?";
}

/* The kernel whose rounding gives the interval that was seen; 0: none. */
static int hz_of(const struct ka_keepalive *keepalive)
{
    for (size_t i = 0; i < RATES; i++) {
        int64_t rounded_ns = timer_round_up_ns(keepalive->intvl.nominal_ns, rates[i]);
        int64_t off_ns = rounded_ns - keepalive->intvl.observed_ns;
        if (off_ns >= -PATH_JITTER_NS && off_ns <= PATH_JITTER_NS)
            return rates[i];
    }
    return 0;
}

struct overlay overlay_begin(const struct ka_connection *connection)
{
    struct overlay overlay = {.connection = connection};

    for (int side = 0; side < 2; side++) {
        const struct ka_keepalive *k = connection->keepalive[side];

        if (k && k->intvl.nominal_ns != KA_UNKNOWN && k->intvl.observed_ns != KA_UNKNOWN) {
            overlay.side[side].hz = hz_of(k);
            overlay.side[side].not_linux = overlay.side[side].hz == 0;
        }
        overlay.side[side].timeout_ns = KA_UNKNOWN;
        overlay.side[side].heard_ns = KA_UNKNOWN;
    }
    return overlay;
}

static bool wheel_allows(int hz, int64_t v_ns, int64_t late_ns)
{
    int64_t granule = timer_granule(timer_jiffies(v_ns, hz));

    return late_ns <= timer_jiffies_ns(granule, hz) + TIMER_JITTER_NS;
}

enum { ANY_HZ = 0, NO_HZ = -1 };

/* Why a timer set to v_ns fired late_ns later than that; `known_hz` is that of its kernel. */
static void explain_timer(struct overlay_step *step, int known_hz, int64_t v_ns)
{
    int64_t late_ns = step->late_ns;

    step->hz = 0;
    if (timer_alike(late_ns, 0)) {
        step->reason = OVERLAY_ON_TIME;
        return;
    }
    if (late_ns < 0) {
        step->reason = OVERLAY_EARLY;
        return;
    }
    for (size_t i = 0; i < RATES && step->hz == 0; i++)
        if ((known_hz == ANY_HZ || known_hz == rates[i]) && wheel_allows(rates[i], v_ns, late_ns))
            step->hz = rates[i];
    if (step->hz)
        step->reason = OVERLAY_TIMER_WHEEL;
    else
        step->reason = late_ns <= COARSE_NS ? OVERLAY_OTHER_TIMER : OVERLAY_UNEXPLAINED;
}

static int known_hz(const struct overlay *overlay, enum ka_side side)
{
    return overlay->side[side].not_linux ? NO_HZ : overlay->side[side].hz;
}

/* ---- series of timeouts ------------------------------------------------------------------ */

/* The rules that the series follows; Linux 6.5 repeats the SYN at equal gaps first. */
static const struct stack_backoff *rules_of(const struct ka_frame *frame, int64_t gap_ns)
{
    const struct stack *current = stack_find("linux"), *before = stack_find("linux-6.4");

    if (frame->tag == KA_TAG_WINDOW_PROBE)
        return &current->window;
    if (frame->retransmission.kind != KA_KIND_SYN)
        return &current->data;
    return gap_ns < 3 * KA_SECOND / 2 || frame->retransmission.step > 6 ? &current->syn
                                                                        : &before->syn;
}

/* The first timeout of a series; all later ones follow from it. */
static struct overlay_step first_timeout(struct overlay *overlay, const struct ka_frame *frame,
                                         int64_t gap_ns)
{
    enum ka_side side = frame->from;

    overlay->side[side].origin_ns = frame->time_ns - (gap_ns == KA_UNKNOWN ? 0 : gap_ns);
    overlay->side[side].timeout_ns = gap_ns;
    overlay->side[side].due_ns = frame->time_ns;
    overlay->side[side].timeouts = 1;
    overlay->side[side].copy_ns = frame->time_ns;
    overlay->side[side].icmp = false;
    return (struct overlay_step){.expected_ns = KA_UNKNOWN, .reason = OVERLAY_FIRST_TIMEOUT};
}

/* Nothing was measured yet when a SYN leaves: its first timeout is a constant (RFC 6298 2.1). */
static struct overlay_step first_syn_timeout(struct overlay *overlay, const struct ka_frame *frame,
                                             int64_t gap_ns)
{
    struct overlay_step step = first_timeout(overlay, frame, gap_ns);

    if (gap_ns < KA_SECOND || !wheel_allows(rates[0], KA_SECOND, gap_ns - KA_SECOND))
        return step;
    overlay->side[frame->from].timeout_ns = KA_SECOND;
    step.expected_ns = frame->time_ns - gap_ns + KA_SECOND;
    step.late_ns = gap_ns - KA_SECOND;
    explain_timer(&step, ANY_HZ, KA_SECOND);
    overlay->side[frame->from].due_ns = step.expected_ns;
    return step;
}

static struct overlay_step later_timeout(struct overlay *overlay, const struct ka_frame *frame,
                                         const struct stack_backoff *rules, int64_t gap_ns)
{
    enum ka_side side = frame->from;
    int64_t v_ns =
        stack_timeout_ns(rules, overlay->side[side].timeout_ns, overlay->side[side].timeouts);
    struct overlay_step step = {.expected_ns = overlay->side[side].due_ns + v_ns,
                                .late_ns = gap_ns - v_ns};

    explain_timer(&step, ANY_HZ, v_ns);
    if (step.reason == OVERLAY_EARLY)
        step.reason =
            -step.late_ns <= v_ns / MEASURED_FRACTION ? OVERLAY_ON_TIME : OVERLAY_UNEXPLAINED;
    if (step.reason == OVERLAY_UNEXPLAINED && overlay->side[side].icmp && step.late_ns < 0)
        step.reason = OVERLAY_ICMP;
    /* Once the law does not hold, the next copy is compared with this one alone. */
    overlay->side[side].due_ns = step.reason == OVERLAY_UNEXPLAINED || step.reason == OVERLAY_ICMP
                                     ? frame->time_ns
                                     : step.expected_ns;
    overlay->side[side].timeouts += step.reason != OVERLAY_ICMP;
    overlay->side[side].copy_ns = frame->time_ns;
    return step;
}

static struct overlay_step retransmission(struct overlay *overlay, const struct ka_frame *frame)
{
    enum ka_side side = frame->from;
    int64_t gap_ns = frame->retransmission.gap_ns;
    bool after_tail_loss = overlay->side[side].tail_loss;

    overlay->side[side].tail_loss = frame->retransmission.kind == KA_KIND_TLP;
    if (frame->retransmission.step <= 1 || after_tail_loss || gap_ns == KA_UNKNOWN ||
        overlay->side[side].timeout_ns == KA_UNKNOWN)
        return frame->retransmission.kind == KA_KIND_SYN ? first_syn_timeout(overlay, frame, gap_ns)
                                                         : first_timeout(overlay, frame, gap_ns);
    return later_timeout(overlay, frame, rules_of(frame, gap_ns), gap_ns);
}

static struct overlay_step window_probe(struct overlay *overlay, const struct ka_frame *frame)
{
    enum ka_side side = frame->from;
    int64_t gap_ns = frame->time_ns - overlay->side[side].copy_ns;
    struct overlay_step step;

    /* An answer that leaves the window closed does not start the backoff again. */
    if (frame->probe.number <= 1 || overlay->side[side].timeout_ns == KA_UNKNOWN)
        step = first_timeout(overlay, frame, frame->probe.idle_ns);
    else
        step = later_timeout(overlay, frame, rules_of(frame, gap_ns), gap_ns);
    return step;
}

/* ---- keep-alive -------------------------------------------------------------------------- */

static struct overlay_step first_probe(struct overlay *overlay, const struct ka_frame *frame)
{
    const struct ka_keepalive *k = overlay->connection->keepalive[frame->from];
    struct overlay_step step = {.expected_ns = KA_UNKNOWN};
    int64_t v_ns = k->idle.nominal_ns, from_ns;

    overlay->side[frame->from].heard_ns = KA_UNKNOWN;
    if (frame->probe.idle_ns == KA_UNKNOWN || v_ns == KA_UNKNOWN)
        return step;
    from_ns = frame->time_ns - frame->probe.idle_ns;
    overlay->side[frame->from].heard_ns = from_ns;
    /* tcp_keepalive_timer(): after an answered probe an interval above the idle time decides. */
    if (overlay->side[frame->from].probe_ns && k->intvl.nominal_ns > v_ns &&
        overlay->side[frame->from].probe_ns >= from_ns - KA_SECOND) {
        v_ns = k->intvl.nominal_ns;
        from_ns = overlay->side[frame->from].probe_ns;
    }
    step.expected_ns = from_ns + v_ns;
    step.late_ns = frame->time_ns - step.expected_ns;
    explain_timer(&step, known_hz(overlay, frame->from), v_ns);
    if (step.reason == OVERLAY_EARLY) /* the rest of the series follows from when it began */
        overlay->side[frame->from].heard_ns = frame->time_ns - k->idle.nominal_ns;
    return step;
}

/* Place `number` of a running series: a later probe, or the RST after the last one. */
static struct overlay_step later_probe(struct overlay *overlay, const struct ka_frame *frame,
                                       uint32_t number)
{
    const struct ka_keepalive *k = overlay->connection->keepalive[frame->from];
    int64_t v_ns = k->intvl.nominal_ns, heard_ns = overlay->side[frame->from].heard_ns;
    int64_t gap_ns = frame->time_ns - overlay->side[frame->from].probe_ns;
    struct overlay_step step = {.expected_ns = KA_UNKNOWN};

    if (v_ns == KA_UNKNOWN || v_ns <= 0 || heard_ns == KA_UNKNOWN ||
        k->idle.nominal_ns == KA_UNKNOWN)
        return step;
    step.expected_ns = heard_ns + k->idle.nominal_ns + (number - 1) * v_ns;
    step.late_ns = gap_ns - v_ns;
    explain_timer(&step, known_hz(overlay, frame->from), v_ns);
    if (gap_ns > v_ns / 10 * MISSING_TENTHS) {
        step.reason = OVERLAY_LOST_PROBE;
        step.missing = (uint32_t)((gap_ns + v_ns / 2) / v_ns - 1);
    }
    return step;
}

/* illumos' probes double like its retransmissions; the first gap gives the timeout. */
static struct overlay_step growing_probe(struct overlay *overlay, const struct ka_frame *frame)
{
    static const struct stack_backoff doubling = {.cap_ns = 60 * KA_SECOND, .shift_max = 31};
    int64_t gap_ns = frame->time_ns - overlay->side[frame->from].probe_ns;

    if (frame->probe.number == 2 || overlay->side[frame->from].timeout_ns == KA_UNKNOWN)
        return first_timeout(overlay, frame, gap_ns);
    return later_timeout(overlay, frame, &doubling, gap_ns);
}

static struct overlay_step keepalive_probe(struct overlay *overlay, const struct ka_frame *frame)
{
    const struct ka_keepalive *k = overlay->connection->keepalive[frame->from];
    struct overlay_step step = {.expected_ns = KA_UNKNOWN};

    if (k && frame->probe.number <= 1)
        step = first_probe(overlay, frame);
    else if (k && k->intvl.nominal_ns == KA_UNKNOWN)
        step = growing_probe(overlay, frame);
    else if (k)
        step = later_probe(overlay, frame, frame->probe.number);
    overlay->side[frame->from].probe_ns = frame->time_ns;
    overlay->side[frame->from].probes = frame->probe.number;
    return step;
}

static struct overlay_step final_rst(struct overlay *overlay, const struct ka_frame *frame)
{
    const struct ka_keepalive *k = overlay->connection->keepalive[frame->from];
    struct overlay_step step = {.expected_ns = KA_UNKNOWN};

    /* BSD and Windows end a series of retransmissions by a RST as well. */
    if (!k || overlay->side[frame->from].probes == 0 ||
        overlay->side[frame->from].copy_ns > overlay->side[frame->from].probe_ns)
        return step;
    step = later_probe(overlay, frame, overlay->side[frame->from].probes + 1);
    if (k->user_timeout_max_ns != KA_UNKNOWN && step.reason != OVERLAY_NO_PROMISE)
        step.reason = OVERLAY_USER_TIMEOUT;
    return step;
}

/* ---- answers ----------------------------------------------------------------------------- */

static struct overlay_step answer(const struct ka_frame *frame, int64_t rtt_ns)
{
    struct overlay_step step = {.expected_ns = KA_UNKNOWN};

    if (rtt_ns == KA_UNKNOWN || rtt_ns < 0)
        return step;
    step.expected_ns = frame->time_ns - rtt_ns;
    step.late_ns = rtt_ns;
    step.reason = OVERLAY_ANSWER_TIME;
    return step;
}

static struct overlay_step peer_rst(const struct overlay *overlay, const struct ka_frame *frame)
{
    static const int64_t round_trip_max_ns = 2 * KA_SECOND;
    enum ka_side other = frame->from == KA_CLIENT ? KA_SERVER : KA_CLIENT;
    int64_t asked_ns = overlay->side[other].probe_ns;

    if (overlay->side[other].copy_ns > asked_ns)
        asked_ns = overlay->side[other].copy_ns;
    if (asked_ns == 0 || frame->time_ns - asked_ns > round_trip_max_ns)
        return (struct overlay_step){.expected_ns = KA_UNKNOWN};
    return answer(frame, frame->time_ns - asked_ns);
}

struct overlay_step overlay_step(struct overlay *overlay, const struct ka_frame *frame)
{
    switch (frame->tag) {
    case KA_TAG_KEEPALIVE_PROBE:
        return keepalive_probe(overlay, frame);
    case KA_TAG_WINDOW_PROBE:
        return window_probe(overlay, frame);
    case KA_TAG_RETRANSMISSION:
        return retransmission(overlay, frame);
    case KA_TAG_FINAL_RST:
        return final_rst(overlay, frame);
    case KA_TAG_PEER_RST:
        return peer_rst(overlay, frame);
    case KA_TAG_KEEPALIVE_ACK:
    case KA_TAG_WINDOW_PROBE_ACK:
    case KA_TAG_HEARTBEAT_ACK:
        return answer(frame, frame->ack.rtt_ns);
    case KA_TAG_ICMP_UNREACHABLE:
        overlay->side[KA_CLIENT].icmp = overlay->side[KA_SERVER].icmp = true;
        break;
    case KA_TAG_ABORT_RST:
    case KA_TAG_HEARTBEAT:
    case KA_TAG_NONE:
    case KA_TAG_COUNT:
        break;
    }
    return (struct overlay_step){.expected_ns = KA_UNKNOWN};
}
