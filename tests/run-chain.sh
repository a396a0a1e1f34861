#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Chains of files against the one file that they are parts of. From the top of the tree:
# KA_ANALYZE=build/ka-analyze tests/run-chain.sh.
set -u
export LC_ALL=C TZ=UTC0 COLUMNS=100

analyze=$(realpath "${KA_ANALYZE:-build/ka-analyze}")
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
        echo "chain: $1"
    fi
}

# Cuts a classic pcap file into pieces; says where frames of a chain lie; makes a ring.
cat >"$work/tool.py" <<'END'
import json, os, struct, sys, time

def packets(path):
    data = open(path, "rb").read()
    at, order = 24, "<" if data[0] in (0xd4, 0x4d) else ">"
    while at < len(data):
        length = struct.unpack(order + "I", data[at + 8:at + 12])[0]
        yield data[at:at + 16 + length]
        at += 16 + length

def header(path):
    return open(path, "rb").read(24)

def cut(path, folder, how):
    """Into N files of packets one after the other, or by turns ("turns")."""
    all_packets, head = list(packets(path)), header(path)
    count = 3 if how == "turns" else int(how)
    names = [f"{folder}/ring_{i:05}_20240131120000.pcap" for i in range(count)]
    parts = [bytearray(head) for _ in names]
    for i, packet in enumerate(all_packets):
        place = i % count if how == "turns" else i * count // len(all_packets)
        parts[place] += packet
    for name, part in zip(names, parts):
        open(name, "wb").write(part)

def strip(path):
    """The records of a chain as those of the one file, whose name they get."""
    places = {}
    for line in open(path):
        record = json.loads(line)
        if record["record"] == "piece":
            continue
        for key in ("file", "place", "places"):
            record.pop(key, None)
        print(json.dumps(record))

def places(path, whole):
    """Each place must hold the packet that the whole file has at that frame."""
    frames, checked, files = list(packets(whole)), 0, {}
    for line in open(path):
        record = json.loads(line)
        found = [(record["frame"], record["place"])] if record["record"] == "segment" else []
        if record["record"] == "connection":
            named = {"first": record["first_frame"], "last": record["last_frame"],
                     "reset": record["reset_frame"]}
            for key in ("last_heard", "first_unanswered", "declared"):
                named[key] = (record["detection"] or {}).get(key + "_frame")
            for key, frame in named.items():
                assert (frame is None) == (record["places"][key] is None), (key, record)
                if frame:
                    found.append((frame, record["places"][key]))
        for frame, place in found:
            if place["file"] not in files:
                files[place["file"]] = list(packets(place["file"]))
            assert files[place["file"]][place["frame"] - 1] == frames[frame - 1], (frame, place)
            checked += 1
    print(checked)

