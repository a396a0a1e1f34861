/* SPDX-License-Identifier: GPL-2.0-or-later */
/* option_table.h: a table of options, which serves parsing, help and the shells' completion. */
#ifndef KA_OPTION_TABLE_H
#define KA_OPTION_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum { OPTIONS_ERROR_BYTES = 256, OPTION_ROWS_MAX = 32 };

/*
 * Take an option into the struct that the command line is read into. False: `error` says why not.
 */
typedef bool option_handler(void *target, const char *argument,
                            char error[static OPTIONS_ERROR_BYTES]);

enum option_kind {
    OPTION_HANDLED, /* by `set` */
    OPTION_FLAG,    /* sets a bool of the target */
    OPTION_TEXT,    /* leaves its argument in a const char * of the target */
};

struct option_row {
    int short_name; /* a letter, or 0 */
    const char *long_name;
    const char *argument; /* what the help calls it, or NULL for an option without one */
    const char *help;     /* one line */
    option_handler *set;
    enum option_kind kind;
    size_t offset; /* of the member, OPTION_FLAG and OPTION_TEXT */
    /* Prints what goes on after `help`, each line indented by so much; or NULL. */
    void (*more_help)(FILE *stream, int indent);
    void (*words)(FILE *stream); /* prints what the argument may be, a space before each; or NULL */
    bool is_list;                /* the argument is a list of such words, separated by commas */
    bool is_optional;            /* the argument may be left out; if given, it follows a = */
    int group;                   /* the owner's own distinction */
};

/* The end of a row whose option only sets a member, a bool or a const char *, of the target. */
#define OPTION_MEMBER(type, member)                                                                \
    .kind = _Generic(((type *)NULL)->member, bool : OPTION_FLAG, const char * : OPTION_TEXT),      \
    .offset = offsetof(type, member)

struct option_table {
    const struct option_row *rows;
    size_t count; /* at most OPTION_ROWS_MAX */
    /* Called when an option has been taken. True: whatever follows it no longer matters. */
    bool (*after)(void *target, const struct option_row *row);
};

/*
 * Read the options of a command line into `target` and set *operands to where the operands start.
 * False: `error` holds one line that says what is wrong. Reorders argv as getopt_long() does.
 */
bool option_table_read(const struct option_table *table, void *target, int argc, char **argv,
                       int *operands, char error[static OPTIONS_ERROR_BYTES]);

/* Print a line for each option, and what its `more_help` adds. */
void option_table_help(const struct option_table *table, FILE *stream);

/*
 * For handlers. Write an error, with what the user typed, made safe for terminals, in the place of
 * the format's %s, or NULL where there is none. Returns false.
 */
bool option_fail(char error[static OPTIONS_ERROR_BYTES], const char *format, const char *typed)
    __attribute__((format(printf, 2, 0)));

/* The place of a word among `count` names, or -1. */
int option_choice(const char *word, const char *const names[], size_t count);

/* Print names for `words`. */
void option_put_words(FILE *stream, const char *const names[], size_t count);

/* -o: NULL stands for standard output, also known as "-". */
bool option_output_path(const char **path, const char *argument,
                        char error[static OPTIONS_ERROR_BYTES]);

/* --user and --no-sandbox exclude each other. */
bool option_check_user(const char *user, bool no_sandbox, char error[static OPTIONS_ERROR_BYTES]);

#endif
