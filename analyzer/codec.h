/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * codec.h: the formats of compressed files, one file codec_NAME.c
 * each, by the codecs' own libraries.
 *
 * libarchive, which knows all of them, gives nothing of the block in which a cut file ends; a
 * capture that is still being written through a compressor would lose its last packets, or all.
 */
#ifndef KA_CODEC_H
#define KA_CODEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum codec_result {
    CODEC_GOES_ON,   /* there is more to decode, or it wants more input */
    CODEC_AT_BORDER, /* a member of the file ends here; another one may follow */
    CODEC_DAMAGED,
    CODEC_TOO_LARGE, /* decoding it takes more than CODEC_MEMORY_MAX */
    CODEC_NO_MEMORY,
};

/* What a file may make a codec allocate: twice what the strongest usual settings need. */
#define CODEC_MEMORY_MAX (UINT64_C(128) << 20)

/* What is left of the input and of the room for output. */
struct codec_io {
    const uint8_t *in;
    size_t in_left;
    uint8_t *out;
    size_t out_left;
    bool at_end; /* nothing follows this input */
};

struct codec {
    const char *name;
    /* A new decoder, or NULL when out of memory. */
    void *(*open)(void);
    /* Decode as far as input and room allow, and move io along. After a border a member begins. */
    enum codec_result (*step)(void *decoder, struct codec_io *io);
    void (*close)(void *decoder);
};

extern const struct codec codec_gzip, codec_zstd, codec_lz4, codec_xz, codec_bzip2;

#endif
