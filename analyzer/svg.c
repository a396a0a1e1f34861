/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * svg.c: a timeline as an SVG picture. Two lanes, time to the right. Every kind of mark has a shape
 * of its own (line, dash, arrowhead), so that nothing depends on colour.
 */
#include "svg.h"

#include <inttypes.h>
#include <string.h>

#include "html.h"
#include "svg_layout.h"
#include "units.h"

enum {
    DEATH_RADIUS = 14,
    WIDTH = 1280,
    LEFT = 130,
    RIGHT = 1225,
    TITLE_Y = 46,
    SUBTITLE_Y = 78, /* the page that contains the picture has titles of its own */
    END_Y = 122,     /* what happens at the moment of death */
    FRAME_Y = 150,   /* frame numbers and places in a series */
    TOP_Y = 170,     /* the prober's lane */
    LOST_Y = 262,    /* where a segment that got no answer ends */
    BOTTOM_Y = 330,  /* the peer's lane */
    PEER_FRAME_Y = 354,
    GAP_Y = 388,
    TIME_Y = 418,
    BRACKET_Y = 440,
    BRACKET_TEXT_Y = 484,
    LEGEND_Y = 528,
    HEIGHT = 556
};

void svg_style(FILE *stream)
{
    fputs(".ka{--p:#fff;--i:#111;--s:#555;--b:#0b4f9e;--r:#b00020;--g:#0a6b3d;"
          "background:var(--p);color:var(--i)}\n"
          "@media(prefers-color-scheme:dark){.ka{--p:#15181d;--i:#f2f2f2;--s:#b5b9c0;"
          "--b:#8ec5ff;--r:#ff8f96;--g:#7fdca4}}\n"
          ".ka text{font-family:\"DejaVu Sans\",Verdana,system-ui,sans-serif;font-size:14px;"
          "fill:var(--i)}\n"
          ".ka .bg{fill:var(--p)}\n"
          ".ka .t{font-size:25px;font-weight:700}\n"
          ".ka .u{font-size:17px;fill:var(--s)}\n"
          ".ka .n{font-size:19px;font-weight:700}\n"
          ".ka .q{fill:var(--s)}\n"
          ".ka .d{font-size:17px;font-weight:700;fill:var(--r)}\n"
          ".ka .l{font-size:21px;font-weight:700;fill:var(--r)}\n"
          ".ka line,.ka path,.ka circle,.ka rect.o{fill:none;stroke:var(--i);stroke-width:2.5}\n"
          ".ka .lane{stroke-width:4}\n"
          ".ka .gone{stroke-dasharray:2 9;stroke:var(--s)}\n"
          ".ka .probe{stroke:var(--b);color:var(--b)}\n"
          ".ka .copy{stroke:var(--b);color:var(--b);stroke-dasharray:10 5}\n"
          ".ka .window{stroke:var(--b);color:var(--b);stroke-dasharray:2 5}\n"
          ".ka .data{stroke-width:4}\n"
          ".ka .answer{stroke:var(--g)}\n"
          ".ka .icmp{stroke:var(--s);stroke-dasharray:10 4 2 4}\n"
          ".ka .rst{stroke:var(--r);color:var(--r);stroke-width:5}\n"
          ".ka .due{stroke:var(--s);stroke-width:1.5}\n"
          ".ka rect.o{fill:var(--p);stroke:var(--b)}\n"
          ".ka .dim{stroke:var(--s);stroke-width:1.2}\n"
          ".ka .latency{stroke:var(--r);stroke-width:3}\n"
          ".ka .open{stroke-dasharray:8 6}\n"
          ".ka .f{fill:var(--i);stroke:none}\n"
          ".ka .fr{fill:var(--r);stroke:none}\n"
          ".ka .m{text-anchor:middle}\n"
          ".ka .e{text-anchor:end}\n",
          stream);
}

/* ---- primitives -------------------------------------------------------------------------- */

static void put_line(FILE *stream, const char *class, double x1, double y1, double x2, double y2)
{
    fprintf(stream, "<line class=\"%s\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>\n", class,
            x1, y1, x2, y2);
}

