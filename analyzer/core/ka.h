/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ka.h: find dead TCP peers in a stream of segments. The only public header of the core.
 *
 * The core does no I/O, reads no clock and has no globals. A front end decodes frames with
 * ka_decode() (or fills struct ka_segment itself, as the Wireshark plugin does), feeds them in
 * capture order, and receives tagged frames and, at the end, one report a connection.
 *
 * One struct ka serves one capture. It may move between threads but not be used by two at once.
 * Everything that a callback is handed belongs to the core and is valid until the callback
 * returns; copy what you keep.
 *
 * Times are nanoseconds since the Unix epoch, durations nanoseconds; KA_UNKNOWN stands for a time
 * or duration that the capture does not show. Frame numbers count from 1; 0 means none.
 */
#ifndef KA_H
#define KA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kinds.h"

#define KA_UNKNOWN INT64_MIN
#define KA_SECOND INT64_C(1000000000)
/*
 * Times before 1896 or after 2116 are not analysed: the arithmetic of durations must not overflow.
 */
#define KA_TIME_MIN (-(INT64_C(1) << 61))
#define KA_TIME_MAX (INT64_C(1) << 62)

/* ---- segments in ------------------------------------------------------------------------- */

/* TCP flag bits as on the wire (RFC 9293 3.1). */
enum { KA_FIN = 0x01, KA_SYN = 0x02, KA_RST = 0x04, KA_PSH = 0x08, KA_ACK = 0x10, KA_URG = 0x20 };

/* An IP address, network order; IPv4 as ::ffff:a.b.c.d (RFC 4291 2.5.5.2). */
struct ka_addr {
    uint8_t bytes[16];
};

struct ka_endpoint {
    struct ka_addr addr;
    uint16_t port; /* host order */
};

enum { KA_HEAD_BYTES = 16 };

/* One TCP segment, or the TCP header quoted by an ICMP error. All integers in host order. */
struct ka_segment {
    int64_t time_ns;
    uint64_t frame;
    struct ka_endpoint from, to; /* of an ICMP error: those of the quoted segment */
    uint32_t seq;                /* raw, as on the wire */
    uint32_t ack;                /* raw; meaningless without KA_ACK */
    uint32_t len;                /* payload bytes by the IP header, captured or not */
    uint32_t tsval, tsecr;       /* RFC 7323; 0 without has_timestamps */
    uint16_t window;             /* unscaled */
    uint16_t ip_id;              /* 0 for IPv6 */
    uint8_t flags;               /* KA_FIN | ... */
    uint8_t ttl;                 /* or hop limit */
    uint8_t first_byte;          /* of the payload; valid where has_first_byte */
    bool
        has_first_byte; /* bytes and no bits: those would have to be read before they are written */
    bool has_timestamps;
    bool quoted;                  /* an ICMP or ICMPv6 error quotes this segment */
    uint8_t icmp_type, icmp_code; /* valid where quoted */
    uint8_t head_bytes;           /* how many of `head` are valid; 0 where quoted */
    union {
        struct ka_addr icmp_from;    /* who sent the error; valid where quoted */
        uint8_t head[KA_HEAD_BYTES]; /* how the payload begins, as far as it was captured */
    };
};

_Static_assert(sizeof(struct ka_segment) <= 104, "segments are handed over by the thousand");

/*
 * Decode one captured frame. `linktype` is a LINKTYPE_ value as pcap_datalink() or a pcapng
 * interface gives it; `caplen` bytes are at `bytes`, `wirelen` were on the wire.
 * Returns KA_SKIP_NONE and fills *seg except its time_ns and frame, or says why the frame holds no
 * TCP segment (then *seg is unspecified). Reads nothing beyond caplen, whatever the bytes are.
 */
enum ka_skip ka_decode(int linktype, const uint8_t *bytes, uint32_t caplen, uint32_t wirelen,
                       struct ka_segment *seg);

/* Whether ka_decode() knows this link type at all. */
bool ka_linktype_known(int linktype);

/* ---- results out ------------------------------------------------------------------------- */

/*
 * Which endpoint of a connection. The client sent the SYN; where none was captured, see engine.c.
 */
enum ka_side { KA_CLIENT = 0, KA_SERVER = 1 };

/* One row of the rule table: the ordered rules by which frames get their tags. */
struct ka_rule {
    enum ka_tag tag;
    const char *name;    /* "window-probe-below-edge" */
    const char *meaning; /* one line */
    const char *source;  /* RFC section or kernel function that the rule mirrors */
};

