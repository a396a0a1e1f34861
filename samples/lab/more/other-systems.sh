# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2034  # guest.sh reads the variables
# Probes and retransmissions as other systems send them (stack.c).

scenario windows-dead
server wait
stack windows keepalive=7200,1,10 write=5 run=30000
sleep 9000
cut
wait_client
expect a outcome=dead_keepalive ka=client:7200,1,10 who=client latency
end

scenario windows-rexmit
server echo
stack windows write=5 run=5 write=6 run=100
sleep 3
cut
wait_client
expect a outcome=dead_retransmission who=client latency
end

scenario windows-alive
server wait
stack windows keepalive=60,1,10 write=5 run=400 abort
wait_client
expect a outcome=aborted ka=client:60,-,-
end

scenario freebsd-dead
server wait
stack freebsd keepalive=7200,75,8 write=5 run=30000
sleep 8000
cut
wait_client
expect a outcome=dead_keepalive ka=client:7200,75,8 who=client latency
end

scenario freebsd-rexmit
server echo
stack freebsd write=5 run=5 write=6 run=400
sleep 3
cut
wait_client
expect a outcome=dead_retransmission who=client latency
end

scenario openbsd-rexmit
server echo
stack openbsd write=5 run=5 write=6 run=800
sleep 3
cut
wait_client
expect a outcome=dead_retransmission who=client latency
end

scenario freebsd-window
server rcvbuf=4096 hang=200 wait
stack freebsd keepalive=7200,75,8 write=20000 run=240 shutdown run=3
wait_client
expect a outcome=alive,closed,aborted
end

scenario illumos-dead
server wait
stack illumos keepalive=7200,75,8 write=5 run=30000
sleep 8000
cut
wait_client
sleep 100
mark
expect a outcome=dead_keepalive,undecided ka=client:7200,-,-
end

scenario illumos-alive
server wait
stack illumos keepalive=120,75,8 write=5 run=500 abort
wait_client
expect a outcome=aborted ka=client:120,-,-
end

scenario picotcp-dead
server wait
stack picotcp keepalive=60,10,5 write=5 run=3000
sleep 130
cut
wait_client
sleep 30
mark
expect a outcome=dead_keepalive,undecided ka=client:60,10,-
end

scenario lwip-like-dead
server wait
stack lwip keepalive=7200,75,9 write=5 run=30000
sleep 8000
cut
wait_client
expect a outcome=dead_keepalive ka=client:7200,75,9 who=client latency
end

scenario zephyr-dead
server wait
stack zephyr keepalive=60,10,5 write=5 run=3000
sleep 130
cut
wait_client
sleep 30
mark
expect a outcome=dead_keepalive,undecided ka=client:60,10,-
end

scenario windows-reboot
server wait
stack windows keepalive=60,1,10 write=5 run=400
sleep 100
reboot
wait_client
sleep 1
expect a outcome=peer_reset ka=client:60,-,-
end

scenario windows-syn
cut
stack windows run=100
wait_client
sleep 1
expect a outcome=connect_failed
end
