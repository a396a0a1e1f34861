/* SPDX-License-Identifier: GPL-2.0-or-later */
/* segment_pcap.c: segments as frames of a capture: IP, TCP, ICMP. */
#include "segment_pcap.h"

#include <string.h>

enum {
    LINKTYPE_RAW = 101,
    PROTOCOL_ICMP = 1,
    PROTOCOL_TCP = 6,
    PROTOCOL_UDP = 17,
    PROTOCOL_ICMPV6 = 58,
    SNAPLEN = 65535,
    TIMESTAMP_BYTES = 12
};

/* A packet in the making, at most 64 kB. */
struct packet {
    uint8_t bytes[SNAPLEN + 256];
    size_t len, cut; /* cut: captured bytes, where the snapshot length ends earlier; or 0 */
};

static void put(struct packet *packet, uint64_t value, int bytes)
{
    while (bytes-- > 0)
        packet->bytes[packet->len++] = (uint8_t)(value >> 8 * bytes);
}

static void put_bytes(struct packet *packet, const void *bytes, size_t len)
{
    memcpy(packet->bytes + packet->len, bytes, len);
    packet->len += len;
}

/* RFC 1071, from `start` to the packet's end, on top of `sum`. */
static uint16_t checksum(const struct packet *packet, size_t start, uint32_t sum)
{
    for (size_t i = start; i < packet->len; i++)
        sum += (uint32_t)packet->bytes[i] << ((i - start) % 2 ? 0 : 8);
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)~sum;
}

static void patch(struct packet *packet, size_t at, uint16_t value)
{
    packet->bytes[at] = (uint8_t)(value >> 8);
    packet->bytes[at + 1] = (uint8_t)value;
}

static uint32_t pseudo_header(const struct ka_addr *from, const struct ka_addr *to, bool v6,
                              unsigned protocol, size_t len)
{
    uint32_t sum = protocol + (uint32_t)len;

    for (size_t i = v6 ? 0 : 12; i < 16; i++) {
        sum += (uint32_t)from->bytes[i] << (i % 2 ? 0 : 8);
        sum += (uint32_t)to->bytes[i] << (i % 2 ? 0 : 8);
    }
    return sum;
}

static void put_ip(struct packet *packet, const struct ka_segment *segment, bool v6,
                   const struct ka_addr *from, const struct ka_addr *to, unsigned protocol,
                   size_t payload)
{
    if (v6) {
        put(packet, 0x60000000, 4);
        put(packet, payload, 2);
        put(packet, protocol, 1);
        put(packet, segment->ttl, 1);
        put_bytes(packet, from->bytes, 16);
        put_bytes(packet, to->bytes, 16);
        return;
    }
    const size_t start = packet->len;
    put(packet, 0x4500, 2);
    put(packet, 20 + payload, 2);
    put(packet, segment->ip_id, 2);
    put(packet, 0x4000, 2); /* don't fragment */
    put(packet, segment->ttl, 1);
    put(packet, protocol, 1);
    put(packet, 0, 2);
    put_bytes(packet, from->bytes + 12, 4);
    put_bytes(packet, to->bytes + 12, 4);
    patch(packet, start + 10, checksum(packet, start, 0));
}

/* A TCP header; of a quoted one only the first 8 bytes (RFC 792). */
static void put_tcp(struct packet *packet, const struct ka_segment *segment)
{
    const unsigned words = segment->has_timestamps ? 8 : 5;

    put(packet, segment->from.port, 2);
    put(packet, segment->to.port, 2);
    put(packet, segment->seq, 4);
    if (segment->quoted)
        return;
    put(packet, segment->ack, 4);
    put(packet, words << 12 | segment->flags, 2);
    put(packet, segment->window, 2);
    put(packet, 0, 4); /* checksum, urgent pointer */
    if (segment->has_timestamps) {
        put(packet, 0x0101080a, 4); /* RFC 7323 3.2, appendix A */
        put(packet, segment->tsval, 4);
        put(packet, segment->tsecr, 4);
    }
}

