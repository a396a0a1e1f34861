# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# What a scenario is written with, inside the guest.
#
# The network of each scenario, made anew:
#     a (client) 10.0.1.1, fd00:1::1 --va/ra-- r (router) --rb/vb-- b (server) 10.0.2.2, fd00:2::2
#
#     scenario NAME [CAPTURE...]   begin; CAPTURE is NODE or NODE:INTERFACE[:FILTER] (default: a b)
#     server ACTION... / client ACTION...        the endpoints, on port $PORT of $SERVER_ADDR
#     FAR=N BOX="OPTION..."        before `scenario`: N more routers on the way to the server; box.c
#                                  between the router and the next hop (both IPv4 only)
#     cut / mend / cut_from a|b    the router drops everything / nothing / what comes from one side
#     pull                         the cable between router and server is pulled (ICMP errors)
#     reboot                       the server's host starts anew and knows no connection
#     stop_client / stop_server    end the program (its sockets are closed by its kernel)
#     freeze_server                the program stops, its kernel goes on
#     dnat / masquerade / ipvs     the router translates: the client is sent to $FRONT
#     wait_client [S] / wait_server [S]
#     end                          stop the captures and tear everything down
IP=/bin/ip
TRACE=/sys/kernel/tracing

log() { echo "{\"who\":\"lab\",\"t\":$(date +%s),\"act\":\"$*\"}" >>"/tmp/$NAME.log"; }
node() { n=$1; shift; $IP netns exec "$n" "$@"; }

build_network() {
    for n in a r b; do $IP netns add $n; $IP -n $n link set lo up; done
    $IP link add va netns a type veth peer name ra netns r
    node a sysctl -qw net.ipv6.conf.va.router_solicitations=0
    $IP -n a addr add 10.0.1.1/24 dev va; $IP -n a addr add fd00:1::1/64 dev va nodad
    $IP -n r addr add 10.0.1.254/24 dev ra; $IP -n r addr add fd00:1::fe/64 dev ra nodad
    $IP -n a link set va up; $IP -n r link set ra up
    $IP -n a route add default via 10.0.1.254; $IP -n a -6 route add default via fd00:1::fe
    node r sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
    plug_server
}

plug_server() {
    if [ "${FAR:-0}" -gt 0 ] || [ -n "$BOX" ]; then
        plug_far
        return
    fi
    $IP link add vb netns b type veth peer name rb netns r
    node b sysctl -qw net.ipv6.conf.vb.router_solicitations=0
    $IP -n b addr add 10.0.2.2/24 dev vb; $IP -n b addr add fd00:2::2/64 dev vb nodad
    $IP -n r addr add 10.0.2.254/24 dev rb; $IP -n r addr add fd00:2::fe/64 dev rb nodad
    $IP -n b link set vb up; $IP -n r link set rb up
    $IP -n b route add default via 10.0.2.254; $IP -n b -6 route add default via fd00:2::fe
}

# r:rb [-- m0:box:m1] -- n1 -- n2 ... -- b:vb
plug_far() {
    next=b gateway=10.0.2.254
    hop=${FAR:-0}
    $IP link add vb netns b type veth peer name outer
    while [ "$hop" -gt 0 ]; do
        $IP netns add "n$hop"
        $IP link set outer netns "n$hop"
        node "n$hop" sysctl -qw net.ipv4.ip_forward=1
        $IP -n "n$hop" addr add $gateway/24 dev outer
        $IP -n "n$hop" link set outer up
        [ "$hop" -eq "$FAR" ] || $IP -n "n$hop" route add 10.0.2.0/24 via "10.9.$hop.2"
        $IP link add inner netns "n$hop" type veth peer name outer
        $IP -n "n$hop" addr add 10.9.$((hop - 1)).2/24 dev inner
        $IP -n "n$hop" link set inner up
        $IP -n "n$hop" route add default via 10.9.$((hop - 1)).254
        next=n$hop gateway=10.9.$((hop - 1)).254
        hop=$((hop - 1))
    done
    if [ -n "$BOX" ]; then
        $IP netns add m
        $IP link set outer netns m
        $IP link add m0 netns m type veth peer name outer
        $IP -n m link set outer name m1
        $IP -n m link set m0 up
        $IP -n m link set m1 up
        # shellcheck disable=SC2086  # one word an option
        play m /bin/box m0 m1 $BOX
        log "box $BOX"
    fi
    $IP link set outer netns r
    $IP -n r link set outer name rb
    $IP -n r addr add $gateway/24 dev rb
    $IP -n r link set rb up
    [ "$next" = b ] || $IP -n r route add 10.0.2.0/24 via "${gateway%.254}.2"
    node b sysctl -qw net.ipv6.conf.vb.router_solicitations=0
    $IP -n b addr add 10.0.2.2/24 dev vb
    $IP -n b link set vb up
    $IP -n b route add default via 10.0.2.254
    log "far ${FAR:-0}"
}

