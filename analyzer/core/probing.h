/* SPDX-License-Identifier: GPL-2.0-or-later */
/* probing.h: what an end's keep-alive shows beyond its settings, for the findings. */
#ifndef KA_PROBING_H
#define KA_PROBING_H

#include "engine.h"

/* Before a probe is noted: which segment was the latest that had nothing to do with keep-alive. */
void probing_activity(const struct view *view, struct watch *watch);

/* At the first probe of a series: did `end` wait for its peer's data, and did that use to come? */
void probing_look_back(const struct view *view, struct prober *prober, int end);

/* The segment at hand answers the probes of this wait: those before the latest were lost. */
void probing_recovered(const struct view *view, const struct wait *wait, struct prober *prober);

/* The segment at hand answers an earlier probe: it was the path that was slow. */
void probing_answered_late(struct prober *prober);

/* The segment at hand answers a probe; its time is known where it can only answer the latest. */
void probing_answer(const struct view *view, struct prober *prober, int64_t rtt_ns, bool timed);

#endif