static void put_text(FILE *stream, const char *class, double x, double y, const char *text)
{
    fprintf(stream, "<text class=\"%s\" x=\"%.1f\" y=\"%.1f\">", class, x, y);
    html_text(stream, text);
    fputs("</text>\n", stream);
}

/* A small cross: it got no further. */
static void put_cross(FILE *stream, const char *class, double x, double y)
{
    fprintf(stream,
            "<path class=\"%s\" style=\"stroke-dasharray:none\" "
            "d=\"M%.1f %.1fl12 12m0 -12l-12 12\"/>\n",
            class, x - 6, y - 6);
}

/* A filled arrowhead, or an open one, its point at x, y; `down` is +1 or -1. */
static void put_head(FILE *stream, const char *class, bool filled, double x, double y, int down)
{
    fprintf(stream,
            "<path class=\"%s\" style=\"stroke-dasharray:none%s\" d=\"M%.1f %.1fL%.1f %.1fL%.1f "
            "%.1f%s\"/>\n",
            class, filled ? ";fill:currentColor" : "", x - 6, y - 12.0 * down, x, y, x + 6,
            y - 12.0 * down, filled ? "Z" : "");
}

static double text_width(const char *text, double font_px)
{
    return 0.6 * font_px * (double)strlen(text);
}

/* A row of labels in which none may lie on another. */
struct label_row {
    double y, font_px;
    double used;  /* up to this x */
    double limit; /* and from this x on */
};

/* Print a label centred at x if there is room for it. */
static void put_label(FILE *stream, struct label_row *row, const char *class, double x,
                      const char *text)
{
    double half = text_width(text, row->font_px) / 2;

    if (x - half < row->used || x + half > row->limit)
        return;
    put_text(stream, class, x, row->y, text);
    row->used = x + half + 6;
}

/* ---- the picture ------------------------------------------------------------------------- */

struct drawing {
    FILE *stream;
    const struct picture *picture;
    struct svg_layout layout;
};

static void draw_title(const struct drawing *drawing)
{
    const struct picture *picture = drawing->picture;
    const double room = WIDTH - 40;
    double wanted = text_width(picture->title, 25), size = 25;

    if (wanted > room)
        size = 25 * room / wanted;
    fprintf(drawing->stream, "<text class=\"t\" style=\"font-size:%.1fpx\" x=\"20\" y=\"%d\">",
            size, (int)TITLE_Y);
    html_text(drawing->stream, picture->title);
    fputs("</text>\n", drawing->stream);
    wanted = text_width(picture->subtitle, 17);
    size = wanted > room ? 17 * room / wanted : 17;
    fprintf(drawing->stream, "<text class=\"u\" style=\"font-size:%.1fpx\" x=\"20\" y=\"%d\">",
            size, (int)SUBTITLE_Y);
    html_text(drawing->stream, picture->subtitle);
    fputs("</text>\n", drawing->stream);
}

static bool shows_life(const struct picture_mark *mark)
{
    return mark->kind == PICTURE_GOES_ON || (mark->from_bottom && mark->kind != PICTURE_ICMP);
}

/* The lanes; the peer's is dotted from where it was last heard. */
static void draw_lanes(const struct drawing *drawing)
{
    const struct picture *picture = drawing->picture;
    FILE *stream = drawing->stream;
    double heard_x = LEFT, end_x = drawing->layout.x[picture->count - 1];

    for (size_t i = 0; i < picture->count; i++)
        if (shows_life(&picture->marks[i]))
            heard_x = drawing->layout.x[i];
    if (end_x < RIGHT - 1)
        end_x += 20;
    put_text(stream, "n", 20, TOP_Y + 6, picture->top);
    put_text(stream, "n", 20, BOTTOM_Y + 6, picture->bottom);
    put_line(stream, "lane", LEFT - 15, TOP_Y, end_x, TOP_Y);
    put_line(stream, "lane", LEFT - 15, BOTTOM_Y, heard_x, BOTTOM_Y);
    if (heard_x < end_x)
        put_line(stream, "lane gone", heard_x, BOTTOM_Y, end_x, BOTTOM_Y);
}

