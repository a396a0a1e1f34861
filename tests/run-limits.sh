#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Attacks on the table of connections, with peers that die meanwhile: memory stays within its bound,
# time grows with the packets alone, every death is found. From the top of the tree:
# KA_ANALYZE=build/ka-analyze ATTACK=build/attack tests/run-limits.sh.
# PACKETS=50000000 MEMORY=1G tries what the README says.
set -u -o pipefail
export LC_ALL=C

analyze=$(realpath "${KA_ANALYZE:-build/ka-analyze}")
attack=$(realpath "${ATTACK:-build/attack}")
packets=${PACKETS:-400000}
memory=${MEMORY:-16M}
deaths=${DEATHS:-200}
# What the process takes besides: libraries, buffers, the allocator's own.
besides_kib=40000
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0
failed=0

# verdict WHAT STATUS
verdict()
{
    if [ "$2" -eq 0 ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "limits: $1"
    fi
}

# measured COMMAND...: runs it and says its user time in ms and its peak memory in KiB.
measured()
{
    python3 -c 'import resource, subprocess, sys
status = subprocess.call(sys.argv[1:])
usage = resource.getrusage(resource.RUSAGE_CHILDREN)
print(round(usage.ru_utime * 1000), usage.ru_maxrss, file=sys.stderr)
sys.exit(status)' "$@"
}

# value KEY: the number of this key in the summary
value()
{
    tail -n 1 "$work/out" | grep -o "\"$1\":[0-9]*" | head -n 1 | cut -d : -f 2
}

limit_kib=$(numfmt --from=iec "$memory")
limit_kib=$((limit_kib / 1024))
for kind in flood scan half-open tuples; do
    for count in $((packets / 2)) "$packets"; do
        "$attack" "$kind" "$count" "$deaths" |
            measured "$analyze" --max-memory "$memory" --format json --summary - >"$work/out" \
                2>"$work/measured"
        verdict "$kind of $count packets: not analysed" $?
        read -r user_ms peak_kib <"$work/measured"
        [ "$(value dead_keepalive)" -eq "$deaths" ]
        good=$?
        verdict "$kind of $count packets: $(value dead_keepalive) of $deaths deaths found" $good
        [ "$peak_kib" -le $((limit_kib + besides_kib)) ]
        verdict "$kind of $count packets: $peak_kib KiB for a limit of $limit_kib" $?
        [ "$(value connections_dropped)" -gt 0 ] || [ "$limit_kib" -gt 20000 ]
        verdict "$kind of $count packets: nothing was dropped" $?
        groups=$(grep -c '"record":"group"' "$work/out")
        [ "$groups" -gt 0 ] && [ "$groups" -le $((limit_kib / 4 + deaths + 1)) ] &&
            { [ $kind != tuples ] || grep -q '"group":"(others)"' "$work/out"; }
        verdict "$kind of $count packets: $groups groups" $?
        if [ -n "${PACKETS:-}" ]; then
            echo "$kind $count packets: $user_ms ms, $peak_kib KiB, $(value connections_dropped) dropped"
        fi
    done
done

# Without a limit nothing is dropped, and the same is said of the deaths.
"$attack" flood 100000 "$deaths" >"$work/flood.pcap"
"$analyze" --max-connections 0 --max-memory 0 --format csv "$work/flood.pcap" |
    grep dead_keepalive | sort >"$work/want"
"$analyze" --max-connections 2000 --format csv "$work/flood.pcap" | grep dead_keepalive |
    sort >"$work/got"
[ "$(wc -l <"$work/want")" -eq "$deaths" ] && cmp "$work/want" "$work/got"
verdict "deaths are told otherwise where others had to make room" $?

# The key of the hash is random, the output is not.
for run in 1 2 3; do
    "$analyze" --max-connections 2000 --events --format json "$work/flood.pcap" |
        sha256sum >"$work/$run"
done
cmp "$work/1" "$work/2" && cmp "$work/1" "$work/3"
verdict "the output depends on the key of the hash" $?

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
