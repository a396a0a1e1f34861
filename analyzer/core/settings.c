/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * settings.c: infer keep-alive settings from the times of probes.
 *
 * For each kind of timer: which whole-second intervals, and given those which idle times, would
 * have put the probes where they were seen? The bounds are the union over the kinds that explain
 * everything; the nominal values are those of the likeliest kind. Likelihoods are -log2 of
 * probabilities in whole bits ("surprise"): how wide the kind spreads its firings, how common it
 * is, and how odd a setting would be.
 */
#include "settings.h"

#include "presets.h"
#include "seen.h"

/* ---- collecting -------------------------------------------------------------------------- */

/* More silence than any timer is set to; such a gap and a negative one (clock set) say nothing. */
#define GAP_MAX_NS (100 * 86400 * KA_SECOND)

static bool is_gap(int64_t gap_ns)
{
    return gap_ns > 0 && gap_ns <= GAP_MAX_NS;
}

void gaps_add_idle(struct ka_probe_gaps *gaps, int64_t gap_ns)
{
    if (is_gap(gap_ns))
        samples_add(&gaps->idle_after_data, gap_ns);
}

void gaps_add_answered(struct ka_probe_gaps *gaps, int64_t period_ns, int64_t rtt_ns)
{
    if (!is_gap(period_ns) || rtt_ns < 0 || rtt_ns >= period_ns)
        return;
    if (gaps->period.count == 0 || rtt_ns < gaps->rtt_min_ns)
        gaps->rtt_min_ns = rtt_ns;
    if (gaps->period.count == 0 || rtt_ns > gaps->rtt_max_ns)
        gaps->rtt_max_ns = rtt_ns;
    samples_add(&gaps->period, period_ns);
    samples_add(&gaps->idle_after_answer, period_ns - rtt_ns);
}

void gaps_add_intvl(struct ka_probe_gaps *gaps, uint32_t number, int64_t gap_ns)
{
    if (is_gap(gap_ns))
        samples_add(number <= 1 ? &gaps->first_intvl : &gaps->intvl, gap_ns);
}

void gaps_add_end(struct ka_probe_gaps *gaps, uint32_t count, int64_t last_probe_elapsed_ns,
                  int64_t end_elapsed_ns)
{
    gaps->count = count;
    gaps->last_probe_elapsed_ns = last_probe_elapsed_ns;
    gaps->end_elapsed_ns = end_elapsed_ns;
}

/* ---- what was seen ----------------------------------------------------------------------- */

/* What the inference reasons on. */
struct timing {
    struct seen data, answer; /* idle: after data, after the answer to a probe */
    struct seen period;
    struct seen first_intvl, intvl;
    int64_t rtt_min_ns, rtt_max_ns;
    int64_t path_jitter_ns; /* by which the intervals, all alike at the prober, differ here */
    bool garbage_byte;      /* probes carry a byte: no Linux */
    bool exact;             /* what repeats exactly is taken to be aligned to the granule */
    bool late_set;          /* the timer may have been set long after the last data */
};

static bool has_idle(const struct timing *timing)
{
    return timing->data.n > 0 || timing->period.n > 0;
}

static bool has_intvl(const struct timing *timing)
{
    return timing->first_intvl.n > 0 || timing->intvl.n > 0;
}

/* A range of settings; empty while hi < lo. */
struct range {
    int64_t lo_ns, hi_ns;
};

#define RANGE_EMPTY ((struct range){INT64_MAX, INT64_MIN})

static bool is_empty(struct range range)
{
    return range.hi_ns < range.lo_ns;
}

static void range_add(struct range *range, struct range with)
{
    if (with.lo_ns < range->lo_ns)
        range->lo_ns = with.lo_ns;
    if (with.hi_ns > range->hi_ns)
        range->hi_ns = with.hi_ns;
}

/* What one kind of timer makes of one of the settings. */
struct guess {
    struct range range;
    int64_t likeliest_ns;
    int surprise_bits; /* of the likeliest */
};

