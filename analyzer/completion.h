/* SPDX-License-Identifier: GPL-2.0-or-later */
/* completion.h: what a shell needs to complete the command line, from the table of options. */
#ifndef KA_COMPLETION_H
#define KA_COMPLETION_H

#include <stdbool.h>
#include <stdio.h>

/* Whether completion_print() knows this shell. */
bool completion_find(const char *shell);

/* Print the script for a shell that completion_find() has found. */
void completion_print(FILE *stream, const char *shell);

/* Print the names of the shells, a space before each. */
void completion_words(FILE *stream);

#endif
