/* SPDX-License-Identifier: GPL-2.0-or-later */
/* html_connection.c: one connection in the HTML report. */
#include "html_connection.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "html.h"
#include "names.h"
#include "prose.h"
#include "story.h"
#include "svg.h"
#include "text_stream.h"
#include "timeline_picture.h"
#include "units.h"
#include "what_if_report.h"

/* So that a row of the story is one line, and frames listed beneath a timeline. */
enum { STORY_WIDTH = 4 * PROSE_BYTES, FRAMES_MAX = 400 };

/* ---- the row ----------------------------------------------------------------------------- */

/* Numbers are sorted as numbers, so their columns are marked. */
static const struct {
    const char *name;
    bool is_number;
} columns[] = {
    {"no.", true},       {"capture", false},    {"client", false},
    {"server", false},   {"outcome", false},    {"detection latency", true},
    {"findings", false}, {"keep-alive", false}, {"packets", true},
    {"bytes", true},     {"duration", true},    {"first packet", false},
};

void html_connection_heading(FILE *stream)
{
    fputs("<thead><tr>", stream);
    for (size_t i = 0; i < sizeof columns / sizeof columns[0]; i++)
        fprintf(stream, "<th scope=\"col\"%s><button type=\"button\">%s</button></th>",
                columns[i].is_number ? " class=\"num\"" : "", columns[i].name);
    fputs("</tr></thead>\n", stream);
}

static void put_cell(FILE *stream, const char *text)
{
    fputs("<td>", stream);
    html_text(stream, text);
    fputs("</td>", stream);
}

/* The file's own name; the whole path where the pointer rests on it. */
static void put_capture(FILE *stream, const char *path)
{
    const char *slash = strrchr(path, '/');

    fputs("<td title=\"", stream);
    html_text(stream, path);
    fputs("\">", stream);
    html_text(stream, slash && slash[1] ? slash + 1 : path);
    fputs("</td>", stream);
}

/* A cell that is sorted by `value`; unknown ones come first. */
static void put_number(FILE *stream, int64_t value, const char *text)
{
    fprintf(stream, "<td class=\"num\" data-v=\"%" PRId64 "\">", value == KA_UNKNOWN ? -1 : value);
    html_text(stream, value == KA_UNKNOWN ? "-" : text);
    fputs("</td>", stream);
}

/*
 * The weightiest finding, and how many more there are; all of them where the pointer rests on it.
 */
static void put_weightiest(FILE *stream, const struct ka_connection *connection)
{
    fputs("<td title=\"", stream);
    for (size_t i = 0; i < connection->findings; i++)
        fprintf(stream, "%s%s %s", i ? ", " : "", ka_severity_name(connection->finding[i].severity),
                ka_finding_name(connection->finding[i].code));
    fputs("\">", stream);
    if (connection->findings == 0)
        putc('-', stream);
    else
        fprintf(stream, "<span class=\"%s\">%s</span>",
                ka_severity_name(connection->finding[0].severity),
                ka_finding_name(connection->finding[0].code));
    if (connection->findings > 1)
        fprintf(stream, " +%zu", connection->findings - 1);
    fputs("</td>", stream);
}

static void add_settings(struct prose *prose, const struct ka_keepalive *k, const char *side)
{
    char idle[UNITS_TEXT_BYTES], intvl[UNITS_TEXT_BYTES];

    if (!k)
        return;
    prose_add(prose, "%s%s %s/%s/", prose->length > 0 ? ", " : "", side,
              k->idle.nominal_ns == KA_UNKNOWN ? "?" : units_exact_s(idle, k->idle.nominal_ns),
              k->intvl.nominal_ns == KA_UNKNOWN ? "?" : units_exact_s(intvl, k->intvl.nominal_ns));
    if (k->count)
        prose_add(prose, "%" PRIu32, k->count);
    else
        prose_add(prose, "?");
}

void html_connection_row(FILE *stream, const struct html_connection *row)
{
    const struct ka_connection *connection = row->connection;
    const struct ka_detection *d = connection->detection;
    int64_t latency_ns = d && d->declared ? d->latency_ns : KA_UNKNOWN;
    int64_t duration_ns = connection->last_ns - connection->first_ns;
    char text[UNITS_TEXT_BYTES], name[ENDPOINT_TEXT_BYTES];
    struct prose settings = {0};

    fprintf(stream, "<tr class=\"%s\"><td class=\"num\" data-v=\"%" PRIu64 "\">",
            ka_outcome_name(connection->outcome), connection->number);
    if (row->has_section)
        fprintf(stream, "<a href=\"#c%" PRIu64 "\">%" PRIu64 "</a></td>", row->id,
                connection->number);
    else
        fprintf(stream, "%" PRIu64 "</td>", connection->number);
    put_capture(stream, row->capture->name);
    put_cell(stream, endpoint_name(name, &connection->endpoint[KA_CLIENT]));
    put_cell(stream, endpoint_name(name, &connection->endpoint[KA_SERVER]));
    put_cell(stream, ka_outcome_name(connection->outcome));
    put_number(stream, latency_ns, units_duration(text, latency_ns));
    put_weightiest(stream, connection);
    add_settings(&settings, connection->keepalive[KA_CLIENT], "client");
    add_settings(&settings, connection->keepalive[KA_SERVER], "server");
    put_cell(stream, settings.length > 0 ? settings.text : "-");
    put_number(stream, (int64_t)connection->packets, units_count(text, connection->packets));
    put_number(stream, (int64_t)connection->bytes, units_count(text, connection->bytes));
    put_number(stream, duration_ns, units_duration(text, duration_ns));
    put_cell(stream, units_moment(text, connection->first_ns));
    fputs("</tr>\n", stream);
}

