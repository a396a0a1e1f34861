/* SPDX-License-Identifier: GPL-2.0-or-later */
/* stacks.c: the table of TCP stacks, each set of rules with its source. */
#include "stacks.h"

#include <string.h>

#include "ka.h"

#define S KA_SECOND
#define MS (KA_SECOND / 1000)

enum {
    PLAIN_BYTES = 40,     /* IPv4 and TCP headers */
    TIMESTAMP_BYTES = 52, /* the same with RFC 7323 timestamps */
    NO_MAX = 31
};

/* ---- Linux ------------------------------------------------------------------------------- */

#define LINUX_KEEPALIVE                                                                            \
    {                                                                                              \
        .idle_ns = 7200 * S, .intvl_ns = 75 * S, .count = 9, .probe = STACK_PROBE_EMPTY,           \
        .probe_bytes = TIMESTAMP_BYTES, .waits_for_data = true, .sends_rst = true,                 \
        .error = "ETIMEDOUT", .source = "Linux net/ipv4/tcp_timer.c tcp_keepalive_timer()",        \
    }

/* The smallest timeout is TCP_RTO_MIN and what jiffies and a LAN's variance make of it. */
#define LINUX_DATA                                                                                 \
    {                                                                                              \
        .rto_ns = 204 * MS, .cap_ns = 120 * S, .shift_max = NO_MAX, .limit = STACK_LIMIT_MODEL,    \
        .retries = 15, .error = "ETIMEDOUT", .icmp_error = "EHOSTUNREACH",                         \
        .source = "Linux net/ipv4/tcp_timer.c tcp_write_timeout(), tcp_retries2",                  \
    }

#define LINUX_WINDOW                                                                               \
    {                                                                                              \
        .rto_ns = 204 * MS, .cap_ns = 120 * S, .shift_max = NO_MAX, .limit = STACK_LIMIT_COUNT,    \
        .retries = 15, .error = "ETIMEDOUT",                                                       \
        .source = "Linux net/ipv4/tcp_timer.c tcp_probe_timer(), tcp_retries2",                    \
    }

#define LINUX_SYN(linear_timeouts, all_retries)                                                    \
    {                                                                                              \
        .rto_ns = 1 * S, .cap_ns = 120 * S, .linear = (linear_timeouts), .shift_max = NO_MAX,      \
        .limit = STACK_LIMIT_COUNT, .retries = (all_retries), .error = "ETIMEDOUT",                \
        .icmp_error = "EHOSTUNREACH", .icmp_ends = true,                                           \
        .source = "Linux net/ipv4/tcp_timer.c tcp_write_timeout(), tcp_syn_retries; "              \
                  "RFC 5461 3.1 for ICMP",                                                         \
    }

/* ---- BSD --------------------------------------------------------------------------------- */

#define BSD_KEEPALIVE(bytes, text)                                                                 \
    {                                                                                              \
        .idle_ns = 7200 * S, .intvl_ns = 75 * S, .count = 8, .probe = STACK_PROBE_EMPTY,           \
        .probe_bytes = (bytes), .sends_rst = true, .error = "ETIMEDOUT", .source = (text),         \
    }

/* tcp_backoff[]: 1, 2, 4, ... 64, 64, 64; TCP_MAXRXTSHIFT 12. */
#define BSD_DATA(base_ns, slop, late_ns, shifts, text)                                             \
    {                                                                                              \
        .rto_ns = (base_ns), .slop_ns = (slop), .cap_ns = 64 * S, .shift_max = (shifts),           \
        .tick_ns = (late_ns), .limit = STACK_LIMIT_COUNT, .retries = 12, .sends_rst = true,        \
        .error = "ETIMEDOUT", .source = (text),                                                    \
    }

