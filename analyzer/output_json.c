/* SPDX-License-Identifier: GPL-2.0-or-later */
/* output_json.c: one JSON object a line, for programs. */
#include "fields.h"
#include "fields_fleet.h"
#include "fields_place.h"
#include "output.h"
#include "what_if_report.h"

/* Start an object with its sort; a NULL has been noted in the report. */
static struct json_record *begin(struct report *report, const char *sort)
{
    struct json_record *json = json_record_new();

    if (json)
        record_text(json_record_base(json), "record", sort);
    else
        report->no_memory = true;
    return json;
}

static void end(struct report *report, struct json_record *json)
{
    if (!json_record_end(json, report->stream))
        report->no_memory = true;
}

static void json_segment(struct report *report, const struct capture *capture,
                         const struct event *event)
{
    struct json_record *json = begin(report, "segment");

    if (!json)
        return;
    fields_segment(json_record_base(json), capture, event);
    end(report, json);
}

static void json_connection(struct report *report, const struct capture *capture,
                            const struct ka_connection *connection, const struct event *events,
                            size_t event_count)
{
    struct json_record *json = begin(report, "connection");

    (void)events;
    (void)event_count;
    if (!json)
        return;
    fields_connection(json_record_base(json), capture, connection);
    if (report->what_if)
        what_if_fields(json_record_base(json), report->what_if, connection);
    end(report, json);
}

static void json_pieces(struct report *report, const struct capture *capture)
{
    for (size_t i = 0; i < capture->pieces->count; i++) {
        struct json_record *json = begin(report, "piece");

        if (!json)
            return;
        fields_piece(json_record_base(json), capture, &capture->pieces->rows[i]);
        end(report, json);
    }
}

static void json_capture(struct report *report, const struct capture *capture)
{
    struct json_record *json;

    if (capture->pieces && capture->pieces->count > 1)
        json_pieces(report, capture);
    json = begin(report, "file");
    if (!json)
        return;
    fields_capture(json_record_base(json), capture);
    end(report, json);
}

static void json_fleet(struct report *report, const struct fleet *fleet)
{
    struct json_record *json;

    for (size_t i = 0; i < fleet->groups.count; i++) {
        json = begin(report, "group");
        if (!json)
            return;
        fields_group(json_record_base(json), fleet, fleet->groups.rows[i]);
        end(report, json);
    }
    for (size_t i = 0; i < fleet->offenders.count; i++) {
        json = begin(report, "offender");
        if (!json)
            return;
        fields_offender(json_record_base(json), fleet->offenders.rows[i]);
        end(report, json);
    }
}

static void json_summary(struct report *report, const struct totals *totals)
{
    struct json_record *json = begin(report, "summary");

    if (!json)
        return;
    fields_summary(json_record_base(json), totals);
    end(report, json);
}

const struct output output_json = {
    .name = "json",
    .help = "one JSON object a line, exact",
    .segments_apart = true,
    .segment = json_segment,
    .connection = json_connection,
    .capture = json_capture,
    .fleet = json_fleet,
    .summary = json_summary,
};
