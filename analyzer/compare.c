/* SPDX-License-Identifier: GPL-2.0-or-later */
/* compare.c: `ka-analyze compare`: two captures read, aligned, compared, printed. */
#include "compare.h"

#include <stdlib.h>

/* What both captures have in common, and the clocks; the second match knows them. */
static bool align(struct comparison *comparison)
{
    struct place *places = comparison->places;

    return pairs_find(&comparison->pairs, places) &&
           pairs_match(&comparison->pairs, places, NULL) &&
           clocks_align(&comparison->clocks, &comparison->pairs, places) &&
           pairs_match(&comparison->pairs, places, &comparison->clocks) &&
           clocks_align(&comparison->clocks, &comparison->pairs, places);
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
