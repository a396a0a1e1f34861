/* SPDX-License-Identifier: GPL-2.0-or-later */
/* files.h: from the operands of the command line to the captures that they stand for. */
#ifndef KA_FILES_H
#define KA_FILES_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct file_visitor {
    /*
     * Called for each capture; and with `error` not NULL for each place that cannot be looked into,
     * or where no capture is found. False: enough.
     */
    bool (*visit)(const char *path, const char *error, void *user);
    /* Called for each file that is passed over, of so many bytes. NULL: not wanted. */
    void (*pass)(uint64_t bytes, void *user);
    void *user;
};

/*
 * Visit the captures that an operand stands for: itself, or if it is a directory every regular file
 * below it that starts like a capture, in the order of names. Symbolic links below it are not
 * followed, so there are no loops; nor are pipes, sockets and devices opened. False: visit() had
 * enough.
 */
bool files_visit(const char *operand, const struct file_visitor *visitor);

/*
 * Measure all files that an operand stands for, whatever is in them: measure() is called with the
 * size of each, 0 for what is no regular file, until it returns false.
 */
void files_measure(const char *operand, bool (*measure)(uint64_t bytes, void *user), void *user);

/*
 * Call back for each name in a list, in which each ends in the byte `end`, the last one perhaps
 * not; empty ones are left out. The name "-" is a file like others and comes as "./-". It ends
 * where take() returns false. False: the list could not be read to its end, and errno says why.
 */
bool files_of_list(FILE *list, char end, bool (*take)(const char *name, void *user), void *user);

#endif
