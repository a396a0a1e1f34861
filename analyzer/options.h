/* SPDX-License-Identifier: GPL-2.0-or-later */
/* options.h: the command line, read into a struct. One table serves parsing and --help. */
#ifndef KA_OPTIONS_H
#define KA_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "core/ka.h"
#include "output.h"

enum options_action { ACTION_ANALYSE, ACTION_HELP, ACTION_VERSION, ACTION_EXPLAIN };
enum options_color { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER };

struct options {
    enum options_action action;
    const char *filter;          /* pcap filter expression, or NULL */
    const struct output *output; /* never NULL after parsing */
    const char *output_path;     /* NULL: standard output */
    bool events;
    enum options_color color;
    bool fail_on[KA_OUTCOME_COUNT];
    char *const *operands; /* files, or the tags to explain; into argv */
    size_t operand_count;
};

enum { OPTIONS_ERROR_BYTES = 256 };

/*
 * Read the command line. False: *options is unspecified and `error` holds one line that says what is
 * wrong. Reorders argv as getopt_long() does.
 */
bool options_parse(struct options *options, int argc, char **argv,
                   char error[static OPTIONS_ERROR_BYTES]);

/* Print what --help shows. */
void options_help(FILE *stream);

/* Print the rules that give these tags, all rules if there are none. False: an unknown tag. */
bool options_explain(FILE *stream, char *const *tags, size_t count,
                     char error[static OPTIONS_ERROR_BYTES]);

#endif
