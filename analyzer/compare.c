/* SPDX-License-Identifier: GPL-2.0-or-later */
/* compare.c: `ka-analyze compare`: two captures read, aligned, compared, printed. */
#include "compare.h"

#include <stdlib.h>

/*
 * What both captures have in common, and the clocks. Those that the segments without a double give
 * are good for their neighbours; with these a drift is known better, which finds more.
 */
static bool align(struct comparison *comparison)
{
    enum { ROUNDS_MAX = 12 };
    struct place *places = comparison->places;
    struct pairs *pairs = &comparison->pairs;
    uint64_t before;
    bool is_complete = pairs_find(pairs, places) && pairs_match(pairs, places, NULL) &&
                       clocks_align(&comparison->clocks, pairs, places);

    for (int round = 0; is_complete && round < ROUNDS_MAX; round++) {
        before = pairs_matched(pairs);
        is_complete = pairs_match(pairs, places, &comparison->clocks) &&
                      clocks_align(&comparison->clocks, pairs, places);
        if (round > 0 && pairs_matched(pairs) <= before)
            break;
    }
    return is_complete;
}

static bool draw(const struct comparison *comparison, struct path *paths)
{
    bool is_complete = true;

    for (size_t i = 0; i < comparison->pairs.count; i++)
        is_complete = path_draw(&paths[i], &comparison->pairs.rows[i], comparison->places,
                                &comparison->clocks, comparison->options->both_ran) &&
                      is_complete;
    return is_complete;
}

static bool compare(FILE *stream, unsigned width, struct comparison *comparison)
{
    bool is_complete = align(comparison);
    struct path *paths = calloc(comparison->pairs.count + 1, sizeof *paths);

    is_complete = is_complete && paths && draw(comparison, paths);
    if (is_complete && comparison->options->is_json)
        is_complete = compare_put_json(stream, comparison, paths);
    else if (is_complete)
        compare_put_text(stream, width, comparison, paths);
    for (size_t i = 0; paths && i < comparison->pairs.count; i++)
        path_free(&paths[i]);
    free(paths);
    return is_complete;
}

enum exit_status compare_run(FILE *stream, unsigned width, const struct compare_options *options,
                             void (*complain)(const char *name, const char *message))
{
    struct comparison *comparison = calloc(1, sizeof *comparison);
    enum exit_status status = STATUS_OK;
    bool has_memory = comparison != NULL;

    for (int place = 0; comparison && place < PLACES; place++) {
        struct place *here = &comparison->places[place];

        status =
            exit_status_worse(status, place_read(here, options->captures[place], options->filter));
        if (here->capture.error[0])
            complain(options->captures[place], here->capture.error);
        has_memory = has_memory && !here->no_memory;
    }
    /* What could not be opened has nothing to be compared. */
    if (has_memory && status != STATUS_NO_CAPTURE && status != STATUS_FILTER) {
        comparison->options = options;
        has_memory = compare(stream, width, comparison);
    }
    if (!has_memory) {
        complain("", "out of memory: the captures are not compared");
        status = exit_status_worse(status, STATUS_PARTLY);
    }
    for (int place = 0; comparison && place < PLACES; place++)
        place_free(&comparison->places[place]);
    if (comparison)
        free(comparison->pairs.rows);
    free(comparison);
    return status;
}
