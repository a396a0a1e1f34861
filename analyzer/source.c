/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * source.c: captures as packets, with errors in the user's terms. What a file is, and whether it is
 * compressed, its first bytes say; a backend for that kind reads it.
 */
#include "source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "decompress.h"
#include "source_backend.h"
#include "stop.h"

enum { MAGIC_BYTES = 16, TAR_BYTES = 262, BEING_WRITTEN_S = 10 };

/* ---- what a file is by its first bytes --------------------------------------------------- */

struct magic {
    size_t length;
    const char *bytes;
    const struct backend *backend; /* or NULL: see what */
    const char *what;              /* why it cannot be read, and what to do */
};

static const struct magic magics[] = {
    {4, "\xa1\xb2\xc3\xd4", &backend_pcap, NULL}, /* pcap, microseconds, both byte orders */
    {4, "\xd4\xc3\xb2\xa1", &backend_pcap, NULL},
    {4, "\xa1\xb2\x3c\x4d", &backend_pcap, NULL}, /* pcap, nanoseconds */
    {4, "\x4d\x3c\xb2\xa1", &backend_pcap, NULL},
    {4, "\xa1\xb2\xcd\x34", &backend_pcap, NULL}, /* with Kuznetzov's longer packet headers */
    {4, "\x34\xcd\xb2\xa1", &backend_pcap, NULL},
    {4, "\x0a\x0d\x0d\x0a", &backend_pcapng, NULL},        /* pcapng, section header block */
    {8, "snoop\0\0", &backend_wiretap, "a snoop capture"}, /* RFC 1761 */
    {9, "iptrace 1", &backend_wiretap, "an AIX iptrace capture"},
    {9, "iptrace 2", &backend_wiretap, "an AIX iptrace capture"},
    {4, "RTSS", &backend_wiretap, "a Network Monitor capture"},
    {4, "GMBU", &backend_wiretap, "a Network Monitor capture"},
    {12, "TRSNIFF data", &backend_wiretap, "a Sniffer capture"},
    {4, "XCP", &backend_wiretap, "a Sniffer capture"}, /* NetXRay, Sniffer for Windows */
    {4, "\5VNF", &backend_wiretap, "a Visual Networks capture"},
    {4, "LOGG", &backend_wiretap, "a Vector BLF log"},
    {4, "\xaa\xaa\xaa\xaa", &backend_wiretap, "a 5View capture"},
    {16, "ObserverPktBuffe", &backend_wiretap, "an Observer capture"},
    {4, "\x54\x52\0\x64", &backend_wiretap, "an HP-UX nettl trace"},
    {5, "\x7fver\0", &backend_wiretap, "an EtherPeek capture"},
    {4, "\x1c\0\1\xac", &backend_wiretap, "an Ixia capture"},
    {4, "\xac\1\0\x1c", &backend_wiretap, "an Ixia capture"},
    {4, "\x1c\0\1\xab", &backend_wiretap, "an Ixia capture"},
    {4, "\xab\1\0\x1c", &backend_wiretap, "an Ixia capture"},
    {4, "PK\3\4", NULL, "a zip archive: read what is in it: unzip -p FILE | ka-analyze -"},
};

static const struct magic *find_magic(const uint8_t *bytes, size_t length)
{
    for (size_t i = 0; i < sizeof magics / sizeof magics[0]; i++)
        if (length >= magics[i].length && memcmp(bytes, magics[i].bytes, magics[i].length) == 0)
            return &magics[i];
    return NULL;
}

/* As many of the next n bytes as there are; NULL, with errno or 0, where there is none. */
static const uint8_t *peek_up_to(struct stream *stream, size_t n, size_t *length)
{
    *length = n;
    if (!stream_peek(stream, n, true))
        *length = stream->end - stream->at;
    return *length > 0 ? stream->buffer + stream->at : NULL;
}

static bool is_tar(struct stream *stream)
{
    const uint8_t *bytes = stream_peek(stream, TAR_BYTES, true);

    return bytes && memcmp(bytes + TAR_BYTES - 5, "ustar", 5) == 0;
}

/* ---- failures ---------------------------------------------------------------------------- */

void source_fail(struct source_failure *failure, enum source_error error, const char *format, ...)
{
    va_list arguments;

    failure->error = error;
    va_start(arguments, format);
    vsnprintf(failure->message, sizeof failure->message, format, arguments);
    va_end(arguments);
}

static void append(struct source_failure *failure, const char *text)
{
    size_t length = strlen(failure->message);

    snprintf(failure->message + length, sizeof failure->message - length, "%s", text);
}

