/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * compare_clock.c: the two captures' clocks, from their own segments.
 *
 * A segment that goes one way and one that comes back soon after make a sample as RFC 5905 (8) has
 * it: half the sum of both differences is the clocks' offset, wrong by half of the delays' sum at
 * most, if one way takes all of it. Only that sum can be observed. The samples with the shortest
 * delays tell most.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "compare.h"

/* A segment each way. Times are A's. */
struct sample {
    int64_t a_ns;
    int64_t offset_ns, delay_ns;
};

enum { WINDOWS = 64 };

/* The sample of the shortest delay in each part of the capture. */
struct samples {
    struct sample best[WINDOWS];
    bool is_set[WINDOWS];
    uint64_t count;
    int64_t start_ns, span_ns;
    int64_t least_difference_ns; /* of any matched segment, for one direction alone */
    bool has_difference;
};

int64_t clocks_to_b(const struct clocks *clocks, int64_t a_ns)
{
    if (!clocks->is_known)
        return a_ns;
    return a_ns + clocks->offset_ns + (int64_t)(clocks->drift * (double)(a_ns - clocks->start_ns));
}

int64_t clocks_to_a(const struct clocks *clocks, int64_t b_ns)
{
    if (!clocks->is_known)
        return b_ns;
    return b_ns - clocks->offset_ns -
           (int64_t)(clocks->drift * (double)(b_ns - clocks->offset_ns - clocks->start_ns));
}

static void add_sample(struct samples *samples, const struct sample *sample)
{
    int64_t into_ns = sample->a_ns - samples->start_ns;
    int64_t window_ns = samples->span_ns / WINDOWS + 1;
    int window = into_ns < 0 ? 0 : (int)(into_ns / window_ns);

    if (window >= WINDOWS)
        window = WINDOWS - 1;
    samples->count++;
    if (!samples->is_set[window] || sample->delay_ns < samples->best[window].delay_ns)
        samples->best[window] = *sample;
    samples->is_set[window] = true;
}

/* ---- samples ----------------------------------------------------------------------------- */

/* What the segments of one pair say. */
struct walk {
    const struct seen *latest[2]; /* matched, by A's side */
    uint64_t client_first, server_first;
    uint64_t ttl_client_first, ttl_server_first;
};

static const struct seen *partner_of(const struct place places[static PLACES], const struct seen *a)
{
    return &places[PLACE_B].segments[a->partner];
}

/* A router takes one off: the place with the larger TTL is nearer to the sender. */
static void note_ttl(struct walk *walk, const struct seen *a, const struct seen *b)
{
    if (a->ttl == b->ttl)
        return;
    if ((a->ttl > b->ttl) == (a->from == KA_CLIENT))
        walk->ttl_client_first++;
    else
        walk->ttl_server_first++;
}

static void note_segment(struct samples *samples, struct walk *walk, const struct seen *a,
                         const struct place places[static PLACES])
{
    static const int64_t soon_ns = 10 * KA_SECOND;
    const struct seen *b = partner_of(places, a), *other = walk->latest[!a->from];
    int64_t difference_ns = b->time_ns - a->time_ns, back_ns;

    if (!samples->has_difference || difference_ns < samples->least_difference_ns)
        samples->least_difference_ns = difference_ns;
    samples->has_difference = true;
    note_ttl(walk, a, b);
    walk->latest[a->from] = a;
    if (!other || a->time_ns - other->time_ns > soon_ns || a->time_ns < other->time_ns)
        return;
    back_ns = partner_of(places, other)->time_ns - other->time_ns;
    /* From A to B takes longer by B's clock less A's; from B to A shorter. */
    int64_t sum_ns = a->from == KA_CLIENT ? difference_ns - back_ns : back_ns - difference_ns;
    walk->client_first += sum_ns > 0;
    walk->server_first += sum_ns < 0;
    add_sample(samples, &(struct sample){.a_ns = a->time_ns,
                                         .offset_ns = back_ns + (difference_ns - back_ns) / 2,
                                         .delay_ns = sum_ns < 0 ? -sum_ns : sum_ns});
}

/* Which place the client's segments pass first: by the clocks, or else by what routers took off. */
static void settle_near(struct pair *pair, const struct walk *walk)
{
    bool by_time = walk->client_first != walk->server_first;
    bool by_ttl = walk->ttl_client_first != walk->ttl_server_first;
    bool client_is_first = walk->client_first > walk->server_first;

    if (by_ttl)
        client_is_first = walk->ttl_client_first > walk->ttl_server_first;
    pair->near_is_known = by_time || by_ttl;
    if (!pair->near_is_known)
        client_is_first = true;
    pair->near[KA_CLIENT] = client_is_first ? PLACE_A : PLACE_B;
    pair->near[KA_SERVER] = client_is_first ? PLACE_B : PLACE_A;
}

static bool collect(struct samples *samples, struct pairs *pairs,
                    struct place places[static PLACES])
{
    const struct place *a = &places[PLACE_A];
    struct walk *walks = calloc(pairs->count + 1, sizeof *walks);
    uint32_t *pair_of = malloc((a->connection_count + 1) * sizeof *pair_of);

    for (size_t i = 0; pair_of && i < a->connection_count; i++)
        pair_of[i] = COMPARE_NONE;
    for (size_t i = 0; walks && pair_of && i < pairs->count; i++)
        pair_of[pairs->rows[i].connection[PLACE_A]] = (uint32_t)i;
    for (size_t i = 0; walks && pair_of && i < a->count; i++) {
        const struct seen *seen = &a->segments[i];

        if (seen->partner != COMPARE_NONE && pair_of[seen->connection] != COMPARE_NONE)
            note_segment(samples, &walks[pair_of[seen->connection]], seen, places);
    }
    for (size_t i = 0; walks && pair_of && i < pairs->count; i++)
        settle_near(&pairs->rows[i], &walks[i]);
    free(walks);
    free(pair_of);
    return walks && pair_of;
}

