/* SPDX-License-Identifier: GPL-2.0-or-later */
/* pieces.c: a list of files, and runs of frames in them. */
#include "pieces.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/ka.h"

/*
 * Length of the folder that two paths have in common, of which one is `length` bytes long at most.
 */
static size_t common_folder(const char *a, const char *b, size_t length)
{
    size_t folder = 0;

    for (size_t i = 0; i < length && a[i] == b[i] && a[i]; i++)
        if (a[i] == '/')
            folder = i + 1;
    return folder;
}

bool pieces_init(struct pieces *pieces, char *const *paths, size_t count)
{
    *pieces = (struct pieces){.rows = calloc(count ? count : 1, sizeof *pieces->rows)};
    if (!pieces->rows)
        return false;
    pieces->count = count;
    for (size_t i = 0; i < count; i++)
        pieces->folder_bytes =
            common_folder(paths[0], paths[i], i ? pieces->folder_bytes : SIZE_MAX);
    pthread_mutex_init(&pieces->mutex, NULL);
    for (size_t i = 0; i < count; i++)
        pieces->rows[i] =
            (struct piece){.path = paths[i], .first_ns = KA_UNKNOWN, .latest_ns = KA_UNKNOWN};
    return true;
}

static bool has_room(struct pieces *pieces)
{
    size_t capacity = pieces->run_capacity ? 2 * pieces->run_capacity : 64;
    struct frame_run *runs;

    if (pieces->run_count < pieces->run_capacity)
        return true;
    if (pieces->run_count == RUNS_MAX)
        return false;
    runs = reallocarray(pieces->runs, capacity, sizeof *runs);
    if (!runs)
        return false;
    pieces->runs = runs;
    pieces->run_capacity = capacity;
    return true;
}

static void note(struct pieces *pieces, uint32_t piece, uint64_t in_file, uint64_t n)
{
    const struct frame_run *last = pieces->run_count ? &pieces->runs[pieces->run_count - 1] : NULL;
    uint64_t frame = pieces->frames + 1;
    bool goes_on = last && last->piece == piece && in_file - last->in_file == frame - last->frame;

    if (pieces->is_full)
        return;
    if (!goes_on && !has_room(pieces)) {
        pieces->is_full = true;
        return;
    }
    if (!goes_on)
        pieces->runs[pieces->run_count++] =
            (struct frame_run){.frame = frame, .in_file = in_file, .piece = piece};
    pieces->frames += n;
}

void pieces_note(struct pieces *pieces, uint32_t piece, uint64_t in_file, uint64_t n)
{
    pthread_mutex_lock(&pieces->mutex);
    note(pieces, piece, in_file, n);
    pthread_mutex_unlock(&pieces->mutex);
}

static const struct piece *find(const struct pieces *pieces, uint64_t frame, uint64_t *in_file)
{
    size_t low = 0, high = pieces->run_count;
    const struct frame_run *run;

    *in_file = frame;
    if (frame > 0 && pieces->count == 1)
        return &pieces->rows[0];
    if (frame == 0 || frame > pieces->frames)
        return NULL;
    while (high - low > 1) { /* the run before `high` is the last that may hold it */
        size_t middle = low + (high - low) / 2;

        if (pieces->runs[middle].frame <= frame)
            low = middle;
        else
            high = middle;
    }
    run = &pieces->runs[low];
    *in_file = run->in_file + (frame - run->frame);
    return &pieces->rows[run->piece];
}

const struct piece *pieces_find(struct pieces *pieces, uint64_t frame, uint64_t *in_file)
{
    const struct piece *piece;

    if (pieces->count == 0)
        return NULL;
    pthread_mutex_lock(&pieces->mutex);
    piece = find(pieces, frame, in_file);
    pthread_mutex_unlock(&pieces->mutex);
    return piece;
}

bool pieces_overlap(const struct pieces *pieces)
{
    int64_t reached_ns = KA_UNKNOWN;

    for (size_t i = 0; i < pieces->count; i++) {
        const struct piece *piece = &pieces->rows[i];

        if (piece->latest_ns == KA_UNKNOWN)
            continue;
        if (piece->first_ns < reached_ns)
            return true;
        if (piece->latest_ns > reached_ns)
            reached_ns = piece->latest_ns;
    }
    return false;
}

void piece_fail(struct piece *piece, enum source_error error, const char *problem)
{
    if (piece->error != SOURCE_OK)
        return;
    piece->error = error;
    piece->problem = strdup(problem);
}

void pieces_free(struct pieces *pieces)
{
    for (size_t i = 0; i < pieces->count; i++) {
        free(pieces->rows[i].link_type);
        free(pieces->rows[i].problem);
    }
    if (pieces->rows)
        pthread_mutex_destroy(&pieces->mutex);
    free(pieces->rows);
    free(pieces->runs);
    *pieces = (struct pieces){0};
}
