/* SPDX-License-Identifier: GPL-2.0-or-later */
/* segment_pcap.h: segments written as a capture (classic pcap, nanoseconds, link type RAW). */
#ifndef KA_TESTS_SEGMENT_PCAP_H
#define KA_TESTS_SEGMENT_PCAP_H

#include <stdio.h>

#include "core/ka.h"

void pcap_write_header(FILE *file);

/* Whether the format can tell its time, and a frame has room for its payload. */
bool pcap_can_hold(const struct ka_segment *segment);

/*
 * A frame of which the engine gets this segment, which the format can hold. Each byte of its
 * payload is the first one; none is captured without that.
 */
void pcap_write_segment(FILE *file, const struct ka_segment *segment);

/* A UDP datagram without payload between the endpoints of this segment, over IPv4. */
void pcap_write_udp(FILE *file, const struct ka_segment *segment);

#endif
