/* SPDX-License-Identifier: GPL-2.0-or-later */
/* compare_text.c: a comparison for a person. */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "compare.h"
#include "names.h"
#include "prose.h"
#include "units.h"

/* Of a long table the beginning and the end. */
enum { ROWS_SHOWN = 40, EVENTS_SHOWN = 200 };

struct printing {
    FILE *stream;
    unsigned width;
    const struct comparison *comparison;
};

static const char place_letters[PLACES] = {'A', 'B'};

static const char *side_name(enum ka_side side)
{
    return side == KA_CLIENT ? "client" : "server";
}

static void print_row(const struct printing *printing, const char *label, const struct prose *prose)
{
    prose_print(printing->stream, printing->width, label, prose);
}

/* ---- captures and clocks ----------------------------------------------------------------- */

static void put_captures(const struct printing *printing)
{
    for (int place = 0; place < PLACES; place++) {
        const struct capture *capture = &printing->comparison->places[place].capture;
        char *name = name_for_terminal(capture->name), packets[UNITS_TEXT_BYTES];

        fprintf(printing->stream, "%c  %s   %s packets, %" PRIu64 " connection%s\n",
                place_letters[place], name ? name : "", units_count(packets, capture->packets),
                capture->connections, capture->connections == 1 ? "" : "s");
        free(name);
    }
    putc('\n', printing->stream);
}

static void add_offset(struct prose *prose, const struct clocks *clocks)
{
    int64_t offset_ns = clocks->offset_ns;
    char text[UNITS_TEXT_BYTES];

    if (offset_ns == 0)
        prose_add(prose, "B's shows the same time as A's");
    else
        prose_add(prose, "B's is %s %s A's",
                  units_duration(text, offset_ns < 0 ? -offset_ns : offset_ns),
                  offset_ns < 0 ? "behind" : "ahead of");
}

static void put_clocks(const struct printing *printing)
{
    const struct clocks *clocks = &printing->comparison->clocks;
    struct prose prose = {0};
    char text[2][UNITS_TEXT_BYTES];

    if (printing->comparison->pairs.count == 0)
        return;
    if (!clocks->is_known) {
        prose_add(&prose, "taken for equal: no segment is in both captures");
    } else if (clocks->is_one_way) {
        add_offset(&prose, clocks);
        prose_add(&prose,
                  ", the path's delay included: segments of one direction only are in both");
    } else {
        add_offset(&prose, clocks);
        prose_add(&prose,
                  ", +-%s: there and back takes %s, how much of it which way is not to be seen",
                  units_duration(text[0], clocks->uncertainty_ns),
                  units_duration(text[1], clocks->delay_sum_ns));
        if (clocks->drift != 0)
            prose_add(&prose, "; it %s %.3g us a second", clocks->drift > 0 ? "gains" : "loses",
                      fabs(clocks->drift) * 1e6);
    }
    print_row(printing, "clocks", &prose);
    putc('\n', printing->stream);
}

/* ---- a pair ------------------------------------------------------------------------------ */

static const struct seen_connection *connection_of(const struct printing *printing,
                                                   const struct pair *pair, int place)
{
    return &printing->comparison->places[place].connections[pair->connection[place]];
}

static bool is_translated(const struct printing *printing, const struct pair *pair)
{
    const struct seen_connection *a = connection_of(printing, pair, PLACE_A);
    const struct seen_connection *b = connection_of(printing, pair, PLACE_B);
    char text[2][ENDPOINT_TEXT_BYTES];

    for (int side = 0; side < 2; side++)
        if (strcmp(endpoint_name(text[0], &a->endpoint[side]),
                   endpoint_name(text[1], &b->endpoint[pair->is_flipped ? !side : side])) != 0)
            return true;
    return false;
}

