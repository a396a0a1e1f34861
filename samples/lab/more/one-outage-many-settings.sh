# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2034  # guest.sh reads the variables
# The same outage under different settings: two seconds after the last answer the path is cut for
# good. What one of them shows must foretell the others (--what-if).

outage() { # NAME OPTION...
    scenario "outage-$1" a
    shift
    server echo
    client "$@" write=5 read=9 wait
    sleep 2
    cut
    wait_client
}
for settings in 5,1,3 10,5,3 10,30,3 13,13,3 15,15,9 20,1,9 60,10,1 60,10,6 75,15,20 120,30,4 \
    300,45,5 300,100,3 600,60,10 1800,30,5 7200,1,10 7200,75,9; do
    outage "$(echo $settings | tr , -)" keepalive=$settings
    expect a outcome=dead_keepalive ka=client:$settings who=client latency
    end
done
# SETTINGS USER_TIMEOUT_S: the user timeout replaces the count
for settings in 10,5,3:12 15,15,9:20 15,15,9:40 60,10,6:30 60,10,6:65 60,10,6:90 60,10,6:119 \
    120,30,4:600 7200,75,9:30; do
    ka=${settings%:*} s=${settings#*:}
    outage "$(echo "$ka" | tr , -)-ut$s" keepalive="$ka" user_timeout="${s}000"
    expect a outcome=dead_keepalive ka=client:"${ka%,*}",- who=client latency
    end
done

# The same with data in flight: the client writes three seconds after the cut.
outage_data() { # NAME OPTION...
    scenario "outage-data-$1" a
    [ -z "$RETRIES" ] || node a sysctl -qw net.ipv4.tcp_retries2="$RETRIES"
    shift
    server echo
    client "$@" write=5 read=9 sleep=5 write=6 wait
    sleep 2
    cut
    wait_client
    sleep 130
    mark
    expect a outcome=dead_retransmission
    end
}
RETRIES=
outage_data 10-5-3 keepalive=10,5,3
outage_data 60-10-6 keepalive=60,10,6
outage_data 60-10-6-ut30 keepalive=60,10,6 user_timeout=30000
outage_data 60-10-6-ut120 keepalive=60,10,6 user_timeout=120000
outage_data ut10 user_timeout=10000
outage_data ut300 user_timeout=300000
RETRIES=3
outage_data retries-3
RETRIES=5
outage_data retries-5
RETRIES=8
outage_data retries-8 keepalive=60,10,6
RETRIES=12
outage_data retries-12
RETRIES=
