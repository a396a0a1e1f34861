/* SPDX-License-Identifier: GPL-2.0-or-later */
/* main.c: wiring. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "compare.h"
#include "complain.h"
#include "completion.h"
#include "decompress.h"
#include "helper.h"
#include "record.h"
#include "run.h"
#include "sandbox.h"
#include "signals.h"
#include "sink.h"
#include "source.h"
#include "timeline.h"
#include "what_if_sums.h"

#ifndef KA_VERSION
#define KA_VERSION "unversioned"
#endif

enum { WIDTH_DEFAULT = 100, WIDTH_MIN = 76, WIDTH_MAX = 1000 };

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
        complain(run->options->output_path, error);
        run->status = STATUS_OUTPUT;
        return;
    }
    if (output->begin)
        output->begin(&run->report);
    run_all(run);
    print_sums(run);
    if (run->report.no_memory) {
        complain("", "out of memory: the report is not complete");
        run->status = exit_status_worse(run->status, STATUS_PARTLY);
    }
    if (output->close && !output->close(&run->report, error)) {
        complain(run->options->output_path, error);
        run->status = exit_status_worse(run->status, STATUS_OUTPUT);
    }
}

/* From here on there is only what is needed. False: said why, and nothing is to be written. */
static bool confine(struct sink *sink, const struct sandbox_needs *needs)
{
    char error[SANDBOX_ERROR_BYTES];

    if (sandbox_enter(needs, error))
        return true;
    complain("", error);
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

/* The signal as the shell tells of it (POSIX, Shell Command Language 2.8.2). */
static int status_of_signal(int signal)
{
    return 128 + signal;
}

/*
 * Run with signals and progress. Where the report goes to the terminal of the progress, it goes
 * through there. Returns the signal that ended it, or 0.
 */
static int watched(struct run *run, const struct sink *sink)
{
    const struct options *options = run->options;
    bool is_merge = options->action == ACTION_MERGE, is_stdout = !options->output_path;
    struct signals signals = {
        .progress = run->progress, .temporary = sink->temporary, .scan = run_measure, .user = run};
    FILE *shared = NULL;
    int caught = 0;

    if (!is_merge)
        progress_show(run->progress, is_stdout ? sink->stream : NULL);
    if (!is_merge && is_stdout && run->progress->shows && isatty(fileno(sink->stream)))
        shared = progress_stream(run->progress, sink->stream);
    if (shared)
        run->report.stream = shared;
    if (!is_merge)
        signals_start(&signals);
    report(run);
    if (!is_merge)
        caught = signals_end(&signals);
    if (shared)
        fclose(shared);
    return caught;
}

static int analyse(const struct options *options, struct progress *progress, FILE *list,
                   struct helper *helper)
{
    struct run run = {.options = options,
                      .progress = progress,
                      .list = list,
                      .helper = helper,
                      .status = STATUS_OK};
    struct output summary_only = output_for_summary(options->output);
    const struct what_if *what_if = options->what_if.count > 0 ? &options->what_if : NULL;
    struct fleet fleet = {
        .grouping = options->grouping,
        .max_groups = options->max_memory_bytes / FLEET_BYTES_ALLOWED_A_GROUP,
        .what_if = what_if,
    };
    struct what_if_sums what_if_sums = {.what_if = &options->what_if};
    char error[SINK_ERROR_BYTES];
    struct sink sink;
    int caught;

    if (!sink_open(&sink, options->output->open ? NULL : options->output_path, error)) {
        complain("", error);
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
    caught = watched(&run, &sink);
    fleet_free(&fleet);
    what_if_sums_free(&what_if_sums);
    if (!sink_close(&sink, error)) {
        complain("", error);
        run.status = exit_status_worse(run.status, STATUS_OUTPUT);
    }
    return caught ? status_of_signal(caught) : (int)run.status;
}

/* The list of more operands is opened before anything is written. */
static int analyse_with_list(const struct options *options)
{
    bool is_stdin = options->list && strcmp(options->list, "-") == 0;
    int fd = is_stdin ? STDIN_FILENO : -1, status = STATUS_NO_CAPTURE;
    struct progress progress;
    struct helper *helper = NULL;
    FILE *list = NULL;

    progress_open(&progress); /* should it fail, only waiting for a pipe does not end early */
    if (options->list && !is_stdin)
        fd = open(options->list, O_RDONLY | O_CLOEXEC);
    if (fd >= 0)
        list = stop_fdopen(&progress.stop, fd);
    if (options->list && !list) {
        complain(options->list, strerror(errno));
    } else {
        if (options->action == ACTION_ANALYSE)
            helper = helper_start(options->user, !options->no_sandbox);
        status = analyse(options, &progress, list, helper);
        helper_stop(helper);
    }
    if (list)
        fclose(list);
    if (fd > STDIN_FILENO)
        close(fd);
    progress_close(&progress);
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
        complain("", error);
        return STATUS_USAGE;
    }
    if (!sink_open(&sink, options.output_path, sink_error)) {
        complain("", sink_error);
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
        complain(options.action == TIMELINE_SEEN ? options.capture : "", error);
    }
    helper_stop(options.helper);
    if (sink_close(&sink, sink_error))
        return status;
    complain("", sink_error);
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
        complain("", error);
        return STATUS_USAGE;
    }
    if (!sink_open(&sink, options.output_path, sink_error)) {
        complain("", sink_error);
        return STATUS_OUTPUT;
    }
    if (!confine_compare(&sink, &options))
        return STATUS_USAGE;
    if (options.help)
        compare_options_help(sink.stream);
    else
        status = compare_run(sink.stream, output_width(sink.stream), &options, complain);
    if (sink_close(&sink, sink_error))
        return status;
    complain("", sink_error);
    return exit_status_worse(status, STATUS_OUTPUT);
}

/* Help, version and rules are output as well: a full disk must not pass unseen. */
static enum exit_status finish_stdout(void)
{
    struct sink sink = {.stream = stdout};
    char error[SINK_ERROR_BYTES];

    if (sink_close(&sink, error))
        return STATUS_OK;
    complain("", error);
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
        complain("", error);
        return STATUS_USAGE;
    }
    switch (options.action) {
    case ACTION_ANALYSE:
    case ACTION_MERGE:
        return analyse_with_list(&options);
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
        if (!options_explain(stdout, output_width(stdout), options.operands, options.operand_count,
                             error)) {
            complain("", error);
            return STATUS_USAGE;
        }
        break;
    }
    return (int)finish_stdout();
}
