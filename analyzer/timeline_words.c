/* SPDX-License-Identifier: GPL-2.0-or-later */
/* timeline_words.c: the events of an expected course in words. */
#include "timeline_words.h"

#include <inttypes.h>

#include "units.h"

static const char *probe_form(enum stack_probe form)
{
    switch (form) {
    case STACK_PROBE_EMPTY:
        return "empty";
    case STACK_PROBE_OLD_BYTE:
        return "1 old byte";
    case STACK_PROBE_NEW_BYTE:
        return "1 new byte";
    }
    return "";
}

static const char *copied(enum course_check check)
{
    return check == COURSE_CHECK_SYN ? "SYN" : "data";
}

void timeline_sent_words(struct prose *prose, const struct course_settings *course,
                         const struct course_end *end, const struct course_event *event)
{
    switch (event->what) {
    case COURSE_HEARD:
        prose_add(prose, "last segment of the peer");
        return;
    case COURSE_SENT:
        prose_add(prose, "data");
        return;
    case COURSE_CONNECT:
        prose_add(prose, "SYN");
        return;
    case COURSE_CLOSED_WINDOW:
        prose_add(prose, "the peer's ACK, window 0");
        return;
    case COURSE_PROBE:
        prose_add(prose, "keep-alive probe %" PRIu32 ", %s", event->number,
                  probe_form(course->stack->keepalive.probe));
        return;
    case COURSE_WINDOW_PROBE:
        prose_add(prose, "window probe %" PRIu32 ", %s", event->number,
                  probe_form(course->stack->window_probe));
        return;
    case COURSE_TAIL_LOSS:
        prose_add(prose, "tail-loss probe");
        return;
    case COURSE_COPY:
        prose_add(prose, "%s again, copy %" PRIu32, copied(course->check), event->number);
        return;
    case COURSE_ANSWER:
        prose_add(prose, "<- %s", course->check == COURSE_CHECK_SYN ? "SYN|ACK" : "ACK");
        if (course->check == COURSE_CHECK_WINDOW)
            prose_add(prose, ", window still 0");
        return;
    case COURSE_UNREACHABLE:
        prose_add(prose, "<- ICMP host unreachable");
        return;
    case COURSE_PEER_RST:
        prose_add(prose, "<- RST");
        return;
    case COURSE_GIVE_UP:
        prose_add(prose, "%s", end->sends_rst ? "RST|ACK" : "nothing");
        return;
    case COURSE_GOES_ON:
        prose_add(prose, "and so on");
        return;
    case COURSE_WHAT_COUNT:
        return;
    }
}

void timeline_application_words(struct prose *prose, const struct course_settings *course,
                                const struct course_end *end, const struct course_event *event)
{
    switch (event->what) {
    case COURSE_SENT:
        prose_add(prose, "write() succeeds");
        return;
    case COURSE_CONNECT:
        prose_add(prose, "connect() waits");
        return;
    case COURSE_CLOSED_WINDOW:
        prose_add(prose, "write() blocks, buffers full");
        return;
    case COURSE_PEER_RST:
    case COURSE_GIVE_UP:
        prose_add(prose, "%s: %s", end->error,
                  course->check == COURSE_CHECK_SYN ? "connect()" : "read(), write()");
        return;
    case COURSE_ANSWER:
        if (course->check == COURSE_CHECK_SYN)
            prose_add(prose, "connect() succeeds");
        return;
    case COURSE_HEARD:
    case COURSE_PROBE:
    case COURSE_WINDOW_PROBE:
    case COURSE_TAIL_LOSS:
    case COURSE_COPY:
    case COURSE_UNREACHABLE:
    case COURSE_GOES_ON:
    case COURSE_WHAT_COUNT:
        return;
    }
}

static void add_keepalive(struct prose *prose, const struct course_settings *course)
{
    char text[UNITS_TEXT_BYTES];

    prose_add(prose, "idle %s", units_setting(text, course->idle_ns));
    if (course->intvl_ns > 0)
        prose_add(prose, ", interval %s", units_setting(text, course->intvl_ns));
    else
        prose_add(prose, ", intervals that double from %s", units_setting(text, course->rto_ns));
    if (course->user_timeout_ns > 0)
        prose_add(prose, ", user timeout %s in place of the count",
                  units_setting(text, course->user_timeout_ns));
    else if (course->count > 0)
        prose_add(prose, ", count %" PRIu32, course->count);
    else
        prose_add(prose, ", given up %s after the first probe was due",
                  units_setting(text, course->stack->keepalive.limit_ns));
}

static void add_backoff(struct prose *prose, const struct course_settings *course)
{
    const struct stack_backoff *rules = course_backoff(course->stack, course->check);
    char text[UNITS_TEXT_BYTES];

    prose_add(prose, "first timeout %s", units_setting(text, course->rto_ns + rules->slop_ns));
    if (rules->shift_max > 0)
        prose_add(prose, ", then doubled");
    if (rules->linear > 0)
        prose_add(prose, " after %u more of the same length", (unsigned)rules->linear);
    if (rules->cap_ns > 0)
        prose_add(prose, " up to %s", units_setting(text, rules->cap_ns));
    if (course->user_timeout_ns > 0) {
        prose_add(prose, ", user timeout %s", units_setting(text, course->user_timeout_ns));
        return;
    }
    switch (rules->limit) {
    case STACK_LIMIT_COUNT:
        prose_add(prose, ", %" PRIu32 " %s", course->retries,
                  course->check == COURSE_CHECK_WINDOW ? "probes" : "copies");
        return;
    case STACK_LIMIT_MODEL:
        prose_add(prose,
                  ", retries %" PRIu32 ": a timeout that fires %s or more after the first "
                  "copy gives up",
                  course->retries, units_setting(text, stack_model_timeout_ns(course->retries)));
        return;
    case STACK_LIMIT_TIME:
        prose_add(prose, ", a timeout that fires after %s gives up",
                  units_setting(text, rules->limit_ns));
        return;
    }
}

void timeline_settings_words(struct prose *prose, const struct course_settings *course)
{
    if (course->check == COURSE_CHECK_KEEPALIVE)
        add_keepalive(prose, course);
    else
        add_backoff(prose, course);
}
