/* SPDX-License-Identifier: GPL-2.0-or-later */
/* files.c: the captures below a directory, told from other files by their first bytes. */
#include "files.h"

#include <errno.h>
#include <fts.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "source.h"

static int by_name(const FTSENT **a, const FTSENT **b)
{
    return strcmp((*a)->fts_name, (*b)->fts_name);
}

/* Returns whether there was something to visit. */
static bool visit_entry(const FTSENT *entry, file_visitor *visit, void *user)
{
    const char *error = NULL;

    switch (entry->fts_info) {
    case FTS_F:
        /* A file that may not be read could be a capture: say so. */
        if (access(entry->fts_accpath, R_OK) != 0)
            error = strerror(errno);
        else if (!source_looks_readable(entry->fts_accpath))
            return false;
        break;
    case FTS_DNR:
    case FTS_ERR:
    case FTS_NS:
        error = strerror(entry->fts_errno);
        break;
    default: /* directories are entered; devices, pipes, sockets and symbolic links left alone */
        return false;
    }
    visit(entry->fts_path, error, user);
    return true;
}

static void visit_directory(const char *path, file_visitor *visit, void *user)
{
    char *const paths[] = {(char *)path, NULL}; /* fts_open() does not write to them */
    FTS *tree = fts_open(paths, FTS_PHYSICAL | FTS_COMFOLLOW | FTS_NOCHDIR, by_name);
    const FTSENT *entry;
    bool is_empty = true;

    if (!tree) {
        visit(path, strerror(errno), user);
        return;
    }
    /* At the end fts_read() sets errno to 0, else it says what went wrong. */
    while ((entry = fts_read(tree)) != NULL)
        if (visit_entry(entry, visit, user))
            is_empty = false;
    if (errno)
        visit(path, strerror(errno), user);
    else if (is_empty)
        visit(path, "no capture in this directory", user);
    fts_close(tree);
}

void files_visit(const char *operand, file_visitor *visit, void *user)
{
    struct stat status;

    if (strcmp(operand, "-") != 0 && stat(operand, &status) == 0 && S_ISDIR(status.st_mode))
        visit_directory(operand, visit, user);
    else
        visit(operand, NULL, user);
}

bool files_of_list(FILE *list, char end, void (*take)(const char *name, void *user), void *user)
{
    char *name = NULL;
    size_t capacity = 0;
    ssize_t length;
    int error;

    while ((length = getdelim(&name, &capacity, end, list)) > 0) {
        if (name[length - 1] == end)
            name[length - 1] = '\0';
        if (*name)
            take(strcmp(name, "-") == 0 ? "./-" : name, user);
    }
    error = errno;
    free(name);
    errno = error;
    return feof(list);
}
