# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2034  # guest.sh reads the variables
# The course, second part (../README.md): why it died, who killed it, and for each finding a
# situation that nearly shows it.
# packages: ipvsadm haproxy
# programs: /sbin/ipvsadm /usr/sbin/haproxy

# ---- which setting ruled ----

# Two answered probes show the idle setting; then data is in flight, and nobody probes.
scenario suspended-30-10-3 a
server echo
client keepalive=30,10,3 write=5 read=5 sleep=70 write=6 wait
sleep 65
cut
wait_client
mark
expect a outcome=dead_retransmission ka=client:30,-,- finding=keepalive_suspended
end

# gRPC's settings: one probe is lost in an outage of ten seconds, and the path is back when the
# user timeout ends the connection.
scenario one-lost-probe-15-15-20 a
server wait
client keepalive=15,15,9 user_timeout=20000 write=5 wait
sleep 40
cut
sleep 10
mend
wait_client
expect a outcome=dead_keepalive ka=client:15,15,- who=client latency finding=single_probe_decides never=interval_longer_than_idle,user_timeout_or_count
end

# The same loss without a user timeout is no matter.
scenario one-lost-probe-survived a
server wait
client keepalive=15,15,9 write=5 wait
sleep 40
cut
sleep 10
mend
sleep 60
stop_client
sleep 1
expect a outcome=closed ka=client:15,15,- finding=outage_survived never=single_probe_decides
end

# A user timeout just below idle + interval x count changes nothing that a capture could show.
scenario user-timeout-115-60-10-6 a
server wait
client keepalive=60,10,6 user_timeout=115000 write=5 wait
sleep 30
cut
wait_client
expect a outcome=dead_keepalive ka=client:60,10,- who=client latency finding=user_timeout_or_count never=single_probe_decides
end

scenario retries-8 a
node a sysctl -qw net.ipv4.tcp_retries2=8
server echo
client write=5 read=9 sleep=3 write=7 wait
sleep 2
cut
wait_client
sleep 130
mark
expect a outcome=dead_retransmission who=client latency_tol=0.05 finding=gave_up_early
end

scenario interval-over-idle-10-30-3 a
server wait
client keepalive=10,30,3 write=5 wait
sleep 45
cut
wait_client
expect a outcome=dead_keepalive ka=client:10,30,3 who=client latency finding=interval_longer_than_idle
end

scenario count-one-60-10-1 a
server wait
client keepalive=60,10,1 write=5 wait
sleep 100
cut
wait_client
expect a outcome=dead_keepalive ka=client:60,10,1 who=client latency finding=single_probe_decides
end

# ---- what the path forgets, and who sends the RST ----

# A load balancer that forgets after 350 s and resets the side that speaks next; the other side is
# left alone. Two routers further on is the server.
FAR=2 BOX="idle=350 expire=reset ttl=255"
scenario balancer-350 a b
server echo
client write=5 read=9 sleep=400 write=6 wait
wait_client
sleep 20
expect a outcome=peer_reset who=client finding=rst_from_middlebox,path_idle_timer,keepalive_absent never=rst_from_endpoint,rst_from_rebooted,rst_origin_unknown,rst_sender_goes_on
expect b outcome=alive
end

# Linux's default keep-alive comes two hours later than that.
scenario balancer-350-default-7200 a
server echo
client keepalive write=5 read=9 wait
wait_client
expect a outcome=peer_reset ka=client:7200,-,- who=client latency finding=rst_from_middlebox,path_idle_timer never=rst_from_endpoint,rst_from_rebooted
end
BOX=

# As long a silence and as quick a RST, but from the server's own host, which was started anew.
scenario reboot-in-idle-400 a
server echo
client write=5 read=9 sleep=400 write=6 wait
sleep 200
reboot
wait_client
expect a outcome=peer_reset who=client finding=rst_from_rebooted never=rst_from_middlebox,path_idle_timer
end

# Both sides are told when the time is over.
BOX="idle=240 expire=both ttl=64 ident=7"
scenario balancer-240-both a b
server echo
client write=5 read=9 sleep=60 write=6 read=9 wait
wait_client
sleep 3
expect a outcome=aborted finding=rst_from_middlebox,path_idle_timer never=rst_from_endpoint
expect b outcome=aborted finding=rst_from_middlebox,path_idle_timer never=rst_from_endpoint
end
BOX=

# An application that aborts after the same time.
scenario abort-after-240 a
server read=9 sleep=240 abort
client write=5 wait
wait_client
sleep 1
expect a outcome=aborted finding=rst_from_endpoint never=rst_from_middlebox,path_idle_timer,rst_origin_unknown
end

