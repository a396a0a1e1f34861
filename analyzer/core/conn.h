/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * conn.h: what the engine keeps of one connection, in four parts by how often it is touched: struct
 * conn, one cache line, for every packet; struct conn_rest, the line beside it, for the first
 * packets and for small messages after silence; struct conn_record for its first packet, its end
 * and the report; struct watch, allocated only for a connection that has something to tell.
 *
 * An endpoint is an `end`: 0 for the lower address and port, 1 for
 * the other, whoever is the client.
 */
#ifndef KA_CONN_H
#define KA_CONN_H

#include "ka.h"
#include "origin.h"
#include "seq.h"

/* Flags of one end; those of end 1 are END_BITS further left. */
enum {
    END_SEEN = 1 << 0,        /* a segment from this end was seen */
    END_NXT = 1 << 1,         /* nxt is known */
    END_UNPROVEN = 1 << 2,    /* ... but only from a lone empty segment, which may be a probe */
    END_UNA = 1 << 3,         /* una is known: the other end acknowledged something */
    END_SYN = 1 << 4,         /* its SYN was seen: base is its initial sequence number */
    END_FIN = 1 << 5,         /* its FIN was seen */
    END_ZERO_WINDOW = 1 << 6, /* the last window that it announced is zero */
    END_RST = 1 << 7,         /* its last segment is a RST */
    END_BITS = 8
};

/* Flags of the connection. */
enum {
    CONN_V6 = 1u << 16, /* the addresses are in the side table */
    CONN_CLIENT_IS_1 = 1u << 17,
    CONN_WATCHED = 1u << 18,    /* a series is open or heartbeats are followed: no fast path */
    CONN_FREE = 1u << 19,       /* no connection: a place that one had to give up */
    CONN_SUPERSEDED = 1u << 20, /* its addresses and ports belong to a later connection */
    CONN_RESET = 1u << 21,      /* ended by a RST */
    CONN_MIRRORED = 1u << 22,   /* the capture holds segments of it twice */
    CONN_COPIED = 1u << 24,     /* ... the latest one among them */
    CONN_DISOWNED = 1u << 25,   /* the sender of that RST goes on, the other end is silent */
    CONN_PAST_SYN = 1u << 23,   /* a segment without SYN was seen: the SYNs were answered */
    CONN_MARKED = 1u << 26,     /* a RST was seen: conn_rest.origin holds `resets` */
};

/* One connection: what every packet touches. */
struct conn {
    uint64_t addrs;      /* IPv4: end 0 in the high half, end 1 in the low; IPv6: half of a keyed
                                hash, place in the side table */
    uint16_t port[2];    /* host order */
    uint32_t flags;      /* END_*, CONN_* */
    uint32_t nxt[2];     /* SND.NXT of each end: one above the highest sequence number seen */
    uint32_t una[2];     /* SND.UNA of each end: the highest ACK of the other end */
    int64_t heard_ns[2]; /* when this end was last seen */
    uint32_t heard_frame[2]; /* and in which frame (low half; see struct conn_rest) */
    uint32_t packets;        /* low half */
    uint32_t trail;          /* its latest entry in the trail */
};

_Static_assert(sizeof(struct conn) == 64, "every packet touches one cache line of its connection");

/* The last small message of an end, which may begin a series of heartbeats. */
struct beat_seed {
    int64_t ns;
    uint32_t frame_low;
    uint16_t len;
    uint16_t frame_high;
};

/* What the first packets touch, and small messages after silence. */
struct conn_rest {
    struct watch *watch; /* or NULL */
    struct beats *beats; /* of either end, then of the other; or NULL */
    struct beat_seed seed[2];
    uint32_t base[2];       /* first sequence number seen of each end; its ISN with END_SYN */
    uint16_t wraps[2];      /* how often nxt passed 2^32 */
    uint16_t heard_high[2]; /* high half of heard_frame */
};

_Static_assert(sizeof(struct conn_rest) == 64, "slow segments touch one cache line more");

/* What only its first packet, its end and its report touch. */
struct conn_record {
    int64_t first_ns;
    uint64_t first_frame;
    uint16_t packets_high;
    uint16_t survived; /* longest silence of both ends after which both spoke again; origin_ns() */
    union {
        struct origin_base base[2];
        struct origin_resets *resets; /* with CONN_MARKED */
    } origin;
};

static inline bool end_is(const struct conn *conn, int end, uint32_t flag)
{
    return conn->flags & flag << end * END_BITS;
}

static inline void end_set(struct conn *conn, int end, uint32_t flag)
{
    conn->flags |= flag << end * END_BITS;
}

static inline void end_clear(struct conn *conn, int end, uint32_t flag)
{
    conn->flags &= ~(flag << end * END_BITS);
}

/* End <-> side. */
static inline enum ka_side end_side(const struct conn *conn, int end)
{
    return (end == 1) == ((conn->flags & CONN_CLIENT_IS_1) != 0) ? KA_CLIENT : KA_SERVER;
}

static inline int side_end(const struct conn *conn, enum ka_side side)
{
    return end_side(conn, 0) == side ? 0 : 1;
}

static inline uint64_t heard_frame(const struct conn *conn, const struct conn_rest *rest, int end)
{
    return (uint64_t)rest->heard_high[end] << 32 | conn->heard_frame[end];
}

/* Everything this end has sent, as far as it was seen, is acknowledged. */
static inline bool all_acked(const struct conn *conn, int end)
{
    return end_is(conn, end, END_UNA) && conn->una[end] == conn->nxt[end];
}

#endif
