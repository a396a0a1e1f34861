/* SPDX-License-Identifier: GPL-2.0-or-later */
/* draw.c: one frame's results as protocol tree items and expert items. */
#include "plugin.h"

/* Where items go. Everything drawn is marked generated: none of it is in the packet's bytes. */
struct canvas {
    const struct registered *registered;
    const struct view *view;
    tvbuff_t *tvb;
    packet_info *pinfo;
};

/* ---- one item; values that are not known draw nothing -------------------------------------- */

static proto_item *add_text(const struct canvas *canvas, proto_tree *tree, enum ka_field field,
                            const char *value)
{
    proto_item *item =
        proto_tree_add_string(tree, canvas->registered->field[field], canvas->tvb, 0, 0, value);
    proto_item_set_generated(item);
    return item;
}

/* A word of one of the core's lists, with its meaning behind it. */
static void add_kind(const struct canvas *canvas, proto_tree *tree, enum ka_field field,
                     const char *name, const char *meaning)
{
    proto_item_append_text(add_text(canvas, tree, field, name), " (%s)", meaning);
}

static void add_number(const struct canvas *canvas, proto_tree *tree, enum ka_field field,
                       uint32_t value)
{
    proto_item_set_generated(
        proto_tree_add_uint(tree, canvas->registered->field[field], canvas->tvb, 0, 0, value));
}

static void add_frame(const struct canvas *canvas, proto_tree *tree, enum ka_field field,
                      uint64_t frame)
{
    if (frame != 0)
        add_number(canvas, tree, field, (uint32_t)frame);
}

static void add_time(const struct canvas *canvas, proto_tree *tree, enum ka_field field, int64_t ns)
{
    if (ns == KA_UNKNOWN)
        return;

    nstime_t value = {.secs = ns / KA_SECOND, .nsecs = (int)(ns % KA_SECOND)};
    proto_item_set_generated(
        proto_tree_add_time(tree, canvas->registered->field[field], canvas->tvb, 0, 0, &value));
}

/* ---- the tagged frame ---------------------------------------------------------------------- */

static void draw_retransmission(const struct canvas *canvas, proto_tree *tree)
{
    const struct ka_frame *frame = canvas->view->frame;

    add_kind(canvas, tree, KA_FIELD_RETRANSMISSION_KIND, ka_kind_name(frame->retransmission.kind),
             ka_kind_meaning(frame->retransmission.kind));
    add_number(canvas, tree, KA_FIELD_RETRANSMISSION_STEP, frame->retransmission.step);
    add_time(canvas, tree, KA_FIELD_RETRANSMISSION_GAP, frame->retransmission.gap_ns);
    if (frame->retransmission.ratio > 0)
        proto_item_set_generated(
            proto_tree_add_double(tree, canvas->registered->field[KA_FIELD_RETRANSMISSION_RATIO],
                                  canvas->tvb, 0, 0, frame->retransmission.ratio));
    add_frame(canvas, tree, KA_FIELD_RETRANSMISSION_ORIGINAL, frame->retransmission.original_frame);
}

