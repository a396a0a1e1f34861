/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * replay.c: a main() for a fuzz target without libFuzzer: tries each file named as an argument,
 * once. What goes wrong aborts; the last name printed is then that of the input.
 */
#include <stdio.h>
#include <stdlib.h>

#include "fuzz.h"

static uint8_t *read_file(const char *path, size_t *length)
{
    FILE *file = fopen(path, "rbe");
    size_t capacity = 1 << 20;
    uint8_t *bytes = malloc(capacity);

    assert(bytes);
    if (!file) {
        perror(path);
        exit(EXIT_FAILURE);
    }
    *length = fread(bytes, 1, capacity, file);
    if (ferror(file) || *length == capacity) {
        fprintf(stderr, "%s: unreadable, or too long for a seed\n", path);
        exit(EXIT_FAILURE);
    }
    fclose(file);
    /* A block of exactly this size, so that the sanitizer sees what is read beyond its end. */
    uint8_t *exact = realloc(bytes, *length ? *length : 1);
    assert(exact);
    return exact;
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        size_t length;
        uint8_t *bytes = read_file(argv[i], &length);

        printf("%s\n", argv[i]);
        fflush(stdout);
        LLVMFuzzerTestOneInput(bytes, length);
        free(bytes);
    }
    return EXIT_SUCCESS;
}
