/* SPDX-License-Identifier: GPL-2.0-or-later */
/* same_fuzz.c: the same course of events, told twice, is reported in the same way. */
#include "same_fuzz.h"

#include <string.h>

#include "fuzz.h"

static void same_frame(const struct ka_frame *a, const struct ka_frame *b)
{
    assert(a->frame == b->frame && a->tag == b->tag && a->from == b->from);
    assert(a->connection == b->connection && a->rule == b->rule);
    switch (a->tag) {
    case KA_TAG_KEEPALIVE_PROBE:
    case KA_TAG_WINDOW_PROBE:
    case KA_TAG_HEARTBEAT:
        assert(a->probe.number == b->probe.number && a->probe.idle_ns == b->probe.idle_ns);
        assert(a->probe.answered_frame == b->probe.answered_frame);
        break;
    case KA_TAG_KEEPALIVE_ACK:
    case KA_TAG_WINDOW_PROBE_ACK:
    case KA_TAG_HEARTBEAT_ACK:
        assert(a->ack.probe_frame == b->ack.probe_frame && a->ack.rtt_ns == b->ack.rtt_ns);
        break;
    case KA_TAG_RETRANSMISSION:
        assert(a->retransmission.kind == b->retransmission.kind);
        assert(a->retransmission.step == b->retransmission.step);
        assert(a->retransmission.gap_ns == b->retransmission.gap_ns);
        assert(a->retransmission.original_frame == b->retransmission.original_frame);
        break;
    case KA_TAG_FINAL_RST:
    case KA_TAG_PEER_RST:
    case KA_TAG_ABORT_RST:
        assert(a->rst.after_probes == b->rst.after_probes);
        assert(a->rst.latency_ns == b->rst.latency_ns);
        break;
    case KA_TAG_ICMP_UNREACHABLE:
        assert(a->icmp.quoted_frame == b->icmp.quoted_frame);
        break;
    case KA_TAG_NONE:
    case KA_TAG_COUNT:
        break;
    }
}

static void same_detection(const struct ka_detection *a, const struct ka_detection *b)
{
    assert((a != NULL) == (b != NULL));
    if (!a)
        return;
    assert(a->detector == b->detector && a->mechanism == b->mechanism);
    assert(a->declared == b->declared && a->declared_ns == b->declared_ns);
    assert(a->last_heard_frame == b->last_heard_frame);
    assert(a->first_unanswered_frame == b->first_unanswered_frame);
    assert(a->latency_ns == b->latency_ns && a->latency_min_ns == b->latency_min_ns);
    assert(a->expected_ns == b->expected_ns && a->unanswered == b->unanswered);
    assert(a->unreachable_messages == b->unreachable_messages);
}

static void same_keepalive(const struct ka_keepalive *a, const struct ka_keepalive *b)
{
    assert((a != NULL) == (b != NULL));
    if (!a)
        return;
    assert(a->idle.nominal_ns == b->idle.nominal_ns && a->intvl.nominal_ns == b->intvl.nominal_ns);
    assert(a->count == b->count && a->preset == b->preset);
    assert(a->probes == b->probes && a->answered == b->answered);
}

static void same_findings(const struct ka_connection *a, const struct ka_connection *b)
{
    assert(a->findings == b->findings);
    for (size_t i = 0; i < a->findings; i++) {
        const struct ka_finding *left = &a->finding[i], *right = &b->finding[i];

        assert(left->code == right->code && left->about == right->about);
        assert(left->frame_count == right->frame_count);
        assert(memcmp(left->frames, right->frames, left->frame_count * sizeof left->frames[0]) ==
               0);
    }
}

static void same_connection(const struct ka_connection *a, const struct ka_connection *b)
{
    assert(a->number == b->number && a->outcome == b->outcome);
    assert(a->endpoint[KA_CLIENT].port == b->endpoint[KA_CLIENT].port);
    assert(a->first_frame == b->first_frame && a->last_frame == b->last_frame);
    assert(a->packets == b->packets && a->bytes == b->bytes);
    assert(memcmp(a->counts, b->counts, sizeof a->counts) == 0);
    assert(a->reset_frame == b->reset_frame && a->reset_by == b->reset_by);
    same_detection(a->detection, b->detection);
    same_keepalive(a->keepalive[KA_CLIENT], b->keepalive[KA_CLIENT]);
    same_keepalive(a->keepalive[KA_SERVER], b->keepalive[KA_SERVER]);
    same_findings(a, b);
    assert(a->backoffs == b->backoffs && a->backoffs_dropped == b->backoffs_dropped);
    assert((a->heartbeat != NULL) == (b->heartbeat != NULL));
    for (size_t i = 0; i < a->backoffs; i++)
        assert(a->backoff[i].sender == b->backoff[i].sender &&
               a->backoff[i].first_frame == b->backoff[i].first_frame &&
               a->backoff[i].steps == b->backoff[i].steps &&
               a->backoff[i].ended == b->backoff[i].ended &&
               a->backoff[i].give_up_ns == b->backoff[i].give_up_ns);
}

void same_reports(const struct recorder *a, const struct recorder *b)
{
    assert(a->frame_count == b->frame_count && a->connection_count == b->connection_count);
    for (size_t i = 0; i < a->frame_count; i++)
        same_frame(&a->frames[i], &b->frames[i]);
    for (size_t i = 0; i < a->connection_count; i++)
        same_connection(a->connections[i], b->connections[i]);
}