/* The rules in order of precedence; *count receives their number. Static storage. */
const struct ka_rule *ka_rules(size_t *count);

/* A tagged frame. Fields of other tags than its own are unspecified. */
struct ka_frame {
    uint64_t frame;
    int64_t time_ns;
    uint64_t connection;
    enum ka_side from;
    enum ka_tag tag;
    const struct ka_rule *rule;
    union {
        struct {                     /* keepalive_probe, window_probe, heartbeat */
            uint32_t number;         /* place in its series, from 1 */
            int64_t idle_ns;         /* since the peer was last heard, or KA_UNKNOWN */
            uint64_t answered_frame; /* the answer, or 0 */
        } probe;
        struct {                  /* keepalive_ack, window_probe_ack, heartbeat_ack */
            uint64_t probe_frame; /* the latest probe that it answers */
            int64_t rtt_ns;       /* since that probe */
        } ack;
        struct { /* retransmission */
            enum ka_kind kind;
            uint32_t step;           /* place in its series, from 1 */
            int64_t gap_ns;          /* since the previous copy or the original, or KA_UNKNOWN */
            double ratio;            /* gap to the previous gap; 0 when there is none */
            uint64_t original_frame; /* first copy seen, or 0 */
        } retransmission;
        struct {                   /* final_rst, peer_rst, abort_rst */
            uint32_t after_probes; /* unanswered probes or retransmissions before it */
            uint64_t first_frame;  /* the first of them, or 0 */
            int64_t latency_ns;    /* since the dead peer was last heard; peer_rst: since the
                                       sender was last heard; KA_UNKNOWN otherwise */
        } rst;
        struct { /* icmp_unreachable */
            uint8_t type, code;
            uint64_t quoted_frame; /* the frame it quotes, or 0 */
        } icmp;
    };
};

/* Every setting between min and max explains what was seen; nominal is the likeliest. */
struct ka_estimate {
    int64_t nominal_ns; /* KA_UNKNOWN where nothing was seen to infer it from */
    int64_t min_ns, max_ns;
    int64_t observed_ns; /* median of what was seen */
};

/* How an endpoint probed. */
struct ka_keepalive {
    struct ka_estimate idle, intvl;
    uint32_t count;              /* probes before it gave up; 0 where no series ran to its end */
    int64_t user_timeout_min_ns; /* the TCP_USER_TIMEOUT that would explain the end as well */
    int64_t user_timeout_max_ns; /* (min, max]; KA_UNKNOWN where the count alone explains it */
    const char *preset;          /* "linux-default", ... or NULL. Static */
    uint32_t probes, answered, unanswered;
    int64_t rtt_min_ns, rtt_median_ns, rtt_max_ns; /* KA_UNKNOWN where nothing was answered */
};

/* Settings by which a stack, a language or a program is known. */
struct ka_preset {
    const char *name;
    uint32_t idle_s;  /* 0: any */
    uint32_t intvl_s; /* 0: the interval grows from probe to probe */
    uint32_t count;   /* 0: the stack gives up by time */
};

/* The preset of this index, counted from 0, in *preset; false beyond the last. */
bool ka_preset(size_t index, struct ka_preset *preset);

/* A series of retransmissions or window probes of one endpoint. */
struct ka_backoff {
    enum ka_side sender;
    enum ka_kind kind;
    enum ka_ended ended;
    uint64_t first_frame, last_frame; /* of the copies, the original not counted */
    int64_t last_ns;                  /* when the last copy was sent */
    uint64_t original_frame;          /* what was sent again, or 0 */
    int64_t original_ns;
    uint32_t steps; /* copies sent */
    uint32_t acked; /* those of them that left after the ACK was captured: it was lost behind */
    int64_t first_gap_ns, last_gap_ns;
    int64_t cap_ns;     /* the gap at which doubling stopped, or KA_UNKNOWN */
    int64_t give_up_ns; /* when the stack gives or gave up (time), or KA_UNKNOWN */
};

