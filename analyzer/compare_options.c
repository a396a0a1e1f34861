/* SPDX-License-Identifier: GPL-2.0-or-later */
/* compare_options.c: the options of `ka-analyze compare`. */
#include "compare_options.h"

#include <string.h>

static const char *const format_names[] = {"text", "json"};

enum { FORMAT_COUNT = sizeof format_names / sizeof format_names[0] };

static void format_words(FILE *stream)
{
    option_put_words(stream, format_names, FORMAT_COUNT);
}

static bool set_format(void *target, const char *argument, char *error)
{
    struct compare_options *options = target;
    int choice = option_choice(argument, format_names, FORMAT_COUNT);

    options->is_json = choice == 1;
    return choice >= 0 || option_fail(error, "compare --format '%s': it is text or json", argument);
}

static bool set_output(void *target, const char *argument, char *error)
{
    struct compare_options *options = target;

    return option_output_path(&options->output_path, argument, error);
}

static const struct option_row rows[] = {
    {'f', "filter", "EXPR", "only packets that match this pcap filter",
     OPTION_MEMBER(struct compare_options, filter)},
    {0, "format", "FORMAT", "text (default) or json", .set = set_format, .words = format_words},
    {'o', "output", "FILE", "write there, not to standard output", .set = set_output},
    {0, "events", NULL, "name each segment that is in one capture only",
     OPTION_MEMBER(struct compare_options, events)},
    {0, "both-ran", NULL, "both captures ran while either did, though quiet",
     OPTION_MEMBER(struct compare_options, both_ran)},
    {0, "user", "NAME", "started by root: read the captures as this user",
     OPTION_MEMBER(struct compare_options, user)},
    {0, "no-sandbox", NULL, "keep rights that reading a capture does not need",
     OPTION_MEMBER(struct compare_options, no_sandbox)},
    {'h', "help", NULL, "print this text", OPTION_MEMBER(struct compare_options, help)},
};

_Static_assert(sizeof rows <= OPTION_ROWS_MAX * sizeof rows[0],
               "more options than option_table.h provides for");

static bool after(void *target, const struct option_row *row)
{
    const struct compare_options *options = target;

    (void)row;
    return options->help;
}

const struct option_table compare_options_table = {rows, sizeof rows / sizeof rows[0], after};

void compare_options_help(FILE *stream)
{
    fputs("usage: ka-analyze compare [options] A B\n"
          "\n"
          "Two captures of one connection, from both ends or before and behind a box in the path:\n"
          "which probes left one and reached the other, which answers came back, on which side of\n"
          "the middle the path broke, and where a RST was born. The clocks are aligned by the "
          "frames.\n"
          "\n"
          "options:\n",
          stream);
    option_table_help(&compare_options_table, stream);
}

bool compare_options_parse(struct compare_options *options, int argc, char **argv,
                           char error[static OPTIONS_ERROR_BYTES])
{
    int first;

    *options = (struct compare_options){.help = false};
    if (!option_table_read(&compare_options_table, options, argc, argv, &first, error))
        return false;
    if (options->help)
        return true;
    if (!option_check_user(options->user, options->no_sandbox, error))
        return false;
    if (argc - first != 2)
        return option_fail(error, "compare takes two captures", NULL);
    options->captures[0] = argv[first];
    options->captures[1] = argv[first + 1];
    if (strcmp(options->captures[0], "-") == 0 && strcmp(options->captures[1], "-") == 0)
        return option_fail(error, "standard input can be one of the captures, not both", NULL);
    return true;
}
