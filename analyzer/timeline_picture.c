/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * timeline_picture.c: the picture of one connection: its tagged frames, last sign of life and end.
 */
#include "timeline_picture.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "names.h"
#include "story.h"
#include "timeline_overlay.h"
#include "units.h"

/* As many marks as are legible side by side; of them before what is left out. */
enum { MARKS_MAX = 26, MARKS_HEAD = 14, MARKS_BEFORE_SILENCE = 6 };

enum ka_side timeline_prober(const struct ka_connection *connection)
{
    if (connection->detection)
        return connection->detection->detector;
    if (!connection->keepalive[KA_CLIENT] && connection->keepalive[KA_SERVER])
        return KA_SERVER;
    if (connection->backoffs > 0 && !connection->keepalive[KA_CLIENT])
        return connection->backoff[connection->backoffs - 1].sender;
    return KA_CLIENT;
}

static const char *side_name(enum ka_side side)
{
    return side == KA_CLIENT ? "client" : "server";
}

static void add_heard(struct picture *picture, const struct ka_detection *d)
{
    const struct picture_mark mark = {.kind = PICTURE_HEARD,
                                      .from_bottom = true,
                                      .at_ns = d->last_heard_ns,
                                      .expected_ns = KA_UNKNOWN,
                                      .frame = d->last_heard_frame};

    picture_add(picture, &mark);
}

/*
 * The first copy of data or of the SYN, which has no tag, before its first retransmission; it may
 * be the peer's answer, if that is what was last heard.
 */
static void add_original(struct picture *picture, const struct ka_frame *frame, enum ka_side top)
{
    const struct picture_mark mark = {.kind = PICTURE_SENT,
                                      .from_bottom = frame->from != top,
                                      .at_ns = frame->time_ns - frame->retransmission.gap_ns,
                                      .expected_ns = KA_UNKNOWN,
                                      .frame = frame->retransmission.original_frame};

    picture_add(picture, &mark);
}

/* Whether a mark, one of the latest, stands for this frame. */
static bool has_frame(const struct picture *picture, uint64_t frame)
{
    for (size_t i = picture->count; i > 0 && i + MARKS_BEFORE_SILENCE > picture->count; i--)
        if (picture->marks[i - 1].frame == frame)
            return true;
    return false;
}

/* A RST answers what it follows, and a heartbeat is known as answered only by its answer. */
static void mark_answered(struct picture *picture, const struct picture_mark *answer,
                          const struct overlay_step *step)
{
    struct picture_mark *asked;

    if (picture->count == 0 || step->reason != OVERLAY_ANSWER_TIME)
        return;
    asked = &picture->marks[picture->count - 1];
    if (asked->from_bottom == answer->from_bottom)
        return;
    if (answer->kind == PICTURE_PEER_RST || asked->kind == PICTURE_HEARTBEAT)
        asked->answered = true;
}

static void add_frames(struct picture *picture, const struct ka_connection *connection,
                       const struct event *events, size_t event_count)
{
    const struct ka_detection *d = connection->detection;
    enum ka_side top = timeline_prober(connection);
    struct overlay overlay = overlay_begin(connection);
    bool heard = !d || d->last_heard_ns == KA_UNKNOWN || d->last_heard_frame == 0;

    for (size_t i = 0; i < event_count; i++) {
        const struct ka_frame *frame = &events[i].frame;
        struct overlay_step step;
        struct picture_mark mark;

        if (!heard && frame->time_ns >= d->last_heard_ns) {
            heard = true;
            if (frame->frame != d->last_heard_frame)
                add_heard(picture, d);
        }
        if (!picture_mark_of_frame(&mark, frame))
            continue;
        if (frame->tag == KA_TAG_RETRANSMISSION && frame->retransmission.step == 1 &&
            frame->retransmission.gap_ns != KA_UNKNOWN && frame->retransmission.original_frame &&
            !has_frame(picture, frame->retransmission.original_frame))
            add_original(picture, frame, top);
        mark.from_bottom = frame->from != top;
        step = overlay_step(&overlay, frame);
        /* An answer is due at once; and what the settings do not explain was not due then. */
        if (mark.kind != PICTURE_ANSWER && mark.kind != PICTURE_PEER_RST &&
            step.reason != OVERLAY_EARLY && step.reason != OVERLAY_UNEXPLAINED &&
            step.reason != OVERLAY_ICMP)
            mark.expected_ns = step.expected_ns;
        mark_answered(picture, &mark, &step);
        picture_add(picture, &mark);
    }
    if (!heard)
        add_heard(picture, d);
}

