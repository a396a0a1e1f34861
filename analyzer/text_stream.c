/* SPDX-License-Identifier: GPL-2.0-or-later */
/* text_stream.c: a stream whose text grows in memory. */
#include "text_stream.h"

#include <stdlib.h>
#include <string.h>

enum { CAPACITY_FIRST = 4096 };

/* Take all of it, and keep room for the NUL. */
static ssize_t take(void *cookie, const char *bytes, size_t n)
{
    struct text_stream *text = cookie;
    size_t capacity = text->capacity ? text->capacity : CAPACITY_FIRST;

    while (capacity - text->length <= n)
        capacity *= 2;
    if (capacity > text->capacity) {
        char *grown = realloc(text->text, capacity);

        if (!grown)
            return 0; /* the stream's error */
        text->text = grown;
        text->capacity = capacity;
    }
    memcpy(text->text + text->length, bytes, n);
    text->length += n;
    text->text[text->length] = '\0';
    return (ssize_t)n;
}

bool text_stream_open(struct text_stream *text)
{
    *text = (struct text_stream){0};
    text->stream = fopencookie(text, "w", (cookie_io_functions_t){.write = take});
    return text->stream != NULL;
}

bool text_stream_close(struct text_stream *text)
{
    bool failed = ferror(text->stream);

    failed = fclose(text->stream) != 0 || failed;
    text->stream = NULL;
    if (!failed && !text->text) /* nothing was written */
        text->text = calloc(1, 1);
    if (!failed && text->text)
        return true;
    free(text->text);
    text->text = NULL;
    return false;
}
