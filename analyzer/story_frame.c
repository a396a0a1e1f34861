/* SPDX-License-Identifier: GPL-2.0-or-later */
/* story_frame.c: what a tagged frame is, in one line. */
#include <inttypes.h>

#include "story.h"
#include "units.h"

static void probe_words(struct prose *prose, const struct ka_frame *frame)
{
    char idle[UNITS_TEXT_BYTES];

    prose_add(prose, "no. %" PRIu32, frame->probe.number);
    if (frame->probe.idle_ns != KA_UNKNOWN)
        prose_add(prose, ", silent %s", units_duration(idle, frame->probe.idle_ns));
    if (frame->probe.answered_frame)
        prose_add(prose, ", answer %" PRIu64, frame->probe.answered_frame);
    else
        prose_add(prose, ", unanswered");
}

static void ack_words(struct prose *prose, const struct ka_frame *frame)
{
    char rtt[UNITS_TEXT_BYTES];

    if (frame->ack.probe_frame)
        prose_add(prose, "answers frame %" PRIu64, frame->ack.probe_frame);
    if (frame->ack.rtt_ns != KA_UNKNOWN)
        prose_add(prose, " after %s", units_duration(rtt, frame->ack.rtt_ns));
}

static void retransmission_words(struct prose *prose, const struct ka_frame *frame)
{
    char gap[UNITS_TEXT_BYTES];

    prose_add(prose, "%s no. %" PRIu32, ka_kind_name(frame->retransmission.kind),
              frame->retransmission.step);
    if (frame->retransmission.original_frame)
        prose_add(prose, " of frame %" PRIu64, frame->retransmission.original_frame);
    if (frame->retransmission.gap_ns != KA_UNKNOWN)
        prose_add(prose, ", +%s", units_duration(gap, frame->retransmission.gap_ns));
    if (frame->retransmission.ratio > 0)
        prose_add(prose, " (x%.2f)", frame->retransmission.ratio);
}

static void rst_words(struct prose *prose, const struct ka_frame *frame)
{
    char latency[UNITS_TEXT_BYTES];

    if (frame->rst.after_probes)
        prose_add(prose, "%" PRIu32 " unanswered", frame->rst.after_probes);
    if (frame->rst.latency_ns != KA_UNKNOWN)
        prose_add(prose, "%ssilent %s", frame->rst.after_probes ? ", " : "",
                  units_duration(latency, frame->rst.latency_ns));
}

void story_of_frame(struct prose *prose, const struct ka_frame *frame)
{
    switch (frame->tag) {
    case KA_TAG_KEEPALIVE_PROBE:
    case KA_TAG_WINDOW_PROBE:
    case KA_TAG_HEARTBEAT:
        probe_words(prose, frame);
        break;
    case KA_TAG_KEEPALIVE_ACK:
    case KA_TAG_WINDOW_PROBE_ACK:
    case KA_TAG_HEARTBEAT_ACK:
        ack_words(prose, frame);
        break;
    case KA_TAG_RETRANSMISSION:
        retransmission_words(prose, frame);
        break;
    case KA_TAG_FINAL_RST:
    case KA_TAG_PEER_RST:
    case KA_TAG_ABORT_RST:
        rst_words(prose, frame);
        break;
    case KA_TAG_ICMP_UNREACHABLE:
        prose_add(prose, "type %u code %u", frame->icmp.type, frame->icmp.code);
        if (frame->icmp.quoted_frame)
            prose_add(prose, " about frame %" PRIu64, frame->icmp.quoted_frame);
        break;
    case KA_TAG_NONE:
    case KA_TAG_COUNT:
        break;
    }
}
