# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2034  # guest.sh reads the variables
# Silence, boxes that forget, reboots, SYN and FIN without an answer.

# Connection tracking on the router forgets: what is in no connection is dropped, or reset.
scenario nat-forgets-silent
rules "chain path { type filter hook forward priority 0; policy accept;
ct state invalid drop
iif ra ct state new tcp flags & (syn|ack) != syn drop
}"
forget_after 60
server wait
client keepalive=120,10,5 write=5 wait
wait_client
sleep 1
expect a outcome=dead_keepalive ka=client:120,10,5 who=client latency
expect b outcome=alive
end

scenario nat-forgets-reset
rules "chain path { type filter hook forward priority 0; policy accept;
iif ra ct state invalid reject with tcp reset
iif ra ct state new tcp flags & (syn|ack) != syn reject with tcp reset
}"
forget_after 60
server wait
client keepalive=120,10,5 write=5 wait
wait_client
sleep 1
expect a outcome=peer_reset ka=client:120,-,- who=client latency
expect b outcome=alive
end

scenario reboot-data
server echo
client keepalive=60,10,5 write=5 read=9 sleep=20 write=7 sleep=60 write=3 wait
sleep 10
cut
sleep 14
mend
reboot
wait_client
sleep 1
expect a outcome=peer_reset who=client
end

scenario reboot-clean-retry
server echo
client write=5 read=9 sleep=20 write=7 wait
sleep 10
reboot
sleep 20
wait_client
expect a outcome=peer_reset,aborted
end

# silent give-up of the client, then the server's probe is met by a bare RST
scenario giveup-then-probe
node a sysctl -qw net.ipv4.tcp_retries2=5
server keepalive=120,10,5 echo
client write=5 read=9 sleep=3 write=7 wait
sleep 2
cut
wait_client
sleep 10
mend
sleep 130
expect a outcome=dead_retransmission,peer_reset who=client
expect b outcome=peer_reset ka=server:120,-,- who=server latency
end

scenario user-timeout-count
server wait
client keepalive=5,1,3 user_timeout=20000 write=5 wait
sleep 3
cut
wait_client
expect a outcome=dead_keepalive ka=client:5,1,- who=client latency
end

scenario user-timeout-data-10
server echo
client user_timeout=10000 keepalive=20,5,3 write=5 read=5 sleep=30 write=6 wait
sleep 25
cut
wait_client
sleep 30
mark
expect a outcome=dead_retransmission,undecided
end

scenario data-suspends
server echo
client keepalive=5,1,3 write=5 read=5 sleep=12 write=6 wait
sleep 11
cut
sleep 40
mend
sleep 25
stop_client
sleep 1
expect a outcome=closed ka=client:5,-,-
end

scenario zero-window-death
server rcvbuf=4096 hang=3000
client keepalive=10,2,3 send=60000 wait
sleep 20
cut
wait_client 2500
mark
sleep 2
expect a outcome=dead_window_probe
end

scenario zero-window-recovers
server rcvbuf=4096 sleep=40 wait
client keepalive=10,2,3 sndbuf=8000 send=30000 sleep=30 close
wait_client
sleep 15
expect a outcome=closed
end

scenario fin-recovers
server wait
client write=5 sleep=3 close sleep=60
sleep 2
cut
sleep 8
mend
sleep 20
expect a outcome=closed
end

scenario fin-nonorphan
node a sysctl -qw net.ipv4.tcp_retries2=6
server wait
client keepalive=10,2,3 write=5 sleep=3 shutdown wait
sleep 2
cut
wait_client
sleep 60
mark
expect a outcome=close_failed
end

scenario orphan-retries-3
node a sysctl -qw net.ipv4.tcp_orphan_retries=3
server wait
client write=5 sleep=3 close sleep=60
sleep 2
cut
sleep 60
mark
expect a outcome=close_failed
end

scenario syn-recovers
server wait
cut
client keepalive=20,5,3 wait
sleep 5
mend
sleep 40
stop_client
sleep 1
expect a outcome=closed ka=client:20,-,-
end

scenario syn-refused
client wait
wait_client
sleep 1
expect a outcome=aborted
end

scenario syn-retries-2
node a sysctl -qw net.ipv4.tcp_syn_retries=2
cut
client wait
wait_client
sleep 20
mark
expect a outcome=connect_failed who=client latency_tol=0.05
end

scenario syn-prohibited
server wait
forward_rule iif ra tcp dport 9999 reject with icmpx admin-prohibited
client wait
wait_client
sleep 1
expect a outcome=connect_failed,undecided unreachable_min=1
end

scenario synack-lost
server wait
forward_rule iif rb tcp flags == 0x12 drop
client wait
sleep 20
mend
sleep 20
stop_client
sleep 1
expect a outcome=closed
expect b outcome=closed
end
