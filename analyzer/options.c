/* SPDX-License-Identifier: GPL-2.0-or-later */
/* options.c: one table of options drives getopt_long() and --help. */
#include "options.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "completion.h"
#include "jobs.h"
#include "names.h"
#include "parse.h"

/* What a handler may fail with. */
struct failure {
    char *text; /* OPTIONS_ERROR_BYTES */
};

typedef bool option_handler(struct options *options, const char *argument, struct failure *failure);

struct option_row {
    int short_name; /* a letter, or 0 */
    const char *long_name;
    const char *argument; /* what --help calls it, or NULL for an option without one */
    option_handler *set;  /* NULL: promised for a later version, refused until then */
    const char *help;     /* lines after the first are indented by the printer */
};

static bool fail(struct failure *failure, const char *what, const char *subject)
{
    char *safe = name_for_terminal(subject);

    snprintf(failure->text, OPTIONS_ERROR_BYTES, what, safe ? safe : "");
    free(safe);
    return false;
}

static bool set_filter(struct options *options, const char *argument, struct failure *failure)
{
    (void)failure;
    options->filter = argument;
    return true;
}

static bool set_format(struct options *options, const char *argument, struct failure *failure)
{
    options->output = output_find(argument);
    if (options->output)
        return true;
    if (strcmp(argument, "sqlite") == 0)
        return fail(failure, "--format %s: this program was built without SQLite", argument);
    return fail(failure, "unknown format '%s'; --help lists them", argument);
}

static bool set_output(struct options *options, const char *argument, struct failure *failure)
{
    if (argument[0] == '\0')
        return fail(failure, "-o needs the name of a file%s", "");
    options->output_path = strcmp(argument, "-") == 0 ? NULL : argument;
    return true;
}

static bool set_events(struct options *options, const char *argument, struct failure *failure)
{
    (void)argument;
    (void)failure;
    options->events = true;
    return true;
}

static bool set_jobs(struct options *options, const char *argument, struct failure *failure)
{
    uint64_t jobs;

    if (!parse_count(argument, JOBS_MAX, &jobs) || jobs == 0)
        return fail(failure, "-j '%s': it is a number from 1 to 256", argument);
    options->jobs = (unsigned)jobs;
    return true;
}

static bool set_max_connections(struct options *options, const char *argument,
                                struct failure *failure)
{
    uint64_t most;

    if (!parse_count(argument, UINT32_MAX - 1, &most))
        return fail(failure, "--max-connections '%s': it is a number, 0 for no limit", argument);
    options->max_connections = (uint32_t)most;
    return true;
}

static bool set_max_memory(struct options *options, const char *argument, struct failure *failure)
{
    if (!parse_bytes(argument, &options->max_memory_bytes))
        return fail(failure, "--max-memory '%s': it is a size such as 512M, 0 for no limit",
                    argument);
    if (options->max_memory_bytes && options->max_memory_bytes < 2 * KA_MEMORY_MIN)
        return fail(failure, "--max-memory '%s': it is at least 16M", argument);
    return true;
}

static bool set_list(struct options *options, const char *argument, struct failure *failure)
{
    (void)failure;
    options->list = argument;
    return true;
}

static bool set_path_timers(struct options *options, const char *argument, struct failure *failure)
{
    char error[PATH_TIMERS_ERROR_BYTES];

    return path_timers_read(&options->path_timers, argument, error) ||
           fail(failure, "--path-timers %s", error);
}

static bool set_nul(struct options *options, const char *argument, struct failure *failure)
{
    (void)argument;
    (void)failure;
    options->list_has_nul = true;
    return true;
}

static bool set_chain(struct options *options, const char *argument, struct failure *failure)
{
    options->chain = argument ? CHAIN_BY_PREFIX : CHAIN_ALL;
    if (!argument || strcmp(argument, "by-prefix") == 0)
        return true;
    return fail(failure, "--chain='%s': it is --chain or --chain=by-prefix", argument);
}

static void chain_words(FILE *stream)
{
    fputs(" by-prefix", stream);
}

static bool set_no_sandbox(struct options *options, const char *argument, struct failure *failure)
{
    (void)argument;
    (void)failure;
    options->no_sandbox = true;
    return true;
}