#define GUESS_NONE ((struct guess){RANGE_EMPTY, KA_UNKNOWN, INT32_MAX})

/* Take a setting that explains what was seen. Ties stay with the one taken first. */
static void guess_take(struct guess *guess, int64_t v_ns, int surprise_bits)
{
    range_add(&guess->range, (struct range){v_ns, v_ns});
    if (surprise_bits < guess->surprise_bits) {
        guess->surprise_bits = surprise_bits;
        guess->likeliest_ns = v_ns;
    }
}

/* ---- surprise ---------------------------------------------------------------------------- */

/* log2 in milliseconds, so that all laws are compared on one scale. */
static int width_bits(int64_t width_ns)
{
    int bits = 0;

    for (int64_t ms = width_ns / (KA_SECOND / 1000); ms > 1; ms /= 2)
        bits++;
    return bits;
}

/* A firing that can be computed to the jitter. */
static int exact_bits(void)
{
    return width_bits(2 * TIMER_JITTER_NS);
}

static int spread_bits(const struct timer_kind *kind, int64_t v_ns)
{
    return width_bits(timer_late_ns(kind, v_ns));
}

/* People set round numbers, of which few are large. */
static int setting_bits(int64_t v_ns)
{
    static const int64_t usual[] = {1,  2,  3,   5,   10,  15,  20,   30,   45,
                                    60, 75, 120, 300, 600, 900, 1800, 3600, 7200};
    static const struct {
        int64_t divisor;
        int bits;
    } round[] = {{3600, 0}, {300, 1}, {100, 1}, {60, 2}, {50, 2},
                 {30, 2},   {15, 3},  {10, 3},  {5, 4},  {1, 8}};
    int64_t v_s = v_ns / KA_SECOND;
    size_t row = 0;

    for (size_t i = 0; i < sizeof usual / sizeof usual[0]; i++)
        if (v_s == usual[i])
            return 0;
    while (v_s % round[row].divisor != 0)
        row++;
    int bits = round[row].bits;
    for (int64_t rest = v_s; rest >= 128; rest /= 2)
        bits++;
    return bits;
}

/* ---- the interval ------------------------------------------------------------------------ */

/* How early and how late a timer of the kind may seem where the capture was taken. */
static int64_t early_ns(const struct timing *timing, const struct timer_kind *kind)
{
    return timer_early_ns(kind) + timing->path_jitter_ns;
}

static int64_t late_ns(const struct timing *timing, const struct timer_kind *kind, int64_t v_ns)
{
    return timer_late_ns(kind, v_ns) + timing->path_jitter_ns;
}

static bool spread_explains(const struct timing *timing, const struct timer_kind *kind,
                            int64_t v_ns, const struct seen *seen)
{
    return seen->n == 0 || (v_ns - early_ns(timing, kind) <= seen->low_ns &&
                            seen->mid_ns <= v_ns + late_ns(timing, kind, v_ns));
}

/* Whether the kind computes that duration to the jitter when it repeats. */
static bool is_aligned(const struct timing *timing, const struct timer_kind *kind,
                       const struct seen *seen)
{
    return timing->exact && seen->steady && kind->law == TIMER_WHEEL;
}

/* Timers set again when they fire, so from an aligned start. */
static bool repeats_explain(const struct timing *timing, const struct timer_kind *kind,
                            int64_t v_ns, const struct seen *seen)
{
    if (is_aligned(timing, kind, seen))
        return timer_alike(seen->mid_ns, timer_round_up_ns(v_ns, kind->hz));
    return spread_explains(timing, kind, v_ns, seen);
}

/*
 * Longer settings are not looked for: the candidates to try grow with the gap, and a capture may
 * hold gaps of any length. MAX_TCP_KEEPIDLE and MAX_TCP_KEEPINTVL of Linux, rounded up by its
 * timers.
 */
#define LONGEST_MAX_NS (32767 * KA_SECOND / 8 * 9)

