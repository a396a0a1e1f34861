/* SPDX-License-Identifier: GPL-2.0-or-later */
/* timers.c: the rounding of timers by the stacks that send keep-alive probes. */
#include "timers.h"

#include "ka.h"

#define MS INT64_C(1000000)

/*
 * Distributions' kernels tick at 250 Hz (Debian, Ubuntu, SUSE) or 1000 Hz (Fedora, RHEL, Arch);
 * 100 and 300 Hz are the other choices of kernel/Kconfig.hz.
 */
static const struct timer_kind kinds[] = {
    {TIMER_WHEEL, 250, 0}, {TIMER_WHEEL, 1000, 1}, {TIMER_EXACT, 0, 2},   {TIMER_CLASSIC, 100, 3},
    {TIMER_TICK, 0, 4},    {TIMER_WHEEL, 100, 4},  {TIMER_WHEEL, 300, 5},
};

const struct timer_kind *timer_kinds(size_t *count)
{
    *count = sizeof kinds / sizeof kinds[0];
    return kinds;
}

bool timer_alike(int64_t a_ns, int64_t b_ns)
{
    int64_t off_ns = a_ns - b_ns;

    return off_ns >= -TIMER_JITTER_NS && off_ns <= TIMER_JITTER_NS;
}

int64_t timer_jiffies(int64_t v_ns, int hz)
{
    int64_t whole = v_ns / KA_SECOND, rest = v_ns % KA_SECOND;

    return whole * hz + (rest * hz + KA_SECOND - 1) / KA_SECOND;
}

int64_t timer_jiffies_ns(int64_t jiffies, int hz)
{
    return jiffies / hz * KA_SECOND + jiffies % hz * KA_SECOND / hz;
}

/*
 * kernel/time/timer.c: a level of the wheel has 64 buckets, the first 63 clocks of a level belong
 * to the finer ones, and each level's clock is 8 times as slow (LVL_START, LVL_CLK_SHIFT,
 * LVL_DEPTH).
 */
enum { WHEEL_FINER = 63, WHEEL_SHIFT = 3, WHEEL_LAST_LEVEL = 8 };

int64_t timer_granule(int64_t jiffies)
{
    int shift = 0;

    while (shift < WHEEL_SHIFT * WHEEL_LAST_LEVEL && jiffies >= (int64_t)WHEEL_FINER << shift)
        shift += WHEEL_SHIFT;
    return INT64_C(1) << shift;
}

int64_t timer_round_up_ns(int64_t v_ns, int hz)
{
    int64_t jiffies = timer_jiffies(v_ns, hz);
    int64_t granule = timer_granule(jiffies);

    /* calc_index(): never early, so a whole granule is added even to a multiple of it. */
    return timer_jiffies_ns((jiffies / granule + 1) * granule, hz);
}

int64_t timer_early_ns(const struct timer_kind *kind)
{
    switch (kind->law) {
    case TIMER_WHEEL:
    case TIMER_CLASSIC:
        /* The time of the last segment heard is kept in jiffies, so it is up to one too old. */
        return KA_SECOND / kind->hz + TIMER_JITTER_NS;
    case TIMER_TICK:
    case TIMER_EXACT:
        return 20 * MS;
    }
    return 0;
}

int64_t timer_late_ns(const struct timer_kind *kind, int64_t v_ns)
{
    switch (kind->law) {
    case TIMER_WHEEL: {
        int64_t granule = timer_granule(timer_jiffies(v_ns, kind->hz));
        return timer_jiffies_ns(granule, kind->hz) + TIMER_JITTER_NS;
    }
    case TIMER_CLASSIC: /* apply_slack() of kernel/timer.c */
        return v_ns / 256 + KA_SECOND / kind->hz + TIMER_JITTER_NS;
    case TIMER_TICK:
        return 500 * MS + TIMER_JITTER_NS;
    case TIMER_EXACT:
        return 20 * MS;
    }
    return 0;
}
