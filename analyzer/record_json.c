/* SPDX-License-Identifier: GPL-2.0-or-later */
/* record_json.c: records as JSON objects (RFC 8259). The only file that includes json-c. */
#include "record.h"

#include <json.h>
#include <stdlib.h>
#include <string.h>

enum { NESTING_MAX = 8 };

struct json_record {
    struct record base;               /* first: the writer gets a pointer to it */
    json_object *nested[NESTING_MAX]; /* [0] owns all the others */
    unsigned depth;                   /* of the innermost open one */
    bool no_memory;
};

/* Hand `value` over to the innermost object or list. */
static void attach(struct json_record *json, const char *key, json_object *value)
{
    json_object *parent = json->nested[json->depth];
    int failed =
        !key ? json_object_array_add(parent, value) : json_object_object_add(parent, key, value);

    if (failed) {
        json_object_put(value);
        json->no_memory = true;
    }
}

/*
 * After a failed allocation nothing more is added: json_record_end() then writes nothing.
 */
static void json_open(struct record *record, const char *key, bool is_list)
{
    struct json_record *json = (struct json_record *)record;
    json_object *value;

    if (json->no_memory)
        return;
    value = is_list ? json_object_new_array() : json_object_new_object();
    if (!value || json->depth + 1 == NESTING_MAX) {
        json_object_put(value);
        json->no_memory = true;
        return;
    }
    attach(json, key, value);
    if (!json->no_memory)
        json->nested[++json->depth] = value;
}

static void json_close(struct record *record)
{
    struct json_record *json = (struct json_record *)record;

    if (!json->no_memory)
        json->depth--;
}

static json_object *new_value(enum record_kind kind, const char *text)
{
    switch (kind) {
    case RECORD_NULL:
        return NULL;
    case RECORD_BOOL:
        return json_object_new_boolean(text[0] == 't');
    case RECORD_NUMBER:
        return json_object_new_double_s(strtod(text, NULL), text);
    case RECORD_TEXT:
        return json_object_new_string(text);
    }
    return NULL;
}

static void json_value(struct record *record, const char *key, enum record_kind kind,
                       const char *text)
{
    struct json_record *json = (struct json_record *)record;
    json_object *value;

    if (json->no_memory)
        return;
    value = new_value(kind, text);
    if (!value && kind != RECORD_NULL)
        json->no_memory = true;
    else
        attach(json, key, value);
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
    json->nested[0] = json_object_new_object();
    if (!json->nested[0]) {
        free(json);
        return NULL;
    }
    return json;
}

struct record *json_record_base(struct json_record *json)
{
    return &json->base;
}

bool json_record_end(struct json_record *json, FILE *stream)
{
    const char *text = NULL;

    if (!json->no_memory)
        text = json_object_to_json_string_ext(json->nested[0], JSON_C_TO_STRING_PLAIN |
                                                                   JSON_C_TO_STRING_NOSLASHESCAPE);
    if (text)
        fprintf(stream, "%s\n", text);
    json_object_put(json->nested[0]);
    free(json);
    return text != NULL;
}

const char *json_library(void)
{
    return "json-c " JSON_C_VERSION;
}
