/* SPDX-License-Identifier: GPL-2.0-or-later */
/* record.c: from typed values to the text that a record writer takes. */
#include "record.h"

#include <stdlib.h>

#include "core/ka.h"
#include "names.h"
#include "units.h"

void record_open(struct record *record, const char *key)
{
    record->writer->open(record, key, false);
}

void record_open_list(struct record *record, const char *key)
{
    record->writer->open(record, key, true);
}

void record_close(struct record *record)
{
    record->writer->close(record);
}

void record_put_null(struct record *record, struct span key)
{
    record->writer->value(record, key, RECORD_NULL, span("null"));
}

void record_put_text(struct record *record, struct span key, const char *text)
{
    if (text)
        record->writer->value(record, key, RECORD_TEXT, span(text));
    else
        record_put_null(record, key);
}

void record_put_name(struct record *record, struct span key, const char *text)
{
    char *safe = NULL;

    if (text && !name_is_ascii(text)) { /* mostly it is, and of every tagged frame */
        safe = name_as_utf8(text);
        record->no_memory = record->no_memory || !safe;
        text = safe;
    }
    record_put_text(record, key, text);
    free(safe);
}

void record_put_bool(struct record *record, struct span key, bool value)
{
    record->writer->value(record, key, RECORD_BOOL, span(value ? "true" : "false"));
}

static void put_between(struct record *record, struct span key, enum record_kind kind,
                        const char *text, const char *end)
{
    record->writer->value(record, key, kind, (struct span){text, (size_t)(end - text)});
}

void record_put_count(struct record *record, struct span key, uint64_t count)
{
    char text[UNITS_TEXT_BYTES];

    put_between(record, key, RECORD_NUMBER, text, units_put_whole(text, count));
}

void record_put_nonzero(struct record *record, struct span key, uint64_t value)
{
    if (value)
        record_put_count(record, key, value);
    else
        record_put_null(record, key);
}

void record_put_seconds(struct record *record, struct span key, int64_t duration_ns)
{
    char text[UNITS_TEXT_BYTES];

    if (duration_ns == KA_UNKNOWN)
        record_put_null(record, key);
    else
        put_between(record, key, RECORD_NUMBER, text, units_put_exact_s(text, duration_ns));
}

void record_put_time(struct record *record, struct span key, int64_t time_ns)
{
    char text[UNITS_TEXT_BYTES];

    if (time_ns == KA_UNKNOWN)
        record_put_null(record, key);
    else
        put_between(record, key, RECORD_TEXT, text, units_put_rfc3339(text, time_ns));
}

void record_put_number(struct record *record, struct span key, const char *decimal)
{
    record->writer->value(record, key, RECORD_NUMBER, span(decimal));
}
