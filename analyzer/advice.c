/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * advice.c: of each finding, what proves it and what to change. The rules
 * themselves are in core/finding_*.c.
 */
#include "advice.h"

static const struct advice table[KA_FINDING_COUNT] = {
    [KA_FINDING_KEEPALIVE_SUSPENDED] =
        {"an end that probes elsewhere in the capture has data outstanding, or held back by a closed "
         "window, for longer than its idle time, and no probe of its comes",
         "set TCP_USER_TIMEOUT on the socket: it bounds the wait for data as for probes; or have the "
         "application wait for replies no longer than it can bear"},
    [KA_FINDING_KEEPALIVE_ABSENT] =
        {"a minute of silence or more without a probe of either end, then what is sent next meets a "
         "RST or no answer; or the capture goes on for longer than two hours after it",
         "turn SO_KEEPALIVE on at the end that has to notice, with an idle time below the shortest "
         "idle timer in the path"},
    [KA_FINDING_KEEPALIVE_ONE_SIDED] =
        {"one end probes and is answered for longer than the default idle time (two hours) after the "
         "last data, and the other never probes",
         "turn keep-alive on at the other end as well, or accept that it keeps dead connections until "
         "it sends"},
    [KA_FINDING_USER_TIMEOUT_OR_COUNT] =
        {"the RST came when both a probe count and a user timeout would have sent it",
         "nothing, unless you have to know: ss -o shows the socket's timer; the program's source or "
         "strace has TCP_KEEPCNT and TCP_USER_TIMEOUT"},
    [KA_FINDING_SINGLE_PROBE_DECIDES] =
        {"one unanswered probe, then the RST of the end that sent it",
         "raise the count (TCP_KEEPCNT) to three or more, and TCP_USER_TIMEOUT, where it is set, above "
         "idle + 3 x interval; gRPC calls it the keep-alive timeout"},
    [KA_FINDING_INTERVAL_LONGER_THAN_IDLE] =
        {"the interval inferred from unanswered probes is longer than the idle time inferred from "
         "answered ones",
         "choose an interval of a third to a tenth of the idle time"},
    [KA_FINDING_GAVE_UP_EARLY] =
        {"the next copy was due in the capture's time and did not come, before Linux' 15 retries were "
         "used up",
         "if it was too soon, look for TCP_USER_TIMEOUT, for net.ipv4.tcp_retries2 and for the "
         "application's own timeout; if it was meant, nothing"},
    [KA_FINDING_SILENT_GIVE_UP] =
        {"the series of copies ran to the stack's known limit and nothing follows, or no probe follows "
         "where one was due",
         "nothing; but do not look for a RST: the application's log has the moment (ETIMEDOUT)"},
    [KA_FINDING_SILENT_DEATH_PROVED] =
        {"after unanswered copies the peer speaks again, and the end that sent them answers by a RST "
         "without ACK flag: it no longer has the connection",
         "have the peer take the RST for what it is, and connect anew; see what broke the path while "
         "the copies went unanswered"},
    [KA_FINDING_RST_FROM_ENDPOINT] =
        {"hop limit, IP identification and time of the RST are those of the end's other segments, and "
         "none of its marks speaks against it",
         "look at that end: an abort by the application (SO_LINGER 0, close with unread data), a "
         "crash, a proxy's idle timeout"},
    [KA_FINDING_RST_FROM_REBOOTED] =
        {"a probe or data is answered by a RST with the marks of the peer's own host, though no FIN "
         "came from there",
         "find out when the host or its process went away; a shorter idle time finds that sooner, and "
         "the application has to reconnect in any case"},
    [KA_FINDING_RST_FROM_MIDDLEBOX] =
        {"the RST's marks are not those of the end in whose name it comes: hop limit, IP "
         "identification, an answer sooner than the path allows, RSTs to both ends at once, missing "
         "time stamps; each is listed with its values",
         "find the box (the difference of hop limits says how far away) and its idle timer or policy; "
         "keep-alive with half of that timer keeps the connection; expect the other end to hold a "
         "half-open connection"},
    [KA_FINDING_RST_ORIGIN_UNKNOWN] =
        {"the marks of the RST speak for both, or too little is known of the end's other segments",
         "capture at the other end as well, and ask ka-analyze compare whether the RST left there"},
    [KA_FINDING_RST_SENDER_GOES_ON] =
        {"after a RST in an end's name that end goes on to send in the same connection",
         "look for a packet that address translation lets through untranslated: on Linux "
         "net.netfilter.nf_conntrack_tcp_be_liberal=1, or drop what conntrack calls INVALID"},
    [KA_FINDING_PATH_IDLE_TIMER] =
        {"the silence before the end was longer than a known idle timer (and longer than any silence "
         "survived before), and what came then fits what such boxes do: drop, reset, or reset when the "
         "timer expires",
         "set keep-alive's idle time to half of the timer or less, at either end; or raise the box's "
         "timer; --path-timers adds those of your own network"},
    [KA_FINDING_CLOSED_WHILE_KEPT_ALIVE] =
        {"probes were answered, and yet a FIN or RST came when a timer known to count data only expires "
         "after the last data",
         "send application messages (a heartbeat) more often than that, raise the proxy's timeout, or "
         "have the client take such a close as usual and reconnect"},
    [KA_FINDING_ANSWERS_NOT_FROM_PEER] =
        {"the answers to probes have another hop limit than the peer's data, or come in less than half "
         "the shortest time that the peer ever took",
         "do not rely on keep-alive there: it checks the proxy; use heartbeats of the application"},
    [KA_FINDING_WINDOW_STAYS_CLOSED] =
        {"the peer's window is closed for half a minute or more while its TCP answers window probes",
         "look at the peer's application: it does not read (hung, overloaded, stopped); on Linux only "
         "TCP_USER_TIMEOUT ends such a wait"},
    [KA_FINDING_REQUEST_UNANSWERED] =
        {"a request was acknowledged, replies used to come, and now probes are answered for ten times "
         "as long as the slowest reply took, and half a minute at least, without one",
         "give the application a timeout for replies; keep-alive checks the peer's TCP only"},
    [KA_FINDING_OUTAGE_SURVIVED] =
        {"probes, or four copies of data or more, went unanswered, and then the peer answered",
         "see what was down for so long; count x interval has to be longer than outages that "
         "connections shall survive"},
    [KA_FINDING_PROBE_LOSS] =
        {"single probes went unanswered by a peer that answered the next ones",
         "look for loss in the path; let the count be high enough for it (with a tenth lost, three in "
         "a row are lost once in a thousand)"},
    [KA_FINDING_PROBE_RTT_ROSE] =
        {"the fastest of the latest answers takes four times as long as the slowest of the first, and "
         "50 ms more",
         "look for congestion or a longer route; timeouts of the application may be next"},
    [KA_FINDING_ANSWERS_LOST] =
        {"answers to the last probes are in the capture, yet the prober went on at its interval and "
         "gave up; or the ACK of data is, yet four more copies came by timer",
         "look between the place of the capture and the end that asks: a path that loses one "
         "direction, a firewall, asymmetric routing; ka-analyze compare with a capture at that end "
         "shows where"},
    [KA_FINDING_DEAD_PEER_SPOKE] =
        {"the peer sends in the same connection after it was given up",
         "let count x interval, or the user timeout, be longer than the outages of this path; a "
         "suspended virtual machine or laptop does the same"},
    [KA_FINDING_PATH_UNREACHABLE] =
        {"an ICMP error of a router quotes a probe or a copy",
         "ask the router that reports it: the route or the host behind it is down; Linux does not give "
         "up sooner for it"},
    [KA_FINDING_KEEPALIVE_SLOW] =
        {"the idle time inferred is an hour or more",
         "set the idle time (TCP_KEEPIDLE, net.ipv4.tcp_keepalive_time) below the shortest idle timer "
         "in the path: a few minutes for most"},
    [KA_FINDING_KEEPALIVE_AGGRESSIVE] =
        {"answered probes less than five seconds apart on an idle connection",
         "if seconds matter, keep it; else some tens of seconds find a dead peer at a tenth of the "
         "traffic; on phones prefer minutes"},
    [KA_FINDING_KEEPALIVE_ASYMMETRIC] =
        {"both ends probe, and the idle time of one is four times that of the other or more",
         "give both ends similar settings, so that neither holds what the other has given up"},
    [KA_FINDING_PROBE_WITH_DATA] =
        {"probes of one byte below SND.NXT",
         "nothing: it is allowed, and the byte is not delivered twice; do not read it as a retransmission"},
    [KA_FINDING_HEARTBEAT_MASKS_KEEPALIVE] =
        {"a series of small messages of equal size at a steady pace, named where their bytes tell the "
         "protocol, and not one probe",
         "have the application end the connection when heartbeats stay unanswered, or set "
         "TCP_USER_TIMEOUT: keep-alive will not find a dead peer here"},
    [KA_FINDING_HEARTBEAT_FOUND_DEATH] =
        {"heartbeats were answered, the latest was not, and their sender ends the connection some time "
         "after",
         "nothing, if that was soon enough: the time is period and timeout of the heartbeat, not TCP's"},
};

const struct advice *advice_on(enum ka_finding_code code)
{
    return &table[code];
}
