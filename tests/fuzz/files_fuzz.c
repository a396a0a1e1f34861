/* SPDX-License-Identifier: GPL-2.0-or-later */
/* files_fuzz.c: one capture, whole and in pieces. */
#include "files_fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "analysis.h"
#include "fuzz.h"
#include "same_fuzz.h"
#include "source.h"

enum { HEADER_BYTES = 24, RECORD_BYTES = 16, PIECES = 3, RECORDS_MAX = 2048 };

/* ---- an analysis --------------------------------------------------------------------------- */

/* The report is the first thing in what collects it. */
struct collector {
    struct report report;
    struct recorder *recorder;
    uint64_t *frames; /* those with a TCP segment, or an error about one */
    size_t count, room;
};

static void on_segments(const struct ka_segment *segments, size_t count, void *user)
{
    struct collector *collector = user;

    for (size_t i = 0; i < count; i++) {
        if (collector->count == collector->room) {
            collector->room = collector->room ? 2 * collector->room : 256;
            collector->frames =
                reallocarray(collector->frames, collector->room, sizeof *collector->frames);
            assert(collector->frames);
        }
        collector->frames[collector->count++] = segments[i].frame;
    }
}

static int compare_frames(const void *left, const void *right)
{
    const uint64_t *a = left, *b = right;

    return (*a > *b) - (*a < *b);
}

static void on_event(struct report *report, const struct capture *capture,
                     const struct event *event)
{
    struct collector *collector = (struct collector *)report;

    (void)capture;
    assert(bsearch(&event->frame.frame, collector->frames, collector->count,
                   sizeof *collector->frames, compare_frames));
    recorder_callbacks().frame(&event->frame, &event->peers, collector->recorder);
}

static void on_connection(struct report *report, const struct capture *capture,
                          const struct ka_connection *connection, const struct event *events,
                          size_t event_count)
{
    (void)capture;
    (void)events;
    (void)event_count;
    recorder_callbacks().connection(connection, ((struct collector *)report)->recorder);
}

static enum exit_status analyse(char *const *paths, size_t count, struct recorder *recorder)
{
    static const struct output recording = {
        .name = "record", .wants_events = true, .segment = on_event, .connection = on_connection};
    static const struct options options = {.events = true, .jobs = 1};
    struct collector collector = {.report = {.output = &recording,
                                             .events = true,
                                             .tap = on_segments,
                                             .tap_user = &collector},
                                  .recorder = recorder};
    struct totals totals = {0};
    struct capture capture;
    struct pieces pieces;
    const bool has_pieces = pieces_init(&pieces, paths, count);
    const struct intake intake = {.name = "input", .pieces = &pieces};

    assert(has_pieces);
    enum exit_status status = analysis_run(&intake, &options, &collector.report, &totals, &capture);
    totals_free(&totals);
    pieces_free(&pieces);
    free(collector.frames);
    return status;
}

/* ---- pieces -------------------------------------------------------------------------------- */

/* Where the records of a classic capture begin, and when. */
struct records {
    size_t count;
    size_t starts[RECORDS_MAX + 1]; /* ends with the length of the file */
    int64_t times_ns[RECORDS_MAX];
};

static bool is_classic(const uint8_t *bytes, size_t length)
{
    static const uint32_t magics[] = {0xa1b2c3d4, 0xa1b23c4d, 0xd4c3b2a1, 0x4d3cb2a1};
    uint32_t magic = 0;

    if (length < HEADER_BYTES)
        return false;
    memcpy(&magic, bytes, sizeof magic);
    for (size_t i = 0; i < sizeof magics / sizeof magics[0]; i++)
        if (magic == magics[i])
            return true;
    return false;
}

/* False: they are not those of a classic capture without a flaw. */
static bool find_records(const char *path, size_t length, struct records *records)
{
    struct source_failure failure;
    struct source *source = source_open(path, NULL, &failure);
    struct packet packet;
    size_t at = HEADER_BYTES;
    bool has_times = true;

    records->count = 0;
    while (source && records->count < RECORDS_MAX && source_read(source, &packet, 1, &failure)) {
        records->starts[records->count] = at;
        records->times_ns[records->count++] = packet.time_ns;
        at += RECORD_BYTES + packet.caplen;
        has_times = has_times && packet.has_time;
    }
    records->starts[records->count] = at;
    bool is_whole = source && at == length && has_times;
    source_close(source);
    return is_whole;
}

static struct memory_file open_piece(const uint8_t *bytes, size_t start, size_t end)
{
    uint8_t *piece = malloc(HEADER_BYTES + end - start);

    assert(piece);
    memcpy(piece, bytes, HEADER_BYTES);
    memcpy(piece + HEADER_BYTES, bytes + start, end - start);
    struct memory_file file = memory_file_open(piece, HEADER_BYTES + end - start);
    free(piece);
    return file;
}

/*
 * Cut where the time is past all that came before, for in the order of their times the pieces are
 * read. Returns how many pieces there are, at most PIECES.
 */
static size_t cut(const uint8_t *bytes, const struct records *records,
                  struct memory_file files[static PIECES])
{
    size_t count = 0, first = 0;
    int64_t latest_ns = INT64_MIN;

    for (size_t i = 0; i < records->count; i++) {
        if (i - first > records->count / PIECES && records->times_ns[i] > latest_ns) {
            files[count++] = open_piece(bytes, records->starts[first], records->starts[i]);
            first = i;
        }
        if (records->times_ns[i] > latest_ns)
            latest_ns = records->times_ns[i];
    }
    files[count++] = open_piece(bytes, records->starts[first], records->starts[records->count]);
    return count;
}

static void check_pieces(const uint8_t *bytes, const struct records *records,
                         const struct recorder *whole)
{
    struct memory_file files[PIECES];
    char *paths[PIECES];
    struct recorder chained = {0};
    size_t count = cut(bytes, records, files);

    for (size_t i = 0; i < count; i++)
        paths[i] = files[i].path;
    enum exit_status status = analyse(paths, count, &chained);
    assert(status == STATUS_OK);
    same_reports(whole, &chained);
    recorder_clear(&chained);
    for (size_t i = 0; i < count; i++)
        memory_file_close(&files[i]);
}

void files_check(const uint8_t *bytes, size_t length)
{
    static struct records records;
    struct memory_file file = memory_file_open(bytes, length);
    struct recorder whole = {0};
    char *const paths[] = {file.path};
    enum exit_status status = analyse(paths, 1, &whole);

    if (status == STATUS_OK && is_classic(bytes, length) &&
        find_records(file.path, length, &records))
        check_pieces(bytes, &records, &whole);
    recorder_clear(&whole);
    memory_file_close(&file);
}
