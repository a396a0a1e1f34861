/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fields.c: the keys and values of each record. The manual's section OUTPUT describes them. */
#include "fields.h"

#include <inttypes.h>
#include <string.h>

#include "fields_place.h"
#include "finding_list.h"
#include "names.h"
#include "what_if_report.h"

/* Put KA_UNKNOWN through: the difference to something unknown is unknown. */
static int64_t since(int64_t time_ns, int64_t start_ns)
{
    return time_ns == KA_UNKNOWN || start_ns == KA_UNKNOWN ? KA_UNKNOWN : time_ns - start_ns;
}

static void endpoint_field(struct record *record, const char *key,
                           const struct ka_endpoint *endpoint)
{
    char text[ENDPOINT_TEXT_BYTES];

    record_text(record, key, endpoint_name(text, endpoint));
}

static void file_field(struct record *record, const struct capture *capture)
{
    record_name(record, "file", capture->name);
}

/* A key of some tags only: left out of a nested record, an empty cell of a flat one. */
static bool has_field(struct record *record, const char *key, bool applies)
{
    if (!applies && record->writer->is_flat)
        record_null(record, key);
    return applies;
}

/* ---- segment ----------------------------------------------------------------------------- */

static void probe_fields(struct record *record, const struct ka_frame *frame)
{
    bool is_probe = frame->tag == KA_TAG_KEEPALIVE_PROBE || frame->tag == KA_TAG_WINDOW_PROBE ||
                    frame->tag == KA_TAG_HEARTBEAT;
    bool is_ack = frame->tag == KA_TAG_KEEPALIVE_ACK || frame->tag == KA_TAG_WINDOW_PROBE_ACK ||
                  frame->tag == KA_TAG_HEARTBEAT_ACK;

    if (has_field(record, "number", is_probe))
        record_count(record, "number", frame->probe.number);
    if (has_field(record, "idle_s", is_probe))
        record_seconds(record, "idle_s", frame->probe.idle_ns);
    if (has_field(record, "answered_frame", is_probe))
        record_nonzero(record, "answered_frame", frame->probe.answered_frame);
    if (has_field(record, "probe_frame", is_ack))
        record_nonzero(record, "probe_frame", frame->ack.probe_frame);
    if (has_field(record, "rtt_s", is_ack))
        record_seconds(record, "rtt_s", frame->ack.rtt_ns);
}

static void ratio_field(struct record *record, double ratio)
{
    char text[32];

    snprintf(text, sizeof text, "%.6g", ratio);
    if (ratio > 0)
        record_number(record, "ratio", text);
    else
        record_null(record, "ratio");
}

static void retransmission_fields(struct record *record, const struct ka_frame *frame)
{
    bool applies = frame->tag == KA_TAG_RETRANSMISSION;

    if (has_field(record, "kind", applies))
        record_text(record, "kind", ka_kind_name(frame->retransmission.kind));
    if (has_field(record, "step", applies))
        record_count(record, "step", frame->retransmission.step);
    if (has_field(record, "gap_s", applies))
        record_seconds(record, "gap_s", frame->retransmission.gap_ns);
    if (has_field(record, "ratio", applies))
        ratio_field(record, frame->retransmission.ratio);
    if (has_field(record, "original_frame", applies))
        record_nonzero(record, "original_frame", frame->retransmission.original_frame);
}

static void ending_fields(struct record *record, const struct ka_frame *frame)
{
    bool is_rst = frame->tag == KA_TAG_FINAL_RST || frame->tag == KA_TAG_PEER_RST ||
                  frame->tag == KA_TAG_ABORT_RST;
    bool is_icmp = frame->tag == KA_TAG_ICMP_UNREACHABLE;

    if (has_field(record, "after_probes", is_rst))
        record_count(record, "after_probes", frame->rst.after_probes);
    if (has_field(record, "first_unanswered_frame", is_rst))
        record_nonzero(record, "first_unanswered_frame", frame->rst.first_frame);
    if (has_field(record, "latency_s", is_rst))
        record_seconds(record, "latency_s", frame->rst.latency_ns);
    if (has_field(record, "icmp_type", is_icmp))
        record_count(record, "icmp_type", frame->icmp.type);
    if (has_field(record, "icmp_code", is_icmp))
        record_count(record, "icmp_code", frame->icmp.code);
    if (has_field(record, "quoted_frame", is_icmp))
        record_nonzero(record, "quoted_frame", frame->icmp.quoted_frame);
}

