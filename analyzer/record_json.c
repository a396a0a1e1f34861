/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * record_json.c: records as JSON objects (RFC 8259), written as they come. A library that builds a
 * tree of each object first was measured at a tenth of this speed.
 */
#include "record.h"

#include <json.h>
#include <stdlib.h>
#include <string.h>

enum { NESTING_MAX = 8, FIRST_BYTES = 1024 };

struct json_record {
    struct record base; /* first: the writer gets a pointer to it */
    char *text;
    size_t length, capacity;
    char closing[NESTING_MAX]; /* what ends each open object or list */
    unsigned depth;            /* how many are open */
    bool no_memory;
};

/* Room for n more bytes, or NULL; after a failure nothing more is added. */
static char *room(struct json_record *json, size_t n)
{
    size_t capacity = json->capacity;
    char *text;

    if (json->no_memory)
        return NULL;
    while (capacity - json->length < n)
        capacity *= 2;
    if (capacity > json->capacity) {
        text = realloc(json->text, capacity);
        if (!text) {
            json->no_memory = true;
            return NULL;
        }
        json->text = text;
        json->capacity = capacity;
    }
    return json->text + json->length;
}

static void put(struct json_record *json, const char *bytes, size_t n)
{
    char *at = room(json, n);

    if (!at)
        return;
    memcpy(at, bytes, n);
    json->length += n;
}

static void put_char(struct json_record *json, char c)
{
    put(json, &c, 1);
}

static bool is_plain(char c)
{
    return (unsigned char)c >= 0x20 && c != '"' && c != '\\';
}

/* What a JSON string cannot hold as it is (RFC 8259 7). */
static void put_escaped(struct json_record *json, char c)
{
    static const char short_forms[] = "\"\"\\\\\bb\ff\nn\rr\tt"; /* the character, its letter */
    static const char hex[] = "0123456789abcdef";

    for (const char *form = short_forms; *form; form += 2) {
        if (c == *form) {
            put(json, (char[]){'\\', form[1]}, 2);
            return;
        }
    }
    put(json, (char[]){'\\', 'u', '0', '0', hex[c >> 4], hex[c & 15]}, 6);
}

static void put_string(struct json_record *json, const char *text)
{
    put_char(json, '"');
    while (*text) {
        size_t plain = 0;

        while (is_plain(text[plain]))
            plain++;
        put(json, text, plain);
        text += plain;
        if (*text)
            put_escaped(json, *text++);
    }
    put_char(json, '"');
}

/*
 * What comes before a value: a comma unless it is the first, and its key unless it is in a list. Keys
 * are the program's own and need no escapes.
 */
static void put_key(struct json_record *json, const char *key)
{
    char last = json->length > 0 ? json->text[json->length - 1] : '{';
    size_t length = key ? strlen(key) : 0;
    char *at = room(json, length + 4), *start = at;

    if (!at)
        return;
    if (last != '{' && last != '[')
        *at++ = ',';
    if (key) {
        *at++ = '"';
        at = mempcpy(at, key, length);
        at = mempcpy(at, "\":", 2);
    }
    json->length += (size_t)(at - start);
}

static void open_nested(struct json_record *json, bool is_list)
{
    if (json->depth == NESTING_MAX) {
        json->no_memory = true;
        return;
    }
    put_char(json, is_list ? '[' : '{');
    json->closing[json->depth++] = is_list ? ']' : '}';
}

static void json_open(struct record *record, const char *key, bool is_list)
{
    struct json_record *json = (struct json_record *)record;

    put_key(json, key);
    open_nested(json, is_list);
}

static void json_close(struct record *record)
{
    struct json_record *json = (struct json_record *)record;

    if (!json->no_memory)
        put_char(json, json->closing[--json->depth]);
}

static void json_value(struct record *record, const char *key, enum record_kind kind,
                       const char *text)
{
    struct json_record *json = (struct json_record *)record;

    put_key(json, key);
    if (kind == RECORD_TEXT)
        put_string(json, text);
    else
        put(json, text, strlen(text));
}

static const struct record_writer json_writer = {
    .is_flat = false,
    .open = json_open,
    .close = json_close,
    .value = json_value,
};

struct json_record *json_record_new(void)
{
    struct json_record *json = calloc(1, sizeof *json);

    if (!json)
        return NULL;
    json->base.writer = &json_writer;
    json->capacity = FIRST_BYTES;
    json->text = malloc(FIRST_BYTES);
    if (!json->text) {
        free(json);
        return NULL;
    }
    open_nested(json, false);
    return json;
}

struct record *json_record_base(struct json_record *json)
{
    return &json->base;
}

bool json_record_end(struct json_record *json, FILE *stream)
{
    bool complete;

    json_close(&json->base);
    put_char(json, '\n');
    complete = !json->no_memory;
    if (complete)
        fwrite(json->text, 1, json->length, stream);
    free(json->text);
    free(json);
    return complete;
}

const char *json_library(void)
{
    return "json-c " JSON_C_VERSION;
}
