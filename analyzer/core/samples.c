/* SPDX-License-Identifier: GPL-2.0-or-later */
/* samples.c: a bounded store of durations that thins itself evenly. */
#include "samples.h"

#include "ka.h"

/* Drop every second kept duration, the newer of each pair. */
static void samples_thin(struct ka_samples *samples)
{
    for (uint32_t i = 0; i < KA_SAMPLES_KEPT / 2; i++)
        samples->kept_ns[i] = samples->kept_ns[2 * i];
    samples->kept = KA_SAMPLES_KEPT / 2;
    samples->thinned++;
}

void samples_add(struct ka_samples *samples, int64_t duration_ns)
{
    uint64_t place = samples->count++;

    if (place == 0 || duration_ns < samples->min_ns)
        samples->min_ns = duration_ns;
    if (place == 0 || duration_ns > samples->max_ns)
        samples->max_ns = duration_ns;

    if (place % (UINT64_C(1) << samples->thinned) != 0)
        return;
    if (samples->kept == KA_SAMPLES_KEPT)
        samples_thin(samples);
    /* The thinning happens at a multiple of the new stride, so this one stays in the selection. */
    samples->kept_ns[samples->kept++] = duration_ns;
}

int64_t samples_median(const struct ka_samples *samples)
{
    int64_t sorted[KA_SAMPLES_KEPT];
    uint32_t n = samples->kept;

    if (n == 0)
        return KA_UNKNOWN;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t at = i;
        for (; at > 0 && sorted[at - 1] > samples->kept_ns[i]; at--)
            sorted[at] = sorted[at - 1];
        sorted[at] = samples->kept_ns[i];
    }
    int64_t low = sorted[(n - 1) / 2], high = sorted[n / 2];
    return low + (high - low) / 2;
}
