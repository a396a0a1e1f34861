/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * text_stream.h: a stream into memory. Unlike that of open_memstream() it says when memory ran out
 * on the way, instead of leaving out what did not fit.
 */
#ifndef KA_TEXT_STREAM_H
#define KA_TEXT_STREAM_H

#include <stdbool.h>
#include <stdio.h>

struct text_stream {
    FILE *stream;
    char *text; /* NUL-terminated once closed; free() it */
    size_t length;
    size_t capacity;
};

/* Open it; it stays where it is until it is closed. False: out of memory, nothing is open. */
bool text_stream_open(struct text_stream *text);

/* Close it. False: out of memory, then there is no text. */
bool text_stream_close(struct text_stream *text);

#endif
