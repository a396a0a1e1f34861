/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * links.h: the link types of one capture, each with the filter compiled for it. The files' numbers
 * (LINKTYPE_) differ from libpcap's (DLT_) for a few types; libpcap itself is asked which is which.
 */
#ifndef KA_LINKS_H
#define KA_LINKS_H

#include <pcap/pcap.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { LINKS_MAX = 32, LINKS_ERROR_BYTES = 160, LINKS_NAMES_BYTES = 192 };

struct link {
    uint16_t file_type; /* LINKTYPE_ */
    int link_type;      /* DLT_; -1 beyond LINKS_MAX types, which no real capture has */
    bool is_used;       /* a packet has it */
    bool takes_none;    /* the filter makes no sense for it, so that no packet can fit */
    bool has_program;
    struct bpf_program program;
};

struct links {
    const char *filter;            /* or NULL; belongs to the caller */
    char error[LINKS_ERROR_BYTES]; /* libpcap's, for the first type that the filter does not suit */
    struct link list[LINKS_MAX];
    size_t count;
    struct link *latest;
    struct link other; /* stands for all that have no place in the list */
    char names[LINKS_NAMES_BYTES];
};

/* An empty struct links but for its filter needs nothing else. Free what was compiled. */
void links_free(struct links *links);

/* The link type of a handle. Valid as long as *links. */
struct link *links_of_handle(struct links *links, pcap_t *handle);

/* The link type that files number so. Valid as long as *links. */
struct link *links_find(struct links *links, uint16_t file_type);

/* Whether a packet of this link type fits the filter, if there is one. */
bool links_wants(const struct link *link, const uint8_t *bytes, uint32_t caplen, uint32_t wirelen);

/* The first link type of the capture that is decoded, else just the first; it exists. */
const struct link *links_decoded(const struct links *links);

/*
 * The names of all that packets have, joined by commas, or of the first. Valid as long as *links.
 */
const char *links_names(struct links *links);

#endif
