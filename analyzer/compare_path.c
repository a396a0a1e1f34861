/* SPDX-License-Identifier: GPL-2.0-or-later */
/* compare_path.c: what reached the other place and what came back; where the path broke. */
#include <stdlib.h>

#include "compare.h"

#define COMPARE_ROW(suffix, name, meaning) {name, meaning},
static const struct {
    const char *name, *meaning;
} fates[] = {COMPARE_FATE_MAP(COMPARE_ROW)}, wheres[] = {COMPARE_WHERE_MAP(COMPARE_ROW)};
#undef COMPARE_ROW

const char *fate_name(enum fate fate)
{
    return fate < FATE_COUNT ? fates[fate].name : "?";
}

const char *fate_meaning(enum fate fate)
{
    return fate < FATE_COUNT ? fates[fate].meaning : "?";
}

const char *where_name(enum where where)
{
    return where < WHERE_COUNT ? wheres[where].name : "?";
}

const char *where_meaning(enum where where)
{
    return where < WHERE_COUNT ? wheres[where].meaning : "?";
}

/* What the parts below share. */
struct drawing {
    struct path *path;
    const struct place *places;
    const struct clocks *clocks;
    bool both_ran;
};

bool place_covers(const struct place *place, const struct clocks *clocks, int64_t time_ns)
{
    int64_t margin_ns = clocks->delay_sum_ns == KA_UNKNOWN ? 0 : clocks->delay_sum_ns;

    return place->capture.first_ns != KA_UNKNOWN &&
           time_ns >= place->capture.first_ns + margin_ns &&
           time_ns <= place->capture.latest_ns - margin_ns;
}

static bool other_covers(const struct drawing *drawing, int place, int64_t time_ns)
{
    int64_t there_ns = place == PLACE_A ? clocks_to_b(drawing->clocks, time_ns)
                                        : clocks_to_a(drawing->clocks, time_ns);

    return drawing->both_ran || place_covers(&drawing->places[!place], drawing->clocks, there_ns);
}

static const struct seen *seen_at(const struct drawing *drawing, int place, uint32_t index)
{
    return &drawing->places[place].segments[index];
}

/* What became of a segment of this side that was seen in this place. */
static enum fate fate_of(const struct drawing *drawing, int place, enum ka_side side,
                         const struct seen *seen)
{
    const struct pair *pair = drawing->path->pair;

    if (seen->partner != COMPARE_NONE)
        return FATE_ARRIVED;
    if (!other_covers(drawing, place, seen->time_ns))
        return FATE_UNCOVERED;
    if (seen->is_doubtful || pair->is_doubtful[side] || !pair->near_is_known)
        return FATE_UNSURE;
    return place == pair->near[side] ? FATE_LOST : FATE_BORN;
}

static void count_segment(struct drawing *drawing, int place, enum ka_side side,
                          const struct seen *seen)
{
    struct path_counts *counts = &drawing->path->counts[side];

    switch (fate_of(drawing, place, side, seen)) {
    case FATE_ARRIVED:
        counts->arrived += place == drawing->path->pair->near[side]; /* not twice */
        return;
    case FATE_LOST:
        counts->lost++;
        return;
    case FATE_BORN:
        counts->born++;
        return;
    case FATE_UNSURE:
        counts->unsure++;
        return;
    case FATE_UNCOVERED:
    case FATE_COUNT:
        break;
    }
    counts->uncovered++;
}

/* ---- rows -------------------------------------------------------------------------------- */

static bool is_checked(enum ka_tag tag)
{
    switch (tag) {
    case KA_TAG_FINAL_RST:
    case KA_TAG_PEER_RST:
    case KA_TAG_ABORT_RST:
    case KA_TAG_WINDOW_PROBE:
    case KA_TAG_KEEPALIVE_PROBE:
    case KA_TAG_RETRANSMISSION:
        return true;
    case KA_TAG_NONE:
    case KA_TAG_WINDOW_PROBE_ACK:
    case KA_TAG_KEEPALIVE_ACK:
    case KA_TAG_HEARTBEAT:
    case KA_TAG_HEARTBEAT_ACK:
    case KA_TAG_ICMP_UNREACHABLE:
    case KA_TAG_COUNT:
        break;
    }
    return false;
}

static bool is_probe(enum ka_tag tag)
{
    return tag == KA_TAG_KEEPALIVE_PROBE || tag == KA_TAG_WINDOW_PROBE;
}

