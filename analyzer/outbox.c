/* SPDX-License-Identifier: GPL-2.0-or-later */
/* outbox.c: a stream that holds text back until its job's turn. */
#include "outbox.h"

#include <stdlib.h>
#include <string.h>

#include "jobs.h"

enum { CAPACITY_FIRST = 1 << 14, STREAM_BUFFER_BYTES = 1 << 14 };

/* Room for `n` more bytes; false where they would be too many, or memory is short. */
static bool make_room(struct outbox *outbox, size_t n)
{
    size_t capacity = outbox->capacity ? outbox->capacity : CAPACITY_FIRST;
    char *text;

    if (n > OUTBOX_BYTES - outbox->length)
        return false;
    while (capacity < outbox->length + n)
        capacity *= 2;
    if (capacity == outbox->capacity)
        return true;
    text = realloc(outbox->text, capacity);
    if (!text)
        return false;
    outbox->text = text;
    outbox->capacity = capacity;
    return true;
}

static void take_turn(struct outbox *outbox)
{
    if (outbox->has_turn)
        return;
    jobs_await_turn(outbox->job);
    outbox->has_turn = true;
    if (outbox->length > 0) /* an error stays with the target */
        fwrite(outbox->text, 1, outbox->length, outbox->target);
    free(outbox->text);
    outbox->text = NULL;
    outbox->length = outbox->capacity = 0;
}

static ssize_t write_cookie(void *cookie, const char *text, size_t n)
{
    struct outbox *outbox = cookie;

    if (!outbox->has_turn && make_room(outbox, n)) {
        memcpy(outbox->text + outbox->length, text, n);
        outbox->length += n;
        return (ssize_t)n;
    }
    take_turn(outbox);
    return (ssize_t)fwrite(text, 1, n, outbox->target);
}

bool outbox_open(struct outbox *outbox, const struct job *job, FILE *target)
{
    *outbox = (struct outbox){.job = job, .target = target};
    outbox->stream = fopencookie(outbox, "w", (cookie_io_functions_t){.write = write_cookie});
    if (!outbox->stream)
        return false;
    setvbuf(outbox->stream, NULL, _IOFBF, STREAM_BUFFER_BYTES);
    return true;
}

void outbox_close(struct outbox *outbox)
{
    fclose(outbox->stream); /* the target knows of every error */
    take_turn(outbox);
}
