/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * source_pcap.c: classic pcap files. libpcap opens them and reads whatever is not a
 * usual record; those are walked without it.
 */
#include <byteswap.h>
#include <errno.h>
#include <pcap/pcap.h>
#include <stdlib.h>
#include <string.h>

#include "classic.h"
#include "source_backend.h"

enum {
    RECORD_BYTES = 16,
    KUZNETZOV_RECORD_BYTES = 24, /* with an interface, a protocol and a type */
    CAPLEN_MAX = 262144,         /* libpcap's, for all link types that are decoded */
};

static const uint32_t microseconds = 0xa1b2c3d4, kuznetzov = 0xa1b2cd34;

struct reader_pcap {
    pcap_t *pcap; /* reads from the stream as well */
    struct classic classic;
    bool walks; /* the classic walk may be tried for the next packet */
    struct link *link;
};

/* The handle is NULL if libpcap refuses the file. */
static pcap_t *open_handle(struct source *source, struct source_failure *failure)
{
    FILE *file = stream_file(source->stream);
    char message[PCAP_ERRBUF_SIZE] = "";
    pcap_t *pcap = NULL;

    if (file)
        pcap = pcap_fopen_offline_with_tstamp_precision(file, PCAP_TSTAMP_PRECISION_NANO, message);
    if (pcap)
        return pcap;
    source_fail(failure, SOURCE_NO_CAPTURE, "%s", file ? message : strerror(errno));
    if (file)
        fclose(file);
    return NULL;
}

/*
 * A filter is run by libpcap, packet by packet. Some link types have headers in the byte order of
 * the capturing machine, which libpcap puts right.
 */
static bool open_pcap(struct source *source, struct source_failure *failure)
{
    const uint8_t *peeked = stream_peek(source->stream, CLASSIC_HEADER_BYTES, true);
    uint8_t header[CLASSIC_HEADER_BYTES] = {0};
    struct reader_pcap *reader = calloc(1, sizeof *reader);

    if (!reader) {
        source_fail(failure, SOURCE_NO_CAPTURE, "out of memory");
        return false;
    }
    source->reader = reader;
    if (peeked)
        memcpy(header, peeked, sizeof header);
    reader->pcap = open_handle(source, failure);
    if (!reader->pcap)
        return false;
    reader->link = links_of_handle(&source->links, reader->pcap);
    reader->link->is_used = true;
    reader->walks = peeked && !source->links.filter &&
                    classic_begin(&reader->classic, header, pcap_snapshot(reader->pcap)) &&
                    (!reader->classic.swapped || reader->link->link_type == DLT_EN10MB);
    return true;
}

/* The captured length in the record header at this place; `none` where the file ends before. */
static uint32_t caplen_at(struct stream *stream, size_t place, bool swapped, uint32_t none)
{
    const uint8_t *bytes = stream_peek(stream, place + RECORD_BYTES, true);
    uint32_t caplen;

    if (!bytes)
        return none;
    memcpy(&caplen, bytes + place + 8, sizeof caplen);
    return swapped ? bswap_32(caplen) : caplen;
}

bool source_pcap_is_odd(struct stream *stream)
{
    const uint8_t *bytes = stream_peek(stream, CLASSIC_HEADER_BYTES, true);
    bool swapped;
    uint32_t magic, first;

    if (!bytes)
        return false;
    memcpy(&magic, bytes, sizeof magic);
    swapped = magic == bswap_32(microseconds) || magic == bswap_32(kuznetzov);
    if (swapped)
        magic = bswap_32(magic);
    if (magic != microseconds && magic != kuznetzov)
        return false;
    first = caplen_at(stream, CLASSIC_HEADER_BYTES, swapped, 0);
    if (first > CAPLEN_MAX)
        return true;
    return caplen_at(stream,
                     CLASSIC_HEADER_BYTES + first +
                         (magic == kuznetzov ? KUZNETZOV_RECORD_BYTES : RECORD_BYTES),
                     swapped, 0) > CAPLEN_MAX;
}

static void close_pcap(struct source *source)
{
    struct reader_pcap *reader = source->reader;

    if (reader->pcap)
        pcap_close(reader->pcap);
    free(reader);
}

/* As many packets as are usual records and lie in one block. */
static size_t walk(struct source *source, struct packet *packets, size_t count)
{
    struct reader_pcap *reader = source->reader;
    size_t walked = classic_walk(&reader->classic, source->stream, packets, count);

    for (size_t i = 0; i < walked; i++) {
        packets[i].frame = ++source->frames;
        packets[i].link_type = reader->link->link_type;
        packets[i].is_wanted = true;
    }
    return walked;
}

/* libpcap reports a cut file by these words in its message only. */
static bool is_cut(const char *message)
{
    return strstr(message, "truncated dump file") != NULL;
}

static void fail_reading(const struct source *source, const char *message,
                         struct source_failure *failure)
{
    bool cut = is_cut(message);

    source_fail(failure, cut ? SOURCE_CUT : SOURCE_DAMAGED, "%s%.200s (after packet %llu)",
                cut ? "cut inside a packet: " : "", message, (unsigned long long)source->frames);
}

/* The next packet, by libpcap. */
static bool read_one(struct source *source, struct packet *packet, struct source_failure *failure)
{
    struct reader_pcap *reader = source->reader;
    struct pcap_pkthdr *header;
    const u_char *bytes;
    int result = pcap_next_ex(reader->pcap, &header, &bytes);

    if (result != 1) {
        *failure = (struct source_failure){.error = SOURCE_OK};
        if (result == PCAP_ERROR)
            fail_reading(source, pcap_geterr(reader->pcap), failure);
        return false;
    }
    packet->frame = ++source->frames;
    packet->caplen = header->caplen;
    packet->wirelen = header->len;
    packet->link_type = reader->link->link_type;
    packet->bytes = bytes;
    packet->is_wanted = links_wants(reader->link, bytes, header->caplen, header->len);
    /*
     * Without a sign, as the format's specification (draft-ietf-opsawg-pcap), Wireshark and libpcap from
     * 1.11 on have it; an older one makes times after 2038 negative. Nanoseconds, as was asked.
     */
    source_set_time(packet, (uint32_t)header->ts.tv_sec, header->ts.tv_usec);
    return true;
}

static size_t read_pcap(struct source *source, struct packet *packets, size_t count,
                        struct source_failure *failure)
{
    const struct reader_pcap *reader = source->reader;
    size_t walked = reader->walks ? walk(source, packets, count) : 0;

    return walked > 0 ? walked : read_one(source, packets, failure);
}

const struct backend backend_pcap = {open_pcap, read_pcap, close_pcap};
