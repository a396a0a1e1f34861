/* SPDX-License-Identifier: GPL-2.0-or-later */
/* main.c: wiring. The only file that prints errors. */
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "analysis.h"
#include "compare.h"
#include "completion.h"
#include "decompress.h"
#include "files.h"
#include "helper.h"
#include "jobs.h"
#include "merge.h"
#include "names.h"
#include "outbox.h"
#include "pieces.h"
#include "record.h"
#include "rings.h"
#include "sandbox.h"
#include "sink.h"
#include "source.h"
#include "text_stream.h"
#include "timeline.h"
#include "what_if_sums.h"

#ifndef KA_VERSION
#define KA_VERSION "unversioned"
#endif

enum { WIDTH_DEFAULT = 100, WIDTH_MIN = 76, WIDTH_MAX = 1000 };

/* What the jobs share. Of them only the one with the turn changes it, but for the totals. */
struct run {
    const struct options *options;
    FILE *list;            /* of more operands, or NULL */
    struct helper *helper; /* or NULL */
    struct jobs *jobs;
    struct rings rings;   /* what is put together before it is read */
    struct report report; /* does not change while there are jobs, each of which has a copy */
    atomic_size_t kept;   /* by the outboxes */
    atomic_bool no_memory;
    struct totals totals;
    enum exit_status status;
};

/* What is left of a job when its unit has been read. */
struct result {
    struct outbox outbox;
    bool has_outbox; /* else it has written to the report, in its turn */
    char *problems;  /* lines, or NULL */
    enum exit_status status;
    bool no_memory;
};

static void put_error(FILE *stream, const char *name, const char *message)
{
    char *safe_name = name_for_terminal(name), *safe_message = name_for_terminal(message);

    fprintf(stream, "ka-analyze: %s%s%s\n", safe_name ? safe_name : "", *name ? ": " : "",
            safe_message ? safe_message : "out of memory");
    free(safe_name);
    free(safe_message);
}

static void print_error(const char *name, const char *message)
{
    put_error(stderr, name, message);
}

/* A format that asks which captures it wants has to know what became of those before. */
static unsigned thread_count(const struct run *run)
{
    return run->report.output->wants ? 1 : run->options->jobs;
}

/* A line for what is wrong with a capture, or with each file of a chain. NULL: nothing, or no memory. */
static char *problems_of(const struct capture *capture)
{
    bool is_told = false;
    struct text_stream lines;

    if (!capture->error[0] || !text_stream_open(&lines))
        return NULL;
    for (size_t i = 0; capture->pieces && i < capture->pieces->count; i++) {
        const struct piece *piece = &capture->pieces->rows[i];

        if (piece->error == SOURCE_OK)
            continue;
        put_error(lines.stream, piece->path, piece->problem ? piece->problem : "out of memory");
        is_told = true;
    }
    if (!is_told)
        put_error(lines.stream, capture->name, capture->error);
    return text_stream_close(&lines) ? lines.text : NULL;
}

/* Read a unit, or report that it could not be looked into. */
static void read_unit(struct run *run, const struct unit *unit, struct report *report,
                      struct result *result)
{
    struct pieces pieces;
    const struct intake intake = {.name = unit->name, .pieces = &pieces, .helper = run->helper};
    struct capture capture;

    if (!pieces_init(&pieces, unit->paths, unit->path_count)) {
        result->no_memory = true;
        return;
    }
    if (unit->error)
        result->status = analysis_refuse(unit->name, unit->error, report, &run->totals, &capture);
    else
        result->status = analysis_run(&intake, run->options, report, &run->totals, &capture);
    result->problems = problems_of(&capture);
    result->no_memory = result->no_memory || (capture.error[0] && !result->problems);
    pieces_free(&pieces);
}

static void do_job(struct job *job, void *user)
{
    struct run *run = user;
    struct report report = run->report;
    struct result *result;

    if (ferror(report.stream))
        return; /* nobody would see the result */
    if (report.output->wants && !report.output->wants(&report, job->unit->name))
        return;
    if (strcmp(job->unit->name, "-") == 0)
        jobs_await_turn(job); /* should it be named twice, the first has all of it */
    result = job->result = calloc(1, sizeof *result);
    if (!result) {
        run->no_memory = true;
        return;
    }
    /* One thread always has the turn. */
    result->has_outbox = thread_count(run) > 1 && !report.output->is_in_order &&
                         outbox_open(&result->outbox, job, run->report.stream, &run->kept);
    if (result->has_outbox)
        report.stream = result->outbox.stream;
    else
        report.job = job;
    read_unit(run, job->unit, &report, result);
    result->no_memory = result->no_memory || report.no_memory;
    if (result->has_outbox)
        outbox_close(&result->outbox);
}