static bool is_rst(enum ka_tag tag)
{
    return tag == KA_TAG_FINAL_RST || tag == KA_TAG_PEER_RST || tag == KA_TAG_ABORT_RST;
}

static const struct ka_frame *event_of(const struct drawing *drawing, int place, uint32_t index)
{
    const struct seen *seen = index == COMPARE_NONE ? NULL : seen_at(drawing, place, index);

    return seen && seen->event != COMPARE_NONE
               ? &drawing->places[place].events.rows[seen->event].frame
               : NULL;
}

/* The segment of this frame number, or COMPARE_NONE. */
static uint32_t find_frame(const struct place *place, uint64_t frame)
{
    size_t low = 0, high = place->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (place->segments[middle].frame < frame)
            low = middle + 1;
        else
            high = middle;
    }
    return low < place->count && place->segments[low].frame == frame ? (uint32_t)low : COMPARE_NONE;
}

/* The answer that this place saw to a probe, or COMPARE_NONE. */
static uint32_t answer_in(const struct drawing *drawing, int place, uint32_t probe)
{
    const struct ka_frame *frame = event_of(drawing, place, probe);

    return frame && is_probe(frame->tag) && frame->probe.answered_frame
               ? find_frame(&drawing->places[place], frame->probe.answered_frame)
               : COMPARE_NONE;
}

static void draw_answer(const struct drawing *drawing, struct path_row *row)
{
    int far = !row->near;
    enum ka_side answerer = (enum ka_side) !row->sender;

    row->is_answerable = is_probe(row->tag);
    row->answer =
        row->arrived == COMPARE_NONE ? COMPARE_NONE : answer_in(drawing, far, row->arrived);
    row->answer_back =
        row->sent == COMPARE_NONE ? COMPARE_NONE : answer_in(drawing, row->near, row->sent);
    if (row->answer != COMPARE_NONE) {
        const struct seen *seen = seen_at(drawing, far, row->answer);

        row->answer_fate = fate_of(drawing, far, answerer, seen);
        row->answer_back = seen->partner;
    } else if (row->answer_back != COMPARE_NONE) {
        row->answer_fate =
            fate_of(drawing, row->near, answerer, seen_at(drawing, row->near, row->answer_back));
    }
}

static bool add_row(struct drawing *drawing, int place, enum ka_side side, uint32_t index)
{
    struct path *path = drawing->path;
    const struct seen *seen = seen_at(drawing, place, index);
    const struct ka_frame *frame = event_of(drawing, place, index);
    int near = path->pair->near[side];
    struct path_row row = {.sender = side, .tag = frame->tag, .near = near};

    if (path->count == path->room) {
        size_t room = path->room ? 2 * path->room : 64;
        struct path_row *rows = reallocarray(path->rows, room, sizeof *rows);

        if (!rows)
            return false;
        path->rows = rows;
        path->room = room;
    }
    row.sent = place == near ? index : seen->partner;
    row.arrived = place == near ? seen->partner : index;
    row.fate = fate_of(drawing, place, side, seen);
    if (is_probe(row.tag))
        row.number = frame->probe.number;
    else if (row.tag == KA_TAG_RETRANSMISSION)
        row.number = frame->retransmission.step;
    draw_answer(drawing, &row);
    path->rows[path->count++] = row;
    return true;
}

/* Segments of the pair in one place: all are counted, checks and RSTs get a row. */
static bool draw_place(struct drawing *drawing, int place)
{
    const struct pair *pair = drawing->path->pair;
    const struct place *here = &drawing->places[place];
    uint32_t connection = pair->connection[place];
    bool is_complete = true;

    for (uint32_t at = here->start[connection]; at < here->start[connection + 1]; at++) {
        uint32_t i = here->order[at];
        const struct seen *seen = &here->segments[i];
        enum ka_side side = pair_side(pair, place, seen);
        const struct ka_frame *frame = event_of(drawing, place, i);

        count_segment(drawing, place, side, seen);
        /*
         * What both places saw gets its row in the nearer one, unless
         * only the farther knows its tag.
         */
        if (!frame || !is_checked(frame->tag))
            continue;
        if (place != pair->near[side] && seen->partner != COMPARE_NONE) {
            const struct ka_frame *there = event_of(drawing, !place, seen->partner);
            if (there && is_checked(there->tag))
                continue;
        }
        is_complete = add_row(drawing, place, side, i) && is_complete;
    }
    return is_complete;
}

