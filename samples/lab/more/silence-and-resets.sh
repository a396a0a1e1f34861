# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# Silence, boxes that forget, reboots, SYN and FIN without an answer.

# Conntrack on the router forgets: with -j drop of what is in no connection, silence
with reject, RST from the middle

scenario nat-forgets-silent
rules "chain path { type filter hook forward priority 0; policy accept;
ct state invalid drop
iif ra ct state new tcp flags & (syn|ack) != syn drop
}"
node r sysctl -qw net.netfilter.nf_conntrack_tcp_timeout_established=60 net.netfilter.nf_conntrack_tcp_loose=0
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
node r sysctl -qw net.netfilter.nf_conntrack_tcp_timeout_established=60 net.netfilter.nf_conntrack_tcp_loose=0
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