static bool set_user(struct options *options, const char *argument, struct failure *failure)
{
    (void)failure;
    options->user = argument;
    return true;
}

static bool set_fail_on(struct options *options, const char *argument, struct failure *failure)
{
    const char *reason;
    size_t used;

    if (fail_on_add(&options->fail_on, argument, &reason))
        return true;
    fail(failure, "--fail-on '%s'", argument);
    used = strlen(failure->text);
    snprintf(failure->text + used, OPTIONS_ERROR_BYTES - used, ": %s", reason);
    return false;
}

static bool set_what_if(struct options *options, const char *argument, struct failure *failure)
{
    static const char start[] = "--what-if: ";

    memcpy(failure->text, start, sizeof start);
    _Static_assert(sizeof start + WHAT_IF_ERROR_BYTES <= OPTIONS_ERROR_BYTES, "an error must fit");
    if (!what_if_add(&options->what_if, argument, failure->text + sizeof start - 1))
        return false;
    failure->text[0] = '\0';
    return true;
}

static bool set_summary(struct options *options, const char *argument, struct failure *failure)
{
    (void)argument;
    (void)failure;
    options->summary = true;
    return true;
}

static bool set_group_by(struct options *options, const char *argument, struct failure *failure)
{
    options->summary = true;
    if (fleet_parse_grouping(argument, &options->grouping))
        return true;
    return fail(failure,
                "--group-by '%s': it is server, service, prefix[/N[/N]], client or outcome",
                argument);
}

static bool set_completion(struct options *options, const char *argument, struct failure *failure)
{
    options->action = ACTION_COMPLETION;
    options->shell = argument;
    if (completion_find(argument))
        return true;
    return fail(failure, "--completion '%s': it is bash or zsh", argument);
}

static const char *const color_names[] = {
    [COLOR_AUTO] = "auto", [COLOR_ALWAYS] = "always", [COLOR_NEVER] = "never"};

static void color_words(FILE *stream)
{
    for (size_t i = 0; i < sizeof color_names / sizeof color_names[0]; i++)
        fprintf(stream, " %s", color_names[i]);
}

static bool set_color(struct options *options, const char *argument, struct failure *failure)
{
    for (size_t i = 0; i < sizeof color_names / sizeof color_names[0]; i++)
        if (strcmp(argument, color_names[i]) == 0) {
            options->color = (enum options_color)i;
            return true;
        }
    return fail(failure, "--color '%s': it is auto, always or never", argument);
}

static bool set_explain(struct options *options, const char *argument, struct failure *failure)
{
    (void)argument;
    (void)failure;
    options->action = ACTION_EXPLAIN;
    return true;
}

static bool set_help(struct options *options, const char *argument, struct failure *failure)
{
    (void)argument;
    (void)failure;
    options->action = ACTION_HELP;
    return true;
}

static bool set_version(struct options *options, const char *argument, struct failure *failure)
{
    (void)argument;
    (void)failure;
    options->action = ACTION_VERSION;
    return true;
}

static const struct option_row rows[] = {
    {'f', "filter", "EXPR", set_filter, "only packets that match this pcap filter"},
    {0, "format", "FORMAT", set_format, "one of these (default text):"},
    {'o', "output", "FILE", set_output, "write there, not to standard output"},
    {0, "events", NULL, set_events, "report each tagged frame as well"},
    {0, "summary", NULL, set_summary, "groups of connections instead of each one"},
    {0, "group-by", "KEY", set_group_by, "server, service, prefix[/N], client or outcome"},
    {0, "what-if", "SETTINGS", set_what_if, "how late by 60/10/6,13/13/3 or a preset instead"},
    {0, "fail-on", "RULE", set_fail_on, "status 10 for such as dead_keepalive,latency>120"},
    {'j', "jobs", "N", set_jobs, "work on N captures at a time (default 1)"},
    {0, "chain", "by-prefix", set_chain, "join all captures in time, or each ring of them"},
    {0, "max-connections", "N", set_max_connections, "keep N a capture (default 4000000)"},
    {0, "max-memory", "SIZE", set_max_memory, "keep within SIZE for all of them (default 1G)"},
    {0, "files-from", "FILE", set_list, "read more names from there, one a line"},
    {'0', "null", NULL, set_nul, "a NUL ends each of these names, not a newline"},
    {0, "path-timers", "FILE", set_path_timers, "idle timers of your load balancers and firewalls"},
    {0, "color", "WHEN", set_color, "auto, always or never (default auto)"},
    {0, "user", "NAME", set_user, "started by root: read captures as this user"},
    {0, "no-sandbox", NULL, set_no_sandbox, "keep rights that reading captures does not need"},
    {0, "explain", NULL, set_explain, "print the rules for these tags or findings"},
    {0, "completion", "SHELL", set_completion, "print what bash or zsh completes by"},
    {'h', "help", NULL, set_help, "print this text"},
    {'V', "version", NULL, set_version, "print the version"},
};

