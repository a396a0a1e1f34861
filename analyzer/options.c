/* SPDX-License-Identifier: GPL-2.0-or-later */
/* options.c: the options of the command, and what cannot be had together. */
#include "options.h"

#include <string.h>

#include "completion.h"
#include "jobs.h"
#include "parse.h"

static bool set_output(void *target, const char *argument, char *error)
{
    struct options *options = target;

    return option_output_path(&options->output_path, argument, error);
}

static bool set_format(void *target, const char *argument, char *error)
{
    struct options *options = target;

    options->output = output_find(argument);
    if (options->output)
        return true;
    if (strcmp(argument, "sqlite") == 0)
        return option_fail(error, "--format %s: this program was built without SQLite", argument);
    return option_fail(error, "unknown format '%s'; --help lists them", argument);
}

static bool set_jobs(void *target, const char *argument, char *error)
{
    struct options *options = target;
    uint64_t jobs;

    if (!parse_count(argument, JOBS_MAX, &jobs) || jobs == 0)
        return option_fail(error, "-j '%s': it is a number from 1 to 256", argument);
    options->jobs = (unsigned)jobs;
    return true;
}

static bool set_max_connections(void *target, const char *argument, char *error)
{
    struct options *options = target;
    uint64_t most;

    if (!parse_count(argument, UINT32_MAX - 1, &most))
        return option_fail(error, "--max-connections '%s': it is a number, 0 for no limit",
                           argument);
    options->max_connections = (uint32_t)most;
    return true;
}

static bool set_max_memory(void *target, const char *argument, char *error)
{
    struct options *options = target;

    if (!parse_bytes(argument, &options->max_memory_bytes))
        return option_fail(error, "--max-memory '%s': it is a size such as 512M, 0 for no limit",
                           argument);
    if (options->max_memory_bytes && options->max_memory_bytes < 2 * KA_MEMORY_MIN)
        return option_fail(error, "--max-memory '%s': it is at least 16M", argument);
    return true;
}

static bool set_path_timers(void *target, const char *argument, char *error)
{
    struct options *options = target;
    char reason[PATH_TIMERS_ERROR_BYTES];

    return path_timers_read(&options->path_timers, argument, reason) ||
           option_fail(error, "--path-timers %s", reason);
}

static bool set_chain(void *target, const char *argument, char *error)
{
    struct options *options = target;

    options->chain = argument ? CHAIN_BY_PREFIX : CHAIN_ALL;
    if (!argument || strcmp(argument, "by-prefix") == 0)
        return true;
    return option_fail(error, "--chain='%s': it is --chain or --chain=by-prefix", argument);
}

static void chain_words(FILE *stream)
{
    fputs(" by-prefix", stream);
}

static bool set_fail_on(void *target, const char *argument, char *error)
{
    struct options *options = target;
    const char *reason;
    size_t used;

    if (fail_on_add(&options->fail_on, argument, &reason))
        return true;
    option_fail(error, "--fail-on '%s'", argument);
    used = strlen(error);
    snprintf(error + used, OPTIONS_ERROR_BYTES - used, ": %s", reason);
    return false;
}

static bool set_what_if(void *target, const char *argument, char *error)
{
    struct options *options = target;
    static const char start[] = "--what-if: ";

    memcpy(error, start, sizeof start);
    _Static_assert(sizeof start + WHAT_IF_ERROR_BYTES <= OPTIONS_ERROR_BYTES, "an error must fit");
    if (!what_if_add(&options->what_if, argument, error + sizeof start - 1))
        return false;
    error[0] = '\0';
    return true;
}

static bool set_group_by(void *target, const char *argument, char *error)
{
    struct options *options = target;

    options->summary = true;
    if (fleet_parse_grouping(argument, &options->grouping))
        return true;
    return option_fail(error,
                       "--group-by '%s': it is server, service, prefix[/N[/N]], client or outcome",
                       argument);
}

static bool set_completion(void *target, const char *argument, char *error)
{
    struct options *options = target;

    options->action = ACTION_COMPLETION;
    options->shell = argument;
    if (completion_find(argument))
        return true;
    return option_fail(error, "--completion '%s': it is bash or zsh", argument);
}

