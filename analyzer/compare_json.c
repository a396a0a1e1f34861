/* SPDX-License-Identifier: GPL-2.0-or-later */
/* compare_json.c: a comparison as one JSON object a line. */
#include <math.h>

#include "compare.h"
#include "names.h"
#include "record.h"

/* Records being written. */
struct writing {
    FILE *stream;
    const struct comparison *comparison;
    bool no_memory;
};

static const char *const place_names[PLACES] = {"a", "b"};

static struct json_record *begin(struct writing *writing, const char *sort)
{
    struct json_record *json = json_record_new();

    if (json)
        record_text(json_record_base(json), "record", sort);
    else
        writing->no_memory = true;
    return json;
}

static void end(struct writing *writing, struct json_record *json)
{
    if (!json_record_end(json, writing->stream))
        writing->no_memory = true;
}

static const char *side_name(enum ka_side side)
{
    return side == KA_CLIENT ? "client" : "server";
}

static void number_field(struct record *record, const char *key, double value)
{
    char text[32];

    snprintf(text, sizeof text, "%.6g", value);
    record_number(record, key, text);
}

/* ---- captures and clocks ----------------------------------------------------------------- */

static void capture_fields(struct record *record, const struct place *place)
{
    record_name(record, "file", place->capture.name);
    record_count(record, "packets", place->capture.packets);
    record_count(record, "tcp_segments", place->capture.tcp_segments);
    record_count(record, "connections", place->connection_count);
    record_time(record, "first_time", place->capture.first_ns);
    record_time(record, "last_time", place->capture.latest_ns);
    record_name(record, "error", place->capture.error[0] ? place->capture.error : NULL);
}

static void clock_fields(struct record *record, const struct clocks *clocks)
{
    bool is_known = clocks->is_known;

    record_open(record, "clock");
    record_seconds(record, "offset_s", is_known ? clocks->offset_ns : KA_UNKNOWN);
    record_seconds(record, "uncertainty_s", is_known ? clocks->uncertainty_ns : KA_UNKNOWN);
    record_seconds(record, "delay_sum_s", is_known ? clocks->delay_sum_ns : KA_UNKNOWN);
    if (is_known && !clocks->is_one_way)
        number_field(record, "drift_ppm", clocks->drift * 1e6);
    else
        record_null(record, "drift_ppm");
    record_bool(record, "one_way", clocks->is_one_way);
    record_count(record, "samples", clocks->samples);
    record_close(record);
}

static void put_captures(struct writing *writing)
{
    const struct comparison *comparison = writing->comparison;
    struct json_record *json = begin(writing, "compare_captures");

    if (!json)
        return;
    for (int place = 0; place < PLACES; place++) {
        record_open(json_record_base(json), place_names[place]);
        capture_fields(json_record_base(json), &comparison->places[place]);
        record_close(json_record_base(json));
    }
    record_count(json_record_base(json), "connections_in_both", comparison->pairs.count);
    clock_fields(json_record_base(json), &comparison->clocks);
    end(writing, json);
}

/* ---- a pair ------------------------------------------------------------------------------ */

static void connection_fields(struct record *record, const struct seen_connection *connection)
{
    char text[ENDPOINT_TEXT_BYTES];

    record_count(record, "connection", connection->number);
    record_text(record, "client", endpoint_name(text, &connection->endpoint[KA_CLIENT]));
    record_text(record, "server", endpoint_name(text, &connection->endpoint[KA_SERVER]));
    record_text(record, "outcome", ka_outcome_name(connection->outcome));
}

static void counts_fields(struct record *record, const struct path *path, enum ka_side side)
{
    const struct path_counts *counts = &path->counts[side];

    record_open(record, side_name(side));
    record_text(record, "seen_first_in",
                path->pair->near_is_known ? place_names[path->pair->near[side]] : NULL);
    record_count(record, fate_name(FATE_ARRIVED), counts->arrived);
    record_count(record, fate_name(FATE_LOST), counts->lost);
    record_count(record, fate_name(FATE_BORN), counts->born);
    record_count(record, fate_name(FATE_UNCOVERED), counts->uncovered);
    record_count(record, fate_name(FATE_UNSURE), counts->unsure);
    record_close(record);
}

static void pair_fields(struct record *record, const struct writing *writing,
                        const struct path *path)
{
    const struct pair *pair = path->pair;
    bool is_asked = path->where != WHERE_NOT_ASKED;

    for (int place = 0; place < PLACES; place++) {
        record_open(record, place_names[place]);
        connection_fields(record,
                          &writing->comparison->places[place].connections[pair->connection[place]]);
        record_close(record);
    }
    record_bool(record, "sides_swapped", pair->is_flipped);
    record_open(record, "seq_offset");
    record_count(record, "client", pair->seq_offset[KA_CLIENT]);
    record_count(record, "server", pair->seq_offset[KA_SERVER]);
    record_close(record);
    record_open(record, "segments");
    counts_fields(record, path, KA_CLIENT);
    counts_fields(record, path, KA_SERVER);
    record_close(record);
    record_text(record, "where", where_name(path->where));
    record_text(record, "detector", is_asked ? side_name(path->detector) : NULL);
    record_count(record, "checks_arrived", path->passed);
    record_count(record, "checks_lost", path->lost);
    record_count(record, "answers_sent", path->answers);
    record_count(record, "answers_lost", path->answers_lost);
}

