/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fuzz_result.c: any bytes as a result of --format json, which merge is given from elsewhere. */
#include <stdlib.h>
#include <string.h>

#include "fleet.h"
#include "fuzz.h"
#include "output.h"
#include "result.h"

/* As the command does, so that what is handed out is looked at. */
static void on_connection(const struct ka_connection *connection, void *user)
{
    assert(connection->outcome < KA_OUTCOME_COUNT);
    totals_add_connection(user, connection);
}

static void on_capture(const struct capture *capture, void *user)
{
    assert(memchr(capture->error, '\0', sizeof capture->error));
    totals_add_capture(user, capture);
}

/* The sums in every format that shows them. */
static void print_sums(const struct totals *totals)
{
    static const char *const formats[] = {"text", "json", "csv", "html"};

    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
        const struct output *output = output_find(formats[i]);
        const struct output summary_only = output_for_summary(output);
        char *text;
        size_t length;
        struct report report = {
            .stream = open_memstream(&text, &length), .output = &summary_only, .width = 100};

        assert(report.stream);
        if (summary_only.fleet)
            summary_only.fleet(&report, totals->fleet);
        if (summary_only.summary)
            summary_only.summary(&report, totals);
        fclose(report.stream);
        free(text);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
    static const struct result_callbacks callbacks = {on_connection, on_capture};
    struct fleet fleet = {.grouping = {.by = FLEET_BY_PREFIX, .v4_bits = 20, .v6_bits = 60}};
    struct totals totals = {.fleet = &fleet};
    struct memory_file file = memory_file_open(bytes, length);
    char error[RESULT_ERROR_BYTES];
    const enum result_error status = result_read(file.path, &callbacks, &totals, error);

    memory_file_close(&file);
    assert((status == RESULT_OK) == (error[0] == '\0'));
    totals_settle(&totals);
    print_sums(&totals);
    totals_free(&totals);
    fleet_free(&fleet);
    return 0;
}
