#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Captures in several threads against one after the other, and lists of captures. From the top of
# the tree: KA_ANALYZE=build/ka-analyze GENERATE=build/bench/generate tests/run-jobs.sh.
set -u
export LC_ALL=C TZ=UTC0 COLUMNS=100

analyze=$(realpath "${KA_ANALYZE:-build/ka-analyze}")
generate=$(realpath "${GENERATE:-build/bench/generate}")
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
        echo "jobs: $1"
    fi
}

# run NAME ARGUMENT...: outputs and status into $work/NAME.*
run()
{
    local name=$1
    shift
    "$analyze" "$@" >"$work/$name.out" 2>"$work/$name.err" </dev/null
    echo $? >"$work/$name.status"
}

# same WHAT: the two runs want and got came out alike.
same()
{
    local part
    for part in out err status; do
        cmp -s "$work/want.$part" "$work/got.$part"
        verdict "$1: another $part than one after the other" $?
    done
}

# Two hundred small captures, the samples, and what is broken: cut, empty, no capture, not there.
mkdir -p "$work/copies/sub"
for i in $(seq 200); do
    cp tests/golden/input/dead.pcap "$work/copies/dead-$i.pcap"
done
cp samples/*.pcap "$work/copies/sub"
for i in 1 2 3; do
    head -c $((700 * i)) tests/golden/input/dead.pcap >"$work/copies/cut-$i.pcap"
done
: >"$work/empty.pcap"
echo 'no capture' >"$work/words.pcap"
# A cut capture that changed a moment ago may still be being written, which a run some seconds later
# does not say any more.
find "$work" -name '*.pcap' -exec touch -d 2024-01-31 {} +
inputs=("$work/copies" "$work/none.pcap" samples "$work/empty.pcap" "$work/words.pcap"
    tests/golden/input/rebooted.pcap)

# ---- the same bytes, whatever the number of threads ----------------------------------------------

while read -r line; do
    read -ra options <<<"$line"
    run want "${options[@]}" "${inputs[@]}"
    [ -s "$work/want.out" ] && [ -s "$work/want.err" ]
    verdict "nothing to compare: $line" $?
    for jobs in 2 4 64; do
        run got "${options[@]}" -j $jobs "${inputs[@]}"
        same "-j $jobs $line"
    done
done <<'END'
--format text
--format text --events
--format json
--format json --events
--format csv
--format csv --events
--format html
--format text --summary
--format json --group-by client
--format json --fail-on dead_keepalive
--format json -f nonsense
--format csv -f tcp
END

# A match counts where nothing worse happened.
run want --fail-on dead_keepalive tests/golden/input/*.pcap
run got -j 3 --fail-on dead_keepalive tests/golden/input/*.pcap
same "--fail-on"
[ "$(cat "$work/got.status")" -eq 10 ]
verdict "--fail-on with threads: no status 10" $?

run got --format json -j 4 -o "$work/report" "${inputs[@]}"
run want --format json "${inputs[@]}"
cmp -s "$work/report" "$work/want.out" && cmp -s "$work/got.err" "$work/want.err"
verdict "-o with threads: another report" $?

# ---- order, descriptors, and ends that come early ------------------------------------------------

# The first capture is a pipe that is filled last.
mkfifo "$work/slow.pcap"
run want --format json tests/golden/input/dead.pcap "$work/copies"
(
    sleep 1
    cat tests/golden/input/dead.pcap >"$work/slow.pcap"
) &
run got --format json -j 4 "$work/slow.pcap" "$work/copies"
wait
sed -i "s,$work/slow.pcap,tests/golden/input/dead.pcap," "$work/got.out"
same "a slow first capture"

# Standard input named twice is read by the first.
"$analyze" --format json - - < <(cat tests/golden/input/dead.pcap) >"$work/want.out" 2>&1
"$analyze" --format json -j 2 - - < <(cat tests/golden/input/dead.pcap) >"$work/got.out" 2>&1
cmp -s "$work/want.out" "$work/got.out"
verdict "standard input twice: not the first has it" $?

"$analyze" --format json -j 4 "$work/copies" 2>"$work/got.err" | head -n 1 >"$work/got.out"
status=${PIPESTATUS[0]}
[ "$status" -eq 141 ] && [ -s "$work/got.out" ] && ! grep -q 'standard output' "$work/got.err"
verdict "a pipe closed early: status $status" $?

run got --format json -j 4 -o /dev/full "$work/copies"
[ "$(cat "$work/got.status")" -eq 5 ]
verdict "a full disk: no status 5" $?

# Where standard output is a file it ends in a whole line, and what was there before stays.
run want --format json "$work/copies"
for size in 8 64 65; do
    echo before >"$work/cut.out"
    (
        trap '' XFSZ
        ulimit -f "$size"
        exec "$analyze" --format json -j 4 "$work/copies" >>"$work/cut.out" 2>"$work/cut.err"
    )
    [ $? -eq 5 ] && grep -q 'standard output: ' "$work/cut.err" &&
        [ "$(wc -l <"$work/cut.out")" -gt 2 ] &&
        cmp -s <({
            echo before
            cat "$work/want.out"
        } | head -n "$(wc -l <"$work/cut.out")") "$work/cut.out"
    good=$?
    verdict "a disk full after $size KiB: $(tail -c 40 "$work/cut.out") $(cat "$work/cut.err")" $good
done

# A file that vanishes after the run has begun, and one that is cut then, cost a line each.
cp tests/golden/input/dead.pcap "$work/gone.pcap"
cp tests/golden/input/dead.pcap "$work/shrinks.pcap"
(
    sleep 0.5
    rm "$work/gone.pcap"
    truncate -s 700 "$work/shrinks.pcap"
    cat tests/golden/input/dead.pcap >"$work/slow.pcap"
) &
run got --format json "$work/slow.pcap" "$work/gone.pcap" "$work/shrinks.pcap" \
    tests/golden/input/rebooted.pcap
wait
[ "$(cat "$work/got.status")" -eq 3 ] && [ "$(wc -l <"$work/got.err")" -eq 2 ] &&
    [ "$(grep -c '"record":"connection"' "$work/got.out")" -eq 3 ]
good=$?
verdict "files that vanish: $(cat "$work/got.err")" $good

# A hundred broken captures among good ones cost a line each, and the good ones are whole.
mkdir "$work/hundred"
for i in $(seq 100 199); do
    # A header of 24 bytes alone is a capture without packets, 110 bytes are one with a packet.
    head -c $((i - 92 + (i >= 116))) tests/golden/input/dead.pcap >"$work/hundred/$i-broken.pcap"
    cp tests/golden/input/dead.pcap "$work/hundred/$i-good.pcap"
done
run got --format json -j 3 "$work/hundred"
[ "$(cat "$work/got.status")" -ge 2 ] && [ "$(wc -l <"$work/got.err")" -eq 100 ] &&
    [ "$(grep -c '"outcome":"dead_keepalive"' "$work/got.out")" -ge 100 ] &&
    [ "$(grep '"record":"file"' "$work/got.out" | grep good | grep -c '"error":null')" -eq 100 ]
good=$?
verdict "a hundred broken captures: $(wc -l <"$work/got.err") lines" $good

# Ten thousand names with few descriptors.
mkdir "$work/many"
python3 - "$work/copies/dead-1.pcap" "$work/many" <<'END'
import os, sys
for i in range(10000):
    os.link(sys.argv[1], f"{sys.argv[2]}/{i:05}.pcap")
END
got=$(ulimit -n 32 && "$analyze" --format json -j 8 "$work/many" 2>&1 | tail -n 1)
[[ $got == *'"files":10000,'*'"errors":0'* ]]
verdict "10000 captures with 32 descriptors: $got" $?

# ---- lists ---------------------------------------------------------------------------------------

mkdir "$work/odd"
for name in -dash.pcap - $'new\nline.pcap' plain.pcap; do
    cp tests/golden/input/dead.pcap "$work/odd/$name"
done
cd "$work/odd" || exit 1
run want --format csv ./plain.pcap -- -dash.pcap ./-
printf -- '-dash.pcap\n\n-' | "$analyze" --format csv --files-from - ./plain.pcap \
    >"$work/got.out" 2>"$work/got.err"
echo $? >"$work/got.status"
same "a list on standard input behind an operand"
printf '\n-dash.pcap\n-\n' >"$work/list"
run got --format csv -j 3 --files-from "$work/list" ./plain.pcap
same "a list in a file"
printf 'plain.pcap\0\0-dash.pcap\0-\0' >"$work/list"
sed 's,^\./plain,plain,' "$work/want.out" >"$work/plain" && mv "$work/plain" "$work/want.out"
run got --format csv -0 --files-from "$work/list"
same "a list with NUL"
printf 'new\nline.pcap\0' >"$work/list"
run want --format json $'new\nline.pcap'
run got --format json -0 --files-from "$work/list"
same "a name with a newline"
cd "$OLDPWD" || exit 1

run want --format json samples
echo samples >"$work/list"
run got --format json --files-from "$work/list"
same "a folder in a list"

run got --format json --files-from /dev/null
[ "$(cat "$work/got.status")" -eq 0 ] && grep -q '"files":0,' "$work/got.out"
verdict "an empty list is an error" $?

run got --format json -o "$work/none.json" --files-from "$work/none.list" samples
grep -q '^ka-analyze: .*none.list: No such file or directory$' "$work/got.err" &&
    [ "$(cat "$work/got.status")" -eq 3 ] && [ ! -e "$work/none.json" ]
good=$?
verdict "a missing list: $(cat "$work/got.err")" $good

run got --format json --files-from "$work"
grep -q 'Is a directory' "$work/got.err" && [ "$(cat "$work/got.status")" -eq 3 ]
good=$?
verdict "a list that is a folder: $(cat "$work/got.err")" $good

"$analyze" --format json samples/zero-window.a.pcap >"$work/part.json"
run want merge "$work/part.json"
echo "$work/part.json" >"$work/list"
run got merge --files-from "$work/list"
same "merge of a list"

# ---- many tagged frames -------------------------------------------------------------------------

# Two threads write them where a processor is free, which with 64 jobs none is.
"$generate" idle 60000 3000 >"$work/idle.pcap"
for format in json csv; do
    run want --format $format --events -j 64 "$work/idle.pcap"
    [ "$(wc -l <"$work/want.out")" -gt 35000 ]
    verdict "$format: too few frames for two threads" $?
    run got --format $format --events "$work/idle.pcap"
    same "$format: frames written by two threads"
done

# ---- the store -----------------------------------------------------------------------------------

if "$analyze" --help | grep -q sqlite; then
    for name in want got; do
        jobs=1
        [ $name = got ] && jobs=4
        for _ in 1 2; do
            run $name --format sqlite -j $jobs -o "$work/$name.db" "${inputs[@]}"
        done
        python3 - "$work/$name.db" >"$work/$name.out" <<'END'
import sqlite3, sys
print("\n".join(sqlite3.connect(sys.argv[1]).iterdump()))
END
    done
    same "--format sqlite"
    grep -q 'INSERT INTO "death' "$work/want.out"
    verdict "the store holds no deaths" $?
fi

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
