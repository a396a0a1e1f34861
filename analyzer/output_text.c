/* SPDX-License-Identifier: GPL-2.0-or-later */
/* output_text.c: the report for a person. What needs attention first, sums at the end. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "fleet_text.h"
#include "names.h"
#include "output.h"
#include "pieces.h"
#include "story.h"
#include "story_place.h"
#include "units.h"
#include "what_if_report.h"

enum text_color { TEXT_GOOD = 32, TEXT_BAD = 31, TEXT_OPEN = 33 }; /* ECMA-48 8.3.117 (SGR) */

static enum text_color outcome_color(enum ka_outcome outcome)
{
    switch (outcome) {
    case KA_OUTCOME_ALIVE:
    case KA_OUTCOME_CLOSED:
        return TEXT_GOOD;
    case KA_OUTCOME_ABORTED:
    case KA_OUTCOME_UNDECIDED:
        return TEXT_OPEN;
    case KA_OUTCOME_DEAD_KEEPALIVE:
    case KA_OUTCOME_PEER_RESET:
    case KA_OUTCOME_DEAD_RETRANSMISSION:
    case KA_OUTCOME_DEAD_WINDOW_PROBE:
    case KA_OUTCOME_CONNECT_FAILED:
    case KA_OUTCOME_CLOSE_FAILED:
    case KA_OUTCOME_COUNT:
        break;
    }
    return TEXT_BAD;
}

/* The capture's name above the first thing that is said of it. */
static void put_heading(struct report *report, const struct capture *capture)
{
    char *name;

    if (report->headed == capture)
        return;
    report->headed = capture;
    name = name_for_terminal(strcmp(capture->name, "-") == 0 ? "standard input" : capture->name);
    if (name)
        fprintf(report->stream, "%s%s%s", report->color ? "\33[1m" : "", name,
                report->color ? "\33[0m" : "");
    if (name && capture->pieces && capture->pieces->count > 1)
        fprintf(report->stream, "   %zu files joined%s", capture->pieces->count,
                pieces_overlap(capture->pieces) ? ", by time where they overlap" : "");
    if (name)
        fputs("\n\n", report->stream);
    else
        report->no_memory = true;
    free(name);
}

/* Endpoints and verdict, on two lines if one is too short for them. */
static void put_headline(struct report *report, const struct ka_connection *connection)
{
    char client[ENDPOINT_TEXT_BYTES], server[ENDPOINT_TEXT_BYTES];
    struct prose verdict = {0};
    int used =
        fprintf(report->stream, "%s -> %s", endpoint_name(client, &connection->endpoint[KA_CLIENT]),
                endpoint_name(server, &connection->endpoint[KA_SERVER]));

    story_verdict(&verdict, connection);
    if (used > 0 && (size_t)used + 3 + verdict.length > report->width)
        fprintf(report->stream, "\n%*s", PROSE_LABEL_COLUMN, "");
    else
        fputs("   ", report->stream);
    if (report->color)
        fprintf(report->stream, "\33[1;%dm%s\33[0m\n", (int)outcome_color(connection->outcome),
                verdict.text);
    else
        fprintf(report->stream, "%s\n", verdict.text);
}

static void put_events(struct report *report, const struct capture *capture,
                       const struct event *events, size_t count)
{
    enum { DETAIL_COLUMN = 54 };

    fprintf(report->stream, "\n%*s%8s %12s  %-6s  %s\n", PROSE_LABEL_COLUMN, "", "frame",
            "time (s)", "from", "tag");
    for (size_t i = 0; i < count; i++) {
        const struct ka_frame *frame = &events[i].frame;
        struct prose detail = {0};
        char time[UNITS_TEXT_BYTES];
        int used = fprintf(report->stream, "%*s%8" PRIu64 " %12s  %-6s  %s", PROSE_LABEL_COLUMN, "",
                           frame->frame, units_column_s(time, frame->time_ns - capture->first_ns),
                           frame->from == KA_CLIENT ? "client" : "server", ka_tag_name(frame->tag));

        story_of_frame(&detail, frame);
        story_of_place(&detail, capture, frame->frame);
        if (detail.length == 0) {
            putc('\n', report->stream);
            continue;
        }
        fprintf(report->stream, "%*s", used < DETAIL_COLUMN ? DETAIL_COLUMN - used : 1, "");
        prose_wrap(report->stream, report->width, DETAIL_COLUMN, &detail);
    }
}

static void text_connection(struct report *report, const struct capture *capture,
                            const struct ka_connection *connection, const struct event *events,
                            size_t event_count)
{
    if (!story_is_worth_telling(connection) && event_count == 0) {
        report->quiet[connection->outcome]++;
        return;
    }
    put_heading(report, capture);
    put_headline(report, connection);
    story_print(report->stream, report->width, capture, connection);
    if (report->what_if)
        what_if_print(report->stream, report->width, report->what_if, connection);
    if (event_count > 0)
        put_events(report, capture, events, event_count);
    putc('\n', report->stream);
}