/* What the file itself says of why it ends where it does. */
static void explain_cut(const struct source *source, struct source_failure *failure)
{
    struct stat status;

    if (source->size_bytes < 0 || fstat(source->fd, &status) != 0)
        return;
    if ((uint64_t)status.st_size < source->raw.read_bytes || status.st_size < source->size_bytes)
        append(failure, "; the file became shorter while it was read");
    else if (status.st_size > source->size_bytes ||
             time(NULL) - status.st_mtim.tv_sec < BEING_WRITTEN_S)
        append(failure, "; it may still be being written");
}

/* The backend has ended with *failure. What the compressed data end with goes before that. */
static void conclude(const struct source *source, struct source_failure *failure)
{
    const char *error = NULL;
    bool is_cut = false;

    if (source->decompressor)
        error = decompressor_error(source->decompressor, &is_cut);
    if (error)
        source_fail(failure, is_cut ? SOURCE_CUT : SOURCE_DAMAGED, "%s (after packet %llu)", error,
                    (unsigned long long)source->frames);
    if (failure->error == SOURCE_CUT)
        explain_cut(source, failure);
}

/* ---- opening ----------------------------------------------------------------------------- */

/*
 * As open(), but the waiting for somebody who writes into a named pipe can be ended: opened without
 * waiting, poll() waits for the first writer, where read() would say that the pipe is at its end.
 */
static int open_file(const char *path, const struct stop *stop)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), flags;
    struct stat status;

    if (fd < 0)
        return -1;
    if (fstat(fd, &status) == 0 && S_ISFIFO(status.st_mode))
        stop_wait(stop, fd);
    flags = fcntl(fd, F_GETFL);
    if (flags >= 0)
        fcntl(fd, F_SETFL, flags & ~O_NONBLOCK);
    return fd;
}

/* Standard input gets a descriptor of its own, so that it can be closed like a file. */
static bool open_path(struct source *source, const struct stop *stop,
                      struct source_failure *failure)
{
    struct stat status;

    if (strcmp(source->path, "-") == 0)
        source->fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0);
    else
        source->fd = open_file(source->path, stop);
    if (source->fd < 0 || fstat(source->fd, &status) != 0) {
        source_fail(failure, SOURCE_NO_CAPTURE, "%s", strerror(errno));
        return false;
    }
    /* Opening a directory succeeds, and reading it fails with a message about something else. */
    if (S_ISDIR(status.st_mode)) {
        source_fail(failure, SOURCE_NO_CAPTURE, "is a directory");
        return false;
    }
    source->size_bytes = S_ISREG(status.st_mode) ? status.st_size : -1;
    return true;
}

static bool out_of_memory(struct source_failure *failure)
{
    source_fail(failure, SOURCE_NO_CAPTURE, "out of memory");
    return false;
}

static bool begin_decompression(struct source *source, const char *format,
                                struct source_failure *failure)
{
    if (!decompress_supports(format)) {
        source_fail(failure, SOURCE_NO_CAPTURE,
                    "%s-compressed, and this ka-analyze was built without %s: "
                    "%s -dc FILE | ka-analyze -",
                    format, format, format);
        return false;
    }
    source->decompressor = decompressor_open(format, &source->raw);
    if (!source->decompressor ||
        !stream_open_reader(&source->plain, decompressor_read, source->decompressor))
        return out_of_memory(failure);
    source->stream = &source->plain;
    return true;
}

static const char *wrapping(const struct source *source)
{
    return source->decompressor ? "compressed: " : "";
}

bool source_refuse_unknown(const struct source *source, struct source_failure *failure)
{
    source_fail(failure, SOURCE_NO_CAPTURE, "%snot a capture that can be read", wrapping(source));
    return false;
}

/* The stream holds nothing, or nothing that can be read. */
static bool refuse(struct source *source, const struct magic *magic, bool is_empty,
                   struct source_failure *failure)
{
    const char *inside = wrapping(source);
    bool is_cut;

    if (source->decompressor && decompressor_error(source->decompressor, &is_cut))
        source_fail(failure, SOURCE_NO_CAPTURE, "%s, before any capture",
                    decompressor_error(source->decompressor, &is_cut));
    else if (is_empty)
        source_fail(failure, SOURCE_NO_CAPTURE, "%sis empty, no capture", inside);
    else if (magic && !magic->backend)
        source_fail(failure, SOURCE_NO_CAPTURE, "%s%s", inside, magic->what);
    else if (magic)
        source_fail(failure, SOURCE_NO_CAPTURE,
                    "%s%s: convert it first: editcap -F pcap FILE OUT.pcap; or install the package "
                    "wireshark-plugin-ka, with which ka-analyze reads it",
                    inside, magic->what);
    else if (is_tar(source->stream))
        source_fail(failure, SOURCE_NO_CAPTURE,
                    "%sa tar archive: unpack it first, or: tar -xOf FILE MEMBER | ka-analyze -",
                    inside);
    else
        source_refuse_unknown(source, failure);
    return false;
}

