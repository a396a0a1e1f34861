/* SPDX-License-Identifier: GPL-2.0-or-later */
/* timeline.h: what `ka-analyze timeline` prints. */
#ifndef KA_TIMELINE_H
#define KA_TIMELINE_H

#include "exit_status.h"
#include "record.h"
#include "timeline_options.h"

/* Where a timeline goes. Write errors are left to the stream's error indicator. */
struct timeline_out {
    FILE *stream;
    enum timeline_format format; /* not TIMELINE_SVG where records are put */
    unsigned width;              /* columns that a line of text may have */
    bool headed;                 /* the CSV heading stands above */
    bool no_memory;              /* something was left out for want of memory */
};

/* Puts the fields of one row into a record. */
typedef void timeline_fields(struct record *record, const void *row);

/* One row as a JSON line of this sort or as a CSV row, beneath its heading. */
void timeline_put(struct timeline_out *out, const char *sort, timeline_fields *fields,
                  const void *row);

/* The course that settings promise, and several settings side by side. */
void timeline_expected(struct timeline_out *out, const struct course_settings *course);
void timeline_compare(struct timeline_out *out, const struct course_settings *courses,
                      size_t count);

enum { TIMELINE_ERROR_BYTES = 512 };

/*
 * A connection of a capture, laid over the course that its inferred settings promise. `error` is
 * not empty where the status is not STATUS_OK.
 */
enum exit_status timeline_seen(struct timeline_out *out, const struct timeline_options *options,
                               char error[static TIMELINE_ERROR_BYTES]);

/* What the options ask for, other than help. `error` as above. */
enum exit_status timeline_run(struct timeline_out *out, const struct timeline_options *options,
                              char error[static TIMELINE_ERROR_BYTES]);

#endif