static void frame_field(struct record *record, const struct writing *writing, const char *key,
                        int place, uint32_t index)
{
    record_nonzero(
        record, key,
        index == COMPARE_NONE ? 0 : writing->comparison->places[place].segments[index].frame);
}

/* When it was seen, since A's first packet by A's clock. */
static int64_t a_t_ns(const struct writing *writing, int place, const struct seen *seen)
{
    const struct comparison *comparison = writing->comparison;
    int64_t time_ns =
        place == PLACE_A ? seen->time_ns : clocks_to_a(&comparison->clocks, seen->time_ns);

    return time_ns - comparison->places[PLACE_A].capture.first_ns;
}

static void put_row(struct writing *writing, const struct path *path, const struct path_row *row)
{
    const struct place *places = writing->comparison->places;
    struct json_record *json = begin(writing, "compare_check");
    bool is_sent = row->sent != COMPARE_NONE;
    int place = is_sent ? row->near : !row->near;
    bool has_answer = row->answer != COMPARE_NONE || row->answer_back != COMPARE_NONE;
    struct record *record;

    if (!json)
        return;
    record = json_record_base(json);
    for (int i = 0; i < PLACES; i++)
        record_count(record, i == PLACE_A ? "connection_a" : "connection_b",
                     places[i].connections[path->pair->connection[i]].number);
    record_seconds(
        record, "t_s",
        a_t_ns(writing, place, &places[place].segments[is_sent ? row->sent : row->arrived]));
    record_text(record, "from", side_name(row->sender));
    record_text(record, "tag", ka_tag_name(row->tag));
    record_nonzero(record, "number", row->number);
    record_text(record, "sent_in", place_names[row->near]);
    frame_field(record, writing, "sent_frame", row->near, row->sent);
    frame_field(record, writing, "arrived_frame", !row->near, row->arrived);
    record_text(record, "fate", fate_name(row->fate));
    frame_field(record, writing, "answer_frame", !row->near, row->answer);
    frame_field(record, writing, "answer_back_frame", row->near, row->answer_back);
    record_text(record, "answer_fate", has_answer ? fate_name(row->answer_fate) : NULL);
    end(writing, json);
}

static void put_event(struct writing *writing, const struct path *path, int place,
                      const struct seen *seen, enum fate fate)
{
    const struct place *here = &writing->comparison->places[place];
    const struct event *event =
        seen->event == COMPARE_NONE ? NULL : &here->events.rows[seen->event];
    struct json_record *json = begin(writing, "compare_segment");
    struct record *record;

    if (!json)
        return;
    record = json_record_base(json);
    record_text(record, "only_in", place_names[place]);
    record_count(record, "connection", here->connections[seen->connection].number);
    record_count(record, "frame", seen->frame);
    record_seconds(record, "t_s", seen->time_ns - here->capture.first_ns);
    record_text(record, "from", side_name(pair_side(path->pair, place, seen)));
    record_text(record, "tag", event ? ka_tag_name(event->frame.tag) : NULL);
    record_text(record, "fate", fate_name(fate));
    end(writing, json);
}

static void put_events(struct writing *writing, const struct path *path)
{
    for (int place = 0; place < PLACES; place++) {
        const struct place *here = &writing->comparison->places[place];
        uint32_t connection = path->pair->connection[place];

        for (uint32_t at = here->start[connection]; at < here->start[connection + 1]; at++) {
            const struct seen *seen = &here->segments[here->order[at]];
            enum fate fate = path_fate(path, writing->comparison, place, seen);

            if (fate != FATE_ARRIVED)
                put_event(writing, path, place, seen, fate);
        }
    }
}

bool compare_put_json(FILE *stream, const struct comparison *comparison, const struct path *paths)
{
    struct writing writing = {stream, comparison, false};

    put_captures(&writing);
    for (size_t i = 0; i < comparison->pairs.count; i++) {
        struct json_record *json = begin(&writing, "compare");

        if (!json)
            break;
        pair_fields(json_record_base(json), &writing, &paths[i]);
        end(&writing, json);
        for (size_t k = 0; k < paths[i].count; k++)
            put_row(&writing, &paths[i], &paths[i].rows[k]);
        if (comparison->options->events)
            put_events(&writing, &paths[i]);
    }
    return !writing.no_memory;
}
