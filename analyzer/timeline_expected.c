/* SPDX-License-Identifier: GPL-2.0-or-later */
/* timeline_expected.c: the course that settings promise, one row an event. */
#include <inttypes.h>

#include "picture.h"
#include "svg.h"
#include "timeline.h"
#include "timeline_words.h"
#include "units.h"

/* What a visit to an event needs. */
struct telling {
    struct timeline_out *out;
    const struct course_settings *course;
    struct course_end end;
};

struct expected_row {
    const struct telling *telling;
    const struct course_event *event;
};

/* ---- records ----------------------------------------------------------------------------- */

static void event_fields(struct record *record, const void *row)
{
    const struct expected_row *expected = row;
    const struct course_event *event = expected->event;
    const struct course_settings *course = expected->telling->course;
    struct prose sent = {0}, application = {0};

    timeline_sent_words(&sent, course, &expected->telling->end, event);
    timeline_application_words(&application, course, &expected->telling->end, event);
    record_text(record, "stack", course->stack->name);
    record_text(record, "check", course_check_name(course->check));
    record_text(record, "situation", course_situation_name(course->situation));
    record_text(record, "event", course_what_name(event->what));
    record_count(record, "number", event->number);
    record_seconds(record, "ideal_s", event->ideal_ns);
    record_seconds(record, "earliest_s", event->earliest_ns);
    record_seconds(record, "latest_s", event->latest_ns);
    record_text(record, "sent", sent.text);
    record_text(record, "application", application.length > 0 ? application.text : NULL);
}

static void settings_fields(struct record *record, const struct course_settings *course)
{
    bool is_keepalive = course->check == COURSE_CHECK_KEEPALIVE;
    bool is_linux = course->stack->law == TIMER_WHEEL || course->stack->law == TIMER_CLASSIC;
    bool has_rto = !is_keepalive || course->intvl_ns == 0;
    const struct stack_backoff *rules = course_backoff(course->stack, course->check);

    record_seconds(record, "idle_s", is_keepalive ? course->idle_ns : KA_UNKNOWN);
    record_seconds(record, "intvl_s",
                   is_keepalive && course->intvl_ns ? course->intvl_ns : KA_UNKNOWN);
    record_nonzero(record, "count", is_keepalive ? course->count : 0);
    record_seconds(record, "user_timeout_s",
                   course->user_timeout_ns ? course->user_timeout_ns : KA_UNKNOWN);
    record_seconds(record, "rto_s", has_rto ? course->rto_ns : KA_UNKNOWN);
    record_nonzero(record, "retries",
                   rules && rules->limit != STACK_LIMIT_TIME ? course->retries : 0);
    record_nonzero(record, "hz", is_linux ? (uint64_t)course->hz : 0);
    record_text(record, "source", rules ? rules->source : course->stack->keepalive.source);
}

static void end_fields(struct record *record, const void *row)
{
    const struct telling *telling = row;
    const struct course_settings *course = telling->course;
    const struct course_end *end = &telling->end;

    record_text(record, "stack", course->stack->name);
    record_text(record, "check", course_check_name(course->check));
    record_text(record, "situation", course_situation_name(course->situation));
    settings_fields(record, course);
    record_bool(record, "dead", end->dead);
    record_seconds(record, "latency_s", end->dead ? end->ideal_ns : KA_UNKNOWN);
    record_seconds(record, "latency_earliest_s", end->dead ? end->earliest_ns : KA_UNKNOWN);
    record_seconds(record, "latency_latest_s", end->dead ? end->latest_ns : KA_UNKNOWN);
    if (end->dead)
        record_count(record, "unanswered", end->unanswered);
    else
        record_null(record, "unanswered");
    record_bool(record, "sends_rst", end->sends_rst);
    record_text(record, "error", end->dead ? end->error : NULL);
}

static void put_event_record(const struct course_event *event, void *user)
{
    struct telling *telling = user;
    const struct expected_row row = {.telling = telling, .event = event};

    timeline_put(telling->out, "expected_event", event_fields, &row);
}

/* ---- text -------------------------------------------------------------------------------- */

enum { APPLICATION_COLUMN = 71 };

static void put_event_line(const struct course_event *event, void *user)
{
    struct telling *telling = user;
    char ideal[UNITS_TEXT_BYTES], earliest[UNITS_TEXT_BYTES], latest[UNITS_TEXT_BYTES];
    struct prose sent = {0}, application = {0};

    timeline_sent_words(&sent, telling->course, &telling->end, event);
    timeline_application_words(&application, telling->course, &telling->end, event);
    fprintf(telling->out->stream, "%12s %12s %12s  %-28s  ", units_column_s(ideal, event->ideal_ns),
            units_column_s(earliest, event->earliest_ns), units_column_s(latest, event->latest_ns),
            sent.text);
    if (application.length == 0)
        prose_add(&application, "-");
    prose_wrap(telling->out->stream, telling->out->width, APPLICATION_COLUMN, &application);
}