static void put_heading(const struct printing *printing, const struct pair *pair)
{
    bool is_both = is_translated(printing, pair);

    for (int place = 0; place < (is_both ? PLACES : 1); place++) {
        const struct seen_connection *connection = connection_of(printing, pair, place);
        char client[ENDPOINT_TEXT_BYTES], server[ENDPOINT_TEXT_BYTES];

        fprintf(printing->stream, "%s%s -> %s   ", is_both ? place == PLACE_A ? "A " : "B " : "",
                endpoint_name(client, &connection->endpoint[KA_CLIENT]),
                endpoint_name(server, &connection->endpoint[KA_SERVER]));
        if (is_both)
            fprintf(printing->stream, "%s\n", ka_outcome_name(connection->outcome));
        else
            fprintf(printing->stream, "%s in A, %s in B\n", ka_outcome_name(connection->outcome),
                    ka_outcome_name(connection_of(printing, pair, PLACE_B)->outcome));
    }
}

static void put_counts(const struct printing *printing, const struct path *path, enum ka_side side)
{
    const struct path_counts *counts = &path->counts[side];
    char near = place_letters[path->pair->near[side]], far = place_letters[!path->pair->near[side]];
    struct prose prose = {0};
    char text[UNITS_TEXT_BYTES];

    prose_add(&prose, "%c to %c: %s seen in both", near, far, units_count(text, counts->arrived));
    if (counts->lost)
        prose_add(&prose, ", %s lost between", units_count(text, counts->lost));
    if (counts->born)
        prose_add(&prose, ", %s only in %c", units_count(text, counts->born), far);
    if (counts->uncovered)
        prose_add(&prose, ", %s at times that the other capture does not cover",
                  units_count(text, counts->uncovered));
    if (counts->unsure)
        prose_add(&prose, ", %s of which it cannot be told", units_count(text, counts->unsure));
    print_row(printing, side_name(side), &prose);
}

static void add_checks(struct prose *prose, const struct path *path)
{
    prose_add(prose, "of the %s's last checks %" PRIu64 " reached %c", side_name(path->detector),
              path->passed, place_letters[!path->pair->near[path->detector]]);
    if (path->lost)
        prose_add(prose, " and %" PRIu64 " did not", path->lost);
}

static const char *unsure_words(const struct pair *pair)
{
    if (pair->is_doubtful[KA_CLIENT] || pair->is_doubtful[KA_SERVER])
        return "too few segments of one direction, or none, are the same in both captures";
    return pair->near_is_known ? "segments are alike, and the clocks do not say which are the same"
                               : "the segments do not show which capture is nearer to which end";
}

static void put_where(const struct printing *printing, const struct path *path)
{
    char near = place_letters[path->pair->near[path->detector]];
    char far = place_letters[!path->pair->near[path->detector]];
    struct prose prose = {0};

    switch (path->where) {
    case WHERE_NOT_ASKED:
    case WHERE_COUNT:
        return;
    case WHERE_THERE:
        add_checks(&prose, path);
        prose_add(&prose, ": the path is broken between %c and %c, on the way to the %s", near, far,
                  side_name((enum ka_side) !path->detector));
        break;
    case WHERE_BACK:
        add_checks(&prose, path);
        prose_add(&prose,
                  "; %" PRIu64 " answers left there, %" PRIu64
                  " of them lost: the path is broken between %c and %c, on the way back",
                  path->answers, path->answers_lost, far, near);
        break;
    case WHERE_BEYOND:
        add_checks(&prose, path);
        prose_add(&prose, ", where nothing came back: it is broken beyond %c, or the %s is gone",
                  far, side_name((enum ka_side) !path->detector));
        break;
    case WHERE_LATER:
        add_checks(&prose, path);
        prose_add(&prose,
                  ": the first went unanswered beyond %c, the last were lost between %c and %c",
                  far, near, far);
        break;
    case WHERE_RST_BETWEEN:
        prose_add(
            &prose,
            "the RST that the %s got is not in %c, which covers the moment: a box between %c and %c "
            "sent it",
            side_name(path->detector), far, near, far);
        break;
    case WHERE_RST_BEYOND:
        prose_add(&prose, "the RST that the %s got passed %c: the %s sent it, or a box beyond %c",
                  side_name(path->detector), far, side_name((enum ka_side) !path->detector), far);
        break;
    case WHERE_UNSURE:
        prose_add(&prose, "cannot be told: %s", unsure_words(path->pair));
        break;
    case WHERE_NOT_COVERED:
        prose_add(&prose, "cannot be told: %s%s", where_meaning(path->where),
                  printing->comparison->options->both_ran
                      ? ""
                      : " (--both-ran, if both ran on, though quiet)");
        break;
    }
    print_row(printing, "where", &prose);
}

