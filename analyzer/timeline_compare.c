/* SPDX-License-Identifier: GPL-2.0-or-later */
/* timeline_compare.c: what settings cost beside how soon they find a dead peer. */
#include <inttypes.h>

#include "core/ka.h"
#include "timeline.h"
#include "timeline_words.h"
#include "units.h"

static const uint64_t fleets[] = {1, 1000, 1000000}; /* idle connections */
enum { FLEETS = sizeof fleets / sizeof fleets[0] };

struct compare_row {
    const struct course_settings *course;
    struct course_end end;
    int64_t period_ns;
};

/*
 * Packets a day of idle connections whose peers answer: a probe and an answer each period. The
 * fleets are small enough for 64 bits.
 */
static uint64_t packets_a_day(const struct compare_row *row, uint64_t connections)
{
    const uint64_t day_s = 86400, thousandths = 1000;
    uint64_t period_ms = (uint64_t)(row->period_ns / (KA_SECOND / 1000));

    if (period_ms == 0)
        period_ms = 1;
    return (2 * day_s * thousandths * connections + period_ms / 2) / period_ms;
}

/* Of IPv4 and TCP; the answer holds no byte but is otherwise like the probe. */
static uint64_t bytes_a_day(const struct compare_row *row, uint64_t connections)
{
    const struct stack_keepalive *keepalive = &row->course->stack->keepalive;
    uint64_t pair_bytes = 2U * keepalive->probe_bytes;

    if (keepalive->probe != STACK_PROBE_EMPTY)
        pair_bytes--;
    return packets_a_day(row, connections) * pair_bytes / 2;
}

static struct compare_row row_of(const struct course_settings *course)
{
    return (struct compare_row){.course = course,
                                .end = course_run(course, NULL, NULL),
                                .period_ns = course_period_ns(course)};
}

static void compare_fields(struct record *record, const void *row)
{
    static const char *const keys[FLEETS] = {"1", "1000", "1000000"};
    const struct compare_row *compare = row;

    record_text(record, "stack", compare->course->stack->name);
    record_seconds(record, "idle_s", compare->course->idle_ns);
    record_seconds(record, "intvl_s", compare->course->intvl_ns);
    record_count(record, "count", compare->course->count);
    record_seconds(record, "latency_s", compare->end.ideal_ns);
    record_seconds(record, "latency_earliest_s", compare->end.earliest_ns);
    record_seconds(record, "latency_latest_s", compare->end.latest_ns);
    record_seconds(record, "period_s", compare->period_ns);
    record_open(record, "packets_a_day");
    for (size_t i = 0; i < FLEETS; i++)
        record_count(record, keys[i], packets_a_day(compare, fleets[i]));
    record_close(record);
    record_open(record, "bytes_a_day");
    for (size_t i = 0; i < FLEETS; i++)
        record_count(record, keys[i], bytes_a_day(compare, fleets[i]));
    record_close(record);
}

static void put_costs(FILE *stream, const char *unit, const struct compare_row *row,
                      uint64_t (*cost)(const struct compare_row *, uint64_t))
{
    char count[3][UNITS_TEXT_BYTES];

    fprintf(stream, "%-8s %9s %11s %15s\n", unit, units_count(count[0], cost(row, fleets[0])),
            units_count(count[1], cost(row, fleets[1])),
            units_count(count[2], cost(row, fleets[2])));
}

static void put_line(FILE *stream, const struct compare_row *row)
{
    const struct course_settings *course = row->course;
    char idle[UNITS_TEXT_BYTES], intvl[UNITS_TEXT_BYTES], latest[UNITS_TEXT_BYTES];
    char ideal[UNITS_TEXT_BYTES], settings[3 * UNITS_TEXT_BYTES];

    units_exact_s(idle, course->idle_ns);
    units_exact_s(intvl, course->intvl_ns);
    snprintf(settings, sizeof settings, "%s/%s/%" PRIu32, idle, intvl, course->count);
    fprintf(stream, "%-16s %16s %18s  ", settings, units_duration(ideal, row->end.ideal_ns),
            units_duration(latest, row->end.latest_ns));
    put_costs(stream, "packets", row, packets_a_day);
    fprintf(stream, "%*s", 54, "");
    put_costs(stream, "bytes", row, bytes_a_day);
}

static void put_text(struct timeline_out *out, const struct course_settings *courses, size_t count)
{
    const struct stack_keepalive *keepalive = &courses[0].stack->keepalive;
    struct prose prose = {0};

    fprintf(out->stream, "%s: how soon a dead peer is found, and what it costs while it lives\n\n",
            courses[0].stack->title);
    fprintf(out->stream, "%-16s %16s %18s  %s\n", "idle/intvl/count", "found after",
            "at the latest, by", "a day, for so many idle connections");
    fprintf(out->stream, "%-16s %16s %18s  %-8s %9s %11s %15s\n", "(s)", "by the settings",
            "the stack's timers", "", "1", "1,000", "1,000,000");
    for (size_t i = 0; i < count; i++) {
        const struct compare_row row = row_of(&courses[i]);
        put_line(out->stream, &row);
    }
    prose_add(&prose,
              "An idle connection exchanges a probe and an answer each idle time. Bytes are those "
              "of IPv4 and TCP, %u a probe here; on Ethernet 18 more with the frame's header and "
              "checksum, over IPv6 20 more. On a phone each of them may wake the radio.",
              (unsigned)keepalive->probe_bytes);
    putc('\n', out->stream);
    prose_print(out->stream, out->width, "note", &prose);
}

void timeline_compare(struct timeline_out *out, const struct course_settings *courses, size_t count)
{
    if (out->format == TIMELINE_TEXT) {
        put_text(out, courses, count);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        const struct compare_row row = row_of(&courses[i]);
        timeline_put(out, "compared", compare_fields, &row);
    }
}