void fields_segment(struct record *record, const struct capture *capture, const struct event *event)
{
    const struct ka_frame *frame = &event->frame;

    file_field(record, capture);
    record_count(record, "frame", frame->frame);
    record_time(record, "time", frame->time_ns);
    record_seconds(record, "t_s", since(frame->time_ns, capture->first_ns));
    record_count(record, "connection", frame->connection);
    endpoint_field(record, "from", &event->peers.endpoint[frame->from]);
    endpoint_field(record, "to", &event->peers.endpoint[!frame->from]);
    record_text(record, "tag", ka_tag_name(frame->tag));
    record_text(record, "rule", frame->rule ? frame->rule->name : NULL);
    probe_fields(record, frame);
    retransmission_fields(record, frame);
    ending_fields(record, frame);
    fields_segment_place(record, capture, frame->frame);
}

/* ---- connection -------------------------------------------------------------------------- */

static void counts_fields(struct record *record, const uint64_t counts[static KA_TAG_COUNT])
{
    for (int tag = KA_TAG_NONE + 1; tag < KA_TAG_COUNT; tag++)
        record_count(record, ka_tag_name((enum ka_tag)tag), counts[tag]);
}

/* Whether an absent part has to be walked all the same; if not, it is null. */
static bool walks_absent(struct record *record, const char *key)
{
    if (!record->writer->is_flat)
        record_null(record, key);
    return record->writer->is_flat;
}

static void detection_fields(struct record *record, const struct ka_connection *connection,
                             int64_t start_ns)
{
    static const struct ka_detection absent = {
        .last_heard_ns = KA_UNKNOWN,
        .first_unanswered_ns = KA_UNKNOWN,
        .latency_expected_ns = KA_UNKNOWN,
        .expected_ns = KA_UNKNOWN,
        .user_timeout_from_ns = KA_UNKNOWN,
    };
    bool is_known = connection->detection != NULL;
    const struct ka_detection *d = is_known ? connection->detection : &absent;
    const struct ka_endpoint *detector = &connection->endpoint[d->detector];
    char name[ENDPOINT_TEXT_BYTES];

    if (!is_known && !walks_absent(record, "detection"))
        return;
    record_open(record, "detection");
    record_text(record, "detector", is_known ? endpoint_name(name, detector) : NULL);
    record_text(record, "mechanism", is_known ? ka_mechanism_name(d->mechanism) : NULL);
    record_text(record, "check", is_known ? ka_mechanism_name(d->check) : NULL);
    record_nonzero(record, "last_heard_frame", d->last_heard_frame);
    record_seconds(record, "last_heard_t_s", since(d->last_heard_ns, start_ns));
    record_nonzero(record, "first_unanswered_frame", d->first_unanswered_frame);
    record_seconds(record, "first_unanswered_t_s", since(d->first_unanswered_ns, start_ns));
    record_nonzero(record, "declared_frame", d->declared ? d->declared_frame : 0);
    record_seconds(record, "declared_t_s",
                   d->declared ? since(d->declared_ns, start_ns) : KA_UNKNOWN);
    record_text(record, "declared_by", d->declared ? ka_declared_name(d->declared_by) : NULL);
    if (d->declared)
        record_bool(record, "declared_at_latest", d->declared_at_latest);
    else
        record_text(record, "declared_at_latest", NULL);
    record_seconds(record, "latency_s", d->declared ? d->latency_ns : KA_UNKNOWN);
    record_seconds(record, "latency_min_s", d->declared ? d->latency_min_ns : KA_UNKNOWN);
    record_seconds(record, "latency_expected_s", d->latency_expected_ns);
    record_seconds(record, "expected_t_s",
                   d->declared ? KA_UNKNOWN : since(d->expected_ns, start_ns));
    record_seconds(record, "user_timeout_from_t_s", since(d->user_timeout_from_ns, start_ns));
    if (is_known) {
        record_count(record, "unanswered", d->unanswered);
        record_count(record, "unreachable_messages", d->unreachable_messages);
    } else {
        record_null(record, "unanswered");
        record_null(record, "unreachable_messages");
    }
    record_close(record);
}