/* ---- rows -------------------------------------------------------------------------------- */

static const struct seen *seen_at(const struct printing *printing, int place, uint32_t index)
{
    return &printing->comparison->places[place].segments[index];
}

/* "A 6", or the word that stands for it. */
static void add_frame(const struct printing *printing, char *text, size_t size, int place,
                      uint32_t index, const char *otherwise)
{
    if (index == COMPARE_NONE)
        snprintf(text, size, "%s", otherwise);
    else
        snprintf(text, size, "%c %" PRIu64, place_letters[place],
                 seen_at(printing, place, index)->frame);
}

static const char *missing_word(enum fate fate)
{
    switch (fate) {
    case FATE_LOST:
        return "lost";
    case FATE_BORN:
        return "not there";
    case FATE_ARRIVED:
    case FATE_UNCOVERED:
    case FATE_UNSURE:
    case FATE_COUNT:
        break;
    }
    return "?";
}

static int64_t row_t_ns(const struct printing *printing, const struct path_row *row)
{
    const struct comparison *comparison = printing->comparison;
    int place = row->sent != COMPARE_NONE ? row->near : !row->near;
    int64_t time_ns =
        seen_at(printing, place, row->sent != COMPARE_NONE ? row->sent : row->arrived)->time_ns;

    if (place == PLACE_B)
        time_ns = clocks_to_a(&comparison->clocks, time_ns);
    return time_ns - comparison->places[PLACE_A].capture.first_ns;
}

static void put_path_row(const struct printing *printing, const struct path_row *row)
{
    enum { CELL_BYTES = 32 };
    char cells[4][CELL_BYTES], time[UNITS_TEXT_BYTES], number[UNITS_TEXT_BYTES] = "";
    const char *nothing = row->is_answerable ? "none" : "";
    int far = !row->near;

    add_frame(printing, cells[0], CELL_BYTES, row->near, row->sent, missing_word(row->fate));
    add_frame(printing, cells[1], CELL_BYTES, far, row->arrived, missing_word(row->fate));
    add_frame(printing, cells[2], CELL_BYTES, far, row->answer,
              row->answer_back != COMPARE_NONE ? missing_word(row->answer_fate)
              : row->arrived == COMPARE_NONE   ? ""
                                               : nothing);
    add_frame(printing, cells[3], CELL_BYTES, row->near, row->answer_back,
              row->answer != COMPARE_NONE ? missing_word(row->answer_fate) : nothing);
    if (row->number)
        units_whole(number, row->number);
    fprintf(printing->stream, "    %12s  %-6s  %-16s %4s  %-10s",
            units_column_s(time, row_t_ns(printing, row)), side_name(row->sender),
            ka_tag_name(row->tag), number, cells[0]);
    if (cells[2][0] || cells[3][0])
        fprintf(printing->stream, "  %-10s  %-10s  %s\n", cells[1], cells[2], cells[3]);
    else
        fprintf(printing->stream, "  %s\n", cells[1]);
}

static void put_rows(const struct printing *printing, const struct path *path)
{
    if (path->count == 0)
        return;
    fprintf(printing->stream, "\n    %12s  %-6s  %-16s %4s  %-10s  %-10s  %-10s  %s\n",
            "A's time (s)", "from", "tag", "no.", "sent", "arrived", "answer", "answer back");
    for (size_t i = 0; i < path->count; i++) {
        if (path->count > ROWS_SHOWN && i == ROWS_SHOWN / 2) {
            fprintf(printing->stream, "    %12s  %zu more; --format json has all\n", "...",
                    path->count - ROWS_SHOWN);
            i = path->count - ROWS_SHOWN / 2;
        }
        put_path_row(printing, &path->rows[i]);
    }
}