/* When a row happened, by A's clock. */
static int64_t row_time_ns(const struct drawing *drawing, const struct path_row *row)
{
    int place = row->sent != COMPARE_NONE ? row->near : !row->near;
    const struct seen *seen =
        seen_at(drawing, place, row->sent != COMPARE_NONE ? row->sent : row->arrived);

    return place == PLACE_A ? seen->time_ns : clocks_to_a(drawing->clocks, seen->time_ns);
}

static int order_rows(const void *left, const void *right, void *user)
{
    int64_t a_ns = row_time_ns(user, left), b_ns = row_time_ns(user, right);

    return (a_ns > b_ns) - (a_ns < b_ns);
}

/* ---- where ------------------------------------------------------------------------------- */

/* A detection, as one of the places has it. */
struct found {
    const struct ka_detection *detection; /* or NULL */
    bool is_near;        /* in the place nearer to the detector, whose account is its own */
    int64_t declared_ns; /* by A's clock; INT64_MAX: not yet */
};

static struct found found_in(const struct drawing *drawing, int place)
{
    const struct pair *pair = drawing->path->pair;
    const struct seen_connection *connection =
        &drawing->places[place].connections[pair->connection[place]];
    const struct ka_detection *detection = &connection->detection;
    enum ka_side side = detection->detector;
    struct found found = {.declared_ns = INT64_MAX};

    if (!connection->has_detection)
        return found;
    if (place == PLACE_B && pair->is_flipped)
        side = (enum ka_side) !side;
    found.detection = detection;
    found.is_near = pair->near[side] == place;
    if (detection->declared)
        found.declared_ns = place == PLACE_A ? detection->declared_ns
                                             : clocks_to_a(drawing->clocks, detection->declared_ns);
    return found;
}

/* The first death that the place nearer to its detector saw; else what there is. NULL: none. */
static const struct ka_detection *detection_of(const struct drawing *drawing, int *place)
{
    struct found a = found_in(drawing, PLACE_A), b = found_in(drawing, PLACE_B);
    bool is_b = !a.detection;

    if (a.detection && b.detection)
        is_b = a.is_near != b.is_near ? b.is_near : b.declared_ns < a.declared_ns;
    *place = is_b ? PLACE_B : PLACE_A;
    return is_b ? b.detection : a.detection;
}

/* The RST that the detector got, or that ended the connection: did it pass both places? */
static enum where where_of_rst(struct drawing *drawing, int place, uint64_t frame)
{
    uint32_t index = find_frame(&drawing->places[place], frame);
    const struct seen *seen = index == COMPARE_NONE ? NULL : seen_at(drawing, place, index);

    if (!seen)
        return WHERE_NOT_ASKED;
    drawing->path->detector = (enum ka_side) !pair_side(drawing->path->pair, place, seen);
    if (seen->partner != COMPARE_NONE)
        return WHERE_RST_BEYOND;
    if (!other_covers(drawing, place, seen->time_ns))
        return WHERE_NOT_COVERED;
    if (fate_of(drawing, place, (enum ka_side) !drawing->path->detector, seen) == FATE_UNSURE)
        return WHERE_UNSURE;
    /* Seen only where it came from: it was lost, which says nothing of its birth. */
    return place == drawing->path->pair->near[!drawing->path->detector] ? WHERE_RST_BEYOND
                                                                        : WHERE_RST_BETWEEN;
}

/* Whether a place has segments of this side at all: some captures are of one direction. */
static bool has_side(const struct drawing *drawing, int place, enum ka_side side)
{
    const struct place *here = &drawing->places[place];
    uint32_t connection = drawing->path->pair->connection[place];

    for (uint32_t at = here->start[connection]; at < here->start[connection + 1]; at++)
        if (pair_side(drawing->path->pair, place, &here->segments[here->order[at]]) == side)
            return true;
    return false;
}