/* What the arguments of some of them may be: members of struct option_description. */
static const struct {
    option_handler *set;
    void (*words)(FILE *stream);
    bool is_list;
} arguments[] = {
    {set_format, output_words, false},  {set_group_by, fleet_words, false},
    {set_fail_on, fail_on_words, true}, {set_what_if, what_if_words, true},
    {set_color, color_words, false},    {set_completion, completion_words, false},
    {set_chain, chain_words, false},
};

enum { ROW_COUNT = sizeof rows / sizeof rows[0], LONG_ONLY = 256 };

/* Names of commands, for options_command(). */
static const char *const commands[] = {"compare", "merge", "timeline"};

/* Whether the argument may be left out; then it follows a =. */
static bool is_optional(const struct option_row *row)
{
    return row->set == set_chain;
}

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
    for (size_t i = 0; i < ROW_COUNT; i++) {
        const struct option_row *row = &rows[i];
        char name[48], letter[8] = "    ";

        if (!row->set)
            continue;
        if (row->short_name)
            snprintf(letter, sizeof letter, "-%c, ", row->short_name);
        snprintf(name, sizeof name, "%s--%s%s%s%s", letter, row->long_name,
                 is_optional(row) ? "[=" : (row->argument ? " " : ""),
                 row->argument ? row->argument : "", is_optional(row) ? "]" : "");
        fprintf(stream, "  %-28s %s\n", name, row->help);
        if (row->set == set_format)
            output_help(stream, 31);
    }
    fprintf(stream, "\nExample: ka-analyze --events capture.pcap      Manual: man ka-analyze\n");
}

bool options_describe(size_t index, struct option_description *description)
{
    for (size_t i = 0; i < ROW_COUNT; i++) {
        const struct option_row *row = &rows[i];

        if (!row->set || index-- > 0)
            continue;
        *description = (struct option_description){
            .short_name = row->short_name,
            .long_name = row->long_name,
            .argument = row->argument,
            .help = row->help,
            .is_optional = is_optional(row),
        };
        for (size_t k = 0; k < sizeof arguments / sizeof arguments[0]; k++)
            if (arguments[k].set == row->set) {
                description->words = arguments[k].words;
                description->is_list = arguments[k].is_list;
            }
        return true;
    }
    return false;
}

const char *options_command(size_t index)
{
    return index < sizeof commands / sizeof commands[0] ? commands[index] : NULL;
}

/* getopt_long()'s two descriptions of the table. */
static void describe_options(char letters[static 2 * ROW_COUNT + 2],
                             struct option long_options[static ROW_COUNT + 1])
{
    *letters++ = ':'; /* a missing argument is told from an unknown option */
    for (size_t i = 0; i < ROW_COUNT; i++) {
        long_options[i] = (struct option){
            .name = rows[i].long_name,
            .has_arg = is_optional(&rows[i]) ? optional_argument
                                             : (rows[i].argument ? required_argument : no_argument),
            .val = LONG_ONLY + (int)i,
        };
        if (!rows[i].short_name)
            continue;
        *letters++ = (char)rows[i].short_name;
        if (rows[i].argument)
            *letters++ = ':';
    }
    *letters = '\0';
    long_options[ROW_COUNT] = (struct option){0};
}

static const struct option_row *find_row(int value)
{
    if (value >= LONG_ONLY)
        return &rows[value - LONG_ONLY];
    for (size_t i = 0; i < ROW_COUNT; i++)
        if (value && rows[i].short_name == value)
            return &rows[i];
    return NULL;
}

