#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Fill tests/fuzz/seeds from the samples, the timeline scripts, more captures if there are any and what
# `make fuzz` has found, from the top of the tree: make-seeds.sh [CAPTURE...]
# Of each target those inputs are kept that add to the coverage of the smaller ones, and all whose
# name begins with "found-": each of these once broke something. Needs what `make fuzz` needs.
set -eu

san=fuzzer-no-link,address,undefined
build=build-${san//,/-}
seeds=tests/fuzz/seeds
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

targets=()
for source in tests/fuzz/fuzz_*.c; do
    targets+=("$(basename "$source" .c)")
done
make build/script-pcap
make CC=clang SAN=$san "${targets[@]/#/$build/}"

mkdir "$work/scripts"
for script in tests/scripts/*.ka tests/bugs/*.ka; do
    build/script-pcap "$script" >"$work/scripts/$(basename "$script" .ka).pcap" || true
done
tests/fuzz/make-seeds.py "$work/raw" "$work"/scripts/*.pcap samples/*.pcap* "$@"

for target in "${targets[@]}"; do
    name=${target#fuzz_}
    mkdir -p "$work/raw/$name" "$work/new/$name" "$build/$target.corpus" "$seeds/$name"
    # Two captures and the whole analysis reach so much that counts of edges would keep twice as many.
    counters=1
    [ "$name" = compare ] && counters=0
    "$build/$target" -merge=1 -use_counters=$counters -max_len=3000 -rss_limit_mb=1500 "$work/new/$name" \
        "$work/raw/$name" "$seeds/$name" "$build/$target.corpus" 2>"$work/log" ||
        { tail -n 20 "$work/log"; exit 1; }
    for old in "$seeds/$name"/*; do
        [[ ${old##*/} == found-* ]] || rm -f "$old"
    done
    cp "$work/new/$name"/* "$seeds/$name"
    echo "$name: $(find "$seeds/$name" -type f | wc -l) inputs"
done
