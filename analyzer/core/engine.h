/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * engine.h: the engine's own state, and how its parts call each other. A segment goes through
 * engine.c (which connection), rules.c (which tag), series.c and beats.c (what it begins, continues
 * or answers) and back to engine.c (new state of the connection); verdict.c writes the reports.
 */
#ifndef KA_ENGINE_H
#define KA_ENGINE_H

#include "mem.h"
#include "table.h"
#include "trail.h"
#include "watch.h"

struct ka {
    struct mem mem;
    struct table table;
    struct trail trail;
    struct ka_callbacks callbacks;
    void *user;
    int64_t idle_min_ns;
    uint64_t memory_high_bytes;              /* from here on details make room, see evict.c */
    uint64_t dropped;                        /* connections that made room */
    uint32_t hand;                           /* where evict.c looked last         */
    uint32_t watches;                        /* connections that have details     */
    const struct ka_path_timer *path_timers; /* as in struct ka_config */
    size_t path_timer_count;
    struct findings *findings; /* room for those of one connection, from ka_finish() on */
    int64_t reached_ns;        /* latest time of the capture */
    bool started;              /* reached_ns is valid */
    bool is_told;              /* every connection was reported, and its details freed */
    bool no_memory;            /* an allocation failed: stop */
};

/*
 * A segment and all that the rules ask about it. The connection's state is that before the segment.
 */
struct view {
    struct ka *ka;
    const struct ka_segment *segment;
    struct conn *conn;
    struct conn_rest *rest;
    uint32_t number;
    int from, to;             /* ends */
    uint32_t end;             /* sequence number after the segment */
    uint32_t extent;          /* sequence numbers it takes: payload, SYN, FIN */
    int64_t since_from_ns;    /* since `from` was last seen, or KA_UNKNOWN; never negative */
    int64_t since_to_ns;      /* since `to` was last seen, or KA_UNKNOWN; never negative */
    bool shown;               /* a series of heartbeats has claimed this segment */
    const struct wait *own;   /* what `from` waits for; never NULL */
    const struct wait *peers; /* what `to` waits for; never NULL */
};

/* rules.c: the row that gives this segment its tag, or NULL. */
const struct ka_rule *rules_match(const struct view *view);

/*
 * The rows without a predicate, which follow those with one; the
 * code that finds the proof names it.
 */
enum proof {
    PROOF_ANSWER,
    PROOF_ZERO_WINDOW,
    PROOF_REPETITION,
    PROOF_RST,
    PROOF_TAIL_LOSS,
    PROOF_HEARTBEAT,
    PROOF_HEARTBEAT_ACK,
    PROOF_ICMP,
    PROOFS
};
const struct ka_rule *rules_proof(enum proof proof);

/*
 * The only thing that `from` has said since the capture began was this very empty
 * segment: both were keep-alive probes.
 */
bool rules_repetition(const struct view *view);

/* engine.c: the details of a connection, made on first use; NULL when out of memory. */
struct watch *engine_watch(struct ka *ka, uint32_t number);

/* Free the details of a connection. */
void engine_free_details(struct ka *ka, uint32_t number);

/* Count a tag of this connection and hand the frame out; `again` for one already counted. */
void engine_show(struct ka *ka, const struct ka_frame *frame, bool again);

/* series.c: a segment got this tag; record what it begins, continues or ends. */
void series_tagged(struct view *view, const struct ka_rule *rule);

/* An empty segment of `end` that was the latest of its end proves to have been a probe. */
void series_late_probe(struct view *view, int end, const struct ka_rule *rule);

/* `view->from` said something other than a probe or old bytes: its peer's probes are answered. */
void series_heard(struct view *view);

/* SND.UNA of `end` moved up: what it had sent again is answered. */
void series_acked(struct view *view, int end);

/* The window that `view->from` announces is open again. */
void series_window_open(struct view *view);

/* The segment with its tag, as it is handed out; the fields of the tag are 0. */
struct ka_frame series_frame(const struct view *view, const struct ka_rule *rule);

/* unreachable.c: an ICMP error quotes a segment of end `view->from`. */
void series_icmp(struct view *view);

/* Append the row of the wait of `end`, where it is worth one, and forget the wait. */
void series_close(struct ka *ka, uint32_t number, int end, enum ka_ended ended, int64_t give_up_ns);

/* Time that passed, 0 where the capture's clock stepped back, KA_UNKNOWN since KA_UNKNOWN. */
static inline int64_t elapsed_ns(int64_t from_ns, int64_t to_ns)
{
    return from_ns == KA_UNKNOWN ? KA_UNKNOWN : to_ns > from_ns ? to_ns - from_ns : 0;
}

/*
 * The segment is old to its receiver but ends at its RCV.NXT, which Linux' tcp_sequence() accepts:
 * its ACK is processed and the receiver's idle timer restarted. A SYN is refused later (RFC 5961
 * 4.2).
 */
static inline bool is_accepted_again(const struct view *view)
{
    return end_is(view->conn, view->from, END_UNA) && view->extent > 0 &&
           view->end == view->conn->una[view->from] && !(view->segment->flags & KA_SYN);
}

/* death.c: a final_rst or peer_rst: declare the peer dead, complete the frame and hand it out. */
void death_by_rst(struct view *view, struct watch *watch, struct ka_frame *frame);

/* A segment after a RST: does the connection go on after what was taken for its death? */
void death_doubted(struct view *view);

/*
 * What `end` waits for, as the report of an undecided connection says it. The watch must be there.
 */
void death_detection(const struct ka *ka, uint32_t number, int end, struct ka_detection *detection);

/* The peer of the wait's end was declared dead at `ns`. */
void death_declare(struct ka_detection *detection, const struct wait *wait, enum ka_declared by,
                   uint64_t frame, int64_t ns);

/* beats.c: new data without a tag of its own: recognise periodic messages and their answers. */
void beats_message(struct view *view);
/*
 * A message of at most BEAT_BYTES of an end while no messages of either are followed: keep it in
 * case another like it follows. False, and nothing done, where it is such another.
 */
bool beats_sow(struct conn_rest *rest, int end, const struct ka_segment *segment);
/* Whether messages of either end are followed, so that every data segment counts. */
bool beats_followed(const struct conn_rest *rest);
/* `view->from` ends the connection by a FIN or a RST. */
void beats_ended(struct view *view);
/* The report's row, or false when there is none. */
bool beats_report(struct ka *ka, uint32_t number, struct ka_heartbeat *heartbeat);
void beats_free(struct ka *ka, struct conn_rest *rest);

/* resets.c: keep the marks of a segment with this tag; of a RST, what tells who sent it. */
void resets_segment(struct view *view, enum ka_tag tag);
/* `from` speaks again: what silence was survived? */
void resets_survived(const struct ka *ka, uint32_t number, int from);
/* What is kept of the RSTs, or NULL where none was seen. */
struct origin_resets *resets_of(const struct ka *ka, uint32_t number);
/* The marks of an end. */
struct origin_base *resets_base(const struct ka *ka, uint32_t number, int end);
void resets_free(struct ka *ka, uint32_t number);

/* verdict.c: report one connection. False when out of memory. */
bool verdict_report(struct ka *ka, uint32_t number);

#endif
