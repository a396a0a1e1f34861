/* SPDX-License-Identifier: GPL-2.0-or-later */
/* run.c: from operands to units, from units to results, and results in their order. */
#include "run.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "analysis.h"
#include "complain.h"
#include "files.h"
#include "jobs.h"
#include "merge.h"
#include "outbox.h"
#include "pieces.h"
#include "text_stream.h"

/* What is left of a job when its unit has been read. */
struct result {
    struct outbox outbox;
    bool has_outbox; /* else it has written to the report, in its turn */
    char *problems;  /* lines, or NULL */
    enum exit_status status;
    bool no_memory;
};

/*
 * A line for what is wrong with a capture, or with each file of a
 * chain. NULL: nothing, or no memory.
 */
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
        complain_to(lines.stream, piece->path, piece->problem ? piece->problem : "out of memory");
        is_told = true;
    }
    if (!is_told)
        complain_to(lines.stream, capture->name, capture->error);
    return text_stream_close(&lines) ? lines.text : NULL;
}

/* Count what was read as done, and of its files also what was not: nobody will read it. */
static void count_unit(struct progress *progress, const struct unit *unit, uint64_t bytes_read)
{
    uint64_t bytes = 0;
    struct stat status;

    for (size_t i = 0; i < unit->path_count; i++)
        if (strcmp(unit->paths[i], "-") != 0 && stat(unit->paths[i], &status) == 0 &&
            S_ISREG(status.st_mode))
            bytes += (uint64_t)status.st_size;
    if (bytes > bytes_read)
        progress_add(&progress->bytes, bytes - bytes_read);
    progress_add(&progress->files, unit->path_count);
}

/* Read a unit, or report that it could not be looked into. */
static void read_unit(struct run *run, const struct unit *unit, struct report *report,
                      struct result *result)
{
    struct pieces pieces;
    const struct intake intake = {
        .name = unit->name, .pieces = &pieces, .progress = run->progress, .helper = run->helper};
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
    count_unit(run->progress, unit, pieces.bytes_read);
    pieces_free(&pieces);
}

static void do_job(struct job *job, void *user)
{
    struct run *run = user;
    struct report report = run->report;
    struct result *result;

    if (ferror(report.stream) || stop_is_asked(&run->progress->stop))
        return; /* nobody would see the result, or wants it */
    if (report.output->wants && !report.output->wants(&report, job->unit))
        return;
    if (strcmp(job->unit->name, "-") == 0)
        jobs_await_turn(job); /* should it be named twice, the first has all of it */
    result = job->result = calloc(1, sizeof *result);
    if (!result) {
        run->no_memory = true;
        return;
    }
    /* One thread always has the turn. */
    result->has_outbox = run->options->jobs > 1 && !report.output->is_in_order &&
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
        progress_say(run->progress, result->problems);
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

static bool on_file(const char *path, const char *error, void *user)
{
    struct run *run = user;

    if (run->options->chain == CHAIN_NONE)
        on_unit(unit_of_file(path, error), run);
    else if (!rings_add(&run->rings, path, error))
        run->no_memory = true;
    return !stop_is_asked(&run->progress->stop);
}

static void on_passed(uint64_t bytes, void *user)
{
    struct run *run = user;

    progress_add(&run->progress->passed_files, 1);
    progress_add(&run->progress->passed_bytes, bytes);
}

/* Read a capture, those of a folder, or a result of another run. */
static bool visit_operand(const char *operand, void *user)
{
    struct run *run = user;
    const struct file_visitor visitor = {.visit = on_file, .pass = on_passed, .user = run};

    if (run->options->action != ACTION_MERGE)
        return files_visit(operand, &visitor);
    run->status = exit_status_worse(
        run->status, merge_run(operand, run->options, &run->report, &run->totals, complain));
    return true;
}

/* Read all there is to read, but for the results of the jobs still in hand. */
static void visit_operands(struct run *run)
{
    const struct options *options = run->options;
    bool goes_on = true;

    for (size_t i = 0; goes_on && i < options->operand_count; i++)
        goes_on = visit_operand(options->operands[i], run);
    if (goes_on && run->list &&
        !files_of_list(run->list, options->list_has_nul ? '\0' : '\n', visit_operand, run))
        on_file(options->list, strerror(errno), run);
    if (!rings_end(&run->rings, options->chain == CHAIN_BY_PREFIX, on_unit, run))
        run->no_memory = true;
}

void run_all(struct run *run)
{
    static const struct job_calls calls = {.work = do_job, .deliver = deliver_job};
    pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

    run->totals.mutex = run->options->jobs > 1 ? &mutex : NULL;
    run->jobs = jobs_start(run->options->jobs, &calls, run);
    if (run->jobs) {
        visit_operands(run);
        jobs_finish(run->jobs);
    } else {
        run->no_memory = true;
    }
    progress_hide(run->progress);
    run->totals.mutex = NULL;
    run->report.no_memory = run->report.no_memory || run->no_memory;
}

/* ---- how much there is to read ----------------------------------------------------------- */

struct measure {
    struct progress *progress;
    unsigned long long files, bytes;
};

static bool measure_file(uint64_t bytes, void *user)
{
    struct measure *measure = user;

    measure->files++;
    measure->bytes += bytes;
    return !stop_is_asked(&measure->progress->stop);
}

static bool measure_operand(const char *operand, void *user)
{
    files_measure(operand, measure_file, user);
    return !stop_is_asked(&((struct measure *)user)->progress->stop);
}

/*
 * A list on standard input is read by the run itself, and what is named in it is not known before.
 */
void run_measure(void *user)
{
    struct run *run = user;
    const struct options *options = run->options;
    struct measure measure = {.progress = run->progress};
    bool has_list = options->list && strcmp(options->list, "-") != 0;
    FILE *list = has_list ? fopen(options->list, "re") : NULL;

    for (size_t i = 0; i < options->operand_count; i++)
        measure_operand(options->operands[i], &measure);
    if (list) {
        files_of_list(list, options->list_has_nul ? '\0' : '\n', measure_operand, &measure);
        fclose(list);
    }
    if ((options->list && !list) || stop_is_asked(&run->progress->stop))
        return;
    atomic_store(&run->progress->bytes_all, measure.bytes);
    atomic_store(&run->progress->files_all, measure.files);
}
