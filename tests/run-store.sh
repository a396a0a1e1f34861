#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The store of --format sqlite: filled in several runs, killed half-way and filled again, and asked
# what the manual says it can be asked. From the top of the tree: KA_ANALYZE=build/ka-analyze
# tests/run-store.sh.
set -u
export LC_ALL=C TZ=UTC0

analyze=$(realpath "${KA_ANALYZE:-build/ka-analyze}")
manual=analyzer/ka-analyze.1
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
        echo "store: $1"
    fi
}

if ! command -v sqlite3 >/dev/null; then
    echo "store: no sqlite3 to look into it with (make deps)"
    echo "0 passed, 1 failed"
    exit 1
fi

shopt -s nullglob
captures=(tests/golden/input/*.pcap* samples/*.pcap*)
folder=$work/captures
mkdir "$folder"
cp "${captures[@]}" "$folder"

# fill DATABASE [OPTION...]: a nightly run over the folder.
fill()
{
    "$analyze" --format sqlite -o "$@" "$folder" >"$work/stdout" 2>/dev/null
}

# ask DATABASE SQL
ask()
{
    sqlite3 -bail -cmd '.timeout 10000' "$1" "$2"
}

# contents DATABASE: all it holds, apart from the numbers of rows, in an order of its own.
contents()
{
    ask "$1" "SELECT path, size_bytes, mtime_ns, filter, packets, filtered_packets, tcp_segments,
            connections, first_time, duration_s, linktype, truncated, error, pieces FROM files
            ORDER BY path;
        SELECT path, connection, client, client_port, server, server_port, first_frame, last_frame,
            time, c.duration_s, c.packets, bytes, outcome
            FROM connections c JOIN files f ON c.file_id = f.id ORDER BY path, connection;
        SELECT path, connection, dead, detector, mechanism, declared_by, declared_frame,
            declared_time, declared_at_latest, latency_s, latency_min_s, latency_expected_s,
            unanswered, unreachable_messages
            FROM deaths JOIN connections c ON connection_id = c.id JOIN files f ON file_id = f.id
            ORDER BY path, connection;
        SELECT path, connection, prober, idle_s, idle_min_s, idle_max_s, intvl_s, intvl_min_s,
            intvl_max_s, count, preset, probes, answered, unanswered, rtt_median_s
            FROM settings JOIN connections c ON connection_id = c.id JOIN files f ON file_id = f.id
            ORDER BY path, connection, prober;
        SELECT path, connection, code, severity, about, frame, limit_s, text, findings.filter
            FROM findings JOIN connections c ON connection_id = c.id JOIN files f ON file_id = f.id
            ORDER BY path, connection, code, about"
}

# whole DATABASE: no capture is there in part.
whole()
{
    [ "$(ask "$1" "PRAGMA integrity_check; PRAGMA foreign_key_check;
        SELECT count(*) FROM files WHERE linktype IS NOT NULL AND connections IS NOT
            (SELECT count(*) FROM connections WHERE file_id = files.id)")" = "ok
0" ]
}

fill "$work/fleet.db"
status=$?
"$analyze" "$folder" >/dev/null 2>&1
[ $? -eq $status ] && [ ! -s "$work/stdout" ] && whole "$work/fleet.db"
verdict "a new store" $?

# What is in it is what --format json says.
"$analyze" --format json --events "$folder" 2>/dev/null >"$work/json"
while read -r table key; do
    count=$(grep -o -e "$key" "$work/json" | wc -l)
    [ "$count" -gt 0 ] && [ "$(ask "$work/fleet.db" "SELECT count(*) FROM $table")" -eq "$count" ]
    verdict "the store has other $table than json" $?
done <<'END'
files "record":"file"
connections "record":"connection"
deaths "declared_by":"
settings "prober":
findings "code":
END
latencies=$(grep -o '"mechanism":"keepalive",.*"latency_s":[0-9.]*,"latency_min' "$work/json" |
    sed 's/.*"latency_s":\([0-9.]*\),.*/\1/' | sort -n)
[ -n "$latencies" ] && [ "$(ask "$work/fleet.db" "SELECT latency_s FROM deaths
    WHERE mechanism = 'keepalive' ORDER BY latency_s" | sort -n)" = "$latencies" ]
verdict "the store and json disagree on latencies" $?

# A second run adds nothing; what is new or has changed is added.
ask "$work/fleet.db" "SELECT id, path FROM files" >"$work/before"
fill "$work/fleet.db"
ask "$work/fleet.db" "SELECT id, path FROM files WHERE linktype IS NOT NULL" >"$work/after"
readable=$(ask "$work/fleet.db" "SELECT count(*) FROM files WHERE linktype IS NOT NULL")
[ "$readable" -gt 0 ] && [ "$(grep -cFf "$work/after" "$work/before")" -eq "$readable" ]
verdict "a second run reads captures again" $?

files=$(ask "$work/fleet.db" "SELECT count(*) FROM files")
cp "$folder/dead.pcap" "$folder/new.pcap"
head -c 700 "$folder/dead.pcap" >"$folder/growing.pcap"
fill "$work/fleet.db"
[ "$(ask "$work/fleet.db" "SELECT count(*) FROM files")" -eq $((files + 2)) ]
verdict "a new capture is not added" $?
cp "$folder/dead.pcap" "$folder/growing.pcap"
fill "$work/fleet.db"
[ "$(ask "$work/fleet.db" "SELECT count(*), max(packets), max(error) FROM files
    WHERE path LIKE '%growing.pcap'")" = "1|24|" ] && whole "$work/fleet.db"
verdict "a capture that has grown does not replace its beginning" $?
cp "$folder/rebooted.pcap" "$folder/growing.pcap"
fill "$work/fleet.db"
[ "$(ask "$work/fleet.db" "SELECT count(*) FROM files WHERE path LIKE '%growing.pcap'")" -eq 2 ]
verdict "another capture under an old name does not stand beside it" $?

# Its results stay when a capture cannot be read any more.
"$analyze" --format sqlite -o "$work/fleet.db" "$folder/gone.pcap" 2>/dev/null
rm "$folder/new.pcap"
"$analyze" --format sqlite -o "$work/fleet.db" "$folder/new.pcap" 2>/dev/null
[ "$(ask "$work/fleet.db" "SELECT path LIKE '%gone.pcap', linktype IS NULL, error FROM files
    WHERE path LIKE '%gone.pcap' OR path LIKE '%new.pcap' ORDER BY path")" = \
    "1|1|No such file or directory
0|0|" ]
verdict "captures that are gone" $?

# A ring is read again as soon as one of its files has changed or there is another.
ring=$work/ring
mkdir "$ring"
editcap -F pcap -c 6 samples/default-7200-75-9.a.pcap "$ring/ring.pcap"
last=("$ring"/ring_00002*)
mv "${last[0]}" "$work/third"

# nightly: a run over the ring; the store's rows of it.
nightly()
{
    "$analyze" --format sqlite -o "$work/ring.db" --chain=by-prefix "$ring" >/dev/null
    ask "$work/ring.db" "SELECT id, packets, path = '$(realpath "$ring")/ring_*.pcap',
        (SELECT count(*) FROM connections WHERE file_id = files.id) FROM files"
}

first=$(nightly)
[ "$first" = "1|12|1|1" ] && [ "$(nightly)" = "$first" ]
good=$?
verdict "a ring: $first, and the second night $(nightly)" $good
# The id goes on counting only when a row is written: the highest is given again after a deletion.
ask "$work/ring.db" "INSERT INTO files (id, path) VALUES (7, '-')"
cp "$work/third" "${last[0]}"
[ "$(nightly)" = "7||0|0
8|17|1|1" ]
good=$?
verdict "a ring that has grown: $(nightly)" $good
touch -d 2026-02-01 "${last[0]}"
[ "$(nightly)" = "7||0|0
8|17|1|1" ]
good=$?
verdict "a ring of which a file has another time: $(nightly)" $good
ask "$work/ring.db" "SELECT pieces FROM files WHERE id = 8" |
    grep -q " 1769904000000000000 ${last[0]}\$"
good=$?
verdict "the time of a piece: $(ask "$work/ring.db" "SELECT pieces FROM files")" $good

# A store of a version before lacks the last table and columns.
cp "$work/fleet.db" "$work/late.db"
ask "$work/late.db" "DROP TABLE findings; PRAGMA user_version = 3"
cp "$work/late.db" "$work/old.db"
ask "$work/old.db" "ALTER TABLE files DROP COLUMN pieces; PRAGMA user_version = 2"
cp "$work/old.db" "$work/older.db"
ask "$work/older.db" "ALTER TABLE files DROP COLUMN connections_dropped; PRAGMA user_version = 1"
for version in late old older; do
    "$analyze" --format sqlite --max-connections 1 -o "$work/$version.db" samples/bug-5437-02.pcap
    [ "$(ask "$work/$version.db" "PRAGMA user_version;
        SELECT connections, connections_dropped FROM files WHERE connections_dropped > 0;
        SELECT count(*) FROM files WHERE pieces IS NOT NULL;
        SELECT count(*) FROM findings")" = "4
1|38
0
0" ]
    verdict "a store of an $version version does not go on" $?
done

# Another filter is another reading.
fill "$work/fleet.db" -f 'port 1'
[ "$(ask "$work/fleet.db" "SELECT count(*) FROM files WHERE path LIKE '%/dead.pcap'
    AND filter = 'port 1' AND connections = 0")" -eq 1 ]
verdict "another filter does not read anew" $?

# Two at once wait for each other.
fill "$work/two.db" &
other=$!
fill "$work/two.db"
wait $other
whole "$work/two.db" &&
    [ "$(ask "$work/two.db" "SELECT count(DISTINCT path) = count(*) FROM files")" -eq 1 ]
verdict "two runs at once" $?

# ---- killed half-way -----------------------------------------------------------------------------

rm "$folder"/*
for ((i = 0; i < 1500; i++)); do
    cp tests/golden/input/dead.pcap "$folder/$i.pcap"
done
fill "$work/want.db"
mkfifo "$work/names"
for after in 10 300 700; do
    rm -f "$work"/killed.db*
    "$analyze" --format sqlite -o "$work/killed.db" --files-from "$work/names" >/dev/null 2>&1 &
    run=$!
    # More names than that, so that it is at work, but not all: it cannot come to its end.
    exec 9<>"$work/names"
    printf '%s\n' "$folder"/*.pcap | head -n $((after + 200)) >&9
    while kill -0 $run 2>/dev/null && [ "$(ask "$work/killed.db" \
        "SELECT count(*) FROM files" 2>/dev/null || echo 0)" -lt $after ]; do :; done
    kill -9 $run
    verdict "the run that was to be killed after $after captures has ended by itself" $?
    wait $run 2>/dev/null
    exec 9>&-
    whole "$work/killed.db"
    verdict "killed after $after captures: one is there in part" $?
    fill "$work/killed.db" && whole "$work/killed.db" &&
        cmp -s <(contents "$work/want.db") <(contents "$work/killed.db")
    verdict "killed after $after captures, then run again: differs from an undisturbed run" $?
done

# ---- the manual's queries ------------------------------------------------------------------------

rm "$folder"/*
cp "${captures[@]}" "$folder"
rm -f "$work/fleet.db"
fill "$work/fleet.db"
queries=0
while IFS= read -r -d ';' query; do
    queries=$((queries + 1))
    answer=$(ask "$work/fleet.db" "$query") && [ -n "$answer" ]
    verdict "the manual's query answers '$answer': $query" $?
done < <(sed -n '/^\.\\" queries begin/,/^\.\\" queries end/p' "$manual" |
    sed -n '/^\.EX/,/^\.EE/p' |
    sed '/^\./d; s/\\(aq/'"'"'/g; s/\\-/-/g; s/\\&//g; s/\\e/\\/g')
[ $queries -ge 6 ]
verdict "the manual shows $queries queries, not six" $?

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
