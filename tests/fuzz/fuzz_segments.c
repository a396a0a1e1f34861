/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fuzz_segments.c: any course of segments through the engine (script_fuzz.h). What it reports must
 * be possible in itself, and the same whether they come one by one or at once, over IPv4 or IPv6,
 * with one address or the other the lower one, with these sequence numbers or others, in one file
 * or in several that are chained; and where there is room for few connections, what is dropped is
 * counted.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "files_fuzz.h"
#include "same_fuzz.h"
#include "script_fuzz.h"
#include "segment_pcap.h"

/* ---- what a report may say ----------------------------------------------------------------- */

static bool is_duration(int64_t duration_ns)
{
    return duration_ns == KA_UNKNOWN || duration_ns >= 0;
}

/* An answer names an earlier probe of the other end, of its own kind. */
static void check_answer(const struct recorder *seen, const struct ka_frame *frame,
                         enum ka_tag probe_tag)
{
    const struct ka_frame *probe = recorder_frame(seen, frame->ack.probe_frame);

    assert(probe && probe->tag == probe_tag);
    assert(probe->frame < frame->frame && probe->connection == frame->connection);
    assert(probe->from != frame->from);
    assert(frame->ack.rtt_ns >= 0);
}

static void check_probe(const struct ka_frame *frame)
{
    assert(frame->probe.number >= 1 && is_duration(frame->probe.idle_ns));
    assert(frame->probe.answered_frame == 0 || frame->probe.answered_frame > frame->frame);
}

static void check_frame(const struct recorder *seen, const struct ka_frame *frame)
{
    assert(frame->tag == KA_TAG_NONE || frame->rule);
    switch (frame->tag) {
    case KA_TAG_KEEPALIVE_PROBE:
    case KA_TAG_WINDOW_PROBE:
    case KA_TAG_HEARTBEAT:
        check_probe(frame);
        break;
    case KA_TAG_KEEPALIVE_ACK:
        check_answer(seen, frame, KA_TAG_KEEPALIVE_PROBE);
        break;
    case KA_TAG_WINDOW_PROBE_ACK:
        check_answer(seen, frame, KA_TAG_WINDOW_PROBE);
        break;
    case KA_TAG_HEARTBEAT_ACK:
        check_answer(seen, frame, KA_TAG_HEARTBEAT);
        break;
    case KA_TAG_RETRANSMISSION:
        assert(frame->retransmission.step >= 1 && is_duration(frame->retransmission.gap_ns));
        assert(frame->retransmission.ratio >= 0);
        assert(frame->retransmission.original_frame < frame->frame);
        break;
    case KA_TAG_FINAL_RST:
    case KA_TAG_PEER_RST:
    case KA_TAG_ABORT_RST:
        assert(is_duration(frame->rst.latency_ns) && frame->rst.first_frame < frame->frame);
        break;
    case KA_TAG_ICMP_UNREACHABLE:
        assert(frame->icmp.quoted_frame < frame->frame);
        break;
    case KA_TAG_NONE:
    case KA_TAG_COUNT:
        break;
    }
}

static void check_detection(const struct ka_connection *report)
{
    const struct ka_detection *found = report->detection;
    bool is_dead = report->outcome != KA_OUTCOME_ALIVE && report->outcome != KA_OUTCOME_CLOSED &&
                   report->outcome != KA_OUTCOME_ABORTED && report->outcome != KA_OUTCOME_UNDECIDED;

    if (!found) {
        assert(!is_dead || report->outcome == KA_OUTCOME_CONNECT_FAILED);
        return;
    }
    assert(is_dead || report->outcome == KA_OUTCOME_UNDECIDED);
    assert(found->declared == is_dead);
    assert(is_duration(found->latency_ns) && is_duration(found->latency_min_ns));
    assert(is_duration(found->latency_expected_ns));
    if (!found->declared)
        assert(found->declared_frame == 0 && found->latency_ns == KA_UNKNOWN);
    if (found->declared_by == KA_DECLARED_INFERRED)
        assert(found->declared_frame == 0);
}