/* How a dead peer was found, or, for an undecided connection, how it would be. */
struct ka_detection {
    enum ka_side detector;
    enum ka_mechanism mechanism;
    uint64_t last_heard_frame;
    int64_t last_heard_ns;
    uint64_t first_unanswered_frame;
    int64_t first_unanswered_ns;
    bool declared; /* false while undecided: what follows up to latency_min_ns is unknown */
    enum ka_declared declared_by;
    uint64_t declared_frame; /* 0 where inferred */
    int64_t declared_ns;
    bool
        declared_at_latest; /* inferred: something ended the series before the stack's own limit did,
                                  at the time declared_ns or since the last copy (a user timeout, fewer
                                  retries, a host switched off) */
    int64_t latency_ns;     /* declared - last heard; a peer never heard: - last copy sent */
    int64_t latency_min_ns;      /* declared - first unanswered */
    int64_t latency_expected_ns; /* idle + interval x count for the inferred settings */
    int64_t expected_ns;         /* undecided: when the stack would give up */
    uint32_t unanswered;         /* probes or retransmissions */
    uint32_t unreachable_messages;
    enum ka_mechanism check; /* the mechanism; of a peer_reset, what the RST answered */
    /* The first copy sent by a timeout, or the first window probe: from there on a TCP_USER_TIMEOUT
     * counts (tcp_sock.retrans_stamp, icsk_probes_tstamp). KA_UNKNOWN where there was none. */
    int64_t user_timeout_from_ns;
};

struct ka_heartbeat {
    enum ka_side from;
    int64_t period_ns; /* median */
    int64_t jitter_ns; /* median of what the gaps are off by */
    uint32_t bytes;    /* payload of one */
    uint32_t count;
    const char *protocol;        /* "mqtt", ... where the bytes prove it, or NULL. Static */
    const char *message;         /* "PINGREQ", ..., NULL without a protocol */
    uint8_t head_bytes;          /* how many of `head` are valid */
    uint8_t head[KA_HEAD_BYTES]; /* how the latest of them begins */
    uint64_t first_frame, last_frame;
    int64_t last_ns;
    uint32_t answers;
    uint64_t answer_frame; /* the latest answer, or 0 */
    int64_t answer_ns;
    uint64_t end_frame; /* the FIN or RST that its sender ended the connection by, or 0 */
    int64_t end_ns;
};

enum { KA_FINDING_FRAMES = 8 };

/*
 * Something that the capture proves: why the connection died, who ended it, what to
 * change. Doubt is part of the sentence.
 */
struct ka_finding {
    enum ka_finding_code code;
    enum ka_severity severity;
    enum ka_side about;                 /* the end of which it speaks */
    uint64_t frames[KA_FINDING_FRAMES]; /* the evidence, ascending */
    size_t frame_count;                 /* at least one */
    const char *text;                   /* a sentence or two, without line breaks */
    const char *filter;                 /* Wireshark's display filter of the evidence */
    int64_t limit_ns; /* path_idle_timer: the shortest idle timer that fits; else KA_UNKNOWN */
};

/* One rule by which a finding is made. */
struct ka_finding_rule {
    enum ka_finding_code code;
    enum ka_severity severity;
    const char *source; /* RFC, kernel function, vendor's text or thread that it rests on */
};

/*
 * The rules, one for each code, the weightiest first; *count receives their number. Static storage.
 */
const struct ka_finding_rule *ka_finding_rules(size_t *count);

/* What a box in the path does with a connection that was silent for longer than its timer: bits. */
enum ka_path_manner {
    KA_PATH_DROPS = 1 << 0,      /* what is sent later vanishes */
    KA_PATH_RESETS = 1 << 1,     /* it answers what is sent later by a RST */
    KA_PATH_ENDS = 1 << 2,       /* it resets the connection when the timer expires */
    KA_PATH_COUNTS_DATA = 1 << 3 /* the same by FIN or RST; and keep-alive does not restart it */
};

/* An idle timer of load balancers, NATs, firewalls and proxies. */
struct ka_path_timer {
    int64_t limit_ns;
    unsigned manner;  /* enum ka_path_manner */
    const char *name; /* "Azure Load Balancer" */
    const char *source;
};

/* The known ones, in ascending order; *count receives their number. Static storage. */
const struct ka_path_timer *ka_path_timers(size_t *count);

/* What happened to one connection. */
struct ka_connection {
    uint64_t number;                /* from 0, in the order of first frames */
    struct ka_endpoint endpoint[2]; /* by enum ka_side */
    uint64_t first_frame, last_frame;
    int64_t first_ns, last_ns;
    uint64_t packets;
    uint64_t bytes; /* of payload, both ways, each byte of sequence space once */
    uint64_t counts[KA_TAG_COUNT];
    enum ka_outcome outcome;
    uint64_t reset_frame;                    /* the RST that ended it, or 0 */
    enum ka_side reset_by;                   /* who sent it */
    bool refused;                            /* ... in answer to the SYN */
    const struct ka_detection *detection;    /* or NULL */
    const struct ka_keepalive *keepalive[2]; /* by side; NULL for one that never probed */
    const struct ka_backoff *backoff;        /* `backoffs` rows in time order */
    size_t backoffs;
    uint64_t backoffs_dropped;            /* short answered series beyond the rows that are kept */
    const struct ka_heartbeat *heartbeat; /* or NULL */
    int64_t
        idle_survived_ns; /* longest silence of both ends after which both spoke again, or KA_UNKNOWN */
    int64_t
        idle_before_end_ns; /* silence before what ended it, or waits for an answer; or KA_UNKNOWN */
    const struct ka_finding *finding; /* `findings` rows: what matters most first */
    size_t findings;
};