# A firewall that forgets after 240 s and says nothing to anybody.
BOX="idle=240 expire=drop"
scenario firewall-240-silent a b
server echo
client write=5 read=9 sleep=280 write=6 wait
wait_client
mark
expect a outcome=dead_retransmission finding=path_idle_timer
expect b outcome=alive
end
BOX='' FAR=0

# Connection tracking with ten minutes of patience; the client's host is translated, and what is not
# translated is dropped.
scenario nat-600 a b
forget_after 600
server echo
masquerade
rules "chain guard { type filter hook input priority 0;
iif ra tcp dport 9999 drop
}"
client write=5 read=9 sleep=500 write=6 read=9 sleep=700 write=7 wait
wait_client
mark
expect a outcome=dead_retransmission finding=path_idle_timer
expect b outcome=alive
end

# The same, but what is not translated the router takes for its own, and refuses.
scenario nat-600-reset a b
forget_after 600
server echo
masquerade
client write=5 read=9 sleep=500 write=6 read=9 sleep=700 write=7 wait
wait_client
sleep 5
expect a outcome=peer_reset finding=rst_from_middlebox,path_idle_timer never=rst_from_rebooted
expect b outcome=alive
end

# The kernel's own load balancer with its timer of 900 s.
scenario ipvs-900 a b
server echo
ipvs
client write=5 read=9 sleep=800 write=6 read=9 sleep=1000 write=7 wait
wait_client
sleep 5
expect a outcome=peer_reset finding=path_idle_timer
expect b outcome=alive
end

# In the middle of live traffic one packet of the server's is not recognised and not translated
# back: the client's host resets a connection that it does not know.
scenario untranslated-answer a b
server echo
dnat
client ask=5,12,9 wait
sleep 18
rules "chain raw { type filter hook prerouting priority -300;
iif rb ip saddr 10.0.2.2 notrack
}"
sleep 20
expect b outcome=peer_reset finding=rst_sender_goes_on never=rst_from_rebooted,rst_from_endpoint
end

# ---- who answers ----

# A box answers the probes in the server's name, long after the server is gone.
FAR=2 BOX="spoof ttl=64"
scenario answered-by-box a b
node n2 tc qdisc add dev outer root netem delay 20ms
server echo
client keepalive=30,10,4 write=5 read=5 wait
sleep 100
cut_behind_proxy
sleep 120
expect a outcome=alive ka=client:30,-,- finding=answers_not_from_peer
expect b outcome=alive
end
BOX=

# The path becomes slower; the answers are still the peer's.
scenario slower-path a
node n2 tc qdisc add dev outer root netem delay 10ms
server echo
client keepalive=30,10,4 write=5 read=5 wait
sleep 160
node n2 tc qdisc replace dev outer root netem delay 200ms
sleep 370
stop_client
sleep 3
expect a outcome=closed finding=probe_rtt_rose never=answers_not_from_peer
end
FAR=0

# HAProxy ends the session 50 s after the last data; answered keep-alives are no data.
haproxy_on_router() {
    cat >/tmp/haproxy.cfg <<END
defaults
    mode tcp
    timeout connect 5s
    timeout client $1
    timeout server $1
listen front
    bind 10.0.1.254:$PORT
    server one 10.0.2.2:$PORT
END
    log "haproxy, timeout client $1, timeout server $1"
    play r /bin/haproxy -q -f /tmp/haproxy.cfg
    SERVER_ADDR=10.0.1.254
    sleep 2
}
scenario haproxy-50 a
PORT=8080
server echo
haproxy_on_router 50s
client keepalive=15,5,4 write=5 read=9 sleep=20 write=6 read=9 wait
wait_client
sleep 1
expect a outcome=closed ka=client:15,-,- finding=closed_while_kept_alive
end

# A heartbeat is data: the session stays.
scenario haproxy-50-heartbeat a
PORT=8080
server echo
haproxy_on_router 50s
client keepalive=15,5,4 ask=20,10,9
wait_client
sleep 1
expect a outcome=closed ka=client:15,-,- heartbeat=20 never=closed_while_kept_alive,heartbeat_masks_keepalive
end

# ---- the peer's application ----

# The server's process is stopped: its kernel acknowledges the requests and answers the probes.
scenario application-stopped a
server echo
client keepalive=20,5,3 ask=3,6,9 write=9 sleep=170
sleep 17
freeze_server
sleep 165
expect a outcome=alive ka=client:20,-,- finding=request_unanswered
end

