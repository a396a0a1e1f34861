/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * result.h: read back what --format json wrote, so that the results of many runs can be summed up.
 *
 * Of a connection that is read back only what sums and --fail-on need is filled in: endpoints, its
 * duration, counts, outcome, detection without its frames, the settings of the keep-alive, and
 * codes, severities and limits of the findings.
 */
#ifndef KA_RESULT_H
#define KA_RESULT_H

#include "capture.h"

/* What is handed out belongs to the reader and is valid until the callback returns. */
struct result_callbacks {
    void (*connection)(const struct ka_connection *connection, void *user);
    void (*capture)(const struct capture *capture, void *user);
};

enum result_error { RESULT_OK, RESULT_NOT_OPENED, RESULT_DAMAGED };

enum { RESULT_ERROR_BYTES = 256 };

/*
 * Read one result, "-" for standard input; several in a row in one file are fine. Where it is not
 * well-formed, or its end is missing, reading ends with RESULT_DAMAGED after what was read so far
 * has been handed out; `error` then names the line and what is wrong with it.
 */
enum result_error result_read(const char *path, const struct result_callbacks *callbacks,
                              void *user, char error[static RESULT_ERROR_BYTES]);

#endif