static void estimate_fields(struct record *record, const char *key,
                            const struct ka_estimate *estimate)
{
    bool is_known = estimate->nominal_ns != KA_UNKNOWN;

    record_open(record, key);
    record_seconds(record, "nominal", estimate->nominal_ns);
    record_seconds(record, "min", is_known ? estimate->min_ns : KA_UNKNOWN);
    record_seconds(record, "max", is_known ? estimate->max_ns : KA_UNKNOWN);
    record_seconds(record, "observed", is_known ? estimate->observed_ns : KA_UNKNOWN);
    record_close(record);
}

static void user_timeout_fields(struct record *record, const struct ka_keepalive *keepalive)
{
    if (keepalive->user_timeout_max_ns == KA_UNKNOWN && !walks_absent(record, "user_timeout_s"))
        return;
    record_open(record, "user_timeout_s");
    record_seconds(record, "min", keepalive->user_timeout_min_ns);
    record_seconds(record, "max", keepalive->user_timeout_max_ns);
    record_close(record);
}

static void keepalive_fields(struct record *record, const char *key,
                             const struct ka_connection *connection, enum ka_side side)
{
    static const struct ka_keepalive absent = {
        .idle = {.nominal_ns = KA_UNKNOWN},
        .intvl = {.nominal_ns = KA_UNKNOWN},
        .user_timeout_min_ns = KA_UNKNOWN,
        .user_timeout_max_ns = KA_UNKNOWN,
        .rtt_min_ns = KA_UNKNOWN,
        .rtt_median_ns = KA_UNKNOWN,
        .rtt_max_ns = KA_UNKNOWN,
    };
    bool is_known = connection->keepalive[side] != NULL;
    const struct ka_keepalive *k = is_known ? connection->keepalive[side] : &absent;
    char name[ENDPOINT_TEXT_BYTES];

    record_open(record, key);
    record_text(record, "prober",
                is_known ? endpoint_name(name, &connection->endpoint[side]) : NULL);
    estimate_fields(record, "idle_s", &k->idle);
    estimate_fields(record, "intvl_s", &k->intvl);
    record_nonzero(record, "count", k->count);
    user_timeout_fields(record, k);
    record_text(record, "preset", k->preset);
    record_count(record, "probes", k->probes);
    record_count(record, "answered", k->answered);
    record_count(record, "unanswered", k->unanswered);
    record_open(record, "rtt_s");
    record_seconds(record, "min", k->rtt_min_ns);
    record_seconds(record, "median", k->rtt_median_ns);
    record_seconds(record, "max", k->rtt_max_ns);
    record_close(record);
    record_close(record);
}

/* JSON: a list of those that probed. CSV: keepalive_client_... and keepalive_server_... */
static void keepalive_list(struct record *record, const struct ka_connection *connection)
{
    if (record->writer->is_flat) {
        record_open(record, "keepalive");
        keepalive_fields(record, "client", connection, KA_CLIENT);
        keepalive_fields(record, "server", connection, KA_SERVER);
        record_close(record);
        return;
    }
    record_open_list(record, "keepalive");
    if (connection->keepalive[KA_CLIENT])
        keepalive_fields(record, NULL, connection, KA_CLIENT);
    if (connection->keepalive[KA_SERVER])
        keepalive_fields(record, NULL, connection, KA_SERVER);
    record_close(record);
}

static void backoff_fields(struct record *record, const struct ka_connection *connection,
                           const struct ka_backoff *series, int64_t start_ns)
{
    char name[ENDPOINT_TEXT_BYTES];
    const struct ka_endpoint *sender = series ? &connection->endpoint[series->sender] : NULL;

    record_text(record, "sender", sender ? endpoint_name(name, sender) : NULL);
    record_text(record, "kind", series ? ka_kind_name(series->kind) : NULL);
    record_nonzero(record, "first_frame", series ? series->first_frame : 0);
    record_nonzero(record, "last_frame", series ? series->last_frame : 0);
    record_nonzero(record, "steps", series ? series->steps : 0);
    record_seconds(record, "first_gap_s", series ? series->first_gap_ns : KA_UNKNOWN);
    record_seconds(record, "last_gap_s", series ? series->last_gap_ns : KA_UNKNOWN);
    record_seconds(record, "cap_s", series ? series->cap_ns : KA_UNKNOWN);
    record_text(record, "ended", series ? ka_ended_name(series->ended) : NULL);
    record_seconds(record, "give_up_t_s",
                   series ? since(series->give_up_ns, start_ns) : KA_UNKNOWN);
}

