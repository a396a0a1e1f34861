/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * output.h: the formats of the report. Each is a const table of functions; the data comes in order.
 */
#ifndef KA_OUTPUT_H
#define KA_OUTPUT_H

#include <stdbool.h>
#include <stdio.h>

#include "capture.h"
#include "totals.h"

struct job;
struct store;
struct store_file;
struct html_page;
struct unit;
struct what_if;

enum { OUTPUT_ERROR_BYTES = 256 };

/* A report being written. Write errors are left to the stream's error indicator. */
struct report {
    FILE *stream;
    const struct output *output;
    bool events;                   /* tagged frames are wanted */
    bool chain;                    /* files may be joined: it is told in which one a frame lies */
    bool color;                    /* the stream is a terminal that shows colour */
    unsigned width;                /* columns that a line may have; text only */
    bool no_memory;                /* something was left out for want of memory */
    const struct what_if *what_if; /* settings to try, or NULL */
    const struct job *job;         /* whose turn is to be awaited before a call below; NULL: none */
    struct store *store;           /* of the format that keeps one */
    struct store_file *store_file; /* of it, the capture being read */
    struct html_page *page;        /* of the html format */
    /* Gets the segments before the analysis does; NULL: nobody wants them. */
    void (*tap)(const struct ka_segment *segments, size_t count, void *user);
    void *tap_user;
    /* Of the text format, for the capture being reported: */
    const struct capture *headed;     /* its heading stands above */
    uint64_t quiet[KA_OUTCOME_COUNT]; /* its connections without a paragraph */
};

/*
 * Calls in this order: begin; then for each capture `segment` for each tagged frame in the order of
 * frames, `connection` for each connection, `capture`; at last `summary`. With --summary there are
 * only `fleet` and `summary`. A NULL member is not wanted.
 */
struct output {
    const char *name;
    const char *help;
    bool wants_events; /* the connections' frames, even without --events */
    bool
        segments_apart; /* `segment` does nothing but write to the stream, so threads may share it */
    bool is_in_order;   /* keeps something from capture to capture, beside what the stream gets */
    /*
     * For a format that keeps a store of its own instead of writing to the stream: open it at a
     * path, which it then needs; ask whether a capture is to be read; close. False from the outer
     * two: `error` says what went wrong.
     */
    bool (*open)(struct report *report, const char *path, const char *filter,
                 char error[static OUTPUT_ERROR_BYTES]);
    bool (*wants)(struct report *report, const struct unit *unit);
    bool (*close)(struct report *report, char error[static OUTPUT_ERROR_BYTES]);
    void (*begin)(struct report *report);
    void (*segment)(struct report *report, const struct capture *capture,
                    const struct event *event);
    /* `events`: the connection's own tagged frames; none without --events, nor where there is a
     * function `segment`. */
    void (*connection)(struct report *report, const struct capture *capture,
                       const struct ka_connection *connection, const struct event *events,
                       size_t event_count);
    void (*capture)(struct report *report, const struct capture *capture);
    void (*fleet)(struct report *report, const struct fleet *fleet);
    void (*summary)(struct report *report, const struct totals *totals);
};

extern const struct output output_text, output_json, output_csv, output_html;
extern const struct output output_sqlite; /* where the build found SQLite */

/* What is left of a format for --summary. */
struct output output_for_summary(const struct output *output);

/* The format of this name, or NULL. */
const struct output *output_find(const char *name);

/* Print their names, a space before each. */
void output_words(FILE *stream);

/* Print a line for each format, indented. */
void output_help(FILE *stream, int indent);

#endif
