/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * attack.c: a capture of an attack on a connection table, with peers that
 * die meanwhile, on standard output:
 *
 *     attack flood|scan|half-open|tuples PACKETS DEATHS
 *
 * flood: SYNs, each of another source; scan: SYNs of one source to every port of every host,
 * refused; half-open: SYN, SYN|ACK and the SYN|ACK again; tuples: ACKs, each between other
 * endpoints. The attack takes 1000 s, whatever the number of packets. In its first tenth as many
 * connections as there are to be DEATHS shake hands; later each sends three keep-alive probes,
 * which nobody answers, and a RST.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIN = 1, SYN = 2, RST = 4, ACK = 16 };
enum { ETHERNET = 14, IP = 20, TCP = 20, FRAME = ETHERNET + IP + TCP, DEATH_STEPS = 7 };

static const uint64_t lasts_us = 1000 * UINT64_C(1000000), probe_us = 5 * UINT64_C(1000000);

struct packet {
    uint64_t time_us;
    uint32_t from, to; /* addresses */
    uint16_t from_port, to_port;
    uint8_t flags;
    uint32_t seq, ack;
};

static void put16(uint8_t *bytes, uint32_t value)
{
    bytes[0] = (uint8_t)(value >> 8);
    bytes[1] = (uint8_t)value;
}

static void put32(uint8_t *bytes, uint32_t value)
{
    put16(bytes, value >> 16);
    put16(bytes + 2, value);
}

static void write_all(const void *bytes, size_t count)
{
    if (fwrite(bytes, 1, count, stdout) != count)
        exit(1); /* whoever read this has seen enough */
}

static void put_packet(const struct packet *packet)
{
    struct {
        uint32_t header[4];
        uint8_t frame[FRAME];
    } record = {{(uint32_t)(packet->time_us / 1000000), (uint32_t)(packet->time_us % 1000000),
                 FRAME, FRAME},
                {0}};
    uint8_t *ip = record.frame + ETHERNET, *tcp = ip + IP;

    put16(record.frame + 12, 0x0800);
    ip[0] = 0x45;
    put16(ip + 2, IP + TCP);
    ip[8] = 64;
    ip[9] = 6;
    put32(ip + 12, packet->from);
    put32(ip + 16, packet->to);
    put16(tcp, packet->from_port);
    put16(tcp + 2, packet->to_port);
    put32(tcp + 4, packet->seq);
    put32(tcp + 8, packet->ack);
    tcp[12] = 0x50;
    tcp[13] = packet->flags;
    put16(tcp + 14, packet->flags & RST ? 0 : 1024);
    write_all(record.header, sizeof record.header);
    write_all(record.frame, sizeof record.frame);
}

/* Every number gives another one, in no order that shows (the finaliser of MurmurHash3). */
static uint64_t scatter(uint64_t number)
{
    number = (number ^ number >> 33) * UINT64_C(0xff51afd7ed558ccd);
    number = (number ^ number >> 33) * UINT64_C(0xc4ceb9fe1a85ec53);
    return number ^ number >> 33;
}

/* ---- attacks ------------------------------------------------------------------------------- */

typedef void attack_packet(uint64_t n, struct packet *packet);

static void turn(struct packet *packet)
{
    struct packet turned = *packet;

    turned.from = packet->to;
    turned.to = packet->from;
    turned.from_port = packet->to_port;
    turned.to_port = packet->from_port;
    *packet = turned;
}

static void flood(uint64_t n, struct packet *packet)
{
    uint64_t source = scatter(n);

    packet->from = (uint32_t)source;
    packet->from_port = (uint16_t)(source >> 32);
    packet->to = 0xcb007101;
    packet->to_port = 443;
    packet->flags = SYN;
    packet->seq = (uint32_t)(source >> 16);
}

static void scan(uint64_t n, struct packet *packet)
{
    uint64_t target = n / 2;

    packet->from = 0xc6336401;
    packet->from_port = (uint16_t)(40000 + (target >> 32));
    packet->to = 0x0a000000 + (uint32_t)(target >> 16);
    packet->to_port = (uint16_t)target;
    packet->flags = SYN;
    packet->seq = 7;
    if (n % 2 == 0)
        return;
    turn(packet);
    packet->flags = RST | ACK;
    packet->seq = 0;
    packet->ack = 8;
}

