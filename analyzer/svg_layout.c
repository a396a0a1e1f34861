/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * svg_layout.c: the time axis. Gaps are drawn as the cube root of their length, so that a backoff
 * from 0.2 s to 120 s grows visibly and still fits; idle time is broken; answers get a fixed little
 * room.
 */
#include "svg_layout.h"

#include <stdlib.h>

enum { TINY_PX = 15, LEFT_OUT_PX = 90, BROKEN_MIN_PX = 60, BROKEN_PX = 190, GAP_MAX_PX = 150 };

/* A gap this many times as long as the usual one is broken. */
enum { BREAK_RATIO = 4 };

/* Whole cube root. */
static double cube_root(int64_t value)
{
    int64_t low = 0, high = 2097151; /* its cube is just below 2^63 */

    while (low < high) {
        int64_t middle = low + (high - low + 1) / 2;
        if (middle * middle * middle <= value)
            low = middle;
        else
            high = middle - 1;
    }
    return (double)low;
}

static bool is_reply(enum picture_kind kind)
{
    return kind == PICTURE_ANSWER || kind == PICTURE_PEER_RST || kind == PICTURE_ICMP;
}

/* Whether the time before a mark, not the first one, is idle: nothing was tried in it. */
static bool is_idle_before(const struct picture_mark *mark)
{
    switch (mark->kind) {
    case PICTURE_PROBE: /* the first, or the next after an answer */
        return mark->number <= 1 || mark[-1].kind == PICTURE_ANSWER;
    case PICTURE_SENT:
    case PICTURE_HEARD:
    case PICTURE_HEARTBEAT:
    case PICTURE_GOES_ON:
        return true;
    case PICTURE_WINDOW_PROBE:
    case PICTURE_COPY:
    case PICTURE_ANSWER:
    case PICTURE_ICMP:
    case PICTURE_PEER_RST:
    case PICTURE_FINAL_RST:
    case PICTURE_SILENT_END:
    case PICTURE_DUE:
    case PICTURE_CAPTURE_END:
    case PICTURE_LEFT_OUT:
        break;
    }
    return false;
}

/* The longest gap in which something was being tried; 0: there is none. */
static int64_t longest_active_ns(const struct picture *picture)
{
    int64_t longest_ns = 0;

    for (size_t i = 1; i < picture->count; i++) {
        int64_t gap_ns = picture->marks[i].at_ns - picture->marks[i - 1].at_ns;
        if (!is_idle_before(&picture->marks[i]) && !is_reply(picture->marks[i].kind) &&
            gap_ns > longest_ns)
            longest_ns = gap_ns;
    }
    return longest_ns;
}

static void classify(struct svg_layout *layout, const struct picture *picture)
{
    int64_t active_ns = longest_active_ns(picture);

    for (size_t i = 1; i < layout->count; i++) {
        const struct picture_mark *mark = &picture->marks[i];
        struct svg_gap *gap = &layout->gaps[i];
        bool beside_cut =
            mark->kind == PICTURE_LEFT_OUT || picture->marks[i - 1].kind == PICTURE_LEFT_OUT;

        gap->gap_ns = mark->at_ns - picture->marks[i - 1].at_ns;
        gap->is_tiny = !beside_cut && is_reply(mark->kind) && gap->gap_ns < 2 * KA_SECOND;
        gap->is_broken = !beside_cut && !gap->is_tiny && is_idle_before(mark) &&
                         (gap->gap_ns / BREAK_RATIO > active_ns || gap->gap_ns >= 3600 * KA_SECOND);
        if (beside_cut)
            gap->width = LEFT_OUT_PX / 2.0;
        else if (gap->is_tiny)
            gap->width = TINY_PX;
    }
}

/* Share the room that the fixed widths leave. */
static void share_room(struct svg_layout *layout, double room)
{
    double sum = 0, longest = 0, broken_px = 0, scale = 0;
    size_t broken = 0;

    for (size_t i = 1; i < layout->count; i++) {
        const struct svg_gap *gap = &layout->gaps[i];
        double root = cube_root(gap->gap_ns > 0 ? gap->gap_ns : 0);

        room -= gap->width;
        if (gap->is_broken) {
            broken++;
        } else if (gap->width == 0) {
            sum += root;
            longest = root > longest ? root : longest;
        }
    }
    if (broken > 0) {
        broken_px = sum > 0 ? room / 2 / (double)broken : room / (double)broken;
        if (broken_px > BROKEN_PX && sum > 0)
            broken_px = BROKEN_PX;
        if (broken_px < BROKEN_MIN_PX)
            broken_px = BROKEN_MIN_PX;
    }
    room -= broken_px * (double)broken;
    if (sum > 0)
        scale = room / sum;
    if (broken > 0 && scale * longest > GAP_MAX_PX) {
        scale = GAP_MAX_PX / longest;
        broken_px += (room - scale * sum) / (double)broken;
    }
    for (size_t i = 1; i < layout->count; i++) {
        struct svg_gap *gap = &layout->gaps[i];
        if (gap->is_broken)
            gap->width = broken_px;
        else if (gap->width == 0)
            gap->width = scale * cube_root(gap->gap_ns > 0 ? gap->gap_ns : 0);
    }
}

bool svg_layout(struct svg_layout *layout, const struct picture *picture, double left, double right)
{
    *layout = (struct svg_layout){.count = picture->count};
    if (picture->count == 0)
        return false;
    layout->x = calloc(picture->count, sizeof *layout->x);
    layout->gaps = calloc(picture->count, sizeof *layout->gaps);
    if (!layout->x || !layout->gaps) {
        svg_layout_free(layout);
        return false;
    }
    classify(layout, picture);
    share_room(layout, right - left);
    layout->x[0] = left;
    for (size_t i = 1; i < layout->count; i++)
        layout->x[i] = layout->x[i - 1] + layout->gaps[i].width;
    return true;
}

double svg_layout_x(const struct svg_layout *layout, const struct picture *picture, int64_t time_ns)
{
    const struct picture_mark *marks = picture->marks;
    size_t i = 1;

    if (time_ns <= marks[0].at_ns || layout->count == 1)
        return layout->x[0];
    while (i + 1 < layout->count && time_ns > marks[i].at_ns)
        i++;
    if (time_ns >= marks[i].at_ns || layout->gaps[i].gap_ns <= 0)
        return layout->x[i];
    return layout->x[i - 1] + layout->gaps[i].width * (double)(time_ns - marks[i - 1].at_ns) /
                                  (double)layout->gaps[i].gap_ns;
}

void svg_layout_free(struct svg_layout *layout)
{
    free(layout->x);
    free(layout->gaps);
    *layout = (struct svg_layout){0};
}
