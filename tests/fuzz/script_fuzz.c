/* SPDX-License-Identifier: GPL-2.0-or-later */
/* script_fuzz.c: bytes as segments. */
#include "script_fuzz.h"

#include <string.h>

enum { RECORD_BYTES = 12, KIND_AGAIN = 1, KIND_QUOTED = 2 };

/* What was sent on one connection. */
struct line {
    struct ka_endpoint endpoint[2];
    uint32_t nxt[2];
    struct ka_segment latest[2];
};

struct record {
    unsigned connection, from, kind;
    int64_t after_ns;
    uint8_t flags, bits;
    int16_t seq, ack;
    uint16_t len, window;
};

static struct record read_record(struct input *input)
{
    static const int64_t unit_ns[] = {KA_SECOND / 10000, KA_SECOND / 1000, KA_SECOND / 100,
                                      KA_SECOND / 10,    KA_SECOND,        10 * KA_SECOND,
                                      75 * KA_SECOND,    INT64_C(1) << 55};
    const uint8_t head = input_u8(input);
    struct record record = {.connection = head & 3, .from = head >> 2 & 1, .kind = head >> 3 & 3};

    record.after_ns = unit_ns[head >> 5] * (int8_t)input_u8(input);
    record.flags = input_u8(input);
    record.bits = input_u8(input);
    record.seq = (int16_t)input_u16(input);
    record.ack = (int16_t)input_u16(input);
    record.len = input_u16(input);
    record.window = input_u16(input);
    return record;
}

static struct ka_addr address(unsigned side, struct retelling how)
{
    const unsigned host = (side ^ how.swapped) + 1;

    if (how.ipv6) /* RFC 3849 */
        return (struct ka_addr){{0x20, 0x01, 0x0d, 0xb8, [15] = (uint8_t)host}};
    return (struct ka_addr){{[10] = 0xff, 0xff, 192, 0, 2, (uint8_t)host}}; /* RFC 5737 */
}

static void begin_lines(struct line lines[static FUZZ_CONNECTIONS], struct retelling how)
{
    static const uint16_t ports[FUZZ_CONNECTIONS][2] = {
        {49152, 80}, {1023, 2049}, {50000, 40000}, {179, 179}};

    for (unsigned i = 0; i < FUZZ_CONNECTIONS; i++)
        for (unsigned side = 0; side < 2; side++) {
            lines[i].endpoint[side] =
                (struct ka_endpoint){.addr = address(side, how), .port = ports[i][side]};
            /* Just below the wrap, so that it is usual. */
            lines[i].nxt[side] = UINT32_MAX - 100 * i - 50 * side + how.shift[side];
        }
}

static struct ka_segment new_segment(const struct record *record, const struct line *line)
{
    const unsigned from = record->from;

    return (struct ka_segment){
        .from = line->endpoint[from],
        .to = line->endpoint[!from],
        .seq = line->nxt[from] + (uint32_t)record->seq,
        .ack = line->nxt[!from] + (uint32_t)record->ack,
        .len = record->len,
        .window = record->window,
        .flags = record->flags,
        .ttl = (uint8_t)(64 - (record->bits >> 6)),
        .ip_id = (uint16_t)(line->latest[from].ip_id + (record->bits >> 4 & 3)),
        .has_timestamps = record->bits & 1,
        .has_first_byte = record->len > 0 && (record->bits & 2),
        .first_byte = record->bits >> 2 & 3,
    };
}

static struct ka_segment error_about(const struct ka_segment *segment, const struct record *record)
{
    struct ka_segment error = *segment;

    error.quoted = true;
    error.icmp_type = 3; /* destination unreachable */
    error.icmp_code = record->flags & 15;
    error.icmp_from = segment->to.addr;
    error.has_first_byte = error.has_timestamps = false;
    return error;
}

static void note_sent(struct line *line, const struct ka_segment *segment, unsigned from)
{
    const uint32_t end =
        segment->seq + segment->len + !!(segment->flags & KA_SYN) + !!(segment->flags & KA_FIN);

    line->latest[from] = *segment;
    if (!(segment->flags & KA_RST) && (int32_t)(end - line->nxt[from]) > 0)
        line->nxt[from] = end;
}

size_t script_segments(const uint8_t *bytes, size_t length, struct retelling how,
                       struct ka_segment *segments)
{
    struct input input = {bytes, length};
    struct line lines[FUZZ_CONNECTIONS] = {0};
    uint64_t now_ns = (uint64_t)(1700000000 * KA_SECOND); /* may pass any bound, and wrap */
    size_t count = 0;

    begin_lines(lines, how);
    while (input.left >= RECORD_BYTES && count < FUZZ_SEGMENTS_MAX) {
        const struct record record = read_record(&input);
        struct line *line = &lines[record.connection];
        const struct ka_segment *latest = &line->latest[record.from];
        struct ka_segment segment = new_segment(&record, line);

        now_ns += (uint64_t)record.after_ns;
        if (latest->frame && record.kind == KIND_AGAIN)
            segment = *latest;
        else if (latest->frame && record.kind == KIND_QUOTED)
            segment = error_about(latest, &record);
        else if (segment.has_timestamps)
            segment.tsval = (uint32_t)(now_ns / 1000000);
        segment.time_ns = (int64_t)now_ns;
        segment.frame = count + 1;
        if (!segment.quoted)
            note_sent(line, &segment, record.from);
        segments[count++] = segment;
    }
    return count;
}
