/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ring_name.h: the names that capture programs give to the files of a
 * ring, and what is common to them.
 *
 * What rotates is
 *   - a date, with or without a time (20240131, 2024-01-31_12:00:00, 20240131120000), or seconds,
 *     milliseconds or microseconds since 1970 (1706702400): tcpdump -G, snort, netsniff-ng;
 *   - with it a number of five digits or more: NAME_00001_20240131120000.pcapng of dumpcap and
 *     editcap, or NAME_20240131120000_00001.pcapng;
 *   - a number behind the extension: NAME.pcap1 of tcpdump -C and -W, NAME.pcap.1 of logrotate;
 *   - .gz, .zst, .lz4, .xz or .bz2 behind all that.
 * Any other number tells captures apart: server1.pcap and server2.pcap are of two servers.
 */
#ifndef KA_RING_NAME_H
#define KA_RING_NAME_H

#include <stdbool.h>

struct ring_name {
    char *pattern; /* the path with * for a date, without what is behind the extension; owned */
    /*
     * Where there is no extension, NAME1 may be of a ring (tcpdump -C -w NAME) or of another host:
     * it is of a ring if there is a NAME as well.
     */
    bool is_weak; /* a number at the end of a name without extension was left out */
};

/* What is common to the names of a ring that this file may be of. False: out of memory. */
bool ring_name_of(const char *path, struct ring_name *name);

#endif