static void check_estimate(const struct ka_estimate *estimate)
{
    if (estimate->nominal_ns == KA_UNKNOWN)
        return;
    assert(estimate->min_ns <= estimate->nominal_ns && estimate->nominal_ns <= estimate->max_ns);
    assert(estimate->min_ns >= 0 && is_duration(estimate->observed_ns));
}

static void check_keepalive(const struct ka_keepalive *keepalive)
{
    if (!keepalive)
        return;
    check_estimate(&keepalive->idle);
    check_estimate(&keepalive->intvl);
    assert(keepalive->answered + keepalive->unanswered <= keepalive->probes);
    assert(is_duration(keepalive->rtt_min_ns) && keepalive->rtt_min_ns <= keepalive->rtt_max_ns);
    assert(keepalive->rtt_min_ns <= keepalive->rtt_median_ns &&
           keepalive->rtt_median_ns <= keepalive->rtt_max_ns);
}

/* `segments`: NULL where time steps back. */
static void check_backoff(const struct ka_connection *report, const struct ka_segment *segments)
{
    for (size_t i = 0; i < report->backoffs; i++) {
        const struct ka_backoff *row = &report->backoff[i];

        assert(row->first_frame <= row->last_frame && row->steps >= 1);
        assert(is_duration(row->first_gap_ns) && is_duration(row->last_gap_ns));
        assert(is_duration(row->cap_ns));
        if (segments && row->give_up_ns != KA_UNKNOWN)
            assert(row->give_up_ns >= segments[row->last_frame - 1].time_ns);
    }
}

/* The tags counted are the tags shown. */
static void check_counts(const struct recorder *seen, const struct ka_connection *report)
{
    uint64_t counts[KA_TAG_COUNT] = {0};

    for (size_t i = 0; i < seen->frame_count; i++)
        if (seen->frames[i].connection == report->number)
            counts[seen->frames[i].tag]++;
    for (int tag = KA_TAG_NONE + 1; tag < KA_TAG_COUNT; tag++) {
        assert(counts[tag] == report->counts[tag]);
    }
}

static bool is_analysed(const struct ka_segment *segment)
{
    return segment->time_ns >= KA_TIME_MIN && segment->time_ns <= KA_TIME_MAX;
}

static bool in_time_order(const struct ka_segment *segments, size_t count)
{
    for (size_t i = 1; i < count; i++)
        if (segments[i].time_ns < segments[i - 1].time_ns)
            return false;
    return true;
}

static void check_reports(const struct recorder *seen, const struct ka_segment *segments,
                          size_t count)
{
    const struct ka_segment *ordered = in_time_order(segments, count) ? segments : NULL;
    uint64_t packets = 0, fed = 0;

    for (size_t i = 0; i < count; i++)
        fed += is_analysed(&segments[i]) && !segments[i].quoted;
    for (size_t i = 0; i < seen->frame_count; i++) {
        const struct ka_frame *frame = &seen->frames[i];

        assert(frame->frame >= 1 && frame->frame <= count);
        assert(is_analysed(&segments[frame->frame - 1]));
        assert(frame->time_ns == segments[frame->frame - 1].time_ns);
        check_frame(seen, frame);
    }
    for (size_t i = 0; i < seen->connection_count; i++) {
        const struct ka_connection *report = seen->connections[i];

        assert(report->number == i && report->first_frame <= report->last_frame);
        assert(report->first_ns <= report->last_ns);
        packets += report->packets;
        check_detection(report);
        check_keepalive(report->keepalive[KA_CLIENT]);
        check_keepalive(report->keepalive[KA_SERVER]);
        check_backoff(report, ordered);
        check_counts(seen, report);
    }
    assert(packets == fed);
}

/* ---- two tellings ---------------------------------------------------------------------- */

/* Feed the segments `at_once` at a time, with a heap that counts. */
static void play(struct recorder *recorder, const struct ka_segment *segments, size_t count,
                 size_t at_once)
{
    struct heap heap = {0};
    struct ka_config config = heap_config(&heap);
    const struct ka_callbacks callbacks = recorder_callbacks();
    enum ka_status status;
    struct ka *ka;

    config.hash_key[0] = at_once;
    ka = ka_new(&config, &callbacks, recorder);
    assert(ka);
    for (size_t fed = 0; fed < count; fed += at_once) {
        status = ka_feed(ka, segments + fed, count - fed < at_once ? count - fed : at_once);
        assert(status == KA_OK);
    }
    assert(ka_memory(ka) == heap.live_bytes);
    status = ka_finish(ka);
    assert(status == KA_OK);
    assert(ka_memory(ka) == heap.live_bytes && ka_connections(ka) == recorder->connection_count);
    ka_free(ka);
    assert(heap.live_blocks == 0 && heap.live_bytes == 0);
}

