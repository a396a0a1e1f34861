/* SPDX-License-Identifier: GPL-2.0-or-later */
/* analysis.c: one capture from its source through the core into the report. */
#include "analysis.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "jobs.h"
#include "pages.h"
#include "progress.h"
#include "reader.h"
#include "segments.h"

enum { RESERVE_BYTES = 1 << 18 };

struct analysis {
    const struct options *options;
    struct progress *progress;
    const struct stop *stop;
    struct report *report;
    struct totals *totals;
    struct capture *capture;
    struct events events;
    struct ka *ka;
    struct pages pages; /* of ka */
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
    if (!events_settle(&analysis->events))
        analysis->no_memory = true;
    if (report->output->segment) {
        segments_report(report, analysis->capture, &analysis->events, analysis->options->jobs);
        events_free(&analysis->events); /* they are not told again with their connections */
    } else {
        events_group(&analysis->events);
    }
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
    if (analysis->progress && connection->detection && connection->detection->declared)
        progress_add(&analysis->progress->deaths, 1);
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

/* Asked to stop: what was read is reported, and that it is not all. */
static enum exit_status fail_interrupted(struct capture *capture)
{
    capture->interrupted = true;
    snprintf(capture->error, sizeof capture->error, "interrupted after packet %" PRIu64,
             capture->packets);
    return STATUS_PARTLY;
}

/* Feed the engine from the reader. False: out of memory, the rest is missing. */
static bool feed(struct ka *ka, struct reader *reader, const struct analysis *analysis)
{
    const struct report *report = analysis->report;
    const struct batch *batch;

    while (!stop_is_asked(analysis->stop) && (batch = reader_next(reader)) != NULL) {
        if (report->tap)
            report->tap(batch->segments, batch->count, report->tap_user);
        if (ka_feed(ka, batch->segments, batch->count) != KA_OK)
            return false;
        if (batch->reached_ns != KA_UNKNOWN)
            ka_reached(ka, batch->reached_ns);
    }
    return true;
}

/* What became of the files of a chain: of many errors the first is told in full. */
static enum exit_status sum_up_pieces(struct capture *capture)
{
    enum exit_status status = STATUS_OK;
    const struct piece *first = NULL;
    size_t failed = 0;

    for (size_t i = 0; i < capture->pieces->count; i++) {
        const struct piece *piece = &capture->pieces->rows[i];

        if (piece->error == SOURCE_OK)
            continue;
        if (failed++ == 0)
            first = piece;
        if (piece->error == SOURCE_CUT)
            capture->truncated = true;
        status = exit_status_worse(status, status_of(piece->error));
    }
    if (first)
        snprintf(capture->error, sizeof capture->error,
                 "%zu of %zu files not read, or not to the end: %.200s: %.200s%s", failed,
                 capture->pieces->count, first->path,
                 first->problem ? first->problem : "out of memory", failed > 1 ? "; ..." : "");
    return status;
}

static enum exit_status read_packets(struct analysis *analysis, struct chain *chain)
{
    struct capture *capture = analysis->capture;
    struct source_failure failure = {.error = SOURCE_OK};
    struct reader *reader = reader_open(chain, capture, analysis->options->jobs);
    enum exit_status status = STATUS_OK;

    if (!reader || !feed(analysis->ka, reader, analysis))
        analysis->no_memory = true;
    capture->interrupted = stop_is_asked(analysis->stop);
    reader_close(reader, &failure);
    free(analysis->reserve);
    analysis->reserve = NULL;
    if (ka_finish(analysis->ka) != KA_OK)
        analysis->no_memory = true;
    capture->connections_dropped = ka_dropped(analysis->ka);
    capture->connections = ka_connections(analysis->ka) - capture->connections_dropped;
    if (!analysis->segments_done)
        report_segments(analysis);
    if (capture->pieces && capture->pieces->count > 1)
        status = sum_up_pieces(capture);
    capture->truncated = capture->truncated || failure.error == SOURCE_CUT;
    if (analysis->no_memory)
        status = fail(capture, STATUS_PARTLY, "out of memory: the rest is missing");
    else if (capture->interrupted)
        status = fail_interrupted(capture);
    else if (failure.error != SOURCE_OK)
        status = fail(capture, status_of(failure.error), failure.message);
    return status == STATUS_OK && analysis->matched ? STATUS_MATCHED : status;
}

static enum exit_status analyse_chain(struct analysis *analysis, struct chain *chain)
{
    const struct ka_callbacks callbacks = {
        /* CSV has either rows of frames or rows of connections; text shows frames on request. */
        .frame =
            analysis->options->events || analysis->report->output->wants_events ? on_frame : NULL,
        .connection = on_connection,
    };
    struct ka_config config = {
        .map = pages_map, .unmap = pages_unmap, .alloc_user = &analysis->pages};
    enum exit_status status;

    /* Should there be no randomness, the key stays 0, which is valid. */
    if (getrandom(config.hash_key, sizeof config.hash_key, 0) != sizeof config.hash_key)
        memset(config.hash_key, 0, sizeof config.hash_key);
    config.path_timers = analysis->options->path_timers.rows;
    config.path_timer_count = analysis->options->path_timers.count;
    config.max_connections = analysis->options->max_connections;
    config.max_memory_bytes = analysis->options->max_memory_bytes / analysis->options->jobs;
    analysis->reserve = malloc(RESERVE_BYTES);
    analysis->ka = ka_new(&config, &callbacks, analysis);
    if (analysis->ka)
        status = read_packets(analysis, chain);
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

enum exit_status analysis_run(const struct intake *intake, const struct options *options,
                              struct report *report, struct totals *totals, struct capture *capture)
{
    struct analysis analysis = {.options = options,
                                .progress = intake->progress,
                                .stop = intake->progress ? &intake->progress->stop : NULL,
                                .report = report,
                                .totals = totals,
                                .capture = capture};
    const struct source_needs needs = {options->filter, analysis.stop, intake->helper};
    struct source_failure failure;
    struct chain *chain;
    enum exit_status status;

    *capture = (struct capture){.name = intake->name,
                                .pieces = report->chain ? intake->pieces : NULL,
                                .first_ns = KA_UNKNOWN,
                                .latest_ns = KA_UNKNOWN};
    chain = chain_open(intake->pieces, &needs, intake->progress, &failure);
    if (chain) {
        chain_link_types(chain, capture->link_type);
        status = analyse_chain(&analysis, chain);
        chain_link_types(chain, capture->link_type);
    } else {
        status = stop_is_asked(analysis.stop)
                     ? fail_interrupted(capture)
                     : fail(capture, status_of(failure.error), failure.message);
    }
    chain_close(chain);
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
