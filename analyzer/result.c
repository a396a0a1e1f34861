/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * result.c: lines of JSON, one at a time, back into connections and captures.
 *
 * A result may come from anywhere: every value is checked before it is used, lines have a greatest
 * length, and json-c limits the nesting.
 */
#include "result.h"

#include <errno.h>
#include <inttypes.h>
#include <json.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "parse.h"

/* Each end may have each finding. */
enum { LINE_BYTES_MAX = 16 << 20, NESTING_MAX = 16, FINDINGS_MAX = 2 * KA_FINDING_COUNT };

struct result_reader {
    const struct result_callbacks *callbacks;
    void *user;
    char *error; /* RESULT_ERROR_BYTES; empty while all is well */
    FILE *stream;
    json_tokener *tokener;
    char *line;
    size_t length, capacity;
    uint64_t number; /* of the line */
    /* Since the latest summary: */
    uint64_t connections, captures;
    bool is_open;                            /* there were records, for which the summary is due */
    struct ka_finding finding[FINDINGS_MAX]; /* of the connection being read */
};

/* A connection and all that it points to. */
struct read_connection {
    struct ka_connection connection;
    struct ka_detection detection;
    struct ka_keepalive keepalive[2];
};

__attribute__((format(printf, 2, 3))) static bool fail(struct result_reader *reader,
                                                       const char *format, ...)
{
    int used = snprintf(reader->error, RESULT_ERROR_BYTES, "line %" PRIu64 ": ", reader->number);
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(reader->error + used, RESULT_ERROR_BYTES - (size_t)used, format, arguments);
    va_end(arguments);
    return false;
}

/* ---- values ------------------------------------------------------------------------------ */

/* The member of an object; NULL for null and for what is not there. */
static json_object *member(json_object *object, const char *key)
{
    json_object *value = NULL;

    if (json_object_is_type(object, json_type_object))
        json_object_object_get_ex(object, key, &value);
    return value;
}

/* The text of a string; NULL where it is something else, or has a NUL in it. */
static const char *text_of(json_object *value)
{
    const char *text;

    if (!json_object_is_type(value, json_type_string))
        return NULL;
    text = json_object_get_string(value);
    return strlen(text) == (size_t)json_object_get_string_len(value) ? text : NULL;
}

/* The digits of a number as they stand in the file: json-c keeps those of a fraction. */
static const char *digits_of(json_object *value)
{
    return json_object_is_type(value, json_type_int) || json_object_is_type(value, json_type_double)
               ? json_object_get_string(value)
               : NULL;
}

static bool take_count(struct result_reader *reader, json_object *object, const char *key,
                       uint64_t max, uint64_t *count)
{
    const char *digits = digits_of(member(object, key));

    if (digits && parse_count(digits, max, count))
        return true;
    return fail(reader, "\"%s\" is not a count", key);
}

/* A duration, or KA_UNKNOWN for null. */
static bool take_seconds(struct result_reader *reader, json_object *object, const char *key,
                         int64_t *duration_ns)
{
    json_object *value = member(object, key);
    const char *digits = digits_of(value);

    *duration_ns = KA_UNKNOWN;
    if (!value || (digits && parse_seconds(digits, duration_ns)))
        return true;
    return fail(reader, "\"%s\" is not a number of seconds", key);
}

static bool take_endpoint(struct result_reader *reader, json_object *object, const char *key,
                          struct ka_endpoint *endpoint)
{
    const char *text = text_of(member(object, key));

    if (text && parse_endpoint(text, endpoint))
        return true;
    return fail(reader, "\"%s\" is not an endpoint", key);
}

/* Which of the connection's endpoints is named. */
static bool take_side(struct result_reader *reader, json_object *object, const char *key,
                      const struct ka_connection *connection, enum ka_side *side)
{
    struct ka_endpoint endpoint;

    if (!take_endpoint(reader, object, key, &endpoint))
        return false;
    for (*side = KA_CLIENT; *side <= KA_SERVER; ++*side) {
        const struct ka_endpoint *own = &connection->endpoint[*side];

        if (own->port == endpoint.port && memcmp(&own->addr, &endpoint.addr, sizeof own->addr) == 0)
            return true;
    }
    return fail(reader, "\"%s\" is neither the client nor the server", key);
}

/* The value below `count` whose name stands there. */
static bool take_name(struct result_reader *reader, json_object *object, const char *key,
                      const char *(*name_of)(int value), int count, int *value)
{
    const char *text = text_of(member(object, key));

    for (*value = 0; text && *value < count; ++*value)
        if (strcmp(text, name_of(*value)) == 0)
            return true;
    return fail(reader, "\"%s\" is none that this version knows", key);
}

