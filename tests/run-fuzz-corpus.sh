#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Try every input in tests/fuzz/seeds/NAME on the program REPLAY... called replay_NAME, from the top
# of the tree: run-fuzz-corpus.sh REPLAY... All inputs go through one process; should it fail, each
# through its own, so that all are counted and named.
set -u
export ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}quarantine_size_mb=16

output=$(mktemp)
trap 'rm -f "$output"' EXIT
passed=0
failed=0

fail()
{
    failed=$((failed + 1))
    echo "fuzz $1"
}

for replay in "$@"; do
    seeds=tests/fuzz/seeds/${replay##*/replay_}
    inputs=("$seeds"/*)
    if [ ! -e "${inputs[0]}" ]; then
        fail "$replay: no inputs in $seeds"
        continue
    fi
    if "$replay" "${inputs[@]}" >"$output" 2>&1; then
        passed=$((passed + ${#inputs[@]}))
        continue
    fi
    for input in "${inputs[@]}"; do
        if "$replay" "$input" >"$output" 2>&1; then
            passed=$((passed + 1))
        else
            fail "$input:"
            head -n 40 "$output"
        fi
    done
done
for seeds in tests/fuzz/seeds/*/; do
    name=$(basename "$seeds")
    [[ " $* " == *"/replay_$name "* ]] || fail "$seeds: no program replay_$name was given"
done

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
