#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Run tshark with the plugin under valgrind and fail on every error or lost block in whose stack a
# frame of the plugin stands; Wireshark's own are not looked at. From the top of the tree:
# PLUGIN=build/plugins/4.0/epan/ka.so tests/plugin-valgrind.sh [CAPTURE...]
set -u
export LC_ALL=C.UTF-8 TZ=UTC0

plugin=$(realpath "${PLUGIN:-$(echo build/plugins/*/epan/ka.so)}")
version=$(basename "$(dirname "$(dirname "$plugin")")")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0
failed=0

install -D -m 644 "$plugin" "$work/plugins/$version/epan/ka.so"
mkdir "$work/home"
chmod -R a+rX "$work"
as_user=()
if [ "$(id -u)" -eq 0 ]; then
    as_user=(setpriv --reuid 65534 --regid 65534 --clear-groups)
    chown 65534:65534 "$work/home"
fi

# With debugging information valgrind names the source file, without it the module.
sources=$(basename -s .c plugin/*.c analyzer/core/*.c | paste -sd '|')

# ours LOG: the paragraphs of valgrind's log that name the plugin. The nodes of a table of statistics are
# Wireshark's, made when the plugin counts something, and tshark ends without freeing them.
ours()
{
    sed 's/^==[0-9]*== \?//' "$1" |
        awk -v RS= -v sources="\\((${sources})\\.c:[0-9]+\\)" \
            '(/\(in .*ka\.so\)/ || $0 ~ sources) && !/still reachable/ &&
             !(/lost in loss record/ && /: stats_tree_manip_node/)'
}

# check NAME CAPTURE ARGUMENTS...
check()
{
    local name=$1 capture=$2
    shift 2
    "${as_user[@]}" env HOME="$work/home" WIRESHARK_PLUGIN_DIR="$work/plugins" \
        G_SLICE=always-malloc WIRESHARK_DEBUG_WMEM_OVERRIDE=simple \
        valgrind --leak-check=full --keep-debuginfo=yes \
        --num-callers=30 --log-fd=9 tshark -r "$capture" "$@" 9>"$work/log" >/dev/null 2>&1
    if ours "$work/log" | grep -q . || ! grep -q 'HEAP SUMMARY' "$work/log"; then
        failed=$((failed + 1))
        echo "valgrind: $name: tshark $*"
        ours "$work/log" | head -60
    else
        passed=$((passed + 1))
    fi
}

# Three files, one after the other: what the plugin held of the first two must be gone.
reload()
{
    local number
    for number in 1 2 3; do
        printf '{"jsonrpc":"2.0","id":%d,"method":"load","params":{"file":"%s"}}\n' "$number" "$1"
    done | "${as_user[@]}" env HOME="$work/home" WIRESHARK_PLUGIN_DIR="$work/plugins" \
        G_SLICE=always-malloc WIRESHARK_DEBUG_WMEM_OVERRIDE=simple \
        valgrind --leak-check=full --keep-debuginfo=yes \
        --num-callers=30 --log-fd=9 sharkd - 9>"$work/log" >"$work/said" 2>/dev/null
    if ours "$work/log" | grep -q . || [ "$(grep -c '"OK"' "$work/said")" -ne 3 ]; then
        failed=$((failed + 1))
        echo "valgrind: a file loaded again and again"
        ours "$work/log" | head -60
    else
        passed=$((passed + 1))
    fi
}

[ $# -gt 0 ] || set -- samples/*.pcap*
for capture in "$@"; do
    name=$(basename "$capture")
    head -c $(($(stat -c %s "$capture") * 2 / 3 + 7)) "$capture" >"$work/cut"
    cp "$capture" "$work/whole"
    chmod a+r "$work/cut" "$work/whole"
    check "$name" "$work/whole" -2 -V
    check "$name" "$work/whole" -o ka.use_dissected:TRUE -q -z ka,tree -z ka,connections
    check "$name, cut" "$work/cut" -2 -q -z ka,tree -z ka,connections
done
if command -v sharkd >/dev/null; then
    reload "$work/whole"
fi
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
