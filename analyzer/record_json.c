/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * record_json.c: records as JSON objects (RFC 8259), written as they come. A library that builds a
 * tree of each object first was measured at a tenth of this speed.
 */
#include "record.h"

#include <json.h>
#include <stdlib.h>
#include <string.h>

#include "names.h"

enum {
    NESTING_MAX = 8,
    FIRST_BYTES = 944, /* a segment; with the rest a size that malloc() keeps at hand */
    ESCAPED_BYTES = 6, /* \u00xx */
};

struct json_record {
    struct record base; /* first: the writer gets a pointer to it */
    char *text;         /* `first`, or allocated */
    size_t length, capacity;
    unsigned depth;            /* how many are open */
    char closing[NESTING_MAX]; /* what ends each open object or list */
    bool no_memory;
    char first[FIRST_BYTES];
};

/* Room for n more bytes by allocation, or NULL; after a failure nothing more is added. */
static char *more_room(struct json_record *json, size_t n)
{
    size_t capacity = json->capacity;
    char *allocated = json->text == json->first ? NULL : json->text;
    char *text;

    if (json->no_memory)
        return NULL;
    while (capacity - json->length < n)
        capacity *= 2;
    text = realloc(allocated, capacity);
    if (!text) {
        json->no_memory = true;
        return NULL;
    }
    if (!allocated)
        memcpy(text, json->first, json->length);
    json->text = text;
    json->capacity = capacity;
    return json->text + json->length;
}

static inline char *room(struct json_record *json, size_t n)
{
    if (json->capacity - json->length < n || json->no_memory)
        return more_room(json, n);
    return json->text + json->length;
}

static void put_char(struct json_record *json, char c)
{
    char *at = room(json, 1);

    if (!at)
        return;
    *at = c;
    json->length++;
}

static bool is_plain(const char *text)
{
    return !name_is_control(text) && *text != '"' && *text != '\\';
}

/*
 * What a JSON string cannot hold as it is (RFC 8259 7), and what would steer a terminal; at most
 * ESCAPED_BYTES.
 */
static char *put_escaped(char *at, unsigned char c)
{
    static const char short_forms[] = "\"\"\\\\\bb\ff\nn\rr\tt"; /* the character, its letter */
    static const char hex[] = "0123456789abcdef";

    for (const char *form = short_forms; *form; form += 2) {
        if (c == (unsigned char)*form) {
            *at++ = '\\';
            *at++ = form[1];
            return at;
        }
    }
    at = mempcpy(at, "\\u00", 4);
    *at++ = hex[c >> 4];
    *at++ = hex[c & 15];
    return at;
}

/*
 * Whether all of eight characters are plain ASCII: bytes that are
 * not set the highest bit of theirs.
 */
static bool are_plain(uint64_t word)
{
    const uint64_t ones = UINT64_C(0x0101010101010101), tops = ones << 7;
    uint64_t quote = word ^ ones * '"', backslash = word ^ ones * '\\';
    uint64_t beyond = (word - ones * 0x20) | (word + ones) | word; /* control, DEL, not ASCII */

    return ((((quote - ones) & ~quote) | ((backslash - ones) & ~backslash) | beyond) & tops) == 0;
}

/* Most text is plain, eight characters at once. */
static char *put_string(char *at, const char *text, size_t length)
{
    const char *end = text + length;
    uint64_t word;

    *at++ = '"';
    for (; end - text >= (ptrdiff_t)sizeof word; text += sizeof word) {
        memcpy(&word, text, sizeof word);
        if (!are_plain(word))
            break;
        at = mempcpy(at, &word, sizeof word);
    }
    for (; text < end; text++) {
        if (is_plain(text)) {
            *at++ = *text;
        } else {
            text += (unsigned char)*text == 0xc2; /* C1: its number is in the second byte */
            at = put_escaped(at, (unsigned char)*text);
        }
    }
    *at++ = '"';
    return at;
}

/*
 * What comes before a value: a comma unless it is the first, and its key unless it is in a list.
 * Keys are the program's own and need no escapes. Room for `n` bytes of the value follows; NULL:
 * there is none.
 */
static char *put_key(struct json_record *json, struct span key, size_t n)
{
    char last = json->length > 0 ? json->text[json->length - 1] : '{';
    char *at = room(json, key.length + n + 4);

    if (!at)
        return NULL;
    if (last != '{' && last != '[')
        *at++ = ',';
    if (key.text) {
        *at++ = '"';
        at = mempcpy(at, key.text, key.length);
        at = mempcpy(at, "\":", 2);
    }
    return at;
}

static void put_end(struct json_record *json, const char *end)
{
    json->length = (size_t)(end - json->text);
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
    const char *at = put_key(json, span(key), 1);

    if (at)
        put_end(json, at);
    open_nested(json, is_list);
}

static void json_close(struct record *record)
{
    struct json_record *json = (struct json_record *)record;

    if (!json->no_memory)
        put_char(json, json->closing[--json->depth]);
}

static void json_value(struct record *record, struct span key, enum record_kind kind,
                       struct span text)
{
    struct json_record *json = (struct json_record *)record;
    bool is_text = kind == RECORD_TEXT;
    char *at = put_key(json, key, is_text ? ESCAPED_BYTES * text.length + 2 : text.length);

    if (!at)
        return;
    put_end(json,
            is_text ? put_string(at, text.text, text.length) : mempcpy(at, text.text, text.length));
}

static const struct record_writer json_writer = {
    .is_flat = false,
    .open = json_open,
    .close = json_close,
    .value = json_value,
};

struct json_record *json_record_new(void)
{
    struct json_record *json = malloc(sizeof *json);

    if (!json)
        return NULL;
    json->base.writer = &json_writer;
    json->text = json->first;
    json->length = 0;
    json->capacity = FIRST_BYTES;
    json->depth = 0;
    json->no_memory = json->base.no_memory = false;
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
    complete = !json->no_memory && !json->base.no_memory;
    if (complete)
        fwrite(json->text, 1, json->length, stream);
    if (json->text != json->first)
        free(json->text);
    free(json);
    return complete;
}

const char *json_library(void)
{
    return "json-c " JSON_C_VERSION;
}
