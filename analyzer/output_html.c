/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * output_html.c: the report as one self-contained page: sums, a table of connections, and a
 * timeline of each that has something to tell. It loads nothing; its only script sorts the table.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "html.h"
#include "html_connection.h"
#include "html_fleet.h"
#include "output.h"
#include "story.h"
#include "svg.h"
#include "text_stream.h"
#include "units.h"
#include "what_if_report.h"

/* Connections with a section of their own; a page of more could not be read anyway. */
enum { SECTIONS_MAX = 200 };

struct html_page {
    struct text_stream rows, sections, captures; /* written while what is above is not known yet */
    uint64_t connections, sections_count, worth_telling;
    bool shows_groups; /* --summary: `rows` are the tables of the groups */
};

static const char page_style[] =
    ":root{color-scheme:light dark;--page:#fff;--ink:#1a1a1a;--soft:#5a5f66;--rule:#d5d8dc;"
    "--head:#f1f3f5;--bad:#b00020;--warn:#8a5200;--good:#0a6b3d;--link:#0b4f9e}\n"
    "@media(prefers-color-scheme:dark){:root{--page:#15181d;--ink:#f2f2f2;--soft:#b5b9c0;"
    "--rule:#3a4048;--head:#20252c;--bad:#ff8f96;--warn:#ffc46b;--good:#7fdca4;--link:#8ec5ff}}\n"
    "*{box-sizing:border-box}\n"
    "body{margin:0 auto;max-width:1480px;padding:1rem;background:var(--page);color:var(--ink);"
    "font:1rem/1.5 system-ui,\"DejaVu Sans\",Verdana,sans-serif}\n"
    "h1{font-size:1.6rem;margin:.2rem 0}h2{font-size:1.25rem;margin:2rem 0 .5rem}"
    "h3{font-size:1.1rem;margin:0}\n"
    "a{color:var(--link)}p{margin:.3rem 0}.sub{color:var(--soft);overflow-wrap:anywhere}\n"
    ".wide{overflow-x:auto}\n"
    "table{border-collapse:collapse;font-size:.9rem}\n"
    "th,td{padding:.3rem .6rem;border-bottom:1px solid var(--rule);text-align:left;"
    "white-space:nowrap;vertical-align:top}\n"
    ".wrap{white-space:normal}\n"
    "th{background:var(--head)}.num{text-align:right;font-variant-numeric:tabular-nums}\n"
    "th button{all:unset;cursor:pointer;font-weight:700}"
    "th button:focus-visible{outline:2px solid var(--link)}\n"
    "th[aria-sort=ascending] button::after{content:\" \\25B2\"}"
    "th[aria-sort=descending] button::after{content:\" \\25BC\"}\n"
    ".alive td:nth-child(5),.closed td:nth-child(5){color:var(--good)}\n"
    "tr[class^=dead] td:nth-child(5),.peer_reset td:nth-child(5),"
    "tr[class$=failed] td:nth-child(5){color:var(--bad);font-weight:700}\n"
    ".error{color:var(--bad)}.warning{color:var(--warn)}.note{color:var(--soft)}\n"
    "dd code{display:inline-block;margin-top:.15rem;padding:0 .4rem;background:var(--head);"
    "user-select:all}\n"
    "section{margin:1.5rem 0;padding-top:1rem;border-top:3px solid var(--rule)}\n"
    "svg.ka{display:block;width:100%;min-width:860px;height:auto}\n"
    "dl{display:grid;grid-template-columns:max-content 1fr;gap:.2rem 1rem;margin:.5rem 0}"
    "dt{grid-column:1;color:var(--soft)}dd{grid-column:2;margin:0;overflow-wrap:anywhere}\n"
    ".wide+.wide{margin-top:1rem}\n"
    "@media(max-width:600px){dl{display:block}dd{margin:0 0 .4rem}}\n"
    "@page{size:landscape}@media print{.wide{overflow:visible}svg.ka{min-width:0}"
    "section{break-inside:avoid}h2{break-after:avoid}table{font-size:.68rem}"
    "th,td{padding:.15rem .3rem;white-space:normal}.num{white-space:nowrap}}\n";

/* The policy below allows this text by its hash: change one with the other (check_output_html). */
static const char page_script[] =
    "for(const t of document.querySelectorAll('table.sort'))"
    "t.querySelectorAll('th button').forEach((b,i)=>b.addEventListener('click',()=>{"
    "const h=b.parentElement,up=h.getAttribute('aria-sort')!=='ascending',"
    "v=r=>{const c=r.cells[i];return c.dataset.v===undefined?c.textContent:+c.dataset.v};"
    "for(const o of t.querySelectorAll('th'))o.removeAttribute('aria-sort');"
    "h.setAttribute('aria-sort',up?'ascending':'descending');"
    "const rows=[...t.tBodies[0].rows].sort((x,y)=>{const p=v(x),q=v(y);"
    "return(p<q?-1:p>q?1:0)*(up?1:-1)});"
    "t.tBodies[0].append(...rows)}));";

