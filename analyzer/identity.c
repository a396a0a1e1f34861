/* SPDX-License-Identifier: GPL-2.0-or-later */
/* identity.c: path, sizes and times of the files that a capture is made of. */
#include "identity.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/ka.h"
#include "names.h"
#include "text_stream.h"

/* Unsigned, since a file system may hold times that do not fit. */
static int64_t time_of(const struct timespec *time)
{
    return (int64_t)((uint64_t)time->tv_sec * KA_SECOND + (uint64_t)time->tv_nsec);
}

/* Take the size and time of a file into the sum; false for what is no regular file. */
static bool add_status(struct identity *identity, const char *path, struct stat *status)
{
    if (strcmp(path, "-") == 0 || stat(path, status) != 0 || !S_ISREG(status->st_mode))
        return false;
    identity->size_bytes += status->st_size;
    if (identity->mtime_ns == KA_UNKNOWN || time_of(&status->st_mtim) > identity->mtime_ns)
        identity->mtime_ns = time_of(&status->st_mtim);
    return true;
}

/* Where a path leads, or the path itself. NULL: out of memory. */
static char *absolute_path(const char *path)
{
    char *absolute = strcmp(path, "-") == 0 ? NULL : realpath(path, NULL);
    char *safe = name_for_terminal(absolute ? absolute : path);

    free(absolute);
    return safe;
}

/* The name of a chain, which is no file, in the folder that it names. NULL: out of memory. */
static char *absolute_name(const struct unit *unit)
{
    const char *slash = strrchr(unit->name, '/'), *name = slash ? slash + 1 : unit->name;
    char *folder = strndup(unit->name, (size_t)(name - unit->name));
    char *absolute = folder ? realpath(slash ? folder : ".", NULL) : NULL, *path = NULL, *safe;

    if (!folder || asprintf(&path, "%s/%s", absolute ? absolute : folder, name) < 0)
        path = NULL;
    safe = path ? name_for_terminal(path) : NULL;
    free(path);
    free(absolute);
    free(folder);
    return safe;
}

/* One line of `pieces`. False: out of memory. */
static bool put_piece(FILE *stream, const char *path, const struct stat *status)
{
    char *absolute = absolute_path(path);

    if (absolute)
        fprintf(stream, "%jd %" PRId64 " %s\n", (intmax_t)status->st_size,
                time_of(&status->st_mtim), absolute);
    free(absolute);
    return absolute != NULL;
}

/* Size, time and pieces of what is to be read. False: out of memory. */
static bool measure(struct identity *identity, const struct unit *unit)
{
    struct text_stream pieces;
    bool is_whole = true, is_regular = true;

    if (!text_stream_open(&pieces))
        return false;
    identity->size_bytes = 0;
    identity->mtime_ns = KA_UNKNOWN;
    for (size_t i = 0; i < unit->path_count && is_regular && is_whole; i++) {
        struct stat status;

        is_regular = add_status(identity, unit->paths[i], &status);
        if (is_regular && unit_is_chain(unit))
            is_whole = put_piece(pieces.stream, unit->paths[i], &status);
    }
    if (!is_regular || unit->path_count == 0)
        identity->size_bytes = identity->mtime_ns = KA_UNKNOWN;
    if (!text_stream_close(&pieces) || !is_whole)
        return false;
    if (unit_is_chain(unit))
        identity->pieces = pieces.text;
    else
        free(pieces.text);
    return true;
}

bool identity_find(struct identity *identity, const struct unit *unit)
{
    *identity = (struct identity){.path = unit_is_chain(unit) ? absolute_name(unit)
                                                              : absolute_path(unit->name)};
    if (identity->path && measure(identity, unit))
        return true;
    identity_free(identity);
    return false;
}

void identity_free(struct identity *identity)
{
    free(identity->path);
    free(identity->pieces);
    *identity = (struct identity){0};
}
