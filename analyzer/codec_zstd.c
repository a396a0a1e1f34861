/* SPDX-License-Identifier: GPL-2.0-or-later */
/* codec_zstd.c: zstd (RFC 8878) by its library, which passes over skippable frames itself. */
#include "codec.h"

#include <zstd.h>
#include <zstd_errors.h>

enum {
    WINDOW_LOG_MAX = 27,  /* CODEC_MEMORY_MAX; as much as the command takes without --long */
    STEP_BYTES = 1 << 14, /* at an error the output of the call that met it is lost */
};

static void *zstd_open(void)
{
    ZSTD_DStream *stream = ZSTD_createDStream();

    if (stream)
        ZSTD_DCtx_setParameter(stream, ZSTD_d_windowLogMax, WINDOW_LOG_MAX);
    return stream;
}

static enum codec_result zstd_step(void *state, struct codec_io *io)
{
    ZSTD_inBuffer in = {io->in, io->in_left < STEP_BYTES ? io->in_left : STEP_BYTES, 0};
    ZSTD_outBuffer out = {io->out, io->out_left, 0};
    size_t result = ZSTD_decompressStream(state, &out, &in);

    io->in += in.pos;
    io->in_left -= in.pos;
    io->out += out.pos;
    io->out_left -= out.pos;
    if (!ZSTD_isError(result))
        return result == 0 ? CODEC_AT_BORDER : CODEC_GOES_ON;
    switch ((int)ZSTD_getErrorCode(result)) {
    case ZSTD_error_frameParameter_windowTooLarge:
        return CODEC_TOO_LARGE;
    case ZSTD_error_memory_allocation:
        return CODEC_NO_MEMORY;
    default:
        return CODEC_DAMAGED;
    }
}

static void zstd_close(void *state)
{
    ZSTD_freeDStream(state);
}

const struct codec codec_zstd = {"zstd", zstd_open, zstd_step, zstd_close};