/* Two strokes across a lane: there is more time here than is drawn. */
static void draw_break(FILE *stream, double x, double y)
{
    fprintf(stream,
            "<path class=\"bg\" style=\"stroke:none\" d=\"M%.1f %.1fl10 -28h14l-10 28z\"/>\n"
            "<path d=\"M%.1f %.1fl10 -28m14 0l-10 28\"/>\n",
            x - 12, y + 14, x - 12, y + 14);
}

/* How long each gap is, with strokes at its ends. */
static void draw_gaps(const struct drawing *drawing)
{
    const struct picture *picture = drawing->picture;
    FILE *stream = drawing->stream;

    for (size_t i = 1; i < picture->count; i++) {
        const struct svg_gap *gap = &drawing->layout.gaps[i];
        double left = drawing->layout.x[i - 1], right = drawing->layout.x[i];
        struct label_row row = {.y = GAP_Y, .font_px = 14, .used = left + 1, .limit = right - 1};
        char text[UNITS_TEXT_BYTES];

        if (gap->is_broken) {
            draw_break(stream, (left + right) / 2, TOP_Y);
            draw_break(stream, (left + right) / 2, BOTTOM_Y);
        }
        if (gap->is_tiny || picture->marks[i].kind == PICTURE_LEFT_OUT ||
            picture->marks[i - 1].kind == PICTURE_LEFT_OUT)
            continue;
        put_line(stream, "dim", left, GAP_Y + 8, right, GAP_Y + 8);
        put_line(stream, "dim", left, GAP_Y + 3, left, GAP_Y + 13);
        put_line(stream, "dim", right, GAP_Y + 3, right, GAP_Y + 13);
        put_label(stream, &row, "m", (left + right) / 2, units_duration(text, gap->gap_ns));
    }
}

/* ---- marks ------------------------------------------------------------------------------- */

/* How a kind is drawn; class NULL: not as an arrow. */
struct shape {
    const char *class;
    const char *legend;
    bool filled_head;
    bool is_reply; /* an answer has a receiver: it never ends in a cross */
};

static struct shape shape_of(enum picture_kind kind)
{
    switch (kind) {
    case PICTURE_HEARD:
        return (struct shape){"data", "last heard", true, true};
    case PICTURE_SENT:
        return (struct shape){"data", "sent", true, false};
    case PICTURE_PROBE:
        return (struct shape){"probe", "keep-alive probe", true, false};
    case PICTURE_WINDOW_PROBE:
        return (struct shape){"window", "window probe", true, false};
    case PICTURE_COPY:
        return (struct shape){"copy", "retransmission", true, false};
    case PICTURE_HEARTBEAT:
        return (struct shape){"data", "heartbeat", true, false};
    case PICTURE_ANSWER:
        return (struct shape){"answer", "answer", false, true};
    case PICTURE_ICMP:
        return (struct shape){"icmp", "ICMP unreachable", false, true};
    case PICTURE_PEER_RST:
        return (struct shape){"rst", "RST", true, true};
    case PICTURE_FINAL_RST:
        return (struct shape){"rst", "RST at giving up", true, false};
    case PICTURE_SILENT_END:
    case PICTURE_DUE:
    case PICTURE_CAPTURE_END:
    case PICTURE_LEFT_OUT:
    case PICTURE_GOES_ON:
        break;
    }
    return (struct shape){NULL, NULL, false, false};
}

/* Whether a RST is the moment of death, where the bracket ends. */
static bool is_death(const struct drawing *drawing, size_t i)
{
    const struct picture *picture = drawing->picture;
    const struct picture_mark *mark = &picture->marks[i];
    bool is_rst = mark->kind == PICTURE_PEER_RST || mark->kind == PICTURE_FINAL_RST;

    return is_rst && picture->has_bracket && !picture->bracket_open &&
           mark->at_ns == picture->to_ns;
}