static const char *const color_names[] = {
    [COLOR_AUTO] = "auto", [COLOR_ALWAYS] = "always", [COLOR_NEVER] = "never"};

enum { COLOR_COUNT = sizeof color_names / sizeof color_names[0] };

static void color_words(FILE *stream)
{
    option_put_words(stream, color_names, COLOR_COUNT);
}

static bool set_color(void *target, const char *argument, char *error)
{
    struct options *options = target;
    int choice = option_choice(argument, color_names, COLOR_COUNT);

    if (choice < 0)
        return option_fail(error, "--color '%s': it is auto, always or never", argument);
    options->color = (enum options_color)choice;
    return true;
}

static bool set_explain(void *target, const char *argument, char *error)
{
    struct options *options = target;

    (void)argument;
    (void)error;
    options->action = ACTION_EXPLAIN;
    return true;
}

static bool set_help(void *target, const char *argument, char *error)
{
    struct options *options = target;

    (void)argument;
    (void)error;
    options->action = ACTION_HELP;
    return true;
}

static bool set_version(void *target, const char *argument, char *error)
{
    struct options *options = target;

    (void)argument;
    (void)error;
    options->action = ACTION_VERSION;
    return true;
}

static const struct option_row rows[] = {
    {'f', "filter", "EXPR", "only packets that match this pcap filter",
     OPTION_MEMBER(struct options, filter)},
    {0, "format", "FORMAT", "one of these (default text):", .set = set_format,
     .words = output_words, .more_help = output_help},
    {'o', "output", "FILE", "write there, not to standard output", .set = set_output},
    {0, "events", NULL, "report each tagged frame as well", OPTION_MEMBER(struct options, events)},
    {0, "summary", NULL, "groups of connections instead of each one",
     OPTION_MEMBER(struct options, summary)},
    {0, "group-by", "KEY", "server, service, prefix[/N], client or outcome", .set = set_group_by,
     .words = fleet_words},
    {0, "what-if", "SETTINGS", "how late by 60/10/6,13/13/3 or a preset instead",
     .set = set_what_if, .words = what_if_words, .is_list = true},
    {0, "fail-on", "RULE", "status 10 for such as dead_keepalive,latency>120", .set = set_fail_on,
     .words = fail_on_words, .is_list = true},
    {'j', "jobs", "N", "work on N captures at a time (default 1)", .set = set_jobs},
    {0, "chain", "by-prefix", "join all captures in time, or each ring of them", .set = set_chain,
     .words = chain_words, .is_optional = true},
    {0, "max-connections", "N", "keep N a capture (default 4000000)", .set = set_max_connections},
    {0, "max-memory", "SIZE", "keep within SIZE for all of them (default 1G)",
     .set = set_max_memory},
    {0, "files-from", "FILE", "read more names from there, one a line",
     OPTION_MEMBER(struct options, list)},
    {'0', "null", NULL, "a NUL ends each of these names, not a newline",
     OPTION_MEMBER(struct options, list_has_nul)},
    {0, "path-timers", "FILE", "idle timers of your load balancers and firewalls",
     .set = set_path_timers},
    {0, "color", "WHEN", "auto, always or never (default auto)", .set = set_color,
     .words = color_words},
    {0, "user", "NAME", "started by root: read captures as this user",
     OPTION_MEMBER(struct options, user)},
    {0, "no-sandbox", NULL, "keep rights that reading captures does not need",
     OPTION_MEMBER(struct options, no_sandbox)},
    {0, "explain", NULL, "print the rules for these tags or findings", .set = set_explain},
    {0, "completion", "SHELL", "print what bash or zsh completes by", .set = set_completion,
     .words = completion_words},
    {'h', "help", NULL, "print this text", .set = set_help},
    {'V', "version", NULL, "print the version", .set = set_version},
};

_Static_assert(sizeof rows <= OPTION_ROWS_MAX * sizeof rows[0],
               "more options than option_table.h provides for");

/* Help and version are all that is wanted, whatever else the command line holds. */
static bool after(void *target, const struct option_row *row)
{
    const struct options *options = target;

    (void)row;
    return options->action == ACTION_HELP || options->action == ACTION_VERSION;
}

const struct option_table options_table = {rows, sizeof rows / sizeof rows[0], after};

