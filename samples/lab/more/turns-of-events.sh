# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2034  # guest.sh reads the variables
# Recoveries, changes of mind, lost RSTs, other socket and kernel settings.

# Data written while probes are unanswered: retransmission takes over
scenario write-in-probing
server wait
client keepalive=20,5,9 write=5 sleep=55 write=6 wait
sleep 30
cut
wait_client
mark
expect a outcome=dead_retransmission ka=client:20,5,-
end

# The RST at exhaustion is lost; the server, back on the path, writes and meets a bare RST
scenario final-rst-lost
server sleep=90 write=7 wait
client keepalive=20,5,3 write=5 wait
sleep 30
cut
wait_client
sleep 3
mend
wait_server
sleep 1
expect a outcome=dead_keepalive ka=client:20,5,3
expect b outcome=peer_reset
end

# The client's host restarts and connects again from the same port: the server's challenge ACK
# is met by a RST.
scenario same-port-after-restart
server wait
client port=40001 keepalive=60,10,4 write=5 sleep=20
sleep 5
cut
stop_client
sleep 8
node a ip link set va down
sleep 1
node a ip link set va up
$IP -n a route replace default via 10.0.1.254
mend
sleep 130
client port=40001 write=3 sleep=5
wait_client
sleep 2
end

scenario no-timestamps-no-sack
for n in a b
do node $n sysctl -qw net.ipv4.tcp_timestamps=0 net.ipv4.tcp_sack=0
done
server echo
client nodelay keepalive=20,5,3 write=1 read=1 sleep=45 write=1 read=1 wait
sleep 80
cut
wait_client
expect a outcome=dead_keepalive ka=client:20,5,3 who=client latency
end

scenario no-timestamps-backoff
for n in a b
do node $n sysctl -qw net.ipv4.tcp_timestamps=0 net.ipv4.tcp_sack=0 net.ipv4.tcp_early_retrans=0
done
server echo
client nodelay write=1 read=1 sleep=5 write=1 read=1 sleep=5 write=1 wait
sleep 8
cut
wait_client
mark
expect a outcome=dead_retransmission who=client latency_tol=0.02
end

scenario thin-linear
node a sysctl -qw net.ipv4.tcp_thin_linear_timeouts=1
server echo
client write=5 read=5 sleep=5 write=6 wait
sleep 3
cut
wait_client
mark
expect a outcome=dead_retransmission
end

scenario user-timeout-below-idle
server wait
client keepalive=30,10,5 user_timeout=5000 write=5 wait
sleep 45
cut
wait_client
expect a outcome=dead_keepalive ka=client:30,10,- who=client latency
end

scenario user-timeout-window
server rcvbuf=4096 hang=300
client user_timeout=40000 send=60000 wait
sleep 10
cut
wait_client
sleep 30
mark
expect a outcome=dead_window_probe,undecided
end

scenario fin-wait-2-orphan
server wait sleep=90 write=5 sleep=1
client write=5 sleep=3 close sleep=120
wait_server
sleep 2
expect a outcome=aborted,peer_reset
end

scenario simultaneous-close
server sleep=5 close
client sleep=5 close
wait_client
sleep 2
expect a outcome=closed
end

scenario push-from-server
server keepalive=15,5,4 beat=4,30,20 wait
client keepalive=15,5,4 wait
sleep 110
cut
wait_client
sleep 1
expect a outcome=dead_keepalive ka=client:15,5,4 who=client latency heartbeat=4
end

scenario frames-not-captured
server wait
client keepalive=20,5,6 write=5 wait
sleep 70
cut
wait_client
derive noans a skip=25
expect a outcome=dead_keepalive ka=client:20,5,6 who=client latency
expect noans outcome=dead_keepalive ka=client:20,5,6 who=client latency
end

scenario count-raised
server wait
client keepalive=10,2,3 write=5 sleep=25 keepalive=40,4,5 wait
sleep 100
cut
wait_client
expect a outcome=dead_keepalive
end

scenario outages
server echo
client keepalive=15,4,9 write=5 read=5 wait
sleep 20
cut
sleep 20
mend
sleep 40
cut
sleep 25
mend
sleep 30
stop_client
sleep 1
expect a outcome=closed ka=client:15,4,-
end

scenario last-probe-answered
server wait
client keepalive=20,10,3 write=5 wait
sleep 12
cut
sleep 23
mend
sleep 40
stop_client
sleep 1
expect a outcome=closed
end

scenario rst-to-keystroke
server wait
client nodelay write=1 sleep=30 write=1 wait
sleep 10
reboot
wait_client
sleep 1
expect a outcome=peer_reset
end

scenario retries2-12-bulk
node a sysctl -qw net.ipv4.tcp_retries2=7
server wait
client keepalive=10,5,3 send=30000 sleep=10 send=20000 wait
sleep 6
cut
wait_client
sleep 70
mark
expect a outcome=dead_retransmission
end