static void draw_arrow(const struct drawing *drawing, size_t i, const struct shape *shape)
{
    const struct picture_mark *mark = &drawing->picture->marks[i];
    double x = drawing->layout.x[i];
    bool arrives = shape->is_reply || mark->answered;
    double from = mark->from_bottom ? BOTTOM_Y : TOP_Y, to = mark->from_bottom ? TOP_Y : BOTTOM_Y;
    int down = mark->from_bottom ? -1 : 1;

    if (is_death(drawing, i) && mark->from_bottom)
        to += DEATH_RADIUS;           /* the head stays visible beside the sign */
    if (mark->kind == PICTURE_ICMP) { /* from a router on the way */
        from = LOST_Y;
        to = TOP_Y;
        down = -1;
    }
    if (!arrives)
        to = mark->from_bottom ? BOTTOM_Y - (LOST_Y - TOP_Y) : LOST_Y;
    put_line(drawing->stream, shape->class, x, from, x, arrives ? to - 4.0 * down : to);
    if (arrives)
        put_head(drawing->stream, shape->class, shape->filled_head, x, to - 2.0 * down, down);
    else
        put_cross(drawing->stream, shape->class, x, to);
    if (mark->kind == PICTURE_WINDOW_PROBE)
        fprintf(drawing->stream,
                "<rect class=\"o\" x=\"%.1f\" y=\"%.1f\" width=\"10\" height=\"10\"/>\n", x - 5,
                from - 5);
}

/* The moment of death, or where it would be. */
static void draw_end(const struct drawing *drawing, size_t i)
{
    const struct picture_mark *mark = &drawing->picture->marks[i];
    double x = drawing->layout.x[i];
    FILE *stream = drawing->stream;

    if (mark->kind == PICTURE_CAPTURE_END) {
        put_line(stream, "dim", x, END_Y + 8, x, BRACKET_Y);
        put_text(stream, "q m", x, END_Y, "capture ends");
        return;
    }
    if (mark->kind == PICTURE_DUE)
        fprintf(stream, "<circle class=\"latency open\" cx=\"%.1f\" cy=\"%d\" r=\"13\"/>\n", x,
                (int)TOP_Y);
    else
        fprintf(stream,
                "<circle class=\"fr\" cx=\"%.1f\" cy=\"%d\" r=\"%d\"/>\n"
                "<path style=\"stroke:var(--p);stroke-width:3.5\" "
                "d=\"M%.1f %dl12 12m0 -12l-12 12\"/>\n",
                x, (int)TOP_Y, (int)DEATH_RADIUS, x - 6, TOP_Y - 6);
    put_text(stream, "d e", x + 16, END_Y, drawing->picture->end_text);
}

static void draw_mark(const struct drawing *drawing, size_t i)
{
    const struct picture_mark *mark = &drawing->picture->marks[i];
    const struct shape shape = shape_of(mark->kind);
    double x = drawing->layout.x[i];
    char text[64];

    if (shape.class)
        draw_arrow(drawing, i, &shape);
    switch (mark->kind) {
    case PICTURE_LEFT_OUT:
        snprintf(text, sizeof text, "%" PRIu32 " left out", mark->number);
        put_text(drawing->stream, "q m", x, (TOP_Y + BOTTOM_Y) / 2.0, text);
        draw_break(drawing->stream, x, TOP_Y);
        draw_break(drawing->stream, x, BOTTOM_Y);
        return;
    case PICTURE_GOES_ON:
        put_text(drawing->stream, "q e", x + 20, (TOP_Y + BOTTOM_Y) / 2.0, "and so on");
        return;
    case PICTURE_HEARD:
        fprintf(drawing->stream, "<circle class=\"f\" cx=\"%.1f\" cy=\"%d\" r=\"7\"/>\n", x,
                mark->from_bottom ? (int)TOP_Y : (int)BOTTOM_Y);
        return;
    case PICTURE_FINAL_RST:
    case PICTURE_PEER_RST:
        if (is_death(drawing, i))
            draw_end(drawing, i);
        return;
    case PICTURE_SILENT_END:
    case PICTURE_DUE:
    case PICTURE_CAPTURE_END:
        draw_end(drawing, i);
        return;
    case PICTURE_SENT:
    case PICTURE_PROBE:
    case PICTURE_WINDOW_PROBE:
    case PICTURE_COPY:
    case PICTURE_HEARTBEAT:
    case PICTURE_ANSWER:
    case PICTURE_ICMP:
        return;
    }
}