/* Endpoints of a connection, for a tagged frame. */
struct ka_peers {
    struct ka_endpoint endpoint[2]; /* by enum ka_side */
};

struct ka_callbacks {
    /*
     * A frame has a tag. Called in the order in which tags are proved: a frame may come after later
     * ones, and again when more is known of it (a probe: its answer; a retransmission: that it was
     * a tail-loss probe). The last call for a frame holds. NULL: not wanted.
     */
    void (*frame)(const struct ka_frame *frame, const struct ka_peers *peers, void *user);
    /* From ka_finish(), one a connection in the order of their numbers, but for those that had to make
     * room; no call of `frame` comes after the first of these. NULL: not wanted. */
    void (*connection)(const struct ka_connection *connection, void *user);
};

/* ---- the engine -------------------------------------------------------------------------- */

struct ka; /* opaque: ka_new() .. ka_free() */

enum { KA_MAP_BYTES = 1 << 20 };

/*
 * Allocator hooks as realloc and free, both or neither. The table of connections is made of blocks,
 * of which `map` and `unmap`, both or neither, provide those of KA_MAP_BYTES and more:
 * page-aligned, zeroed, and best made of large pages, since the table is read at random.
 * `alloc_user` is handed to each.
 */
struct ka_config {
    void *(*realloc)(void *old, size_t bytes, void *alloc_user); /* NULL: realloc(); bytes > 0 */
    void (*free)(void *old, void *alloc_user);                   /* NULL: free() */
    void *(*map)(size_t bytes, void *alloc_user);                /* NULL: realloc and memset() */
    void (*unmap)(void *old, size_t bytes, void *alloc_user);    /* NULL: free */
    void *alloc_user;
    uint64_t hash_key[2]; /* random, so that nobody can prepare colliding addresses; 0 is valid */
    /* Idle timers beyond the known ones, `path_timer_count` rows; they outlive the engine. */
    const struct ka_path_timer *path_timers;
    size_t path_timer_count;
    int64_t idle_min_ns; /* a probe-shaped segment after less silence is not taken for a probe */
    /*
     * How many connections are kept, and how many bytes the engine may hold (but for what an
     * allocator adds; less than KA_MEMORY_MIN counts as that); 0: no limit. At a limit the least
     * interesting connections make room and are not reported, see evict.c.
     */
    uint32_t max_connections;
    uint64_t max_memory_bytes;
};

#define KA_MEMORY_MIN (UINT64_C(8) << 20)

/* The defaults: C library allocator, key 0, no idle minimum, no limits. */
#define KA_CONFIG_DEFAULT ((struct ka_config){0})

enum ka_status { KA_OK = 0, KA_NO_MEMORY };

/* Create an engine; config and callbacks are copied. NULL only when out of memory. */
struct ka *ka_new(const struct ka_config *config, const struct ka_callbacks *callbacks, void *user);

/*
 * Feed `count` segments in capture order; those outside KA_TIME_MIN..KA_TIME_MAX are passed over.
 * KA_NO_MEMORY: the segments from the first that could not be held on are not analysed; what was
 * fed before stays valid and ka_finish() still reports it.
 */
enum ka_status ka_feed(struct ka *ka, const struct ka_segment *segments, size_t count);

/*
 * Say that the capture reached this time (any frame does, decoded or not): what has not been sent
 * by then was not sent. ka_feed() implies it. A time before the latest one is ignored.
 */
void ka_reached(struct ka *ka, int64_t time_ns);

/*
 * End of capture: closes every series, hands out every connection. May be called once.
 * KA_NO_MEMORY: the connections handed out so far are complete, the rest are missing.
 */
enum ka_status ka_finish(struct ka *ka);

/* Number of connections so far, those included that had to make room. */
uint64_t ka_connections(const struct ka *ka);

/* Of them, how many had to make room for others (struct ka_config). */
uint64_t ka_dropped(const struct ka *ka);

/* Bytes held now, everything included. */
size_t ka_memory(const struct ka *ka);

/* Free the engine and all it holds; NULL is allowed. */
void ka_free(struct ka *ka);

#endif