/* Whether to leave the file to libwiretap: it knows its format, or it might. */
static bool is_for_wiretap(struct source *source, const struct magic *magic)
{
    if (!source->helper)
        return false;
    if (magic && magic->backend == &backend_pcap)
        return source->size_bytes >= 0 && source_pcap_is_odd(source->stream);
    if (magic)
        return magic->backend == &backend_wiretap;
    return !is_tar(source->stream);
}

/* Find out what the file is, and choose the backend. Whether its first bytes tell what it is. */
static bool recognise(struct source *source, bool *is_known, struct source_failure *failure)
{
    size_t length;
    const uint8_t *bytes = peek_up_to(&source->raw, MAGIC_BYTES, &length);
    const char *format = bytes ? decompress_format(bytes, length) : NULL;
    const struct magic *magic;

    if (format && !begin_decompression(source, format, failure))
        return false;
    if (format)
        bytes = peek_up_to(source->stream, MAGIC_BYTES, &length);
    if (!bytes && errno) {
        source_fail(failure, SOURCE_NO_CAPTURE, "%s", strerror(errno));
        return false;
    }
    magic = bytes ? find_magic(bytes, length) : NULL;
    *is_known = magic && magic->backend;
    if (bytes && is_for_wiretap(source, magic))
        source->backend = &backend_wiretap;
    else if (*is_known && magic->backend != &backend_wiretap)
        source->backend = magic->backend;
    else
        return refuse(source, magic, !bytes, failure);
    return true;
}

/*
 * A filter must suit the first link type; those after it that it does
 * not suit have no fitting packets.
 */
static bool check_filter(const struct source *source, struct source_failure *failure)
{
    if (!source->links.list[0].takes_none)
        return true;
    source_fail(failure, SOURCE_BAD_FILTER, "filter '%.200s': %s", source->links.filter,
                source->links.error);
    return false;
}

static bool open_all(struct source *source, const struct stop *stop, struct source_failure *failure)
{
    bool is_known;

    if (!open_path(source, stop, failure))
        return false;
    if (!stream_open(&source->raw, source->fd))
        return out_of_memory(failure);
    /* Reading anything but a file may take as long as others like. */
    source->raw.stop = source->size_bytes < 0 ? stop : NULL;
    return recognise(source, &is_known, failure) && source->backend->open(source, failure) &&
           check_filter(source, failure);
}

struct source *source_open_with(const char *path, const struct source_needs *needs,
                                struct source_failure *failure)
{
    struct source *source = calloc(1, sizeof *source);

    if (!source) {
        out_of_memory(failure);
        return NULL;
    }
    source->path = path;
    source->fd = -1;
    source->stream = &source->raw;
    source->links.filter = needs->filter;
    source->helper = needs->helper;
    if (open_all(source, needs->stop, failure))
        return source;
    source_close(source);
    return NULL;
}

struct source *source_open(const char *path, const char *filter, struct source_failure *failure)
{
    return source_open_with(path, &(struct source_needs){.filter = filter}, failure);
}

void source_close(struct source *source)
{
    if (!source)
        return;
    if (source->reader)
        source->backend->close(source);
    links_free(&source->links);
    decompressor_close(source->decompressor);
    stream_close(&source->plain);
    stream_close(&source->raw);
    if (source->fd >= 0)
        close(source->fd);
    free(source);
}

/* Whether what is compressed in this file starts like a capture. */
static bool holds_capture(int fd)
{
    struct source source = {.fd = fd, .stream = &source.raw};
    struct source_failure failure;
    bool is_known = false;
    bool is_capture =
        stream_open(&source.raw, fd) && recognise(&source, &is_known, &failure) && is_known;

    decompressor_close(source.decompressor);
    stream_close(&source.plain);
    stream_close(&source.raw);
    return is_capture;
}

bool source_looks_readable(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    uint8_t bytes[MAGIC_BYTES];
    ssize_t length = fd >= 0 ? pread(fd, bytes, sizeof bytes, 0) : -1;
    bool is_readable = false;

    if (length > 0 && decompress_format(bytes, (size_t)length))
        is_readable = holds_capture(fd);
    else if (length > 0)
        is_readable =
            find_magic(bytes, (size_t)length) && find_magic(bytes, (size_t)length)->backend;
    if (fd >= 0)
        close(fd);
    return is_readable;
}

/* ---- reading ----------------------------------------------------------------------------- */

size_t source_read(struct source *source, struct packet *packets, size_t count,
                   struct source_failure *failure)
{
    size_t got = source->backend->read(source, packets, count, failure);

    if (got == 0)
        conclude(source, failure);
    return got;
}

uint64_t source_bytes_read(const struct source *source)
{
    return stream_position(&source->raw);
}

int source_link_type(const struct source *source)
{
    return links_decoded(&source->links)->link_type;
}

const char *source_link_type_name(struct source *source)
{
    return links_names(&source->links);
}

const char *source_library(void)
{
    return pcap_lib_version();
}
