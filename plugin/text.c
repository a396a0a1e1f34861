/* SPDX-License-Identifier: GPL-2.0-or-later */
/* text.c: endpoints, durations and whole frames in words. */
#include "plugin.h"

#include <epan/to_str.h>

#include <string.h>

char *endpoint_text(wmem_allocator_t *scope, const struct ka_endpoint *endpoint)
{
    static const uint8_t v4_mapped[12] = {[10] = 0xff, [11] = 0xff};
    const uint8_t *bytes = endpoint->addr.bytes;
    address addr;
    char name[WS_INET6_ADDRSTRLEN + 1];

    if (memcmp(bytes, v4_mapped, sizeof v4_mapped) == 0)
        set_address(&addr, AT_IPv4, 4, bytes + sizeof v4_mapped);
    else
        set_address(&addr, AT_IPv6, 16, bytes);
    address_to_str_buf(&addr, name, sizeof name);
    return wmem_strdup_printf(scope, addr.type == AT_IPv4 ? "%s:%u" : "[%s]:%u", name,
                              endpoint->port);
}

char *duration_text(wmem_allocator_t *scope, int64_t ns)
{
    if (ns == KA_UNKNOWN)
        return wmem_strdup(scope, "?");

    double s = (double)ns / KA_SECOND;
    if (s < 0.001)
        return wmem_strdup_printf(scope, "%.0f \xc2\xb5s", s * 1e6);
    if (s < 1)
        return wmem_strdup_printf(scope, "%.1f ms", s * 1e3);
    return wmem_strdup_printf(scope, "%.1f s", s);
}

/*
 * " of 9" while a probe belongs to the series that found the peer dead; of the nominal count where
 * the capture does not show how many there were to be; else "".
 */
static const char *of_count(const struct view *view, packet_info *pinfo)
{
    const struct ka_detection *detection = view->report != NULL ? view->report->detection : NULL;
    const struct ka_keepalive *keepalive;

    if (detection != NULL && view->frame->frame >= detection->first_unanswered_frame &&
        view->frame->from == detection->detector) {
        keepalive = view->report->keepalive[detection->detector];
        if (keepalive != NULL && keepalive->count != 0)
            return wmem_strdup_printf(pinfo->pool, " of %u", keepalive->count);
    }
    if (view->nominal == NULL || view->nominal->count == 0 ||
        view->frame->probe.answered_frame != 0)
        return "";
    return wmem_strdup_printf(pinfo->pool, " of nominally %u", view->nominal->count);
}

static const char *probe_summary(const struct view *view, packet_info *pinfo, const char *what,
                                 const char *count)
{
    const struct ka_frame *frame = view->frame;

    if (frame->probe.idle_ns == KA_UNKNOWN)
        return wmem_strdup_printf(pinfo->pool, "%s %u%s", what, frame->probe.number, count);
    return wmem_strdup_printf(pinfo->pool, "%s %u%s, peer last heard %s ago", what,
                              frame->probe.number, count,
                              duration_text(pinfo->pool, frame->probe.idle_ns));
}

static const char *answer_summary(const struct view *view, packet_info *pinfo, const char *what)
{
    const struct ka_frame *frame = view->frame;

    if (frame->ack.rtt_ns == KA_UNKNOWN)
        return what;
    return wmem_strdup_printf(pinfo->pool, "%s after %s", what,
                              duration_text(pinfo->pool, frame->ack.rtt_ns));
}

static const char *retransmission_summary(const struct view *view, packet_info *pinfo)
{
    const struct ka_frame *frame = view->frame;
    const char *what = "Retransmission";

    switch (frame->retransmission.kind) {
    case KA_KIND_SYN:
        what = "SYN retransmission";
        break;
    case KA_KIND_FIN:
        what = "FIN retransmission";
        break;
    case KA_KIND_TLP:
        what = "Tail-loss probe";
        break;
    case KA_KIND_DATA:
    case KA_KIND_WINDOW_PROBE:
    case KA_KIND_COUNT:
        break;
    }
    if (frame->retransmission.gap_ns == KA_UNKNOWN)
        return wmem_strdup_printf(pinfo->pool, "%s %u", what, frame->retransmission.step);
    return wmem_strdup_printf(pinfo->pool, "%s %u, %s after the previous copy", what,
                              frame->retransmission.step,
                              duration_text(pinfo->pool, frame->retransmission.gap_ns));
}

