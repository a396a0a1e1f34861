# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2034  # guest.sh reads the variables
# Odd paths and odd kernels: long round trips, losses of one direction, switched-off options, reboots
# and closes in the middle of an outage.

slow() { node r tc qdisc replace dev rb root netem delay "$1"; node r tc qdisc replace dev ra root netem delay "$1"; }

# A round trip longer than the probe interval.
scenario rtt-3s-5-1-9 a b
slow 1500ms
server wait
client keepalive=5,1,9 write=5 wait
sleep 60
cut
wait_client
expect a outcome=dead_keepalive ka=client:5,1,9 who=client latency never=answers_lost,answers_not_from_peer
end

# Every packet comes twice, once the handshake is over.
scenario duplicating-path a b
server wait
client keepalive=10,2,4 write=5 wait
sleep 5
node r tc qdisc add dev rb root netem delay 5ms duplicate 100%
node r tc qdisc add dev ra root netem delay 5ms duplicate 100%
sleep 45
cut
wait_client
expect a outcome=dead_keepalive ka=client:10,2,4 who=client latency
expect b outcome=alive ka=client:10,-,-
end

scenario lossy-then-dead a b
node r tc qdisc add dev rb root netem delay 5ms loss 40%
server wait
client keepalive=10,3,6 write=5 wait
sleep 150
cut
wait_client
expect a outcome=dead_keepalive ka=client:10,3,6 who=client latency
end

scenario reboot-while-probing a
server wait
client keepalive=20,5,9 write=5 wait
sleep 50
forward_rule drop
sleep 25
reboot
wait_client
expect a outcome=peer_reset ka=client:20,5,- who=client latency finding=rst_from_rebooted
end

SNAP=128
scenario reboot-window-probing a
server rcvbuf=4096 hang=3000
client keepalive=60,10,3 send=60000 wait
sleep 20
reboot
wait_client
expect a outcome=peer_reset who=client latency
end

# Window closed while the other end probes.
scenario window-and-server-probes a
server rcvbuf=4096 keepalive=20,5,4 hang=3000
client send=60000 wait
sleep 100
cut
wait_server
expect a outcome=undecided,dead_window_probe ka=server:20,-,- never=interval_longer_than_idle
end
SNAP=

# No tail-loss probes, no RACK, no SACK.
scenario no-tlp-backoff a
node a sysctl -qw net.ipv4.tcp_early_retrans=0 net.ipv4.tcp_recovery=0 net.ipv4.tcp_sack=0
server echo
client write=5 read=9 sleep=3 write=7 wait
sleep 2
cut
wait_client
mark
expect a outcome=dead_retransmission who=client latency_tol=0.02 never=gave_up_early
end

scenario retries2-20 a
node a sysctl -qw net.ipv4.tcp_retries2=20
server echo
client write=5 read=9 sleep=3 write=7 wait
sleep 2
cut
wait_client
sleep 150
mark
expect a outcome=dead_retransmission who=client latency_tol=0.02 never=gave_up_early
end

scenario retries2-3 a
node a sysctl -qw net.ipv4.tcp_retries2=3
server echo
client keepalive=60,10,3 write=5 read=9 sleep=3 write=7 wait
sleep 2
cut
wait_client
sleep 20
mark
expect a outcome=dead_retransmission finding=gave_up_early
end

SNAP=96
scenario bulk-cut a b
node r tc qdisc add dev rb root netem delay 10ms rate 20mbit
server keepalive=20,5,4 wait
client send=6000000 wait
sleep 2
cut
wait_server
wait_client
mark
expect a outcome=dead_retransmission who=client latency_tol=0.05
expect b outcome=dead_keepalive ka=server:20,5,4 who=server latency
end

# Large segments are lost, small ones pass, and no router says so.
scenario mtu-black-hole a b
server keepalive=30,10,6 read=5 wait
client keepalive=20,5,6 write=5 sleep=45 send=4000 wait
sleep 20
log large segments are dropped
forward_rule meta length gt 600 drop
wait_client
sleep 100
expect a outcome=dead_retransmission ka=server:30,-,- finding=silent_death_proved
expect b outcome=peer_reset
end
SNAP=