/* The longest whole-second setting that fires this early; 0 where it is not looked for. */
static int64_t longest_ns(const struct timing *timing, const struct timer_kind *kind,
                          int64_t gap_ns)
{
    int64_t longest = (gap_ns + early_ns(timing, kind)) / KA_SECOND * KA_SECOND;

    return longest <= LONGEST_MAX_NS ? longest : 0;
}

static int intvl_bits(const struct timing *timing, const struct timer_kind *kind, int64_t v_ns)
{
    int bits = setting_bits(v_ns);

    if (timing->first_intvl.n > 0)
        bits += spread_bits(kind, v_ns);
    if (timing->intvl.n > 0)
        bits += is_aligned(timing, kind, &timing->intvl) ? exact_bits() : spread_bits(kind, v_ns);
    return bits;
}

static struct guess guess_intvl(const struct timing *timing, const struct timer_kind *kind)
{
    struct guess guess = GUESS_NONE;
    const struct seen *first = &timing->first_intvl, *later = &timing->intvl;
    int64_t low_ns = INT64_MAX;

    if (first->n > 0)
        low_ns = first->low_ns;
    if (later->n > 0 && later->low_ns < low_ns)
        low_ns = later->low_ns;
    for (int64_t v_ns = longest_ns(timing, kind, low_ns); v_ns >= KA_SECOND; v_ns -= KA_SECOND) {
        if (v_ns + late_ns(timing, kind, v_ns) < low_ns)
            break;
        if (spread_explains(timing, kind, v_ns, first) &&
            repeats_explain(timing, kind, v_ns, later))
            guess_take(&guess, v_ns, intvl_bits(timing, kind, v_ns));
    }
    return guess;
}

/* ---- the idle time ----------------------------------------------------------------------- */

/*
 * Linux, tcp_keepalive_timer(): the timer set at an answered probe fires one interval later, finds
 * that the answer is less than the idle time old, and is set to the rest. So the period is rounded
 * by the granule of the rest. `intvl`: the settings of the interval to reckon with; empty: any.
 */
static bool wheel_explains_period(const struct timing *timing, int hz, int64_t idle_ns,
                                  struct range intvl)
{
    int64_t idle = timer_jiffies(idle_ns, hz);
    int64_t rtt_min = timer_jiffies(timing->rtt_min_ns, hz);
    int64_t rtt_max = timer_jiffies(timing->rtt_max_ns, hz);
    int64_t rest_max = idle + rtt_max - hz, rest_min = 0;

    if (!is_empty(intvl)) {
        int64_t hi = timer_jiffies(intvl.hi_ns, hz);
        rest_max = idle + rtt_max - timer_jiffies(intvl.lo_ns, hz);
        rest_min = idle + rtt_min - hi - timer_granule(hi) - 2;
    }
    if (rest_max <= 0)
        return false;
    int64_t granule = timer_granule(rest_min < 0 ? 0 : rest_min);
    for (; granule <= timer_granule(rest_max); granule <<= 3) {
        int64_t granule_ns = timer_jiffies_ns(granule, hz);
        int64_t times = (timing->period.mid_ns + granule_ns / 2) / granule_ns;
        if (timer_alike(timing->period.mid_ns, timer_jiffies_ns(times * granule, hz)) &&
            idle + rtt_min - 1 < times * granule && idle + rtt_max >= (times - 1) * granule)
            return true;
    }
    return false;
}

/* Idle longer than the interval: the next probe goes one idle time after the answer. */
static bool idle_explains_period(const struct timing *timing, const struct timer_kind *kind,
                                 int64_t idle_ns, struct range intvl)
{
    if (!spread_explains(timing, kind, idle_ns, &timing->answer))
        return false;
    return !is_aligned(timing, kind, &timing->period) ||
           wheel_explains_period(timing, kind->hz, idle_ns, intvl);
}

/*
 * Idle not longer than the interval: at the next firing, one interval after the probe, the answer
 * is already old enough, so the period is the interval and the idle time does not show. Returns the
 * surprise of the likeliest such interval, or NO_INTVL. An interval seen elsewhere is none.
 */
enum { NO_INTVL = INT32_MAX };

