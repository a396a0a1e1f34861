/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fuzz_compare.c: two captures of the same connections through `ka-analyze compare`: what is
 * counted as lost must be what is named, every record is JSON, and a capture beside itself lacks
 * nothing.
 *
 * Input: a byte of OPTION_...; then for two files as they are the length of the first (2 bytes) and
 * both; otherwise B's clock less A's in ms (2, with a sign), the delay between the places in 100 us
 * (1), how many bytes say where segments are missing (1), these bytes (a bit for A and one
 * for B of four segments each), and the segments as script_fuzz.h describes them.
 */
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compare.h"
#include "fuzz.h"
#include "script_fuzz.h"
#include "segment_pcap.h"

enum {
    OPTION_RAW = 1,
    OPTION_BOTH_RAN = 2,
    OPTION_TRANSLATED = 4, /* B sees the client with another address and port */
    OPTION_REWRITTEN = 8,  /* ... and other sequence numbers of both ends */
    OPTION_DRIFT = 16      /* B's clock gains 100 us a second */
};

enum { WIDTH = 100 };

/* ---- two captures -------------------------------------------------------------------------- */

struct view {
    int64_t offset_ns, delay_ns;
    uint8_t options;
    uint8_t missing_bytes;
    const uint8_t *missing;
};

static bool is_missing(const struct view *view, size_t i, int place)
{
    return i / 4 < view->missing_bytes && view->missing[i / 4] >> (i % 4 * 2 + (size_t)place) & 1;
}

/* When a place sees a segment: A lies at the client, B at the server. */
static int64_t seen_ns(const struct view *view, int64_t time_ns, bool from_client, int place)
{
    const int64_t start_ns = 1700000000 * KA_SECOND;
    const bool is_far = from_client == (place == PLACE_B);

    time_ns += is_far ? view->delay_ns : 0;
    if (place == PLACE_A)
        return time_ns;
    return time_ns + view->offset_ns +
           (view->options & OPTION_DRIFT ? (time_ns - start_ns) / 10000 : 0);
}

static void translate(struct ka_segment *segment, bool from_client)
{
    struct ka_endpoint *client = from_client ? &segment->from : &segment->to;

    client->addr.bytes[15] ^= 0x55;
    client->port ^= 0x1111;
}

static void rewrite(struct ka_segment *segment, bool from_client)
{
    static const uint32_t shift[2] = {0x13579bdf, 0xfedcba98};

    segment->seq += shift[!from_client];
    segment->ack += shift[from_client];
}

/* script_segments() gives the client the lower address. */
static bool is_from_client(const struct ka_segment *segment)
{
    return memcmp(&segment->from.addr, &segment->to.addr, sizeof segment->from.addr) < 0;
}

static struct memory_file record(const struct ka_segment *segments, size_t count, int place,
                                 const struct view *view)
{
    char *bytes = NULL;
    size_t length = 0;
    FILE *file = open_memstream(&bytes, &length);

    assert(file);
    pcap_write_header(file);
    for (size_t i = 0; i < count; i++) {
        struct ka_segment segment = segments[i];
        const bool from_client = is_from_client(&segment);

        if (is_missing(view, i, place) || !pcap_can_hold(&segment))
            continue;
        segment.time_ns = seen_ns(view, segment.time_ns, from_client, place);
        if (place == PLACE_B && (view->options & OPTION_TRANSLATED))
            translate(&segment, from_client);
        if (place == PLACE_B && (view->options & OPTION_REWRITTEN))
            rewrite(&segment, from_client);
        if (pcap_can_hold(&segment))
            pcap_write_segment(file, &segment);
    }
    fclose(file);
    struct memory_file capture = memory_file_open((const uint8_t *)bytes, length);
    free(bytes);
    return capture;
}

static void open_scripted(struct input *input, uint8_t options, struct memory_file files[PLACES])
{
    static struct ka_segment segments[FUZZ_SEGMENTS_MAX];
    struct view view = {.options = options};

    view.offset_ns = (int16_t)input_u16(input) * INT64_C(1000000);
    view.delay_ns = input_u8(input) * INT64_C(100000);
    view.missing_bytes = input_u8(input);
    if (view.missing_bytes > input->left)
        view.missing_bytes = (uint8_t)input->left;
    view.missing = input->at;
    size_t count = script_segments(input->at + view.missing_bytes, input->left - view.missing_bytes,
                                   (struct retelling){0}, segments);
    for (int place = 0; place < PLACES; place++)
        files[place] = record(segments, count, place, &view);
}

