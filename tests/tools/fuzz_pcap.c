/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fuzz_pcap.c: inputs of fuzz_segments as one capture on standard output, each with endpoints of its
 * own: fuzz-pcap INPUT...
 */
#include <stdio.h>
#include <stdlib.h>

#include "fuzz/script_fuzz.h"
#include "segment_pcap.h"

enum {
    INPUT_BYTES_MAX = 1 << 16,
    NETWORK = 13 /* the byte of both addresses that says which input */
};

static void write_course(const uint8_t *bytes, size_t length, unsigned input)
{
    static struct ka_segment segments[FUZZ_SEGMENTS_MAX];
    size_t count = script_segments(bytes, length, (struct retelling){.ipv6 = input % 2}, segments);

    for (size_t i = 0; i < count; i++) {
        struct ka_segment *segment = &segments[i];

        for (int byte = 0; byte < 2; byte++) {
            uint8_t value = (uint8_t)(input >> 8 * byte);

            segment->from.addr.bytes[NETWORK + byte] = value;
            segment->to.addr.bytes[NETWORK + byte] = value;
            if (segment->quoted)
                segment->icmp_from.bytes[NETWORK + byte] = value;
        }
        if (pcap_can_hold(segment))
            pcap_write_segment(stdout, segment);
    }
}

int main(int argc, char **argv)
{
    static uint8_t bytes[INPUT_BYTES_MAX];

    pcap_write_header(stdout);
    for (int i = 1; i < argc; i++) {
        FILE *input = fopen(argv[i], "rbe");

        if (!input) {
            perror(argv[i]);
            return EXIT_FAILURE;
        }
        write_course(bytes, fread(bytes, 1, sizeof bytes, input), (unsigned)i);
        fclose(input);
    }
    return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
