/* SPDX-License-Identifier: GPL-2.0-or-later */
/* source_backend.h: the parts of a source, private to the files source*.c. */
#ifndef KA_SOURCE_BACKEND_H
#define KA_SOURCE_BACKEND_H

#include <sys/types.h>

#include "links.h"
#include "pcapng.h"
#include "source.h"
#include "stream.h"

/* One way to read captures. */
struct backend {
    /* Begin to read source->stream. False, with the failure, if that is no capture. */
    bool (*open)(struct source *source, struct source_failure *failure);
    /* As source_read(). */
    size_t (*read)(struct source *source, struct packet *packets, size_t count,
                   struct source_failure *failure);
    /* Free source->reader, which is not NULL. */
    void (*close)(struct source *source);
};

extern const struct backend backend_pcap, backend_pcapng, backend_wiretap;

struct source {
    const char *path;
    int fd;
    off_t size_bytes;                  /* when it was opened; -1: not a file */
    struct stream raw, plain;          /* as it lies there; what is in it, if it is compressed */
    struct decompressor *decompressor; /* or NULL */
    struct stream *stream;             /* which of the two holds the capture */
    const struct helper *helper;       /* or NULL */
    const struct backend *backend;
    void *reader; /* the backend's own */
    struct links links;
    uint64_t frames; /* handed out so far */
};

/* Fill *failure with a printf()ed message. */
void source_fail(struct source_failure *failure, enum source_error error, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/*
 * Whether a classic pcap file has records with other headers than libpcap thinks, as some vendors
 * wrote them under the same magic number: where the second is to begin is none. Not to be asked of
 * a pipe, which may have given but one packet yet.
 */
bool source_pcap_is_odd(struct stream *stream);

/* Begin to read pcapng from this stream. False, with the error in *pcapng, if it is none. */
bool source_begin_pcapng(struct source *source, struct pcapng *pcapng, struct stream *stream);

/* As source_read(), from such a stream. */
size_t source_read_pcapng(struct source *source, struct pcapng *pcapng, struct packet *packets,
                          size_t count, struct source_failure *failure);

/* Say that the stream holds no capture that is known; false. */
bool source_refuse_unknown(const struct source *source, struct source_failure *failure);

/*
 * Set the time of a packet. 10^9 nanoseconds and more, which rounding writers leave behind, are
 * carried into the seconds: the packet was there, and Wireshark adds the two as well. False: 64
 * bits of nanoseconds do not hold it.
 */
static inline bool source_set_time(struct packet *packet, int64_t seconds, int64_t ns)
{
    const int64_t ns_per_s = 1000000000, seconds_max = INT64_MAX / ns_per_s - 5;

    packet->has_time =
        seconds >= -seconds_max && seconds <= seconds_max && ns >= 0 && ns <= UINT32_MAX;
    packet->time_ns = packet->has_time ? seconds * ns_per_s + ns : 0;
    return packet->has_time;
}

#endif
