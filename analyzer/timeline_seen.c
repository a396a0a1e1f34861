/* SPDX-License-Identifier: GPL-2.0-or-later */
/* timeline_seen.c: a connection of a capture, laid over what its inferred settings promise. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "analysis.h"
#include "fields.h"
#include "names.h"
#include "picture.h"
#include "story.h"
#include "svg.h"
#include "timeline.h"
#include "timeline_overlay.h"
#include "timeline_picture.h"
#include "timeline_subject.h"
#include "units.h"

/* Rows of text before the middle is left out, and how many of them stand before the gap. */
enum { ROWS_MAX = 80, ROWS_HEAD = 30 };

/*
 * A report of which only the connections are looked at. The analysis hands back its first member.
 */
struct choice {
    struct report report;
    const struct timeline_options *options;
    struct subject subject;
    bool no_memory;
};

static void choose(struct report *report, const struct capture *capture,
                   const struct ka_connection *connection, const struct event *events,
                   size_t event_count)
{
    struct choice *choice = (struct choice *)report;
    const struct timeline_options *options = choice->options;

    (void)capture;
    if (options->has_connection ? connection->number != options->connection
                                : choice->subject.is_set &&
                                      !subject_tells_more(&choice->subject.connection, connection))
        return;
    if (!subject_copy(&choice->subject, connection, events, event_count))
        choice->no_memory = true;
}

static const struct output chooser = {.name = "timeline", .connection = choose};

/* ---- rows -------------------------------------------------------------------------------- */

/* What a row needs. */
struct seen {
    struct timeline_out *out;
    const struct capture *capture;
    const struct subject *subject;
    int64_t zero_ns; /* where the times count from */
};

struct seen_row {
    const struct seen *seen;
    const struct ka_frame *frame;
    const struct overlay_step *step;
};

static const char *side_name(enum ka_side side)
{
    return side == KA_CLIENT ? "client" : "server";
}

static void add_reason(struct prose *prose, const struct overlay_step *step)
{
    char late[UNITS_TEXT_BYTES];

    prose_add(prose, "%s", overlay_reason_name(step->reason));
    units_duration(late, step->late_ns);
    switch (step->reason) {
    case OVERLAY_TIMER_WHEEL:
        prose_add(prose, " (%d Hz): %s", step->hz, late);
        return;
    case OVERLAY_LOST_PROBE:
        prose_add(prose, ": %" PRIu32 " before it not captured", step->missing);
        return;
    case OVERLAY_OTHER_TIMER:
    case OVERLAY_UNEXPLAINED:
    case OVERLAY_EARLY:
    case OVERLAY_ICMP:
    case OVERLAY_ANSWER_TIME:
        prose_add(prose, ": %s", late);
        return;
    case OVERLAY_NO_PROMISE:
    case OVERLAY_ON_TIME:
    case OVERLAY_USER_TIMEOUT:
    case OVERLAY_FIRST_TIMEOUT:
    case OVERLAY_REASON_COUNT:
        return;
    }
}

static int64_t since(int64_t time_ns, int64_t start_ns)
{
    return time_ns == KA_UNKNOWN || start_ns == KA_UNKNOWN ? KA_UNKNOWN : time_ns - start_ns;
}

static void seen_fields(struct record *record, const void *row)
{
    const struct seen_row *seen_row = row;
    const struct seen *seen = seen_row->seen;
    const struct ka_frame *frame = seen_row->frame;
    const struct overlay_step *step = seen_row->step;
    bool is_promised = step->expected_ns != KA_UNKNOWN;
    struct prose reason = {0};

    add_reason(&reason, step);
    record_count(record, "connection", seen->subject->connection.number);
    record_count(record, "frame", frame->frame);
    record_text(record, "from", side_name(frame->from));
    record_text(record, "tag", ka_tag_name(frame->tag));
    record_seconds(record, "t_s", since(frame->time_ns, seen->capture->first_ns));
    record_seconds(record, "seen_s", since(frame->time_ns, seen->zero_ns));
    record_seconds(record, "expected_s", since(step->expected_ns, seen->zero_ns));
    record_seconds(record, "difference_s", since(frame->time_ns, step->expected_ns));
    record_seconds(record, "late_s", is_promised ? step->late_ns : KA_UNKNOWN);
    record_text(record, "reason", step->reason == OVERLAY_NO_PROMISE ? NULL : reason.text);
}

static void connection_fields(struct record *record, const void *row)
{
    const struct seen *seen = row;

    fields_connection(record, seen->capture, &seen->subject->connection);
}

