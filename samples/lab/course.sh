# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2034  # guest.sh reads the variables
# The captures of the course (../README.md): one situation each, as small as it can be. The words
# are explained in guest.sh and endpoint.c.
# Times are in seconds from the start of the scenario, about one after that of the connection.

# ---- keep-alive: the peer is there, then it is not ----

scenario default-7200-75-9 a
server echo
client keepalive write=5 read=9 wait
sleep 3
cut
wait_client
expect a outcome=dead_keepalive ka=client:7200,75,9 who=client latency finding=keepalive_slow never=keepalive_absent
end

# Three answered cycles, then the cable is pulled far away: nine probes a second apart, then RST.
scenario first-20-1-9 a
server wait
client keepalive=20,1,9 wait
sleep 70
cut
wait_client
expect a outcome=dead_keepalive ka=client:20,1,9 who=client latency never=silent_give_up,keepalive_slow,path_unreachable,probe_with_data,single_probe_decides,outage_survived,keepalive_aggressive
end

scenario ipv6-20-2-5 a
SERVER_ADDR=fd00:2::2
server wait
client keepalive=20,2,5 wait
sleep 45
cut
wait_client
expect a outcome=dead_keepalive ka=client:20,2,5 who=client latency
end

# MQTT: CONNECT and CONNACK, SUBSCRIBE and SUBACK, a PUBLISH; then nothing to say.
scenario mqtt-20-1-9 a
PORT=1883
server read=100 hex=20020000 read=100 hex=9003000100 sleep=2 hex=300c000674656d702f3132322e35 wait
client keepalive=20,1,9 hex=101000044d5154540402000000046c616230 read=100 \
    hex=820b0001000674656d702f3100 read=100 wait
sleep 50
cut
wait_client
expect a outcome=dead_keepalive ka=client:20,1,9 who=client latency
end

# Modbus TCP: four polls of ten registers, then the poller rests.
scenario modbus-20-1-9 a
PORT=502
server answer=00010000001701031400010002000300040005000600070008000900 wait
client keepalive=20,1,9 ask_hex=5,4,000100000006010300000010 wait
sleep 65
cut
wait_client
expect a outcome=dead_keepalive ka=client:20,1,9 who=client latency
end

scenario recovered-10-3-8 a
server echo
client keepalive=10,3,8 write=5 read=9 wait
sleep 5
cut
sleep 16
mend
sleep 30
stop_client
sleep 1
expect a outcome=closed ka=client:10,3,- finding=outage_survived never=probe_loss
end

scenario peer-reboot-60-10-6 a
server echo
client keepalive=60,10,6 write=5 read=9 wait
sleep 100
reboot
wait_client
expect a outcome=peer_reset ka=client:60,-,- who=client latency finding=rst_from_rebooted never=rst_from_middlebox,keepalive_absent
end

scenario ipv6-peer-reboot-60-10-6 a
SERVER_ADDR=fd00:2::2
server echo
client keepalive=60,10,6 write=5 read=9 wait
sleep 100
reboot
wait_client
expect a outcome=peer_reset ka=client:60,-,- who=client latency finding=rst_from_rebooted never=rst_from_middlebox
end

scenario host-unreachable-30-5-4 a
server echo
client keepalive=30,5,4 write=5 read=9 wait
sleep 10
pull
wait_client
expect a outcome=dead_keepalive ka=client:30,5,4 who=client latency unreachable_min=4 finding=path_unreachable
end

scenario server-probes-30-10-3 a b
server keepalive=30,10,3 wait
client wait
sleep 40
cut
wait_server
expect a outcome=alive ka=server:30,-,-
expect b outcome=dead_keepalive ka=server:30,10,3 who=server latency
end

# Each side has its own timer; a probe from the other side does not restart it.
scenario both-sides a b
server keepalive=17,4,5 wait
client keepalive=20,3,5 wait
sleep 60
cut
wait_client
wait_server
expect a outcome=dead_keepalive ka=client:20,3,5 ka=server:17,-,- who=client latency never=keepalive_asymmetric
expect b outcome=dead_keepalive ka=server:17,4,5 ka=client:20,-,- who=server latency
end

