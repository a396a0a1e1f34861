/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rings.c: files sorted by what is common to their names. */
#include "rings.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "ring_name.h"

struct gathered {
    char *path, *error;
    struct ring_name name; /* without an error */
    size_t place;          /* among all that was gathered */
    size_t ring_place;     /* of the first of the ring */
    dev_t device;
    ino_t inode; /* 0: not a file that can be told from others */
};

bool rings_add(struct rings *rings, const char *path, const char *error)
{
    size_t capacity = rings->capacity ? 2 * rings->capacity : 64;
    struct gathered row = {.place = rings->count};
    struct stat status;

    if (rings->count == rings->capacity) {
        struct gathered *rows = reallocarray(rings->rows, capacity, sizeof *rows);

        if (!rows)
            return false;
        rings->rows = rows;
        rings->capacity = capacity;
    }
    row.path = strdup(path);
    row.error = error ? strdup(error) : NULL;
    if (!row.path || (error ? !row.error : !ring_name_of(path, &row.name))) {
        free(row.path);
        free(row.error);
        return false;
    }
    if (!error && strcmp(path, "-") != 0 && stat(path, &status) == 0 && S_ISREG(status.st_mode)) {
        row.device = status.st_dev;
        row.inode = status.st_ino;
    }
    rings->rows[rings->count++] = row;
    return true;
}

/* ---- order ------------------------------------------------------------------------------- */

static int compare_places(size_t a, size_t b)
{
    return (a > b) - (a < b);
}

static int by_inode(const void *left, const void *right)
{
    const struct gathered *a = left, *b = right;

    if (a->device != b->device)
        return a->device < b->device ? -1 : 1;
    if (a->inode != b->inode)
        return a->inode < b->inode ? -1 : 1;
    return compare_places(a->place, b->place);
}

/* Places with errors first; a name that may be of a ring behind the one that says so. */
static int by_pattern(const void *left, const void *right)
{
    const struct gathered *a = left, *b = right;
    int order = (a->error == NULL) - (b->error == NULL);

    if (order == 0 && !a->error)
        order = strcmp(a->name.pattern, b->name.pattern);
    if (order == 0 && !a->error)
        order = a->name.is_weak - b->name.is_weak;
    return order ? order : compare_places(a->place, b->place);
}

static int by_ring(const void *left, const void *right)
{
    const struct gathered *a = left, *b = right;
    int order = compare_places(a->ring_place, b->ring_place);

    return order ? order : compare_places(a->place, b->place);
}

static void sort(struct rings *rings, int (*compare)(const void *, const void *))
{
    if (rings->count > 0)
        qsort(rings->rows, rings->count, sizeof *rings->rows, compare);
}

static void free_row(struct gathered *row)
{
    free(row->path);
    free(row->error);
    free(row->name.pattern);
}

static void drop_twins(struct rings *rings)
{
    size_t kept = 0;

    sort(rings, by_inode);
    for (size_t i = 0; i < rings->count; i++) {
        struct gathered *row = &rings->rows[i];

        if (kept > 0 && row->inode != 0 && row->inode == rings->rows[kept - 1].inode &&
            row->device == rings->rows[kept - 1].device)
            free_row(row);
        else
            rings->rows[kept++] = *row;
    }
    rings->count = kept;
}

static bool are_of_a_ring(const struct gathered *first, const struct gathered *row)
{
    return !first->error && !row->error && strcmp(first->name.pattern, row->name.pattern) == 0 &&
           !(first->name.is_weak && row->name.is_weak);
}

/* Each row learns the place of the first in its ring. */
static void find_rings(struct rings *rings)
{
    size_t first = 0, end;

    sort(rings, by_pattern);
    for (; first < rings->count; first = end) {
        size_t place = rings->rows[first].place;

        for (end = first + 1; end < rings->count; end++) {
            if (!are_of_a_ring(&rings->rows[first], &rings->rows[end]))
                break;
            if (rings->rows[end].place < place)
                place = rings->rows[end].place;
        }
        for (size_t i = first; i < end; i++)
            rings->rows[i].ring_place = place;
    }
}

/* All files are of one ring. */
static void make_ring(struct rings *rings)
{
    size_t place = SIZE_MAX;

    for (size_t i = 0; i < rings->count; i++)
        if (!rings->rows[i].error && rings->rows[i].place < place)
            place = rings->rows[i].place;
    for (size_t i = 0; i < rings->count; i++) {
        struct gathered *row = &rings->rows[i];

        row->ring_place = row->error ? row->place : place;
    }
}

/* ---- chains ------------------------------------------------------------------------------ */

/*
 * "ring_*.pcapng" where the names tell of one ring, else "a.pcap and 3 more". NULL: out of memory.
 */
static char *chain_name(const struct gathered *rows, size_t count)
{
    const char *pattern = rows[0].name.pattern;
    char *name;
    int length;

    for (size_t i = 1; i < count && pattern; i++)
        if (strcmp(rows[i].name.pattern, pattern) != 0)
            pattern = NULL;
    if (!pattern)
        length = asprintf(&name, "%s and %zu more", rows[0].path, count - 1);
    else
        length = asprintf(&name, "%s%s", pattern, strchr(pattern, '*') ? "" : "*");
    return length < 0 ? NULL : name;
}

/* The paths move into the unit. NULL: out of memory. */
static struct unit *chain_of(struct gathered *rows, size_t count)
{
    struct unit *unit = calloc(1, sizeof *unit);

    if (!unit)
        return NULL;
    unit->name = chain_name(rows, count);
    unit->paths = calloc(count, sizeof *unit->paths);
    if (!unit->name || !unit->paths) {
        unit_free(unit);
        return NULL;
    }
    for (; unit->path_count < count; unit->path_count++) {
        unit->paths[unit->path_count] = rows[unit->path_count].path;
        rows[unit->path_count].path = NULL;
    }
    return unit;
}

bool rings_end(struct rings *rings, bool by_prefix, void (*take)(struct unit *unit, void *user),
               void *user)
{
    bool is_whole = true;
    size_t end;

    drop_twins(rings);
    if (by_prefix)
        find_rings(rings);
    else
        make_ring(rings);
    sort(rings, by_ring);
    for (size_t first = 0; first < rings->count; first = end) {
        struct gathered *row = &rings->rows[first];
        struct unit *unit;

        for (end = first + 1; end < rings->count; end++)
            if (rings->rows[end].ring_place != row->ring_place)
                break;
        unit = end - first > 1 ? chain_of(row, end - first) : unit_of_file(row->path, row->error);
        if (unit)
            take(unit, user);
        is_whole = is_whole && unit;
        for (size_t i = first; i < end; i++)
            free_row(&rings->rows[i]);
    }
    free(rings->rows);
    *rings = (struct rings){0};
    return is_whole;
}
