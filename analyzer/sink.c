/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sink.c: the report is written beside its place and renamed, so that no reader sees half of it. */
#include "sink.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "source.h"

static void describe(char error[static SINK_ERROR_BYTES], const char *path, int error_number)
{
    snprintf(error, SINK_ERROR_BYTES, "%.250s: %s", path,
             error_number ? strerror(error_number) : "could not be written");
}

static bool discard(struct sink *sink)
{
    if (sink->temporary)
        unlink(sink->temporary);
    if (sink->reader > 0)
        close(sink->reader);
    free(sink->temporary);
    free(sink->path);
    *sink = (struct sink){0};
    return false;
}

/* The mode that open() would have given a new file. */
static mode_t new_file_mode(void)
{
    mode_t mask = umask(0);

    umask(mask);
    return 0666 & ~mask;
}

static bool open_temporary(struct sink *sink)
{
    struct stat status;
    mode_t mode = stat(sink->path, &status) == 0 ? status.st_mode & 0777 : new_file_mode();
    int fd;

    if (asprintf(&sink->temporary, "%s.XXXXXX", sink->path) < 0) {
        sink->temporary = NULL;
        return false;
    }
    fd = mkstemp(sink->temporary);
    if (fd < 0) {
        free(sink->temporary);
        sink->temporary = NULL; /* there is nothing to remove */
        return false;
    }
    if (fchmod(fd, mode) == 0)
        sink->stream = fdopen(fd, "w");
    if (!sink->stream)
        close(fd);
    return sink->stream != NULL;
}

/* Standard output is mostly open for writing alone: to look into it takes another descriptor. */
static void open_reader(struct sink *sink)
{
    struct stat status;
    int reader;

    if (fstat(STDOUT_FILENO, &status) != 0 || !S_ISREG(status.st_mode))
        return;
    reader = open("/proc/self/fd/1", O_RDONLY | O_CLOEXEC);
    if (reader < 0)
        return;
    sink->reader = reader;
    sink->start = fcntl(STDOUT_FILENO, F_GETFL) & O_APPEND ? status.st_size
                                                           : lseek(STDOUT_FILENO, 0, SEEK_CUR);
}

/*
 * The disk is full: what was written behind the last whole line is taken back. Not where another
 * program has written behind it.
 */
static void drop_half_line(const struct sink *sink)
{
    char block[4096];
    off_t end = lseek(STDOUT_FILENO, 0, SEEK_CUR), cut = sink->start;
    struct stat status;

    if (fstat(STDOUT_FILENO, &status) != 0 || status.st_size != end)
        return;
    for (off_t at = end, n; at > sink->start && cut == sink->start; at -= n) {
        const char *newline;

        n = at - sink->start < (off_t)sizeof block ? at - sink->start : (off_t)sizeof block;
        if (pread(sink->reader, block, (size_t)n, at - n) != n)
            return;
        newline = memrchr(block, '\n', (size_t)n);
        if (newline)
            cut = at - n + (newline - block) + 1;
    }
    if (ftruncate(STDOUT_FILENO, cut) != 0)
        return; /* it was worth trying */
}

bool sink_open(struct sink *sink, const char *path, char error[static SINK_ERROR_BYTES])
{
    struct stat status;

    *sink = (struct sink){.stream = stdout};
    if (!path) {
        open_reader(sink);
        return true;
    }
    sink->stream = NULL;
    if (stat(path, &status) == 0 && !S_ISREG(status.st_mode)) {
        sink->stream = fopen(path, "we"); /* a device or a pipe cannot be replaced */
        sink->path = strdup(path);
        if (sink->stream && sink->path)
            return true;
        if (sink->stream)
            fclose(sink->stream);
    } else if (source_looks_readable(path)) { /* two names changed places, most likely */
        snprintf(error, SINK_ERROR_BYTES, "%.250s: is a capture, and is not overwritten", path);
        return discard(sink);
    } else {
        sink->path = realpath(path, NULL); /* replace the file, not a link to it */
        if (!sink->path)
            sink->path = strdup(path);
        if (sink->path && open_temporary(sink))
            return true;
    }
    describe(error, path, errno);
    return discard(sink);
}

bool sink_close(struct sink *sink, char error[static SINK_ERROR_BYTES])
{
    const char *name = sink->path ? sink->path : "standard output";
    bool failed = ferror(sink->stream) != 0;
    int reason;

    /* The reason of a write that failed earlier is gone; the last one mostly fails for the same. */
    errno = 0;
    failed = fflush(sink->stream) != 0 || failed;
    reason = errno;
    if (failed && sink->reader > 0)
        drop_half_line(sink);
    failed = fclose(sink->stream) != 0 || failed;
    if (failed) {
        describe(error, name, reason ? reason : errno);
        return discard(sink);
    }
    if (sink->temporary && rename(sink->temporary, sink->path) != 0) {
        describe(error, name, errno);
        return discard(sink);
    }
    free(sink->temporary);
    sink->temporary = NULL; /* it has become the file itself */
    discard(sink);
    return true;
}

void sink_discard(struct sink *sink)
{
    fclose(sink->stream);
    discard(sink);
}
