/* SPDX-License-Identifier: GPL-2.0-or-later */
/* paths.h: idle timers of the boxes in a path, and which of them a silence fits. */
#ifndef KA_PATHS_H
#define KA_PATHS_H

#include "ka.h"

enum { PATHS_FIT_MAX = 2 }; /* a silence that fits more timers than this tells nothing */

/* A silence that a connection did not survive. */
struct path_silence {
    int64_t ns;
    int64_t survived_ns; /* the longest silence that it survived before; KA_UNKNOWN: none known */
    unsigned manner;     /* what came then: of enum ka_path_manner those that it may be */
};

/*
 * The timers, known or in `more`, that explain the silence: shorter than it, but longer than what
 * was survived; for KA_PATH_ENDS and KA_PATH_COUNTS_DATA as long as it. Returns their number and
 * puts up to PATHS_FIT_MAX into `fit`, in ascending order, timers of equal length once.
 */
size_t paths_fit(const struct path_silence *silence, const struct ka_path_timer *more,
                 size_t more_count, const struct ka_path_timer *fit[static PATHS_FIT_MAX]);

#endif
