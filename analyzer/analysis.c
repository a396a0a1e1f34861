/* SPDX-License-Identifier: GPL-2.0-or-later */
/* analysis.c: one capture from its source through the core into the report. */
#include "analysis.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "jobs.h"
#include "pages.h"
#include "reader.h"

enum { RESERVE_BYTES = 1 << 18 };

struct analysis {
    const struct options *options;
    struct report *report;
    struct totals *totals;
    struct capture *capture;
    struct events events;
    struct ka *ka;
    void *reserve;      /* given back when memory runs out, so that what was read can be reported */
    bool segments_done; /* the tagged frames have been put in order and reported */
    bool no_memory;
    bool matched; /* --fail-on */
};

static void on_frame(const struct ka_frame *frame, const struct ka_peers *peers, void *user)
{
    struct analysis *analysis = user;

    if (!events_add(&analysis->events, frame, peers))
        analysis->no_memory = true;
}

/* What is reported and added up from here on follows what came before this capture. */
static void await_turn(const struct report *report)
{
    if (report->job)
        jobs_await_turn(report->job);
}

/* No frame is reported after the first connection, so the tags are final by then. */
static void report_segments(struct analysis *analysis)
{
    struct report *report = analysis->report;

    await_turn(report);
    analysis->segments_done = true;
    events_settle(&analysis->events);
    if (report->output->segment)
        for (size_t i = 0; i < analysis->events.count; i++)
            report->output->segment(report, analysis->capture, &analysis->events.rows[i]);
    events_group(&analysis->events);
}

static void on_connection(const struct ka_connection *connection, void *user)
{
    struct analysis *analysis = user;
    const struct event *events;
    size_t event_count;

    if (!analysis->segments_done)
        report_segments(analysis);
    if (!totals_add_connection(analysis->totals, connection))
        analysis->no_memory = true;
    if (fail_on_fits(&analysis->options->fail_on, connection))
        analysis->matched = true;
    if (!analysis->report->output->connection)
        return;
    events = events_of(&analysis->events, connection->number, &event_count);
    analysis->report->output->connection(analysis->report, analysis->capture, connection, events,
                                         event_count);
}

static enum exit_status status_of(enum source_error error)
{
    switch (error) {
    case SOURCE_OK:
        return STATUS_OK;
    case SOURCE_CUT:
    case SOURCE_DAMAGED:
        return STATUS_PARTLY;
    case SOURCE_NO_CAPTURE:
        return STATUS_NO_CAPTURE;
    case SOURCE_BAD_FILTER:
        return STATUS_FILTER;
    }
    return STATUS_NO_CAPTURE;
}

static enum exit_status fail(struct capture *capture, enum exit_status status, const char *message)
{
    snprintf(capture->error, sizeof capture->error, "%s", message);
    return status;
}

/* Feed the engine from the reader. False: out of memory, the rest is missing. */
static bool feed(struct ka *ka, struct reader *reader)
{
    const struct batch *batch;

    while ((batch = reader_next(reader)) != NULL) {
        if (ka_feed(ka, batch->segments, batch->count) != KA_OK)
            return false;
        if (batch->reached_ns != KA_UNKNOWN)
            ka_reached(ka, batch->reached_ns);
    }
    return true;
}

static enum exit_status read_packets(struct analysis *analysis, struct source *source)
{
    struct source_failure failure = {.error = SOURCE_OK};
    struct reader *reader = reader_open(source, analysis->capture);

    if (!reader || !feed(analysis->ka, reader))
        analysis->no_memory = true;
    reader_close(reader, &failure);
    free(analysis->reserve);
    analysis->reserve = NULL;
    if (ka_finish(analysis->ka) != KA_OK)
        analysis->no_memory = true;
    analysis->capture->connections_dropped = ka_dropped(analysis->ka);
    analysis->capture->connections =
        ka_connections(analysis->ka) - analysis->capture->connections_dropped;
    if (!analysis->segments_done)
        report_segments(analysis);
    if (analysis->no_memory)
        return fail(analysis->capture, STATUS_PARTLY, "out of memory: the rest is missing");
    analysis->capture->truncated = failure.error == SOURCE_CUT;
    if (failure.error != SOURCE_OK)
        return fail(analysis->capture, status_of(failure.error), failure.message);
    return analysis->matched ? STATUS_MATCHED : STATUS_OK;
}

static enum exit_status analyse_source(struct analysis *analysis, struct source *source)
{
    const struct ka_callbacks callbacks = {
        /* CSV has either rows of frames or rows of connections; text shows frames on request. */
        .frame =
            analysis->options->events || analysis->report->output->wants_events ? on_frame : NULL,
        .connection = on_connection,
    };
    struct ka_config config = {.map = pages_map, .unmap = pages_unmap};
    enum exit_status status;

    /* Should there be no randomness, the key stays 0, which is valid. */
    if (getrandom(config.hash_key, sizeof config.hash_key, 0) != sizeof config.hash_key)
        memset(config.hash_key, 0, sizeof config.hash_key);
    config.max_connections = analysis->options->max_connections;
    config.max_memory_bytes = analysis->options->max_memory_bytes / analysis->options->jobs;
    analysis->reserve = malloc(RESERVE_BYTES);
    analysis->ka = ka_new(&config, &callbacks, analysis);
    if (analysis->ka)
        status = read_packets(analysis, source);
    else
        status = fail(analysis->capture, STATUS_PARTLY, "out of memory: nothing was read");
    ka_free(analysis->ka);
    free(analysis->reserve);
    events_free(&analysis->events);
    return status;
}

static void end_capture(const struct analysis *analysis)
{
    await_turn(analysis->report);
    totals_add_capture(analysis->totals, analysis->capture);
    if (analysis->report->output->capture)
        analysis->report->output->capture(analysis->report, analysis->capture);
}

static void note_link_type(struct capture *capture, struct source *source)
{
    snprintf(capture->link_type, sizeof capture->link_type, "%s", source_link_type_name(source));
}

enum exit_status analysis_run(const char *path, const struct options *options,
                              struct report *report, struct totals *totals, struct capture *capture)
{
    struct analysis analysis = {
        .options = options, .report = report, .totals = totals, .capture = capture};
    struct source_failure failure;
    struct source *source;
    enum exit_status status;

    *capture = (struct capture){.name = path, .first_ns = KA_UNKNOWN, .latest_ns = KA_UNKNOWN};
    source = source_open(path, options->filter, &failure);
    if (!source) {
        status = fail(capture, status_of(failure.error), failure.message);
    } else if (!ka_linktype_known(source_link_type(source))) {
        status = STATUS_NO_CAPTURE;
        snprintf(capture->error, sizeof capture->error, "link type %d (%s) is not decoded",
                 source_link_type(source), source_link_type_name(source));
    } else {
        note_link_type(capture, source);
        status = analyse_source(&analysis, source);
        note_link_type(capture, source);
    }
    source_close(source);
    end_capture(&analysis);
    return status;
}

enum exit_status analysis_refuse(const char *path, const char *reason, struct report *report,
                                 struct totals *totals, struct capture *capture)
{
    const struct analysis analysis = {.report = report, .totals = totals, .capture = capture};

    *capture = (struct capture){.name = path, .first_ns = KA_UNKNOWN, .latest_ns = KA_UNKNOWN};
    fail(capture, STATUS_NO_CAPTURE, reason);
    end_capture(&analysis);
    return STATUS_NO_CAPTURE;
}