/* Segments that are in one capture only. */
static void put_events(const struct printing *printing, const struct path *path)
{
    const struct comparison *comparison = printing->comparison;
    size_t shown = 0;

    for (int place = 0; place < PLACES; place++) {
        const struct place *here = &comparison->places[place];
        uint32_t connection = path->pair->connection[place];

        for (uint32_t at = here->start[connection]; at < here->start[connection + 1]; at++) {
            const struct seen *seen = &here->segments[here->order[at]];
            enum ka_side side = pair_side(path->pair, place, seen);
            enum fate fate = path_fate(path, comparison, place, seen);
            char time[UNITS_TEXT_BYTES];

            if (fate == FATE_ARRIVED || shown > EVENTS_SHOWN)
                continue;
            if (shown++ == 0)
                fprintf(printing->stream, "\n    %-10s  %12s  %-6s  %s\n", "only in",
                        "its time (s)", "from", "what became of it");
            if (shown > EVENTS_SHOWN) {
                fprintf(printing->stream, "    ...         --format json has all\n");
                continue;
            }
            fprintf(printing->stream, "    %c %-8" PRIu64 "  %12s  %-6s  %s\n",
                    place_letters[place], seen->frame,
                    units_column_s(time, seen->time_ns - here->capture.first_ns), side_name(side),
                    fate_meaning(fate));
        }
    }
}

static void put_pair(const struct printing *printing, const struct path *path)
{
    const struct pair *pair = path->pair;
    struct prose prose = {0};

    put_heading(printing, pair);
    if (is_translated(printing, pair))
        prose_add(&prose, "addresses or ports are translated between");
    if (pair->numbers_differ)
        prose_add(&prose,
                  "%ssequence numbers are rewritten between (client's by %" PRIu32
                  ", server's by %" PRIu32 ")",
                  prose.length ? "; " : "", pair->seq_offset[KA_CLIENT],
                  pair->seq_offset[KA_SERVER]);
    print_row(printing, "between", &prose);
    put_counts(printing, path, KA_CLIENT);
    put_counts(printing, path, KA_SERVER);
    put_where(printing, path);
    put_rows(printing, path);
    if (printing->comparison->options->events)
        put_events(printing, path);
    putc('\n', printing->stream);
}

/* A connection whose segments all arrived and that was not probed needs no paragraph. */
static bool is_quiet(const struct path *path)
{
    return path->count == 0 && path->where == WHERE_NOT_ASKED && path->counts[0].lost == 0 &&
           path->counts[1].lost == 0 && path->counts[0].born == 0 && path->counts[1].born == 0;
}

void compare_put_text(FILE *stream, unsigned width, const struct comparison *comparison,
                      const struct path *paths)
{
    const struct printing printing = {stream, width, comparison};
    size_t quiet = 0;

    put_captures(&printing);
    put_clocks(&printing);
    for (size_t i = 0; i < comparison->pairs.count; i++) {
        if (is_quiet(&paths[i]) && comparison->pairs.count > 1)
            quiet++;
        else
            put_pair(&printing, &paths[i]);
    }
    if (quiet > 0)
        fprintf(stream, "%zu more connection%s: every segment in both captures, none a check\n\n",
                quiet, quiet == 1 ? "" : "s");
    fprintf(stream,
            "%zu connection%s in both captures; %" PRIu64 " only in A, %" PRIu64 " only in B\n",
            comparison->pairs.count, comparison->pairs.count == 1 ? "" : "s",
            comparison->places[PLACE_A].connection_count - comparison->pairs.count,
            comparison->places[PLACE_B].connection_count - comparison->pairs.count);
}
