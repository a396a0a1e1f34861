/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * output_csv.c: a row a connection, or with --events a row a tagged frame.
 *
 * Columns are the keys of the JSON records, nested ones joined by an underscore. The heading comes
 * from walking an empty record.
 */
#include "fields.h"
#include "fields_fleet.h"
#include "output.h"
#include "pieces.h"
#include "record_csv.h"
#include "what_if_report.h"

static void put_connection(const struct report *report, struct record *record,
                           const struct capture *capture, const struct ka_connection *connection)
{
    fields_connection(record, capture, connection);
    if (report->what_if)
        what_if_fields(record, report->what_if, connection);
}

static void csv_begin(struct report *report)
{
    static struct pieces no_pieces = {.count = 0}; /* in which no frame lies */
    const struct capture no_capture = {.name = "", .pieces = report->chain ? &no_pieces : NULL};
    static const struct ka_connection no_connection = {.number = 0};
    static const struct event no_event = {.frame = {.frame = 0}};
    struct csv_record row = csv_heading(report->stream);

    if (report->events)
        fields_segment(&row.base, &no_capture, &no_event);
    else
        put_connection(report, &row.base, &no_capture, &no_connection);
    csv_end(&row);
}

static void csv_segment(struct report *report, const struct capture *capture,
                        const struct event *event)
{
    struct csv_record row = csv_row(report->stream);

    fields_segment(&row.base, capture, event);
    report->no_memory = !csv_end(&row) || report->no_memory;
}

static void csv_connection(struct report *report, const struct capture *capture,
                           const struct ka_connection *connection, const struct event *events,
                           size_t event_count)
{
    struct csv_record row = csv_row(report->stream);

    (void)events;
    (void)event_count;
    if (report->events)
        return;
    put_connection(report, &row.base, capture, connection);
    report->no_memory = !csv_end(&row) || report->no_memory;
}

/* A row a group; the dead addresses are another sort of row, for which json is there. */
static void csv_fleet(struct report *report, const struct fleet *fleet)
{
    static const struct fleet_group no_group = {.connections = 0};
    struct csv_record row = csv_heading(report->stream);

    fields_group(&row.base, fleet, &no_group);
    report->no_memory = !csv_end(&row) || report->no_memory;
    for (size_t i = 0; i < fleet->groups.count; i++) {
        row = csv_row(report->stream);
        fields_group(&row.base, fleet, fleet->groups.rows[i]);
        report->no_memory = !csv_end(&row) || report->no_memory;
    }
}

const struct output output_csv = {
    .name = "csv",
    .help = "one row a connection, or a tagged frame",
    .begin = csv_begin,
    .segments_apart = true,
    .segment = csv_segment,
    .connection = csv_connection,
    .fleet = csv_fleet,
};
