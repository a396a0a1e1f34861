/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * classic.h: the usual records of classic pcap files (draft-ietf-opsawg-pcap), walked in the blocks
 * of a stream. Whatever is unusual is left where it is, for libpcap to read or refuse: this walk
 * never decides that something is wrong.
 */
#ifndef KA_CLASSIC_H
#define KA_CLASSIC_H

#include "source.h"
#include "stream.h"

enum { CLASSIC_HEADER_BYTES = 24 };

/* How the records of a file are written. */
struct classic {
    bool swapped;         /* in the other byte order */
    uint32_t ns_per_unit; /* of the time stamps' fractions: 1000 or 1 */
    uint32_t units_per_s;
    uint32_t caplen_max;
};

/* Whether a file with this header may be walked; snaplen is libpcap's for it. */
bool classic_begin(struct classic *classic, const uint8_t header[static CLASSIC_HEADER_BYTES],
                   int snaplen);

/*
 * Take the next records, at most `count`, as far as they are usual and lie in one block of the
 * stream. Of each packet fills in the time, has_time, the lengths and the bytes, which are valid
 * until the stream is used again. 0: the next one is unusual, or there is none.
 */
size_t classic_walk(const struct classic *classic, struct stream *stream, struct packet *packets,
                    size_t count);

#endif