/* Names of commands, for options_command(). */
static const char *const commands[] = {"compare", "merge", "timeline"};

void options_help(FILE *stream)
{
    fprintf(stream,
            "usage: ka-analyze [options] FILE|DIRECTORY...\n"
            "       ka-analyze merge [options] RESULT...\n"
            "       ka-analyze compare [options] A B\n"
            "       ka-analyze timeline [options] [CAPTURE]\n"
            "       ka-analyze --explain [TAG|FINDING...]\n"
            "\n"
            "Say what happened to every TCP connection of a capture: alive, closed, or dead,\n"
            "how the dead peer was noticed, how long that took and why. FILE is a pcap or\n"
            "pcapng capture, - standard input; a DIRECTORY stands for the captures below it.\n"
            "\n"
            "options:\n");
    option_table_help(&options_table, stream);
    fprintf(stream, "\nExample: ka-analyze --events capture.pcap      Manual: man ka-analyze\n");
}

const char *options_command(size_t index)
{
    return index < sizeof commands / sizeof commands[0] ? commands[index] : NULL;
}

/* What cannot be had together. */
static bool check_options(const struct options *options, char *error)
{
    bool is_merge = options->action == ACTION_MERGE;

    if (is_merge && (options->filter || options->events))
        return option_fail(error, "merge reads results: %s belongs to the runs that make them",
                           options->filter ? "--filter" : "--events");
    if (is_merge && (options->jobs > 1 || options->chain != CHAIN_NONE))
        return option_fail(error, "merge reads one result at a time: leave out %s",
                           options->jobs > 1 ? "-j" : "--chain");
    if (!option_check_user(options->user, options->no_sandbox, error))
        return false;
    if (options->output->open && !options->output_path)
        return option_fail(error, "--format %s needs a file: -o FILE", options->output->name);
    if (options->output->open && options->events)
        return option_fail(error, "--format %s holds connections: leave out --events",
                           options->output->name);
    if (options->output->open && options->what_if.count > 0)
        return option_fail(error, "--format %s holds what was seen: leave out --what-if",
                           options->output->name);
    if (options->summary && !options->output->fleet)
        return option_fail(error, "--format %s cannot show groups", options->output->name);
    if (options->events && options->summary)
        return option_fail(error, "--summary shows no frames: leave out --events", NULL);
    return true;
}

/* The list of more operands, and whether standard input is wanted for two things. */
static bool check_list(const struct options *options, char *error)
{
    if (!options->list && options->list_has_nul)
        return option_fail(error, "-0 says how the names of --files-from end: give that too", NULL);
    if (!options->list || strcmp(options->list, "-") != 0)
        return true;
    for (size_t i = 0; i < options->operand_count; i++)
        if (strcmp(options->operands[i], "-") == 0)
            return option_fail(error, "standard input is the list already, and no %s",
                               options->action == ACTION_MERGE ? "result" : "capture");
    return true;
}

static bool check_operands(struct options *options, char *error)
{
    const char *first = options->operand_count ? options->operands[0] : NULL;

    if (options->action != ACTION_ANALYSE)
        return true;
    if (first && strcmp(first, "merge") == 0) {
        options->action = ACTION_MERGE;
        options->summary = true;
        options->operands++;
        options->operand_count--;
    }
    if (options->operand_count == 0 && !options->list)
        return option_fail(error, "no %s given", first ? "result" : "capture");
    return check_list(options, error) && check_options(options, error);
}

bool options_parse(struct options *options, int argc, char **argv,
                   char error[static OPTIONS_ERROR_BYTES])
{
    int operands;

    *options = (struct options){
        .output = output_find("text"),
        .jobs = 1,
        .max_connections = MAX_CONNECTIONS_DEFAULT,
        .max_memory_bytes = (uint64_t)MAX_MEMORY_DEFAULT_MIB << 20,
    };
    fleet_parse_grouping("server", &options->grouping);
    if (!option_table_read(&options_table, options, argc, argv, &operands, error))
        return false;
    if (options->action == ACTION_HELP || options->action == ACTION_VERSION)
        return true;
    options->operands = argv + operands;
    options->operand_count = (size_t)(argc - operands);
    return check_operands(options, error);
}