/* ---- a line through them ----------------------------------------------------------------- */

static int order_doubles(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;

    return (a > b) - (a < b);
}

static double median(double *values, size_t count)
{
    qsort(values, count, sizeof *values, order_doubles);
    return count % 2 ? values[count / 2] : (values[count / 2 - 1] + values[count / 2]) / 2;
}

/* Theil's estimate: the median slope; nothing that a few bad samples could move. */
static double slope_of(const struct sample *rows, size_t count)
{
    enum { SLOPES = WINDOWS * (WINDOWS - 1) / 2 };
    double slopes[SLOPES];
    size_t n = 0;

    for (size_t i = 0; i < count; i++)
        for (size_t k = i + 1; k < count; k++)
            if (rows[k].a_ns > rows[i].a_ns)
                slopes[n++] = (double)(rows[k].offset_ns - rows[i].offset_ns) /
                              (double)(rows[k].a_ns - rows[i].a_ns);
    return n ? median(slopes, n) : 0;
}

/* The samples whose delay is not much longer than the shortest. */
static size_t choose(const struct samples *samples, struct sample rows[static WINDOWS],
                     int64_t *least_ns)
{
    static const int64_t floor_ns = KA_SECOND / 10000;
    size_t count = 0;

    *least_ns = INT64_MAX;
    for (int i = 0; i < WINDOWS; i++)
        if (samples->is_set[i] && samples->best[i].delay_ns < *least_ns)
            *least_ns = samples->best[i].delay_ns;
    for (int i = 0; i < WINDOWS; i++)
        if (samples->is_set[i] && samples->best[i].delay_ns / 4 <= *least_ns + floor_ns)
            rows[count++] = samples->best[i];
    return count;
}

/*
 * Each sample says that the offset lies within half of its delay: all of them together between
 * these. False: not all can be right, so that the line does not fit.
 */
static bool intersect(struct clocks *clocks, const struct samples *samples)
{
    int64_t low_ns = INT64_MIN, high_ns = INT64_MAX;

    for (int i = 0; i < WINDOWS; i++) {
        const struct sample *sample = &samples->best[i];
        int64_t drifted_ns = (int64_t)(clocks->drift * (double)(sample->a_ns - clocks->start_ns));
        int64_t offset_ns = sample->offset_ns - drifted_ns;

        if (!samples->is_set[i])
            continue;
        if (offset_ns - sample->delay_ns / 2 > low_ns)
            low_ns = offset_ns - sample->delay_ns / 2;
        if (offset_ns + (sample->delay_ns + 1) / 2 < high_ns)
            high_ns = offset_ns + (sample->delay_ns + 1) / 2;
    }
    if (low_ns > high_ns)
        return false;
    clocks->offset_ns = low_ns + (high_ns - low_ns) / 2;
    clocks->uncertainty_ns = (high_ns - low_ns + 1) / 2;
    return true;
}

static void fit(struct clocks *clocks, const struct samples *samples)
{
    /*
     * Clocks of computers gain or lose less than a thousandth; more is segments taken for the same.
     */
    static const double span_min_ns = 60e9, drift_max = 0.01;
    struct sample rows[WINDOWS];
    double offsets[WINDOWS], span_ns, drift;
    int64_t least_ns;
    size_t count = choose(samples, rows, &least_ns);

    span_ns = (double)(rows[count - 1].a_ns - rows[0].a_ns);
    drift = span_ns >= span_min_ns ? slope_of(rows, count) : 0;
    /* Less than the uncertainty of the offsets could make of it is none. */
    clocks->drift = fabs(drift) * span_ns > (double)least_ns && fabs(drift) < drift_max ? drift : 0;
    for (size_t i = 0; i < count; i++)
        offsets[i] = (double)(rows[i].offset_ns - rows[0].offset_ns) -
                     clocks->drift * (double)(rows[i].a_ns - clocks->start_ns);
    clocks->offset_ns = rows[0].offset_ns + (int64_t)median(offsets, count);
    clocks->delay_sum_ns = least_ns;
    clocks->uncertainty_ns = least_ns / 2;
    intersect(clocks, samples);
    clocks->samples = samples->count;
    clocks->first_ns = rows[0].a_ns;
    clocks->last_ns = rows[count - 1].a_ns;
    clocks->is_known = true;
}

bool clocks_align(struct clocks *clocks, struct pairs *pairs, struct place places[static PLACES])
{
    const struct capture *a = &places[PLACE_A].capture;
    bool has_time = a->first_ns != KA_UNKNOWN;
    struct samples samples = {.start_ns = has_time ? a->first_ns : 0,
                              .span_ns = has_time ? a->latest_ns - a->first_ns : 0};
    bool is_complete = collect(&samples, pairs, places);

    *clocks = (struct clocks){
        .start_ns = samples.start_ns, .delay_sum_ns = KA_UNKNOWN, .uncertainty_ns = KA_UNKNOWN};
    if (samples.count > 0) {
        fit(clocks, &samples);
    } else if (samples.has_difference) {
        clocks->is_known = clocks->is_one_way = true;
        clocks->offset_ns = samples.least_difference_ns;
        clocks->first_ns = a->first_ns;
        clocks->last_ns = a->latest_ns;
    }
    return is_complete;
}