static int intvl_period_bits(const struct timing *timing, const struct timer_kind *kind,
                             struct range intvl)
{
    bool is_known = !is_empty(intvl);
    int best = NO_INTVL;

    if (timing->period.n == 0)
        return NO_INTVL;
    if (!is_known) {
        intvl.hi_ns = longest_ns(timing, kind, timing->period.low_ns);
        intvl.lo_ns = intvl.hi_ns - intvl.hi_ns / 7;
    }
    for (int64_t v_ns = intvl.hi_ns; v_ns >= intvl.lo_ns && v_ns >= KA_SECOND; v_ns -= KA_SECOND) {
        int bits = is_known ? 0 : setting_bits(v_ns);
        if (bits < best && repeats_explain(timing, kind, v_ns, &timing->period))
            best = bits;
    }
    return best;
}

/* The idle times after data count one by one: each has a phase of its own. */
static int idle_bits(const struct timing *timing, const struct timer_kind *kind, int64_t v_ns)
{
    enum { INDEPENDENT_MAX = 4 };
    int n = timing->data.n < INDEPENDENT_MAX ? (int)timing->data.n : INDEPENDENT_MAX;
    int bits = setting_bits(v_ns) + n * spread_bits(kind, v_ns);

    if (timing->period.n > 0)
        bits += is_aligned(timing, kind, &timing->period) ? exact_bits() : spread_bits(kind, v_ns);
    return bits;
}

static struct guess guess_idle(const struct timing *timing, const struct timer_kind *kind,
                               struct range intvl)
{
    enum { BY_INTVL_BITS = 2 }; /* few set the interval as long as the idle time */
    struct guess guess = GUESS_NONE;
    struct seen data = timing->data;
    int hiding_bits = intvl_period_bits(timing, kind, intvl);
    bool by_intvl = hiding_bits != NO_INTVL;
    /* Only the first idle time would bound it below. */
    bool is_hidden = by_intvl && (timing->data.n == 0 || timing->late_set);
    int64_t low_ns = data.n > 0 ? data.low_ns : INT64_MAX;

    /*
     * A timer set to an interval after a probe may fire long after the idle time since later data.
     */
    if (is_empty(intvl) || intvl.hi_ns >= data.low_ns)
        data.mid_ns = data.low_ns;
    if (timing->late_set)
        data.mid_ns = data.low_ns = 0;
    if (timing->answer.n > 0 && timing->answer.low_ns < low_ns)
        low_ns = timing->answer.low_ns;
    for (int64_t v_ns = longest_ns(timing, kind, low_ns); v_ns >= KA_SECOND; v_ns -= KA_SECOND) {
        bool is_short = v_ns + late_ns(timing, kind, v_ns) < low_ns;
        if (is_short && !(is_hidden && timing->data.n == 0 && is_empty(guess.range)))
            break;
        if (data.n > 0 && v_ns + late_ns(timing, kind, v_ns) < data.mid_ns)
            break;
        bool by_idle = timing->period.n == 0 || idle_explains_period(timing, kind, v_ns, intvl);
        if (by_idle || by_intvl)
            guess_take(&guess, v_ns,
                       idle_bits(timing, kind, v_ns) + (by_idle ? 0 : BY_INTVL_BITS + hiding_bits));
    }
    if (is_hidden && !is_empty(guess.range))
        guess.range.lo_ns = KA_SECOND;
    return guess;
}

/* ---- both -------------------------------------------------------------------------------- */

/* What all kinds of timers together make of it. */
struct verdict {
    struct guess idle, intvl;      /* range: of all kinds; likeliest: of the best */
    const struct timer_kind *best; /* NULL: no kind explains it */
};

static bool is_possible(const struct timing *timing, const struct timer_kind *kind)
{
    bool is_linux = kind->law == TIMER_WHEEL || kind->law == TIMER_CLASSIC;

    return !timing->garbage_byte || !is_linux;
}

static struct verdict judge(const struct timing *timing)
{
    struct verdict verdict = {GUESS_NONE, GUESS_NONE, NULL};
    int best_bits = INT32_MAX;
    size_t count;
    const struct timer_kind *kinds = timer_kinds(&count);