static void draw_frame(const struct canvas *canvas, proto_tree *tree)
{
    const struct ka_frame *frame = canvas->view->frame;

    add_kind(canvas, tree, KA_FIELD_TAG, ka_tag_name(frame->tag), ka_tag_meaning(frame->tag));
    if (frame->rule != NULL)
        add_kind(canvas, tree, KA_FIELD_RULE, frame->rule->name, frame->rule->meaning);
    switch (frame->tag) {
    case KA_TAG_KEEPALIVE_PROBE:
    case KA_TAG_WINDOW_PROBE:
    case KA_TAG_HEARTBEAT:
        add_number(canvas, tree, KA_FIELD_PROBE_NUMBER, frame->probe.number);
        add_time(canvas, tree, KA_FIELD_PROBE_IDLE, frame->probe.idle_ns);
        if (canvas->view->links == NULL || canvas->view->links->answer == 0)
            add_frame(canvas, tree, KA_FIELD_ACK_FRAME, frame->probe.answered_frame);
        break;
    case KA_TAG_KEEPALIVE_ACK:
    case KA_TAG_WINDOW_PROBE_ACK:
    case KA_TAG_HEARTBEAT_ACK:
        add_frame(canvas, tree, KA_FIELD_PROBE_FRAME, frame->ack.probe_frame);
        add_time(canvas, tree, KA_FIELD_ACK_RTT, frame->ack.rtt_ns);
        break;
    case KA_TAG_RETRANSMISSION:
        draw_retransmission(canvas, tree);
        break;
    case KA_TAG_FINAL_RST:
    case KA_TAG_PEER_RST:
    case KA_TAG_ABORT_RST:
        add_number(canvas, tree, KA_FIELD_RST_AFTER_PROBES, frame->rst.after_probes);
        add_time(canvas, tree, KA_FIELD_RST_LATENCY, frame->rst.latency_ns);
        add_frame(canvas, tree, KA_FIELD_RST_FIRST, frame->rst.first_frame);
        break;
    case KA_TAG_ICMP_UNREACHABLE:
        add_frame(canvas, tree, KA_FIELD_ICMP_QUOTED, frame->icmp.quoted_frame);
        break;
    case KA_TAG_NONE:
    case KA_TAG_COUNT:
        break;
    }
}

static void draw_links(const struct canvas *canvas, proto_tree *tree)
{
    const struct links *links = canvas->view->links;

    if (links == NULL)
        return;
    add_frame(canvas, tree, KA_FIELD_ACK_FRAME, links->answer);
    add_frame(canvas, tree, KA_FIELD_RETRANSMISSION_NEXT, links->next_copy);
    add_frame(canvas, tree, KA_FIELD_RST_FRAME, links->rst);
    add_frame(canvas, tree, KA_FIELD_ICMP_FRAME, links->icmp);
}

/* ---- findings ------------------------------------------------------------------------------ */

static bool is_evidence(const struct ka_finding *finding, uint32_t frame)
{
    for (size_t i = 0; i < finding->frame_count; i++)
        if (finding->frames[i] == frame)
            return true;
    return false;
}

/*
 * The findings that this frame is evidence of: each a subtree. The last of the evidence has the
 * expert item, so that Wireshark's sums count findings.
 */
static void draw_evidence(const struct canvas *canvas, proto_tree *parent)
{
    expert_field *expert = (expert_field *)canvas->registered->expert;
    const struct report *report = canvas->view->report;

    for (size_t i = 0; report != NULL && i < report->findings; i++) {
        const struct ka_finding *finding = &report->finding[i];
        proto_item *item;
        proto_tree *tree;

        if (!is_evidence(finding, canvas->pinfo->num))
            continue;
        tree = proto_tree_add_subtree_format(parent, canvas->tvb, 0, 0,
                                             canvas->registered->tree[KA_TREE_FINDING], &item,
                                             "Finding: %s", ka_finding_meaning(finding->code));
        proto_item_set_generated(item);
        add_kind(canvas, tree, KA_FIELD_FINDING, ka_finding_name(finding->code),
                 ka_finding_meaning(finding->code));
        add_kind(canvas, tree, KA_FIELD_FINDING_SEVERITY, ka_severity_name(finding->severity),
                 ka_severity_meaning(finding->severity));
        add_text(canvas, tree, KA_FIELD_FINDING_TEXT, finding->text);
        add_text(canvas, tree, KA_FIELD_FINDING_FILTER, finding->filter);
        if (finding->frames[finding->frame_count - 1] == canvas->pinfo->num)
            expert_add_info_format(canvas->pinfo, item,
                                   &expert[KA_EXPERT_FINDING + (int)finding->code], "%s",
                                   finding->text);
    }
}

