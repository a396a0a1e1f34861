/* SPDX-License-Identifier: GPL-2.0-or-later */
/* main.c: wiring. The only file that prints errors. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "analysis.h"
#include "files.h"
#include "names.h"
#include "record.h"
#include "sink.h"
#include "source.h"

#ifndef KA_VERSION
#define KA_VERSION "unversioned"
#endif

enum { WIDTH_DEFAULT = 100, WIDTH_MIN = 76, WIDTH_MAX = 1000 };

/* What a visit to a file needs. */
struct run {
    const struct options *options;
    struct report report;
    struct totals totals;
    enum exit_status status;
};

static void print_error(const char *name, const char *message)
{
    char *safe_name = name_for_terminal(name), *safe_message = name_for_terminal(message);

    fprintf(stderr, "ka-analyze: %s%s%s\n", safe_name ? safe_name : "", *name ? ": " : "",
            safe_message ? safe_message : "out of memory");
    free(safe_name);
    free(safe_message);
}

static void on_file(const char *path, const char *error, void *user)
{
    struct run *run = user;
    struct capture capture;
    enum exit_status status;

    if (ferror(run->report.stream))
        return; /* nobody would see the result */
    if (error)
        status = analysis_refuse(path, error, &run->report, &run->totals, &capture);
    else
        status = analysis_run(path, run->options, &run->report, &run->totals, &capture);
    if (capture.error[0]) {
        fflush(run->report.stream); /* on a terminal the report comes before its errors */
        print_error(path, capture.error);
    }
    run->status = exit_status_worse(run->status, status);
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

static enum exit_status analyse(const struct options *options)
{
    struct run run = {.options = options, .status = STATUS_OK};
    char error[SINK_ERROR_BYTES];
    struct sink sink;

    if (!sink_open(&sink, options->output_path, error)) {
        print_error("", error);
        return STATUS_OUTPUT;
    }
    run.report = (struct report){
        .stream = sink.stream,
        .output = options->output,
        .events = options->events,
        .color = wants_color(options->color, sink.stream),
        .width = output_width(sink.stream),
    };
    if (run.report.output->begin)
        run.report.output->begin(&run.report);
    for (size_t i = 0; i < options->operand_count; i++)
        files_visit(options->operands[i], on_file, &run);
    totals_settle(&run.totals);
    if (run.report.output->summary)
        run.report.output->summary(&run.report, &run.totals);
    totals_free(&run.totals);
    if (run.report.no_memory) {
        print_error("", "out of memory: the report is not complete");
        run.status = exit_status_worse(run.status, STATUS_PARTLY);
    }
    if (!sink_close(&sink, error)) {
        print_error("", error);
        run.status = exit_status_worse(run.status, STATUS_OUTPUT);
    }
    return run.status;
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

    if (!options_parse(&options, argc, argv, error)) {
        print_error("", error);
        return STATUS_USAGE;
    }
    switch (options.action) {
    case ACTION_ANALYSE:
        return (int)analyse(&options);
    case ACTION_HELP:
        options_help(stdout);
        break;
    case ACTION_VERSION:
        printf("ka-analyze %s\n%s, %s\n", KA_VERSION, source_library(), json_library());
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