static void deliver_job(struct job *job, void *user)
{
    struct run *run = user;
    struct result *result = job->result;

    if (!result)
        return;
    if (result->has_outbox)
        outbox_deliver(&result->outbox);
    if (result->problems) {
        fflush(run->report.stream); /* on a terminal the report comes before its errors */
        fputs(result->problems, stderr);
    }
    run->status = exit_status_worse(run->status, result->status);
    if (result->no_memory)
        run->no_memory = true;
    free(result->problems);
    free(result);
}

/* A unit, or no memory for one. */
static void on_unit(struct unit *unit, void *user)
{
    struct run *run = user;

    if (!unit || !jobs_add(run->jobs, unit))
        run->no_memory = true;
}

static void on_file(const char *path, const char *error, void *user)
{
    struct run *run = user;

    if (run->options->chain == CHAIN_NONE)
        on_unit(unit_of_file(path, error), run);
    else if (!rings_add(&run->rings, path, error))
        run->no_memory = true;
}

/* Columns of the output: $COLUMNS, else the terminal's, else a width that reads well. */
static unsigned output_width(FILE *stream)
{
    const char *columns = getenv("COLUMNS");
    unsigned long width = columns ? strtoul(columns, NULL, 10) : 0;
    struct winsize size;

    if (width == 0 && ioctl(fileno(stream), TIOCGWINSZ, &size) == 0)
        width = size.ws_col;
    if (width == 0 || width > WIDTH_MAX)
        width = WIDTH_DEFAULT;
    return width < WIDTH_MIN ? WIDTH_MIN : (unsigned)width;
}

/* Colour by request, else on a terminal that has it, unless NO_COLOR is set (no-color.org). */
static bool wants_color(enum options_color color, FILE *stream)
{
    const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");

    switch (color) {
    case COLOR_ALWAYS:
        return true;
    case COLOR_NEVER:
        return false;
    case COLOR_AUTO:
        break;
    }
    return isatty(fileno(stream)) && !(no_color && *no_color) && term && strcmp(term, "dumb") != 0;
}

/* Read a capture, those of a folder, or a result of another run. */
static void visit_operand(const char *operand, void *user)
{
    struct run *run = user;

    if (run->options->action == ACTION_MERGE)
        run->status = exit_status_worse(
            run->status, merge_run(operand, run->options, &run->report, &run->totals, print_error));
    else
        files_visit(operand, on_file, run);
}

/* Read all there is to read, but for the results of the jobs still in hand. */
static void visit_operands(struct run *run)
{
    const struct options *options = run->options;

    for (size_t i = 0; i < options->operand_count; i++)
        visit_operand(options->operands[i], run);
    if (run->list &&
        !files_of_list(run->list, options->list_has_nul ? '\0' : '\n', visit_operand, run))
        on_file(options->list, strerror(errno), run);
    if (!rings_end(&run->rings, options->chain == CHAIN_BY_PREFIX, on_unit, run))
        run->no_memory = true;
}

static void visit_all(struct run *run)
{
    static const struct job_calls calls = {.work = do_job, .deliver = deliver_job};
    pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

    run->totals.mutex = thread_count(run) > 1 ? &mutex : NULL;
    run->jobs = jobs_start(thread_count(run), &calls, run);
    if (run->jobs) {
        visit_operands(run);
        jobs_finish(run->jobs);
    } else {
        run->no_memory = true;
    }
    run->totals.mutex = NULL;
    run->report.no_memory = run->report.no_memory || run->no_memory;
}

static void print_sums(struct run *run)
{
    const struct output *output = run->report.output;

    totals_settle(&run->totals);
    if (output->fleet && run->totals.fleet)
        output->fleet(&run->report, run->totals.fleet);
    if (output->summary)
        output->summary(&run->report, &run->totals);
    totals_free(&run->totals);
}

