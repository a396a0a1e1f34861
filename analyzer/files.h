/* SPDX-License-Identifier: GPL-2.0-or-later */
/* files.h: from the operands of the command line to the captures that they stand for. */
#ifndef KA_FILES_H
#define KA_FILES_H

#include <stdbool.h>
#include <stdio.h>

/*
 * Called for each capture; and with `error` not NULL for each place that cannot be looked into, or
 * where no capture is found.
 */
typedef void file_visitor(const char *path, const char *error, void *user);

/*
 * Visit the captures that an operand stands for: itself, or if it is a directory every regular file
 * below it that starts like a capture, in the order of names. Symbolic links below it are not
 * followed, so there are no loops.
 */
void files_visit(const char *operand, file_visitor *visit, void *user);

/*
 * Call back for each name in a list, in which each ends in the byte `end`, the last one perhaps not;
 * empty ones are left out. The name "-" is a file like others and comes as "./-". False: the list
 * could not be read to its end, and errno says why.
 */
bool files_of_list(FILE *list, char end, void (*take)(const char *name, void *user), void *user);

#endif