/* The connections of a capture that have no paragraph. */
static void text_capture(struct report *report, const struct capture *capture)
{
    const char *separator = ": ";
    uint64_t quiet = 0;

    for (int outcome = 0; outcome < KA_OUTCOME_COUNT; outcome++)
        quiet += report->quiet[outcome];
    if (!capture->link_type[0]) {
        report->headed = NULL;
        return;
    }
    put_heading(report, capture);
    report->headed = NULL; /* the next capture may lie at the same address */
    if (quiet > 0) {
        fprintf(report->stream, "nothing to tell of %" PRIu64 " %sconnection%s", quiet,
                quiet == capture->connections ? "" : "other ", quiet == 1 ? "" : "s");
        for (int outcome = 0; outcome < KA_OUTCOME_COUNT; outcome++) {
            if (report->quiet[outcome] == 0)
                continue;
            fprintf(report->stream, "%s%" PRIu64 " %s", separator, report->quiet[outcome],
                    ka_outcome_name((enum ka_outcome)outcome));
            separator = ", ";
            report->quiet[outcome] = 0;
        }
        fputs("\n\n", report->stream);
    } else if (capture->connections == 0 && !capture->error[0]) {
        fputs("no TCP connection in it\n\n", report->stream);
    }
    if (capture->connections_dropped > 0)
        fprintf(report->stream,
                "dropped %" PRIu64 " connection%s, the least interesting first, to keep within "
                "--max-connections and --max-memory\n\n",
                capture->connections_dropped, capture->connections_dropped == 1 ? "" : "s");
}

/* ---- totals ------------------------------------------------------------------------------ */

/* "outcome          3 closed              FINs exchanged and acknowledged" */
static void put_row(struct report *report, const char *label, uint64_t count, const char *name,
                    unsigned name_columns, const char *meaning)
{
    enum { NAME_COLUMN = 19 };
    char number[UNITS_TEXT_BYTES];
    struct prose prose = {0};

    fprintf(report->stream, "%-8s %9s %s", label, units_count(number, count), name);
    if (meaning[0]) {
        prose_add(&prose, "%s", meaning);
        fprintf(report->stream, "%*s", (int)(name_columns - strlen(name)), "");
        prose_wrap(report->stream, report->width, NAME_COLUMN + name_columns, &prose);
    } else {
        putc('\n', report->stream);
    }
}

static void put_total(struct report *report, const char *label, uint64_t count, const char *name,
                      const char *meaning)
{
    put_row(report, label, count, name, sizeof "dead_retransmission", meaning);
}

/* In how many connections each finding was made, the weightiest first. */
static void put_findings(struct report *report, const uint64_t counts[static KA_FINDING_COUNT])
{
    size_t rules;
    const struct ka_finding_rule *rule = ka_finding_rules(&rules);
    const char *label = "finding";

    for (size_t i = 0; i < rules; i++) {
        struct prose meaning = {0};

        if (counts[rule[i].code] == 0)
            continue;
        prose_add(&meaning, "%s: %s", ka_severity_name(rule[i].severity),
                  ka_finding_meaning(rule[i].code));
        put_row(report, label, counts[rule[i].code], ka_finding_name(rule[i].code),
                sizeof "heartbeat_masks_keepalive", meaning.text);
        label = "";
    }
}

static void put_latencies(struct report *report, const struct totals *totals)
{
    const char *label = "found";

    for (int i = 0; i < KA_MECHANISM_COUNT; i++) {
        const struct latencies *l = &totals->latencies[i];
        const char *name = ka_mechanism_name((enum ka_mechanism)i);
        char least[UNITS_TEXT_BYTES], middle[UNITS_TEXT_BYTES], most[UNITS_TEXT_BYTES];
        struct prose prose = {0};

        if (l->count == 0)
            continue;
        units_duration(least, latencies_percentile(l, 0));
        units_duration(middle, latencies_percentile(l, 50));
        units_duration(most, latencies_percentile(l, 100));
        if (l->count == 1)
            prose_add(&prose, "after %s", middle);
        else
            prose_add(&prose, "after %s to %s, median %s", least, most, middle);
        put_total(report, label, l->count, name, prose.text);
        label = "";
    }
}

static void text_fleet(struct report *report, const struct fleet *fleet)
{
    fleet_print(report->stream, report->width, fleet);
}

static void text_summary(struct report *report, const struct totals *totals)
{
    const char *label = "";
    char text[UNITS_TEXT_BYTES];
    struct prose errors = {0};

    if (totals->errors > 0)
        prose_add(&errors, "%s of them not read, or not to the end",
                  units_count(text, totals->errors));
    put_total(report, "total", totals->files, totals->files == 1 ? "capture" : "captures",
              errors.text);
    put_total(report, "", totals->packets, "packets", "");
    if (totals->filtered_packets > 0)
        put_total(report, "", totals->filtered_packets, "packets", "left out by the filter");
    put_total(report, "", totals->connections,
              totals->connections == 1 ? "connection" : "connections", "");
    if (totals->connections_dropped > 0)
        put_total(report, "", totals->connections_dropped, "connections",
                  "more were dropped: see --max-connections and --max-memory");
    label = "outcome";
    for (int i = 0; i < KA_OUTCOME_COUNT; i++) {
        if (totals->outcomes[i] == 0)
            continue;
        put_total(report, label, totals->outcomes[i], ka_outcome_name((enum ka_outcome)i),
                  ka_outcome_meaning((enum ka_outcome)i));
        label = "";
    }
    put_latencies(report, totals);
    /* Of a single one the paragraph above has said it. */
    if (totals->connections > 1 || totals->fleet)
        put_findings(report, totals->findings);
    if (totals->what_if && (totals->what_if->lost > 1 || totals->fleet))
        what_if_print_sums(report->stream, report->width, 0, totals->what_if);
    label = "skipped";
    for (int i = KA_SKIP_NONE + 1; i < KA_SKIP_COUNT; i++) {
        if (totals->skipped[i] == 0)
            continue;
        put_total(report, label, totals->skipped[i], ka_skip_name((enum ka_skip)i),
                  ka_skip_meaning((enum ka_skip)i));
        label = "";
    }
}

const struct output output_text = {
    .name = "text",
    .help = "a report for a person",
    .connection = text_connection,
    .capture = text_capture,
    .fleet = text_fleet,
    .summary = text_summary,
};