/* From the first record to the last. */
static void report(struct run *run)
{
    const struct output *output = run->report.output;
    char error[OUTPUT_ERROR_BYTES];

    if (output->open &&
        !output->open(&run->report, run->options->output_path, run->options->filter, error)) {
        print_error(run->options->output_path, error);
        run->status = STATUS_OUTPUT;
        return;
    }
    if (output->begin)
        output->begin(&run->report);
    visit_all(run);
    print_sums(run);
    if (run->report.no_memory) {
        print_error("", "out of memory: the report is not complete");
        run->status = exit_status_worse(run->status, STATUS_PARTLY);
    }
    if (output->close && !output->close(&run->report, error)) {
        print_error(run->options->output_path, error);
        run->status = exit_status_worse(run->status, STATUS_OUTPUT);
    }
}

/* From here on there is only what is needed. False: said why, and nothing is to be written. */
static bool confine(struct sink *sink, const struct sandbox_needs *needs)
{
    char error[SANDBOX_ERROR_BYTES];

    if (sandbox_enter(needs, error))
        return true;
    print_error("", error);
    sink_discard(sink);
    return false;
}

static bool confine_analysis(struct sink *sink, const struct options *options)
{
    const struct sandbox_needs needs = {
        .reads = options->operands,
        .read_count = options->operand_count,
        .reads_anything = options->list != NULL,
        .replaces = sink->temporary ? sink->path : NULL,
        .store = options->output->open ? options->output_path : NULL,
        .user = options->user,
    };

    return options->no_sandbox || confine(sink, &needs);
}

static bool confine_timeline(struct sink *sink, const struct timeline_options *options)
{
    char *const reads[] = {(char *)options->capture}; /* they are not written to */
    const struct sandbox_needs needs = {
        .reads = reads,
        .read_count = options->capture != NULL,
        .replaces = sink->temporary ? sink->path : NULL,
        .user = options->user,
    };

    return options->no_sandbox || confine(sink, &needs);
}

static enum exit_status analyse(const struct options *options, FILE *list, struct helper *helper)
{
    struct run run = {.options = options, .list = list, .helper = helper, .status = STATUS_OK};
    struct output summary_only = output_for_summary(options->output);
    const struct what_if *what_if = options->what_if.count > 0 ? &options->what_if : NULL;
    struct fleet fleet = {.grouping = options->grouping, .what_if = what_if};
    struct what_if_sums what_if_sums = {.what_if = &options->what_if};
    char error[SINK_ERROR_BYTES];
    struct sink sink;

    if (!sink_open(&sink, options->output->open ? NULL : options->output_path, error)) {
        print_error("", error);
        return STATUS_OUTPUT;
    }
    if (!confine_analysis(&sink, options))
        return STATUS_USAGE;
    run.report = (struct report){
        .stream = sink.stream,
        .output = options->summary ? &summary_only : options->output,
        .events = options->events,
        .chain = options->chain != CHAIN_NONE,
        .color = wants_color(options->color, sink.stream),
        .width = output_width(sink.stream),
        .what_if = what_if,
    };
    if (options->summary)
        run.totals.fleet = &fleet;
    if (what_if)
        run.totals.what_if = &what_if_sums;
    report(&run);
    fleet_free(&fleet);
    what_if_sums_free(&what_if_sums);
    if (!sink_close(&sink, error)) {
        print_error("", error);
        run.status = exit_status_worse(run.status, STATUS_OUTPUT);
    }
    return run.status;
}

/* The list of more operands is opened before anything is written. */
static enum exit_status analyse_with_list(const struct options *options)
{
    bool is_stdin = options->list && strcmp(options->list, "-") == 0;
    FILE *list = is_stdin ? stdin : NULL;
    struct helper *helper;
    enum exit_status status;

    if (options->list && !is_stdin)
        list = fopen(options->list, "re");
    if (options->list && !list) {
        print_error(options->list, strerror(errno));
        return STATUS_NO_CAPTURE;
    }
    helper = options->action == ACTION_ANALYSE ? helper_start(options->user, !options->no_sandbox)
                                               : NULL;
    status = analyse(options, list, helper);
    helper_stop(helper);
    if (list && !is_stdin)
        fclose(list);
    return status;
}