/* The checks of the detector since its peer was last heard: how far they came. */
static enum where where_of_checks(struct drawing *drawing, int place,
                                  const struct ka_detection *detection)
{
    struct path *path = drawing->path;
    uint64_t uncovered = 0, unsure = 0, asked = 0;
    bool is_lost_last = false;

    for (size_t i = 0; i < path->count; i++) {
        const struct path_row *row = &path->rows[i];
        const struct seen *sent =
            row->sent == COMPARE_NONE ? NULL : seen_at(drawing, row->near, row->sent);

        if (row->sender != path->detector || !sent || is_rst(row->tag) || row->near != place ||
            sent->frame < detection->first_unanswered_frame)
            continue;
        asked++;
        path->passed += row->fate == FATE_ARRIVED;
        path->lost += row->fate == FATE_LOST;
        uncovered += row->fate == FATE_UNCOVERED;
        unsure += row->fate == FATE_UNSURE ||
                  (row->answer != COMPARE_NONE && row->answer_fate == FATE_UNSURE);
        is_lost_last = row->fate == FATE_LOST;
        path->answers += row->answer != COMPARE_NONE;
        path->answers_lost += row->answer != COMPARE_NONE && row->answer_fate == FATE_LOST;
    }
    if (unsure > 0)
        return WHERE_UNSURE;
    if (asked == 0 || path->passed + path->lost == 0 || uncovered > path->passed + path->lost)
        return WHERE_NOT_COVERED;
    if (path->answers_lost > 0)
        return WHERE_BACK;
    if (path->passed == 0)
        return WHERE_THERE;
    if (path->answers > 0) /* seen there, at a time that the near place does not cover */
        return WHERE_NOT_COVERED;
    if (!has_side(drawing, !place, (enum ka_side) !path->detector))
        return WHERE_UNSURE;
    return is_lost_last && path->lost >= path->passed ? WHERE_LATER : WHERE_BEYOND;
}

/* What the peer sent back after the first copy had reached it, and the detector did not get. */
static void count_lost_acks(struct drawing *drawing, int place, int64_t since_ns)
{
    struct path *path = drawing->path;
    int far = !place;
    const struct place *there = &drawing->places[far];
    uint32_t connection = path->pair->connection[far];
    int64_t start_ns = far == PLACE_B ? clocks_to_b(drawing->clocks, since_ns)
                                      : clocks_to_a(drawing->clocks, since_ns);

    for (uint32_t at = there->start[connection]; at < there->start[connection + 1]; at++) {
        const struct seen *seen = &there->segments[there->order[at]];
        enum ka_side side = pair_side(path->pair, far, seen);

        if (side == path->detector || seen->time_ns < start_ns || !(seen->flags & KA_ACK))
            continue;
        path->answers++;
        path->answers_lost += fate_of(drawing, far, side, seen) == FATE_LOST;
    }
}

static void conclude(struct drawing *drawing)
{
    struct path *path = drawing->path;
    const struct pair *pair = path->pair;
    int place;
    const struct ka_detection *detection = detection_of(drawing, &place);

    if (!detection) {
        for (place = PLACE_A; place < PLACES && path->where == WHERE_NOT_ASKED; place++) {
            const struct seen_connection *connection =
                &drawing->places[place].connections[pair->connection[place]];
            if (connection->outcome == KA_OUTCOME_ABORTED && connection->reset_frame)
                path->where = where_of_rst(drawing, place, connection->reset_frame);
        }
        return;
    }
    if (detection->mechanism == KA_MECHANISM_PEER_RESET) {
        path->where = where_of_rst(drawing, place, detection->declared_frame);
        return;
    }
    path->detector = (enum ka_side)(place == PLACE_B && pair->is_flipped ? !detection->detector
                                                                         : detection->detector);
    path->where = where_of_checks(drawing, place, detection);
    if (path->where == WHERE_BEYOND && detection->check != KA_MECHANISM_KEEPALIVE &&
        detection->first_unanswered_ns != KA_UNKNOWN) {
        count_lost_acks(drawing, place, detection->first_unanswered_ns);
        if (path->answers_lost > 0)
            path->where = WHERE_BACK;
    }
}

bool path_draw(struct path *path, const struct pair *pair, const struct place places[static PLACES],
               const struct clocks *clocks, bool both_ran)
{
    struct drawing drawing = {path, places, clocks, both_ran};
    bool is_complete;

    *path = (struct path){.pair = pair};
    is_complete = draw_place(&drawing, PLACE_A) && draw_place(&drawing, PLACE_B);
    if (path->count > 0)
        qsort_r(path->rows, path->count, sizeof *path->rows, order_rows, &drawing);
    if (is_complete)
        conclude(&drawing);
    return is_complete;
}

enum fate path_fate(const struct path *path, const struct comparison *comparison, int place,
                    const struct seen *seen)
{
    struct path copy = *path;
    const struct drawing drawing = {&copy, comparison->places, &comparison->clocks,
                                    comparison->options->both_ran};

    return fate_of(&drawing, place, pair_side(path->pair, place, seen), seen);
}

void path_free(struct path *path)
{
    free(path->rows);
    *path = (struct path){.count = 0};
}
