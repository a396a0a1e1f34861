/* SPDX-License-Identifier: GPL-2.0-or-later */
/* path_timers.h: idle timers of one's own load balancers and firewalls, read from a file. */
#ifndef KA_PATH_TIMERS_H
#define KA_PATH_TIMERS_H

#include <stdbool.h>
#include <stddef.h>

#include "core/ka.h"

enum { PATH_TIMERS_MAX = 64, PATH_TIMERS_NAME_BYTES = 64, PATH_TIMERS_ERROR_BYTES = 256 };

/* Rows point into `names`: do not copy it. All-zero: none. */
struct path_timers {
    struct ka_path_timer rows[PATH_TIMERS_MAX];
    char names[PATH_TIMERS_MAX][PATH_TIMERS_NAME_BYTES];
    size_t count;
};

/*
 * Add the timers of a file: "LIMIT MANNER NAME" a line, LIMIT with s, min, h or d, MANNER one or
 * several of drops, resets, ends and data, separated by commas. Empty lines and those that begin
 * with # are passed over. False: `error` says where and what is wrong.
 */
bool path_timers_read(struct path_timers *timers, const char *path,
                      char error[static PATH_TIMERS_ERROR_BYTES]);

/* One such line. NULL: added; else what is wrong with it. */
const char *path_timers_add(struct path_timers *timers, char *line);

#endif