static void open_raw(struct input *input, struct memory_file files[PLACES])
{
    size_t first = input_u16(input);

    if (first > input->left)
        first = input->left;
    files[PLACE_A] = memory_file_open(input->at, first);
    files[PLACE_B] = memory_file_open(input->at + first, input->left - first);
}

/* ---- what is said of them ------------------------------------------------------------------ */

static unsigned complaints;

static void complain(const char *name, const char *message)
{
    assert(name && message[0]);
    complaints++;
}

/* The output, which the caller frees. */
static char *run(const struct compare_options *options, enum exit_status *status)
{
    char *text = NULL;
    size_t length = 0;
    FILE *stream = open_memstream(&text, &length);

    assert(stream);
    complaints = 0;
    *status = compare_run(stream, WIDTH, options, complain);
    fclose(stream);
    assert((*status == STATUS_OK) == (complaints == 0));
    return text;
}

static int64_t number(struct json_object *record, const char *key)
{
    struct json_object *value = NULL;
    bool is_there = json_object_object_get_ex(record, key, &value);

    assert(is_there);
    return json_object_get_int64(value);
}

static struct json_object *member(struct json_object *record, const char *key)
{
    struct json_object *value = NULL;
    bool is_there = json_object_object_get_ex(record, key, &value);

    assert(is_there && value);
    return value;
}

static bool is_record(struct json_object *record, const char *name)
{
    return strcmp(json_object_get_string(member(record, "record")), name) == 0;
}

/* By fate; `told` ends at zero where each segment that did not arrive is named. */
struct tally {
    int64_t told[FATE_COUNT];
    bool is_self; /* a capture beside itself */
};

static void check_named(const struct tally *tally)
{
    for (int fate = 0; fate < FATE_COUNT; fate++)
        assert(tally->told[fate] == 0);
}

static void count_pair(struct tally *tally, struct json_object *record)
{
    static const char *const sides[] = {"client", "server"};
    struct json_object *segments = member(record, "segments");

    check_named(tally);
    for (int side = 0; side < 2; side++)
        for (int fate = 0; fate < FATE_COUNT; fate++) {
            int64_t count = number(member(segments, sides[side]), fate_name((enum fate)fate));

            assert(count >= 0);
            if (fate == FATE_ARRIVED)
                continue;
            assert(!tally->is_self || count == 0);
            tally->told[fate] += count;
        }
}

static void count_segment(struct tally *tally, struct json_object *record)
{
    const char *name = json_object_get_string(member(record, "fate"));
    int fate = 0;

    while (fate < FATE_COUNT && strcmp(name, fate_name((enum fate)fate)) != 0)
        fate++;
    assert(fate < FATE_COUNT && number(record, "frame") > 0);
    tally->told[fate]--;
}

static void check_json(char *text, bool is_self)
{
    struct tally tally = {.is_self = is_self};
    char *rest = NULL;

    for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
        struct json_object *record = json_tokener_parse(line);

        assert(record);
        if (is_record(record, "compare"))
            count_pair(&tally, record);
        else if (is_record(record, "compare_segment"))
            count_segment(&tally, record);
        json_object_put(record);
    }
    check_named(&tally);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    struct input input = {bytes, length};
    const uint8_t options = input_u8(&input);
    struct memory_file files[PLACES];
    enum exit_status status, same_status;

    if (options & OPTION_RAW)
        open_raw(&input, files);
    else
        open_scripted(&input, options, files);
    struct compare_options wanted = {.is_json = true,
                                     .events = true,
                                     .both_ran = options & OPTION_BOTH_RAN,
                                     .captures = {files[PLACE_A].path, files[PLACE_B].path}};
    char *text = run(&wanted, &status);
    assert(status == STATUS_OK || (options & OPTION_RAW));
    check_json(text, false);
    free(text);

    wanted.is_json = false;
    free(run(&wanted, &same_status));
    assert(same_status == status);

    wanted.is_json = true;
    wanted.captures[PLACE_B] = files[PLACE_A].path;
    text = run(&wanted, &status);
    check_json(text, true);
    free(text);
    for (int place = 0; place < PLACES; place++)
        memory_file_close(&files[place]);
    return 0;
}