static const char *outcome_name(int outcome)
{
    return ka_outcome_name((enum ka_outcome)outcome);
}

static const char *mechanism_name(int mechanism)
{
    return ka_mechanism_name((enum ka_mechanism)mechanism);
}

static const char *severity_name(int severity)
{
    return ka_severity_name((enum ka_severity)severity);
}

/* ---- records ----------------------------------------------------------------------------- */

/* Counts by name; a name that is not there, as from another version, counts 0. */
static bool take_counts(struct result_reader *reader, json_object *object,
                        const char *(*name_of)(int), int first, int count, uint64_t *counts)
{
    for (int i = first; i < count; i++)
        if (member(object, name_of(i)) &&
            !take_count(reader, object, name_of(i), INT64_MAX, &counts[i]))
            return false;
    return true;
}

static const char *tag_name(int tag)
{
    return ka_tag_name((enum ka_tag)tag);
}

static const char *skip_name(int skip)
{
    return ka_skip_name((enum ka_skip)skip);
}

/* The moments of an outage, which --what-if needs; one that is not there is not known. */
static bool take_moments(struct result_reader *reader, json_object *object,
                         struct ka_detection *detection)
{
    uint64_t frame = 0;

    if (member(object, "last_heard_frame") &&
        !take_count(reader, object, "last_heard_frame", INT64_MAX, &frame))
        return false;
    detection->last_heard_frame = frame;
    return take_seconds(reader, object, "last_heard_t_s", &detection->last_heard_ns) &&
           take_seconds(reader, object, "first_unanswered_t_s", &detection->first_unanswered_ns) &&
           take_seconds(reader, object, "declared_t_s", &detection->declared_ns) &&
           take_seconds(reader, object, "user_timeout_from_t_s", &detection->user_timeout_from_ns);
}

static bool take_detection(struct result_reader *reader, json_object *object,
                           struct read_connection *read)
{
    struct ka_detection *detection = &read->detection;
    uint64_t unanswered;
    int mechanism, check;

    if (!object)
        return true;
    if (!take_side(reader, object, "detector", &read->connection, &detection->detector) ||
        !take_name(reader, object, "mechanism", mechanism_name, KA_MECHANISM_COUNT, &mechanism) ||
        !take_seconds(reader, object, "latency_s", &detection->latency_ns) ||
        !take_seconds(reader, object, "latency_min_s", &detection->latency_min_ns) ||
        !take_moments(reader, object, detection) ||
        !take_count(reader, object, "unanswered", UINT32_MAX, &unanswered))
        return false;
    check = mechanism;
    if (member(object, "check") &&
        !take_name(reader, object, "check", mechanism_name, KA_MECHANISM_COUNT, &check))
        return false;
    detection->mechanism = (enum ka_mechanism)mechanism;
    detection->check = (enum ka_mechanism)check;
    detection->unanswered = (uint32_t)unanswered;
    detection->declared = member(object, "declared_by") != NULL;
    read->connection.detection = detection;
    return true;
}

static bool take_prober(struct result_reader *reader, json_object *object,
                        struct read_connection *read)
{
    enum ka_side side;
    struct ka_keepalive *keepalive;
    uint64_t count = 0;

    if (!take_side(reader, object, "prober", &read->connection, &side))
        return false;
    /* A connection of an endpoint with itself names the same one twice. */
    if (read->connection.keepalive[side])
        side = KA_SERVER;
    keepalive = &read->keepalive[side];
    if (!take_seconds(reader, member(object, "idle_s"), "nominal", &keepalive->idle.nominal_ns) ||
        !take_seconds(reader, member(object, "intvl_s"), "nominal", &keepalive->intvl.nominal_ns))
        return false;
    if (member(object, "count") && !take_count(reader, object, "count", UINT32_MAX, &count))
        return false;
    keepalive->count = (uint32_t)count;
    read->connection.keepalive[side] = keepalive;
    return true;
}

static bool take_keepalive(struct result_reader *reader, json_object *list,
                           struct read_connection *read)
{
    if (!json_object_is_type(list, json_type_array))
        return fail(reader, "\"keepalive\" is not a list");
    if (json_object_array_length(list) > 2)
        return fail(reader, "\"keepalive\" has more than two endpoints");
    for (size_t i = 0; i < json_object_array_length(list); i++)
        if (!take_prober(reader, json_object_array_get_idx(list, i), read))
            return false;
    return true;
}

