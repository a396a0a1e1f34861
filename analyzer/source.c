/* SPDX-License-Identifier: GPL-2.0-or-later */
/* source.c: captures read by libpcap, with errors in the user's terms. */
#include "source.h"

#include <errno.h>
#include <fcntl.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BUFFER_BYTES = 1 << 20, MAGIC_BYTES = 6 };

struct source {
    pcap_t *pcap; /* owns the stream once it is open */
    char *buffer; /* of the stream */
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

/* A stream of its own, so that it can have a buffer of its own and be closed like a file. */
static FILE *open_standard_input(void)
{
    int fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0);
    FILE *stream = fd < 0 ? NULL : fdopen(fd, "rb");

    if (!stream && fd >= 0)
        close(fd);
    return stream;
}

static FILE *open_stream(const char *path, struct source_failure *failure)
{
    struct stat status;
    FILE *stream;

    /* Opening a directory succeeds, and reading it fails with a message about something else. */
    if (strcmp(path, "-") == 0)
        stream = open_standard_input();
    else
        stream = fopen(path, "rbe");
    if (stream && (fstat(fileno(stream), &status) != 0 || !S_ISDIR(status.st_mode)))
        return stream;
    fail(NULL, failure, SOURCE_NO_CAPTURE, stream ? "is a directory" : strerror(errno));
    if (stream)
        fclose(stream);
    return NULL;
}

/*
 * Look at the first bytes and put them back. C promises one byte of that; glibc steps back over
 * all that are still in the buffer and keeps a second buffer for the case that they are not.
 */
static size_t peek(FILE *stream, unsigned char bytes[static MAGIC_BYTES])
{
    size_t length = fread(bytes, 1, MAGIC_BYTES, stream);

    for (size_t i = length; i > 0; i--)
        if (ungetc(bytes[i - 1], stream) == EOF)
            return 0;
    return length;
}

/* Why these first bytes cannot be read as a capture, or NULL if they can. */
static const char *refusal(FILE *stream)
{
    unsigned char bytes[MAGIC_BYTES];
    size_t length = peek(stream, bytes);
    const struct magic *magic = find_magic(bytes, length);

    if (ferror(stream))
        return strerror(errno);
    if (length == 0)
        return "is empty, no capture";
    if (!magic)
        return "not a pcap or pcapng capture";
    return magic->remedy;
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

struct source *source_open(const char *path, const char *filter, struct source_failure *failure)
{
    struct source *source = calloc(1, sizeof *source);
    char message[PCAP_ERRBUF_SIZE] = "";
    const char *refused;
    FILE *stream;

    if (!source)
        return fail(NULL, failure, SOURCE_NO_CAPTURE, "out of memory");
    stream = open_stream(path, failure);
    if (!stream) {
        free(source);
        return NULL;
    }
    /* Measured on small packets: libpcap's loop takes 38 ns a packet so, and 47 or more without. */
    source->buffer = malloc(BUFFER_BYTES);
    if (source->buffer)
        setvbuf(stream, source->buffer, _IOFBF, BUFFER_BYTES);
    __fsetlocking(stream, FSETLOCKING_BYCALLER);
    refused = refusal(stream);
    if (!refused)
        source->pcap =
            pcap_fopen_offline_with_tstamp_precision(stream, PCAP_TSTAMP_PRECISION_NANO, message);
    if (!source->pcap) {
        fail(NULL, failure, SOURCE_NO_CAPTURE, refused ? refused : message);
        fclose(stream); /* before the buffer that it uses is freed */
        source_close(source);
        return NULL;
    }
    if (!compile_filter(source, filter, failure)) {
        source_close(source);
        return NULL;
    }
    return source;
}

void source_close(struct source *source)
{
    if (!source)
        return;
    if (source->has_filter)
        pcap_freecode(&source->filter);
    if (source->pcap)
        pcap_close(source->pcap);
    free(source->buffer);
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

bool source_next(struct source *source, struct packet *packet, struct source_failure *failure)
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
    packet->bytes = bytes;
    packet->is_wanted =
        !source->has_filter || pcap_offline_filter(&source->filter, header, bytes) != 0;
    set_time(packet, &header->ts); /* tv_usec holds nanoseconds at this precision */
    return true;
}

int source_link_type(const struct source *source)
{
    return pcap_datalink(source->pcap);
}

const char *source_link_type_name(const struct source *source)
{
    const char *name = pcap_datalink_val_to_name(pcap_datalink(source->pcap));

    return name ? name : "unnamed";
}

const char *source_library(void)
{
    return pcap_lib_version();
}
