/* SPDX-License-Identifier: GPL-2.0-or-later */
/* codec_xz.c: xz by liblzma, which goes on from member to member itself. */
#include "codec.h"

#include <lzma.h>
#include <stdlib.h>

static void *xz_open(void)
{
    lzma_stream *stream = calloc(1, sizeof *stream); /* LZMA_STREAM_INIT is all zero */

    if (stream && lzma_stream_decoder(stream, CODEC_MEMORY_MAX, LZMA_CONCATENATED) != LZMA_OK) {
        free(stream);
        return NULL;
    }
    return stream;
}

static enum codec_result xz_step(void *state, struct codec_io *io)
{
    lzma_stream *stream = state;
    lzma_ret result;

    stream->next_in = io->in;
    stream->avail_in = io->in_left;
    stream->next_out = io->out;
    stream->avail_out = io->out_left;
    result = lzma_code(stream, io->at_end ? LZMA_FINISH : LZMA_RUN);
    io->in = stream->next_in;
    io->in_left = stream->avail_in;
    io->out = stream->next_out;
    io->out_left = stream->avail_out;
    if (result == LZMA_STREAM_END)
        return CODEC_AT_BORDER;
    if (result == LZMA_MEM_ERROR)
        return CODEC_NO_MEMORY;
    if (result == LZMA_MEMLIMIT_ERROR)
        return CODEC_TOO_LARGE;
    return result == LZMA_OK || result == LZMA_BUF_ERROR ? CODEC_GOES_ON : CODEC_DAMAGED;
}

static void xz_close(void *state)
{
    lzma_end(state);
    free(state);
}

const struct codec codec_xz = {"xz", xz_open, xz_step, xz_close};
