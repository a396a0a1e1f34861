/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * stacks.h: what each TCP stack does with a silent peer by default: keep-alive, retransmission,
 * window probes, SYN. One row a stack, each set of rules with its source.
 */
#ifndef KA_STACKS_H
#define KA_STACKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "timers.h"

/* What a keep-alive probe or window probe looks like on the wire. */
enum stack_probe {
    STACK_PROBE_EMPTY,    /* no data, one below the next sequence number */
    STACK_PROBE_OLD_BYTE, /* one byte there, which the peer has already acknowledged */
    STACK_PROBE_NEW_BYTE, /* one byte of new data */
};

/* By what a stack knows that it has tried long enough. */
enum stack_limit {
    STACK_LIMIT_COUNT, /* copies or probes sent */
    STACK_LIMIT_MODEL, /* time since the first copy, computed from a number of retries */
    STACK_LIMIT_TIME,  /* time since the peer owes an answer */
};

struct stack_keepalive {
    int64_t idle_ns;
    int64_t intvl_ns; /* 0: grows from the retransmission timeout, doubling up to cap_ns */
    uint32_t count;   /* 0: gives up at the first timer once idle_ns + limit_ns have passed */
    int64_t limit_ns, cap_ns;
    enum stack_probe probe;
    uint8_t probe_bytes;    /* of an IPv4 packet that holds a probe, with the usual options */
    bool timers_from_heard; /* every timer counts from the peer's last segment, none from a probe */
    bool waits_for_data;    /* does not probe while sent data is unacknowledged */
    bool sends_rst;         /* when it gives up; otherwise nothing */
    const char *error;      /* what the application gets then */
    const char *source;     /* NULL: sends no probes, or its rules are not known */
};

/* A series of timeouts: retransmissions of data or of a SYN, window probes. */
struct stack_backoff {
    int64_t rto_ns;    /* the first timeout where nothing else is known */
    int64_t slop_ns;   /* added to every timeout, after doubling */
    int64_t cap_ns;    /* 0: none but shift_max */
    uint8_t linear;    /* timeouts after the first that do not double yet */
    uint8_t shift_max; /* doublings until the timeout stays the same */
    enum stack_limit limit;
    uint32_t retries;     /* STACK_LIMIT_COUNT, STACK_LIMIT_MODEL */
    int64_t limit_ns;     /* STACK_LIMIT_TIME */
    int64_t tick_ns;      /* what a timeout may be late by; 0: the stack's tick_ns */
    int64_t last_wait_ns; /* after the last copy; 0: a full timeout */
    bool sends_rst;
    const char *error;      /* what the application gets when all copies were in vain */
    const char *icmp_error; /* the same where routers reported it unreachable; NULL: `error` */
    bool icmp_ends;         /* the first such report ends it */
    const char *source;     /* NULL: not known */
};

struct stack {
    const char *name;  /* "linux", as --stack takes it */
    const char *title; /* "Linux 6.5 and later" */
    enum timer_law law;
    int64_t tick_ns;      /* what TIMER_TICK and TIMER_EXACT may be late by */
    bool user_timeout;    /* has TCP_USER_TIMEOUT, which replaces count and retries */
    bool tail_loss_probe; /* sends one (RFC 8985 7) before the first timeout, where SACK is on */
    struct stack_keepalive keepalive;
    struct stack_backoff data, window, syn;
    enum stack_probe window_probe;
};

/* All stacks, the commonest first; *count receives their number. Static storage. */
const struct stack *stacks(size_t *count);

/* The stack of this name, or NULL. */
const struct stack *stack_find(const char *name);

/* The timeout number `number` (from 0) of a series whose first timeout is rto_ns. */
int64_t stack_timeout_ns(const struct stack_backoff *backoff, int64_t rto_ns, uint32_t number);

/* tcp_model_timeout() of Linux: the time that stands for a number of retries. */
int64_t stack_model_timeout_ns(uint32_t retries);

#endif