# capture FILE NODE INTERFACE [FILTER]
capture() {
    node "$2" /bin/tcpdump -Z root -i "$3" --immediate-mode -U -s "$SNAP" -w "/tmp/$1" \
        "${4:-tcp or icmp or icmp6}" 2>/dev/null &
}

# The kernel's own account: which function sent what, for which local port.
trace_begin() { echo >$TRACE/trace; echo 1 >$TRACE/tracing_on; }
trace_end() { echo 0 >$TRACE/tracing_on; grep -v '^#' $TRACE/trace >"/tmp/$NAME.kernel"; }

scenario() {
    NAME=$1; shift
    PORT=9999 SERVER_ADDR=10.0.2.2
    SNAP=${SNAP:-262144}
    : >"/tmp/$NAME.log"
    build_network
    sleep 4
    trace_begin
    [ $# -gt 0 ] || set -- a b
    for c; do
        where=${c%%:*} interface=v${c%%:*} filter=
        case $c in
        *:*:*) interface=${c#*:} filter=${c#*:*:}; interface=${interface%%:*} ;;
        *:*) interface=${c#*:} ;;
        esac
        name=$interface
        [ "$interface" = "v$where" ] && name=$where
        capture "$NAME.$name.pcap" "$where" "$interface" "$filter"
    done
    sleep 1
}

# expect CAPTURE WORD...     what a report on that capture must say (read by truth); with port=N
#                            of the connection to that server port, if there are several
# derive NEW CAPTURE WORD... a capture made from another: skip=S until=S (from its first frame)
#                            from=ADDR snap=BYTES
expect() { log "expect $*"; }
derive() { log "derive $*"; }
# play NODE PROGRAM ARGUMENT...: in the background, its account in the log; its process in PLAYED
play() {
    where=$1; shift
    $IP netns exec "$where" "$@" 2>>"/tmp/$NAME.log" &
    PLAYED=$!
}
server() {
    log "server $PORT $*"
    play b /bin/endpoint listen "$SERVER_ADDR" "$PORT" "$@"
    SERVER=$PLAYED
    sleep 1
}
client() {
    log "client $PORT $*"
    play a /bin/endpoint connect "$SERVER_ADDR" "$PORT" "$@"
    CLIENT=$PLAYED
}

# pair PORT "SERVER ACTION..." CLIENT ACTION...: one more connection
pair() {
    PORT=$1
    # shellcheck disable=SC2086  # one word an action
    server $2
    shift 2
    client "$@"
}

# stack SYSTEM ACTION..., lwip ACTION...: another TCP as the client, at 10.0.9.2 behind a
user_network() {
    node a sysctl -qw net.ipv4.ip_forward=1
    $IP -n a tuntap add mode tun tun0
    $IP -n a addr add 10.0.9.254/24 dev tun0; $IP -n a link set tun0 up
    $IP -n r route add 10.0.9.0/24 via 10.0.1.1
    log "client $PORT $*"
}
stack() {
    user_network "$@"
    play a /bin/stack tun0 10.0.9.2 "$1" "$SERVER_ADDR" "$PORT" "$@"
    CLIENT=$PLAYED
}
lwip() {
    user_network "$@"
    play a /bin/lwip tun0 10.0.9.2 "$SERVER_ADDR" "$PORT" "$@"
    CLIENT=$PLAYED
}

# rules TEXT [NODE]: a node's packet filter, the router's if none is named
rules() {
    printf 'table inet lab {\n%s\n}\n' "$1" >/tmp/rules
    node "${2:-r}" /bin/nft -f /tmp/rules
}
forward_rule() {
    rules "chain path {
type filter hook forward priority 0; policy accept;
$*
}"
}
cut() { log cut; forward_rule drop; }
cut_from() { log "cut_from $1"; forward_rule iif "r$1" drop; }
# drop_ports PORT, PORT...: the router drops what goes to these ports or comes from them
drop_ports() {
    log "drop_ports $*"
    rules "chain ports { type filter hook forward priority 0;
tcp dport { $* } drop
tcp sport { $* } drop
}"
}
mend() { log mend; node r /bin/nft delete table inet lab; }
pull() { log pull; $IP -n r link del rb; }
reboot() {
    log reboot
    forward_rule drop
    $IP -n r link del rb; kill -9 "$SERVER"
    # shellcheck disable=SC2046
    kill $(pidof box) 2>/dev/null
    for n in b m n1 n2 n3 n4; do $IP netns del $n 2>/dev/null; done
    sleep 2
    $IP netns add b; $IP -n b link set lo up; plug_server; sleep 2
    node r /bin/nft delete table inet lab
    log rebooted
}

