# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2034  # guest.sh reads the variables
# lwIP itself against a real kernel.

scenario lwip-alive
server wait
lwip keepalive=60,10,4 write=5 sleep=200 close sleep=3
wait_client
sleep 2
expect a outcome=closed ka=client:60,-,-
end

scenario lwip-dead
server wait
lwip keepalive=60,10,4 write=5 wait
sleep 100
cut
wait_client
sleep 2
expect a outcome=dead_keepalive ka=client:60,10,4 who=client latency
end

scenario lwip-default-dead
server wait
lwip keepalive=7200,75,9 write=5 wait
sleep 10
cut
wait_client
sleep 2
expect a outcome=dead_keepalive ka=client:7200,75,9 who=client latency
end

scenario lwip-rexmit
server echo
lwip write=5 sleep=10 write=7 wait
sleep 5
cut
wait_client 4000
mark
expect a outcome=dead_retransmission
end

scenario lwip-window
server rcvbuf=4096 hang=100 wait
lwip write=4000 sleep=1 write=4000 sleep=200 close sleep=3
wait_client
sleep 3
expect a outcome=closed
end

scenario lwip-syn
cut
lwip wait
wait_client
sleep 60
mark
expect a outcome=connect_failed
end
