/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * support.c: the counting heap, the writer of segments and the recorder. The tests' own memory
 * comes from malloc() unchecked but for an abort: a test machine out of memory proves nothing.
 */
#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *must(void *block)
{
    if (block == NULL) {
        fputs("tests: out of memory\n", stderr);
        abort();
    }
    return block;
}

/* ---- a heap that counts and fails ---------------------------------------------------------- */

/* Before each block, so that its size is known when it moves or goes. */
union block {
    size_t bytes;
    max_align_t align;
};

static bool heap_refuses(struct heap *heap)
{
    heap->allocations++;
    if (heap->fail_at == 0)
        return false;
    return heap->allocations == heap->fail_at ||
           (heap->fail_on && heap->allocations > heap->fail_at);
}

void *heap_realloc(void *old, size_t bytes, void *user)
{
    struct heap *heap = user;

    if (heap_refuses(heap))
        return NULL;

    union block *block = must(malloc(sizeof *block + bytes));
    block->bytes = bytes;
    memset(block + 1, 0xa5, bytes);
    heap->live_blocks++;
    heap->live_bytes += bytes;
    if (heap->live_bytes > heap->peak_bytes)
        heap->peak_bytes = heap->live_bytes;

    if (old != NULL) {
        size_t old_bytes = ((union block *)old - 1)->bytes;
        memcpy(block + 1, old, old_bytes < bytes ? old_bytes : bytes);
        heap_free(old, heap);
    }
    return block + 1;
}

void heap_free(void *old, void *user)
{
    struct heap *heap = user;

    if (old == NULL)
        return;
    union block *block = (union block *)old - 1;
    heap->live_blocks--;
    heap->live_bytes -= block->bytes;
    free(block);
}

struct ka_config heap_config(struct heap *heap)
{
    struct ka_config config = KA_CONFIG_DEFAULT;

    config.realloc = heap_realloc;
    config.free = heap_free;
    config.alloc_user = heap;
    return config;
}

/* ---- a writer of segments ------------------------------------------------------------------ */

static struct talk talk_between(struct ka_addr client, struct ka_addr server)
{
    return (struct talk){
        .endpoint = {{.addr = client, .port = 49152}, {.addr = server, .port = 80}},
        .isn = {0xffffff00, 0xfffffff0},
        .window = {64240, 65160},
        .ip_id = {0x1000, 0x8000},
        .ttl = {64, 57},
        .now_ns = INT64_C(1700000000) * KA_SECOND,
    };
}

struct talk talk_ipv4(void)
{
    /* Documentation addresses, RFC 5737. */
    const struct ka_addr client = {{[10] = 0xff, 0xff, 192, 0, 2, 1}};
    const struct ka_addr server = {{[10] = 0xff, 0xff, 198, 51, 100, 2}};

    return talk_between(client, server);
}

struct talk talk_ipv6(void)
{
    /* Documentation addresses, RFC 3849. */
    const struct ka_addr client = {{0x20, 0x01, 0x0d, 0xb8, [15] = 1}};
    const struct ka_addr server = {{0x20, 0x01, 0x0d, 0xb8, [7] = 1, [15] = 2}};
    struct talk talk = talk_between(client, server);

    talk.ip_id[KA_CLIENT] = talk.ip_id[KA_SERVER] = 0; /* IPv6 has none */
    return talk;
}

static bool is_ipv6(const struct ka_addr *addr)
{
    static const uint8_t mapped[12] = {[10] = 0xff, 0xff};

    return memcmp(addr->bytes, mapped, sizeof mapped) != 0;
}

struct ka_segment talk_segment(struct talk *talk, int64_t after_ns, enum ka_side from,
                               unsigned flags, uint32_t seq, uint32_t len, uint32_t ack)
{
    const enum ka_side to = from == KA_CLIENT ? KA_SERVER : KA_CLIENT;

    talk->now_ns += after_ns;
    struct ka_segment segment = {
        .time_ns = talk->now_ns,
        .frame = ++talk->frame,
        .from = talk->endpoint[from],
        .to = talk->endpoint[to],
        .seq = talk->isn[from] + seq,
        .ack = flags & KA_ACK ? talk->isn[to] + ack : ack,
        .len = len,
        .window = talk->window[from],
        .ip_id = talk->ip_id[from],
        .flags = (uint8_t)flags,
        .ttl = talk->ttl[from],
        .first_byte = 'x',
        .has_first_byte = len > 0,
    };
    if (!is_ipv6(&segment.from.addr))
        talk->ip_id[from]++;
    if (talk->timestamps) {
        segment.has_timestamps = true;
        segment.tsval = (uint32_t)(talk->now_ns / 1000000);
        segment.tsecr = talk->tsecr[from];
        talk->tsecr[to] = segment.tsval;
    }
    return segment;
}

