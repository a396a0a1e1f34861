# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2034  # guest.sh reads the variables
# The course, third part (../README.md): findings about settings and paths, each beside a situation
# that nearly shows it.

# ---- settings ----

# The server's end never probes, whatever the time: only the client would notice a dead peer.
scenario one-sided-900 a
server wait
client keepalive=900,60,5 write=5 wait
sleep 9400
stop_client
sleep 1
expect a outcome=closed ka=client:900,-,- finding=keepalive_one_sided never=keepalive_asymmetric,keepalive_absent,keepalive_slow
end

# Nearly: the server does probe, by Linux's default of two hours.
scenario two-sided-900-7200 a
server keepalive wait
client keepalive=900,60,5 write=5 wait
sleep 9400
stop_client
sleep 1
expect a outcome=closed ka=client:900,-,- ka=server:7200,-,- finding=keepalive_asymmetric never=keepalive_one_sided
end

# A probe every other second.
scenario aggressive-2-1-3 a
server wait
client keepalive=2,1,3 write=5 wait
sleep 14
stop_client
sleep 1
expect a outcome=closed ka=client:2,-,- finding=keepalive_aggressive
end

# Nearly: an idle time of a second, but the interval of ten rules.
scenario seldom-1-10-3 a
server wait
client keepalive=1,10,3 write=5 wait
sleep 45
stop_client
sleep 1
expect a outcome=closed finding=interval_longer_than_idle never=keepalive_aggressive
end

# Nearly slow: the first probe comes before the hour is over.
scenario idle-3000-30-3 a
server wait
client keepalive=3000,30,3 write=5 wait
sleep 3400
cut
wait_client
expect a outcome=dead_keepalive ka=client:3000,30,3 who=client latency never=keepalive_slow
end

# Data is in flight for a quarter of a minute, less than the idle time: no probe was due.
scenario in-flight-15-of-30 a
server echo
client keepalive=30,10,3 write=5 read=5 sleep=70 write=6 read=6 sleep=40
sleep 70
cut
sleep 14
mend
wait_client
sleep 1
expect a outcome=closed ka=client:30,-,- never=keepalive_suspended
end

# ---- the peer and its application ----

# A reader that pauses for a quarter of a minute: the window is closed, and opens again.
SNAP=128
scenario window-closed-15 a
server rcvbuf=4096 hang=15 wait
client keepalive=60,10,3 send=20000 sleep=25
wait_client
sleep 1
expect a outcome=closed never=window_stays_closed
end
SNAP=

# The server's application aborts while much is on its way: each of these segments is refused by a
# RST of its own, and none of them means that the server goes on.
scenario abort-under-load a
node r tc qdisc add dev rb root netem delay 30ms
server read=2000 abort
client send=8000 wait
wait_client
sleep 1
expect a outcome=aborted finding=rst_from_endpoint never=rst_sender_goes_on,rst_from_middlebox
end

# An MQTT client that waits five seconds for each PINGRESP, and leaves when one does not come.
scenario heartbeat-missed-10-5 a
PORT=1883
server read=100 hex=20020000 answer=d000
client read_timeout=5 hex=101000044d51545404020019 read=100 ask_hex=10,20,c000
sleep 65
cut
wait_client
sleep 160
mark
expect a outcome=dead_retransmission heartbeat=10 finding=heartbeat_found_death,heartbeat_masks_keepalive
end

# ---- the path ----

# Round trips of all sizes from the start: nothing rose.
scenario jittery-path a
node r tc qdisc add dev rb root netem delay 90ms 80ms
server wait
client keepalive=10,3,9 write=5 wait
sleep 160
stop_client
sleep 2
expect a outcome=closed ka=client:10,-,- never=probe_rtt_rose,answers_not_from_peer,probe_loss
end

# The router reports that the host is gone; the route comes back before the probes are used up.
scenario unreachable-then-back a
server wait
client keepalive=20,5,8 write=5 wait
sleep 30
log no route
node r /bin/ip route add unreachable 10.0.2.2/32
sleep 22
log route
node r /bin/ip route del unreachable 10.0.2.2/32
sleep 40
stop_client
sleep 1
expect a outcome=closed ka=client:20,5,- finding=outage_survived never=path_unreachable
end

# A box ends it after 240 s. Its RST has come as far as the server's packets and has the number that
# was due; only the time stamp is missing.
BOX="idle=240 expire=both ttl=64"
scenario balancer-240-both-same-hops a
server echo
client write=5 read=9 sleep=60 write=6 read=9 wait
wait_client
sleep 3
expect a outcome=aborted finding=rst_origin_unknown never=rst_from_endpoint
end
BOX=
