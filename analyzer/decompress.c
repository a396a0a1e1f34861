/* SPDX-License-Identifier: GPL-2.0-or-later */
/* decompress.c: compressed files, told by their first bytes and decoded member by member. */
#include "decompress.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codec.h"

struct decompressor {
    const struct codec *codec;
    void *decoder;
    struct stream *compressed;
    bool at_border; /* before the first member, between two, or after the last */
    bool is_first;
    bool at_end; /* of the file */
    bool is_done, is_cut;
    char error[96]; /* why it is done, or empty */
};

/* ---- formats ----------------------------------------------------------------------------- */

static const struct format {
    const char *name;
    size_t length;
    const char *magic;
} formats[] = {
    {"gzip", 3, "\x1f\x8b\x08"},
    {"zstd", 4, "\x28\xb5\x2f\xfd"},
    {"zstd", 4, "\x50\x2a\x4d\x18"}, /* pzstd begins with a skippable frame */
    {"lz4", 4, "\x04\x22\x4d\x18"},
    {"xz", 6, "\xfd\x37\x7a\x58\x5a\x00"},
    {"bzip2", 3, "BZh"},
};

static const struct codec *const codecs[] = {
#ifdef KA_HAVE_GZIP
    &codec_gzip,
#endif
#ifdef KA_HAVE_ZSTD
    &codec_zstd,
#endif
#ifdef KA_HAVE_LZ4
    &codec_lz4,
#endif
#ifdef KA_HAVE_XZ
    &codec_xz,
#endif
#ifdef KA_HAVE_BZIP2
    &codec_bzip2,
#endif
    NULL,
};

const char *decompress_format(const uint8_t *bytes, size_t length)
{
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++)
        if (length >= formats[i].length && memcmp(bytes, formats[i].magic, formats[i].length) == 0)
            return formats[i].name;
    return NULL;
}

const char *decompress_formats(void)
{
    return ""
#ifdef KA_HAVE_GZIP
           " gzip"
#endif
#ifdef KA_HAVE_ZSTD
           " zstd"
#endif
#ifdef KA_HAVE_LZ4
           " lz4"
#endif
#ifdef KA_HAVE_XZ
           " xz"
#endif
#ifdef KA_HAVE_BZIP2
           " bzip2"
#endif
        ;
}

static const struct codec *find_codec(const char *format)
{
    const struct codec *const *codec = codecs;

    while (*codec && strcmp((*codec)->name, format) != 0)
        codec++;
    return *codec;
}

bool decompress_supports(const char *format)
{
    return find_codec(format) != NULL;
}

/* ---- decoding ---------------------------------------------------------------------------- */

struct decompressor *decompressor_open(const char *format, struct stream *compressed)
{
    struct decompressor *decompressor = calloc(1, sizeof *decompressor);

    if (!decompressor)
        return NULL;
    decompressor->codec = find_codec(format);
    decompressor->decoder = decompressor->codec->open();
    decompressor->compressed = compressed;
    decompressor->at_border = decompressor->is_first = true;
    if (!decompressor->decoder) {
        free(decompressor);
        return NULL;
    }
    return decompressor;
}

static void end(struct decompressor *decompressor, bool is_cut, const char *what)
{
    decompressor->is_done = true;
    decompressor->is_cut = is_cut;
    snprintf(decompressor->error, sizeof decompressor->error, what, decompressor->codec->name);
}

static void note_result(struct decompressor *decompressor, enum codec_result result)
{
    switch (result) {
    case CODEC_GOES_ON:
        decompressor->at_border = false;
        break;
    case CODEC_AT_BORDER:
        decompressor->at_border = true;
        decompressor->is_first = false;
        break;
    case CODEC_DAMAGED:
        if (decompressor->at_border && !decompressor->is_first)
            end(decompressor, false, "something else follows the %s-compressed data");
        else
            end(decompressor, false, "damaged %s-compressed data");
        break;
    case CODEC_TOO_LARGE:
        end(decompressor, false, "the %s-compressed data take more than 128 MiB of memory");
        break;
    case CODEC_NO_MEMORY:
        end(decompressor, false, "out of memory for %s-compressed data");
        break;
    }
}

/* Between members there may be padding, as of tapes. No member begins with a zero. */
static void pass_padding(struct decompressor *decompressor)
{
    struct stream *compressed = decompressor->compressed;
    const uint8_t *next;

    while (decompressor->at_border && !decompressor->is_first &&
           (next = stream_peek(compressed, 1, true)) != NULL && *next == 0)
        stream_take(compressed, 1);
}

/* One step of decoding. Returns how many bytes it gave; 0 can also mean that it wants more. */
static size_t step(struct decompressor *decompressor, void *to, size_t n)
{
    struct stream *compressed = decompressor->compressed;
    size_t there = compressed->end - compressed->at;
    struct codec_io io = {
        .in = compressed->buffer + compressed->at,
        .in_left = there,
        .out = to,
        .out_left = n,
        .at_end = decompressor->at_end,
    };
    enum codec_result result = decompressor->codec->step(decompressor->decoder, &io);
    bool is_stuck = io.in_left == there && io.out_left == n;

    stream_take(compressed, there - io.in_left);
    if (result != CODEC_GOES_ON || !is_stuck)
        note_result(decompressor, result);
    else if (decompressor->at_end)
        end(decompressor, true, "cut inside %s-compressed data");
    return n - io.out_left;
}

ssize_t decompressor_read(void *from, void *to, size_t n)
{
    struct decompressor *decompressor = from;
    size_t got = 0;

    while (got == 0 && !decompressor->is_done) {
        pass_padding(decompressor);
        if (!stream_peek(decompressor->compressed, 1, true)) {
            if (errno)
                return -1;
            decompressor->at_end = true;
            if (decompressor->at_border && !decompressor->is_first)
                decompressor->is_done = true;
        }
        if (!decompressor->is_done)
            got = step(decompressor, to, n);
    }
    errno = 0;
    return (ssize_t)got;
}

const char *decompressor_error(const struct decompressor *decompressor, bool *is_cut)
{
    *is_cut = decompressor->is_cut;
    return decompressor->error[0] ? decompressor->error : NULL;
}

void decompressor_close(struct decompressor *decompressor)
{
    if (!decompressor)
        return;
    decompressor->codec->close(decompressor->decoder);
    free(decompressor);
}