/* Where the settings put a mark, beside where it was seen. */
static void draw_expected(const struct drawing *drawing, size_t i)
{
    const struct picture_mark *mark = &drawing->picture->marks[i];
    double x;

    if (mark->expected_ns == KA_UNKNOWN)
        return;
    x = svg_layout_x(&drawing->layout, drawing->picture, mark->expected_ns);
    fprintf(drawing->stream, "<path class=\"due\" d=\"M%.1f %dl-6 12h12z\"/>\n", x, TOP_Y + 4);
}

static const char *mark_label(char text[static 64], const struct picture_mark *mark)
{
    if (mark->frame && mark->number)
        snprintf(text, 64, "%" PRIu32 " (#%" PRIu64 ")", mark->number, mark->frame);
    else if (mark->frame)
        snprintf(text, 64, "#%" PRIu64, mark->frame);
    else if (mark->number)
        snprintf(text, 64, "%" PRIu32, mark->number);
    else
        text[0] = '\0';
    return text;
}

/* Frame numbers above and below the lanes, times beneath. The last mark has its label first. */
static void draw_labels(const struct drawing *drawing)
{
    const struct picture *picture = drawing->picture;
    const double *x = drawing->layout.x;
    struct label_row top = {FRAME_Y, 14, 0, WIDTH}, bottom = {PEER_FRAME_Y, 14, 0, WIDTH};
    struct label_row times = {TIME_Y, 14, 0, WIDTH};
    size_t last = picture->count - 1;
    char text[64], time[UNITS_TEXT_BYTES];

    put_text(drawing->stream, "q", 20, GAP_Y, "gap");
    put_text(drawing->stream, "q", 20, TIME_Y, "t (s)");
    units_column_s(time, picture->marks[last].at_ns - picture->zero_ns);
    put_text(drawing->stream, "e", x[last] + 30, TIME_Y, time);
    times.limit = x[last] + 30 - text_width(time, 14) - 6;
    for (size_t i = 0; i < picture->count; i++) {
        const struct picture_mark *mark = &picture->marks[i];
        struct label_row *row = mark->from_bottom ? &bottom : &top;

        if (mark->kind == PICTURE_LEFT_OUT)
            continue;
        if (*mark_label(text, mark))
            put_label(drawing->stream, row, "m", x[i], text);
        if (!drawing->layout.gaps[i].is_tiny && i != last)
            put_label(drawing->stream, &times, "q m", x[i],
                      units_column_s(time, mark->at_ns - picture->zero_ns));
    }
}

/* Where the times count from. */
static void draw_start(const struct drawing *drawing)
{
    const struct picture *picture = drawing->picture;
    double x;

    if (!picture->from_text)
        return;
    x = svg_layout_x(&drawing->layout, picture, picture->from_ns);
    put_line(drawing->stream, "dim", x, END_Y + 8, x, TOP_Y);
    put_text(drawing->stream, "u m", x, END_Y, picture->from_text);
}

static void draw_bracket(const struct drawing *drawing)
{
    const struct picture *picture = drawing->picture;
    double left, right, half, centre;

    if (!picture->has_bracket)
        return;
    left = svg_layout_x(&drawing->layout, picture, picture->from_ns);
    right = svg_layout_x(&drawing->layout, picture, picture->to_ns);
    half = text_width(picture->bracket_text, 21) / 2;
    centre = (left + right) / 2;
    if (centre < half + 20)
        centre = half + 20;
    if (centre > WIDTH - 20 - half)
        centre = WIDTH - 20 - half;
    fprintf(drawing->stream, "<path class=\"latency%s\" d=\"M%.1f %dv16H%.1fv-16\"/>\n",
            picture->bracket_open ? " open" : "", left, (int)BRACKET_Y, right);
    put_text(drawing->stream, "l m", centre, BRACKET_TEXT_Y, picture->bracket_text);
}

