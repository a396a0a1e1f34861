/* SPDX-License-Identifier: GPL-2.0-or-later */
/* source.h: captures as packets, whatever their format, compressed or not. Hides libpcap. */
#ifndef KA_SOURCE_H
#define KA_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct source; /* opaque: source_open() .. source_close() */

/* One packet. The bytes are valid until the next call for the same source. */
struct packet {
    uint64_t frame;  /* counts every packet of the file from 1, as Wireshark's frame.number */
    int64_t time_ns; /* since the Unix epoch; valid where has_time */
    uint32_t caplen, wirelen;
    int link_type; /* as libpcap numbers it; -1: one that it has no number for, or no packet */
    const uint8_t *bytes;
    bool has_time;  /* false: none is known, or 64 bits of nanoseconds do not hold it */
    bool is_wanted; /* the filter takes it */
};

enum source_error {
    SOURCE_OK,
    SOURCE_CUT,        /* the file ends inside a packet; what came before was read */
    SOURCE_DAMAGED,    /* what follows makes no sense; what came before was read */
    SOURCE_NO_CAPTURE, /* not opened, or not a capture that can be read */
    SOURCE_BAD_FILTER,
};

enum { SOURCE_MESSAGE_BYTES = 384 };

struct helper;
struct stop;

/* What went wrong, as one line without the file's name: "what (where)". */
struct source_failure {
    enum source_error error;
    char message[SOURCE_MESSAGE_BYTES];
};

/*
 * Open a capture, "-" for standard input, with a pcap filter or NULL, which outlives the source.
 * Returns NULL and fills *failure if that fails. The caller closes it.
 *
 * Of the link types in a capture the first must suit the filter; packets of others that it does not
 * suit are left out.
 */
struct source *source_open(const char *path, const char *filter, struct source_failure *failure);

/* What a source makes use of. All of it outlives the source. */
struct source_needs {
    const char *filter; /* pcap filter expression, or NULL */
    /*
     * Waiting for a pipe ends when this is asked for, as if the pipe had ended there. Files never
     * make one wait for long: of those the caller stops reading. Or NULL.
     */
    const struct stop *stop;
    const struct helper *helper; /* for formats that only libwiretap reads; or NULL */
};

/* As source_open(), with all that there is to make use of. */
struct source *source_open_with(const char *path, const struct source_needs *needs,
                                struct source_failure *failure);

/*
 * The next packets, at least one and at most `count`. 0 at the end: failure->error is
 * SOURCE_OK if that is the file's own end.
 */
size_t source_read(struct source *source, struct packet *packets, size_t count,
                   struct source_failure *failure);

/* The capture's first link type that is decoded, else just the first, as libpcap numbers it. */
int source_link_type(const struct source *source);

/*
 * The names of the link types that were met so far, joined by commas; before the first packet that
 * of the first. Valid until the next call or source_close().
 */
const char *source_link_type_name(struct source *source);

/* How many bytes of the file, as it lies there, were used so far. */
uint64_t source_bytes_read(const struct source *source);

/* Close; NULL is allowed. */
void source_close(struct source *source);

/* Version of the library that reads captures. Static. */
const char *source_library(void);

/*
 * Whether a file, or what is compressed in it, starts like a capture; false if it cannot be read.
 */
bool source_looks_readable(const char *path);

#endif
