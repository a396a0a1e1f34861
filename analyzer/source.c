/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * source.c: captures as packets, with errors in the user's terms. libpcap opens every file and reads
 * whatever is not a usual record of a classic pcap file; those are walked without it.
 */
#include "source.h"

#include "classic.h"
#include "stop.h"

#include <errno.h>
#include <fcntl.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAGIC_BYTES = 6, WALK_RECORDS = 64 };

struct source {
    int fd;
    struct stream stream;
    pcap_t *pcap; /* reads from the stream as well */
    struct classic classic;
    bool walks; /* the classic walk may be tried for the next packet */
    int link_type;
    uint64_t frames;
    struct bpf_program filter;
    bool has_filter;
};

/* ---- what a file is by its first bytes --------------------------------------------------- */

struct magic {
    size_t length;
    const char *bytes;
    const char *remedy; /* NULL: libpcap reads it */
};

#define DECOMPRESS(format, command)                                                                \
    format "-compressed: decompress it first: " command " FILE | ka-analyze -"

static const struct magic magics[] = {
    {4, "\xa1\xb2\xc3\xd4", NULL}, /* pcap, microseconds, both byte orders */
    {4, "\xd4\xc3\xb2\xa1", NULL},
    {4, "\xa1\xb2\x3c\x4d", NULL}, /* pcap, nanoseconds */
    {4, "\x4d\x3c\xb2\xa1", NULL},
    {4, "\xa1\xb2\xcd\x34", NULL}, /* pcap with Kuznetzov's longer packet headers */
    {4, "\x34\xcd\xb2\xa1", NULL},
    {4, "\x0a\x0d\x0d\x0a", NULL}, /* pcapng, section header block */
    {2, "\x1f\x8b", DECOMPRESS("gzip", "gzip -dc")},
    {4, "\x28\xb5\x2f\xfd", DECOMPRESS("zstd", "zstd -dc")},
    {4, "\x04\x22\x4d\x18", DECOMPRESS("lz4", "lz4 -dc")},
    {6,
     "\xfd"
     "7zXZ",
     DECOMPRESS("xz", "xz -dc")},
    {3, "BZh", DECOMPRESS("bzip2", "bzip2 -dc")},
    {6, "snoop", "a snoop capture: convert it first: editcap -F pcap FILE OUT.pcap"},
};

static const struct magic *find_magic(const unsigned char *bytes, size_t length)
{
    for (size_t i = 0; i < sizeof magics / sizeof magics[0]; i++)
        if (length >= magics[i].length && memcmp(bytes, magics[i].bytes, magics[i].length) == 0)
            return &magics[i];
    return NULL;
}

bool source_looks_readable(const char *path)
{
    unsigned char bytes[MAGIC_BYTES];
    FILE *stream = fopen(path, "rbe");
    size_t length;

    if (!stream)
        return false;
    length = fread(bytes, 1, sizeof bytes, stream);
    fclose(stream);
    return find_magic(bytes, length) != NULL;
}

/* ---- opening ----------------------------------------------------------------------------- */

static struct source *fail(struct source *source, struct source_failure *failure,
                           enum source_error error, const char *message)
{
    failure->error = error;
    snprintf(failure->message, sizeof failure->message, "%s", message);
    source_close(source);
    return NULL;
}

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
static int open_path(const char *path, const struct stop *stop, struct source_failure *failure)
{
    bool is_stdin = strcmp(path, "-") == 0;
    int fd = is_stdin ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0) : open_file(path, stop);
    struct stat status;
    bool is_directory;

    /* Opening a directory succeeds, and reading it fails with a message about something else. */
    is_directory = fd >= 0 && fstat(fd, &status) == 0 && S_ISDIR(status.st_mode);
    if (fd >= 0 && !is_directory)
        return fd;
    fail(NULL, failure, SOURCE_NO_CAPTURE, is_directory ? "is a directory" : strerror(errno));
    if (fd >= 0)
        close(fd);
    return -1;
}

/* Reading anything but a file may take as long as others like. */
static bool may_wait(int fd)
{
    struct stat status;

    return fstat(fd, &status) == 0 && !S_ISREG(status.st_mode);
}

/* Why this cannot be read as a capture, or NULL if its first bytes are those of one. */
static const char *refusal(struct stream *stream)
{
    size_t length = MAGIC_BYTES;
    const struct magic *magic;

    while (length > 0 && !stream_peek(stream, length, true)) {
        if (errno)
            return strerror(errno);
        length--;
    }
    if (length == 0)
        return "is empty, no capture";
    magic = find_magic(stream_peek(stream, length, true), length);
    return magic ? magic->remedy : "not a pcap or pcapng capture";
}

/*
 * Let libpcap open the stream. A filter is run by libpcap, packet by packet. Some link types have
 * headers in the byte order of the capturing machine, which libpcap puts right.
 */
static bool open_pcap(struct source *source, const char *filter, struct source_failure *failure)
{
    const uint8_t *peeked = stream_peek(&source->stream, CLASSIC_HEADER_BYTES, true);
    uint8_t header[CLASSIC_HEADER_BYTES] = {0};
    FILE *file = stream_file(&source->stream);
    char message[PCAP_ERRBUF_SIZE] = "";

    if (peeked)
        memcpy(header, peeked, sizeof header);
    if (file)
        source->pcap =
            pcap_fopen_offline_with_tstamp_precision(file, PCAP_TSTAMP_PRECISION_NANO, message);
    if (!source->pcap) {
        fail(NULL, failure, SOURCE_NO_CAPTURE, file ? message : strerror(errno));
        if (file)
            fclose(file);
        return false;
    }
    source->link_type = pcap_datalink(source->pcap);
    source->walks = peeked && !filter &&
                    classic_begin(&source->classic, header, pcap_snapshot(source->pcap)) &&
                    (!source->classic.swapped || source->link_type == DLT_EN10MB);
    return true;
}

