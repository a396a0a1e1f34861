/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * origin.h: the marks that an end's segments bear, against which a RST in its name is held: hop
 * limit, IP identification, time stamps, the time in which the end answers.
 *
 * Only segments off the short way are looked at: those of the handshake, those after which
 * something is under way, probes. What the short way passes over has the same marks.
 */
#ifndef KA_ORIGIN_H
#define KA_ORIGIN_H

#include "ka.h"

enum {
    ORIGIN_TTL_VARIES = 1 << 0,
    ORIGIN_STAMPED = 1 << 1, /* its segments carry time stamps (RFC 7323) */
    ORIGIN_HAS_ID = 1 << 2,  /* an IP identification other than 0 was seen: ip_id is the latest */
    ORIGIN_SAMPLE = 1 << 4,  /* the upper four bits count the segments looked at, */
    ORIGIN_SAMPLES_MAX = 15, /* up to this */
    ORIGIN_ID_STEP_MAX = 64, /* a counter's next value that was captured is at most this further */
};

/* One end's marks. All-zero: nothing was seen. */
struct origin_base {
    uint16_t ip_id;
    uint16_t answer;  /* shortest time in which it answered; origin_answer_ns() */
    uint8_t ttl;      /* of the first segment */
    uint8_t flags;    /* ORIGIN_* */
    uint8_t id_steps; /* identifications that were a little above the one before */
    uint8_t id_jumps; /* those that were not */
};

/* A RST as it was captured. frame 0: none. */
struct origin_mark {
    uint64_t frame;
    int64_t ns;
    uint64_t answered_frame; /* the other end's segment that it answers, or 0 */
    int64_t delay_ns;        /* since that segment; KA_UNKNOWN where it answers none */
    int64_t silence_ns;      /* of both ends, before that segment or, if none, before the RST */
    uint64_t before_frame;   /* the last one before the silence */
    uint16_t window;
    uint16_t id_step; /* from the end's latest identification; valid where id_known */
    uint8_t ttl;
    uint8_t latest_ttl; /* of the end's latest segment; 0: not kept */
    bool id_known : 1;  /* both are captured and neither is 0 */
    bool bare : 1;      /* no ACK flag */
    bool stamped : 1;
    bool exact : 1;     /* its sequence number is SND.NXT, or what the other end acknowledged */
    bool after_fin : 1; /* of its own end */
};

/* What is known of the RSTs of a connection; takes the place of the bases, once there is one. */
struct origin_resets {
    struct origin_base base[2];
    struct origin_mark mark[2]; /* by end */
    uint64_t ended;             /* the one that ended it: its frame << 1 | its end; CONN_RESET */
    uint32_t aborts;            /* those with the tag KA_TAG_ABORT_RST */
};

/* Add a segment that is no RST and no answer to a probe: such may come from something else. */
void origin_sample(struct origin_base *base, const struct ka_segment *segment);

/*
 * Add a segment that came before those that were added so far;
 * `later_id` is of the earliest of these.
 */
void origin_sample_before(struct origin_base *base, uint8_t ttl, uint16_t id, uint16_t later_id);

/*
 * Join what is known of the same end's recent segments, some of which may have been added already.
 */
void origin_join(struct origin_base *base, const struct origin_base *recent);

/* The end answered within this time. */
void origin_answered(struct origin_base *base, int64_t ns);

/* The shortest time in which it answered, or KA_UNKNOWN. */
int64_t origin_answer_ns(const struct origin_base *base);

/* A duration in 16 bits, exact to 0.1 % and a microsecond; and back. 0: none. */
uint16_t origin_packed(int64_t ns);
int64_t origin_ns(uint16_t packed);

/* How many segments the marks rest on, up to ORIGIN_SAMPLES_MAX. */
int origin_samples(const struct origin_base *base);

/* Whether the end's IP identifications count up. */
bool origin_counts_ids(const struct origin_base *base);

#endif
