# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh disable=SC2034  # guest.sh reads the variables
# Debian's programs and their own timers: heartbeats, idle limits, keep-alive settings.
# packages: mosquitto mosquitto-clients redis-server nginx-light nghttp2-server bird2 haproxy dropbear-bin
# programs: /usr/sbin/mosquitto /usr/bin/mosquitto_sub /usr/bin/redis-server /usr/sbin/nginx /usr/sbin/haproxy
# programs: /usr/sbin/nghttpd /usr/sbin/bird /usr/sbin/dropbear /usr/bin/dbclient /usr/bin/dropbearkey

broker() {
    printf 'listener 1883 10.0.2.2\nallow_anonymous true\nuser root\n' >/tmp/mosquitto.conf
    play b /bin/mosquitto -c /tmp/mosquitto.conf
    log "mosquitto"
    sleep 2
}
subscriber() { # KEEP_ALIVE_S
    log "mosquitto_sub -k $1"
    play a /bin/mosquitto_sub -h 10.0.2.2 -i lab -t temp -k "$1"
    CLIENT=$PLAYED
}
scenario mosquitto-10
broker
subscriber 10
sleep 120
stop_client
sleep 2
expect a outcome=closed heartbeat=10
end

# Both ends miss the heartbeat; each leaves by its own rule.
scenario mosquitto-10-cut
broker
subscriber 10
sleep 95
cut
sleep 60
expect b heartbeat=10
end

scenario mosquitto-60-reboot
broker
subscriber 60
sleep 200
forward_rule drop
kill -9 "$(pidof mosquitto)"
$IP -n r link del rb; $IP netns del b; sleep 2
$IP netns add b; $IP -n b link set lo up; plug_server; sleep 1
mend
sleep 20
end

# redis-server probes every 300 s of its own accord.
redis() {
    log "redis-server $*"
    play b /bin/redis-server --bind 10.0.2.2 --protected-mode no --save '' --daemonize no \
        --logfile /tmp/redis.txt --hz 1 "$@"
    SERVER=$PLAYED PORT=6379
    sleep 3
}
SUBSCRIBE=2a320d0a24390d0a5355425343524942450d0a24310d0a780d0a
PING=2a310d0a24340d0a50494e470d0a
scenario redis-default-300
redis
client hex=$SUBSCRIBE wait
sleep 1000
cut
sleep 700
expect b outcome=dead_keepalive ka=server:300,100,3
expect a outcome=alive ka=server:300,-,-
end

scenario redis-ping-30
redis
client keepalive=60,10,3 hex=$PING read=99 ask_hex=30,12,$PING
wait_client
sleep 2
expect a outcome=closed heartbeat=30
end

scenario redis-timeout-100
redis --timeout 100
client keepalive=20,5,3 hex=$PING read=99 wait
wait_client 400
sleep 2
expect a outcome=closed ka=client:20,-,- never=closed_while_kept_alive
end

nginx() {
    mkdir -p /tmp/www /var/log/nginx /var/lib/nginx
    echo hello >/tmp/www/index.html
    cat >/tmp/nginx.conf <<END
user root root;
daemon off;
worker_processes 1;
pid /tmp/nginx.pid;
error_log /tmp/nginx.txt;
events { worker_connections 64; }
http {
    access_log off;
    client_body_temp_path /tmp; proxy_temp_path /tmp; fastcgi_temp_path /tmp;
    uwsgi_temp_path /tmp; scgi_temp_path /tmp;
    keepalive_timeout $1;
    server { listen 10.0.2.2:80; root /tmp/www; }
}
END
    log "nginx keepalive_timeout $1"
    play b /bin/nginx -c /tmp/nginx.conf
    PORT=80
    sleep 3
}
GET=474554202f20485454502f312e310d0a486f73743a20620d0a0d0a
scenario nginx-75
nginx 75s
client keepalive=20,5,4 hex=$GET read=999 sleep=10 hex=$GET read=999 wait
wait_client 300
sleep 1
expect a outcome=closed ka=client:20,-,- finding=closed_while_kept_alive
end

scenario nginx-75-used
nginx 75s
client keepalive=20,5,4 ask_hex=50,8,$GET
wait_client
sleep 1
expect a outcome=closed ka=client:20,-,- never=closed_while_kept_alive
end

# HTTP/2: preface, SETTINGS and its ACK, then a PING every 20 s.
PREFACE=505249202a20485454502f322e300d0a0d0a534d0d0a0d0a000000040000000000
H2PING=0000080600000000000102030405060708
scenario nghttpd-ping-20
log nghttpd
mkdir -p /tmp/www
play b /bin/nghttpd --no-tls -a 10.0.2.2 -d /tmp/www 8080
PORT=8080
sleep 2
client keepalive=60,10,3 hex=$PREFACE read=999 hex=000000040100000000 sleep=1 ask_hex=20,12,$H2PING
wait_client 400
sleep 1
expect a heartbeat=20
end

bird() { # NODE OWN OTHER AS OTHER_AS
    cat >"/tmp/bird.$1" <<END
router id $2;
protocol device { }
protocol bgp {
    local $2 as 6450$4; neighbor $3 as 6450$5; multihop; hold time 90;
    ipv4 { import all; export none; };
}
END
    play "$1" /bin/bird -f -c "/tmp/bird.$1" -s "/tmp/bird.$1.ctl"
}
# BGP: KEEPALIVE every third of the hold time, from both sides; then the hold timer expires.
scenario bgp-90
log "bird hold time 90"
PORT=179
bird a 10.0.1.1 10.0.2.2 1 2
bird b 10.0.2.2 10.0.1.1 2 1
sleep 400
cut
sleep 120
end

scenario dropbear-15
mkdir -p /etc/dropbear
printf 'root::0:0:root:/:/bin/sh\n' >/etc/passwd
echo /bin/sh >/etc/shells
/bin/dropbearkey -t ed25519 -f /tmp/hostkey >/dev/null 2>&1
log "dropbear -K 15"
play b /bin/dropbear -F -E -B -R -r /tmp/hostkey -p 10.0.2.2:22 -K 15
sleep 2
PORT=22
play a /bin/dbclient -y -y -N -K 15 root@10.0.2.2
sleep 200
cut
sleep 120
end

# Both ends speak the bytes of a protocol.
scenario websocket-ping-25 a
PORT=8000
UPGRADE=474554202f20485454502f312e310d0a557067726164653a20776562736f636b65740d0a0d0a
server read=999 hex=485454502f312e3120313031200d0a557067726164653a20776562736f636b65740d0a0d0a answer=8a00
client keepalive=60,10,5 hex=$UPGRADE read=999 ask_hex=25,12,89801a2b3c4d
wait_client
sleep 1
expect a outcome=closed heartbeat=25 never=keepalive_suspended
end

scenario amqp-30 a
PORT=5672
server read=8 hex=01000000000004000a000ace answer=08000000000000ce
client keepalive=60,10,5 hex=414d515000000901 read=99 ask_hex=30,12,08000000000000ce
wait_client
sleep 1
expect a outcome=closed heartbeat=30
end

scenario stomp-10 a
PORT=61613
server read=999 hex=434f4e4e45435445440a76657273696f6e3a312e320a68656172742d626561743a31303030302c31303030300a0a00 answer=0a
client keepalive=60,10,5 hex=434f4e4e4543540a6163636570742d76657273696f6e3a312e320a686561727462656174 read=99 ask_hex=10,20,0a
wait_client
sleep 1
expect a outcome=closed heartbeat=10
end