# forget_after S: the router's connection tracking, which then takes nothing up in the middle
forget_after() {
    node r sysctl -qw net.netfilter.nf_conntrack_tcp_timeout_established="$1" \
        net.netfilter.nf_conntrack_tcp_loose=0
}

# The router as a front end: translated connections go to $FRONT. A client of `masquerade` appears
# at the server with the router's address and another port.
FRONT=10.0.1.254
nat_rules() {
    rules "chain in { type nat hook prerouting priority -100;
iif ra ip daddr $FRONT tcp dport $PORT dnat ip to 10.0.2.2
}
chain out { type nat hook postrouting priority 100;
$1
}"
    SERVER_ADDR=$FRONT
}
dnat() { log dnat; nat_rules; }
masquerade() { log masquerade; nat_rules "oif rb masquerade random"; }
# ipvs [S]: the kernel's own load balancer, its idle timer S seconds (900 is its default)
ipvs() {
    log "ipvs $*"
    node r sysctl -qw net.ipv4.vs.conntrack=0 2>/dev/null
    node r /bin/ipvsadm -A -t "$FRONT:$PORT" -s rr
    node r /bin/ipvsadm -a -t "$FRONT:$PORT" -r "10.0.2.2:$PORT" -m
    [ -z "$1" ] || node r /bin/ipvsadm --set "$1" 120 300
    SERVER_ADDR=$FRONT
}

# A TCP proxy on the router, at its address on the client's side; the client is sent there.
relay() {
    play r /bin/endpoint relay 10.0.1.254 "$PORT" "$SERVER_ADDR" "$PORT"
    SERVER_ADDR=10.0.1.254
    sleep 1
}
# What the proxy sends to the server is lost on the last hop.
cut_behind_proxy() {
    log cut_behind_proxy
    rules "chain path {
type filter hook prerouting priority 0; policy drop;
}" b
}

# A packet on each link that is no TCP: it shows that the capture was still running.
ping_router() { node a ping -c1 -W1 10.0.1.254 >/dev/null; }
mark() {
    ping_router
    node b ping -c1 -W1 10.0.2.254 >/dev/null
    node r ping -c1 -W1 10.0.2.2 >/dev/null
}
stop_client() { log stop_client; kill -9 "$CLIENT"; }
stop_server() { log stop_server; kill -9 "$SERVER"; }
freeze_server() { log freeze_server; kill -STOP "$SERVER"; }
# wait_for PID [S]: looking often would cost more than the silence that the clock skips
wait_for() {
    if [ -z "$2" ]; then
        wait "$1"
        return
    fi
    step=$(($2 / 40 + 1)) t=0
    while kill -0 "$1" 2>/dev/null && [ $t -lt "$2" ]; do sleep $step; t=$((t + step)); done
}
wait_client() { wait_for "$CLIENT" "$1"; }
wait_server() { wait_for "$SERVER" "$1"; }

end() {
    sleep 3
    trace_end
    # shellcheck disable=SC2046  # one word a process
    kill $(pidof tcpdump) 2>/dev/null
    # shellcheck disable=SC2046
    kill -9 $(pidof endpoint stack lwip box) 2>/dev/null
    # shellcheck disable=SC2086,SC2046
    [ -z "$PROGRAMS" ] || kill -9 $(pidof $PROGRAMS) 2>/dev/null
    sleep 1
    for n in a r b c m n1 n2 n3 n4; do $IP netns del $n 2>/dev/null; done
    sleep 1
    echo "scenario $NAME done"
}