static void frame_words(struct prose *prose, const struct ka_frame *frame)
{
    switch (frame->tag) {
    case KA_TAG_KEEPALIVE_PROBE:
        prose_add(prose, "keep-alive probe %" PRIu32, frame->probe.number);
        return;
    case KA_TAG_WINDOW_PROBE:
        prose_add(prose, "window probe %" PRIu32, frame->probe.number);
        return;
    case KA_TAG_HEARTBEAT:
        prose_add(prose, "heartbeat %" PRIu32, frame->probe.number);
        return;
    case KA_TAG_KEEPALIVE_ACK:
    case KA_TAG_WINDOW_PROBE_ACK:
    case KA_TAG_HEARTBEAT_ACK:
        prose_add(prose, "<- answer to %" PRIu64, frame->ack.probe_frame);
        return;
    case KA_TAG_RETRANSMISSION:
        if (frame->retransmission.kind == KA_KIND_TLP)
            prose_add(prose, "tail-loss probe");
        else
            prose_add(prose, "%s again, copy %" PRIu32, ka_kind_name(frame->retransmission.kind),
                      frame->retransmission.step);
        return;
    case KA_TAG_FINAL_RST:
        prose_add(prose, "RST, given up");
        return;
    case KA_TAG_PEER_RST:
        prose_add(prose, "<- RST of the peer");
        return;
    case KA_TAG_ABORT_RST:
        prose_add(prose, "RST");
        return;
    case KA_TAG_ICMP_UNREACHABLE:
        prose_add(prose, "<- ICMP unreachable");
        return;
    case KA_TAG_NONE:
    case KA_TAG_COUNT:
        return;
    }
}

enum { REASON_COLUMN = 71 };

static void put_row(const struct seen *seen, const struct ka_frame *frame,
                    const struct overlay_step *step)
{
    char time[UNITS_TEXT_BYTES], expected[UNITS_TEXT_BYTES], difference[UNITS_TEXT_BYTES];
    struct prose event = {0}, reason = {0};

    frame_words(&event, frame);
    add_reason(&reason, step);
    fprintf(seen->out->stream, "%8" PRIu64 " %-6s %11s %11s %9s  %-20s ", frame->frame,
            side_name(frame->from), units_column_s(time, since(frame->time_ns, seen->zero_ns)),
            units_column_s(expected, since(step->expected_ns, seen->zero_ns)),
            units_column_s(difference, since(frame->time_ns, step->expected_ns)), event.text);
    prose_wrap(seen->out->stream, seen->out->width, REASON_COLUMN, &reason);
}

/* Rows of the heading and of the end that stand for no frame. */
static void put_moment(const struct seen *seen, uint64_t frame, int64_t time_ns, const char *what)
{
    char time[UNITS_TEXT_BYTES], number[24] = "";

    if (frame)
        snprintf(number, sizeof number, "%" PRIu64, frame);
    fprintf(seen->out->stream, "%8s %-6s %11s %11s %9s  %s\n", number, "",
            units_column_s(time, since(time_ns, seen->zero_ns)), "", "", what);
}

static const char given_up[] = "given up in silence (computed)";

/* What no frame stands for: a silent end that is still to be told, and the capture's own end. */
static void put_end(const struct seen *seen, bool is_silent)
{
    const struct ka_detection *d = seen->subject->connection.detection;
    int64_t end_ns = seen->capture->latest_ns;

    if (is_silent && d->declared_ns <= end_ns)
        put_moment(seen, 0, d->declared_ns, given_up);
    put_moment(seen, 0, end_ns, "the capture ends");
    if (is_silent && d->declared_ns > end_ns)
        put_moment(seen, 0, d->declared_ns, given_up);
    if (d && !d->declared && d->expected_ns != KA_UNKNOWN)
        put_moment(seen, 0, d->expected_ns, "would be given up");
}

