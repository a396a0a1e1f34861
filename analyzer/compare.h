/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * compare.h: one connection seen in two places: which segments left one and reached the other, and
 * so on which side of the middle a path broke or a RST was born.
 *
 * The parts: compare_capture.c reads a capture, compare_pair.c finds the connections and segments
 * that are the same, compare_clock.c aligns the clocks, compare_path.c draws the conclusions, and
 * compare_text.c and compare_json.c print them.
 */
#ifndef KA_COMPARE_H
#define KA_COMPARE_H

#include "analysis.h"
#include "compare_options.h"
#include "roster.h"

enum { COMPARE_ERROR_BYTES = 640, COMPARE_SEGMENTS_MAX = 4 << 20 };

/* The two captures. */
enum { PLACE_A, PLACE_B, PLACES };

#define COMPARE_NONE UINT32_MAX

/* A segment of one capture. */
struct seen {
    int64_t time_ns;
    uint64_t frame;
    uint32_t seq, ack, len, tsval, tsecr;
    uint32_t head; /* hash of how the payload begins; 0: none was captured */
    uint32_t connection;
    uint32_t partner; /* the same segment in the other capture, or COMPARE_NONE */
    uint32_t event;   /* of the capture's events, or COMPARE_NONE */
    uint16_t ip_id, window;
    uint8_t flags, ttl;
    uint8_t from; /* enum ka_side; while reading, 1 for the higher endpoint */
    bool has_timestamps, is_copy;
    bool is_doubtful; /* has no partner, and one that may be it has none either */
};

/* A connection of one capture. */
struct seen_connection {
    uint64_t number; /* as the analysis counts it */
    uint32_t next;   /* the next with the same endpoints, or COMPARE_NONE */
    bool client_is_higher;
    struct ka_endpoint endpoint[2];
    uint64_t first_frame;
    enum ka_outcome outcome;
    bool has_detection;
    struct ka_detection detection;
    uint64_t reset_frame;
    enum ka_side reset_by;
    uint32_t partner; /* in the other capture, or COMPARE_NONE */
};

/* One capture, read. */
struct place {
    struct pieces pieces; /* of the capture */
    struct capture capture;
    struct seen *segments; /* in the order of frames */
    size_t count, room;
    struct seen_connection *connections;
    size_t connection_count, connection_room;
    struct events events; /* in the order of frames */
    struct roster tuples; /* of endpoints, while reading */
    /* Each connection's segments, copies left out: order[start[i]] .. order[start[i + 1] - 1]. */
    uint32_t *order, *start;
    bool is_full, no_memory;
};

/* Read a capture. The place has to be freed whatever the status is. */
enum exit_status place_read(struct place *place, const char *path, const char *filter);
void place_free(struct place *place);

/* ---- what is the same -------------------------------------------------------------------- */

/* A connection in both captures. */
struct pair {
    uint32_t connection[PLACES]; /* index in the place's connections */
    bool numbers_differ;         /* a box between rewrites sequence numbers */
    uint32_t seq_offset[2];      /* by A's side: its numbers in B less those in A */
    bool is_flipped;             /* B takes for the client what A takes for the server */
    int near[2];                 /* by A's side: the place that its segments pass first */
    bool near_is_known;          /* the segments tell it; otherwise A is taken for the client's */
    bool has_timestamps;         /* the same ones in both captures */
    bool has_ids;                /* the same IP IDs in both captures */
    uint64_t matched[2];         /* segments by A's side */
    bool is_doubtful[2];         /* too few of them: what is not matched says nothing */
};

struct pairs {
    struct pair *rows; /* in the order of A's connections */
    size_t count;
};

/* Which connections are the same. False: out of memory. */
bool pairs_find(struct pairs *pairs, struct place places[static PLACES]);

/* A's side of a segment of the pair. */
static inline enum ka_side pair_side(const struct pair *pair, int place, const struct seen *seen)
{
    return (enum ka_side)(place == PLACE_B && pair->is_flipped ? !seen->from : seen->from);
}

/* ---- the clocks -------------------------------------------------------------------------- */

/* B's clock less A's: offset_ns at start_ns (of A's), and drift. */
struct clocks {
    bool is_known;    /* false: taken for equal */
    bool is_one_way;  /* segments of one direction only: the offset holds their delay as well */
    int64_t start_ns; /* of A */
    int64_t offset_ns;
    double drift;           /* seconds a second; 0 where too little was seen */
    int64_t delay_sum_ns;   /* of both ways, the shortest; KA_UNKNOWN for one way */
    int64_t uncertainty_ns; /* half of it: the offset is wrong by that at most; or KA_UNKNOWN */
    uint64_t samples;
    int64_t first_ns, last_ns; /* of A: between these the segments themselves say it */
};

/* B's time for a moment of A's clock, and back. */
int64_t clocks_to_b(const struct clocks *clocks, int64_t a_ns);
int64_t clocks_to_a(const struct clocks *clocks, int64_t b_ns);