static bool compile_filter(struct source *source, const char *filter,
                           struct source_failure *failure)
{
    if (!filter)
        return true;
    if (pcap_compile(source->pcap, &source->filter, filter, 1, PCAP_NETMASK_UNKNOWN) != 0) {
        failure->error = SOURCE_BAD_FILTER;
        snprintf(failure->message, sizeof failure->message, "filter '%.200s': %.160s", filter,
                 pcap_geterr(source->pcap));
        return false;
    }
    source->has_filter = true;
    return true;
}

struct source *source_open_until(const char *path, const char *filter, const struct stop *stop,
                                 struct source_failure *failure)
{
    struct source *source = calloc(1, sizeof *source);
    const char *refused;

    if (!source)
        return fail(NULL, failure, SOURCE_NO_CAPTURE, "out of memory");
    source->fd = open_path(path, stop, failure);
    if (source->fd < 0) {
        source_close(source);
        return NULL;
    }
    if (!stream_open(&source->stream, source->fd))
        return fail(source, failure, SOURCE_NO_CAPTURE, "out of memory");
    source->stream.stop = may_wait(source->fd) ? stop : NULL;
    refused = refusal(&source->stream);
    if (refused)
        return fail(source, failure, SOURCE_NO_CAPTURE, refused);
    if (!open_pcap(source, filter, failure) || !compile_filter(source, filter, failure)) {
        source_close(source);
        return NULL;
    }
    return source;
}

struct source *source_open(const char *path, const char *filter, struct source_failure *failure)
{
    return source_open_until(path, filter, NULL, failure);
}

void source_close(struct source *source)
{
    if (!source)
        return;
    if (source->has_filter)
        pcap_freecode(&source->filter);
    if (source->pcap)
        pcap_close(source->pcap);
    stream_close(&source->stream);
    if (source->fd >= 0)
        close(source->fd);
    free(source);
}

/* ---- reading ----------------------------------------------------------------------------- */

/* libpcap reports a cut file by these words in its message only. */
static bool is_cut(const char *message)
{
    return strstr(message, "truncated dump file") != NULL;
}

static void fail_reading(const struct source *source, struct source_failure *failure)
{
    const char *message = pcap_geterr(source->pcap);
    const char *remedy = "";

    failure->error = is_cut(message) ? SOURCE_CUT : SOURCE_DAMAGED;
    if (strstr(message, "snapshot length"))
        remedy = "; try: editcap -F pcap FILE OUT.pcap";
    else if (strstr(message, "an interface has a type"))
        remedy = "; libpcap reads one link type a file: capture each interface into its own";
    snprintf(failure->message, sizeof failure->message, "%s%.200s%s (after packet %llu)",
             is_cut(message) ? "cut inside a packet: " : "", message, remedy,
             (unsigned long long)source->frames);
}

/*
 * 10^9 nanoseconds and more, which rounding writers leave behind, are carried into the seconds: the
 * packet was there, and Wireshark adds the two as well. A time must fit into 64 bits of them.
 */
static void set_time(struct packet *packet, const struct timeval *stamp)
{
    const int64_t ns_per_s = 1000000000, seconds_max = INT64_MAX / ns_per_s - 5;

    packet->has_time = stamp->tv_sec >= -seconds_max && stamp->tv_sec <= seconds_max &&
                       stamp->tv_usec >= 0 && stamp->tv_usec <= UINT32_MAX;
    packet->time_ns = packet->has_time ? stamp->tv_sec * ns_per_s + stamp->tv_usec : 0;
}

/* As many packets as are usual records and lie in one block. */
static size_t walk(struct source *source, struct packet *packets, size_t count)
{
    struct classic_record records[WALK_RECORDS];
    size_t walked;

    if (count > WALK_RECORDS)
        count = WALK_RECORDS;
    walked = classic_walk(&source->classic, &source->stream, records, count);
    for (size_t i = 0; i < walked; i++)
        packets[i] = (struct packet){
            .frame = ++source->frames,
            .time_ns = records[i].time_ns,
            .caplen = records[i].caplen,
            .wirelen = records[i].wirelen,
            .link_type = source->link_type,
            .bytes = records[i].bytes,
            .has_time = true,
            .is_wanted = true,
        };
    return walked;
}

/* The next packet, by libpcap. */
static bool read_one(struct source *source, struct packet *packet, struct source_failure *failure)
{
    struct pcap_pkthdr *header;
    const u_char *bytes;
    int result = pcap_next_ex(source->pcap, &header, &bytes);

    if (result != 1) {
        *failure = (struct source_failure){.error = SOURCE_OK};
        if (result == PCAP_ERROR)
            fail_reading(source, failure);
        return false;
    }
    packet->frame = ++source->frames;
    packet->caplen = header->caplen;
    packet->wirelen = header->len;
    packet->link_type = source->link_type;
    packet->bytes = bytes;
    packet->is_wanted =
        !source->has_filter || pcap_offline_filter(&source->filter, header, bytes) != 0;
    set_time(packet, &header->ts); /* tv_usec holds nanoseconds at this precision */
    return true;
}

size_t source_read(struct source *source, struct packet *packets, size_t count,
                   struct source_failure *failure)
{
    size_t walked = source->walks ? walk(source, packets, count) : 0;

    return walked > 0 ? walked : read_one(source, packets, failure);
}

int source_link_type(const struct source *source)
{
    return source->link_type;
}

const char *source_link_type_name(const struct source *source)
{
    const char *name = pcap_datalink_val_to_name(source->link_type);

    return name ? name : "unnamed";
}

const char *source_library(void)
{
    return pcap_lib_version();
}
