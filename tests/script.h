/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * script.h: timeline scripts: packets in, tags and verdicts out, in a text that reads like
 * packetdrill's. scripts/README.md describes the notation.
 */
#ifndef KA_TESTS_SCRIPT_H
#define KA_TESTS_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "core/ka.h"

enum { SCRIPT_FIELDS = 16, SCRIPT_STARTS = 4, SCRIPT_PROBLEM = 512 };

/* "key=value" of an expectation, as written. */
struct script_field {
    const char *key, *value;
};

/* What is expected of a frame, or of a connection's report. */
struct script_expect {
    int line;
    const char *what;    /* a tag's name, or "outcome", "detection", ...; NULL: nothing */
    const char *subject; /* "A" or "B", "none", the outcome's name; or NULL */
    uint32_t connection;
    uint32_t round;    /* of the repetition that the line stands in, from 0 */
    int64_t origin_ns; /* "@5" means 5 s after this, since the script's start */
    size_t frame;      /* number of the frame that is spoken of, 0 for a report */
    struct script_field fields[SCRIPT_FIELDS];
    size_t field_count;
};

enum script_icmp {
    SCRIPT_NO_ICMP = 0,
    SCRIPT_HOST_UNREACHABLE,
    SCRIPT_NET_UNREACHABLE,
    SCRIPT_ADMIN_PROHIBITED
};

/* One captured frame. A is the endpoint that opens the connection. */
struct script_step {
    int line;
    int64_t t_ns;      /* since the script's start */
    enum ka_side from; /* of an ICMP error: who sent the segment that it quotes */
    enum script_icmp icmp;
    bool copy; /* the latest segment of this side once more, as a mirror port does */
    unsigned flags;
    uint32_t seq, len, ack; /* relative to the initial sequence numbers */
    uint16_t window;
    uint8_t ttl, first_byte;
    bool has_first_byte, has_id, has_ts;
    uint16_t id;
    uint32_t tsval, tsecr;
    uint32_t connection; /* how often the ports were used again before */
    const char *label;   /* or NULL */
    struct script_expect expect;
};

struct script {
    char *path, *text;
    char **lines; /* copies that the fields point into */
    size_t line_count;
    struct script_step *steps;
    size_t step_count;
    struct script_expect *claims; /* on the reports */
    size_t claim_count;
    size_t starts[SCRIPT_STARTS]; /* first step of a capture that begins later */
    size_t start_count;
    bool timestamps;              /* RFC 7323 options on every segment */
    bool ipv4_only;               /* rests on the IP identification */
    int64_t end_ns;               /* the capture goes on until then */
    char problem[SCRIPT_PROBLEM]; /* "FILE:LINE: what", or empty */
};

/* One wire form of a script; the same is expected of all. */
struct script_variant {
    bool ipv6;
    bool swapped; /* A has the higher address */
    int isns;     /* which initial sequence numbers, below SCRIPT_ISNS */
    bool batch;   /* fed in one call */
    size_t start; /* the first step that was captured */
};

enum { SCRIPT_ISNS = 4 };

/* Read a script. False, with script->problem, where it cannot be read. script_free() either way. */
bool script_read(struct script *script, const char *path);
/* The same for a text at hand; `path` is for the messages. */
bool script_parse(struct script *script, const char *path, const char *text);
void script_free(struct script *script);

/*
 * The segment of a step. Steps before it must have been asked for, in order, with the same `wire`.
 */
struct script_wire {
    const struct script *script;
    struct script_variant variant;
    uint16_t next_id[2];
    uint32_t echo[2]; /* latest TSval that this side got */
    struct ka_segment latest[2];
};
struct script_wire script_wire(const struct script *script, struct script_variant variant);
struct ka_segment script_segment(struct script_wire *wire, size_t step);

/* Run one variant. False, with script->problem, where it gives something else than expected. */
bool script_run(struct script *script, struct script_variant variant);

/* Run all variants; *runs receives their number. Stops at the first that fails. */
bool script_run_all(struct script *script, size_t *runs);

/* Write a variant as a capture (LINKTYPE_RAW, nanoseconds). */
void script_write_pcap(const struct script *script, struct script_variant variant, FILE *file);

#endif
