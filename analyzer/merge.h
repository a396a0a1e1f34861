/* SPDX-License-Identifier: GPL-2.0-or-later */
/* merge.h: one result of --format json into the sums, as if its captures had been read here. */
#ifndef KA_MERGE_H
#define KA_MERGE_H

#include "exit_status.h"
#include "options.h"
#include "output.h"

/*
 * Read a result, "-" for standard input. `complain` is called for each capture that the run before
 * could not read, and where the result itself is damaged; what was read up to there counts.
 */
enum exit_status merge_run(const char *path, const struct options *options, struct report *report,
                           struct totals *totals,
                           void (*complain)(const char *name, const char *message));

#endif
