/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * list_packets.c: the packets of a capture as a source hands them out, one a line: frame number,
 * seconds, captured and original length, link type (-1: no packet), bytes in hexadecimal; the last
 * line says how it ended.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "helper.h"
#include "source.h"

enum { AT_ONCE = 64 };

static void print(const struct packet *packet)
{
    const int64_t ns_per_s = 1000000000;

    printf("%" PRIu64, packet->frame);
    if (packet->has_time)
        printf("\t%" PRId64 ".%09" PRId64, packet->time_ns / ns_per_s, packet->time_ns % ns_per_s);
    else
        printf("\t-");
    printf("\t%u\t%u\t%d\t", packet->caplen, packet->wirelen, packet->link_type);
    for (uint32_t i = 0; i < packet->caplen; i++)
        printf("%02x", packet->bytes[i]);
    putchar('\n');
}

int main(int argc, char **argv)
{
    struct helper *helper = helper_start(NULL, true);
    const struct source_needs needs = {.helper = helper};
    struct source_failure failure = {.error = SOURCE_OK};
    struct packet packets[AT_ONCE];
    struct source *source;
    size_t count = 0;

    if (argc != 2) {
        fputs("usage: list-packets CAPTURE\n", stderr);
        return EXIT_FAILURE;
    }
    source = source_open_with(argv[1], &needs, &failure);
    while (source && (count = source_read(source, packets, AT_ONCE, &failure)) > 0)
        for (size_t i = 0; i < count; i++)
            print(&packets[i]);
    printf("%s\n", failure.error == SOURCE_OK ? "ok" : failure.message);
    source_close(source);
    helper_stop(helper);
    return EXIT_SUCCESS;
}