/* The end that no frame shows: given up in silence, or a capture that stops before. */
static void add_end(struct picture *picture, const struct capture *capture,
                    const struct ka_connection *connection)
{
    const struct ka_detection *d = connection->detection;
    struct picture_mark mark = {.kind = PICTURE_SILENT_END, .expected_ns = KA_UNKNOWN};

    if (d && d->declared) {
        mark.at_ns = d->declared_ns;
        if (d->declared_by == KA_DECLARED_INFERRED)
            picture_insert(picture, &mark);
        return;
    }
    if (connection->outcome != KA_OUTCOME_UNDECIDED && connection->outcome != KA_OUTCOME_ALIVE)
        return;
    mark.kind = PICTURE_CAPTURE_END;
    mark.at_ns = capture->latest_ns;
    picture_add(picture, &mark);
    if (d && d->expected_ns != KA_UNKNOWN && d->expected_ns > capture->latest_ns) {
        mark.kind = PICTURE_DUE;
        mark.at_ns = d->expected_ns;
        picture_add(picture, &mark);
    }
}

static void add_bracket(struct picture *picture, const struct capture *capture,
                        const struct ka_detection *d)
{
    char text[UNITS_TEXT_BYTES], seconds[UNITS_TEXT_BYTES];
    bool is_long;

    if (!d || d->last_heard_ns == KA_UNKNOWN || d->last_heard_frame == 0)
        return;
    picture->has_bracket = true;
    picture->from_ns = d->last_heard_ns;
    picture->from_text = "last heard";
    if (d->declared) {
        picture->to_ns = d->declared_ns;
        units_duration(text, d->latency_ns);
        units_setting(seconds, d->latency_ns);
        is_long = strstr(text, "min") != NULL;
        snprintf(picture->bracket_text, sizeof picture->bracket_text, "detection latency %s%s%s",
                 text, is_long ? " = " : "", is_long ? seconds : "");
        snprintf(picture->end_text, sizeof picture->end_text, "%s",
                 d->mechanism == KA_MECHANISM_PEER_RESET ? "reset"
                                                         : "given up: peer declared dead");
        return;
    }
    picture->bracket_open = true;
    picture->to_ns = capture->latest_ns;
    units_duration(text, capture->latest_ns - d->last_heard_ns);
    snprintf(picture->bracket_text, sizeof picture->bracket_text, "silent for %s", text);
    if (d->expected_ns == KA_UNKNOWN || d->expected_ns <= capture->latest_ns)
        return;
    picture->to_ns = d->expected_ns;
    units_duration(seconds, d->expected_ns - d->last_heard_ns);
    snprintf(picture->bracket_text, sizeof picture->bracket_text,
             "silent for %s, would be given up after %s", text, seconds);
    snprintf(picture->end_text, sizeof picture->end_text, "would be given up");
}

/* Begin a little before the peer fell silent. */
static void drop_early_marks(struct picture *picture, int64_t silence_ns)
{
    size_t first = 0;

    while (first < picture->count && picture->marks[first].at_ns < silence_ns)
        first++;
    first = first > MARKS_BEFORE_SILENCE ? first - MARKS_BEFORE_SILENCE : 0;
    for (size_t i = first; i < picture->count; i++)
        picture->marks[i - first] = picture->marks[i];
    picture->count -= first;
}

static void add_settings(struct prose *prose, const struct ka_connection *connection,
                         enum ka_side side)
{
    const struct ka_keepalive *k = connection->keepalive[side];
    char text[UNITS_TEXT_BYTES];

    if (!k)
        return;
    if (k->idle.nominal_ns != KA_UNKNOWN)
        prose_add(prose, "; keep-alive idle %s", units_setting(text, k->idle.nominal_ns));
    if (k->intvl.nominal_ns != KA_UNKNOWN)
        prose_add(prose, ", interval %s", units_setting(text, k->intvl.nominal_ns));
    if (k->count)
        prose_add(prose, ", count %" PRIu32, k->count);
}

void timeline_picture(struct picture *picture, struct prose *title, struct prose *subtitle,
                      const struct capture *capture, const struct ka_connection *connection,
                      const struct event *events, size_t event_count)
{
    const struct ka_detection *d = connection->detection;
    enum ka_side top = timeline_prober(connection);
    char client[ENDPOINT_TEXT_BYTES], server[ENDPOINT_TEXT_BYTES];

    story_verdict(title, connection);
    prose_add(subtitle, "client %s, server %s",
              endpoint_name(client, &connection->endpoint[KA_CLIENT]),
              endpoint_name(server, &connection->endpoint[KA_SERVER]));
    add_settings(subtitle, connection, top);
    picture->title = title->text;
    picture->subtitle = subtitle->text;
    picture->top = side_name(top);
    picture->bottom = side_name(top == KA_CLIENT ? KA_SERVER : KA_CLIENT);
    picture->zero_ns =
        d && d->last_heard_ns != KA_UNKNOWN ? d->last_heard_ns : connection->first_ns;
    add_frames(picture, connection, events, event_count);
    add_end(picture, capture, connection);
    add_bracket(picture, capture, d);
    if (d && d->last_heard_ns != KA_UNKNOWN)
        drop_early_marks(picture, d->last_heard_ns);
    picture_shorten(picture, MARKS_MAX, MARKS_HEAD);
}