    for (const struct timer_kind *kind = kinds; kind < kinds + count; kind++) {
        struct guess intvl = GUESS_NONE, idle = GUESS_NONE;
        int bits = kind->surprise_bits;

        if (!is_possible(timing, kind))
            continue;
        if (has_intvl(timing)) {
            intvl = guess_intvl(timing, kind);
            if (is_empty(intvl.range))
                continue;
            bits += intvl.surprise_bits;
        }
        if (has_idle(timing)) {
            idle = guess_idle(timing, kind, intvl.range);
            if (is_empty(idle.range))
                continue;
            bits += idle.surprise_bits;
        }
        range_add(&verdict.intvl.range, intvl.range);
        range_add(&verdict.idle.range, idle.range);
        if (bits < best_bits) {
            best_bits = bits;
            verdict.best = kind;
            verdict.intvl.likeliest_ns = intvl.likeliest_ns;
            verdict.idle.likeliest_ns = idle.likeliest_ns;
        }
    }
    return verdict;
}

/* Ask for less and less until some kind of timer explains it. */
static struct verdict judge_relaxed(struct timing timing)
{
    struct verdict verdict = judge(&timing);

    if (!verdict.best) {
        timing.exact = false; /* jitter on the path */
        verdict = judge(&timing);
    }
    if (!verdict.best && timing.period.n > 0) {
        timing.late_set = true;
        verdict = judge(&timing);
    }
    return verdict;
}

/*
 * A setting that no timer rounds to what was seen: in milliseconds, as Windows and smoltcp take it.
 */
static void estimate_freely(const struct seen *seen, struct ka_estimate *estimate)
{
    const int64_t ms = KA_SECOND / 1000, slack_ns = 20 * ms;
    int64_t low_ns = seen->low_ns - seen->low_ns / 8 - slack_ns;
    int64_t nearest_ns = (seen->mid_ns + ms / 2) / ms * ms;

    estimate->nominal_ns = nearest_ns > ms ? nearest_ns : ms; /* 0 is no setting */
    estimate->min_ns = low_ns > ms ? low_ns : ms;
    estimate->max_ns = seen->mid_ns + slack_ns;
}

static void estimate_from(const struct guess *guess, const struct seen *seen,
                          struct ka_estimate *estimate)
{
    if (is_empty(guess->range)) {
        if (seen->n > 0)
            estimate_freely(seen, estimate);
        return;
    }
    estimate->nominal_ns = guess->likeliest_ns;
    estimate->min_ns = guess->range.lo_ns;
    estimate->max_ns = guess->range.hi_ns;
}

/*
 * Fill both estimates. Where no kind of timer explains idle time and interval together, each is
 * explained alone.
 */
static const struct timer_kind *estimate_both(const struct timing *timing, struct ka_keepalive *out)
{
    const struct seen *idle = timing->data.n > 0 ? &timing->data : &timing->answer;
    const struct seen *intvl = timing->intvl.n > 0 ? &timing->intvl : &timing->first_intvl;
    struct verdict both = judge_relaxed(*timing);
    struct verdict idle_alone = both, intvl_alone = both;

    if (!both.best) {
        struct timing part = *timing;
        part.intvl.n = part.first_intvl.n = 0;
        idle_alone = judge_relaxed(part);
        part = *timing;
        part.data.n = part.answer.n = part.period.n = 0;
        intvl_alone = judge_relaxed(part);
    }
    estimate_from(&idle_alone.idle, idle, &out->idle);
    estimate_from(&intvl_alone.intvl, intvl, &out->intvl);
    return both.best;
}

/*
 * Probes after answers much farther apart than the first probe from the data: the interval is
 * longer than the idle time and is what shows (see intvl_period_bits()).
 */
static bool period_is_intvl(const struct timing *timing)
{
    int64_t low_ns = timing->data.low_ns;

    return !has_intvl(timing) && timing->data.n > 0 && timing->period.n > 0 &&
           timing->answer.low_ns > low_ns + seen_spread_max_ns(low_ns);
}