/* Code and severity. A code that is not known, as from a later version, is passed over. */
static bool take_finding(struct result_reader *reader, json_object *object,
                         struct ka_connection *connection)
{
    const char *name = text_of(member(object, "code"));
    int code = 0, severity;
    int64_t limit_ns;

    if (!name)
        return fail(reader, "\"code\" is not the name of a finding");
    while (code < KA_FINDING_COUNT && strcmp(name, ka_finding_name((enum ka_finding_code)code)))
        code++;
    if (code == KA_FINDING_COUNT)
        return true;
    if (connection->findings == FINDINGS_MAX)
        return fail(reader, "more findings than two ends can have");
    if (!take_name(reader, object, "severity", severity_name, KA_SEVERITY_COUNT, &severity))
        return false;
    if (!take_seconds(reader, object, "limit_s", &limit_ns))
        return false;
    reader->finding[connection->findings++] = (struct ka_finding){
        .code = (enum ka_finding_code)code,
        .severity = (enum ka_severity)severity,
        .limit_ns = limit_ns,
    };
    return true;
}

/* Results of versions without findings have no list. */
static bool take_findings(struct result_reader *reader, json_object *list,
                          struct ka_connection *connection)
{
    connection->finding = reader->finding;
    if (!list)
        return true;
    if (!json_object_is_type(list, json_type_array))
        return fail(reader, "\"findings\" is not a list");
    for (size_t i = 0; i < json_object_array_length(list); i++)
        if (!take_finding(reader, json_object_array_get_idx(list, i), connection))
            return false;
    return true;
}

static bool take_connection(struct result_reader *reader, json_object *object)
{
    struct read_connection read;
    struct ka_connection *connection = &read.connection;
    int outcome;

    memset(&read, 0, sizeof read);
    if (!take_endpoint(reader, object, "client", &connection->endpoint[KA_CLIENT]) ||
        !take_endpoint(reader, object, "server", &connection->endpoint[KA_SERVER]) ||
        !take_seconds(reader, object, "duration_s", &connection->last_ns) ||
        !take_name(reader, object, "outcome", outcome_name, KA_OUTCOME_COUNT, &outcome) ||
        !take_counts(reader, member(object, "counts"), tag_name, KA_TAG_NONE + 1, KA_TAG_COUNT,
                     connection->counts) ||
        !take_detection(reader, member(object, "detection"), &read) ||
        !take_keepalive(reader, member(object, "keepalive"), &read) ||
        !take_findings(reader, member(object, "findings"), connection))
        return false;
    if (connection->last_ns == KA_UNKNOWN)
        return fail(reader, "\"duration_s\" is missing");
    if (!take_seconds(reader, object, "idle_survived_s", &connection->idle_survived_ns) ||
        !take_seconds(reader, object, "idle_before_end_s", &connection->idle_before_end_ns))
        return false;
    connection->outcome = (enum ka_outcome)outcome;
    reader->connections++;
    reader->callbacks->connection(connection, reader->user);
    return true;
}

static bool take_capture(struct result_reader *reader, json_object *object)
{
    struct capture capture = {.first_ns = KA_UNKNOWN, .latest_ns = KA_UNKNOWN};
    json_object *error = member(object, "error");
    const char *link_type = text_of(member(object, "linktype"));

    capture.name = text_of(member(object, "file"));
    snprintf(capture.link_type, sizeof capture.link_type, "%s", link_type ? link_type : "");
    if (!capture.name)
        return fail(reader, "\"file\" is not a name");
    if (error && !text_of(error))
        return fail(reader, "\"error\" is not a text");
    if (!take_count(reader, object, "packets", INT64_MAX, &capture.packets) ||
        !take_count(reader, object, "filtered_packets", INT64_MAX, &capture.filtered_packets) ||
        /* Results of versions without limits do not say so. */
        (member(object, "connections_dropped") &&
         !take_count(reader, object, "connections_dropped", INT64_MAX,
                     &capture.connections_dropped)) ||
        !take_counts(reader, member(object, "skipped"), skip_name, KA_SKIP_NONE + 1, KA_SKIP_COUNT,
                     capture.skipped))
        return false;
    snprintf(capture.error, sizeof capture.error, "%s", error ? text_of(error) : "");
    reader->captures++;
    reader->callbacks->capture(&capture, reader->user);
    return true;
}