/* "Linux 6.5 and later, an idle connection, checked by keep-alive" and the settings. */
static void put_heading(const struct telling *telling)
{
    const struct course_settings *course = telling->course;
    const struct stack_backoff *rules = course_backoff(course->stack, course->check);
    struct prose prose = {0};
    FILE *stream = telling->out->stream;
    unsigned width = telling->out->width;

    fprintf(stream, "%s: %s\n", course->stack->title, course_check_meaning(course->check));
    prose_add(&prose, "%s", course_situation_meaning(course->situation));
    prose_print(stream, width, "situation", &prose);
    prose = (struct prose){0};
    timeline_settings_words(&prose, course);
    prose_print(stream, width, "settings", &prose);
    prose = (struct prose){0};
    switch (course->stack->law) {
    case TIMER_WHEEL:
        prose_add(&prose, "timer wheel of a kernel with %d ticks a second (--hz)", course->hz);
        break;
    case TIMER_CLASSIC:
        prose_add(&prose, "late by up to 1/256, %d ticks a second (--hz)", course->hz);
        break;
    case TIMER_TICK:
    case TIMER_EXACT:
        prose_add(&prose, "looked at every %" PRId64 " ms", course->stack->tick_ns / 1000000);
        break;
    }
    prose_print(stream, width, "timers", &prose);
    prose = (struct prose){0};
    prose_add(&prose, "%s", rules ? rules->source : course->stack->keepalive.source);
    prose_print(stream, width, "source", &prose);
    fprintf(stream, "\n%12s %12s %12s  %-28s  %s\n", "ideal (s)", "earliest (s)", "latest (s)",
            "on the wire", "the application sees");
}

static void put_sum(const struct telling *telling)
{
    const struct course_settings *course = telling->course;
    const struct course_end *end = &telling->end;
    char text[3][UNITS_TEXT_BYTES];
    struct prose prose = {0};

    if (end->latest_ns == 0) {
        prose_add(&prose, "at once");
    } else {
        prose_add(&prose, "%s", units_duration(text[0], end->ideal_ns));
        if (course->check == COURSE_CHECK_KEEPALIVE && end->what == COURSE_GIVE_UP &&
            course->intvl_ns > 0)
            prose_add(&prose, " = %s idle + %" PRIu32 " x %s",
                      units_setting(text[1], course->idle_ns), end->unanswered,
                      units_setting(text[2], course->intvl_ns));
        prose_add(&prose, " by the settings; %s to %s by this stack's timers",
                  units_duration(text[1], end->earliest_ns),
                  units_duration(text[2], end->latest_ns));
    }
    prose_print(telling->out->stream, telling->out->width, "detection", &prose);
}

static void add_note(struct prose *prose, const char *note)
{
    prose_add(prose, "%s%s", prose->length > 0 ? " " : "", note);
}

static void put_notes(const struct telling *telling)
{
    const struct course_settings *course = telling->course;
    const struct course_end *end = &telling->end;
    bool is_keepalive = course->check == COURSE_CHECK_KEEPALIVE;
    bool is_icmp = course->situation == COURSE_SITUATION_BROKEN_ICMP;
    struct prose prose = {0};

    if (is_keepalive && course->stack->keepalive.waits_for_data)
        add_note(&prose, "While sent data is unacknowledged this stack sends no probes: "
                         "retransmission decides then (--check data).");
    if (is_keepalive && is_icmp && course->stack->user_timeout)
        add_note(&prose, "ICMP does not shorten keep-alive: the report quotes a sequence number "
                         "that was acknowledged long ago (tcp_v4_err()).");
    if (course->check == COURSE_CHECK_DATA && is_icmp)
        add_note(&prose, "A report may undo one doubling (RFC 6069), which is left out here.");
    if (is_icmp || course->situation == COURSE_SITUATION_BROKEN)
        add_note(&prose, "The peer lives and has to find out on its own, by its own settings.");
    if (end->dead && end->what == COURSE_GIVE_UP && !end->sends_rst && end->unanswered > 0)
        add_note(&prose, "Nothing is sent at the end: a capture shows only that no more comes.");
    prose_print(telling->out->stream, telling->out->width, "note", &prose);
}

static void put_text(struct telling *telling)
{
    put_heading(telling);
    course_run(telling->course, put_event_line, telling);
    putc('\n', telling->out->stream);
    if (telling->end.dead)
        put_sum(telling);
    put_notes(telling);
}

/* ---- picture ----------------------------------------------------------------------------- */

/* As many marks as are legible side by side; of them before what is left out. */
enum { MARKS_MAX = 32, MARKS_HEAD = 20 };

static void add_mark(const struct course_event *event, void *user)
{
    picture_add_event(user, event);
}

static void put_picture(const struct telling *telling)
{
    const struct course_settings *course = telling->course;
    struct picture picture = {.top = "prober", .bottom = "peer", .zero_ns = 0};
    struct prose title = {0}, subtitle = {0};

    prose_add(&title, "%s: %s", course->stack->title, course_check_meaning(course->check));
    timeline_settings_words(&subtitle, course);
    prose_add(&subtitle, "; %s", course_situation_meaning(course->situation));
    picture.title = title.text;
    picture.subtitle = subtitle.text;
    course_run(course, add_mark, &picture);
    picture_end_course(&picture, course, &telling->end);
    picture_shorten(&picture, MARKS_MAX, MARKS_HEAD);
    telling->out->no_memory =
        !svg_picture(telling->out->stream, &picture, true) || picture.no_memory;
    picture_free(&picture);
}

void timeline_expected(struct timeline_out *out, const struct course_settings *course)
{
    struct telling telling = {.out = out, .course = course, .end = course_run(course, NULL, NULL)};

    switch (out->format) {
    case TIMELINE_TEXT:
        put_text(&telling);
        break;
    case TIMELINE_JSON:
        course_run(course, put_event_record, &telling);
        timeline_put(out, "expected", end_fields, &telling);
        break;
    case TIMELINE_CSV:
        course_run(course, put_event_record, &telling);
        break;
    case TIMELINE_SVG:
        put_picture(&telling);
        break;
    }
}
