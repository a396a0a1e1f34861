#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Add up what the parts of a test run said: total.sh STATUS RESULT... Each RESULT is the output of a
# part, whose last line is "N passed, N failed"; one without that line counts as a failure, and so
# does a STATUS that no counted failure explains. Ends with the line "N passed, N failed".
set -u

status=$1
shift
passed=0
failed=0
for result in "$@"; do
    last=$(tail -n 1 "$result" 2>/dev/null)
    if [[ $last =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed$ ]]; then
        passed=$((passed + BASH_REMATCH[1]))
        failed=$((failed + BASH_REMATCH[2]))
    else
        failed=$((failed + 1))
        last="did not run to its end"
    fi
    printf '%-44s %s\n' "$result" "$last"
done
[ "$status" -ne 0 ] && [ "$failed" -eq 0 ] && failed=1
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
