/* SPDX-License-Identifier: GPL-2.0-or-later */
/* options.c: one table of options drives getopt_long() and --help. */
#include "options.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "names.h"

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
    if (strcmp(argument, "html") == 0 || strcmp(argument, "sqlite") == 0)
        return fail(failure, "--format %s is not available in this version", argument);
    return fail(failure, "unknown format '%s'; there are text, json and csv", argument);
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

/* The outcome whose name is the first `length` bytes of `name`; KA_OUTCOME_COUNT: there is none. */
static enum ka_outcome find_outcome(const char *name, size_t length)
{
    enum ka_outcome outcome = 0;

    while (outcome < KA_OUTCOME_COUNT && (strlen(ka_outcome_name(outcome)) != length ||
                                          memcmp(ka_outcome_name(outcome), name, length) != 0))
        outcome++;
    return outcome;
}

static bool set_fail_on(struct options *options, const char *argument, struct failure *failure)
{
    for (const char *name = argument;; name++) {
        size_t length = strcspn(name, ",");
        enum ka_outcome outcome = find_outcome(name, length);

        if (outcome == KA_OUTCOME_COUNT)
            return fail(failure, "--fail-on '%s': no such outcome; the manual lists them",
                        argument);
        options->fail_on[outcome] = true;
        name += length;
        if (*name == '\0')
            return true;
    }
}

static bool set_color(struct options *options, const char *argument, struct failure *failure)
{
    static const char *const names[] = {
        [COLOR_AUTO] = "auto", [COLOR_ALWAYS] = "always", [COLOR_NEVER] = "never"};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(argument, names[i]) == 0) {
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
    {0, "format", "FORMAT", set_format, "text, json or csv (default text):"},
    {'o', "output", "FILE", set_output, "write there, not to standard output"},
    {0, "events", NULL, set_events, "report each tagged frame as well"},
    {0, "fail-on", "OUTCOME[,...]", set_fail_on, "exit with status 10 if a connection has one"},
    {0, "color", "WHEN", set_color, "auto, always or never (default auto)"},
    {0, "explain", NULL, set_explain, "print the rules for these tags, or all rules"},
    {'h', "help", NULL, set_help, "print this text"},
    {'V', "version", NULL, set_version, "print the version"},
    {'j', "jobs", "N", NULL, NULL},
    {0, "chain", NULL, NULL, NULL},
};

enum { ROW_COUNT = sizeof rows / sizeof rows[0], LONG_ONLY = 256 };

/* Names of commands that a later version brings; a file of such a name is given as ./NAME. */
static const char *const later_commands[] = {"timeline", "merge", "compare"};

void options_help(FILE *stream)
{
    fprintf(stream,
            "usage: ka-analyze [options] FILE|DIRECTORY...\n"
            "       ka-analyze --explain [TAG...]\n"
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
        snprintf(name, sizeof name, "%s--%s%s%s", letter, row->long_name, row->argument ? " " : "",
                 row->argument ? row->argument : "");
        fprintf(stream, "  %-28s %s\n", name, row->help);
        if (row->set == set_format)
            output_help(stream, 33);
    }
    fprintf(stream, "\nExample: ka-analyze --events capture.pcap      Manual: man ka-analyze\n");
}

/* getopt_long()'s two descriptions of the table. */
static void describe_options(char letters[static 2 * ROW_COUNT + 2],
                             struct option long_options[static ROW_COUNT + 1])
{
    *letters++ = ':'; /* a missing argument is told from an unknown option */
    for (size_t i = 0; i < ROW_COUNT; i++) {
        long_options[i] = (struct option){
            .name = rows[i].long_name,
            .has_arg = rows[i].argument ? required_argument : no_argument,
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

static bool check_operands(const struct options *options, struct failure *failure)
{
    const char *first = options->operand_count ? options->operands[0] : NULL;

    if (options->action != ACTION_ANALYSE)
        return true;
    if (!first)
        return fail(failure, "no capture given%s", "");
    for (size_t i = 0; i < sizeof later_commands / sizeof later_commands[0]; i++)
        if (strcmp(first, later_commands[i]) == 0)
            return fail(failure, "the command '%s' is not available in this version", first);
    return true;
}

bool options_parse(struct options *options, int argc, char **argv,
                   char error[static OPTIONS_ERROR_BYTES])
{
    char letters[2 * ROW_COUNT + 2];
    struct option long_options[ROW_COUNT + 1];
    struct failure failure = {.text = error};
    int value;

    *options = (struct options){.output = output_find("text")};
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

/* One rule; the manual's section HOW IT DECIDES is this text. */
static void print_rule(FILE *stream, const struct ka_rule *rule)
{
    fprintf(stream, "%s: %s\n    %s\n    source: %s\n", ka_tag_name(rule->tag), rule->name,
            rule->meaning, rule->source);
}

bool options_explain(FILE *stream, char *const *tags, size_t count,
                     char error[static OPTIONS_ERROR_BYTES])
{
    size_t rule_count;
    const struct ka_rule *rules = ka_rules(&rule_count);
    bool wanted[KA_TAG_COUNT] = {false};

    for (size_t i = 0; i < count; i++) {
        enum ka_tag tag = KA_TAG_NONE + 1;

        while (tag < KA_TAG_COUNT && strcmp(ka_tag_name(tag), tags[i]) != 0)
            tag++;
        if (tag == KA_TAG_COUNT)
            return fail(&(struct failure){.text = error},
                        "--explain '%s': no such tag; without one it prints all", tags[i]);
        wanted[tag] = true;
    }
    for (size_t i = 0; i < rule_count; i++)
        if (count == 0 || wanted[rules[i].tag])
            print_rule(stream, &rules[i]);
    return true;
}