/* JSON: a list of series. CSV: their number and the last one, which ended the connection if any. */
static void backoff_list(struct record *record, const struct ka_connection *connection,
                         int64_t start_ns)
{
    if (record->writer->is_flat) {
        size_t count = connection->backoffs;

        record_open(record, "backoff");
        record_count(record, "series", count + connection->backoffs_dropped);
        backoff_fields(record, connection, count ? &connection->backoff[count - 1] : NULL,
                       start_ns);
        record_close(record);
        return;
    }
    record_open_list(record, "backoff");
    for (size_t i = 0; i < connection->backoffs; i++) {
        record_open(record, NULL);
        backoff_fields(record, connection, &connection->backoff[i], start_ns);
        record_close(record);
    }
    record_close(record);
}

/* From the last answer to the end, where the heartbeat's own timeout found the peer gone. */
static int64_t heartbeat_latency_ns(const struct ka_connection *connection)
{
    const struct ka_heartbeat *heartbeat = connection->heartbeat;

    return finding_list_find(connection, KA_FINDING_HEARTBEAT_FOUND_DEATH)
               ? since(heartbeat->end_ns, heartbeat->answer_ns)
               : KA_UNKNOWN;
}

static void heartbeat_fields(struct record *record, const struct ka_connection *connection)
{
    const struct ka_heartbeat *heartbeat = connection->heartbeat;
    char name[ENDPOINT_TEXT_BYTES], hex[2 * KA_HEAD_BYTES + 1] = "";

    if (!heartbeat && !walks_absent(record, "heartbeat"))
        return;
    for (unsigned i = 0; heartbeat && i < heartbeat->head_bytes; i++)
        snprintf(hex + 2 * (size_t)i, 3, "%02x", heartbeat->head[i]);
    record_open(record, "heartbeat");
    record_text(record, "from",
                heartbeat ? endpoint_name(name, &connection->endpoint[heartbeat->from]) : NULL);
    record_seconds(record, "period_s", heartbeat ? heartbeat->period_ns : KA_UNKNOWN);
    record_seconds(record, "jitter_s", heartbeat ? heartbeat->jitter_ns : KA_UNKNOWN);
    record_nonzero(record, "bytes", heartbeat ? heartbeat->bytes : 0);
    record_nonzero(record, "count", heartbeat ? heartbeat->count : 0);
    record_text(record, "protocol", heartbeat ? heartbeat->protocol : NULL);
    record_text(record, "message", heartbeat ? heartbeat->message : NULL);
    record_text(record, "head", heartbeat && heartbeat->head_bytes ? hex : NULL);
    record_seconds(record, "death_latency_s", heartbeat_latency_ns(connection));
    record_close(record);
}

/* The codes, each once, joined by a space: both ends may have the same finding. */
static void findings_column(struct record *record, const struct ka_connection *connection)
{
    char codes[KA_FINDING_COUNT * 32] = "", *at = codes;
    bool known[KA_FINDING_COUNT] = {false};

    for (size_t i = 0; i < connection->findings; i++) {
        enum ka_finding_code code = connection->finding[i].code;

        if (known[code])
            continue;
        known[code] = true;
        if (at > codes)
            *at++ = ' ';
        at = stpcpy(at, ka_finding_name(code));
    }
    record_text(record, "findings", at > codes ? codes : NULL);
}

/* JSON: a list. CSV: the codes. */
static void findings_list(struct record *record, const struct ka_connection *connection)
{
    if (record->writer->is_flat) {
        findings_column(record, connection);
        return;
    }
    record_open_list(record, "findings");
    for (size_t i = 0; i < connection->findings; i++) {
        const struct ka_finding *finding = &connection->finding[i];
        char name[ENDPOINT_TEXT_BYTES];

        record_open(record, NULL);
        record_text(record, "code", ka_finding_name(finding->code));
        record_text(record, "severity", ka_severity_name(finding->severity));
        record_text(record, "about", endpoint_name(name, &connection->endpoint[finding->about]));
        record_open_list(record, "frames");
        for (size_t k = 0; k < finding->frame_count; k++)
            record_count(record, NULL, finding->frames[k]);
        record_close(record);
        record_text(record, "text", finding->text);
        record_text(record, "filter", finding->filter);
        if (finding->limit_ns != KA_UNKNOWN)
            record_seconds(record, "limit_s", finding->limit_ns);
        record_close(record);
    }
    record_close(record);
}