#define PAGE_SCRIPT_HASH "sha256-HrO2+//DoRwTcvpu1/zYs/8I0QC5dhYDNxg+o1OXv7M="

/* Put a part into the page. False: it could not be held in memory. */
static bool put_part(FILE *stream, struct text_stream *part)
{
    if (!part->stream || !text_stream_close(part))
        return false;
    fwrite(part->text, 1, part->length, stream);
    free(part->text);
    return true;
}

static void html_begin(struct report *report)
{
    struct html_page *page = calloc(1, sizeof *page);

    report->page = page;
    if (!page || !text_stream_open(&page->rows) || !text_stream_open(&page->sections) ||
        !text_stream_open(&page->captures))
        report->no_memory = true;
}

static bool is_usable(const struct html_page *page)
{
    return page && page->rows.stream && page->sections.stream && page->captures.stream;
}

static void html_connection(struct report *report, const struct capture *capture,
                            const struct ka_connection *connection, const struct event *events,
                            size_t event_count)
{
    struct html_page *page = report->page;
    struct html_connection row = {
        .capture = capture,
        .connection = connection,
        .events = events,
        .event_count = event_count,
        .what_if = report->what_if,
    };
    bool is_worth_telling = story_is_worth_telling(connection) && event_count > 0;

    if (!is_usable(page))
        return;
    row.id = page->connections++;
    row.has_section = is_worth_telling && page->sections_count < SECTIONS_MAX;
    page->worth_telling += is_worth_telling;
    html_connection_row(page->rows.stream, &row);
    if (!row.has_section)
        return;
    page->sections_count++;
    if (!html_connection_section(page->sections.stream, &row))
        report->no_memory = true;
}

static void html_capture(struct report *report, const struct capture *capture)
{
    struct html_page *page = report->page;
    char packets[UNITS_TEXT_BYTES], connections[UNITS_TEXT_BYTES];

    if (!is_usable(page))
        return;
    fputs("<tr><td>", page->captures.stream);
    html_text(page->captures.stream, capture->name);
    fprintf(page->captures.stream, "</td><td class=\"num\">%s</td><td class=\"num\">%s</td><td>",
            units_count(packets, capture->packets), units_count(connections, capture->connections));
    html_text(page->captures.stream, capture->error);
    fputs("</td></tr>\n", page->captures.stream);
}

static void html_fleet(struct report *report, const struct fleet *fleet)
{
    html_begin(report);
    if (!is_usable(report->page))
        return;
    report->page->shows_groups = true;
    html_fleet_tables(report->page->rows.stream, fleet);
}

/* ---- the page ---------------------------------------------------------------------------- */

static void put_head(FILE *stream)
{
    fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
          "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
          "style-src 'unsafe-inline'; script-src '" PAGE_SCRIPT_HASH "'; "
          "base-uri 'none'; form-action 'none'\">\n"
          "<meta name=\"referrer\" content=\"no-referrer\">\n"
          "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
          "<title>Dead TCP peers</title>\n<style>\n",
          stream);
    fputs(page_style, stream);
    svg_style(stream);
    fputs("</style>\n</head>\n<body>\n", stream);
}

static void put_outcomes(FILE *stream, const struct totals *totals)
{
    char count[UNITS_TEXT_BYTES];

    fputs("<h2>Outcomes</h2>\n<div class=\"wide\"><table><tbody>\n", stream);
    for (int i = 0; i < KA_OUTCOME_COUNT; i++)
        if (totals->outcomes[i])
            fprintf(stream,
                    "<tr><td class=\"num\">%s</td><td>%s</td><td class=\"wrap\">%s</td></tr>\n",
                    units_count(count, totals->outcomes[i]), ka_outcome_name((enum ka_outcome)i),
                    ka_outcome_meaning((enum ka_outcome)i));
    fputs("</tbody></table></div>\n", stream);
}

