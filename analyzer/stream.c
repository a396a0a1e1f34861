/* SPDX-License-Identifier: GPL-2.0-or-later */
/* stream.c: bytes read in large blocks. */
#include "stream.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "stop.h"

/* What is left of one block is moved to the end of the room before the next. */
enum { ROOM_BYTES = STREAM_PEEK_MAX, BLOCK_BYTES = 1 << 19, ALIGNMENT = 4096 };

static bool begin(struct stream *stream)
{
    stream->at = stream->end = ROOM_BYTES;
    stream->buffer = aligned_alloc(ALIGNMENT, ROOM_BYTES + BLOCK_BYTES);
    return stream->buffer != NULL;
}

bool stream_open(struct stream *stream, int fd)
{
    *stream = (struct stream){.fd = fd};
    fcntl(fd, F_SETPIPE_SZ, BLOCK_BYTES); /* a pipe, if it is one, holds a block, if it may */
    return begin(stream);
}

bool stream_open_reader(struct stream *stream, stream_reader *read, void *from)
{
    *stream = (struct stream){.fd = -1, .read = read, .from = from};
    return begin(stream);
}

void stream_close(struct stream *stream)
{
    free(stream->buffer);
    stream->buffer = NULL;
}

/* As read(), but not interrupted; asked to stop, it is at the end. */
static ssize_t read_some(struct stream *stream, void *to, size_t n)
{
    ssize_t got;

    do {
        errno = 0;
        if (stream->stop && !stop_wait(stream->stop, stream->fd))
            return errno = 0;
        got = stream->read ? stream->read(stream->from, to, n) : read(stream->fd, to, n);
    } while (got < 0 && errno == EINTR);
    if (got > 0)
        stream->read_bytes += (uint64_t)got;
    return got;
}

bool stream_fill(struct stream *stream, size_t n)
{
    size_t left = stream->end - stream->at;

    if (n > ROOM_BYTES)
        return false;
    if (left < n && stream->end != ROOM_BYTES) {
        memmove(stream->buffer + ROOM_BYTES - left, stream->buffer + stream->at, left);
        stream->at = ROOM_BYTES - left;
        stream->end = ROOM_BYTES;
    }
    while (stream->end - stream->at < n) {
        ssize_t got =
            read_some(stream, stream->buffer + stream->end, ROOM_BYTES + BLOCK_BYTES - stream->end);

        if (got <= 0)
            return false;
        stream->end += (size_t)got;
    }
    return true;
}

static ssize_t read_cookie(void *cookie, char *to, size_t n)
{
    struct stream *stream = cookie;
    size_t left = stream->end - stream->at;

    if (left == 0 && !stream_fill(stream, 1))
        return errno ? -1 : 0;
    left = stream->end - stream->at;
    if (n > left)
        n = left;
    memcpy(to, stream->buffer + stream->at, n);
    stream_take(stream, n);
    return (ssize_t)n;
}

FILE *stream_file(struct stream *stream)
{
    FILE *file = fopencookie(stream, "rb", (cookie_io_functions_t){.read = read_cookie});

    if (!file)
        return NULL;
    setvbuf(file, NULL, _IONBF, 0);
    __fsetlocking(file, FSETLOCKING_BYCALLER);
    return file;
}