static void put_segment(struct packet *packet, const struct ka_segment *segment, bool v6)
{
    const size_t tcp = 20 + (segment->has_timestamps ? TIMESTAMP_BYTES : 0) + segment->len;

    put_ip(packet, segment, v6, &segment->from.addr, &segment->to.addr, PROTOCOL_TCP, tcp);
    const size_t start = packet->len;
    put_tcp(packet, segment);
    if (segment->len > 0 && !segment->has_first_byte)
        packet->cut = packet->len;
    memset(packet->bytes + packet->len, segment->first_byte, segment->len);
    packet->len += segment->len;
    const uint32_t pseudo =
        pseudo_header(&segment->from.addr, &segment->to.addr, v6, PROTOCOL_TCP, tcp);
    patch(packet, start + 16, checksum(packet, start, pseudo));
}

/* The error of a router, back to the sender of what it quotes. */
static void put_error(struct packet *packet, const struct ka_segment *segment, bool v6)
{
    const unsigned protocol = v6 ? PROTOCOL_ICMPV6 : PROTOCOL_ICMP;
    const size_t icmp = 8 + (v6 ? 40 : 20) + 8;

    put_ip(packet, segment, v6, &segment->icmp_from, &segment->from.addr, protocol, icmp);
    const size_t start = packet->len;
    put(packet, segment->icmp_type, 1);
    put(packet, segment->icmp_code, 1);
    put(packet, 0, 6);
    put_ip(packet, segment, v6, &segment->from.addr, &segment->to.addr, PROTOCOL_TCP,
           20 + segment->len);
    put_tcp(packet, segment);
    const uint32_t pseudo =
        v6 ? pseudo_header(&segment->icmp_from, &segment->from.addr, true, protocol, icmp) : 0;
    patch(packet, start + 2, checksum(packet, start, pseudo));
}

/* Numbers of the file format are in the byte order of whoever writes it. */
static void write_u32(FILE *file, uint32_t value)
{
    fwrite(&value, sizeof value, 1, file);
}

static void write_packet(FILE *file, const struct packet *packet, int64_t ns)
{
    const size_t captured = packet->cut ? packet->cut : packet->len;

    write_u32(file, (uint32_t)(ns / KA_SECOND));
    write_u32(file, (uint32_t)(ns % KA_SECOND));
    write_u32(file, (uint32_t)captured);
    write_u32(file, (uint32_t)packet->len);
    fwrite(packet->bytes, 1, captured, file);
}

void pcap_write_header(FILE *file)
{
    static const uint16_t version[2] = {2, 4};

    write_u32(file, 0xa1b23c4d); /* nanoseconds */
    fwrite(version, sizeof version, 1, file);
    write_u32(file, 0);
    write_u32(file, 0);
    write_u32(file, SNAPLEN);
    write_u32(file, LINKTYPE_RAW);
}

bool pcap_can_hold(const struct ka_segment *segment)
{
    enum { PAYLOAD_MAX = 65000 };

    return segment->time_ns >= 0 && segment->time_ns / KA_SECOND <= UINT32_MAX &&
           segment->len <= PAYLOAD_MAX;
}

void pcap_write_segment(FILE *file, const struct ka_segment *segment)
{
    static const uint8_t v4_mapped[12] = {[10] = 0xff, [11] = 0xff}; /* RFC 4291 2.5.5.2 */
    const bool v6 = memcmp(segment->from.addr.bytes, v4_mapped, sizeof v4_mapped) != 0;
    struct packet packet;

    packet.len = packet.cut = 0;
    if (segment->quoted)
        put_error(&packet, segment, v6);
    else
        put_segment(&packet, segment, v6);
    write_packet(file, &packet, segment->time_ns);
}

void pcap_write_udp(FILE *file, const struct ka_segment *segment)
{
    struct packet packet;

    packet.len = packet.cut = 0;
    put_ip(&packet, segment, false, &segment->from.addr, &segment->to.addr, PROTOCOL_UDP, 8);
    put(&packet, segment->from.port, 2);
    put(&packet, segment->to.port, 2);
    put(&packet, 8, 2);
    put(&packet, 0, 2); /* no checksum */
    write_packet(file, &packet, segment->time_ns);
}
