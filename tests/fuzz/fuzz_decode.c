/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fuzz_decode.c: any bytes as a frame of any link type.
 *
 * Input: link type (2 bytes), wire length (4), where to cut the snapshot (1, in 256ths), the frame.
 */
#include <stdlib.h>
#include <string.h>

#include "core/ka.h"
#include "fuzz.h"

enum { ETHERNET = 1, IPV4 = 228, ETHERNET_BYTES = 14 };
static const int64_t untouched_ns = 1234567890123456789;
static const uint64_t untouched_frame = 987654321;

/* What decoding says. */
struct result {
    enum ka_skip skip;
    struct ka_segment segment;
};

/* Decode a copy that ends where the snapshot does, into a segment full of `rubbish`. */
static struct result decode(int link_type, const uint8_t *bytes, uint32_t caplen, uint32_t wirelen,
                            int rubbish)
{
    uint8_t *exact = malloc(caplen ? caplen : 1);
    struct result result;

    assert(exact);
    memcpy(exact, bytes, caplen);
    memset(&result.segment, rubbish, sizeof result.segment);
    result.segment.time_ns = untouched_ns;
    result.segment.frame = untouched_frame;
    result.skip =
        ka_decode(link_type, caplen ? exact : exact + 1, caplen, wirelen, &result.segment);
    free(exact);
    assert(result.skip < KA_SKIP_COUNT);
    if (result.skip == KA_SKIP_NONE)
        assert(result.segment.time_ns == untouched_ns && result.segment.frame == untouched_frame);
    return result;
}

static void same_endpoint(const struct ka_endpoint *a, const struct ka_endpoint *b)
{
    assert(a->port == b->port && memcmp(&a->addr, &b->addr, sizeof a->addr) == 0);
}

/* What the fixed headers say, without which there is no segment. */
static void same_headers(const struct ka_segment *a, const struct ka_segment *b)
{
    same_endpoint(&a->from, &b->from);
    same_endpoint(&a->to, &b->to);
    assert(a->seq == b->seq && a->quoted == b->quoted);
    assert(a->ttl == b->ttl && a->ip_id == b->ip_id);
    if (!a->quoted) {
        assert(a->ack == b->ack && a->flags == b->flags && a->window == b->window);
        assert(a->len == b->len);
        return;
    }
    /* An error may quote no more than the first 8 bytes of TCP, and not how long its header is. */
    assert(a->icmp_type == b->icmp_type && a->icmp_code == b->icmp_code);
    assert(memcmp(&a->icmp_from, &b->icmp_from, sizeof a->icmp_from) == 0);
}

static void same_segment(const struct ka_segment *a, const struct ka_segment *b)
{
    same_headers(a, b);
    assert(a->ack == b->ack && a->flags == b->flags && a->window == b->window);
    assert(a->len == b->len && a->has_timestamps == b->has_timestamps &&
           a->has_first_byte == b->has_first_byte);
    if (a->has_timestamps)
        assert(a->tsval == b->tsval && a->tsecr == b->tsecr);
    assert(a->head_bytes == b->head_bytes);
    assert(a->quoted ? a->head_bytes == 0 : a->has_first_byte == (a->head_bytes > 0));
    assert(memcmp(a->head, b->head, a->head_bytes) == 0);
    if (a->has_first_byte)
        assert(a->first_byte == b->first_byte);
}

static void same_result(const struct result *a, const struct result *b)
{
    assert(a->skip == b->skip);
    if (a->skip == KA_SKIP_NONE)
        same_segment(&a->segment, &b->segment);
}

/* The shortcut for the usual Ethernet frame says what the walk says of the datagram in it. */
static void check_shortcut(const struct result *whole, const uint8_t *bytes, uint32_t caplen,
                           uint32_t length)
{
    struct result inner;

    if (caplen < ETHERNET_BYTES || bytes[12] != 0x08 || bytes[13] != 0x00)
        return;
    inner =
        decode(IPV4, bytes + ETHERNET_BYTES, caplen - ETHERNET_BYTES, length - ETHERNET_BYTES, 0);
    if (whole->skip != KA_SKIP_TOO_DEEP) /* one header less */
        same_result(whole, &inner);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct input input = {bytes, length};
    const int link_type = input_u16(&input);
    const uint32_t wirelen = input_u32(&input);
    const uint8_t cut = input_u8(&input);
    const uint32_t caplen = (uint32_t)input.left;
    const uint32_t on_the_wire = wirelen > caplen ? wirelen : caplen;

    const struct result whole = decode(link_type, input.at, caplen, wirelen, 0xff);
    const struct result again = decode(link_type, input.at, caplen, wirelen, 0);
    same_result(&whole, &again);
    assert((whole.skip == KA_SKIP_LINK_TYPE) == !ka_linktype_known(link_type));
    if (whole.skip ==
        KA_SKIP_NONE) /* the IP header's length holds, or, where it is 0, the wire's */
        assert(whole.segment.len <= UINT16_MAX || whole.segment.len <= on_the_wire);
    if (link_type == ETHERNET)
        check_shortcut(&whole, input.at, caplen, on_the_wire);

    /* A shorter snapshot shows the same segment, or none. */
    const uint32_t shorter = (uint32_t)((uint64_t)caplen * cut / 256);
    const struct result part = decode(link_type, input.at, shorter, on_the_wire, 0xff);
    if (whole.skip == KA_SKIP_NONE && part.skip == KA_SKIP_NONE)
        same_headers(&whole.segment, &part.segment);
    return 0;
}
