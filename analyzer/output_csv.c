/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * output_csv.c: a row a connection, or with --events a row a tagged frame (RFC 4180).
 *
 * Columns are the keys of the JSON records, nested ones joined by an underscore. The heading comes
 * from walking an empty record with a writer that puts out the keys.
 */
#include <string.h>

#include "fields.h"
#include "fields_fleet.h"
#include "output.h"

enum { NESTING_MAX = 8 };

struct csv_record {
    struct record base; /* first: the writer gets a pointer to it */
    FILE *stream;
    bool has_cells;                /* a comma is due */
    const char *keys[NESTING_MAX]; /* of the open objects */
    unsigned depth;
};

static void csv_open(struct record *record, const char *key, bool is_list)
{
    struct csv_record *csv = (struct csv_record *)record;

    (void)is_list;
    csv->keys[csv->depth++] = key;
}

static void csv_close(struct record *record)
{
    ((struct csv_record *)record)->depth--;
}

static void separate(struct csv_record *csv)
{
    if (csv->has_cells)
        putc(',', csv->stream);
    csv->has_cells = true;
}

/*
 * A text cell. Spreadsheets take one that starts with = + - @, a tab or a carriage return for a
 * formula: an apostrophe before it makes it text, as OWASP's "CSV Injection" advises.
 */
static void put_text(FILE *stream, const char *text)
{
    bool is_formula = text[0] && strchr("=+-@\t\r", text[0]);

    if (!is_formula && !strpbrk(text, ",\"\r\n")) {
        fputs(text, stream);
        return;
    }
    fputs(is_formula ? "\"'" : "\"", stream);
    for (; *text; text++) {
        if (*text == '"')
            putc('"', stream);
        putc(*text, stream);
    }
    putc('"', stream);
}

static void csv_value(struct record *record, const char *key, enum record_kind kind,
                      const char *text)
{
    struct csv_record *csv = (struct csv_record *)record;

    (void)key;
    separate(csv);
    if (kind == RECORD_TEXT)
        put_text(csv->stream, text);
    else if (kind != RECORD_NULL)
        fputs(text, csv->stream);
}

static void heading_value(struct record *record, const char *key, enum record_kind kind,
                          const char *text)
{
    struct csv_record *csv = (struct csv_record *)record;

    (void)kind;
    (void)text;
    separate(csv);
    for (unsigned i = 0; i < csv->depth; i++)
        fprintf(csv->stream, "%s_", csv->keys[i]);
    fputs(key, csv->stream);
}

static const struct record_writer csv_writer = {
    .is_flat = true, .open = csv_open, .close = csv_close, .value = csv_value};

static const struct record_writer heading_writer = {
    .is_flat = true, .open = csv_open, .close = csv_close, .value = heading_value};

static struct csv_record row_of(const struct report *report, const struct record_writer *writer)
{
    return (struct csv_record){.base = {.writer = writer}, .stream = report->stream};
}

/* RFC 4180 ends lines by CR LF; LF alone is what every reader takes and line tools expect. */
static void end_row(const struct report *report)
{
    putc('\n', report->stream);
}

static void csv_begin(struct report *report)
{
    static const struct capture no_capture = {.name = ""};
    static const struct ka_connection no_connection = {.number = 0};
    static const struct event no_event = {.arrival = 0};
    struct csv_record row = row_of(report, &heading_writer);

    if (report->events)
        fields_segment(&row.base, &no_capture, &no_event);
    else
        fields_connection(&row.base, &no_capture, &no_connection);
    end_row(report);
}

static void csv_segment(struct report *report, const struct capture *capture,
                        const struct event *event)
{
    struct csv_record row = row_of(report, &csv_writer);

    fields_segment(&row.base, capture, event);
    end_row(report);
}

static void csv_connection(struct report *report, const struct capture *capture,
                           const struct ka_connection *connection, const struct event *events,
                           size_t event_count)
{
    struct csv_record row = row_of(report, &csv_writer);

    (void)events;
    (void)event_count;
    if (report->events)
        return;
    fields_connection(&row.base, capture, connection);
    end_row(report);
}

/* A row a group; the dead addresses are another sort of row, for which json is there. */
static void csv_fleet(struct report *report, const struct fleet *fleet)
{
    static const struct fleet_group no_group = {.connections = 0};
    struct csv_record row = row_of(report, &heading_writer);

    fields_group(&row.base, fleet, &no_group);
    end_row(report);
    for (size_t i = 0; i < fleet->groups.count; i++) {
        row = row_of(report, &csv_writer);
        fields_group(&row.base, fleet, fleet->groups.rows[i]);
        end_row(report);
    }
}

const struct output output_csv = {
    .name = "csv",
    .help = "one row a connection, or a tagged frame",
    .begin = csv_begin,
    .segment = csv_segment,
    .connection = csv_connection,
    .fleet = csv_fleet,
};
