/* SPDX-License-Identifier: GPL-2.0-or-later */
/* origin.c: the marks that an end's segments bear. */
#include "origin.h"

/* A duration in microseconds as 5 bits of exponent and 11 of mantissa: exact to 0.1 %. */
enum { MANTISSA_BITS = 11, MANTISSA_MAX = (1 << MANTISSA_BITS) - 1 };

uint16_t origin_packed(int64_t ns)
{
    int64_t us = ns / 1000 > 0 ? ns / 1000 : 1;
    unsigned exponent = 0;
    for (; us > MANTISSA_MAX; us >>= 1)
        exponent++;
    return exponent > 31 ? 0 : (uint16_t)(exponent << MANTISSA_BITS | (unsigned)us);
}

int64_t origin_ns(uint16_t packed)
{
    return ((int64_t)(packed & MANTISSA_MAX) << (packed >> MANTISSA_BITS)) * 1000;
}

int origin_samples(const struct origin_base *base)
{
    return base->flags / ORIGIN_SAMPLE;
}

static void sample_id(struct origin_base *base, uint16_t id)
{
    if (id == 0) /* RFC 6864 4.1: an atomic datagram needs none */
        return;
    uint16_t step = (uint16_t)(id - base->ip_id);
    if (base->flags & ORIGIN_HAS_ID) {
        uint8_t *count = step > 0 && step <= ORIGIN_ID_STEP_MAX ? &base->id_steps : &base->id_jumps;
        if (*count < UINT8_MAX)
            ++*count;
    }
    base->flags |= ORIGIN_HAS_ID;
    base->ip_id = id;
}

void origin_sample(struct origin_base *base, const struct ka_segment *segment)
{
    if (origin_samples(base) == 0)
        base->ttl = segment->ttl;
    else if (segment->ttl != base->ttl)
        base->flags |= ORIGIN_TTL_VARIES;
    if (segment->has_timestamps)
        base->flags |= ORIGIN_STAMPED;
    sample_id(base, segment->ip_id);
    if (origin_samples(base) < ORIGIN_SAMPLES_MAX)
        base->flags = (uint8_t)(base->flags + ORIGIN_SAMPLE);
}

void origin_answered(struct origin_base *base, int64_t ns)
{
    if (ns < 0)
        return;
    uint16_t packed = origin_packed(ns);
    if (base->answer == 0 || (packed > 0 && origin_ns(packed) < origin_ns(base->answer)))
        base->answer = packed;
}

int64_t origin_answer_ns(const struct origin_base *base)
{
    return base->answer ? origin_ns(base->answer) : KA_UNKNOWN;
}

bool origin_counts_ids(const struct origin_base *base)
{
    enum { ENOUGH = 2 };
    return base->id_steps >= ENOUGH && base->id_jumps == 0;
}

void origin_sample_before(struct origin_base *base, uint8_t ttl, uint16_t id, uint16_t later_id)
{
    if (origin_samples(base) == 0)
        base->ttl = ttl;
    else if (ttl != base->ttl)
        base->flags |= ORIGIN_TTL_VARIES;
    if (id && later_id) {
        uint16_t step = (uint16_t)(later_id - id);
        uint8_t *count = step > 0 && step <= ORIGIN_ID_STEP_MAX ? &base->id_steps : &base->id_jumps;
        if (*count < UINT8_MAX)
            ++*count;
    }
    if (origin_samples(base) < ORIGIN_SAMPLES_MAX)
        base->flags = (uint8_t)(base->flags + ORIGIN_SAMPLE);
}

void origin_join(struct origin_base *base, const struct origin_base *recent)
{
    int samples = origin_samples(base), more = origin_samples(recent);
    if (more == 0)
        return;
    if (samples > 0 && (recent->ttl != base->ttl || (recent->flags & ORIGIN_TTL_VARIES)))
        base->flags |= ORIGIN_TTL_VARIES;
    if (samples == 0)
        base->ttl = recent->ttl;
    if (recent->id_steps + recent->id_jumps > 0) { /* without the gaps that the short way leaves */
        base->id_steps = recent->id_steps;
        base->id_jumps = recent->id_jumps;
    }
    if (more > samples) /* they are among each other's */
        base->flags = (uint8_t)(base->flags + (more - samples) * ORIGIN_SAMPLE);
}
