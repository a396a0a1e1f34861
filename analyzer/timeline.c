/* SPDX-License-Identifier: GPL-2.0-or-later */
/* timeline.c: what `ka-analyze timeline` prints: the choice, and its records. */
#include "timeline.h"

#include "record_csv.h"

static void put_json(struct timeline_out *out, const char *sort, timeline_fields *fields,
                     const void *row)
{
    struct json_record *json = json_record_new();

    if (!json) {
        out->no_memory = true;
        return;
    }
    record_text(json_record_base(json), "record", sort);
    fields(json_record_base(json), row);
    if (!json_record_end(json, out->stream))
        out->no_memory = true;
}

static void put_csv(struct timeline_out *out, timeline_fields *fields, const void *row)
{
    struct csv_record csv;

    if (!out->headed) {
        csv = csv_heading(out->stream);
        fields(&csv.base, row);
        csv_end(&csv);
        out->headed = true;
    }
    csv = csv_row(out->stream);
    fields(&csv.base, row);
    csv_end(&csv);
}

void timeline_put(struct timeline_out *out, const char *sort, timeline_fields *fields,
                  const void *row)
{
    if (out->format == TIMELINE_JSON)
        put_json(out, sort, fields, row);
    else
        put_csv(out, fields, row);
}

enum exit_status timeline_run(struct timeline_out *out, const struct timeline_options *options,
                              char error[static TIMELINE_ERROR_BYTES])
{
    switch (options->action) {
    case TIMELINE_EXPECTED:
        timeline_expected(out, &options->course);
        break;
    case TIMELINE_COMPARE:
        timeline_compare(out, options->compare, options->compare_count);
        break;
    case TIMELINE_SEEN:
        return timeline_seen(out, options, error);
    case TIMELINE_HELP:
        timeline_options_help(out->stream);
        break;
    case TIMELINE_STACKS:
        timeline_options_stacks(out->stream);
        break;
    }
    if (!out->no_memory)
        return STATUS_OK;
    snprintf(error, TIMELINE_ERROR_BYTES, "out of memory: the timeline is not complete");
    return STATUS_PARTLY;
}
