/* SPDX-License-Identifier: GPL-2.0-or-later */
/* support_fuzz.c: inputs read piece by piece, and files in memory. */
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"

uint8_t input_u8(struct input *input)
{
    if (input->left == 0)
        return 0;
    input->left--;
    return *input->at++;
}

uint16_t input_u16(struct input *input)
{
    uint16_t low = input_u8(input);

    return (uint16_t)(low | input_u8(input) << 8);
}

uint32_t input_u32(struct input *input)
{
    uint32_t low = input_u16(input);

    return low | (uint32_t)input_u16(input) << 16;
}

struct memory_file memory_file_open(const uint8_t *bytes, size_t length)
{
    struct memory_file file = {.fd = memfd_create("input", MFD_CLOEXEC)};

    assert(file.fd >= 0);
    while (length > 0) {
        ssize_t written = write(file.fd, bytes, length);

        assert(written > 0);
        bytes += written;
        length -= (size_t)written;
    }
    snprintf(file.path, sizeof file.path, "/proc/self/fd/%d", file.fd);
    return file;
}

void memory_file_close(struct memory_file *file)
{
    close(file->fd);
}
