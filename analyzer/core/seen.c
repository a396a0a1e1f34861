/* SPDX-License-Identifier: GPL-2.0-or-later */
/* seen.c: groups of like durations, so that outliers do not mislead the inference of settings. */
#include "seen.h"

#include "ka.h"
#include "timers.h"

int64_t seen_spread_max_ns(int64_t low_ns)
{
    int64_t half_ns = low_ns / 2, tick_ns = 600 * KA_SECOND / 1000;

    return low_ns / 4 + (half_ns < tick_ns ? half_ns : tick_ns);
}

static uint32_t group_size(const struct ka_samples *samples, int64_t low_ns)
{
    uint32_t n = 0;

    for (uint32_t i = 0; i < samples->kept; i++) {
        int64_t over_ns = samples->kept_ns[i] - low_ns;
        n += over_ns >= 0 && over_ns <= seen_spread_max_ns(low_ns);
    }
    return n;
}

/* Of those kept: min_ns itself may have been thinned out, and its group with it. */
static int64_t shortest_ns(const struct ka_samples *samples)
{
    int64_t low_ns = INT64_MAX;

    for (uint32_t i = 0; i < samples->kept; i++)
        if (samples->kept_ns[i] < low_ns)
            low_ns = samples->kept_ns[i];
    return low_ns;
}

/* Where the group that holds the most starts; of equal ones the shortest. */
static int64_t commonest_low_ns(const struct ka_samples *samples)
{
    int64_t low_ns = shortest_ns(samples);
    uint32_t most = group_size(samples, low_ns);

    if (most == samples->kept)
        return low_ns;
    for (uint32_t i = 0; i < samples->kept; i++) {
        uint32_t n = group_size(samples, samples->kept_ns[i]);
        if (n > most || (n == most && samples->kept_ns[i] < low_ns)) {
            most = n;
            low_ns = samples->kept_ns[i];
        }
    }
    return low_ns;
}

/* The durations of a group. */
static struct seen seen_from(const struct ka_samples *samples, int64_t low_ns)
{
    struct seen seen = {.n = group_size(samples, low_ns), .low_ns = low_ns};
    struct ka_samples group = {0};
    uint32_t alike = 0;

    for (uint32_t i = 0; i < samples->kept; i++) {
        int64_t over_ns = samples->kept_ns[i] - seen.low_ns;
        if (over_ns >= 0 && over_ns <= seen_spread_max_ns(seen.low_ns))
            samples_add(&group, samples->kept_ns[i]);
    }
    seen.mid_ns = samples_median(&group);
    for (uint32_t i = 0; i < group.kept; i++)
        alike += timer_alike(group.kept_ns[i], seen.mid_ns);
    seen.steady = alike >= 2 && 4 * alike >= 3 * group.kept;
    return seen;
}

struct seen seen_commonest(const struct ka_samples *samples)
{
    return seen_from(samples, commonest_low_ns(samples));
}

struct seen seen_shortest(const struct ka_samples *samples)
{
    return seen_from(samples, shortest_ns(samples));
}
