/* SPDX-License-Identifier: GPL-2.0-or-later */
/* timeline_options.h: the command line of `ka-analyze timeline`. */
#ifndef KA_TIMELINE_OPTIONS_H
#define KA_TIMELINE_OPTIONS_H

#include <stdio.h>

#include "core/course.h"
#include "option_table.h"

enum timeline_action {
    TIMELINE_EXPECTED, /* the course that settings promise */
    TIMELINE_COMPARE,  /* several settings side by side */
    TIMELINE_SEEN,     /* a capture against the settings inferred from it */
    TIMELINE_HELP,
    TIMELINE_STACKS,
};

enum timeline_format { TIMELINE_TEXT, TIMELINE_JSON, TIMELINE_CSV, TIMELINE_SVG };

enum { TIMELINE_COMPARE_MAX = 16 };

struct helper;

struct timeline_options {
    enum timeline_action action;
    enum timeline_format format;
    struct course_settings course;
    struct course_settings compare[TIMELINE_COMPARE_MAX]; /* TIMELINE_COMPARE */
    size_t compare_count;
    const char *capture; /* TIMELINE_SEEN */
    const char *filter;  /* pcap filter expression, or NULL */
    bool has_connection;
    uint64_t connection;     /* valid where has_connection */
    const char *output_path; /* NULL: standard output */
    bool no_sandbox;
    const char *user;      /* whom root is to become; or NULL */
    struct helper *helper; /* for captures that only libwiretap reads; or NULL; not an option */
};

/*
 * Read the command line; argv[0] is "timeline". False: *options is unspecified and `error` holds
 * one line that says what is wrong. Reorders argv as getopt_long() does.
 */
bool timeline_options_parse(struct timeline_options *options, int argc, char **argv,
                            char error[static OPTIONS_ERROR_BYTES]);

extern const struct option_table timeline_options_table;

/* Print what `timeline --help` shows, and the list of stacks. */
void timeline_options_help(FILE *stream);
void timeline_options_stacks(FILE *stream);

#endif
