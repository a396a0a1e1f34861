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

struct walk {
    const struct file_visitor *visitor;
    bool found; /* there was something to visit */
    bool goes_on;
};

static void visit(struct walk *walk, const char *path, const char *error)
{
    walk->found = true;
    walk->goes_on = walk->visitor->visit(path, error, walk->visitor->user);
}

static void visit_file(struct walk *walk, const FTSENT *entry)
{
    const struct file_visitor *visitor = walk->visitor;

    /* A file that may not be read could be a capture: say so. */
    if (access(entry->fts_accpath, R_OK) != 0)
        visit(walk, entry->fts_path, strerror(errno));
    else if (source_looks_readable(entry->fts_accpath))
        visit(walk, entry->fts_path, NULL);
    else if (visitor->pass)
        visitor->pass((uint64_t)entry->fts_statp->st_size, visitor->user);
}

static void visit_entry(struct walk *walk, const FTSENT *entry)
{
    switch (entry->fts_info) {
    case FTS_F:
        visit_file(walk, entry);
        break;
    case FTS_DNR:
    case FTS_ERR:
    case FTS_NS:
        visit(walk, entry->fts_path, strerror(entry->fts_errno));
        break;
    case FTS_DC: /* no link, but a directory mounted below itself */
        visit(walk, entry->fts_path, "holds itself");
        break;
    default: /* directories are entered; devices, pipes, sockets and symbolic links left alone */
        break;
    }
}

static FTS *open_tree(const char *path)
{
    char *const paths[] = {(char *)path, NULL}; /* fts_open() does not write to them */

    return fts_open(paths, FTS_PHYSICAL | FTS_COMFOLLOW | FTS_NOCHDIR, by_name);
}

static bool visit_directory(const char *path, const struct file_visitor *visitor)
{
    struct walk walk = {.visitor = visitor, .goes_on = true};
    FTS *tree = open_tree(path);
    const FTSENT *entry;

    if (!tree) {
        visit(&walk, path, strerror(errno));
        return walk.goes_on;
    }
    /* At the end fts_read() sets errno to 0, else it says what went wrong. */
    while (walk.goes_on && (entry = fts_read(tree)) != NULL)
        visit_entry(&walk, entry);
    if (walk.goes_on && errno)
        visit(&walk, path, strerror(errno));
    else if (!walk.found)
        visit(&walk, path, "no capture in this directory");
    fts_close(tree);
    return walk.goes_on;
}

/* Whether it is a directory; *size is that of a regular file, else 0. */
static bool is_directory(const char *operand, uint64_t *size)
{
    struct stat status;

    *size = 0;
    if (strcmp(operand, "-") == 0 || stat(operand, &status) != 0)
        return false;
    if (S_ISREG(status.st_mode))
        *size = (uint64_t)status.st_size;
    return S_ISDIR(status.st_mode);
}

bool files_visit(const char *operand, const struct file_visitor *visitor)
{
    uint64_t size;

    return is_directory(operand, &size) ? visit_directory(operand, visitor)
                                        : visitor->visit(operand, NULL, visitor->user);
}

void files_measure(const char *operand, bool (*measure)(uint64_t bytes, void *user), void *user)
{
    uint64_t size;
    bool goes_on = true;
    const FTSENT *entry;
    FTS *tree;

    if (!is_directory(operand, &size)) {
        measure(size, user);
        return;
    }
    tree = open_tree(operand);
    while (tree && goes_on && (entry = fts_read(tree)) != NULL)
        if (entry->fts_info == FTS_F)
            goes_on = measure((uint64_t)entry->fts_statp->st_size, user);
    if (tree)
        fts_close(tree);
}

bool files_of_list(FILE *list, char end, bool (*take)(const char *name, void *user), void *user)
{
    char *name = NULL;
    size_t capacity = 0;
    ssize_t length;
    int error;

    while ((length = getdelim(&name, &capacity, end, list)) > 0) {
        if (name[length - 1] == end)
            name[length - 1] = '\0';
        if (*name && !take(strcmp(name, "-") == 0 ? "./-" : name, user))
            break;
    }
    error = errno;
    free(name);
    errno = error;
    return length >= 0 || feof(list);
}
