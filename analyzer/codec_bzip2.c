/* SPDX-License-Identifier: GPL-2.0-or-later */
/* codec_bzip2.c: bzip2 by its library. */
#include "codec.h"

#include <bzlib.h>
#include <limits.h>
#include <stdlib.h>

struct decoder {
    bz_stream stream;
    bool is_begun;
};

static void *bzip2_open(void)
{
    return calloc(1, sizeof(struct decoder));
}

static void end_member(struct decoder *decoder)
{
    if (decoder->is_begun)
        BZ2_bzDecompressEnd(&decoder->stream);
    decoder->is_begun = false;
}

static enum codec_result bzip2_step(void *state, struct codec_io *io)
{
    struct decoder *decoder = state;
    bz_stream *stream = &decoder->stream;
    int result;

    if (!decoder->is_begun && BZ2_bzDecompressInit(stream, 0, 0) != BZ_OK)
        return CODEC_NO_MEMORY;
    decoder->is_begun = true;
    stream->next_in = (char *)io->in; /* bzip2 does not write to it */
    stream->avail_in = io->in_left < UINT_MAX ? (unsigned)io->in_left : UINT_MAX;
    stream->next_out = (char *)io->out;
    stream->avail_out = io->out_left < UINT_MAX ? (unsigned)io->out_left : UINT_MAX;
    result = BZ2_bzDecompress(stream);
    io->in_left -= (size_t)((const uint8_t *)stream->next_in - io->in);
    io->in = (const uint8_t *)stream->next_in;
    io->out_left -= (size_t)((uint8_t *)stream->next_out - io->out);
    io->out = (uint8_t *)stream->next_out;
    if (result == BZ_STREAM_END) {
        end_member(decoder);
        return CODEC_AT_BORDER;
    }
    if (result == BZ_MEM_ERROR)
        return CODEC_NO_MEMORY;
    return result == BZ_OK ? CODEC_GOES_ON : CODEC_DAMAGED;
}

static void bzip2_close(void *state)
{
    end_member(state);
    free(state);
}

const struct codec codec_bzip2 = {"bzip2", bzip2_open, bzip2_step, bzip2_close};
