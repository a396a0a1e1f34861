# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2034  # guest.sh reads the variables
# Captures that start late or see one direction; aborts, half-closed connections, settings.

# late start on an idle connection: answered and unanswered probes, from pieces of one real course
scenario late
server wait
client keepalive=30,10,4 write=5 wait
sleep 130
cut
wait_client
expect a outcome=dead_keepalive ka=client:30,10,4 who=client latency
expect b outcome=alive,undecided
derive answered a skip=20 until=110
expect answered outcome=alive ka=client:30,-,-
derive unanswered a skip=140
expect unanswered outcome=dead_keepalive ka=client:-,10,4
expect answeredthendead outcome=dead_keepalive ka=client:30,10,4 who=client latency
derive answeredthendead a skip=50
derive oneway a from=10.0.1.1
derive back a from=10.0.2.2
derive early a until=165
expect early outcome=undecided ka=client:30,10,-
end

scenario keys-loss
server wait
client nodelay keepalive=20,5,3 type=3,0.5 sleep=2 type=1,0 sleep=90 wait
sleep 2
cut
sleep 4
mend
sleep 60
stop_client
sleep 2
expect a outcome=closed ka=client:20,-,-
end

scenario keys-dead
server wait
client nodelay keepalive=20,5,3 type=3,0.5 sleep=2 type=1,0 wait
sleep 2
cut
wait_client
expect a outcome=dead_retransmission who=client latency_tol=0.02
end

scenario key-idle-probes
server wait
client nodelay keepalive=20,5,3 write=1 wait
sleep 50
cut
wait_client
expect a outcome=dead_keepalive ka=client:20,5,3 who=client latency
end

scenario abort-idle
server wait
client keepalive=20,5,3 write=5 sleep=8 abort
wait_client
sleep 1
expect a outcome=aborted
end

scenario abort-after-answer
server wait
client keepalive=20,5,3 write=5 sleep=55 abort
wait_client
sleep 1
expect a outcome=aborted ka=client:20,-,-
end

scenario abort-in-probing
server wait
client keepalive=20,5,9 write=5 sleep=50 abort
sleep 10
cut
wait_client
sleep 1
expect a outcome=aborted ka=client:20,5,-
end

scenario abort-by-peer
server write=5 sleep=50 abort
client keepalive=20,5,9 wait
wait_client
sleep 1
expect a outcome=aborted ka=client:20,-,-
end

scenario half-closed
server wait sleep=120
client keepalive=20,5,3 write=5 sleep=1 shutdown wait
sleep 50
cut
wait_client
expect a outcome=dead_keepalive ka=client:20,5,3 who=client latency
end

scenario close-wait
server keepalive=25,4,4 wait sleep=300
client write=5 sleep=1 shutdown hang=200
sleep 60
cut
sleep 80
expect b outcome=dead_keepalive ka=server:25,4,4
end

scenario both-equal
server keepalive=20,4,4 wait
client keepalive=20,4,4 wait
sleep 90
cut
wait_client
wait_server
expect a outcome=dead_keepalive ka=client:20,4,4 who=client latency
expect b outcome=dead_keepalive ka=server:20,4,4 who=server latency
end

scenario intvl-over-idle
server wait
client keepalive=10,30,3 write=5 wait
sleep 100
cut
wait_client
expect a outcome=dead_keepalive ka=client:10,30,3 who=client latency
end

scenario user-timeout-between
server wait
client keepalive=20,10,9 user_timeout=32000 write=5 wait
sleep 30
cut
wait_client
expect a outcome=dead_keepalive ka=client:20,10,- who=client latency
end

scenario retries2-5
node a sysctl -qw net.ipv4.tcp_retries2=5
server echo
client keepalive=20,10,9 write=5 read=9 sleep=3 write=7 wait
sleep 2
cut
wait_client
sleep 30
expect a outcome=dead_retransmission,undecided
end

scenario retries2-8
node a sysctl -qw net.ipv4.tcp_retries2=8
server echo
client write=5 read=9 sleep=3 write=7 wait
sleep 2
cut
wait_client
sleep 130
mark
expect a outcome=dead_retransmission who=client latency_tol=0.05
end
