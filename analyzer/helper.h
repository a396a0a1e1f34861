/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * helper.h: a process beside this one that starts ka-wiretap when a capture needs it, because this
 * one gives up the right to start programs before it reads any (sandbox.h). It does nothing else.
 */
#ifndef KA_HELPER_H
#define KA_HELPER_H

#include <stdbool.h>

struct helper; /* opaque: helper_start() .. helper_stop() */

/* Whether ka-wiretap is installed, beside the command or in ../libexec/ka-analyze. */
bool helper_is_there(void);

/*
 * Start it, while there is no other thread. ka-wiretap is confined as well, and becomes `user` if
 * that is not NULL, unless `is_confined` is false. NULL: ka-wiretap is not installed, or there is
 * no memory.
 */
struct helper *helper_start(const char *user, bool is_confined);

/* Let it run ka-wiretap with these as its standard input, output and error. Any thread. */
bool helper_run(const struct helper *helper, int input, int output, int error);

/* It ends; what it has started goes on. NULL is allowed. */
void helper_stop(struct helper *helper);

#endif