/* The sums at the end of a result say whether all of it is there. */
static bool take_summary(struct result_reader *reader, json_object *object)
{
    uint64_t connections, captures;

    if (!take_count(reader, object, "connections", INT64_MAX, &connections) ||
        !take_count(reader, object, "files", INT64_MAX, &captures))
        return false;
    if (reader->captures == 0 && reader->connections == 0 && captures > 0)
        return fail(reader, "a summary without the connections: results for merge are made "
                            "without --summary");
    if (connections != reader->connections || captures != reader->captures)
        return fail(reader,
                    "the summary counts %" PRIu64 " connections in %" PRIu64
                    " files, but there are %" PRIu64 " in %" PRIu64,
                    connections, captures, reader->connections, reader->captures);
    reader->connections = reader->captures = 0;
    reader->is_open = false;
    return true;
}

static bool take_record(struct result_reader *reader, json_object *object)
{
    const char *sort = text_of(member(object, "record"));

    if (!sort)
        return fail(reader, "not a record of ka-analyze --format json");
    reader->is_open = true;
    if (strcmp(sort, "connection") == 0)
        return take_connection(reader, object);
    if (strcmp(sort, "file") == 0)
        return take_capture(reader, object);
    if (strcmp(sort, "summary") == 0)
        return take_summary(reader, object);
    return true; /* segments, groups, and what a later version may add */
}

/* ---- lines ------------------------------------------------------------------------------- */

/* json-c would take a minute for what is not looked at: tagged frames, as they are written. */
static bool is_segment(const struct result_reader *reader)
{
    static const char start[] = "{\"record\":\"segment\",";

    return reader->length > sizeof start && memcmp(reader->line, start, sizeof start - 1) == 0 &&
           reader->line[reader->length - 1] == '}';
}

static bool take_line(struct result_reader *reader)
{
    json_object *object;
    enum json_tokener_error error;
    bool is_taken;

    if (is_segment(reader)) {
        reader->is_open = true;
        return true;
    }
    json_tokener_reset(reader->tokener);
    object = json_tokener_parse_ex(reader->tokener, reader->line, (int)reader->length);
    error = json_tokener_get_error(reader->tokener);
    if (error == json_tokener_continue)
        is_taken = fail(reader, "the line ends inside a record");
    else if (error != json_tokener_success)
        is_taken = fail(reader, "not JSON: %s", json_tokener_error_desc(error));
    else if (json_tokener_get_parse_end(reader->tokener) < reader->length)
        is_taken = fail(reader, "a NUL behind the record");
    else
        is_taken = take_record(reader, object);
    json_object_put(object);
    return is_taken;
}

/* Room for one more byte of the line, and a NUL. */
static bool make_room(struct result_reader *reader)
{
    size_t capacity = reader->capacity ? 2 * reader->capacity : 4096;
    char *line;

    if (reader->length == LINE_BYTES_MAX)
        return fail(reader, "longer than any record");
    if (reader->length + 1 < reader->capacity)
        return true;
    line = realloc(reader->line, capacity);
    if (!line)
        return fail(reader, "out of memory");
    reader->line = line;
    reader->capacity = capacity;
    return true;
}

/* The next line, without its end. False at the end of the file, or when the error is not empty. */
static bool read_line(struct result_reader *reader)
{
    int byte;

    reader->length = 0;
    reader->number++;
    while ((byte = getc_unlocked(reader->stream)) != EOF && byte != '\n') {
        if (!make_room(reader))
            return false;
        reader->line[reader->length++] = (char)byte;
    }
    if (ferror(reader->stream))
        return fail(reader, "%s", strerror(errno));
    return byte != EOF || reader->length > 0;
}

static void read_lines(struct result_reader *reader)
{
    while (read_line(reader)) {
        if (reader->length > 0 && !take_line(reader))
            return;
    }
    if (reader->error[0])
        return;
    if (reader->is_open)
        fail(reader, "the summary is missing: the run that wrote this did not get to its end");
    else if (reader->number == 1)
        fail(reader, "empty");
}

enum result_error result_read(const char *path, const struct result_callbacks *callbacks,
                              void *user, char error[static RESULT_ERROR_BYTES])
{
    bool is_stdin = strcmp(path, "-") == 0;
    struct result_reader reader = {.callbacks = callbacks, .user = user, .error = error};

    error[0] = '\0';
    reader.stream = is_stdin ? stdin : fopen(path, "re");
    if (!reader.stream) {
        snprintf(error, RESULT_ERROR_BYTES, "%s", strerror(errno));
        return RESULT_NOT_OPENED;
    }
    reader.tokener = json_tokener_new_ex(NESTING_MAX);
    if (reader.tokener) {
        json_tokener_set_flags(reader.tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
        read_lines(&reader);
        json_tokener_free(reader.tokener);
    } else {
        fail(&reader, "out of memory");
    }
    free(reader.line);
    if (!is_stdin)
        fclose(reader.stream);
    return error[0] ? RESULT_DAMAGED : RESULT_OK;
}
