/* SPDX-License-Identifier: GPL-2.0-or-later */
/* presets.c: the table of known keep-alive settings, each with its source. */
#include "presets.h"

#include <stddef.h>

/* Which timers a preset's stack has. */
enum preset_timers {
    ANY_TIMERS,
    LINUX_TIMERS,
    TICK_TIMERS,
    EXACT_TIMERS,
    PROMPT_TIMERS, /* ticks or exact */
};

struct preset {
    struct ka_preset known;
    enum preset_timers timers;
    int probe_len; /* payload bytes; -1: either */
};

/* In the order of precedence where the capture fits several. */
static const struct preset presets[] = {
    /* include/net/tcp.h: TCP_KEEPALIVE_TIME, TCP_KEEPALIVE_INTVL, TCP_KEEPALIVE_PROBES */
    {{"linux-default", 7200, 75, 9}, LINUX_TIMERS, 0},
    /* lwIP src/include/lwip/priv/tcp_priv.h: TCP_KEEPIDLE_DEFAULT and following */
    {{"lwip-default", 7200, 75, 9}, TICK_TIMERS, 0},
    /* gVisor pkg/tcpip/transport/tcp: DefaultKeepaliveIdle, ...Interval, ...Count */
    {{"gvisor-default", 7200, 75, 9}, EXACT_TIMERS, 0},
    /* FreeBSD sys/netinet/tcp_timer.h: TCPTV_KEEP_IDLE, TCPTV_KEEPINTVL, TCPTV_KEEPCNT; the same in
     * XNU, OpenBSD and NetBSD */
    {{"bsd-default", 7200, 75, 8}, PROMPT_TIMERS, 0},
    /* Microsoft, SO_KEEPALIVE socket option: 2 hours, 1 second, 10 probes */
    {{"windows-default", 7200, 1, 10}, PROMPT_TIMERS, 1},
    /* illumos tcp_tunables.c: tcp_keepalive_interval; tcp_keepalive_timer() doubles from the RTO */
    {{"illumos-default", 7200, 0, 0}, ANY_TIMERS, -1},
    /* NuttX net/tcp/tcp.h: idle 7200 s, interval 2 s, 3 probes */
    {{"nuttx-default", 7200, 2, 3}, PROMPT_TIMERS, 0},
    /* Go net.KeepAliveConfig: 15 s, 15 s, 9 */
    {{"go-default", 15, 15, 9}, ANY_TIMERS, -1},
    /* lettuce KeepAliveOptions */
    {{"lettuce-default", 13, 13, 3}, ANY_TIMERS, -1},
    /* curl CURLOPT_TCP_KEEPIDLE, CURLOPT_TCP_KEEPINTVL, CURLOPT_TCP_KEEPCNT: 60, 60, 9 */
    {{"curl-default", 60, 60, 9}, ANY_TIMERS, -1},
    /* Google Kubernetes Engine's advice for idle connections */
    {{"gke-advice", 60, 60, 5}, ANY_TIMERS, -1},
    /* Open MPI oob_tcp_keepalive_time, _intvl, _probes */
    {{"openmpi-default", 60, 5, 3}, ANY_TIMERS, -1},
    /* TCP_KEEPIDLE 20 and TCP_KEEPINTVL 1 of a widely copied example, count of the Linux default */
    {{"example-20-1-9", 20, 1, 9}, LINUX_TIMERS, 0},
    /* libuv uv__tcp_keepalive(): delay as asked for, interval 1 s, 10 probes (Node.js 12.17) */
    {{"node-default", 0, 1, 10}, ANY_TIMERS, 0},
};

bool ka_preset(size_t index, struct ka_preset *preset)
{
    if (index >= sizeof presets / sizeof presets[0])
        return false;
    *preset = presets[index].known;
    return true;
}

static bool timers_fit(enum preset_timers timers, const struct timer_kind *kind)
{
    if (!kind)
        return timers == ANY_TIMERS;
    bool is_linux = kind->law == TIMER_WHEEL || kind->law == TIMER_CLASSIC;
    switch (timers) {
    case ANY_TIMERS:
        return true;
    case LINUX_TIMERS:
        return is_linux;
    case TICK_TIMERS:
        return kind->law == TIMER_TICK;
    case EXACT_TIMERS:
        return kind->law == TIMER_EXACT;
    case PROMPT_TIMERS:
        return !is_linux;
    }
    return false;
}

static bool preset_fits(const struct preset *preset, const struct ka_keepalive *keepalive,
                        const struct timer_kind *kind, bool intvl_grows, uint8_t probe_len)
{
    const struct ka_preset *known = &preset->known;

    if (known->idle_s > 0 && keepalive->idle.nominal_ns != known->idle_s * KA_SECOND)
        return false;
    if (intvl_grows != (known->intvl_s == 0))
        return false;
    if (!intvl_grows && keepalive->intvl.nominal_ns != known->intvl_s * KA_SECOND)
        return false;
    if (keepalive->count > 0 && keepalive->count != known->count)
        return false;
    if (preset->probe_len >= 0 && preset->probe_len != probe_len)
        return false;
    return timers_fit(preset->timers, kind);
}

const char *preset_find(const struct ka_keepalive *keepalive, const struct timer_kind *kind,
                        bool intvl_grows, uint8_t probe_len)
{
    const struct preset *found = NULL; /* while the count is unknown */

    for (size_t i = 0; i < sizeof presets / sizeof presets[0]; i++) {
        /* Without a count, any idle time with this interval would be a match by chance. */
        if (keepalive->count == 0 && presets[i].known.idle_s == 0)
            continue;
        if (!preset_fits(&presets[i], keepalive, kind, intvl_grows, probe_len))
            continue;
        if (keepalive->count > 0)
            return presets[i].known.name;
        if (found)
            return NULL;
        found = &presets[i];
    }
    return found ? found->known.name : NULL;
}