# The client has said all it will say (FIN), and still waits: its probes carry the FIN's own number.
scenario half-closed-20-5-3 a
server wait sleep=120
client keepalive=20,5,3 write=5 sleep=1 shutdown wait
sleep 50
cut
wait_client
expect a outcome=dead_keepalive ka=client:20,5,3 who=client latency
end

# The probes arrive and are answered, only the answers are lost: two captures, two opinions.
scenario answers-lost-30-5-6 a b
server wait
client keepalive=30,5,6 write=5 wait
sleep 40
cut_from b
wait_client
expect a outcome=dead_keepalive ka=client:30,5,6 who=client latency never=answers_lost
expect b outcome=dead_keepalive ka=client:30,5,6 finding=answers_lost never=dead_peer_spoke
end

scenario abort-in-probing a
server wait
client keepalive=20,5,9 write=5 sleep=50 abort
sleep 10
cut
wait_client
expect a outcome=aborted ka=client:20,5,- finding=rst_from_endpoint
end

# ---- data in flight ----

scenario backoff-15 a
PORT=1234
server echo
client keepalive=7200,75,9 write=2 read=9 sleep=7 write=2 read=9 sleep=28 write=2 wait
sleep 20
cut
wait_client
mark
expect a outcome=dead_retransmission who=client latency_tol=0.02 finding=silent_give_up never=gave_up_early
end

# One lost keystroke: 1-byte segments sent again have the shape of a probe.
scenario keystroke-lost a
server wait
client nodelay keepalive=20,5,3 type=3,0.5 sleep=2 type=1,0 sleep=60
sleep 2
cut
sleep 4
mend
wait_client
expect a outcome=closed ka=client:20,-,- never=probe_with_data
end

# While data is unacknowledged Linux sends no probe, whatever the idle setting.
scenario data-suspends-5-1-3 a
server echo
client keepalive=5,1,3 write=5 read=5 sleep=12 write=6 wait
sleep 11
cut
sleep 40
mend
sleep 25
stop_client
sleep 1
expect a outcome=closed ka=client:5,-,- finding=keepalive_suspended never=keepalive_aggressive
end

scenario user-timeout-data-30s a
server echo
client keepalive=20,5,9 user_timeout=30000 write=5 read=9 sleep=5 write=5 wait
sleep 2
cut
wait_client
sleep 30
mark
expect a outcome=dead_retransmission finding=gave_up_early
end

# A user timeout makes Linux forget the count: the first unanswered probe is the last.
scenario user-timeout-idle a
server echo
client keepalive=20,5,9 user_timeout=12000 write=5 read=9 wait
sleep 2
cut
wait_client
expect a outcome=dead_keepalive ka=client:20,5,- who=client latency finding=single_probe_decides
end

# The client gives up in silence; the server's probe, hours later in life, is met by a bare RST.
scenario silent-then-met a b
node a sysctl -qw net.ipv4.tcp_retries2=5
server keepalive=120,10,5 echo
client write=5 read=9 sleep=3 write=7 wait
sleep 2
cut
wait_client
sleep 10
mend
sleep 130
expect a outcome=dead_retransmission finding=silent_death_proved,dead_peer_spoke never=silent_give_up
expect b outcome=peer_reset ka=server:120,-,- who=server latency finding=rst_from_rebooted never=rst_from_middlebox
end

# Each ICMP error takes back one doubling of the timeout (RFC 6069): the gaps stop growing.
scenario data-unreachable a
node a sysctl -qw net.ipv4.tcp_retries2=8
server echo
client write=5 read=5 sleep=5 write=6 wait
sleep 3
pull
wait_client
ping_router
expect a outcome=dead_retransmission unreachable_min=3 finding=path_unreachable
end

scenario syn-blackhole a
cut
client wait
wait_client
mark
expect a outcome=connect_failed who=client latency_tol=0.02
end

scenario fin-orphan a
server wait
client keepalive=20,2,5 write=5 sleep=3 close sleep=300
sleep 2
cut
wait_client
mark
expect a outcome=close_failed finding=silent_give_up
end

# ---- zero window ----

SNAP=128
# The reader sleeps, then reads all: window probes, data, and only then keep-alives.
scenario zero-window a
server rcvbuf=4096 sleep=120 read=1000000 wait
client keepalive=10,2,3 send=100000 wait
sleep 200
stop_client
sleep 1
expect a outcome=closed ka=client:10,-,- finding=window_stays_closed
end

