/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fuzz_capture.c: any bytes as a capture file, through all that the command does with one.
 *
 * Our own readers must hand out what libpcap does where it reads the file, every packet must be
 * counted once, only frames with TCP may have a tag, pieces of a capture must be told as the whole
 * is, and what
 * --format json writes must be readable again.
 */
#include <stdlib.h>
#include <string.h>

#include "analysis.h"
#include "by_libpcap.h"
#include "files_fuzz.h"
#include "fuzz.h"
#include "result.h"
#include "source.h"

enum { AT_ONCE = 50, WIDTH = 100 };

/* ---- two ways to read the same ------------------------------------------------------------- */

static void same_packet(const struct packet *walked, const struct packet *plain)
{
    assert(walked->frame == plain->frame && walked->has_time == plain->has_time);
    assert(walked->time_ns == plain->time_ns);
    assert(walked->caplen == plain->caplen && walked->wirelen == plain->wirelen);
    assert(memcmp(walked->bytes, plain->bytes, plain->caplen) == 0);
}

static void compare_sources(struct source *walk, struct source *plain)
{
    struct source_failure walk_failure = {.error = SOURCE_OK};
    struct source_failure plain_failure = {.error = SOURCE_OK};
    struct packet packets[AT_ONCE], packet;
    size_t count;

    assert(source_link_type(walk) == source_link_type(plain));
    while ((count = source_read(walk, packets, AT_ONCE, &walk_failure)) > 0)
        for (size_t i = 0; i < count; i++) {
            size_t got = source_read(plain, &packet, 1, &plain_failure);

            assert(got == 1);
            same_packet(&packets[i], &packet);
        }
    count = source_read(plain, &packet, 1, &plain_failure);
    assert(count == 0 && walk_failure.error == plain_failure.error);
    if (walk_failure.error != SOURCE_OK)
        assert(strcmp(walk_failure.message, plain_failure.message) == 0);
}

/* A filter that takes everything leaves all of the reading of classic files to libpcap. */
static void compare_readings(const char *path)
{
    struct source_failure failure;
    struct source *walk = source_open(path, NULL, &failure);
    struct source *plain = source_open(path, "greater 0", &failure);

    if (!plain) /* for some link types libpcap has no filters */
        assert(!walk || failure.error == SOURCE_BAD_FILTER);
    else
        assert(walk);
    if (walk && plain)
        compare_sources(walk, plain);
    source_close(walk);
    source_close(plain);
}

/* ---- the report ---------------------------------------------------------------------------- */

static void check_counts(const struct capture *capture)
{
    uint64_t counted = capture->tcp_segments + capture->filtered_packets;

    for (int reason = 0; reason < KA_SKIP_COUNT; reason++)
        counted += capture->skipped[reason];
    assert(counted == capture->packets);
    assert(capture->connections <= capture->tcp_segments);
}

/* Returns the report's text, which the caller frees. */
static char *report(const char *path, const struct output *output, struct capture *capture,
                    size_t *length)
{
    const struct options options = {.output = output, .events = !output->open, .jobs = 1};
    struct totals totals = {0};
    struct pieces pieces;
    char *const paths[] = {(char *)path}; /* they are not written to */
    const struct intake intake = {.name = path, .pieces = &pieces};
    char *text;
    struct report report = {
        .stream = open_memstream(&text, length), .output = output, .events = true, .width = WIDTH};

    assert(report.stream && pieces_init(&pieces, paths, 1));
    if (output->begin)
        output->begin(&report);
    enum exit_status status = analysis_run(&intake, &options, &report, &totals, capture);
    assert((status == STATUS_OK) == (capture->error[0] == '\0'));
    check_counts(capture);
    totals_settle(&totals);
    if (output->summary)
        output->summary(&report, &totals);
    totals_free(&totals);
    assert(!report.no_memory);
    pieces_free(&pieces);
    fclose(report.stream);
    return text;
}

/* What was read back. */
struct reading {
    uint64_t connections, packets, captures;
};

static void note_connection(const struct ka_connection *connection, void *user)
{
    struct reading *reading = user;

    assert(connection->outcome < KA_OUTCOME_COUNT);
    reading->connections++;
}

static void note_capture(const struct capture *capture, void *user)
{
    struct reading *reading = user;

    reading->packets += capture->packets;
    reading->captures++;
}

/* `merge` takes what --format json says of any capture. */
static void check_json(const char *path)
{
    const struct result_callbacks callbacks = {note_connection, note_capture};
    char error[RESULT_ERROR_BYTES];
    struct reading reading = {0};
    struct capture capture;
    size_t length;
    char *text = report(path, output_find("json"), &capture, &length);
    struct memory_file file = memory_file_open((const uint8_t *)text, length);
    const enum result_error status = result_read(file.path, &callbacks, &reading, error);

    memory_file_close(&file);
    free(text);
    assert(status == RESULT_OK && reading.captures == 1);
    assert(reading.connections == capture.connections && reading.packets == capture.packets);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    static const char *const formats[] = {"text", "csv", "html"};
    struct memory_file file = memory_file_open(bytes, length);
    char difference[DIFFERENCE_BYTES];
    uint64_t ignored_packets;
    struct capture capture;
    size_t ignored;

    assert(!differs_from_libpcap(file.path, &ignored_packets, difference));
    compare_readings(file.path);
    files_check(bytes, length);
    check_json(file.path);
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++)
        free(report(file.path, output_find(formats[i]), &capture, &ignored));
    memory_file_close(&file);
    return 0;
}
