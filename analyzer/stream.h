/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * stream.h: a file or pipe, or what is decoded from one, read in large blocks, in which records are
 * looked at where they lie.
 *
 * Blocks and not a mapping: read() of blocks that fit into the cache was measured as fast as a
 * populated mapping for small packets and twice as fast for full-size ones (mapping a page costs
 * more than copying it), pipes are read by the same code, and no file that shrinks can raise
 * SIGBUS.
 */
#ifndef KA_STREAM_H
#define KA_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

enum { STREAM_PEEK_MAX = 1 << 18 | 1 << 12 }; /* bytes that can be looked at at once */

struct stop;

/*
 * Where bytes come from other than by read(2), and as by that: their
 * number, 0 at the end, -1 and errno.
 */
typedef ssize_t stream_reader(void *from, void *to, size_t n);

struct stream {
    int fd;
    const struct stop *stop; /* may end the waiting for input that comes in its time; or NULL */
    stream_reader *read;     /* NULL: read(2) from fd */
    void *from;
    uint8_t *buffer;
    size_t at, end;      /* of what was read and not yet taken */
    uint64_t read_bytes; /* so far */
};

/* Read from this descriptor, which the caller keeps and closes. False when out of memory. */
bool stream_open(struct stream *stream, int fd);

/* Read by this function, which is handed `from`. False when out of memory. */
bool stream_open_reader(struct stream *stream, stream_reader *read, void *from);

/* Free the buffer. */
void stream_close(struct stream *stream);

/* Read until n bytes are there to be looked at; false, with errno or 0, when fewer are left. */
bool stream_fill(struct stream *stream, size_t n);

/*
 * The next n <= STREAM_PEEK_MAX bytes, or NULL when fewer are left or, unless it may read, at hand.
 * Valid until bytes are read again.
 */
static inline const uint8_t *stream_peek(struct stream *stream, size_t n, bool may_read)
{
    bool there = stream->end - stream->at >= n || (may_read && stream_fill(stream, n));

    return there ? stream->buffer + stream->at : NULL;
}

/* Go on after the next n bytes, which were looked at. */
static inline void stream_take(struct stream *stream, size_t n)
{
    stream->at += n;
}

/* How many bytes lie before the next one. */
static inline uint64_t stream_position(const struct stream *stream)
{
    return stream->read_bytes - (stream->end - stream->at);
}

/*
 * A FILE of the bytes that are left, for libpcap. It has no buffer of its own, so that both may
 * read in turn. The caller closes it before the stream. NULL, with errno, if that fails.
 */
FILE *stream_file(struct stream *stream);

#endif
