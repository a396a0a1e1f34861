/* SPDX-License-Identifier: GPL-2.0-or-later */
/* segment_pcap.h: segments written as a capture (classic pcap, nanoseconds, link type RAW). */
#ifndef KA_TESTS_SEGMENT_PCAP_H
#define KA_TESTS_SEGMENT_PCAP_H

#include <stdio.h>

#include "core/ka.h"

/*
 * Payload bytes for which there is room in any frame, and the first
 * time that the format cannot tell.
 */
enum { PCAP_PAYLOAD_MAX = 65000 };
#define PCAP_TIME_END ((INT64_C(1) << 32) * KA_SECOND)

void pcap_write_header(FILE *file);

/*
 * A frame of which the engine gets this segment. Its time is in 0 .. PCAP_TIME_END, its payload
 * at most PCAP_PAYLOAD_MAX bytes, each of which is the first one; none are captured without that.
 */
void pcap_write_segment(FILE *file, const struct ka_segment *segment);

/* A UDP datagram without payload between the endpoints of this segment, over IPv4. */
void pcap_write_udp(FILE *file, const struct ka_segment *segment);

#endif