static void put_rows(const struct seen *seen)
{
    const struct subject *subject = seen->subject;
    const struct ka_detection *d = subject->connection.detection;
    struct overlay overlay = overlay_begin(&subject->connection);
    size_t left_out = subject->event_count > ROWS_MAX ? subject->event_count - ROWS_MAX : 0;
    bool heard = !d || d->last_heard_ns == KA_UNKNOWN || d->last_heard_frame == 0;
    bool is_text = seen->out->format == TIMELINE_TEXT;
    bool is_silent = d && d->declared && d->declared_by == KA_DECLARED_INFERRED;

    for (size_t i = 0; i < subject->event_count; i++) {
        const struct ka_frame *frame = &subject->events[i].frame;
        const struct overlay_step step = overlay_step(&overlay, frame);
        const struct seen_row row = {.seen = seen, .frame = frame, .step = &step};

        if (!is_text) {
            timeline_put(seen->out, "seen_event", seen_fields, &row);
            continue;
        }
        if (!heard && frame->time_ns >= d->last_heard_ns) {
            heard = true;
            if (frame->frame != d->last_heard_frame)
                put_moment(seen, d->last_heard_frame, d->last_heard_ns, "the peer is last heard");
        }
        if (is_silent && frame->time_ns > d->declared_ns) {
            is_silent = false;
            put_moment(seen, 0, d->declared_ns, given_up);
        }
        if (left_out && i == ROWS_HEAD)
            fprintf(seen->out->stream, "%8s %zu frames left out here; csv and json have them all\n",
                    "...", left_out);
        if (!left_out || i < ROWS_HEAD || i >= ROWS_HEAD + left_out)
            put_row(seen, frame, &step);
    }
    if (!heard && is_text)
        put_moment(seen, d->last_heard_frame, d->last_heard_ns, "the peer is last heard");
    if (is_text)
        put_end(seen, is_silent);
}

/* ---- text -------------------------------------------------------------------------------- */

/* What the capture does not show of the settings, taken from Linux' defaults. */
static void add_default_wait(struct prose *prose, const struct ka_connection *connection)
{
    const struct ka_detection *d = connection->detection;
    const struct ka_keepalive *k = connection->keepalive[d->detector];
    const struct stack_keepalive *defaults = &stack_find("linux")->keepalive;
    char interval[UNITS_TEXT_BYTES], whole[UNITS_TEXT_BYTES];
    int64_t intvl_ns;

    if (d->mechanism != KA_MECHANISM_KEEPALIVE || !k || k->idle.nominal_ns == KA_UNKNOWN)
        return;
    intvl_ns = k->intvl.nominal_ns == KA_UNKNOWN ? defaults->intvl_ns : k->intvl.nominal_ns;
    prose_add(prose,
              "; were the settings not seen Linux' defaults, interval %s and count %" PRIu32
              ", after %s of silence",
              units_setting(interval, intvl_ns), defaults->count,
              units_duration(whole, k->idle.nominal_ns + defaults->count * intvl_ns));
}

/* Where an undecided connection stands in its wait. */
static void put_wait(const struct seen *seen)
{
    const struct ka_connection *connection = &seen->subject->connection;
    const struct ka_detection *d = connection->detection;
    int64_t end_ns = seen->capture->latest_ns;
    char silent[UNITS_TEXT_BYTES], whole[UNITS_TEXT_BYTES], rest[UNITS_TEXT_BYTES];
    struct prose prose = {0};

    if (!d || d->declared || d->last_heard_ns == KA_UNKNOWN)
        return;
    prose_add(&prose, "%s of silence, %" PRIu32 " unanswered",
              units_duration(silent, end_ns - d->last_heard_ns), d->unanswered);
    if (d->expected_ns == KA_UNKNOWN) {
        prose_add(&prose, "; the capture does not show when it would be given up");
        add_default_wait(&prose, connection);
    } else if (d->expected_ns > end_ns) {
        prose_add(&prose, " of %s: given up in another %s, unless the peer is heard",
                  units_duration(whole, d->expected_ns - d->last_heard_ns),
                  units_duration(rest, d->expected_ns - end_ns));
    }
    prose_print(seen->out->stream, seen->out->width, "the wait", &prose);
}

static void put_text(const struct seen *seen, bool was_asked_for)
{
    const struct ka_connection *connection = &seen->subject->connection;
    char client[ENDPOINT_TEXT_BYTES], server[ENDPOINT_TEXT_BYTES];
    struct prose verdict = {0}, choice = {0};
    FILE *stream = seen->out->stream;

    story_verdict(&verdict, connection);
    fprintf(stream, "connection %" PRIu64 ", %s -> %s\n    %s\n", connection->number,
            endpoint_name(client, &connection->endpoint[KA_CLIENT]),
            endpoint_name(server, &connection->endpoint[KA_SERVER]), verdict.text);
    if (!was_asked_for) {
        prose_add(&choice, "%s (--connection chooses another)", subject_reason(connection));
        prose_print(stream, seen->out->width, "chosen", &choice);
    }
    story_print(stream, seen->out->width, seen->capture, connection);
    put_wait(seen);
    fprintf(stream, "\n%8s %-6s %11s %11s %9s  %-20s %s\n", "frame", "from", "seen (s)", "due (s)",
            "late (s)", "event", "why late: this step's share");
    put_rows(seen);
    fprintf(stream, "\ntimes count from %s\n",
            connection->detection && connection->detection->last_heard_ns != KA_UNKNOWN
                ? "the peer's last segment"
                : "the connection's first frame");
}

