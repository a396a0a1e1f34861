/* SPDX-License-Identifier: GPL-2.0-or-later */
/* option_table.c: getopt_long() and the help, driven by a table of options. */
#include "option_table.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "names.h"

/* What getopt_long() returns for row i's long name is LONG_ONLY + i, which is no letter. */
enum { LONG_ONLY = 256, LETTERS_BYTES = 3 * OPTION_ROWS_MAX + 2 };

/* ---- for handlers ------------------------------------------------------------------------ */

bool option_fail(char error[static OPTIONS_ERROR_BYTES], const char *format, const char *typed)
{
    char *safe = typed ? name_for_terminal(typed) : NULL;

    snprintf(error, OPTIONS_ERROR_BYTES, format, safe ? safe : "");
    free(safe);
    return false;
}

int option_choice(const char *word, const char *const names[], size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(word, names[i]) == 0)
            return (int)i;
    return -1;
}

void option_put_words(FILE *stream, const char *const names[], size_t count)
{
    for (size_t i = 0; i < count; i++)
        fprintf(stream, " %s", names[i]);
}

bool option_output_path(const char **path, const char *argument,
                        char error[static OPTIONS_ERROR_BYTES])
{
    if (argument[0] == '\0')
        return option_fail(error, "-o needs the name of a file", NULL);
    *path = strcmp(argument, "-") == 0 ? NULL : argument;
    return true;
}

bool option_check_user(const char *user, bool no_sandbox, char error[static OPTIONS_ERROR_BYTES])
{
    if (!user || !no_sandbox)
        return true;
    return option_fail(error, "--user %s is part of the sandbox: leave out --no-sandbox", user);
}

/* ---- help -------------------------------------------------------------------------------- */

void option_table_help(const struct option_table *table, FILE *stream)
{
    for (size_t i = 0; i < table->count; i++) {
        const struct option_row *row = &table->rows[i];
        char name[48], letter[8] = "    ";

        if (row->short_name)
            snprintf(letter, sizeof letter, "-%c, ", row->short_name);
        snprintf(name, sizeof name, "%s--%s%s%s%s", letter, row->long_name,
                 row->is_optional ? "[=" : (row->argument ? " " : ""),
                 row->argument ? row->argument : "", row->is_optional ? "]" : "");
        fprintf(stream, "  %-28s %s\n", name, row->help);
        if (row->more_help)
            row->more_help(stream, 31);
    }
}

/* ---- parsing ----------------------------------------------------------------------------- */

static int has_argument(const struct option_row *row)
{
    if (row->is_optional)
        return optional_argument;
    return row->argument ? required_argument : no_argument;
}

/* getopt_long()'s two descriptions of the table. */
static void describe(const struct option_table *table, char letters[static LETTERS_BYTES],
                     struct option long_options[static OPTION_ROWS_MAX + 1])
{
    *letters++ = ':'; /* a missing argument is told from an unknown option */
    for (size_t i = 0; i < table->count; i++) {
        const struct option_row *row = &table->rows[i];

        long_options[i] = (struct option){
            .name = row->long_name,
            .has_arg = has_argument(row),
            .val = LONG_ONLY + (int)i,
        };
        if (!row->short_name)
            continue;
        *letters++ = (char)row->short_name;
        for (int colons = has_argument(row); colons > 0; colons--) /* 1: required, 2: optional */
            *letters++ = ':';
    }
    *letters = '\0';
    long_options[table->count] = (struct option){0};
}

static const struct option_row *find_row(const struct option_table *table, int value)
{
    if (value >= LONG_ONLY)
        return &table->rows[value - LONG_ONLY];
    for (size_t i = 0; i < table->count; i++)
        if (value && table->rows[i].short_name == value)
            return &table->rows[i];
    return NULL;
}

/* What getopt_long() stumbled over: a letter of its own, or the word that it just left behind. */
static bool fail_option(const struct option_table *table, bool missing, char **argv,
                        char error[static OPTIONS_ERROR_BYTES])
{
    char letter[] = {'-', (char)optopt, '\0'};
    bool is_letter = optopt && optopt < LONG_ONLY;
    const char *word = is_letter ? letter : argv[optind - 1];

    if (missing)
        return option_fail(error, "%s needs an argument", word);
    if (find_row(table, optopt))
        return option_fail(error, "%s takes no argument", word);
    return option_fail(error, "unknown option '%s'", word);
}

static bool take(const struct option_row *row, void *target, const char *argument,
                 char error[static OPTIONS_ERROR_BYTES])
{
    char *member = (char *)target + row->offset;

    switch (row->kind) {
    case OPTION_HANDLED:
        return row->set(target, argument, error);
    case OPTION_FLAG:
        *(bool *)(void *)member = true;
        return true;
    case OPTION_TEXT:
        *(const char **)(void *)member = argument;
        return true;
    }
    return false;
}

bool option_table_read(const struct option_table *table, void *target, int argc, char **argv,
                       int *operands, char error[static OPTIONS_ERROR_BYTES])
{
    char letters[LETTERS_BYTES];
    struct option long_options[OPTION_ROWS_MAX + 1];
    int value;

    describe(table, letters, long_options);
    optind = 0; /* glibc: start over, should this not be the first command line */
    opterr = 0;
    while ((value = getopt_long(argc, argv, letters, long_options, NULL)) != -1) {
        const struct option_row *row = find_row(table, value);

        if (value == '?' || value == ':' || !row)
            return fail_option(table, value == ':', argv, error);
        if (!take(row, target, optarg, error))
            return false;
        if (table->after(target, row))
            break;
    }
    *operands = optind;
    return true;
}
