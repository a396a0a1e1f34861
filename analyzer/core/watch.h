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
    const struct ka_rule
        *plain_rule; /* of the first copy before it was taken for a tail-loss probe */
    struct ka_frame
        shown; /* last probe, or first copy, as handed out; re-sent when more is known */
};

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
};

/* Sequence numbers below nxt that no captured segment carried. */
struct hole {
    uint32_t from, to;
};

enum { HOLES = 8, BACKOFFS = 64 }; /* kept per end; rows kept per connection */

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
};

#endif