void fields_connection(struct record *record, const struct capture *capture,
                       const struct ka_connection *connection)
{
    file_field(record, capture);
    record_count(record, "connection", connection->number);
    endpoint_field(record, "client", &connection->endpoint[KA_CLIENT]);
    endpoint_field(record, "server", &connection->endpoint[KA_SERVER]);
    record_nonzero(record, "first_frame", connection->first_frame);
    record_nonzero(record, "last_frame", connection->last_frame);
    record_time(record, "time", connection->first_ns);
    record_seconds(record, "duration_s", since(connection->last_ns, connection->first_ns));
    record_count(record, "packets", connection->packets);
    record_count(record, "bytes", connection->bytes);
    record_open(record, "counts");
    counts_fields(record, connection->counts);
    record_close(record);
    record_text(record, "outcome", ka_outcome_name(connection->outcome));
    record_nonzero(record, "reset_frame", connection->reset_frame);
    if (connection->reset_frame)
        endpoint_field(record, "reset_by", &connection->endpoint[connection->reset_by]);
    else
        record_text(record, "reset_by", NULL);
    detection_fields(record, connection, capture->first_ns);
    keepalive_list(record, connection);
    backoff_list(record, connection, capture->first_ns);
    heartbeat_fields(record, connection);
    if (!record->writer->is_flat)
        record_count(record, "backoffs_dropped", connection->backoffs_dropped);
    record_seconds(record, "idle_survived_s", connection->idle_survived_ns);
    record_seconds(record, "idle_before_end_s", connection->idle_before_end_ns);
    findings_list(record, connection);
    fields_connection_places(record, capture, connection);
}

/* ---- file and summary -------------------------------------------------------------------- */

void fields_capture(struct record *record, const struct capture *capture)
{
    file_field(record, capture);
    record_count(record, "packets", capture->packets);
    record_count(record, "filtered_packets", capture->filtered_packets);
    record_count(record, "tcp_segments", capture->tcp_segments);
    record_count(record, "connections", capture->connections);
    record_count(record, "connections_dropped", capture->connections_dropped);
    record_time(record, "first_time", capture->first_ns);
    record_seconds(record, "duration_s", since(capture->latest_ns, capture->first_ns));
    record_text(record, "linktype", capture->link_type[0] ? capture->link_type : NULL);
    record_open(record, "skipped");
    for (int reason = KA_SKIP_NONE + 1; reason < KA_SKIP_COUNT; reason++)
        record_count(record, ka_skip_name((enum ka_skip)reason), capture->skipped[reason]);
    record_close(record);
    record_bool(record, "truncated", capture->truncated);
    record_name(record, "error", capture->error[0] ? capture->error : NULL);
}

void fields_latencies(struct record *record, const char *key, const struct latencies *latencies)
{
    record_open(record, key);
    record_count(record, "count", latencies->count);
    record_seconds(record, "min", latencies_percentile(latencies, 0));
    record_seconds(record, "p50", latencies_percentile(latencies, 50));
    record_seconds(record, "p90", latencies_percentile(latencies, 90));
    record_seconds(record, "p99", latencies_percentile(latencies, 99));
    record_seconds(record, "max", latencies_percentile(latencies, 100));
    record_close(record);
}

void fields_findings(struct record *record, const uint64_t counts[static KA_FINDING_COUNT])
{
    record_open(record, "findings");
    for (int code = 0; code < KA_FINDING_COUNT; code++)
        record_count(record, ka_finding_name((enum ka_finding_code)code), counts[code]);
    record_close(record);
}

void fields_summary(struct record *record, const struct totals *totals)
{
    record_count(record, "files", totals->files);
    record_count(record, "packets", totals->packets);
    record_count(record, "connections", totals->connections);
    record_count(record, "connections_dropped", totals->connections_dropped);
    record_open(record, "outcomes");
    for (int outcome = 0; outcome < KA_OUTCOME_COUNT; outcome++)
        record_count(record, ka_outcome_name((enum ka_outcome)outcome), totals->outcomes[outcome]);
    record_close(record);
    record_open(record, "tags");
    counts_fields(record, totals->tags);
    record_close(record);
    record_open(record, "latency_s");
    for (int mechanism = 0; mechanism < KA_MECHANISM_COUNT; mechanism++)
        fields_latencies(record, ka_mechanism_name((enum ka_mechanism)mechanism),
                         &totals->latencies[mechanism]);
    record_close(record);
    fields_findings(record, totals->findings);
    if (totals->what_if)
        what_if_sums_fields(record, totals->what_if->what_if, totals->what_if);
    record_count(record, "errors", totals->errors);
}
