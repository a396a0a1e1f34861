/* SPDX-License-Identifier: GPL-2.0-or-later */
/* files.h: from the operands of the command line to the captures that they stand for. */
#ifndef KA_FILES_H
#define KA_FILES_H

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

#endif