/* ---- the section ------------------------------------------------------------------------- */

/*
 * A line of the story: a label up to the column of the text, unless it goes on with the one before.
 */
static void put_story_line(FILE *stream, char *line)
{
    char *label, *text;

    if (strlen(line) <= PROSE_TEXT_COLUMN)
        return;
    text = line + PROSE_TEXT_COLUMN;
    line[PROSE_TEXT_COLUMN - 1] = '\0';
    label = line + strspn(line, " ");
    for (size_t end = strlen(label); end > 0 && label[end - 1] == ' '; end--)
        label[end - 1] = '\0';
    if (*label) {
        fputs("<dt>", stream);
        html_text(stream, label);
        fputs("</dt>", stream);
    }
    fputs("<dd>", stream);
    html_text(stream, text);
    fputs("</dd>\n", stream);
}

/*
 * Each finding's sentence, and beneath it what to paste into Wireshark: a click selects all of it.
 */
static void put_findings(FILE *stream, const struct ka_connection *connection)
{
    for (size_t i = 0; i < connection->findings; i++) {
        const struct ka_finding *finding = &connection->finding[i];
        const char *severity = ka_severity_name(finding->severity);

        fprintf(stream, "%s<dd><b class=\"%s\">%s %s</b>: ", i == 0 ? "<dt>why</dt>" : "", severity,
                severity, ka_finding_name(finding->code));
        html_text(stream, finding->text);
        fputs("<br><code>", stream);
        html_text(stream, finding->filter);
        fputs("</code></dd>\n", stream);
    }
}

/* The rows of the text report, as a list. */
static bool put_story(FILE *stream, const struct html_connection *row)
{
    struct text_stream story;
    char *rest = NULL;

    if (!text_stream_open(&story))
        return false;
    story_print_facts(story.stream, STORY_WIDTH, row->capture, row->connection);
    if (!text_stream_close(&story))
        return false;
    fputs("<dl>\n", stream);
    for (char *line = strtok_r(story.text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
        put_story_line(stream, line);
    put_findings(stream, row->connection);
    fputs("</dl>\n", stream);
    free(story.text);
    return true;
}

static void put_frames(FILE *stream, const struct html_connection *row)
{
    size_t shown = row->event_count < FRAMES_MAX ? row->event_count : FRAMES_MAX;

    if (shown == 0)
        return;
    fprintf(stream,
            "<details><summary>%zu tagged frame%s</summary><div class=\"wide\"><table>\n"
            "<thead><tr><th scope=\"col\" class=\"num\">frame</th><th scope=\"col\" class=\"num\">"
            "time (s)</th><th scope=\"col\">from</th><th scope=\"col\">tag</th>"
            "<th scope=\"col\">what</th></tr></thead><tbody>\n",
            row->event_count, row->event_count == 1 ? "" : "s");
    for (size_t i = 0; i < shown; i++) {
        const struct ka_frame *frame = &row->events[i].frame;
        char time[UNITS_TEXT_BYTES];
        struct prose detail = {0};

        story_of_frame(&detail, frame);
        fprintf(stream,
                "<tr><td class=\"num\">%" PRIu64 "</td><td class=\"num\">%s</td><td>%s</td>"
                "<td>%s</td>",
                frame->frame, units_column_s(time, frame->time_ns - row->capture->first_ns),
                frame->from == KA_CLIENT ? "client" : "server", ka_tag_name(frame->tag));
        put_cell(stream, detail.text);
        fputs("</tr>\n", stream);
    }
    fputs("</tbody></table></div>", stream);
    if (shown < row->event_count)
        fprintf(stream, "<p>The other %zu are in the json and csv formats.</p>",
                row->event_count - shown);
    fputs("</details>\n", stream);
}

bool html_connection_section(FILE *stream, const struct html_connection *row)
{
    const struct ka_connection *connection = row->connection;
    struct prose title = {0}, subtitle = {0};
    struct picture picture = {0};
    bool is_complete;

    timeline_picture(&picture, &title, &subtitle, row->capture, connection, row->events,
                     row->event_count);
    fprintf(stream, "<section id=\"c%" PRIu64 "\">\n<h3>", row->id);
    html_text(stream, title.text);
    fprintf(stream, "</h3>\n<p class=\"sub\">connection %" PRIu64 " of ", connection->number);
    html_text(stream, row->capture->name);
    fputs(": ", stream);
    html_text(stream, subtitle.text);
    fputs("</p>\n<div class=\"wide\" tabindex=\"0\">\n", stream);
    is_complete = svg_picture(stream, &picture, false) && !picture.no_memory;
    fputs("</div>\n", stream);
    picture_free(&picture);
    is_complete = put_story(stream, row) && is_complete;
    if (row->what_if)
        what_if_print_html(stream, row->what_if, row->connection);
    put_frames(stream, row);
    fputs("</section>\n", stream);
    return is_complete;
}