struct ka_segment talk_unreachable(struct talk *talk, int64_t after_ns,
                                   const struct ka_segment *quoted, uint8_t type, uint8_t code)
{
    struct ka_segment error = *quoted;

    talk->now_ns += after_ns;
    error.time_ns = talk->now_ns;
    error.frame = ++talk->frame;
    error.quoted = true;
    error.icmp_type = type;
    error.icmp_code = code;
    error.icmp_from = quoted->to.addr;
    error.icmp_from.bytes[15] = 254; /* a router in the server's network */
    error.has_first_byte = false;
    error.has_timestamps = false; /* a router need quote no more than 8 bytes of TCP (RFC 792) */
    return error;
}

void talk_handshake(struct talk *talk, struct ka_segment segments[3])
{
    const int64_t ms = KA_SECOND / 1000;

    segments[0] = talk_segment(talk, 0, KA_CLIENT, KA_SYN, 0, 0, 0);
    segments[1] = talk_segment(talk, ms, KA_SERVER, KA_SYN | KA_ACK, 0, 0, 1);
    segments[2] = talk_segment(talk, ms, KA_CLIENT, KA_ACK, 1, 0, 1);
}

/* ---- a recorder of what the engine reports ------------------------------------------------- */

/* Index of the first recorded frame that is not before `frame`. */
static size_t frame_place(const struct recorder *recorder, uint64_t frame)
{
    size_t low = 0;
    size_t high = recorder->frame_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (recorder->frames[middle].frame < frame)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void record_frame(const struct ka_frame *frame, const struct ka_peers *peers, void *user)
{
    struct recorder *recorder = user;
    const size_t place = frame_place(recorder, frame->frame);

    (void)peers;
    recorder->frame_calls++;
    if (place < recorder->frame_count && recorder->frames[place].frame == frame->frame) {
        recorder->frames[place] = *frame;
        return;
    }
    if (recorder->frame_count == recorder->frame_capacity) {
        recorder->frame_capacity =
            recorder->frame_capacity == 0 ? 64 : 2 * recorder->frame_capacity;
        recorder->frames =
            must(realloc(recorder->frames, recorder->frame_capacity * sizeof *recorder->frames));
    }
    memmove(recorder->frames + place + 1, recorder->frames + place,
            (recorder->frame_count - place) * sizeof *recorder->frames);
    recorder->frames[place] = *frame;
    recorder->frame_count++;
}

static void *copy_of(const void *source, size_t bytes)
{
    return source == NULL || bytes == 0 ? NULL : memcpy(must(malloc(bytes)), source, bytes);
}

static void record_connection(const struct ka_connection *connection, void *user)
{
    struct recorder *recorder = user;
    struct ka_connection *copy = copy_of(connection, sizeof *connection);

    copy->detection = copy_of(connection->detection, sizeof *connection->detection);
    for (int side = 0; side < 2; side++)
        copy->keepalive[side] =
            copy_of(connection->keepalive[side], sizeof *connection->keepalive[side]);
    copy->backoff =
        copy_of(connection->backoff, connection->backoffs * sizeof *connection->backoff);
    copy->heartbeat = copy_of(connection->heartbeat, sizeof *connection->heartbeat);
    struct ka_finding *findings =
        copy_of(connection->finding, connection->findings * sizeof *connection->finding);
    for (size_t i = 0; i < connection->findings; i++) {
        findings[i].text = copy_of(findings[i].text, strlen(findings[i].text) + 1);
        findings[i].filter = copy_of(findings[i].filter, strlen(findings[i].filter) + 1);
    }
    copy->finding = findings;

    recorder->connections = must(realloc(recorder->connections, (recorder->connection_count + 1) *
                                                                    sizeof *recorder->connections));
    recorder->connections[recorder->connection_count++] = copy;
}

struct ka_callbacks recorder_callbacks(void)
{
    return (struct ka_callbacks){.frame = record_frame, .connection = record_connection};
}

const struct ka_frame *recorder_frame(const struct recorder *recorder, uint64_t frame)
{
    const size_t place = frame_place(recorder, frame);

    if (place == recorder->frame_count || recorder->frames[place].frame != frame)
        return NULL;
    return &recorder->frames[place];
}

enum ka_tag recorder_tag(const struct recorder *recorder, uint64_t frame)
{
    const struct ka_frame *found = recorder_frame(recorder, frame);

    return found == NULL ? KA_TAG_NONE : found->tag;
}

const struct ka_connection *recorder_connection(const struct recorder *recorder, uint32_t number)
{
    for (size_t i = 0; i < recorder->connection_count; i++)
        if (recorder->connections[i]->number == number)
            return recorder->connections[i];
    return NULL;
}

void recorder_clear(struct recorder *recorder)
{
    for (size_t i = 0; i < recorder->connection_count; i++) {
        struct ka_connection *connection = recorder->connections[i];

        free((void *)connection->detection);
        free((void *)connection->keepalive[KA_CLIENT]);
        free((void *)connection->keepalive[KA_SERVER]);
        free((void *)connection->backoff);
        free((void *)connection->heartbeat);
        for (size_t k = 0; k < connection->findings; k++) {
            free((void *)connection->finding[k].text);
            free((void *)connection->finding[k].filter);
        }
        free((void *)connection->finding);
        free(connection);
    }
    free(recorder->connections);
    free(recorder->frames);
    *recorder = (struct recorder){0};
}