/* ---- with little room ---------------------------------------------------------------------- */

struct crowd {
    uint64_t reports, next_number;
};

static void on_connection(const struct ka_connection *report, void *user)
{
    struct crowd *crowd = user;

    assert(report->number >= crowd->next_number);
    assert(report->first_ns <= report->last_ns && report->first_frame <= report->last_frame);
    check_detection(report);
    crowd->next_number = report->number + 1;
    crowd->reports++;
}

/* At most so many connections: what is dropped is counted, the others are told in order. */
static void play_crowded(const struct ka_segment *segments, size_t count, uint32_t most)
{
    static const struct ka_callbacks callbacks = {NULL, on_connection};
    struct heap heap = {0};
    struct ka_config config = heap_config(&heap);
    struct crowd crowd = {0};
    enum ka_status status;
    struct ka *ka;

    config.max_connections = most;
    config.max_memory_bytes = KA_MEMORY_MIN;
    ka = ka_new(&config, &callbacks, &crowd);
    assert(ka);
    status = ka_feed(ka, segments, count);
    assert(status == KA_OK);
    assert(ka_connections(ka) - ka_dropped(ka) <= most);
    status = ka_finish(ka);
    assert(status == KA_OK);
    assert(crowd.reports == ka_connections(ka) - ka_dropped(ka));
    assert(crowd.next_number <= ka_connections(ka));
    ka_free(ka);
    assert(heap.live_blocks == 0 && heap.live_bytes == 0);
    assert(heap.peak_bytes <= KA_MEMORY_MIN);
}

/* ---- as files ------------------------------------------------------------------------------ */

/* A datagram without payload from nowhere to nowhere, as there are others in any capture. */
static void write_other(FILE *file, int64_t time_ns)
{
    const struct ka_segment dns = {
        .from = {.addr = {{[10] = 0xff, 0xff, 192, 0, 2, 9}}, .port = 53},
        .to = {.addr = {{[10] = 0xff, 0xff, 192, 0, 2, 8}}, .port = 53},
        .time_ns = time_ns,
        .ttl = 64,
    };

    pcap_write_udp(file, &dns);
}

static bool fit_into_pcap(const struct ka_segment *segments, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!pcap_can_hold(&segments[i]))
            return false;
    return true;
}

/* The segments as a capture, with other packets between them, that is whole or in pieces. */
static void play_files(const struct ka_segment *segments, size_t count)
{
    char *bytes = NULL;
    size_t length = 0;
    FILE *file = open_memstream(&bytes, &length);

    assert(file);
    pcap_write_header(file);
    for (size_t i = 0; i < count; i++) {
        if (segments[i].window % 4 == 0)
            write_other(file, segments[i].time_ns);
        pcap_write_segment(file, &segments[i]);
    }
    fclose(file);
    files_check((const uint8_t *)bytes, length);
    free(bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    static const struct retelling otherwise = {
        .ipv6 = true, .swapped = true, .shift = {0x12345678, 0x9abcdef0}};
    static struct ka_segment segments[FUZZ_SEGMENTS_MAX];
    struct recorder plain = {0}, other = {0};
    const size_t count = script_segments(bytes, length, (struct retelling){0}, segments);

    play(&plain, segments, count, 1);
    check_reports(&plain, segments, count);
    script_segments(bytes, length, otherwise, segments);
    play(&other, segments, count, FUZZ_SEGMENTS_MAX);
    same_reports(&plain, &other);
    if (fit_into_pcap(segments, count))
        play_files(segments, count);
    play_crowded(segments, count, 1 + (uint32_t)(length % 3));
    recorder_clear(&other);
    recorder_clear(&plain);
    return 0;
}