/* On every frame of the connection: what was found, and where. */
static void draw_findings(const struct canvas *canvas, proto_tree *parent,
                          const struct report *report)
{
    for (size_t i = 0; i < report->findings; i++) {
        const struct ka_finding *finding = &report->finding[i];
        proto_item *item =
            add_text(canvas, parent, KA_FIELD_CONNECTION_FINDING, ka_finding_name(finding->code));
        proto_tree *tree =
            proto_item_add_subtree(item, canvas->registered->tree[KA_TREE_CONNECTION_FINDING]);

        proto_item_append_text(item, " (%s)", ka_finding_meaning(finding->code));
        for (size_t j = 0; j < finding->frame_count; j++)
            add_frame(canvas, tree, KA_FIELD_EVIDENCE_FRAME, finding->frames[j]);
    }
}

/* ---- the connection ------------------------------------------------------------------------ */

/* By the inferred settings, or by the nominal ones where the capture does not show them all. */
static int64_t expected_latency_ns(const struct view *view, const struct ka_detection *detection)
{
    const struct ka_preset *nominal = view->nominal;

    if (detection->latency_expected_ns != KA_UNKNOWN || nominal == NULL ||
        detection->mechanism != KA_MECHANISM_KEEPALIVE || nominal->idle_s == 0 ||
        nominal->intvl_s == 0)
        return detection->latency_expected_ns;
    return (nominal->idle_s + (int64_t)nominal->intvl_s * nominal->count) * KA_SECOND;
}

static void draw_detection(const struct canvas *canvas, proto_tree *tree,
                           const struct report *report)
{
    const struct ka_detection *detection = report->detection;

    if (detection == NULL)
        return;
    add_text(canvas, tree, KA_FIELD_DETECTOR,
             endpoint_text(canvas->pinfo->pool, &report->endpoint[detection->detector]));
    add_kind(canvas, tree, KA_FIELD_MECHANISM, ka_mechanism_name(detection->mechanism),
             ka_mechanism_meaning(detection->mechanism));
    if (detection->declared) {
        add_kind(canvas, tree, KA_FIELD_DECLARED_BY, ka_declared_name(detection->declared_by),
                 ka_declared_meaning(detection->declared_by));
        add_time(canvas, tree, KA_FIELD_LATENCY, detection->latency_ns);
        add_time(canvas, tree, KA_FIELD_LATENCY_MIN, detection->latency_min_ns);
    } else {
        add_time(canvas, tree, KA_FIELD_EXPECTED_TIME, detection->expected_ns);
    }
    add_time(canvas, tree, KA_FIELD_LATENCY_EXPECTED, expected_latency_ns(canvas->view, detection));
    add_number(canvas, tree, KA_FIELD_UNANSWERED, detection->unanswered);
    add_frame(canvas, tree, KA_FIELD_LAST_HEARD, detection->last_heard_frame);
    add_frame(canvas, tree, KA_FIELD_FIRST_UNANSWERED, detection->first_unanswered_frame);
    if (detection->declared)
        add_frame(canvas, tree, KA_FIELD_DECLARED_FRAME, detection->declared_frame);
}

static void draw_keepalive(const struct canvas *canvas, proto_tree *parent,
                           const struct report *report, enum ka_side side)
{
    const struct ka_keepalive *keepalive = report->keepalive[side];

    if (keepalive == NULL)
        return;

    const char *prober = endpoint_text(canvas->pinfo->pool, &report->endpoint[side]);
    proto_item *item;
    proto_tree *tree = proto_tree_add_subtree_format(
        parent, canvas->tvb, 0, 0, canvas->registered->tree[KA_TREE_SIDE], &item,
        "Keep-alive of %s: %u probes, %u answered", prober, keepalive->probes, keepalive->answered);

    proto_item_set_generated(item);
    add_text(canvas, tree, KA_FIELD_PROBER, prober);
    add_time(canvas, tree, KA_FIELD_IDLE, keepalive->idle.nominal_ns);
    add_time(canvas, tree, KA_FIELD_INTVL, keepalive->intvl.nominal_ns);
    if (keepalive->count != 0)
        add_number(canvas, tree, KA_FIELD_COUNT, keepalive->count);
    if (keepalive->preset != NULL)
        add_text(canvas, tree, KA_FIELD_PRESET, keepalive->preset);
}