static const char *rst_summary(const struct view *view, packet_info *pinfo, const char *what)
{
    const struct ka_frame *frame = view->frame;
    wmem_strbuf_t *text = wmem_strbuf_new(pinfo->pool, what);

    if (frame->rst.after_probes > 0)
        wmem_strbuf_append_printf(text, " after %u unanswered", frame->rst.after_probes);
    if (frame->rst.latency_ns != KA_UNKNOWN)
        wmem_strbuf_append_printf(text, ", peer last heard %s ago",
                                  duration_text(pinfo->pool, frame->rst.latency_ns));
    return wmem_strbuf_get_str(text);
}

const char *view_summary(const struct view *view, packet_info *pinfo)
{
    if (view->frame == NULL)
        return NULL;
    switch (view->frame->tag) {
    case KA_TAG_FINAL_RST:
        return rst_summary(view, pinfo, "Gave up");
    case KA_TAG_PEER_RST:
        return rst_summary(view, pinfo, "Peer has no such connection");
    case KA_TAG_ABORT_RST:
        return "Aborted";
    case KA_TAG_WINDOW_PROBE:
        return probe_summary(view, pinfo, "Window probe", "");
    case KA_TAG_WINDOW_PROBE_ACK:
        return answer_summary(view, pinfo, "Window probe answered");
    case KA_TAG_KEEPALIVE_PROBE:
        return probe_summary(view, pinfo, "Keep-alive probe", of_count(view, pinfo));
    case KA_TAG_KEEPALIVE_ACK:
        return answer_summary(view, pinfo, "Keep-alive answered");
    case KA_TAG_RETRANSMISSION:
        return retransmission_summary(view, pinfo);
    case KA_TAG_HEARTBEAT:
        return probe_summary(view, pinfo, "Heartbeat", "");
    case KA_TAG_HEARTBEAT_ACK:
        return answer_summary(view, pinfo, "Heartbeat answered");
    case KA_TAG_ICMP_UNREACHABLE:
        return wmem_strdup_printf(pinfo->pool, "ICMP error about connection %u",
                                  (unsigned)view->frame->connection);
    case KA_TAG_NONE:
    case KA_TAG_COUNT:
        break;
    }
    return NULL;
}

/* The segment that retransmissions repeat is not counted among them. */
static bool is_counted(enum ka_tag tag)
{
    return tag == KA_TAG_KEEPALIVE_PROBE || tag == KA_TAG_WINDOW_PROBE ||
           tag == KA_TAG_RETRANSMISSION;
}

const char *silence_text(const struct view *view, packet_info *pinfo)
{
    uint32_t unanswered = view->report->detection->unanswered;
    uint32_t follow = unanswered - (view->frame != NULL && is_counted(view->frame->tag));

    if (follow == 0)
        return "The peer does not answer this";
    return wmem_strdup_printf(pinfo->pool, "The peer does not answer this nor the %u that follow",
                              follow);
}

const char *death_text(wmem_allocator_t *scope, const struct report *report)
{
    const struct ka_detection *detection = report->detection;
    bool heard = detection->latency_ns != KA_UNKNOWN && detection->last_heard_frame != 0;
    int64_t after_ns = heard ? detection->latency_ns : detection->latency_min_ns;
    wmem_strbuf_t *text =
        wmem_strbuf_new(scope, endpoint_text(scope, &report->endpoint[detection->detector]));

    if (detection->mechanism == KA_MECHANISM_PEER_RESET)
        wmem_strbuf_append(text, " was told by a RST that its peer has no such connection");
    else
        wmem_strbuf_append_printf(text, " gave up after %u unanswered %s%s", detection->unanswered,
                                  ka_mechanism_check(detection->mechanism),
                                  detection->unanswered == 1 ? "" : "s");
    if (after_ns != KA_UNKNOWN)
        wmem_strbuf_append_printf(text, ", %s after %s", duration_text(scope, after_ns),
                                  heard ? "the peer was last heard"
                                        : "the first unanswered segment");
    wmem_strbuf_append_printf(text, " (%s)", ka_outcome_name(report->outcome));
    return wmem_strbuf_get_str(text);
}
