# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2034  # guest.sh reads the variables
# Encapsulations, captures seen twice, tcpdump started late, a proxy.

# Addresses 10.8.0.1 (a) and 10.8.0.2 (b) inside a tunnel.
tunnel() { # KIND OPTIONS...
    $IP -n a link add tun9 type "$@" local 10.0.1.1 remote 10.0.2.2
    $IP -n b link add tun9 type "$@" local 10.0.2.2 remote 10.0.1.1
    $IP -n a addr add 10.8.0.1/24 dev tun9
    $IP -n b addr add 10.8.0.2/24 dev tun9
    $IP -n a link set tun9 up
    $IP -n b link set tun9 up
    SERVER_ADDR=10.8.0.2
}

scenario vlan "a:va:vlan and tcp" "b:vb:tcp or icmp"
$IP -n a link add link va name v7 type vlan id 7
$IP -n r link add link ra name v7 type vlan id 7
$IP -n a addr add 10.7.0.1/24 dev v7
$IP -n r addr add 10.7.0.254/24 dev v7
$IP -n a link set v7 up
$IP -n r link set v7 up
$IP -n a route add 10.0.2.0/24 via 10.7.0.254
server wait
client keepalive=20,5,3 write=5 wait
sleep 50
cut
wait_client
expect a outcome=dead_keepalive ka=client:20,5,3 who=client latency
end

scenario qinq "a:va:vlan or ip"
$IP -n a link add link va name s8 type vlan proto 802.1ad id 8
$IP -n r link add link ra name s8 type vlan proto 802.1ad id 8
$IP -n a link add link s8 name v7 type vlan id 7
$IP -n r link add link s8 name v7 type vlan id 7
$IP -n a link set s8 up
$IP -n r link set s8 up
$IP -n a addr add 10.7.0.1/24 dev v7
$IP -n r addr add 10.7.0.254/24 dev v7
$IP -n a link set v7 up
$IP -n r link set v7 up
$IP -n a route add 10.0.2.0/24 via 10.7.0.254
server wait
client keepalive=20,5,3 write=5 wait
sleep 50
cut
wait_client
expect a outcome=dead_keepalive ka=client:20,5,3 who=client latency
end

scenario gre "a:va:ip proto 47"
tunnel gre
server wait
client keepalive=20,5,3 write=5 wait
sleep 50
cut
wait_client
expect a outcome=dead_keepalive ka=client:20,5,3 who=client latency
end

scenario ipip "a:va:proto 4"
tunnel ipip
server wait
client keepalive=20,5,3 write=5 wait
sleep 50
cut
wait_client
expect a outcome=dead_keepalive ka=client:20,5,3 who=client latency
end

scenario vxlan "a:va:udp port 4789"
tunnel vxlan id 42 dstport 4789
server wait
client keepalive=20,5,3 write=5 wait
sleep 50
cut
wait_client
expect a outcome=dead_keepalive,undecided ka=client:20,5,-
end

scenario any-device "a:any:tcp"
server wait
client keepalive=20,5,3 write=5 wait
sleep 50
cut
wait_client
expect any outcome=dead_keepalive ka=client:20,5,3 who=client latency
end

scenario router-one-side a b "r:ra:tcp or icmp"
server wait
client keepalive=20,5,3 write=5 wait
sleep 50
cut
wait_client
expect ra outcome=dead_keepalive ka=client:20,5,3 who=client latency
end

scenario router-any a b "r:any:tcp or icmp"
server echo
client keepalive=20,5,3 write=5 read=5 sleep=3 write=9 wait
sleep 50
cut
wait_client
expect any outcome=dead_keepalive ka=client:20,5,3 who=client latency
end

scenario late-tcpdump-dead b
server wait
client keepalive=30,10,4 write=5 wait
sleep 40
cut
capture "$NAME.a.pcap" a va
sleep 1
wait_client
expect a outcome=dead_keepalive ka=client:-,10,4
end

scenario late-tcpdump-data b
server echo
client keepalive=30,10,4 ask=2,50,9 wait
sleep 20
capture "$NAME.a.pcap" a va
sleep 10
cut
wait_client 1200
mark
expect a outcome=dead_retransmission
end

scenario late-tcpdump-reboot b
server wait
client keepalive=60,10,4 write=5 wait
sleep 40
capture "$NAME.a.pcap" a va
sleep 1
reboot
wait_client
sleep 1
expect a outcome=peer_reset
end

scenario late-tcpdump-alive b
server wait
client keepalive=25,10,4 write=5 wait
sleep 40
capture "$NAME.a.pcap" a va
sleep 160
derive oneway a from=10.0.1.1
derive back a from=10.0.2.2
expect a outcome=alive ka=client:25,-,-
end

scenario late-tcpdump-backoff b
server echo
client write=5 read=5 sleep=3 write=9 wait
sleep 2
cut
sleep 20
capture "$NAME.a.pcap" a va
wait_client 1200
mark
expect a outcome=dead_retransmission
end

scenario late-tcpdump-window b
server rcvbuf=4096 hang=100 wait
client send=20000 sleep=100 close
sleep 10
capture "$NAME.a.pcap" a va
wait_client
sleep 3
expect a outcome=closed
end

scenario proxy-server-gone a b "r:ra:tcp" "r:rb:tcp"
PORT=8888
server wait
relay
client keepalive=30,10,4 write=5 wait
sleep 20
cut_behind_proxy
sleep 100
stop_client
sleep 1
expect a outcome=alive ka=client:30,-,-
expect ra outcome=alive ka=client:30,-,-
end

scenario many
server wait
PORT=9998
server echo
PORT=9997
server keepalive=15,5,3 wait
PORT=9999
client keepalive=20,5,3 write=5 wait
PORT=9998
client keepalive=60,10,4 ask=7,20,11 wait
PORT=9997
client wait
sleep 70
cut
sleep 100
wait_client 1200
end

scenario dup-and-reorder
node r tc qdisc add dev ra root netem delay 5ms duplicate 20%
node r tc qdisc add dev rb root netem delay 5ms duplicate 20%
server echo
client keepalive=10,2,4 ask=1,20,30 wait
sleep 80
stop_client
sleep 5
end

scenario hang-server-app
server write=3 hang=300
client keepalive=20,5,3 write=9 sleep=60 write=9 wait
sleep 200
stop_client
sleep 1
expect a outcome=alive,closed ka=client:20,-,-
end

scenario both-different
server keepalive=10,3,5 wait
client keepalive=45,5,5 wait
sleep 100
cut
wait_client
wait_server
expect a outcome=dead_keepalive ka=client:45,5,5 who=client latency
expect b outcome=dead_keepalive ka=server:10,3,5 who=server latency
end

scenario keepalive-late-set
server wait
client write=5 sleep=33 keepalive=20,5,3 wait
sleep 100
cut
wait_client
expect a outcome=dead_keepalive ka=client:-,5,3 who=client latency
end

scenario abort-unread
server sleep=20 close
client write=100 sleep=10 write=50 wait
wait_client
sleep 1
expect a outcome=aborted
end

scenario fin-then-probe-timeout
server wait sleep=300
client keepalive=15,5,4 write=5 sleep=1 shutdown wait
sleep 25
cut
wait_client
sleep 1
expect a outcome=dead_keepalive ka=client:15,5,4 who=client latency
end

scenario half-closed-server-probes
server keepalive=25,5,4 wait hang=400
client write=5 sleep=2 shutdown hang=300
sleep 60
cut
wait_server 300
sleep 2
expect b outcome=dead_keepalive ka=server:25,5,4 who=server latency
end