# A slow answer is an answer.
scenario application-slow a
server echo
client keepalive=20,5,3 ask=3,6,9 write=9 read=9 write=9 read=9 sleep=30
sleep 17
freeze_server
sleep 45
kill -CONT "$SERVER"
wait_client
sleep 2
expect a outcome=closed ka=client:20,-,- never=request_unanswered
end

# It does not read what keeps coming: the window closes and stays closed.
SNAP=128
scenario application-stopped-window a
server rcvbuf=4096 echo
client keepalive=20,5,3 ask=3,3,9 beat=2,60,2000 wait
sleep 9
freeze_server
sleep 400
expect a outcome=alive finding=window_stays_closed
end
SNAP=

# ---- the path ----

# What the client sends is lost; the server is well, and hears nothing.
scenario probes-lost-30-5-6 a b
server wait
client keepalive=30,5,6 write=5 wait
sleep 40
cut_from a
wait_client
sleep 1
mark
expect a outcome=dead_keepalive ka=client:30,5,6 who=client latency never=answers_lost
expect b outcome=alive
end

# Declared dead within fifteen seconds of an outage of forty; then the peer speaks.
scenario dead-peer-speaks a b
server read=9 write=5 sleep=60 write=7 wait
client port=40000 keepalive=10,2,3 write=5 read=5 wait
sleep 12
cut
wait_client
sleep 20
mend
wait_server
sleep 1
expect a outcome=dead_keepalive ka=client:10,2,3 finding=dead_peer_spoke never=silent_death_proved
expect b outcome=peer_reset,aborted
end

# A path that loses a third of all packets: probes and answers are lost, the count is never reached.
scenario lossy-path-10-3-9 a b
server wait
client keepalive=10,3,9 wait
sleep 1
node r tc qdisc add dev rb root netem delay 20ms loss 20%
node r tc qdisc add dev ra root netem delay 15ms loss 15%
sleep 200
stop_client
sleep 10
expect a outcome=closed ka=client:10,3,- finding=probe_loss never=single_probe_decides
end

# Both ends probe, one of them ten times as late.
scenario asymmetric-20-200 a b
server keepalive=200,5,5 wait
client keepalive=20,3,5 write=5 wait
sleep 450
cut_from b
wait_client
sleep 280
expect a outcome=dead_keepalive ka=client:20,3,5 ka=server:200,-,- who=client latency finding=keepalive_asymmetric
end

# ---- many at once ----

# Twelve connections in one capture.
scenario crowd-12 a
pair 9001 wait keepalive=20,5,3 write=5 wait
pair 9002 echo keepalive=60,10,4 ask=7,20,11 wait
pair 9003 "keepalive=15,5,3 wait" wait
pair 9004 echo keepalive=30,10,3 write=5 read=5 sleep=50 write=6 wait
pair 9005 echo ask=3,40,50
pair 9006 echo keepalive=25,5,4 write=9 read=9 sleep=100
pair 9007 "rcvbuf=4096 hang=300" keepalive=10,2,3 send=60000 wait
pair 9008 "read=5 sleep=45 abort" keepalive=20,5,3 write=5 wait
pair 9009 echo keepalive=15,15,9 user_timeout=20000 write=5 read=5 wait
pair 9010 echo user_timeout=30000 write=5 read=5 sleep=60 write=9 wait
pair 9011 wait keepalive=40,10,3 nodelay type=5,1 sleep=90
pair 9012 "keepalive=50,5,3 wait" keepalive=20,3,5 write=5 wait
sleep 30
drop_ports 9001, 9003, 9004, 9009, 9010, 9012
sleep 150
expect a port=9001 outcome=dead_keepalive ka=client:20,5,3
expect a port=9002 outcome=alive,closed heartbeat=7
expect a port=9003 outcome=alive ka=server:15,-,-
expect a port=9004 outcome=undecided ka=client:30,-,- finding=keepalive_suspended never=gave_up_early,silent_give_up
expect a port=9005 outcome=closed heartbeat=3
expect a port=9006 outcome=closed ka=client:25,-,-
expect a port=9007 outcome=alive
expect a port=9008 outcome=aborted
expect a port=9009 outcome=dead_keepalive ka=client:15,15,- finding=single_probe_decides
expect a port=9010 outcome=undecided,dead_retransmission
expect a port=9011 outcome=closed ka=client:40,-,-
expect a port=9012 outcome=dead_keepalive ka=client:20,3,5
end