static const struct stack all[] = {
    {
        .name = "linux",
        .title = "Linux 6.5 and later",
        .law = TIMER_WHEEL,
        .user_timeout = true,
        .tail_loss_probe = true,
        .keepalive = LINUX_KEEPALIVE,
        .data = LINUX_DATA,
        .window = LINUX_WINDOW,
        /* tcp_syn_linear_timeouts: four timeouts of 1 s, sent beside the six that double. */
        .syn = LINUX_SYN(4, 10),
    },
    {
        .name = "linux-6.4",
        .title = "Linux 4.8 to 6.4",
        .law = TIMER_WHEEL,
        .user_timeout = true,
        .tail_loss_probe = true,
        .keepalive = LINUX_KEEPALIVE,
        .data = LINUX_DATA,
        .window = LINUX_WINDOW,
        .syn = LINUX_SYN(0, 6),
    },
    {
        .name = "linux-4.7",
        .title = "Linux before 4.8",
        .law = TIMER_CLASSIC,
        .user_timeout = true,
        .tail_loss_probe = true,
        .keepalive = LINUX_KEEPALIVE,
        .data = LINUX_DATA,
        .window = LINUX_WINDOW,
        .syn = LINUX_SYN(0, 6),
    },
    {
        .name = "windows",
        .title = "Windows Vista and later",
        .law = TIMER_EXACT,
        .tick_ns = 15600000,
        .keepalive = {.idle_ns = 7200 * S,
                      .intvl_ns = 1 * S,
                      .count = 10,
                      .probe = STACK_PROBE_OLD_BYTE,
                      .probe_bytes = PLAIN_BYTES + 1,
                      .sends_rst = true,
                      .error = "WSAENETRESET or WSAETIMEDOUT",
                      .source =
                          "Microsoft, SO_KEEPALIVE socket option; RST and error not verified"},
        .data = {.rto_ns = 300 * MS,
                 .cap_ns = 60 * S,
                 .shift_max = NO_MAX,
                 .limit = STACK_LIMIT_COUNT,
                 .retries = 5,
                 .sends_rst = true,
                 .error = "WSAETIMEDOUT",
                 .source = "Microsoft, TcpMaxDataRetransmissions; first timeout not verified"},
        .syn = {.rto_ns = 1 * S,
                .cap_ns = 60 * S,
                .shift_max = NO_MAX,
                .limit = STACK_LIMIT_COUNT,
                .retries = 4,
                .error = "WSAETIMEDOUT",
                .source = "seen on Windows 10 22H2; the end not verified"},
    },
    {
        .name = "freebsd",
        .title = "FreeBSD",
        .law = TIMER_EXACT,
        .tick_ns = 1 * MS,
        .keepalive =
            BSD_KEEPALIVE(TIMESTAMP_BYTES, "FreeBSD sys/netinet/tcp_timer.c tcp_timer_keep()"),
        /* tcp_backoff[] goes on to 512 here; TCPTV_RTOBASE 30 ms, tcp_rexmit_slop 200 ms. */
        .data =
            BSD_DATA(30 * MS, 200 * MS, 0, 9, "FreeBSD sys/netinet/tcp_timer.c tcp_timer_rexmt()"),
    },
    {
        .name = "macos",
        .title = "macOS and iOS (XNU)",
        .law = TIMER_TICK,
        .tick_ns = 500 * MS,
        .keepalive =
            BSD_KEEPALIVE(PLAIN_BYTES, "XNU bsd/netinet/tcp_timer.c tcp_timers(), TCPT_KEEP"),
        .data = BSD_DATA(30 * MS, 200 * MS, 100 * MS, 6,
                         "XNU bsd/netinet/tcp_timer.c tcp_timers(), TCPT_REXMT"),
    },
    {
        .name = "openbsd",
        .title = "OpenBSD",
        .law = TIMER_EXACT,
        .tick_ns = 10 * MS,
        .keepalive =
            BSD_KEEPALIVE(TIMESTAMP_BYTES, "OpenBSD sys/netinet/tcp_timer.c tcp_timer_keep()"),
        .data = BSD_DATA(1 * S, 0, 0, 6, "OpenBSD sys/netinet/tcp_timer.c tcp_timer_rexmt()"),
    },
    {
        .name = "netbsd",
        .title = "NetBSD",
        .law = TIMER_TICK,
        .tick_ns = 500 * MS,
        .keepalive =
            BSD_KEEPALIVE(TIMESTAMP_BYTES, "NetBSD sys/netinet/tcp_timer.c tcp_timer_keep()"),
        .data = BSD_DATA(1 * S, 0, 0, 6, "NetBSD sys/netinet/tcp_timer.c tcp_timer_rexmt()"),
    },
    {
        .name = "illumos",
        .title = "illumos and Solaris",
        .law = TIMER_EXACT,
        .tick_ns = 10 * MS,
        .keepalive = {.idle_ns = 7200 * S,
                      .intvl_ns = 0,
                      .limit_ns = 480 * S,
                      .cap_ns = 60 * S,
                      .probe = STACK_PROBE_OLD_BYTE,
                      .probe_bytes = TIMESTAMP_BYTES + 1,
                      .waits_for_data = true,
                      .error = "ETIMEDOUT",
                      .source = "illumos uts/common/inet/tcp/tcp_timers.c tcp_keepalive_timer()"},
        .data = {.rto_ns = 400 * MS,
                 .cap_ns = 60 * S,
                 .shift_max = NO_MAX,
                 .limit = STACK_LIMIT_TIME,
                 .limit_ns = 300 * S,
                 .error = "ETIMEDOUT",
                 .source = "illumos uts/common/inet/tcp/tcp_timers.c tcp_timer(), "
                           "tcp_ip_abort_interval"},
        .syn = {.rto_ns = 1 * S,
                .cap_ns = 60 * S,
                .shift_max = NO_MAX,
                .limit = STACK_LIMIT_TIME,
                .limit_ns = 180 * S,
                .error = "ETIMEDOUT",
                .source = "illumos uts/common/inet/tcp/tcp_timers.c tcp_timer(), "
                          "tcp_ip_abort_cinterval"},
    },
    {
        .name = "lwip",
        .title = "lwIP",
        .law = TIMER_TICK,
        .tick_ns = 500 * MS,
        .window_probe = STACK_PROBE_NEW_BYTE,
        .keepalive = {.idle_ns = 7200 * S,
                      .intvl_ns = 75 * S,
                      .count = 9,
                      .probe = STACK_PROBE_EMPTY,
                      .probe_bytes = PLAIN_BYTES,
                      .timers_from_heard = true,
                      .sends_rst = true,
                      .error = "ERR_ABRT",
                      .source = "lwIP src/core/tcp.c tcp_slowtmr()"},
        .data = {.rto_ns = 3 * S,
                 .shift_max = 7,
                 .limit = STACK_LIMIT_COUNT,
                 .retries = 12,
                 .last_wait_ns = 500 * MS,
                 .error = "ERR_ABRT",
                 .source = "lwIP src/core/tcp.c tcp_slowtmr(), tcp_backoff[], TCP_MAXRTX"},
        .window = {.rto_ns = 1500 * MS,
                   .cap_ns = 60 * S,
                   .shift_max = NO_MAX,
                   .limit = STACK_LIMIT_COUNT,
                   .retries = 12,
                   .last_wait_ns = 500 * MS,
                   .error = "ERR_ABRT",
                   .source = "lwIP src/core/tcp.c tcp_slowtmr(), tcp_persist_backoff[]"},
        .syn = {.rto_ns = 3 * S,
                .shift_max = 0,
                .limit = STACK_LIMIT_COUNT,
                .retries = 6,
                .last_wait_ns = 500 * MS,
                .error = "ERR_ABRT",
                .source = "lwIP src/core/tcp.c tcp_slowtmr(), TCP_SYNMAXRTX"},
    },
    {
        .name = "gvisor",
        .title = "gVisor",
        .law = TIMER_EXACT,
        .tick_ns = 1 * MS,
        .window_probe = STACK_PROBE_OLD_BYTE,
        .keepalive = {.idle_ns = 7200 * S,
                      .intvl_ns = 75 * S,
                      .count = 9,
                      .probe = STACK_PROBE_EMPTY,
                      .probe_bytes = TIMESTAMP_BYTES,
                      .waits_for_data = true,
                      .error = "ETIMEDOUT",
                      .source = "gVisor pkg/tcpip/transport/tcp keepaliveTimerExpired()"},
        .data = {.rto_ns = 200 * MS,
                 .cap_ns = 120 * S,
                 .shift_max = NO_MAX,
                 .limit = STACK_LIMIT_COUNT,
                 .retries = 15,
                 .error = "ETIMEDOUT",
                 .source = "gVisor pkg/tcpip/transport/tcp/snd.go retransmitTimerExpired()"},
        .window = {.rto_ns = 200 * MS,
                   .cap_ns = 120 * S,
                   .shift_max = NO_MAX,
                   .limit = STACK_LIMIT_COUNT,
                   .retries = 15,
                   .error = "ETIMEDOUT",
                   .source = "gVisor pkg/tcpip/transport/tcp/snd.go sendZeroWindowProbe()"},
    },
    {
        .name = "zephyr",
        .title = "Zephyr",
        .law = TIMER_EXACT,
        .tick_ns = 10 * MS,
        .keepalive = {.idle_ns = 7200 * S,
                      .intvl_ns = 75 * S,
                      .count = 9,
                      .probe = STACK_PROBE_EMPTY,
                      .probe_bytes = PLAIN_BYTES,
                      .error = "ETIMEDOUT",
                      .source = "Zephyr subsys/net/ip/tcp.c tcp_send_keepalive_probe(); defaults "
                                "of Kconfig, not verified"},
    },
    {
        .name = "nuttx",
        .title = "NuttX since 2026",
        .law = TIMER_TICK,
        .tick_ns = 500 * MS,
        .keepalive = {.idle_ns = 7200 * S,
                      .intvl_ns = 2 * S,
                      .count = 3,
                      .probe = STACK_PROBE_EMPTY,
                      .probe_bytes = PLAIN_BYTES,
                      .sends_rst = true,
                      .error = "ETIMEDOUT",
                      .source = "NuttX net/tcp/tcp_timer.c; before 2026 it sent no RST"},
    },
    {
        .name = "freertos",
        .title = "FreeRTOS-Plus-TCP",
        .law = TIMER_TICK,
        .tick_ns = 2 * S,
        .keepalive = {.idle_ns = 20 * S,
                      .intvl_ns = 3 * S,
                      .count = 4,
                      .probe = STACK_PROBE_EMPTY,
                      .probe_bytes = PLAIN_BYTES,
                      .waits_for_data = true,
                      .error = "socket closed",
                      .source = "FreeRTOS-Plus-TCP source/FreeRTOS_TCP_IP.c"},
    },
    {
        .name = "uip",
        .title = "uIP and Contiki",
        .law = TIMER_TICK,
        .tick_ns = 500 * MS,
        .data = {.rto_ns = 1500 * MS,
                 .linear = 1,
                 .shift_max = 4,
                 .limit = STACK_LIMIT_COUNT,
                 .retries = 8,
                 .sends_rst = true,
                 .error = "UIP_TIMEDOUT",
                 .source = "uIP uip/uip.c uip_process(), UIP_MAXRTX"},
        .syn = {.rto_ns = 1500 * MS,
                .linear = 1,
                .shift_max = 4,
                .limit = STACK_LIMIT_COUNT,
                .retries = 5,
                .sends_rst = true,
                .error = "UIP_TIMEDOUT",
                .source = "uIP uip/uip.c uip_process(), UIP_MAXSYNRTX"},
    },
};

