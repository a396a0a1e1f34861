/* SPDX-License-Identifier: GPL-2.0-or-later */
/* analysis.h: one capture from its source through the core into the report. */
#ifndef KA_ANALYSIS_H
#define KA_ANALYSIS_H

#include "exit_status.h"
#include "options.h"
#include "output.h"
#include "pieces.h"

struct helper;
struct progress;

/* What is read. */
struct intake {
    const char *name;            /* of the capture */
    struct pieces *pieces;       /* its file, or its files */
    struct progress *progress;   /* is counted in; its stop ends the reading. Or NULL */
    const struct helper *helper; /* for formats that only libwiretap reads; or NULL */
};

/*
 * Read a capture, report its connections and add them to the totals. *capture receives the facts
 * about it; its error is not empty where the status is not STATUS_OK or STATUS_MATCHED.
 * It points to the intake's name and pieces.
 */
enum exit_status analysis_run(const struct intake *intake, const struct options *options,
                              struct report *report, struct totals *totals,
                              struct capture *capture);

/* The same for a place that could not be looked into, for the reason given. */
enum exit_status analysis_refuse(const char *path, const char *reason, struct report *report,
                                 struct totals *totals, struct capture *capture);

#endif
