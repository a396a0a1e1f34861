/* SPDX-License-Identifier: GPL-2.0-or-later */
/* outbox.c: a stream that keeps text until its job's turn. */
#include "outbox.h"

#include <stdlib.h>
#include <string.h>

#include "jobs.h"

enum { CAPACITY_FIRST = 1 << 14, STREAM_BUFFER_BYTES = 1 << 14 };

/* Count so many more bytes as kept; false where they would be too many. */
static bool may_keep(struct outbox *outbox, size_t bytes)
{
    if (atomic_fetch_add(outbox->kept, bytes) + bytes <= OUTBOX_BYTES)
        return true;
    atomic_fetch_sub(outbox->kept, bytes);
    return false;
}

/* Room for `n` more bytes; false where they would be too many, or memory is short. */
static bool make_room(struct outbox *outbox, size_t n)
{
    size_t capacity = outbox->capacity ? outbox->capacity : CAPACITY_FIRST;
    char *text;

    while (capacity - outbox->length < n)
        capacity *= 2;
    if (capacity == outbox->capacity)
        return true;
    if (!may_keep(outbox, capacity - outbox->capacity))
        return false;
    text = realloc(outbox->text, capacity);
    if (!text) {
        atomic_fetch_sub(outbox->kept, capacity - outbox->capacity);
        return false;
    }
    outbox->text = text;
    outbox->capacity = capacity;
    return true;
}

void outbox_deliver(struct outbox *outbox)
{
    if (outbox->length > 0) /* an error stays with the target */
        fwrite(outbox->text, 1, outbox->length, outbox->target);
    free(outbox->text);
    if (outbox->capacity > 0)
        atomic_fetch_sub(outbox->kept, outbox->capacity);
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
    if (!outbox->has_turn) {
        jobs_await_turn(outbox->job);
        outbox->has_turn = true;
        outbox_deliver(outbox);
    }
    return (ssize_t)fwrite(text, 1, n, outbox->target);
}

bool outbox_open(struct outbox *outbox, const struct job *job, FILE *target, atomic_size_t *kept)
{
    *outbox = (struct outbox){.job = job, .target = target, .kept = kept};
    outbox->stream = fopencookie(outbox, "w", (cookie_io_functions_t){.write = write_cookie});
    if (!outbox->stream)
        return false;
    setvbuf(outbox->stream, NULL, _IOFBF, STREAM_BUFFER_BYTES);
    return true;
}

void outbox_close(struct outbox *outbox)
{
    char *text;

    fclose(outbox->stream); /* the target knows of every error */
    outbox->stream = NULL;
    text = outbox->length > 0 ? realloc(outbox->text, outbox->length) : NULL;
    if (!text)
        return;
    atomic_fetch_sub(outbox->kept, outbox->capacity - outbox->length);
    outbox->text = text;
    outbox->capacity = outbox->length;
}
