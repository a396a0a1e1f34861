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

void record_null(struct record *record, const char *key)
{
    record->writer->value(record, key, RECORD_NULL, "null");
}

void record_text(struct record *record, const char *key, const char *text)
{
    if (text)
        record->writer->value(record, key, RECORD_TEXT, text);
    else
        record_null(record, key);
}

void record_name(struct record *record, const char *key, const char *text)
{
    char *safe = NULL;

    if (text && !name_is_ascii(text)) { /* mostly it is, and of every tagged frame */
        safe = name_as_utf8(text);
        record->no_memory = record->no_memory || !safe;
        text = safe;
    }
    record_text(record, key, text);
    free(safe);
}

void record_bool(struct record *record, const char *key, bool value)
{
    record->writer->value(record, key, RECORD_BOOL, value ? "true" : "false");
}

void record_count(struct record *record, const char *key, uint64_t count)
{
    char text[UNITS_TEXT_BYTES];

    record->writer->value(record, key, RECORD_NUMBER, units_whole(text, count));
}

void record_nonzero(struct record *record, const char *key, uint64_t value)
{
    if (value)
        record_count(record, key, value);
    else
        record_null(record, key);
}

void record_seconds(struct record *record, const char *key, int64_t duration_ns)
{
    char text[UNITS_TEXT_BYTES];

    if (duration_ns == KA_UNKNOWN)
        record_null(record, key);
    else
        record->writer->value(record, key, RECORD_NUMBER, units_exact_s(text, duration_ns));
}

void record_time(struct record *record, const char *key, int64_t time_ns)
{
    char text[UNITS_TEXT_BYTES];

    if (time_ns == KA_UNKNOWN)
        record_null(record, key);
    else
        record->writer->value(record, key, RECORD_TEXT, units_rfc3339(text, time_ns));
}
