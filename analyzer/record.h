/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * record.h: a record of keys and values, written as a JSON object or as a CSV row.
 *
 * fields.c says what is in a record; a writer says how it looks. Numbers reach the writer as text,
 * so that nothing is rounded on the way.
 */
#ifndef KA_RECORD_H
#define KA_RECORD_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum record_kind { RECORD_NULL, RECORD_NUMBER, RECORD_BOOL, RECORD_TEXT };

struct record;

/*
 * Text with its length, which the compiler knows of a literal: records are written by the million.
 */
struct span {
    const char *text; /* or NULL */
    size_t length;
};

static inline struct span span(const char *text)
{
    return (struct span){text, text ? strlen(text) : 0};
}

struct record_writer {
    /* A flat record has one column for each key that any record of its sort may have. */
    bool is_flat;
    void (*open)(struct record *record, const char *key, bool is_list);
    void (*close)(struct record *record);
    /* `text` is "null", "true", "false", a decimal number or UTF-8 text, as `kind` says. */
    void (*value)(struct record *record, struct span key, enum record_kind kind, struct span text);
};

/* Members of a list have the key NULL. Writers embed this as their first member. */
struct record {
    const struct record_writer *writer;
    bool no_memory; /* a value is missing */
};

/* Begin and end an object or a list inside a record. */
void record_open(struct record *record, const char *key);
void record_open_list(struct record *record, const char *key);
void record_close(struct record *record);

/* One value with its key as a span: see the functions of the same name without `put`. */
void record_put_null(struct record *record, struct span key);
void record_put_text(struct record *record, struct span key, const char *text);
void record_put_name(struct record *record, struct span key, const char *text);
void record_put_bool(struct record *record, struct span key, bool value);
void record_put_count(struct record *record, struct span key, uint64_t count);
void record_put_nonzero(struct record *record, struct span key, uint64_t value);
void record_put_seconds(struct record *record, struct span key, int64_t duration_ns);
void record_put_time(struct record *record, struct span key, int64_t time_ns);
void record_put_number(struct record *record, struct span key, const char *decimal);

/*
 * One value. What stands for the unknown becomes null: NULL, KA_UNKNOWN, and in record_nonzero()
 * 0, as it does for frame numbers.
 */
static inline void record_null(struct record *record, const char *key)
{
    record_put_null(record, span(key));
}

static inline void record_text(struct record *record, const char *key, const char *text)
{
    record_put_text(record, span(key), text);
}

/* Text that comes from outside: made valid UTF-8. */
static inline void record_name(struct record *record, const char *key, const char *text)
{
    record_put_name(record, span(key), text);
}

static inline void record_bool(struct record *record, const char *key, bool value)
{
    record_put_bool(record, span(key), value);
}

static inline void record_count(struct record *record, const char *key, uint64_t count)
{
    record_put_count(record, span(key), count);
}

static inline void record_nonzero(struct record *record, const char *key, uint64_t value)
{
    record_put_nonzero(record, span(key), value);
}

static inline void record_seconds(struct record *record, const char *key, int64_t duration_ns)
{
    record_put_seconds(record, span(key), duration_ns);
}

static inline void record_time(struct record *record, const char *key, int64_t time_ns)
{
    record_put_time(record, span(key), time_ns);
}

/* A number that is text already. */
static inline void record_number(struct record *record, const char *key, const char *decimal)
{
    record_put_number(record, span(key), decimal);
}

/* ---- the JSON writer --------------------------------------------------------------------- */

struct json_record;

/* Start an object. NULL: out of memory. */
struct json_record *json_record_new(void);
struct record *json_record_base(struct json_record *json);

/* Write the object as one line and free it. False: out of memory, then nothing is written. */
bool json_record_end(struct json_record *json, FILE *stream);

/* Name and version of the library behind it. Static. */
const char *json_library(void);

#endif
