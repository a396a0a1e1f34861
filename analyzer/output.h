/* SPDX-License-Identifier: GPL-2.0-or-later */
/* output.h: the formats of the report. Each is a const table of functions; the data comes in order. */
#ifndef KA_OUTPUT_H
#define KA_OUTPUT_H

#include <stdbool.h>
#include <stdio.h>

#include "capture.h"
#include "totals.h"

/* A report being written. Write errors are left to the stream's error indicator. */
struct report {
    FILE *stream;
    const struct output *output;
    bool events;    /* tagged frames are wanted */
    bool color;     /* the stream is a terminal that shows colour */
    unsigned width; /* columns that a line may have; text only */
    bool no_memory; /* something was left out for want of memory */
    /* Of the text format, for the capture being reported: */
    const struct capture *headed;     /* its heading stands above */
    uint64_t quiet[KA_OUTCOME_COUNT]; /* its connections without a paragraph */
};

/*
 * Calls in this order: begin; then for each capture `segment` for each tagged frame in the order of
 * frames, `connection` for each connection, `capture`; at last `summary`. A NULL member is not wanted.
 */
struct output {
    const char *name;
    const char *help;
    void (*begin)(struct report *report);
    void (*segment)(struct report *report, const struct capture *capture,
                    const struct event *event);
    /* `events`: the connection's own tagged frames, empty without --events. */
    void (*connection)(struct report *report, const struct capture *capture,
                       const struct ka_connection *connection, const struct event *events,
                       size_t event_count);
    void (*capture)(struct report *report, const struct capture *capture);
    void (*summary)(struct report *report, const struct totals *totals);
};

extern const struct output output_text, output_json, output_csv;

/* The format of this name, or NULL. */
const struct output *output_find(const char *name);

/* Print a line for each format, indented. */
void output_help(FILE *stream, int indent);

#endif
