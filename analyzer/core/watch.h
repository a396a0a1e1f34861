/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * watch.h: the details of a connection that has something to tell: probes, retransmissions, holes,
 * a peer declared dead. Allocated when the first of these is seen.
 */
#ifndef KA_WATCH_H
#define KA_WATCH_H

#include "conn.h"
#include "settings.h"

/* What an end has sent to which it waits for an answer. */
enum wait_for {
    WAIT_NOTHING = 0,
    WAIT_KEEPALIVE, /* a keep-alive probe was sent */
    WAIT_WINDOW,    /* a window probe was sent; lasts until the window opens */
    WAIT_DATA,      /* data was sent again */
    WAIT_FIN,       /* a FIN was sent again */
    WAIT_SYN        /* a SYN was sent again */
};

/* One end's series of probes or retransmissions. */
struct wait {
    enum wait_for what;
    uint32_t unanswered;  /* probes or copies since the peer last answered */
    uint32_t sent;        /* probes or copies in all; more than unanswered for window probes */
    uint32_t una;         /* SND.UNA when it began: an ACK above it is the answer */
    uint64_t first_frame; /* the first unanswered one; of retransmissions the original */
    int64_t first_ns;
    uint64_t first_copy_frame;
    int64_t stamp_ns; /* tcp_sock.retrans_stamp: the first copy after a timeout, not a TLP */
    uint64_t last_frame;
    int64_t last_ns;
    uint64_t heard_frame; /* when the peer had last been heard as the last one was sent; 0: never */
    int64_t heard_ns;
    int64_t first_gap_ns; /* KA_UNKNOWN where the original was not seen */
    int64_t last_gap_ns, previous_gap_ns;
    int64_t rto_ns;        /* first timeout: the smallest gap_k / 2^k, as rounding only adds */
    uint32_t timeouts;     /* copies that a timeout sent: `sent` less a tail-loss probe */
    uint32_t doublings;    /* gaps that doubled */
    bool is_passive;       /* SYN|ACK: the limit of retransmission is another one */
    uint32_t late_answers; /* answers still due to probes that a later answer overtook */
    uint32_t lost_answers; /* probes whose captured answer cannot have arrived, in a row */
    uint64_t answer_frame; /* the latest answer to a window probe, or 0 */
    int64_t answer_ns;
    const struct ka_rule
        *plain_rule; /* of the first copy before it was taken for a tail-loss probe */
    struct ka_frame
        shown; /* last probe, or first copy, as handed out; re-sent when more is known */
};

/* A time in which several probes in a row stayed unanswered, until one was answered. */
struct outage {
    uint32_t probes;                  /* 0: none */
    uint64_t first_frame, last_frame; /* of these probes */
    uint64_t answer_frame;
    int64_t least_ns; /* first to last unanswered probe */
    int64_t most_ns;  /* last heard before it to the answer */
};

/* A request of the prober to which its peer has not replied, and how it was before. */
struct talk_so_far {
    uint64_t frame; /* the request; 0: the last data is the peer's, or nobody can tell */
    int64_t ns;
    uint32_t peer_nxt; /* SND.NXT of the peer: as long as it is that, there is no reply */
    uint32_t replied;  /* requests before it that got a reply, as far back as the trail reaches */
    int64_t slowest_reply_ns;
};

enum { RTTS_KEPT = 3 };

/* How one end probes. */
struct prober {
    struct ka_probe_gaps gaps;
    struct ka_samples rtt;
    uint32_t probes, answered;
    uint64_t answer_frame; /* latest answer to a probe */
    int64_t answer_ns;
    int64_t answered_probe_ns;
    uint64_t received_frame; /* latest answer that must have arrived, while lost_answers counts */
    int64_t received_ns;
    uint32_t lost;        /* unanswered probes of series that were answered in the end */
    struct outage outage; /* the longest of these */
    uint32_t early, late; /* round trips kept */
    int64_t early_rtt_ns[RTTS_KEPT], late_rtt_ns[RTTS_KEPT]; /* the first ones, the latest ones */
    uint64_t early_frame;  /* the answer that the first of the early ones ended with */
    uint32_t strange_ttls; /* answers whose hop limit is not that of the peer's other segments */
    uint8_t strange_ttl;   /* of the latest of them */
    uint64_t strange_frame;
    struct talk_so_far talk;
};

/* Sequence numbers below nxt that no captured segment carried. */
struct hole {
    uint32_t from, to;
};

enum { HOLES = 8, BACKOFFS = 64 }; /* kept per end; rows kept per connection */

/* A time of window probes. */
struct closed_window {
    uint32_t answered;                /* window probes; 0: none */
    uint64_t first_frame, last_frame; /* the first probe, the last answer */
    int64_t ns;                       /* between them */
};

struct watch {
    uint32_t counts[KA_TAG_COUNT];
    struct wait wait[2];
    struct prober *prober[2];
    struct hole hole[2][HOLES];
    uint8_t holes[2];
    bool dead;                 /* death is valid */
    struct ka_detection death; /* declared by a RST, or in silence before a RST */
    struct ka_backoff *backoff;
    size_t backoffs, backoff_capacity;
    uint64_t backoffs_dropped;
    uint32_t icmp[2];       /* errors that quote segments of this end, */
    uint64_t icmp_heard[2]; /* counted while its peer was last heard in this frame */
    int64_t icmp_ns;        /* the latest one: when, what it quotes, who sent it */
    uint32_t icmp_seq;
    uint16_t icmp_ip_id;
    uint8_t icmp_type;
    struct ka_addr icmp_from;
    uint64_t probe_frame[2]; /* latest keep-alive probe of this end */
    uint64_t ack_frame[2];   /* latest answer of this end to a probe */
    uint64_t stale_frame[2]; /* latest segment of this end that does not restart the other's idle */
    uint64_t
        restart_frame[2]; /* timer, and what restarted the timer of this end before such a one */
    int64_t restart_ns[2];
    /*
     * The latest segment of either end that was not of keep-alive, and the probes answered since.
     */
    uint64_t active_frame;
    int64_t active_ns;
    int64_t
        quiet_survived_ns; /* the longest time between two such with keep-alive only in between */
    uint32_t kept_alive;
    uint64_t fin_frame; /* the first FIN or RST, */
    int64_t fin_ns;
    int fin_end;
    bool fin_after_quiet;   /* sent without data, and nothing but keep-alive since active_frame */
    uint32_t lost_answers;  /* probes answered in the capture, but not for the end that gave up */
    uint64_t icmp_frame[2]; /* the latest one that is counted in icmp */
    struct closed_window
        closed[2]; /* the longest time that the peer of this end kept its window closed */
};

/*
 * Bring the first `bytes` of it, or of NULL nothing, into the cache. In line: gcc takes a function that
 * only prefetches for one without effect, and drops the call.
 */
__attribute__((always_inline)) static inline void watch_fetch(const struct watch *watch,
                                                              size_t bytes)
{
    enum { LINE_BYTES = 64 };
    for (size_t at = 0; watch && at < bytes; at += LINE_BYTES)
        __builtin_prefetch((const unsigned char *)watch + at, 1);
}

#endif
