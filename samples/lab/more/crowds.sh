# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2034  # guest.sh reads the variables
# Many connections at once, each with a fate of its own, and traffic that goes on all the while.

# Forty-eight: eight recipes, six times, with other settings each time.
scenario crowd-48 a b
n=0
while [ $n -lt 48 ]; do
    # shellcheck disable=SC2017  # a step after every eight
    i=$((10 + n / 8 * 5)) p=$((9100 + n))
    case $((n % 8)) in
    0) pair $p wait keepalive=$i,3,4 write=5 wait
        expect a port=$p outcome=dead_keepalive ka=client:$i,3,4 ;;
    1) pair $p wait keepalive=$i,3,4 write=5 wait
        expect a port=$p outcome=closed,alive ka=client:$i,-,- ;;
    2) pair $p echo ask=$i,12,20 wait
        expect a port=$p heartbeat=$i ;;
    3) pair $p echo keepalive=$i,4,3 ask=$((i - 5)),4,700
        expect a port=$p outcome=closed ;;
    4) pair $p "read=5 sleep=$i abort" write=5 wait
        expect a port=$p outcome=aborted ;;
    5) pair $p echo keepalive=$i,5,9 user_timeout=12000 write=5 read=5 wait
        expect a port=$p outcome=dead_keepalive ka=client:$i,5,- ;;
    6) pair $p echo write=5 read=5 sleep=120 write=9 wait
        expect a port=$p outcome=dead_retransmission,undecided ;;
    7) pair $p "keepalive=$i,6,3 wait" keepalive=$((i + 10)),5,4 write=5 wait
        expect a port=$p outcome=dead_keepalive ka=client:$((i + 10)),5,4
        expect b port=$p outcome=dead_keepalive ka=server:$i,6,3 ;;
    esac
    n=$((n + 1))
done
sleep 50
dead=
for n in 0 5 6 7; do
    while [ $n -lt 48 ]; do
        dead="$dead${dead:+, }$((9100 + n))" n=$((n + 8))
    done
done
drop_ports "$dead"
sleep 200
mark
end

# Traffic without a pause on eight of thirty connections, on a path that loses and delays.
scenario crowd-30-busy a b
node r tc qdisc add dev rb root netem delay 8ms 2ms loss 0.5%
node r tc qdisc add dev ra root netem delay 8ms 2ms loss 0.5%
n=0
while [ $n -lt 30 ]; do
    p=$((9200 + n))
    case $((n % 4)) in
    0) pair $p echo ask=0.2,1500,300 ;;
    1) pair $p wait keepalive=20,4,5 write=5 wait
        expect a port=$p outcome=dead_keepalive ka=client:20,4,- ;;
    2) pair $p echo keepalive=30,4,5 ask=10,40,30,3 wait ;;
    3) pair $p echo write=500 read=500 sleep=70 write=70 wait
        expect a port=$p outcome=dead_retransmission,undecided ;;
    esac
    n=$((n + 1))
done
sleep 20
dead=
n=1
while [ $n -lt 30 ]; do
    dead="$dead${dead:+, }$((9200 + n)), $((9202 + n))" n=$((n + 4))
done
drop_ports "$dead"
sleep 260
end
