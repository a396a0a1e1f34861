/* SPDX-License-Identifier: GPL-2.0-or-later */
/* segments.h: the tagged frames of a capture, written to the report in their order. */
#ifndef KA_SEGMENTS_H
#define KA_SEGMENTS_H

#include "output.h"

/*
 * Report these settled events, which are not grouped, by the format's function for them; it has
 * one. `jobs` captures are worked on at a time: a second thread writes half of many where there are
 * more processors than that, and the format allows it.
 */
void segments_report(struct report *report, const struct capture *capture,
                     const struct events *events, unsigned jobs);

#endif