/* `ka-analyze timeline` has options and formats of its own. */
static enum exit_status timeline(int argc, char **argv)
{
    char error[TIMELINE_ERROR_BYTES] = "", sink_error[SINK_ERROR_BYTES];
    struct timeline_options options;
    struct timeline_out out;
    enum exit_status status;
    struct sink sink;

    if (!timeline_options_parse(&options, argc, argv, error)) {
        print_error("", error);
        return STATUS_USAGE;
    }
    if (!sink_open(&sink, options.output_path, sink_error)) {
        print_error("", sink_error);
        return STATUS_OUTPUT;
    }
    if (options.capture)
        options.helper = helper_start(options.user, !options.no_sandbox);
    if (!confine_timeline(&sink, &options))
        return STATUS_USAGE;
    out = (struct timeline_out){
        .stream = sink.stream, .format = options.format, .width = output_width(sink.stream)};
    status = timeline_run(&out, &options, error);
    if (error[0]) {
        fflush(sink.stream);
        print_error(options.action == TIMELINE_SEEN ? options.capture : "", error);
    }
    helper_stop(options.helper);
    if (sink_close(&sink, sink_error))
        return status;
    print_error("", sink_error);
    return exit_status_worse(status, STATUS_OUTPUT);
}

static bool confine_compare(struct sink *sink, const struct compare_options *options)
{
    const struct sandbox_needs needs = {
        .reads = options->captures,
        .read_count = sizeof options->captures / sizeof options->captures[0],
        .replaces = sink->temporary ? sink->path : NULL,
        .user = options->user,
    };

    return options->no_sandbox || options->help || confine(sink, &needs);
}

/* So has `ka-analyze compare`. */
static enum exit_status compare_captures(int argc, char **argv)
{
    char error[OPTIONS_ERROR_BYTES] = "", sink_error[SINK_ERROR_BYTES];
    struct compare_options options;
    enum exit_status status = STATUS_OK;
    struct sink sink;

    if (!compare_options_parse(&options, argc, argv, error)) {
        print_error("", error);
        return STATUS_USAGE;
    }
    if (!sink_open(&sink, options.output_path, sink_error)) {
        print_error("", sink_error);
        return STATUS_OUTPUT;
    }
    if (!confine_compare(&sink, &options))
        return STATUS_USAGE;
    if (options.help)
        compare_options_help(sink.stream);
    else
        status = compare_run(sink.stream, output_width(sink.stream), &options, print_error);
    if (sink_close(&sink, sink_error))
        return status;
    print_error("", sink_error);
    return exit_status_worse(status, STATUS_OUTPUT);
}

/* Help, version and rules are output as well: a full disk must not pass unseen. */
static enum exit_status finish_stdout(void)
{
    struct sink sink = {.stream = stdout};
    char error[SINK_ERROR_BYTES];

    if (sink_close(&sink, error))
        return STATUS_OK;
    print_error("", error);
    return STATUS_OUTPUT;
}

int main(int argc, char **argv)
{
    char error[OPTIONS_ERROR_BYTES] = "";
    struct options options;

    if (argc > 1 && strcmp(argv[1], "timeline") == 0)
        return (int)timeline(argc - 1, argv + 1);
    if (argc > 1 && strcmp(argv[1], "compare") == 0)
        return (int)compare_captures(argc - 1, argv + 1);
    if (!options_parse(&options, argc, argv, error)) {
        print_error("", error);
        return STATUS_USAGE;
    }
    switch (options.action) {
    case ACTION_ANALYSE:
    case ACTION_MERGE:
        return (int)analyse_with_list(&options);
    case ACTION_COMPLETION:
        completion_print(stdout, options.shell);
        break;
    case ACTION_HELP:
        options_help(stdout);
        break;
    case ACTION_VERSION:
        printf("ka-analyze %s\n%s, %s\ncompressed captures:%s\nother formats: %s\n", KA_VERSION,
               source_library(), json_library(),
               *decompress_formats() ? decompress_formats() : " none",
               helper_is_there() ? "by Wireshark's libwiretap" : "none");
        sandbox_print_state(stdout);
        break;
    case ACTION_EXPLAIN:
        if (!options_explain(stdout, options.operands, options.operand_count, error)) {
            print_error("", error);
            return STATUS_USAGE;
        }
        break;
    }
    return (int)finish_stdout();
}