static void half_open(uint64_t n, struct packet *packet)
{
    const uint64_t again = 3000;
    uint64_t round = n / (3 * again), place = n % (3 * again);

    flood(round * again + place % again, packet);
    if (place < again)
        return;
    turn(packet);
    packet->flags = SYN | ACK;
    packet->ack = packet->seq + 1;
    packet->seq = 1000;
}

static void tuples(uint64_t n, struct packet *packet)
{
    uint64_t ends = scatter(n);

    packet->from = (uint32_t)ends;
    packet->to = (uint32_t)(ends >> 32);
    packet->from_port = 1024;
    packet->to_port = 80;
    packet->flags = ACK;
    packet->seq = packet->ack = 1;
}

static const struct {
    const char *name;
    attack_packet *put;
} attacks[] = {{"flood", flood}, {"scan", scan}, {"half-open", half_open}, {"tuples", tuples}};

/* ---- deaths -------------------------------------------------------------------------------- */

/* Step `step` of death number `number` of `count`. */
static void put_death(uint64_t number, uint64_t count, int step)
{
    uint64_t dies_us = lasts_us / 5 + lasts_us * 3 / 5 * number / count;
    struct packet packet = {
        .from = 0xc0000200 + (uint32_t)(number >> 12),
        .to = 0xc0a80001,
        .from_port = (uint16_t)(50000 + number % 4096),
        .to_port = 22,
        .flags = ACK,
        .seq = 100,
        .ack = 1,
    };

    if (step < 3) {
        packet.time_us = lasts_us / 10 * number / count + (uint64_t)step * 1000;
        packet.seq = step == 0 ? 100 : 101;
        packet.flags = step == 2 ? ACK : step == 1 ? SYN | ACK : SYN;
        if (step == 1) {
            turn(&packet);
            packet.seq = 0;
            packet.ack = 101;
        }
    } else {
        packet.time_us = dies_us + (uint64_t)(step - 3) * probe_us;
        if (step == DEATH_STEPS - 1) {
            packet.flags = RST | ACK;
            packet.seq = 101;
        }
    }
    put_packet(&packet);
}

/* When it is due; the steps of all deaths are written in this order. */
static uint64_t due_us(uint64_t number, uint64_t count, int step)
{
    return step < 3
               ? lasts_us / 10 * number / count + (uint64_t)step * 1000
               : lasts_us / 5 + lasts_us * 3 / 5 * number / count + (uint64_t)(step - 3) * probe_us;
}

/* Write what is due by now; next[step] is the first death whose step was not written. */
static void put_deaths(uint64_t now_us, uint64_t count, uint64_t next[static DEATH_STEPS])
{
    for (;;) {
        int first = -1;

        for (int step = 0; step < DEATH_STEPS; step++)
            if (next[step] < count && due_us(next[step], count, step) <= now_us &&
                (first < 0 || due_us(next[step], count, step) < due_us(next[first], count, first)))
                first = step;
        if (first < 0)
            return;
        put_death(next[first]++, count, first);
    }
}

int main(int argc, char **argv)
{
    static const uint32_t header[6] = {0xa1b2c3d4, 4 << 16 | 2, 0, 0, 65535, 1};
    attack_packet *put = NULL;
    uint64_t packets = argc == 4 ? strtoull(argv[2], NULL, 10) : 0;
    uint64_t deaths = argc == 4 ? strtoull(argv[3], NULL, 10) : 0;
    uint64_t next[DEATH_STEPS] = {0};

    for (size_t i = 0; argc == 4 && i < sizeof attacks / sizeof attacks[0]; i++)
        if (strcmp(argv[1], attacks[i].name) == 0)
            put = attacks[i].put;
    if (!put || packets == 0) {
        fputs("usage: attack flood|scan|half-open|tuples PACKETS DEATHS\n", stderr);
        return 1;
    }
    setvbuf(stdout, NULL, _IOFBF, 1 << 20);
    write_all(header, sizeof header);
    for (uint64_t n = 0; n < packets; n++) {
        struct packet packet = {.time_us =
                                    (uint64_t)((double)lasts_us / (double)packets * (double)n)};

        if (n % 64 == 0)
            put_deaths(packet.time_us, deaths, next);
        put(n, &packet);
        put_packet(&packet);
    }
    put_deaths(UINT64_MAX, deaths, next);
    return fflush(stdout) == 0 ? 0 : 1;
}
