/* SPDX-License-Identifier: GPL-2.0-or-later */
/* paths.c: idle timers of the boxes in a path. */
#include "paths.h"

#define SECONDS(n) ((n)*KA_SECOND)

static const struct ka_path_timer timers[] = {
    {SECONDS(50), KA_PATH_COUNTS_DATA,
     "HAProxy (timeout client and server of Debian's haproxy.cfg)",
     "HAProxy configuration manual, \"timeout client\"; it counts data"},
    {SECONDS(60), KA_PATH_COUNTS_DATA, "AWS Application and Classic Load Balancer",
     "AWS Elastic Load Balancing, \"Connection idle timeout\": keep-alive probes do not count"},
    {SECONDS(75), KA_PATH_COUNTS_DATA, "nginx (keepalive_timeout)",
     "nginx, ngx_http_core_module, keepalive_timeout"},
    {SECONDS(240), KA_PATH_DROPS | KA_PATH_ENDS, "Azure Load Balancer and SNAT",
     "Microsoft Learn, \"Load Balancer TCP reset and idle timeout\": dropped, or reset both ways"},
    {SECONDS(300), KA_PATH_DROPS | KA_PATH_ENDS, "F5 BIG-IP",
     "F5 BIG-IP TCP and FastL4 profiles: idleTimeout 300, resetOnTimeout"},
    {SECONDS(350), KA_PATH_DROPS | KA_PATH_RESETS,
     "AWS Network Load Balancer, NAT gateway, Network Firewall",
     "AWS NLB \"Update the TCP idle timeout\", VPC \"NAT gateway basics\", TcpIdleTimeoutSeconds"},
    {SECONDS(600), KA_PATH_DROPS, "Google Cloud connection tracking",
     "Google Cloud VPC firewall, \"Connection tracking and firewall rules\""},
    {SECONDS(900), KA_PATH_DROPS | KA_PATH_RESETS, "Linux IPVS (Docker swarm, kube-proxy)",
     "Linux ip_vs_proto_tcp.c, IP_VS_TCP_S_ESTABLISHED; moby issue 31208"},
    {SECONDS(3600), KA_PATH_DROPS | KA_PATH_ENDS | KA_PATH_COUNTS_DATA,
     "firewalls (Cisco ASA, Palo Alto), Envoy",
     "Cisco \"timeout conn\" 1:00:00; PAN-OS session timeout TCP 3600; Envoy idle_timeout 1 h"},
    {SECONDS(432000), KA_PATH_DROPS | KA_PATH_RESETS, "Linux conntrack, AWS security groups",
     "Linux nf_conntrack_tcp_timeout_established; EC2 TcpEstablishedTimeout"},
};

const struct ka_path_timer *ka_path_timers(size_t *count)
{
    *count = sizeof timers / sizeof timers[0];
    return timers;
}

/*
 * Boxes look at their timers now and then, so they may be late; and a second for the clocks. Those that
 * count data are programs, which are punctual.
 */
static bool explains(const struct ka_path_timer *timer, const struct path_silence *silence)
{
    const int64_t slack_ns = silence->manner & KA_PATH_COUNTS_DATA
                                 ? timer->limit_ns / 100 + KA_SECOND / 2
                                 : timer->limit_ns / 50 + KA_SECOND;
    if (!(timer->manner & silence->manner))
        return false;
    if (silence->manner & (KA_PATH_ENDS | KA_PATH_COUNTS_DATA))
        return silence->ns >= timer->limit_ns - KA_SECOND / 10 &&
               silence->ns <= timer->limit_ns + slack_ns;
    return silence->ns >= timer->limit_ns && (silence->survived_ns == KA_UNKNOWN ||
                                              silence->survived_ns < timer->limit_ns + slack_ns);
}

size_t paths_fit(const struct path_silence *silence, const struct ka_path_timer *more,
                 size_t more_count, const struct ka_path_timer *fit[static PATHS_FIT_MAX])
{
    size_t known_count, found = 0;
    const struct ka_path_timer *known = ka_path_timers(&known_count);
    int64_t last_ns = -1;
    for (;;) { /* the next longer one of both tables */
        const struct ka_path_timer *next = NULL;
        for (size_t i = 0; i < known_count + more_count; i++) {
            const struct ka_path_timer *timer = i < more_count ? &more[i] : &known[i - more_count];
            if (timer->limit_ns > last_ns && explains(timer, silence) &&
                (!next || timer->limit_ns < next->limit_ns))
                next = timer;
        }
        if (!next)
            return found;
        if (found < PATHS_FIT_MAX)
            fit[found] = next;
        found++;
        last_ns = next->limit_ns;
    }
}
