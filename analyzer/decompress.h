/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * decompress.h: compressed files as a stream of what is in them, decoded as far as it is read, with
 * no more memory than the codec's window. All the members of a file are decoded, one after the
 * other.
 */
#ifndef KA_DECOMPRESS_H
#define KA_DECOMPRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "stream.h"

struct decompressor; /* opaque: decompressor_open() .. decompressor_close() */

enum { DECOMPRESS_MAGIC_BYTES = 6 }; /* as many tell the formats apart */

/* The name of the format that these first bytes of a file are of, or NULL. Static. */
const char *decompress_format(const uint8_t *bytes, size_t length);

/* Whether this format can be decoded: its library may have been missing when this was built. */
bool decompress_supports(const char *format);

/* The supported formats, each after a blank. Static. */
const char *decompress_formats(void);

/* Decode a supported format from this stream, which outlives it. NULL when out of memory. */
struct decompressor *decompressor_open(const char *format, struct stream *compressed);

/* A stream_reader. At an error it gives what came before, then ends. */
ssize_t decompressor_read(void *decompressor, void *to, size_t n);

/* Why it ended: NULL at the end of the compressed data; *is_cut: the file ends before them. */
const char *decompressor_error(const struct decompressor *decompressor, bool *is_cut);

/* Close; NULL is allowed. */
void decompressor_close(struct decompressor *decompressor);

#endif