/* ---- legend ------------------------------------------------------------------------------ */

static double legend_entry(FILE *stream, double x, const struct shape *shape)
{
    put_line(stream, shape->class, x, LEGEND_Y - 5, x + 30, LEGEND_Y - 5);
    put_text(stream, "q", x + 38, LEGEND_Y, shape->legend);
    return x + 38 + text_width(shape->legend, 14) + 20;
}

static void draw_legend(const struct drawing *drawing)
{
    const struct picture *picture = drawing->picture;
    bool seen[PICTURE_GOES_ON + 1] = {false}, has_expected = false, has_cross = false;
    double x = 20;

    for (size_t i = 0; i < picture->count; i++) {
        const struct shape shape = shape_of(picture->marks[i].kind);
        seen[picture->marks[i].kind] = true;
        has_expected = has_expected || picture->marks[i].expected_ns != KA_UNKNOWN;
        has_cross = has_cross || (shape.class && !shape.is_reply && !picture->marks[i].answered);
    }
    for (int kind = 0; kind <= PICTURE_GOES_ON; kind++) {
        const struct shape shape = shape_of((enum picture_kind)kind);
        if (seen[kind] && shape.class)
            x = legend_entry(drawing->stream, x, &shape);
    }
    if (has_cross) {
        put_cross(drawing->stream, "probe", x + 6, LEGEND_Y - 5);
        put_text(drawing->stream, "q", x + 20, LEGEND_Y, "no answer");
        x += 20 + text_width("no answer", 14) + 20;
    }
    if (has_expected) {
        fprintf(drawing->stream, "<path class=\"due\" d=\"M%.1f %dl-6 12h12z\"/>\n", x + 6,
                LEGEND_Y - 12);
        put_text(drawing->stream, "q", x + 20, LEGEND_Y, "due by the settings");
    }
    put_text(drawing->stream, "q e", WIDTH - 20, HEIGHT - 8,
             "the time axis is compressed: a gap is drawn as the cube root of its length");
}

/* ---- the whole --------------------------------------------------------------------------- */

static void draw(const struct drawing *drawing, bool has_title)
{
    const struct picture *picture = drawing->picture;

    fprintf(drawing->stream, "<rect class=\"bg\" width=\"%d\" height=\"%d\"/>\n", (int)WIDTH,
            (int)HEIGHT);
    if (has_title)
        draw_title(drawing);
    draw_lanes(drawing);
    draw_gaps(drawing);
    for (size_t i = 0; i < picture->count; i++)
        draw_expected(drawing, i);
    for (size_t i = 0; i < picture->count; i++)
        draw_mark(drawing, i);
    draw_labels(drawing);
    draw_start(drawing);
    draw_bracket(drawing);
    draw_legend(drawing);
}

bool svg_picture(FILE *stream, const struct picture *picture, bool standalone)
{
    struct drawing drawing = {.stream = stream, .picture = picture};
    int top = standalone ? 0 : SUBTITLE_Y + 12;

    if (picture->count == 0)
        return true; /* there is nothing to draw */
    if (!svg_layout(&drawing.layout, picture, LEFT, RIGHT))
        return false;
    if (standalone)
        fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n", stream);
    fprintf(stream,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"ka\" role=\"img\" "
            "viewBox=\"0 %d %d %d\"%s>\n<title>",
            top, (int)WIDTH, HEIGHT - top, standalone ? " width=\"1280\" height=\"556\"" : "");
    html_text(stream, picture->title);
    fputs("</title>\n<desc>", stream);
    html_text(stream, picture->bracket_text);
    fputs("</desc>\n", stream);
    if (standalone) {
        fputs("<style>\n", stream);
        svg_style(stream);
        fputs("</style>\n", stream);
    }
    draw(&drawing, standalone);
    fputs("</svg>\n", stream);
    svg_layout_free(&drawing.layout);
    return true;
}
