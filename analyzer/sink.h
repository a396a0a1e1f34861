/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sink.h: where the report goes: standard output, or a file that appears only when it is whole. */
#ifndef KA_SINK_H
#define KA_SINK_H

#include <stdbool.h>
#include <stdio.h>
#include <sys/types.h>

enum { SINK_ERROR_BYTES = 384 };

struct sink {
    FILE *stream;
    char *path;      /* what -o names, links to files resolved; NULL for standard output */
    char *temporary; /* the file beside it that is being written; NULL where that cannot be done */
    int reader;      /* reads what standard output writes, where that is a file; else 0 */
    off_t start;     /* where in that file the output began */
};

/* Open; `path` NULL is standard output. False: `error` says why, in one line. */
bool sink_open(struct sink *sink, const char *path, char error[static SINK_ERROR_BYTES]);

/*
 * Flush, close, and put the file in its place; frees what the sink holds. False: something could
 * not be written, `error` says what, and a file that stood at `path` before is as it was;
 * standard output, where it is a file, ends in a whole line.
 */
bool sink_close(struct sink *sink, char error[static SINK_ERROR_BYTES]);

/* Close without putting anything in place, and free. */
void sink_discard(struct sink *sink);

#endif
