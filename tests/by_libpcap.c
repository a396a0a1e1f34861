/* SPDX-License-Identifier: GPL-2.0-or-later */
/* by_libpcap.c: captures read by a source against the same read by libpcap alone. */
#include "by_libpcap.h"

#include <pcap/pcap.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "source.h"

enum { AT_ONCE = 7 };

/* The packets of a source one by one. It is asked for several, as the command does. */
struct reading {
    struct source *source;
    struct packet packets[AT_ONCE];
    size_t at, count;
    struct source_failure failure;
};

/* libpcap knows nothing of records that are no packets. */
static const struct packet *next(struct reading *reading)
{
    const struct packet *packet;

    do {
        if (reading->at == reading->count) {
            reading->at = 0;
            reading->count =
                source_read(reading->source, reading->packets, AT_ONCE, &reading->failure);
        }
        packet = reading->count > 0 ? &reading->packets[reading->at++] : NULL;
    } while (packet && packet->link_type < 0);
    return packet;
}

/*
 * Without a time libpcap counts from 1970; one beyond 64 bits of nanoseconds it cannot tell either,
 * and before 1.11 takes the 32 bits of a classic capture for a number with a sign.
 */
static bool same_time(const struct packet *packet, const struct timeval *stamp, bool whole_seconds)
{
    const int64_t ns_per_s = 1000000000;
    int64_t rest = packet->time_ns % ns_per_s, stamp_s = stamp->tv_sec;

    if (!packet->has_time)
        return true;
    if (stamp_s < 0 && packet->time_ns > 0)
        stamp_s = (uint32_t)stamp_s;
    if (whole_seconds && stamp->tv_usec >= 0 && stamp->tv_usec < ns_per_s)
        return (packet->time_ns - rest) / ns_per_s - (rest < 0) == stamp_s;
    return packet->time_ns == stamp_s * ns_per_s + stamp->tv_usec;
}

/* In some link types libpcap turns numbers round that were written in the other byte order. */
static const char *compare(pcap_t *pcap, const struct pcap_pkthdr *header, const u_char *bytes,
                           const struct packet *packet, bool whole_seconds)
{
    if (!packet)
        return "is missing";
    if (packet->link_type != pcap_datalink(pcap))
        return "has another link type";
    if (packet->caplen != header->caplen || packet->wirelen != header->len)
        return "has another length";
    if (!same_time(packet, &header->ts, whole_seconds))
        return "has another time";
    if ((!pcap_is_swapped(pcap) || packet->link_type == DLT_EN10MB) &&
        memcmp(packet->bytes, bytes, header->caplen) != 0)
        return "has other bytes";
    return NULL;
}

/*
 * libpcap multiplies the fractions of a second by 10^9 in 64 bits, which those of binary
 * resolutions finer than 2^-34 s overflow. The bytes of the option that says so are looked for.
 */
static bool overflows(const char *path)
{
    static const uint8_t options[][4] = {{9, 0, 1, 0}, {0, 9, 0, 1}};
    FILE *file = fopen(path, "rbe");
    uint8_t bytes[5] = {0};
    bool found = false;
    int next_byte;

    while (file && !found && (next_byte = getc(file)) != EOF) {
        memmove(bytes, bytes + 1, 4);
        bytes[4] = (uint8_t)next_byte;
        found = bytes[4] > (0x80 | 34) &&
                (memcmp(bytes, options[0], 4) == 0 || memcmp(bytes, options[1], 4) == 0);
    }
    if (file)
        fclose(file);
    return found;
}

static const char *compare_all(pcap_t *pcap, struct reading *reading, bool whole_seconds,
                               uint64_t *packets)
{
    struct pcap_pkthdr *header;
    const u_char *bytes;
    const char *what;
    int result;

    while ((result = pcap_next_ex(pcap, &header, &bytes)) == 1) {
        what = compare(pcap, header, bytes, next(reading), whole_seconds);
        if (what)
            return what;
        ++*packets;
    }
    if (result != PCAP_ERROR_BREAK)
        return NULL;
    if (next(reading))
        return "is one too many";
    return reading->failure.error == SOURCE_OK ? NULL : reading->failure.message;
}

const char *differs_from_libpcap(const char *path, uint64_t *packets,
                                 char difference[static DIFFERENCE_BYTES])
{
    char message[PCAP_ERRBUF_SIZE];
    pcap_t *pcap =
        pcap_open_offline_with_tstamp_precision(path, PCAP_TSTAMP_PRECISION_NANO, message);
    struct reading reading = {.failure = {.error = SOURCE_OK}};
    const char *what = NULL;

    *packets = 0;
    if (!pcap)
        return NULL;
    reading.source = source_open(path, NULL, &reading.failure);
    what = reading.source ? compare_all(pcap, &reading, overflows(path), packets)
                          : reading.failure.message;
    if (what)
        snprintf(difference, DIFFERENCE_BYTES, "the packet after %llu %.100s",
                 (unsigned long long)*packets, what);
    source_close(reading.source);
    pcap_close(pcap);
    return what ? difference : NULL;
}
