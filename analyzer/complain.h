/* SPDX-License-Identifier: GPL-2.0-or-later */
/* complain.h: the form of the command's errors, one line each. */
#ifndef KA_COMPLAIN_H
#define KA_COMPLAIN_H

#include <stdio.h>

/*
 * "ka-analyze: NAME: MESSAGE", or without a name if that is empty.
 * What would harm a terminal is not.
 */
void complain_to(FILE *stream, const char *name, const char *message);

/* The same to standard error. */
void complain(const char *name, const char *message);

#endif
