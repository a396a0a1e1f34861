/* SPDX-License-Identifier: GPL-2.0-or-later */
/* picture.c: the marks of a timeline, from frames or from an expected course. */
#include "picture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "units.h"

void picture_add(struct picture *picture, const struct picture_mark *mark)
{
    if (picture->count == picture->capacity) {
        size_t capacity = picture->capacity ? 2 * picture->capacity : 32;
        struct picture_mark *marks = realloc(picture->marks, capacity * sizeof *marks);

        if (!marks) {
            picture->no_memory = true;
            return;
        }
        picture->marks = marks;
        picture->capacity = capacity;
    }
    picture->marks[picture->count++] = *mark;
}

void picture_insert(struct picture *picture, const struct picture_mark *mark)
{
    size_t count = picture->count;

    picture_add(picture, mark);
    if (picture->count == count)
        return; /* there was no memory for it */
    for (size_t i = count; i > 0 && picture->marks[i - 1].at_ns > mark->at_ns; i--) {
        picture->marks[i] = picture->marks[i - 1];
        picture->marks[i - 1] = *mark;
    }
}

void picture_free(struct picture *picture)
{
    free(picture->marks);
    *picture = (struct picture){0};
}

bool picture_mark_of_frame(struct picture_mark *mark, const struct ka_frame *frame)
{
    *mark = (struct picture_mark){.at_ns = frame->time_ns,
                                  .expected_ns = KA_UNKNOWN,
                                  .frame = frame->frame,
                                  .from_bottom = frame->from == KA_SERVER};
    switch (frame->tag) {
    case KA_TAG_KEEPALIVE_PROBE:
    case KA_TAG_WINDOW_PROBE:
    case KA_TAG_HEARTBEAT:
        mark->kind = frame->tag == KA_TAG_HEARTBEAT      ? PICTURE_HEARTBEAT
                     : frame->tag == KA_TAG_WINDOW_PROBE ? PICTURE_WINDOW_PROBE
                                                         : PICTURE_PROBE;
        mark->answered = frame->probe.answered_frame != 0;
        mark->number = frame->probe.number;
        return true;
    case KA_TAG_KEEPALIVE_ACK:
    case KA_TAG_WINDOW_PROBE_ACK:
    case KA_TAG_HEARTBEAT_ACK:
        mark->kind = PICTURE_ANSWER;
        return true;
    case KA_TAG_RETRANSMISSION:
        mark->kind = PICTURE_COPY;
        mark->number = frame->retransmission.step;
        return true;
    case KA_TAG_FINAL_RST:
        mark->kind = PICTURE_FINAL_RST;
        return true;
    case KA_TAG_PEER_RST:
    case KA_TAG_ABORT_RST:
        mark->kind = PICTURE_PEER_RST;
        return true;
    case KA_TAG_ICMP_UNREACHABLE:
        mark->kind = PICTURE_ICMP;
        return true;
    case KA_TAG_NONE:
    case KA_TAG_COUNT:
        break;
    }
    return false;
}

/* ---- an expected course ------------------------------------------------------------------ */

static enum picture_kind kind_of_event(enum course_what what)
{
    switch (what) {
    case COURSE_HEARD:
    case COURSE_CLOSED_WINDOW:
        return PICTURE_HEARD;
    case COURSE_SENT:
    case COURSE_CONNECT:
        return PICTURE_SENT;
    case COURSE_PROBE:
        return PICTURE_PROBE;
    case COURSE_WINDOW_PROBE:
        return PICTURE_WINDOW_PROBE;
    case COURSE_TAIL_LOSS:
    case COURSE_COPY:
        return PICTURE_COPY;
    case COURSE_ANSWER:
        return PICTURE_ANSWER;
    case COURSE_UNREACHABLE:
        return PICTURE_ICMP;
    case COURSE_PEER_RST:
        return PICTURE_PEER_RST;
    case COURSE_GIVE_UP:
        return PICTURE_SILENT_END;
    case COURSE_GOES_ON:
    case COURSE_WHAT_COUNT:
        break;
    }
    return PICTURE_GOES_ON;
}

void picture_add_event(struct picture *picture, const struct course_event *event)
{
    struct picture_mark mark = {.kind = kind_of_event(event->what),
                                .at_ns = event->ideal_ns,
                                .expected_ns = KA_UNKNOWN,
                                .number = event->number};

    mark.from_bottom =
        mark.kind == PICTURE_HEARD || mark.kind == PICTURE_ANSWER || mark.kind == PICTURE_PEER_RST;
    if ((mark.kind == PICTURE_ANSWER || mark.kind == PICTURE_PEER_RST) && picture->count > 0)
        picture->marks[picture->count - 1].answered = true;
    if (mark.kind != PICTURE_PROBE && mark.kind != PICTURE_COPY &&
        mark.kind != PICTURE_WINDOW_PROBE)
        mark.number = 0;
    picture_add(picture, &mark);
}

static const char *from_words(enum course_check check)
{
    switch (check) {
    case COURSE_CHECK_KEEPALIVE:
        return "last heard";
    case COURSE_CHECK_DATA:
        return "data sent";
    case COURSE_CHECK_WINDOW:
        return "window closed";
    case COURSE_CHECK_SYN:
        return "SYN sent";
    case COURSE_CHECK_COUNT:
        break;
    }
    return "";
}

void picture_end_course(struct picture *picture, const struct course_settings *course,
                        const struct course_end *end)
{
    char text[UNITS_TEXT_BYTES];

    picture->from_text = from_words(course->check);
    if (!end->dead || picture->count == 0)
        return;
    if (end->sends_rst)
        picture->marks[picture->count - 1].kind = PICTURE_FINAL_RST;
    picture->has_bracket = true;
    picture->from_ns = 0;
    picture->to_ns = end->ideal_ns;
    snprintf(picture->bracket_text, sizeof picture->bracket_text, "detection latency %s",
             units_duration(text, end->ideal_ns));
    snprintf(picture->end_text, sizeof picture->end_text, "%s", end->error);
}

/* ---- shortening -------------------------------------------------------------------------- */

void picture_shorten(struct picture *picture, size_t most, size_t head)
{
    size_t cut = picture->count > most ? picture->count - most + 1 : 0;
    struct picture_mark *gap;

    if (cut < 2 || head + cut > picture->count)
        return;
    gap = &picture->marks[head];
    *gap = (struct picture_mark){.kind = PICTURE_LEFT_OUT,
                                 .at_ns = gap->at_ns,
                                 .expected_ns = KA_UNKNOWN,
                                 .number = (uint32_t)cut};
    memmove(gap + 1, gap + cut, (picture->count - head - cut) * sizeof *gap);
    picture->count -= cut - 1;
}