static bool refuse_later(const struct option_row *row, struct failure *failure)
{
    const char letter[] = {(char)row->short_name, '\0'};

    if (row->short_name)
        return fail(failure, "-%s is not available in this version", letter);
    return fail(failure, "--%s is not available in this version", row->long_name);
}

/* What getopt_long() stumbled over: a letter of its own, or the word that it just left behind. */
static bool fail_option(struct failure *failure, bool missing, char **argv)
{
    const struct option_row *row = find_row(optopt);
    char letter[] = {'-', (char)optopt, '\0'};
    bool is_letter = optopt && optopt < LONG_ONLY;
    const char *word = is_letter ? letter : argv[optind - 1];

    if (row && !row->set)
        return refuse_later(row, failure);
    if (missing)
        return fail(failure, "%s needs an argument", word);
    if (row)
        return fail(failure, "%s takes no argument", word);
    return fail(failure, "unknown option '%s'", word);
}

/* What cannot be had together. */
static bool check_options(const struct options *options, struct failure *failure)
{
    bool is_merge = options->action == ACTION_MERGE;

    if (is_merge && (options->filter || options->events))
        return fail(failure, "merge reads results: %s belongs to the runs that make them",
                    options->filter ? "--filter" : "--events");
    if (is_merge && (options->jobs > 1 || options->chain != CHAIN_NONE))
        return fail(failure, "merge reads one result at a time: leave out %s",
                    options->jobs > 1 ? "-j" : "--chain");
    if (options->no_sandbox && options->user)
        return fail(failure, "--user %s is part of the sandbox: leave out --no-sandbox",
                    options->user);
    if (options->output->open && !options->output_path)
        return fail(failure, "--format %s needs a file: -o FILE", options->output->name);
    if (options->output->open && options->events)
        return fail(failure, "--format %s holds connections: leave out --events",
                    options->output->name);
    if (options->output->open && options->what_if.count > 0)
        return fail(failure, "--format %s holds what was seen: leave out --what-if",
                    options->output->name);
    if (options->summary && !options->output->fleet)
        return fail(failure, "--format %s cannot show groups", options->output->name);
    if (options->events && options->summary)
        return fail(failure, "--summary shows no frames: leave out --events%s", "");
    return true;
}

/* The list of more operands, and whether standard input is wanted for two things. */
static bool check_list(const struct options *options, struct failure *failure)
{
    if (!options->list && options->list_has_nul)
        return fail(failure, "-0 says how the names of --files-from end%s: give that too", "");
    if (!options->list || strcmp(options->list, "-") != 0)
        return true;
    for (size_t i = 0; i < options->operand_count; i++)
        if (strcmp(options->operands[i], "-") == 0)
            return fail(failure, "standard input is the list already, and no %s",
                        options->action == ACTION_MERGE ? "result" : "capture");
    return true;
}

static bool check_operands(struct options *options, struct failure *failure)
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
        return fail(failure, "no %s given", first ? "result" : "capture");
    return check_list(options, failure) && check_options(options, failure);
}

bool options_parse(struct options *options, int argc, char **argv,
                   char error[static OPTIONS_ERROR_BYTES])
{
    char letters[2 * ROW_COUNT + 2];
    struct option long_options[ROW_COUNT + 1];
    struct failure failure = {.text = error};
    int value;

    *options = (struct options){
        .output = output_find("text"),
        .jobs = 1,
        .max_connections = MAX_CONNECTIONS_DEFAULT,
        .max_memory_bytes = (uint64_t)MAX_MEMORY_DEFAULT_MIB << 20,
    };
    fleet_parse_grouping("server", &options->grouping);
    describe_options(letters, long_options);
    optind = 0; /* glibc: start over, should this not be the first command line */
    opterr = 0;
    while ((value = getopt_long(argc, argv, letters, long_options, NULL)) != -1) {
        const struct option_row *row = find_row(value);

        if (value == '?' || value == ':' || !row)
            return fail_option(&failure, value == ':', argv);
        if (!row->set)
            return refuse_later(row, &failure);
        if (!row->set(options, optarg, &failure))
            return false;
        if (options->action == ACTION_HELP || options->action == ACTION_VERSION)
            return true;
    }
    options->operands = argv + optind;
    options->operand_count = (size_t)(argc - optind);
    return check_operands(options, &failure);
}
