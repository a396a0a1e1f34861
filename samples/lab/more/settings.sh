# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2034  # guest.sh reads the variables
# Keep-alive settings of all sizes, many connections in each capture: each must be found.

# dying CAPTURE_S SETTINGS...: connections with these settings; the path breaks, all of them die
dying() {
    silence=$1 port=9100
    shift
    for settings; do
        pair $port wait "keepalive=$settings" write=5 wait
        port=$((port + 1))
    done
    port=9100
    for settings; do
        expect a port=$port outcome=dead_keepalive "ka=client:$settings"
        port=$((port + 1))
    done
    sleep "$silence"
    cut
}

scenario settings-short a
dying 320 1,1,3 2,2,2 3,1,10 4,1,6 5,5,2 6,5,4 7,1,2 8,7,8 9,2,4 10,2,10 11,7,2 12,10,2 13,4,2 \
    14,10,8 15,1,4 16,1,10 17,15,3 18,5,8 20,5,10 22,4,5 24,6,2 25,7,6 28,4,10 30,3,2 35,30,8 \
    40,35,9 45,13,5 50,8,3 55,8,2 60,35,5 70,25,9 75,12,9 80,10,2 90,4,10 100,15,3 \
    110,90,6 120,5,9 130,15,2 150,50,2 170,90,10 180,35,6 200,12,6 240,40,9 270,35,9 300,3,2
sleep 1700
end

scenario settings-short-ipv6 a
SERVER_ADDR=fd00:2::2
dying 320 60,35,5 270,35,9 1,1,3 35,30,8 40,35,9 75,12,9 70,25,9 300,3,2 12,10,2 14,10,8 17,15,3 \
    110,90,6 30,3,2 9,2,4 24,6,2 15,1,4 6,5,4 3,1,10 120,5,9 25,7,6 13,4,2 8,7,8 \
    200,12,6
sleep 1700
end

scenario settings-long a
dying 2 30,30,4 30,75,9 60,30,4 60,75,9 120,30,4 120,75,9 300,30,4 300,75,9 600,30,4 600,75,9 \
    900,30,4 900,75,9 1200,30,4 1200,75,9 1800,30,4 1800,75,9 3600,30,4 3600,75,9 7200,30,4 \
    7200,75,9 10800,30,4 10800,75,9 14400,30,4 14400,75,9
sleep 17000
end

# A user timeout in place of the count.
scenario settings-user-timeouts a
port=9100
for settings in 10,2,9,14000 20,10,9,39500 15,1,9,16500 30,3,9,47000 15,2,9,26000 45,15,9,59500 \
    60,15,9,149500 20,5,9,40000 20,15,9,80000 10,1,9,11500 10,1,9,12000 5,1,9,5000 \
    10,10,9,19500 30,1,9,31000 30,5,9,39000 15,3,9,32500 20,1,9,20500 20,5,9,39500 5,2,9,6000 \
    15,15,9,59500 60,15,9,89000 5,2,9,16500 60,10,9,89000; do
    pair $port wait "keepalive=${settings%,*}" "user_timeout=${settings##*,}" write=5 wait
    expect a port=$port outcome=dead_keepalive "ka=client:${settings%%,*},-,-"
    port=$((port + 1))
done
sleep 65
cut
sleep 200
end
