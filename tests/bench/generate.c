/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * generate.c: the benchmark's captures, the same for the same arguments, on standard output:
 *
 *     generate small|full|idle|week PACKETS CONNECTIONS [SEED]
 *
 * small: requests and responses of 1 to 48 bytes and bare ACKs; full: 1448 bytes in every segment
 * after the handshake. Each packet belongs to a connection drawn at random, the worst case for a
 * cache, and 10 us pass between packets. The last packet of each connection is a bare ACK, so that
 * nothing is left in flight. idle: see idle.c; week: see week.c.
 */
#include "writer.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>

enum { SYN = 2, PSH = 8, ACK = 16, WINDOW = 502, GAP_US = 10 };

/* A connection between its segments. */
struct talk {
    uint32_t nxt[2]; /* SND.NXT of client and server */
    uint32_t step;   /* segments so far */
    bool unacked;    /* the latest carries data */
};

/* SYN, SYN|ACK, ACK, then client and server in turn; each acknowledges all that it got. */
static void put_talk(struct writer *writer, struct talk *talk, uint32_t number, uint32_t len)
{
    const int from =
        talk->step == 0 || (talk->step >= 2 && talk->step % 2 == 0) ? FROM_CLIENT : FROM_SERVER;
    struct segment segment = {
        .connection = number,
        .from = from,
        .flags = ACK,
        .window = WINDOW,
        .seq = talk->nxt[from],
        .ack = talk->nxt[!from],
    };

    if (talk->step == 0) {
        segment.flags = SYN;
        segment.ack = 0;
    } else if (talk->step == 1) {
        segment.flags = SYN | ACK;
    } else if (talk->step > 2 && len > 0) {
        segment.len = len;
        segment.flags = ACK | PSH;
    }
    talk->nxt[from] += segment.len + (talk->step < 2);
    talk->step++;
    talk->unacked = segment.len > 0;
    writer_put(writer, &segment);
}

static void generate_talks(struct writer *writer, uint32_t connections, uint64_t seed, bool full)
{
    enum { SMALL_MAX = 48, STRIDE = 7919 /* a prime, far from one cache line to the next */ };
    struct talk *talks = calloc(connections, sizeof *talks);

    if (!talks) {
        perror("generate");
        exit(EXIT_FAILURE);
    }
    for (uint32_t i = 0; i < connections; i++)
        talks[i] = (struct talk){.nxt = {random_bits(&seed), random_bits(&seed)}};
    while (writer->written + connections < writer->wanted) {
        uint32_t number = random_below(&seed, connections);
        uint32_t len = PAYLOAD_MAX;

        if (!full) /* a third are bare ACKs, each of something new */
            len = talks[number].unacked && random_below(&seed, 2)
                      ? 0
                      : 1 + random_below(&seed, SMALL_MAX);
        put_talk(writer, &talks[number], number, len);
        writer->time_us += GAP_US;
    }
    for (uint64_t i = 0; writer->written < writer->wanted; i++) {
        uint32_t number = (uint32_t)(i * STRIDE % connections);

        put_talk(writer, &talks[number], number, 0);
        writer->time_us += GAP_US;
    }
    free(talks);
}

/* A whole positive number, or 0. */
static uint64_t parse_number(const char *text)
{
    char *end;
    unsigned long long value = strtoull(text, &end, 10);

    return *end == '\0' ? value : 0;
}

int main(int argc, char **argv)
{
    const char *kind = argc > 1 ? argv[1] : "";
    const uint64_t packets = argc > 2 ? parse_number(argv[2]) : 0;
    const uint64_t connections = argc > 3 ? parse_number(argv[3]) : 0;
    const uint64_t seed = argc > 4 ? parse_number(argv[4]) : 1;
    struct writer writer;

    if (packets == 0 || connections == 0 || connections > UINT32_MAX || seed == 0 ||
        (strcmp(kind, "small") != 0 && strcmp(kind, "full") != 0 && strcmp(kind, "idle") != 0 &&
         strcmp(kind, "week") != 0)) {
        fputs("usage: generate small|full|idle|week PACKETS CONNECTIONS [SEED]\n", stderr);
        return EXIT_FAILURE;
    }
    setvbuf(stdout, NULL, _IOFBF, 1 << 20);
    __fsetlocking(stdout, FSETLOCKING_BYCALLER);
    writer_begin(&writer, stdout, packets);
    if (strcmp(kind, "idle") == 0)
        generate_idle(&writer, (uint32_t)connections, seed);
    else if (strcmp(kind, "week") == 0)
        generate_week(&writer, (uint32_t)connections, seed);
    else
        generate_talks(&writer, (uint32_t)connections, seed, strcmp(kind, "full") == 0);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        fprintf(stderr, "generate: %s\n", strerror(errno));
        return EXIT_FAILURE;
    }
    return EXIT_SUCCESS;
}