static void draw_connection(const struct canvas *canvas, proto_tree *parent)
{
    const struct report *report = canvas->view->report;
    wmem_allocator_t *pool = canvas->pinfo->pool;
    proto_item *item;
    proto_tree *tree;

    if (report == NULL) {
        add_number(canvas, parent, KA_FIELD_CONNECTION, canvas->view->frame->connection);
        return;
    }
    tree = proto_tree_add_subtree_format(
        parent, canvas->tvb, 0, 0, canvas->registered->tree[KA_TREE_CONNECTION], &item,
        "Connection %u: %s \xe2\x86\x92 %s, %s", report->number,
        endpoint_text(pool, &report->endpoint[KA_CLIENT]),
        endpoint_text(pool, &report->endpoint[KA_SERVER]), ka_outcome_name(report->outcome));
    proto_item_set_generated(item);
    add_number(canvas, tree, KA_FIELD_CONNECTION, report->number);
    add_kind(canvas, tree, KA_FIELD_OUTCOME, ka_outcome_name(report->outcome),
             ka_outcome_meaning(report->outcome));
    draw_findings(canvas, tree, report);
    draw_detection(canvas, tree, report);
    draw_keepalive(canvas, tree, report, KA_CLIENT);
    draw_keepalive(canvas, tree, report, KA_SERVER);
}

/* ---- expert items -------------------------------------------------------------------------- */

static void draw_expert_items(const struct canvas *canvas, proto_item *item)
{
    /* expert_add_info_format() wants them writable; it only reads them. */
    expert_field *expert = (expert_field *)canvas->registered->expert;
    const struct view *view = canvas->view;
    const struct ka_detection *detection = view->report != NULL ? view->report->detection : NULL;
    uint32_t number = canvas->pinfo->num;

    if (view->frame != NULL && view->frame->tag == KA_TAG_KEEPALIVE_PROBE)
        expert_add_info_format(canvas->pinfo, item, &expert[KA_EXPERT_PROBE], "%s",
                               view_summary(view, canvas->pinfo));
    /* A peer that is gone may have answered, by its RST. */
    if (detection != NULL && detection->first_unanswered_frame == number &&
        detection->unanswered > 0)
        expert_add_info_format(canvas->pinfo, item, &expert[KA_EXPERT_UNANSWERED], "%s",
                               silence_text(view, canvas->pinfo));
    if (detection != NULL && view->report->verdict_frame == number)
        expert_add_info_format(canvas->pinfo, item, &expert[KA_EXPERT_DEAD], "%s",
                               death_text(canvas->pinfo->pool, view->report));
    if (view->disagreement != NULL)
        expert_add_info_format(canvas->pinfo, item, &expert[KA_EXPERT_DISAGREES],
                               "Wireshark says %s; %s", view->disagreement->wireshark,
                               view->disagreement->why);
}

void draw_tree(const struct registered *registered, const struct view *view, tvbuff_t *tvb,
               packet_info *pinfo, proto_tree *tree)
{
    const struct canvas canvas = {registered, view, tvb, pinfo};
    const char *summary = view_summary(view, pinfo);
    proto_item *item = proto_tree_add_item(tree, registered->protocol, tvb, 0, 0, ENC_NA);
    proto_tree *frame_tree = proto_item_add_subtree(item, registered->tree[KA_TREE_FRAME]);

    proto_item_set_generated(item);
    if (summary != NULL)
        proto_item_append_text(item, ": %s", summary);
    else if (view->report != NULL)
        proto_item_append_text(item, ": connection %u, %s", view->report->number,
                               ka_outcome_name(view->report->outcome));
    if (view->frame != NULL)
        draw_frame(&canvas, frame_tree);
    draw_links(&canvas, frame_tree);
    if (view->disagreement != NULL)
        add_text(&canvas, frame_tree, KA_FIELD_DISAGREES, view->disagreement->wireshark);
    if (view->report != NULL || view->frame != NULL)
        draw_connection(&canvas, frame_tree);
    draw_evidence(&canvas, frame_tree);
    draw_expert_items(&canvas, item);
}
