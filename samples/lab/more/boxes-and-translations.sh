# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2034  # guest.sh reads the variables
# Boxes in the path: what they forget, whom they tell, in whose name they speak; and situations in
# which an endpoint does what looks like a box's work.
# packages: ipvsadm
# programs: /sbin/ipvsadm

FAR=2 BOX="idle=350 expire=reset ttl=255"
# Silences just below the limit.
scenario balancer-350-lives
server echo
client ask=340,4,9
wait_client
sleep 1
expect a outcome=closed never=path_idle_timer,rst_from_middlebox
end

# Keep-alive below the limit keeps the entry, for an hour and beyond.
scenario balancer-350-kept-300
server echo
client keepalive=300,30,3 write=5 read=9 sleep=4000 write=6 read=9 sleep=2
wait_client
sleep 1
expect a outcome=closed ka=client:300,-,- never=path_idle_timer,keepalive_slow
end

# A server's own RST passes a box.
scenario balancer-350-passes-abort
server read=9 sleep=120 abort
client write=5 wait
wait_client
sleep 1
expect a outcome=aborted finding=rst_from_endpoint never=rst_from_middlebox,path_idle_timer
end

# The server is the one that speaks after the silence; the client is left alone.
scenario balancer-350-server-speaks
server read=9 sleep=400 write=7 wait
client write=5 wait
wait_server
sleep 5
expect a outcome=alive
expect b outcome=peer_reset who=server finding=rst_from_middlebox,path_idle_timer
end

# A RST that has travelled as far as the server's packets: only the silence speaks.
FAR=0 BOX="idle=350 expire=reset ttl=64"
scenario balancer-350-same-hops
server echo
client write=5 read=9 sleep=400 write=6 wait
wait_client
sleep 1
expect a outcome=peer_reset never=rst_from_endpoint
expect b outcome=alive
end

FAR=1 BOX="idle=60 expire=drop"
scenario firewall-60-silent
server echo
client write=5 read=9 sleep=90 write=6 wait
wait_client
mark
expect a outcome=dead_retransmission
expect b outcome=alive
end

FAR=3 BOX="idle=3600 expire=both ttl=128 ident=4711"
scenario firewall-3600-both
server echo
client write=5 read=9 wait
wait_client
sleep 3
expect a outcome=aborted finding=rst_from_middlebox,path_idle_timer
expect b outcome=aborted finding=rst_from_middlebox,path_idle_timer
end

# Keep-alives are answered, and do not count: the box asks for data.
FAR=2 BOX="idle=60 data_only expire=both ttl=64"
scenario balancer-60-data-only
server echo
client keepalive=20,5,3 write=5 read=9 wait
wait_client
sleep 1
expect a outcome=aborted ka=client:20,-,- finding=closed_while_kept_alive
end

# A spoofing box at the server's distance and without delay: nothing gives it away.
FAR=0 BOX="spoof ttl=64"
scenario answered-by-box-same-hops
server echo
client keepalive=30,10,4 write=5 read=5 wait
sleep 100
cut_behind_proxy
sleep 100
expect a outcome=alive ka=client:30,-,- never=answers_not_from_peer
end

# The client finds out when it speaks.
FAR=2 BOX="spoof ttl=64"
scenario answered-by-box-then-data
node n1 tc qdisc add dev outer root netem delay 15ms
server echo
client keepalive=30,10,4 write=5 read=5 sleep=200 write=7 wait
sleep 100
cut_behind_proxy
wait_client
mark
expect a outcome=dead_retransmission ka=client:30,-,- finding=answers_not_from_peer
end
BOX=

# Another route, two hops longer, then the server's own RST: its later packets have that TTL too.
FAR=1
scenario longer-route-then-abort
server read=9 sleep=60 write=5 sleep=60 abort
client write=5 wait
sleep 30
rules "chain ttl { type filter hook forward priority 0;
iif rb ip ttl set 59
}"
wait_client
sleep 1
expect a outcome=aborted finding=rst_from_endpoint never=rst_from_middlebox
end
FAR=0

# A firewall's rule set is loaded in the middle of live traffic; it answers as the server.
scenario reject-live
server echo
client ask=5,20,9 wait
sleep 31
log reject
rules "chain path { type filter hook forward priority 0;
iif ra ip protocol tcp reject with tcp reset
}"
wait_client
sleep 2
mend
sleep 40
expect a outcome=peer_reset,aborted finding=rst_from_middlebox
end

# Two requests in a row find no answer.
scenario application-stopped-twice a
server echo
client keepalive=20,5,3 ask=3,6,9 write=9 sleep=60 write=9 sleep=120
sleep 17
kill -STOP "$SERVER"
sleep 185
end

# Translated both ways, then the translation is forgotten, and what comes is dropped.
scenario masquerade-120-silent
forget_after 120
server keepalive=600,10,3 echo
masquerade
rules "chain guard { type filter hook input priority 0;
iif ra tcp dport 9999 drop
}"
client keepalive=300,10,5 write=5 read=9 wait
wait_client
sleep 400
expect a outcome=dead_keepalive ka=client:300,10,5 who=client latency
end

# The same while nothing is forgotten: the path breaks behind the translation.
scenario masquerade-cut
server echo
masquerade
client keepalive=30,5,4 write=5 read=9 sleep=70 write=6 read=9 wait
sleep 140
cut_behind_proxy
wait_client
sleep 1
expect a outcome=dead_keepalive ka=client:30,5,4 who=client latency
end

scenario dnat-reboot
server echo
dnat
client keepalive=60,10,4 write=5 read=9 wait
sleep 80
$IP -n r link set rb down
kill -9 "$SERVER"
$IP netns del b; sleep 2
$IP netns add b; $IP -n b link set lo up; $IP -n r link del rb 2>/dev/null; plug_server
wait_client
sleep 1
expect a outcome=peer_reset ka=client:60,-,- who=client latency finding=rst_from_rebooted
end

# IPVS forgets, and the server is the first to speak.
scenario ipvs-900-server-speaks
server read=9 sleep=1000 write=7 wait
ipvs
client write=5 wait
wait_server
sleep 5
end

scenario ipvs-900-lives
server echo
ipvs
client keepalive=600,60,3 write=5 read=9 sleep=3000 write=6 read=9 sleep=1
wait_client
sleep 1
expect a outcome=closed ka=client:600,-,- never=path_idle_timer
end