static struct timing timing_of(const struct ka_probe_gaps *gaps)
{
    struct timing timing = {
        .data = seen_shortest(&gaps->idle_after_data),
        .answer = seen_commonest(&gaps->idle_after_answer),
        .period = seen_commonest(&gaps->period),
        .rtt_min_ns = gaps->rtt_min_ns,
        .rtt_max_ns = gaps->rtt_max_ns,
        .garbage_byte = gaps->probe_len > 0,
        .exact = true,
    };

    if (!gaps->intvl_grows) {
        timing.first_intvl = seen_commonest(&gaps->first_intvl);
        timing.intvl = seen_commonest(&gaps->intvl);
    }
    if (timing.intvl.n >= 2 && !timing.intvl.steady)
        timing.path_jitter_ns = timing.intvl.mid_ns - timing.intvl.low_ns;
    if (period_is_intvl(&timing)) {
        timing.intvl = timing.period;
        timing.period.n = timing.answer.n = 0;
    }
    return timing;
}

/* ---- what is reported -------------------------------------------------------------------- */

static int64_t observed_ns(const struct ka_samples *best, const struct ka_samples *otherwise)
{
    return samples_median(best->count > 0 ? best : otherwise);
}

/*
 * tcp_keepalive_timer(): with TCP_USER_TIMEOUT set the count is ignored, and the connection ends at
 * the first firing after an unanswered probe at which the peer has been silent that long.
 */
static void infer_user_timeout(const struct ka_probe_gaps *gaps, struct ka_keepalive *out)
{
    enum { LINUX_COUNT = 9 }; /* TCP_KEEPALIVE_PROBES of include/net/tcp.h */

    if (gaps->end_elapsed_ns <= 0 || gaps->count == 0 || gaps->count == LINUX_COUNT ||
        gaps->probe_len > 0 || out->preset)
        return;
    out->user_timeout_min_ns = gaps->count == 1 ? 0 : gaps->last_probe_elapsed_ns;
    out->user_timeout_max_ns = gaps->end_elapsed_ns;
}

void settings_infer(const struct ka_probe_gaps *gaps, struct ka_keepalive *out)
{
    static const struct ka_estimate unknown = {KA_UNKNOWN, KA_UNKNOWN, KA_UNKNOWN, KA_UNKNOWN};
    struct timing timing = timing_of(gaps);
    bool idle_hidden = timing.period.n == 0 && timing.data.n > 0;

    out->idle = out->intvl = unknown;
    out->count = gaps->count;
    out->user_timeout_min_ns = out->user_timeout_max_ns = KA_UNKNOWN;

    const struct timer_kind *kind = estimate_both(&timing, out);
    out->idle.observed_ns = idle_hidden
                                ? samples_median(&gaps->idle_after_data)
                                : observed_ns(&gaps->idle_after_answer, &gaps->idle_after_data);
    out->intvl.observed_ns = observed_ns(&gaps->intvl, &gaps->first_intvl);
    if (out->intvl.observed_ns == KA_UNKNOWN && has_intvl(&timing))
        out->intvl.observed_ns = samples_median(&gaps->period);

    out->preset = preset_find(out, kind, gaps->intvl_grows, gaps->probe_len);
    infer_user_timeout(gaps, out);
}

int64_t settings_latency_ns(const struct ka_keepalive *keepalive)
{
    int64_t idle_ns = keepalive->idle.nominal_ns, intvl_ns = keepalive->intvl.nominal_ns;
    int64_t sum_ns;

    if (idle_ns == KA_UNKNOWN || intvl_ns == KA_UNKNOWN || keepalive->count == 0)
        return KA_UNKNOWN;
    if (keepalive->count > (INT64_MAX - idle_ns) / (intvl_ns > 0 ? intvl_ns : 1))
        return KA_UNKNOWN;
    sum_ns = idle_ns + intvl_ns * (int64_t)keepalive->count;
    return sum_ns;
}
