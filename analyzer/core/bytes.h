/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bytes.h: the only way in which the decoder reads a frame. A wire format is a struct of byte
 * arrays, and a struct is handed out only where all of it was captured: a read out of bounds
 * cannot be written down without leaving the type.
 */
#ifndef KA_BYTES_H
#define KA_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* What is left of a frame or of a datagram in it. */
struct bytes {
    const uint8_t *at;
    uint32_t captured; /* bytes that can be read; never more than length */
    uint32_t length;   /* bytes that were on the wire */
    bool stated;       /* a header stated the length: headers that need more contradict it */
};

/* The next n bytes, or NULL when fewer were captured. */
static inline const void *bytes_peek(const struct bytes *b, uint32_t n)
{
    return n <= b->captured ? b->at : NULL;
}

/* Pass n bytes; false, and nothing passed, when fewer were captured. */
static inline bool bytes_skip(struct bytes *b, uint32_t n)
{
    if (n > b->captured)
        return false;
    b->at += n;
    b->captured -= n;
    b->length -= n;
    return true;
}

/* The next n bytes, which are passed, or NULL when fewer were captured. */
static inline const void *bytes_take(struct bytes *b, uint32_t n)
{
    const uint8_t *at = b->at;

    return bytes_skip(b, n) ? at : NULL;
}

/* The next bytes as a `const type *`, or NULL. `type` is made of uint8_t, so its alignment is 1. */
#define BYTES_PEEK(b, type) ((const type *)bytes_peek((b), (uint32_t)sizeof(type)))
#define BYTES_TAKE(b, type) ((const type *)bytes_take((b), (uint32_t)sizeof(type)))

/* Copy what was captured of a wire format into `to`, which has room for n bytes; the rest stays. */
static inline void bytes_copy(const struct bytes *b, void *to, uint32_t n)
{
    memcpy(to, b->at, n <= b->captured ? n : b->captured);
}

/*
 * A header states that `length` bytes follow. Captured bytes beyond are padding; a length beyond
 * the frame is believed, as the frame may be cut or be the first fragment of a tunnel's datagram.
 */
static inline void bytes_limit(struct bytes *b, uint32_t length)
{
    b->length = length;
    b->stated = true;
    if (b->captured > length)
        b->captured = length;
}

/* Big-endian fields. */
static inline uint16_t be16(const uint8_t field[static 2])
{
    return (uint16_t)(field[0] << 8 | field[1]);
}

static inline uint32_t be32(const uint8_t field[static 4])
{
    return (uint32_t)field[0] << 24 | (uint32_t)field[1] << 16 | (uint32_t)field[2] << 8 | field[3];
}

/* Little-endian fields: IEEE 802.11 and radiotap. */
static inline uint16_t le16(const uint8_t field[static 2])
{
    return (uint16_t)(field[1] << 8 | field[0]);
}

static inline uint32_t le32(const uint8_t field[static 4])
{
    return (uint32_t)field[3] << 24 | (uint32_t)field[2] << 16 | (uint32_t)field[1] << 8 | field[0];
}

#endif