# The data arrives and is acknowledged; only the way back is lost.
scenario acks-lost a b
server wait
client keepalive=30,10,6 write=5 sleep=10 write=6 wait
sleep 8
cut_from b
wait_client
mark
expect a outcome=dead_retransmission who=client latency_tol=0.02
expect b finding=answers_lost never=outage_survived
end

scenario ipv6-both-sides a b
SERVER_ADDR=fd00:2::2
server keepalive=25,4,5 wait
client keepalive=20,3,5 wait
sleep 60
cut
wait_client
wait_server
expect a outcome=dead_keepalive ka=client:20,3,5 ka=server:25,-,- who=client latency
expect b outcome=dead_keepalive ka=server:25,4,5 ka=client:20,-,- who=server latency
end

scenario ipv6-unreachable a
SERVER_ADDR=fd00:2::2
server echo
client keepalive=30,5,4 write=5 read=9 wait
sleep 10
pull
wait_client
expect a outcome=dead_keepalive ka=client:30,5,4 who=client latency finding=path_unreachable
end

scenario ipv6-fin-orphan a
SERVER_ADDR=fd00:2::2
server wait
client write=5 sleep=3 close sleep=200
sleep 2
cut
wait_client
mark
expect a outcome=close_failed
end

SNAP=128
scenario ipv6-zero-window-death a
SERVER_ADDR=fd00:2::2
server rcvbuf=4096 hang=3000
client keepalive=10,2,3 send=60000 wait
sleep 20
cut
wait_client
mark
expect a outcome=dead_window_probe never=window_stays_closed
end
SNAP=

# Both directions cut at the router: one capture sees both die.
scenario both-die-in-the-middle r:ra r:rb
server keepalive=25,4,5 wait
client keepalive=20,3,5 wait
sleep 60
cut
wait_client
wait_server
expect ra outcome=dead_keepalive ka=client:20,3,5
expect rb outcome=dead_keepalive ka=server:25,4,5
end

# ECN, no window scaling, small segments.
scenario ecn-no-scaling a
node a sysctl -qw net.ipv4.tcp_ecn=1 net.ipv4.tcp_window_scaling=0
node b sysctl -qw net.ipv4.tcp_ecn=1
server echo
client keepalive=20,5,4 ask=1,9,100 wait
sleep 50
cut
wait_client
expect a outcome=dead_keepalive ka=client:20,5,4 who=client latency
end

# The server's application closes while the path is cut: its FIN comes when it is mended.
scenario fin-in-outage a
server read=5 sleep=40 close sleep=100
client keepalive=20,5,9 write=5 wait sleep=1
sleep 30
cut
sleep 25
mend
wait_client
sleep 2
expect a outcome=closed ka=client:20,5,-
end

# User timeout far above the keep-alive's own end; data and keep-alive.
scenario user-timeout-300 a
server echo
client keepalive=20,5,3 user_timeout=300000 write=5 read=9 wait
sleep 30
cut
wait_client
expect a outcome=dead_keepalive ka=client:20,5,- who=client latency
end

scenario user-timeout-data-and-probes a
server echo
client keepalive=10,5,3 user_timeout=60000 write=5 read=9 sleep=35 write=8 wait
sleep 33
cut
wait_client
sleep 60
mark
expect a outcome=dead_retransmission ka=client:10,-,- finding=gave_up_early,keepalive_suspended
end

# A window probe's answers are lost, then everything.
SNAP=128
scenario window-answers-lost a b
server rcvbuf=4096 hang=3000
client send=60000 wait
sleep 20
cut_from b
wait_client
mark
expect a outcome=dead_window_probe
end
SNAP=

# The path is back for the fourth SYN.
scenario syn-black-hole-then-back a
server wait
cut
client write=5 sleep=2
sleep 6
mend
wait_client
sleep 1
expect a outcome=closed
end
