/* SPDX-License-Identifier: GPL-2.0-or-later */
/* codec_gzip.c: gzip (RFC 1952) by zlib. */
#include "codec.h"

#include <limits.h>
#include <stdlib.h>
#include <zlib.h>

enum { WINDOW_BITS = 15, GZIP_ONLY = 16 };

struct decoder {
    z_stream stream;
    bool at_border;
};

static void *gzip_open(void)
{
    struct decoder *decoder = calloc(1, sizeof *decoder);

    if (decoder && inflateInit2(&decoder->stream, WINDOW_BITS + GZIP_ONLY) != Z_OK) {
        free(decoder);
        return NULL;
    }
    return decoder;
}

static enum codec_result gzip_step(void *state, struct codec_io *io)
{
    struct decoder *decoder = state;
    z_stream *stream = &decoder->stream;
    int result;

    if (decoder->at_border)
        inflateReset(stream);
    stream->next_in = (Bytef *)io->in; /* zlib does not write to it */
    stream->avail_in = io->in_left < UINT_MAX ? (uInt)io->in_left : UINT_MAX;
    stream->next_out = io->out;
    stream->avail_out = io->out_left < UINT_MAX ? (uInt)io->out_left : UINT_MAX;
    result = inflate(stream, Z_NO_FLUSH);
    io->in_left -= (size_t)(stream->next_in - io->in);
    io->in = stream->next_in;
    io->out_left -= (size_t)(stream->next_out - io->out);
    io->out = stream->next_out;
    decoder->at_border = result == Z_STREAM_END;
    if (result == Z_STREAM_END)
        return CODEC_AT_BORDER;
    if (result == Z_MEM_ERROR)
        return CODEC_NO_MEMORY;
    return result == Z_OK || result == Z_BUF_ERROR ? CODEC_GOES_ON : CODEC_DAMAGED;
}

static void gzip_close(void *state)
{
    struct decoder *decoder = state;

    inflateEnd(&decoder->stream);
    free(decoder);
}

const struct codec codec_gzip = {"gzip", gzip_open, gzip_step, gzip_close};
