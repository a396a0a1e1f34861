/* SPDX-License-Identifier: GPL-2.0-or-later */
/* options.h: the command line, read into a struct. */
#ifndef KA_OPTIONS_H
#define KA_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "core/ka.h"
#include "fail_on.h"
#include "fleet.h"
#include "option_table.h"
#include "output.h"
#include "path_timers.h"
#include "what_if.h"

enum options_action {
    ACTION_ANALYSE,
    ACTION_MERGE,
    ACTION_HELP,
    ACTION_VERSION,
    ACTION_EXPLAIN,
    ACTION_COMPLETION,
};
enum options_chain { CHAIN_NONE, CHAIN_ALL, CHAIN_BY_PREFIX };
enum options_color { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER };

struct options {
    enum options_action action;
    const char *filter;          /* pcap filter expression, or NULL */
    const struct output *output; /* never NULL after parsing */
    const char *output_path;     /* NULL: standard output */
    bool events;
    unsigned jobs; /* captures worked on at a time */
    enum options_chain chain;
    uint32_t max_connections;  /* of one capture; 0: no limit */
    uint64_t max_memory_bytes; /* of all captures worked on; 0: no limit */
    enum options_color color;
    struct fail_on fail_on;
    bool summary; /* groups instead of connections */
    struct fleet_grouping grouping;
    struct path_timers path_timers;
    struct what_if what_if; /* settings to try; none: it was not asked for */
    const char *shell;      /* of --completion */
    char *const *operands;  /* files, results, or the tags to explain; into argv */
    size_t operand_count;
    const char *list;  /* a file that holds more operands, "-" standard input; or NULL */
    bool list_has_nul; /* its names end in NUL instead of a newline */
    bool no_sandbox;
    const char *user; /* whom root is to become; or NULL */
};

enum { MAX_CONNECTIONS_DEFAULT = 4000000, MAX_MEMORY_DEFAULT_MIB = 1024 };

/*
 * Read the command line. False: *options is unspecified and `error` holds one line that says what
 * is wrong. Reorders argv as getopt_long() does.
 */
bool options_parse(struct options *options, int argc, char **argv,
                   char error[static OPTIONS_ERROR_BYTES]);

/* Print what --help shows. */
void options_help(FILE *stream);

extern const struct option_table options_table;

/* Name of command number `index`, such as "merge"; NULL: there are not so many. */
const char *options_command(size_t index);

/*
 * Print the rules of these tags and findings, those of all tags if none is named; findings are
 * wrapped to `width` columns. False: an unknown one.
 */
bool options_explain(FILE *stream, unsigned width, char *const *tags, size_t count,
                     char error[static OPTIONS_ERROR_BYTES]);

#endif
