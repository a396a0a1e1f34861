/* SPDX-License-Identifier: GPL-2.0-or-later */
/* codec_lz4.c: lz4's frames by its library, which passes over skippable frames itself. */
#include "codec.h"

#include <lz4frame.h>

enum { STEP_BYTES = 1 << 14 }; /* at an error the output of the call that met it is lost */

static void *lz4_open(void)
{
    LZ4F_dctx *context;

    return LZ4F_isError(LZ4F_createDecompressionContext(&context, LZ4F_VERSION)) ? NULL : context;
}

static enum codec_result lz4_step(void *state, struct codec_io *io)
{
    size_t taken = io->in_left < STEP_BYTES ? io->in_left : STEP_BYTES;
    size_t given = io->out_left;
    size_t result = LZ4F_decompress(state, io->out, &given, io->in, &taken, NULL);

    if (LZ4F_isError(result))
        return CODEC_DAMAGED;
    io->in += taken;
    io->in_left -= taken;
    io->out += given;
    io->out_left -= given;
    return result == 0 ? CODEC_AT_BORDER : CODEC_GOES_ON;
}

static void lz4_close(void *state)
{
    LZ4F_freeDecompressionContext(state);
}

const struct codec codec_lz4 = {"lz4", lz4_open, lz4_step, lz4_close};
