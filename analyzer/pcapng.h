/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pcapng.h: pcapng files (draft-ietf-opsawg-pcapng), walked in the blocks of a stream. Any sequence
 * of sections, in either byte order, with any interfaces. What libpcap refuses, as two interfaces
 * of different link types, is read as Wireshark reads it.
 */
#ifndef KA_PCAPNG_H
#define KA_PCAPNG_H

#include "stream.h"

enum { PCAPNG_MESSAGE_BYTES = 200, PCAPNG_CAPLEN_MAX = 262144 };

enum pcapng_error { PCAPNG_OK, PCAPNG_CUT, PCAPNG_DAMAGED, PCAPNG_READ_ERROR, PCAPNG_NO_MEMORY };

struct pcapng_interface {
    uint16_t link_type; /* LINKTYPE_ */
    uint32_t snaplen;   /* 0: no limit */
    uint64_t units_per_s;
    uint64_t ns_per_unit; /* 0: not a whole number */
    int64_t offset_s;
};

struct pcapng {
    struct stream *stream;
    bool swapped; /* this section is in the other byte order */
    struct pcapng_interface *interfaces;
    size_t count, capacity;
    uint64_t left;         /* of the block at hand, bytes not yet passed, its trailer included */
    uint32_t block_length; /* which the trailer is to repeat */
    uint64_t block_at;     /* where that block begins */
    enum pcapng_error error;
    char message[PCAPNG_MESSAGE_BYTES];
};

/* A packet, or a record of another kind that Wireshark numbers among them. */
struct pcapng_record {
    const uint8_t *bytes; /* valid until the stream is used again */
    uint32_t caplen, wirelen;
    int64_t seconds;
    uint32_t ns; /* of a second */
    uint16_t link_type;
    bool is_packet; /* false: of what is above only the time has a meaning */
    bool has_time;
};

/*
 * Begin with the section header, and take what is before the first packet. False, with the error:
 * this is no capture. Should what follows be wrong, the first pcapng_read() says so.
 */
bool pcapng_begin(struct pcapng *pcapng, struct stream *stream);

/*
 * Take the next records, at most `count`, as far as they lie in one block of the
 * stream. 0: the end, see pcapng->error.
 */
size_t pcapng_read(struct pcapng *pcapng, struct pcapng_record *records, size_t count);

/* Free what it has allocated. */
void pcapng_end(struct pcapng *pcapng);

#endif
