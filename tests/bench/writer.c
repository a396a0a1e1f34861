/* SPDX-License-Identifier: GPL-2.0-or-later */
/* writer.c: TCP segments written as a classic pcap file: Ethernet, IPv4, TCP with time stamps. */
#include "writer.h"

#include <stddef.h>

/* Wire formats, big-endian fields as bytes. */
struct frame {
    struct {
        uint32_t seconds, microseconds, caplen, wirelen; /* host order, as the file's magic says */
    } record;
    uint8_t ethernet_to[6], ethernet_from[6], ethernet_type[2];
    uint8_t version_length, tos, total_length[2], id[2], fragment[2], ttl, protocol, checksum[2];
    uint8_t from_addr[4], to_addr[4];
    uint8_t from_port[2], to_port[2], seq[4], ack[4], offset, flags, window[2];
    uint8_t tcp_checksum[2], urgent[2];
    uint8_t nops[2], timestamps[2], tsval[4], tsecr[4];
    uint8_t payload[PAYLOAD_MAX];
};

enum {
    RECORD_BYTES = 16,
    ETHERNET_BYTES = 14,
    IP_TCP_BYTES = 20 + 32,
    FRAME_BYTES = ETHERNET_BYTES + IP_TCP_BYTES,
};

_Static_assert(offsetof(struct frame, payload) == RECORD_BYTES + FRAME_BYTES, "no padding");

static void put16(uint8_t field[static 2], uint32_t value)
{
    field[0] = (uint8_t)(value >> 8);
    field[1] = (uint8_t)value;
}

static void put32(uint8_t field[static 4], uint32_t value)
{
    put16(field, value >> 16);
    put16(field + 2, value);
}

/* RFC 1071; the header is 20 bytes and its checksum 0. */
static uint16_t ip_checksum(const uint8_t *header)
{
    uint32_t sum = 0;

    for (int i = 0; i < 20; i += 2)
        sum += (uint32_t)header[i] << 8 | header[i + 1];
    sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t) ~(sum + (sum >> 16));
}

void writer_begin(struct writer *writer, FILE *out, uint64_t wanted)
{
    const struct {
        uint32_t magic;
        uint16_t major, minor;
        uint32_t zone, accuracy, snaplen, link_type;
    } header = {0xa1b2c3d4, 2, 4, 0, 0, 262144, 1};

    *writer = (struct writer){
        .out = out,
        .time_us = INT64_C(1700000000) * 1000000,
        .wanted = wanted,
    };
    fwrite(&header, sizeof header, 1, out);
}

/* A client address of its own for each of 2^24 connections, 250 servers. */
static void put_endpoints(struct frame *frame, const struct segment *segment)
{
    enum { EPHEMERAL = 32768, EPHEMERAL_PORTS = 28232, SERVERS = 250 };
    uint32_t client = UINT32_C(10) << 24 | (segment->connection & 0xffffff);
    uint32_t client_port = EPHEMERAL + segment->connection % EPHEMERAL_PORTS;
    uint32_t server = UINT32_C(0xc0a80001) + segment->connection % SERVERS;
    const uint32_t server_port = 443;

    if (segment->from == FROM_CLIENT) {
        put32(frame->from_addr, client);
        put32(frame->to_addr, server);
        put16(frame->from_port, client_port);
        put16(frame->to_port, server_port);
    } else {
        put32(frame->from_addr, server);
        put32(frame->to_addr, client);
        put16(frame->from_port, server_port);
        put16(frame->to_port, client_port);
    }
}

void writer_put(struct writer *writer, const struct segment *segment)
{
    const uint32_t bytes = FRAME_BYTES + segment->len;
    const uint32_t time_ms = (uint32_t)(writer->time_us / 1000);
    struct frame frame = {
        .record = {(uint32_t)(writer->time_us / 1000000), (uint32_t)(writer->time_us % 1000000),
                   bytes, bytes},
        .ethernet_to = {2, 0, 0, 0, 0, 2},
        .ethernet_from = {2, 0, 0, 0, 0, 1},
        .ethernet_type = {8, 0},
        .version_length = 0x45,
        .fragment = {0x40, 0},
        .ttl = 64,
        .protocol = 6,
        .offset = 0x80,
        .flags = segment->flags,
        .nops = {1, 1},
        .timestamps = {8, 10},
    };

    put16(frame.total_length, IP_TCP_BYTES + segment->len);
    put16(frame.id, (uint32_t)writer->written);
    put_endpoints(&frame, segment);
    put16(frame.checksum, ip_checksum(&frame.version_length));
    put32(frame.seq, segment->seq);
    put32(frame.ack, segment->ack);
    put16(frame.window, segment->window);
    put32(frame.tsval, time_ms);
    put32(frame.tsecr, time_ms - 1);
    fwrite(&frame, RECORD_BYTES + bytes, 1, writer->out);
    writer->written++;
}