def ring(path, folder, count):
    """Many files of one packet and less: those of `path`, and between them files without packets."""
    all_packets, head = list(packets(path)), header(path)
    for i in range(count):
        name = f"{folder}/many_{i:05}_20240131120000.pcap"
        one = all_packets[i * len(all_packets) // count] if (
            i * len(all_packets) // count != (i - 1) * len(all_packets) // count) else b""
        open(name, "wb").write(head + one)

command, *rest = sys.argv[1:]
{"cut": cut, "strip": strip, "places": places,
 "ring": lambda p, f, n: ring(p, f, int(n))}[command](*rest)
END
tool()
{
    python3 "$work/tool.py" "$@"
}

# ---- a chain is the file that its pieces make ----------------------------------------------------

for sample in samples/default-7200-75-9.a.pcap samples/both-sides.a.pcap \
    samples/zero-window.a.pcap tests/golden/input/dead.pcap; do
    "$analyze" --format json --events "$sample" >"$work/whole.json"
    tool strip "$work/whole.json" >"$work/want"
    for how in 1 5 turns; do
        rm -rf "$work/ring" && mkdir "$work/ring"
        tool cut "$sample" "$work/ring" $how
        for way in --chain "--chain=by-prefix -j 3"; do
            # shellcheck disable=SC2086 # words
            "$analyze" --format json --events $way "$work/ring" >"$work/chain.json" 2>"$work/err"
            verdict "$sample in $how pieces, $way: status $?" $?
            tool strip "$work/chain.json" >"$work/got"
            cmp -s "$work/want" "$work/got" && [ ! -s "$work/err" ]
            verdict "$sample in $how pieces, $way: not the same as in one" $?
        done
        [ "$(tool places "$work/chain.json" "$sample")" -gt 2 ]
        verdict "$sample in $how pieces: frames are not where they are said to be" $?
    done
done

# Names as if the last file were the first, on the command line, in a list, compressed names aside.
sample=samples/default-7200-75-9.a.pcap
"$analyze" --format json --events "$sample" >"$work/whole.json"
tool strip "$work/whole.json" >"$work/want"
rm -rf "$work/ring" && mkdir "$work/ring"
tool cut $sample "$work/ring" 6
names=()
for i in 0 1 2 3 4 5; do
    mv "$work/ring/ring_0000${i}_20240131120000.pcap" "$work/ring/$((9 - i)).pcap"
    names+=("$work/ring/$((9 - i)).pcap")
done
"$analyze" --format json --events --chain "${names[3]}" "${names[@]}" >"$work/chain.json"
tool strip "$work/chain.json" | cmp -s - "$work/want"
verdict "files whose names say another order, one named twice" $?
printf '%s\n' "${names[@]}" | "$analyze" --format json --events --chain --files-from - \
    >"$work/chain.json"
tool strip "$work/chain.json" | cmp -s - "$work/want"
verdict "the files from a list" $?
"$analyze" --format json --events --chain "${names[0]}" "${names[@]:2}" - <"${names[1]}" \
    >"$work/chain.json"
tool strip "$work/chain.json" | cmp -s - "$work/want"
verdict "one of the files on standard input" $?

# Two captures of other link types: a packet is decoded by that of its own file.
"$analyze" --format csv --chain samples/ipv6-20-2-5.a.pcap tests/golden/input/rebooted.pcap \
    samples/ipv6-http-atomic-frag.pcap | cut -d, -f 2- >"$work/got"
[ "$(wc -l <"$work/got")" -gt 3 ]
verdict "captures of several link types" $?

# ---- what is wrong with a piece costs a line -----------------------------------------------------

rm -rf "$work/ring" && mkdir "$work/ring"
tool cut $sample "$work/ring" 6
cd "$work/ring" || exit 1
head -c -5 ring_00003*.pcap >part && mv part ring_00003_20240131120000.pcap
: >ring_00004_20240131120000.pcap
"$analyze" --format json --chain=by-prefix ring*.pcap none_00001_20240131120000.pcap \
    >"$work/got" 2>"$work/err"
status=$?
[ $status -eq 3 ] && [ "$(wc -l <"$work/err")" -eq 3 ]
good=$?
verdict "damaged pieces: status $status, $(cat "$work/err")" $good
grep -q '"record":"piece".*ring_00003.*"truncated":true,"error":"cut' "$work/got"
verdict "no record of the piece that is cut" $?
grep -q '"record":"file","file":"ring_\*.pcap","packets":13,.*"error":"2 of 6 files not read' \
    "$work/got"
good=$?
verdict "a damaged chain: $(grep '"record":"file"' "$work/got")" $good
cd "$OLDPWD" || exit 1
"$analyze" --chain -f nonsense "$work/ring" >/dev/null 2>"$work/err"
status=$?
[ $status -eq 4 ] && [ "$(wc -l <"$work/err")" -eq 1 ]
good=$?
verdict "a bad filter: status $status, $(wc -l <"$work/err") lines" $good

# ---- ten thousand files with 256 descriptors -----------------------------------------------------

mkdir "$work/many"
tool ring "$sample" "$work/many" 10000
(ulimit -n 256 && exec "$analyze" --format json --chain "$work/many") >"$work/chain.json"
grep -v '"record":"piece"' "$work/chain.json" >"$work/few.json"
"$analyze" --format json "$sample" >"$work/whole.json"
tool strip "$work/few.json" >"$work/got"
tool strip "$work/whole.json" | cmp -s - "$work/got"
verdict "10000 files with 256 descriptors: not the same as in one" $?
[ "$(grep -c '"record":"piece"' "$work/chain.json")" -eq 10000 ]
verdict "10000 files: not as many records" $?

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
