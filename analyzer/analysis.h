/* SPDX-License-Identifier: GPL-2.0-or-later */
/* analysis.h: one capture from its source through the core into the report. */
#ifndef KA_ANALYSIS_H
#define KA_ANALYSIS_H

#include "exit_status.h"
#include "options.h"
#include "output.h"

/*
 * Read a capture, report its connections and add them to the totals. *capture receives the facts
 * about it; its error is not empty where the status is not STATUS_OK or STATUS_MATCHED. Its name is
 * `path`, which must outlive it.
 */
enum exit_status analysis_run(const char *path, const struct options *options,
                              struct report *report, struct totals *totals,
                              struct capture *capture);

/* The same for a place that could not be looked into, for the reason given. */
enum exit_status analysis_refuse(const char *path, const char *reason, struct report *report,
                                 struct totals *totals, struct capture *capture);

#endif
