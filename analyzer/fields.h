/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fields.h: the keys and values of each record, the same for JSON and CSV.
 *
 * Where something is absent, a nested writer gets null for the whole; a flat one gets null for
 * every key in it, so that all records of a sort have the same columns.
 */
#ifndef KA_FIELDS_H
#define KA_FIELDS_H

#include "capture.h"
#include "record.h"
#include "totals.h"

void fields_segment(struct record *record, const struct capture *capture,
                    const struct event *event);
void fields_connection(struct record *record, const struct capture *capture,
                       const struct ka_connection *connection);
void fields_capture(struct record *record, const struct capture *capture);
void fields_summary(struct record *record, const struct totals *totals);

/* How many connections have each finding, an object "findings". */
void fields_findings(struct record *record, const uint64_t counts[static KA_FINDING_COUNT]);

/* Their number and percentiles, an object under `key`. */
void fields_latencies(struct record *record, const char *key, const struct latencies *latencies);

#endif
