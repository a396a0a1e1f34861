/* SPDX-License-Identifier: GPL-2.0-or-later */
/* compare_options.c: one table of options drives getopt_long() and `compare --help`. */
#include "compare_options.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "names.h"

typedef bool option_handler(struct compare_options *options, const char *argument, char *error);

struct option_row {
    int short_name; /* a letter, or 0 */
    const char *long_name;
    const char *argument; /* what the help calls it, or NULL */
    option_handler *set;
    const char *help;
};

static bool fail(char *error, const char *what, const char *subject)
{
    char *safe = name_for_terminal(subject);

    snprintf(error, OPTIONS_ERROR_BYTES, what, safe ? safe : "");
    free(safe);
    return false;
}

static bool set_filter(struct compare_options *options, const char *argument, char *error)
{
    (void)error;
    options->filter = argument;
    return true;
}

static void format_words(FILE *stream)
{
    fputs(" text json", stream);
}

static bool set_format(struct compare_options *options, const char *argument, char *error)
{
    options->is_json = strcmp(argument, "json") == 0;
    return options->is_json || strcmp(argument, "text") == 0 ||
           fail(error, "compare --format '%s': it is text or json", argument);
}

static bool set_output(struct compare_options *options, const char *argument, char *error)
{
    if (argument[0] == '\0')
        return fail(error, "-o needs the name of a file%s", "");
    options->output_path = strcmp(argument, "-") == 0 ? NULL : argument;
    return true;
}

static bool set_events(struct compare_options *options, const char *argument, char *error)
{
    (void)argument;
    (void)error;
    options->events = true;
    return true;
}

static bool set_both_ran(struct compare_options *options, const char *argument, char *error)
{
    (void)argument;
    (void)error;
    options->both_ran = true;
    return true;
}

static bool set_no_sandbox(struct compare_options *options, const char *argument, char *error)
{
    (void)argument;
    (void)error;
    options->no_sandbox = true;
    return true;
}

static bool set_user(struct compare_options *options, const char *argument, char *error)
{
    (void)error;
    options->user = argument;
    return true;
}

static bool set_help(struct compare_options *options, const char *argument, char *error)
{
    (void)argument;
    (void)error;
    options->help = true;
    return true;
}

static const struct option_row rows[] = {
    {'f', "filter", "EXPR", set_filter, "only packets that match this pcap filter"},
    {0, "format", "FORMAT", set_format, "text (default) or json"},
    {'o', "output", "FILE", set_output, "write there, not to standard output"},
    {0, "events", NULL, set_events, "name each segment that is in one capture only"},
    {0, "both-ran", NULL, set_both_ran, "both captures ran while either did, though quiet"},
    {0, "user", "NAME", set_user, "started by root: read the captures as this user"},
    {0, "no-sandbox", NULL, set_no_sandbox, "keep rights that reading a capture does not need"},
    {'h', "help", NULL, set_help, "print this text"},
};

enum { ROW_COUNT = sizeof rows / sizeof rows[0], LONG_ONLY = 256 };

bool compare_options_describe(size_t index, struct option_description *description)
{
    if (index >= ROW_COUNT)
        return false;
    *description = (struct option_description){
        .short_name = rows[index].short_name,
        .long_name = rows[index].long_name,
        .argument = rows[index].argument,
        .help = rows[index].help,
        .words = rows[index].set == set_format ? format_words : NULL,
    };
    return true;
}

void compare_options_help(FILE *stream)
{
    fputs(
        "usage: ka-analyze compare [options] A B\n"
        "\n"
        "Two captures of one connection, from both ends or before and behind a box in the path:\n"
        "which probes left one and reached the other, which answers came back, on which side of\n"
        "the middle the path broke, and where a RST was born. The clocks are aligned by the frames.\n"
        "\n"
        "options:\n",
        stream);
    for (size_t i = 0; i < ROW_COUNT; i++) {
        char name[48], letter[8] = "    ";

        if (rows[i].short_name)
            snprintf(letter, sizeof letter, "-%c, ", rows[i].short_name);
        snprintf(name, sizeof name, "%s--%s%s%s", letter, rows[i].long_name,
                 rows[i].argument ? " " : "", rows[i].argument ? rows[i].argument : "");
        fprintf(stream, "  %-28s %s\n", name, rows[i].help);
    }
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

/* getopt_long()'s two descriptions of the table. */
static void describe_options(char letters[static 2 * ROW_COUNT + 2],
                             struct option long_options[static ROW_COUNT + 1])
{
    *letters++ = ':';
    for (size_t i = 0; i < ROW_COUNT; i++) {
        long_options[i] = (struct option){
            .name = rows[i].long_name,
            .has_arg = rows[i].argument ? required_argument : no_argument,
            .val = LONG_ONLY + (int)i,
        };
        if (rows[i].short_name)
            *letters++ = (char)rows[i].short_name;
        if (rows[i].short_name && rows[i].argument)
            *letters++ = ':';
    }
    *letters = '\0';
    long_options[ROW_COUNT] = (struct option){0};
}

bool compare_options_parse(struct compare_options *options, int argc, char **argv,
                           char error[static OPTIONS_ERROR_BYTES])
{
    char letters[2 * ROW_COUNT + 2];
    struct option long_options[ROW_COUNT + 1];
    int value;

    *options = (struct compare_options){.help = false};
    describe_options(letters, long_options);
    optind = 0; /* glibc: start over */
    opterr = 0;
    while ((value = getopt_long(argc, argv, letters, long_options, NULL)) != -1) {
        const struct option_row *row = find_row(value);

        if (value == ':')
            return fail(error, "%s needs an argument", argv[optind - 1]);
        if (value == '?' || !row)
            return fail(error, "unknown option '%s'", argv[optind - 1]);
        if (!row->set(options, optarg, error))
            return false;
        if (options->help)
            return true;
    }
    if (options->no_sandbox && options->user)
        return fail(error, "--user %s is part of the sandbox: leave out --no-sandbox",
                    options->user);
    if (argc - optind != 2)
        return fail(error, "compare takes two captures%s", "");
    options->captures[0] = argv[optind];
    options->captures[1] = argv[optind + 1];
    if (strcmp(options->captures[0], "-") == 0 && strcmp(options->captures[1], "-") == 0)
        return fail(error, "standard input can be one of the captures, not both%s", "");
    return true;
}