/*
 * From the segments matched so far; says as well which place is nearer to which side of each pair.
 * False: out of memory.
 */
bool clocks_align(struct clocks *clocks, struct pairs *pairs, struct place places[static PLACES]);

/*
 * Match the segments of each pair: without clocks only those that have no double,
 * with them the rest. False: out of memory.
 */
bool pairs_match(struct pairs *pairs, struct place places[static PLACES],
                 const struct clocks *clocks);

/* Segments matched so far. */
uint64_t pairs_matched(const struct pairs *pairs);

/* ---- what follows ------------------------------------------------------------------------ */

/* X(SUFFIX, "name", "one-line meaning"), as in core/kinds.h. */
#define COMPARE_FATE_MAP(X)                                                                        \
    X(ARRIVED, "arrived", "seen in both places")                                                   \
    X(LOST, "lost", "lost between the two places")                                                 \
    X(BORN, "born_between", "born between the two places, or not captured in the first")           \
    X(UNCOVERED, "not_covered", "the other capture does not cover the moment")                     \
    X(UNSURE, "unsure", "cannot be told from a segment like it, or the way it went is not known")

#define COMPARE_WHERE_MAP(X)                                                                       \
    X(NOT_ASKED, "not_asked", "no peer was lost")                                                  \
    X(THERE, "lost_on_the_way", "the checks were lost between the two places")                     \
    X(BACK, "answers_lost", "the checks arrived and were answered, the answers were lost between") \
    X(BEYOND, "beyond", "the checks passed both places and nothing came back")                     \
    X(LATER, "broke_later", "the first checks passed both places, later ones were lost between")   \
    X(RST_BETWEEN, "rst_between", "the RST was born between the two places")                       \
    X(RST_BEYOND, "rst_beyond", "the RST passed both places")                                      \
    X(NOT_COVERED, "not_covered", "the captures do not both cover the moment")                     \
    X(UNSURE, "unsure",                                                                            \
      "clocks and segments do not tell which are the same, or which way they went")

#define COMPARE_ROW(suffix, name, meaning) FATE_##suffix,
enum fate { COMPARE_FATE_MAP(COMPARE_ROW) FATE_COUNT };
#undef COMPARE_ROW
#define COMPARE_ROW(suffix, name, meaning) WHERE_##suffix,
enum where { COMPARE_WHERE_MAP(COMPARE_ROW) WHERE_COUNT };
#undef COMPARE_ROW

const char *fate_name(enum fate fate);
const char *fate_meaning(enum fate fate);
const char *where_name(enum where where);
const char *where_meaning(enum where where);

/* One check or RST and what came back. Segments are indices, COMPARE_NONE where there is none. */
struct path_row {
    enum ka_side sender; /* A's */
    enum ka_tag tag;
    uint32_t number;        /* place in its series; 0: none */
    int near;               /* the place that it passes first */
    uint32_t sent, arrived; /* in the near place, in the far one */
    enum fate fate;
    bool is_answerable;           /* it is of a sort that is answered */
    uint32_t answer, answer_back; /* in the far place, in the near one */
    enum fate answer_fate;        /* where one of both is known */
};

/* Segments of one direction. */
struct path_counts {
    uint64_t arrived, lost, born, uncovered, unsure;
};

struct path {
    const struct pair *pair;
    struct path_row *rows;
    size_t count, room;
    struct path_counts counts[2]; /* by A's side */
    enum where where;
    enum ka_side detector; /* A's; who lost its peer, or got the RST; not for WHERE_NOT_ASKED */
    uint64_t passed, lost; /* its last checks */
    uint64_t answers, answers_lost;
};

/* What is known of a pair. `both_ran`: take both captures for complete from first to last packet of
 * either. False: out of memory. The caller frees the rows. */
bool path_draw(struct path *path, const struct pair *pair, const struct place places[static PLACES],
               const struct clocks *clocks, bool both_ran);
void path_free(struct path *path);

/*
 * Whether a place's capture covers a moment of its own clock, whatever the clocks are off by: what
 * was on its way when the capture began or ended may be missing.
 */
bool place_covers(const struct place *place, const struct clocks *clocks, int64_t time_ns);

struct comparison;

/* What became of a segment of the path's pair that was seen in this place. */
enum fate path_fate(const struct path *path, const struct comparison *comparison, int place,
                    const struct seen *seen);

/* ---- output ------------------------------------------------------------------------------ */

/* All that was found. */
struct comparison {
    const struct compare_options *options;
    struct place places[PLACES];
    struct pairs pairs;
    struct clocks clocks;
};

void compare_put_text(FILE *stream, unsigned width, const struct comparison *comparison,
                      const struct path *paths);
/* False: out of memory. */
bool compare_put_json(FILE *stream, const struct comparison *comparison, const struct path *paths);

/* Run it all. `error` receives a line for each capture that was not read to its end, or ends it. */
enum exit_status compare_run(FILE *stream, unsigned width, const struct compare_options *options,
                             void (*complain)(const char *name, const char *message));

#endif