static void put_picture(const struct seen *seen)
{
    struct picture picture = {0};
    struct prose title = {0}, subtitle = {0};

    timeline_picture(&picture, &title, &subtitle, seen->capture, &seen->subject->connection,
                     seen->subject->events, seen->subject->event_count);
    if (picture.count == 0) { /* nothing was tagged: its two ends are what there is to show */
        const struct ka_connection *connection = &seen->subject->connection;
        const struct picture_mark ends[] = {
            {.kind = PICTURE_SENT,
             .answered = true,
             .at_ns = connection->first_ns,
             .expected_ns = KA_UNKNOWN,
             .frame = connection->first_frame},
            {.kind = PICTURE_CAPTURE_END,
             .at_ns = seen->capture->latest_ns,
             .expected_ns = KA_UNKNOWN},
        };
        picture_add(&picture, &ends[0]);
        picture_add(&picture, &ends[1]);
    }
    if (!svg_picture(seen->out->stream, &picture, true) || picture.no_memory)
        seen->out->no_memory = true;
    picture_free(&picture);
}

static void put_seen(struct timeline_out *out, const struct capture *capture,
                     const struct subject *subject, bool was_asked_for)
{
    const struct ka_detection *d = subject->connection.detection;
    const struct seen seen = {
        .out = out,
        .capture = capture,
        .subject = subject,
        .zero_ns =
            d && d->last_heard_ns != KA_UNKNOWN ? d->last_heard_ns : subject->connection.first_ns,
    };

    switch (out->format) {
    case TIMELINE_TEXT:
        put_text(&seen, was_asked_for);
        break;
    case TIMELINE_JSON:
        put_rows(&seen);
        timeline_put(out, "connection", connection_fields, &seen);
        break;
    case TIMELINE_CSV:
        put_rows(&seen);
        break;
    case TIMELINE_SVG:
        put_picture(&seen);
        break;
    }
}

enum exit_status timeline_seen(struct timeline_out *out, const struct timeline_options *options,
                               char error[static TIMELINE_ERROR_BYTES])
{
    const struct options analysis_options = {
        .filter = options->filter,
        .events = true,
        .jobs = 1,
        .max_connections = MAX_CONNECTIONS_DEFAULT,
        .max_memory_bytes = (uint64_t)MAX_MEMORY_DEFAULT_MIB << 20,
    };
    struct choice choice = {.report = {.output = &chooser, .events = true}, .options = options};
    char *path = (char *)options->capture; /* only read */
    struct pieces pieces;
    const struct intake intake = {.name = path, .pieces = &pieces, .helper = options->helper};
    struct totals totals = {0};
    struct capture capture;
    enum exit_status status;

    if (!pieces_init(&pieces, &path, 1)) {
        snprintf(error, TIMELINE_ERROR_BYTES, "out of memory");
        return STATUS_PARTLY;
    }
    status = analysis_run(&intake, &analysis_options, &choice.report, &totals, &capture);
    snprintf(error, TIMELINE_ERROR_BYTES, "%s", capture.error);
    totals_free(&totals);
    if (choice.subject.is_set) {
        put_seen(out, &capture, &choice.subject, options->has_connection);
    } else if (status == STATUS_OK && options->has_connection) {
        status = STATUS_USAGE;
        snprintf(error, TIMELINE_ERROR_BYTES,
                 "no connection %" PRIu64 "; there are %" PRIu64 ", counted from 0",
                 options->connection, capture.connections);
    } else if (status == STATUS_OK) {
        status = STATUS_NO_CAPTURE;
        snprintf(error, TIMELINE_ERROR_BYTES, "no TCP connection in it");
    }
    if (choice.no_memory || out->no_memory) {
        snprintf(error, TIMELINE_ERROR_BYTES, "out of memory: the timeline is not complete");
        status = STATUS_PARTLY;
    }
    subject_free(&choice.subject);
    pieces_free(&pieces);
    return status;
}