const struct stack *stacks(size_t *count)
{
    *count = sizeof all / sizeof all[0];
    return all;
}

const struct stack *stack_find(const char *name)
{
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        if (strcmp(all[i].name, name) == 0)
            return &all[i];
    return NULL;
}

int64_t stack_timeout_ns(const struct stack_backoff *backoff, int64_t rto_ns, uint32_t number)
{
    uint32_t shift = number <= backoff->linear ? 0 : number - backoff->linear;
    int64_t timeout_ns = rto_ns;

    if (shift > backoff->shift_max)
        shift = backoff->shift_max;
    while (shift-- > 0 && (backoff->cap_ns == 0 || timeout_ns < backoff->cap_ns))
        timeout_ns *= 2;
    if (backoff->cap_ns > 0 && timeout_ns > backoff->cap_ns)
        timeout_ns = backoff->cap_ns;
    return timeout_ns + backoff->slop_ns;
}

int64_t stack_model_timeout_ns(uint32_t retries)
{
    static const int64_t rto_min_ns = 200 * MS, rto_max_ns = 120 * S;
    enum { DOUBLINGS = 9 }; /* ilog2(rto_max / rto_min) */

    if (retries <= DOUBLINGS)
        return ((INT64_C(2) << retries) - 1) * rto_min_ns;
    return ((INT64_C(2) << DOUBLINGS) - 1) * rto_min_ns + (retries - DOUBLINGS) * rto_max_ns;
}
