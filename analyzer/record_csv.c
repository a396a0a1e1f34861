/* SPDX-License-Identifier: GPL-2.0-or-later */
/* record_csv.c: records as rows of a CSV file (RFC 4180). */
#include "record_csv.h"

#include <string.h>

#include "names.h"

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
 * formula: an apostrophe before it makes it text, as OWASP's "CSV Injection" advises. Control
 * characters, which steer the terminal that shows the file, stand as \xNN.
 */
static void put_text(FILE *stream, const char *text)
{
    bool is_formula = text[0] && strchr("=+-@\t\r", text[0]);

    bool is_quoted = is_formula || strpbrk(text, ",\"");

    if (is_quoted)
        fputs(is_formula ? "\"'" : "\"", stream);
    for (; *text; text++) {
        if (name_is_control(text)) {
            text += (unsigned char)*text == 0xc2; /* C1: its number is in the second byte */
            fprintf(stream, "\\x%02x", (unsigned char)*text);
            continue;
        }
        if (*text == '"')
            putc('"', stream);
        putc(*text, stream);
    }
    if (is_quoted)
        putc('"', stream);
}

static void csv_value(struct record *record, struct span key, enum record_kind kind,
                      struct span text)
{
    struct csv_record *csv = (struct csv_record *)record;

    (void)key;
    separate(csv);
    if (kind == RECORD_TEXT)
        put_text(csv->stream, text.text);
    else if (kind != RECORD_NULL)
        fwrite(text.text, 1, text.length, csv->stream);
}

static void heading_value(struct record *record, struct span key, enum record_kind kind,
                          struct span text)
{
    struct csv_record *csv = (struct csv_record *)record;

    (void)kind;
    (void)text;
    separate(csv);
    for (unsigned i = 0; i < csv->depth; i++)
        fprintf(csv->stream, "%s_", csv->keys[i]);
    fputs(key.text, csv->stream);
}

static const struct record_writer csv_writer = {
    .is_flat = true, .open = csv_open, .close = csv_close, .value = csv_value};

static const struct record_writer heading_writer = {
    .is_flat = true, .open = csv_open, .close = csv_close, .value = heading_value};

struct csv_record csv_row(FILE *stream)
{
    return (struct csv_record){.base = {.writer = &csv_writer}, .stream = stream};
}

struct csv_record csv_heading(FILE *stream)
{
    return (struct csv_record){.base = {.writer = &heading_writer}, .stream = stream};
}

/* RFC 4180 ends lines by CR LF; LF alone is what every reader takes and line tools expect. */
bool csv_end(struct csv_record *csv)
{
    putc('\n', csv->stream);
    return !csv->base.no_memory;
}