static void put_latencies(FILE *stream, const struct totals *totals)
{
    static const unsigned percents[] = {0, 50, 90, 99, 100};
    bool has_any = false;

    for (int i = 0; i < KA_MECHANISM_COUNT; i++)
        has_any = has_any || totals->latencies[i].count > 0;
    if (!has_any)
        return;
    fputs("<h2>Detection latency</h2>\n<div class=\"wide\"><table><thead><tr>"
          "<th scope=\"col\">found by</th><th scope=\"col\" class=\"num\">connections</th>"
          "<th scope=\"col\" class=\"num\">least</th><th scope=\"col\" class=\"num\">median</th>"
          "<th scope=\"col\" class=\"num\">90 %</th><th scope=\"col\" class=\"num\">99 %</th>"
          "<th scope=\"col\" class=\"num\">most</th></tr></thead><tbody>\n",
          stream);
    for (int i = 0; i < KA_MECHANISM_COUNT; i++) {
        const struct latencies *latencies = &totals->latencies[i];
        char text[UNITS_TEXT_BYTES];

        if (latencies->count == 0)
            continue;
        fprintf(stream, "<tr><td>%s</td><td class=\"num\">%s</td>",
                ka_mechanism_meaning((enum ka_mechanism)i), units_count(text, latencies->count));
        for (size_t p = 0; p < sizeof percents / sizeof percents[0]; p++)
            fprintf(stream, "<td class=\"num\">%s</td>",
                    units_duration(text, latencies_percentile(latencies, percents[p])));
        fputs("</tr>\n", stream);
    }
    fputs("</tbody></table></div>\n", stream);
}

static void put_title(FILE *stream, const struct totals *totals)
{
    char connections[UNITS_TEXT_BYTES], captures[UNITS_TEXT_BYTES], packets[UNITS_TEXT_BYTES];
    char dropped[UNITS_TEXT_BYTES];

    fprintf(stream,
            "<h1>Dead TCP peers</h1>\n<p class=\"sub\">%s connection%s in %s capture%s, %s "
            "packets; written by ka-analyze.</p>\n",
            units_count(connections, totals->connections), totals->connections == 1 ? "" : "s",
            units_count(captures, totals->files), totals->files == 1 ? "" : "s",
            units_count(packets, totals->packets));
    if (totals->connections_dropped > 0)
        fprintf(stream,
                "<p class=\"sub\">%s more, the least interesting, were dropped to keep within "
                "<code>--max-connections</code> and <code>--max-memory</code>.</p>\n",
                units_count(dropped, totals->connections_dropped));
}

/* The connections, timelines of some, and the captures. False: out of memory, some is missing. */
static bool put_connections(FILE *stream, struct html_page *page)
{
    bool is_complete;

    fputs("<h2>Connections</h2>\n<div class=\"wide\" tabindex=\"0\"><table class=\"sort\">\n",
          stream);
    html_connection_heading(stream);
    fputs("<tbody>\n", stream);
    is_complete = put_part(stream, &page->rows);
    fputs("</tbody></table></div>\n<h2>Timelines</h2>\n", stream);
    if (page->sections_count < page->worth_telling)
        fprintf(stream,
                "<p>Of %" PRIu64 " connections with something to tell, the first %" PRIu64
                " have a timeline here; <code>ka-analyze timeline --connection</code> "
                "draws any of them.</p>\n",
                page->worth_telling, page->sections_count);
    if (page->worth_telling == 0)
        fputs("<p>No connection has anything to tell but its outcome.</p>\n", stream);
    is_complete = put_part(stream, &page->sections) && is_complete;
    fputs("<h2>Captures</h2>\n<div class=\"wide\"><table><thead><tr><th scope=\"col\">file</th>"
          "<th scope=\"col\" class=\"num\">packets</th><th scope=\"col\" class=\"num\">"
          "connections</th><th scope=\"col\">error</th></tr></thead><tbody>\n",
          stream);
    is_complete = put_part(stream, &page->captures) && is_complete;
    fputs("</tbody></table></div>\n", stream);
    return is_complete;
}

/* Groups need one of the three parts; the others are empty. */
static bool put_groups(FILE *stream, struct html_page *page)
{
    bool is_complete = put_part(stream, &page->rows);

    is_complete = put_part(stream, &page->sections) && is_complete;
    return put_part(stream, &page->captures) && is_complete;
}

static void html_summary(struct report *report, const struct totals *totals)
{
    struct html_page *page = report->page;
    FILE *stream = report->stream;
    bool is_complete;

    if (!page)
        return;
    put_head(stream);
    put_title(stream, totals);
    put_outcomes(stream, totals);
    put_latencies(stream, totals);
    html_findings_table(stream, totals->findings);
    if (totals->what_if)
        what_if_print_sums_html(stream, totals->what_if);
    is_complete = page->shows_groups ? put_groups(stream, page) : put_connections(stream, page);
    fprintf(stream, "<script>%s</script>\n</body>\n</html>\n", page_script);
    free(page);
    report->page = NULL;
    report->no_memory = report->no_memory || !is_complete;
}

const struct output output_html = {
    .name = "html",
    .help = "one page with timelines, no network needed",
    .wants_events = true,
    .is_in_order = true,
    .begin = html_begin,
    .connection = html_connection,
    .capture = html_capture,
    .fleet = html_fleet,
    .summary = html_summary,
};
