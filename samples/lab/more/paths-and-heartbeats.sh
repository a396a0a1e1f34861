# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2034  # guest.sh reads the variables
# Sequence number wrap, lossy paths, ICMP errors, heartbeats.

scenario seq-wrap
server wait
client isn=4294967290 keepalive=20,5,3 write=5 wait
sleep 50
cut
wait_client
expect a outcome=dead_keepalive ka=client:20,5,3 who=client latency
end

scenario seq-wrap-probe-ffffffff
server wait
client isn=4294967294 keepalive=20,5,3 write=1 wait
sleep 50
cut
wait_client
expect a outcome=dead_keepalive ka=client:20,5,3 who=client latency
end

scenario seq-wrap-data
server echo
client isn=4294967290 write=4 read=9 sleep=5 write=7 wait
sleep 3
cut
sleep 30
mend
sleep 40
stop_client
sleep 1
expect a outcome=closed
end

scenario port-reuse
server wait
client port=40000 keepalive=20,5,3 write=5 sleep=30 abort
wait_client
server wait
client port=40000 keepalive=20,5,3 write=5 wait
sleep 30
cut
wait_client
end

scenario bulk-loss
node r tc qdisc add dev rb root netem delay 10ms loss 3%
node r tc qdisc add dev ra root netem delay 10ms loss 1%
server wait
client keepalive=10,2,9 send=120000 sleep=25 close
wait_client
sleep 10
derive a60 a snap=60
expect a outcome=closed
expect a60 outcome=closed
end

scenario bulk-reorder
node r tc qdisc add dev rb root netem delay 10ms reorder 25% 50% duplicate 1%
node r tc qdisc add dev ra root netem delay 10ms
server wait
client keepalive=10,2,9 send=120000 sleep=25 close
wait_client
sleep 10
expect a outcome=closed
end

scenario probes-loss
server wait
client keepalive=10,3,9 wait
sleep 1
node r tc qdisc add dev rb root netem delay 20ms loss 30%
node r tc qdisc add dev ra root netem delay 15ms loss 20%
sleep 300
stop_client
sleep 10
expect a outcome=closed ka=client:10,3,-
end

scenario wan-120ms
node r tc qdisc add dev rb root netem delay 60ms 10ms
node r tc qdisc add dev ra root netem delay 60ms 5ms
server echo
client keepalive=15,15,9 ask=3,10,40 wait
sleep 80
cut
wait_client
expect a outcome=dead_keepalive ka=client:15,15,9 who=client latency
end

scenario idle-3600-600-4
server wait
client keepalive=3600,600,4 write=5 wait
sleep 4000
cut
wait_client
expect a outcome=dead_keepalive ka=client:3600,600,4 who=client latency
end

scenario tiny-1-1-3
server wait
client keepalive=1,1,3 write=5 wait
sleep 12
cut
wait_client
expect a outcome=dead_keepalive ka=client:1,1,3 who=client latency
end

scenario go-15-15-9
SERVER_ADDR=fd00:2::2
server wait
client keepalive=15,15,9 write=5 wait
sleep 40
cut
wait_client
expect a outcome=dead_keepalive ka=client:15,15,9 who=client latency
end

scenario count-1
server wait
client keepalive=60,10,1 write=5 wait
sleep 100
cut
wait_client
expect a outcome=dead_keepalive ka=client:60,10,1 who=client latency
end

scenario answers-lost
server wait
client keepalive=30,5,6 write=5 wait
sleep 40
cut_from b
wait_client
sleep 1
expect a outcome=dead_keepalive ka=client:30,5,6 who=client latency
end

scenario data-unreachable
server echo
client write=5 read=5 sleep=5 write=6 wait
sleep 3
pull
wait_client 1200
mark
expect a outcome=dead_retransmission unreachable_min=3
end

scenario data-net-unreachable
server echo
client write=5 read=5 sleep=5 write=6 wait
sleep 3
node r /bin/ip route add unreachable 10.0.2.2/32
wait_client 1200
mark
expect a outcome=dead_retransmission unreachable_min=3
end

scenario probe-prohibited
server wait
client keepalive=20,5,4 write=5 wait
sleep 10
forward_rule iif ra reject with icmpx admin-prohibited
wait_client
sleep 1
expect a outcome=dead_keepalive ka=client:20,5,4 who=client latency unreachable_min=3
end

scenario pmtu
server wait
node r /bin/ip link set rb mtu 1300
client keepalive=10,5,3 send=20000 sleep=25 close
wait_client
sleep 3
expect a outcome=closed
end

scenario ipv6-reboot
SERVER_ADDR=fd00:2::2
server wait
client keepalive=60,10,6 write=5 wait
sleep 100
reboot
wait_client
sleep 1
expect a outcome=peer_reset ka=client:60,-,- who=client latency
end

scenario ipv6-backoff
SERVER_ADDR=fd00:2::2
node a sysctl -qw net.ipv4.tcp_retries2=6
server echo
client write=5 read=5 sleep=5 write=6 wait
sleep 3
pull
wait_client 1200
mark
expect a outcome=dead_retransmission
end

scenario beat-oneway
server wait
client beat=15,12,3 wait
sleep 200
stop_client
sleep 1
expect a outcome=closed heartbeat=15
end

scenario beat-jitter
server echo
client keepalive=60,10,5 ask=20,12,8,2 wait
sleep 270
stop_client
sleep 1
expect a outcome=closed
end

scenario beat-server
server beat=30,8,16 wait
client wait
sleep 200
stop_client
sleep 30
expect a heartbeat=30
end

scenario beat-both
server beat=10,15,4 wait
client beat=10,15,4 wait
sleep 200
stop_client
sleep 1
expect a outcome=closed
end

scenario beat-dies
server echo
client keepalive=60,10,5 ask=10,30,6 wait
sleep 95
cut
wait_client 1200
mark
expect a outcome=dead_retransmission heartbeat=10
end