scenario zero-window-death a
server rcvbuf=4096 hang=3000
client keepalive=10,2,3 send=60000 wait
sleep 20
cut
wait_client
mark
expect a outcome=dead_window_probe never=window_stays_closed
end
SNAP=

# ---- heartbeats and what is between ----

# MQTT's PINGREQ and PINGRESP every 10 s: a keep-alive of 60 s never gets its turn.
scenario mqtt-heartbeat-10s a
PORT=1883
server read=100 hex=20020000 answer=d000
client keepalive=60,10,5 hex=101000044d51545404020019 read=100 ask_hex=10,20,c000 wait
sleep 230
stop_client
sleep 1
expect a outcome=closed heartbeat=10 never=closed_while_kept_alive,heartbeat_found_death finding=heartbeat_masks_keepalive
end

scenario heartbeat-dies a
server echo
client keepalive=60,10,5 ask=10,30,6 wait
sleep 95
cut
wait_client
mark
expect a outcome=dead_retransmission heartbeat=10 never=keepalive_suspended,heartbeat_found_death finding=heartbeat_masks_keepalive
end

# The router forgets after 60 s without a packet; what it does not know it drops.
scenario nat-forgets a b
rules "chain path { type filter hook forward priority 0; policy accept;
ct state invalid drop
iif ra ct state new tcp flags & (syn|ack) != syn drop
}"
forget_after 60
server wait
client keepalive=120,10,5 write=5 wait
wait_client
expect a outcome=dead_keepalive ka=client:120,10,5 who=client latency
expect b outcome=alive
end

# The same, but what it does not know it answers with a RST in the server's name.
scenario nat-forgets-rst a b
rules "chain path { type filter hook forward priority 0; policy accept;
iif ra ct state invalid reject with tcp reset
iif ra ct state new tcp flags & (syn|ack) != syn reject with tcp reset
}"
forget_after 60
server wait
client keepalive=120,10,5 write=5 wait
wait_client
expect a outcome=peer_reset ka=client:120,-,- who=client latency finding=rst_from_middlebox never=rst_from_rebooted
expect b outcome=alive
end

# A proxy on the router: it answers the client's probes while the server has been gone for minutes.
scenario proxy-keepalive r:ra r:rb
PORT=1080
server wait
relay
client keepalive=30,10,4 write=5 wait
sleep 20
cut_behind_proxy
sleep 150
stop_client
sleep 1
expect ra outcome=alive ka=client:30,-,- never=answers_not_from_peer
end

# Through the same proxy a heartbeat goes the whole way: the first without an answer tells.
scenario proxy-heartbeat r:ra r:rb
PORT=1080
server echo
relay
client keepalive=60,10,4 read_timeout=25 ask=20,20,8 close
sleep 50
cut_behind_proxy
wait_client
sleep 1000
mark
expect ra outcome=closed,alive heartbeat=20
expect rb outcome=dead_retransmission heartbeat=20
end

# ---- not Linux ----

# lwIP itself (Debian's liblwip 2.1.3) with a real kernel as its peer.
scenario lwip-alive a
server wait
lwip keepalive=60,10,4 write=5 sleep=200 close sleep=3
wait_client
expect a outcome=closed ka=client:60,-,-
end

scenario lwip-dead a
server wait
lwip keepalive=60,10,4 write=5 wait
sleep 100
cut
wait_client
expect a outcome=dead_keepalive ka=client:60,10,4 who=client latency
end

# stack.c following the rules of other systems, as their sources or vendors describe them.
scenario like-windows-7200-1-10 a
server wait
stack windows keepalive=7200,1,10 write=5 run=30000
sleep 60
cut
wait_client
expect a outcome=dead_keepalive ka=client:7200,1,10 who=client latency finding=probe_with_data
end

scenario like-freebsd-window a
server rcvbuf=4096 hang=200 wait
stack freebsd keepalive=7200,75,8 write=8000 run=240 shutdown run=3
wait_client
expect a outcome=closed
end

scenario like-illumos-7200 a
server wait
stack illumos write=5 run=30000
sleep 60
cut
wait_client
sleep 100
mark
expect a outcome=dead_keepalive,undecided ka=client:7200,-,- finding=probe_with_data,silent_give_up
end
