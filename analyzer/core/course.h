/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * course.h: what a stack with given settings does when its peer falls silent, event by event, with
 * the ideal time of each and the range that the stack's timers make of it.
 */
#ifndef KA_COURSE_H
#define KA_COURSE_H

#include "stacks.h"

/* X(SUFFIX, "name", "one-line meaning"), as in kinds.h. */
#define COURSE_CHECK_MAP(X)                                                                        \
    X(KEEPALIVE, "keepalive", "an idle connection, checked by keep-alive")                         \
    X(DATA, "data", "data in flight, retransmitted")                                               \
    X(WINDOW, "window", "the peer's window is closed, window probes")                              \
    X(SYN, "syn", "connecting, the SYN repeated")

#define COURSE_SITUATION_MAP(X)                                                                    \
    X(ALIVE, "alive", "the peer is up and answers")                                                \
    X(CRASHED, "crashed", "the peer's host is down or cut off: nothing comes back")                \
    X(REBOOTED, "rebooted", "the peer's host is up again and knows no such connection")            \
    X(BROKEN, "broken", "the path is broken: the peer lives, but nothing reaches it")              \
    X(BROKEN_ICMP, "broken-icmp", "the path is broken and a router reports it by ICMP")

#define COURSE_WHAT_MAP(X)                                                                         \
    X(HEARD, "last_heard", "the last segment from the peer")                                       \
    X(SENT, "data_sent", "the application's data leaves")                                          \
    X(CONNECT, "syn_sent", "the first SYN leaves")                                                 \
    X(CLOSED_WINDOW, "window_closed", "the peer announces a window of 0")                          \
    X(PROBE, "keepalive_probe", "keep-alive probe")                                                \
    X(WINDOW_PROBE, "window_probe", "window probe")                                                \
    X(TAIL_LOSS, "tail_loss_probe", "tail-loss probe (RFC 8985 7)")                                \
    X(COPY, "retransmission", "the same again")                                                    \
    X(ANSWER, "answer", "the peer's answer")                                                       \
    X(UNREACHABLE, "icmp_unreachable", "a router's report that the peer cannot be reached")        \
    X(PEER_RST, "peer_rst", "the peer's RST: it has no such connection")                           \
    X(GIVE_UP, "given_up", "the peer is declared dead")                                            \
    X(GOES_ON, "goes_on", "and so on, for as long as the peer answers")

#define COURSE_ROW(suffix, name, meaning) COURSE_CHECK_##suffix,
enum course_check { COURSE_CHECK_MAP(COURSE_ROW) COURSE_CHECK_COUNT };
#undef COURSE_ROW
#define COURSE_ROW(suffix, name, meaning) COURSE_SITUATION_##suffix,
enum course_situation { COURSE_SITUATION_MAP(COURSE_ROW) COURSE_SITUATION_COUNT };
#undef COURSE_ROW
#define COURSE_ROW(suffix, name, meaning) COURSE_##suffix,
enum course_what { COURSE_WHAT_MAP(COURSE_ROW) COURSE_WHAT_COUNT };
#undef COURSE_ROW

/* Names and meanings; "?" outside the list. Static strings. */
const char *course_check_name(enum course_check check);
const char *course_check_meaning(enum course_check check);
const char *course_situation_name(enum course_situation situation);
const char *course_situation_meaning(enum course_situation situation);
const char *course_what_name(enum course_what what);
const char *course_what_meaning(enum course_what what);

struct course_settings {
    const struct stack *stack;
    enum course_check check;
    enum course_situation situation;
    int64_t idle_ns, intvl_ns; /* COURSE_CHECK_KEEPALIVE; intvl_ns 0: grows from rto_ns */
    uint32_t count;            /* 0: gives up by time */
    int64_t user_timeout_ns;   /* 0: not set */
    int64_t rto_ns;            /* first timeout of the other checks */
    uint32_t retries;          /* of the other checks */
    int hz;                    /* of a Linux kernel */
    bool tail_loss_probe;      /* COURSE_CHECK_DATA: one is sent before the first timeout */
};

/* The stack's own settings for this check; `check` must be known, see course_knows(). */
struct course_settings course_defaults(const struct stack *stack, enum course_check check);

/* The rules of a check; NULL for COURSE_CHECK_KEEPALIVE. */
const struct stack_backoff *course_backoff(const struct stack *stack, enum course_check check);

/* Whether the stack's rules for the check are known. */
bool course_knows(const struct stack *stack, enum course_check check);

/* Times count from the first event: peer last heard, data or SYN sent, window closed. */
struct course_event {
    enum course_what what;
    uint32_t number; /* of its kind, from 1 */
    int64_t ideal_ns, earliest_ns, latest_ns;
};

/* How a course ends. */
struct course_end {
    bool dead; /* false: the peer lives; the rest is then unspecified */
    bool sends_rst;
    enum course_what what; /* COURSE_GIVE_UP or COURSE_PEER_RST */
    const char *error;     /* what the application gets. Static */
    uint32_t unanswered;   /* probes or copies that got no answer */
    int64_t ideal_ns, earliest_ns, latest_ns;
};

typedef void course_visitor(const struct course_event *event, void *user);

/* Hand each event of the course to `visit` (or none, if NULL), in order of time. */
struct course_end course_run(const struct course_settings *settings, course_visitor *visit,
                             void *user);

/*
 * The time between two probes while the peer answers. Linux' timer is set to the interval after
 * each probe and only then looks how long the peer has been silent (tcp_keepalive_timer()), so that
 * an interval above the idle time takes its place.
 */
int64_t course_period_ns(const struct course_settings *settings);

#endif
