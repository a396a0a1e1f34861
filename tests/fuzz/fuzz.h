/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fuzz.h: what the fuzz targets share. A target's oracles are assert()s, whatever NDEBUG says. */
#ifndef KA_TESTS_FUZZ_H
#define KA_TESTS_FUZZ_H

#undef NDEBUG
#include <assert.h>
#include <stddef.h>
#include <stdint.h>

/* A target: try one input. Always returns 0, as libFuzzer wants it. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

/* The next bytes of an input. What is read beyond its end is 0. */
struct input {
    const uint8_t *at;
    size_t left;
};

uint8_t input_u8(struct input *input);
uint16_t input_u16(struct input *input); /* little-endian, as are the rest */
uint32_t input_u32(struct input *input);

/* A file in memory that others open by its path. */
struct memory_file {
    int fd;
    char path[32];
};

/* The caller closes it. Aborts where there is no memory for it. */
struct memory_file memory_file_open(const uint8_t *bytes, size_t length);
void memory_file_close(struct memory_file *file);

#endif
