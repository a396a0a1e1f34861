/* SPDX-License-Identifier: GPL-2.0-or-later */
/* compare_options.h: the command line of `ka-analyze compare`. */
#ifndef KA_COMPARE_OPTIONS_H
#define KA_COMPARE_OPTIONS_H

#include <stdio.h>

#include "option_table.h"

struct compare_options {
    bool help;
    bool is_json;
    bool events;   /* a row for each segment that was lost between */
    bool both_ran; /* both captures are taken for complete over the time of both */
    bool no_sandbox;
    const char *user; /* whom root becomes, or NULL */
    const char *filter;
    const char *output_path; /* NULL: standard output */
    char *captures[2];
};

/*
 * Read the command line; argv[0] is "compare". False: *options is unspecified and
 * `error` holds one line that says what is wrong.
 */
bool compare_options_parse(struct compare_options *options, int argc, char **argv,
                           char error[static OPTIONS_ERROR_BYTES]);

extern const struct option_table compare_options_table;

void compare_options_help(FILE *stream);

#endif
