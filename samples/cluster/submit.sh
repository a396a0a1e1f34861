#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Analyse the captures below a folder on a Slurm cluster: an array of tasks, then one job that sums
# up what they found. Both folders have to be seen by all nodes.
#
#     submit.sh TASKS CAPTURES RESULTS [OPTION of ka-analyze merge]...
#
# Prints the number of the last job; its output, RESULTS/summary, is there when it has ended.
# $KA_ANALYZE names the command where it is not in the PATH of the nodes.
set -eu

if [ $# -lt 3 ]; then
    sed -n 's/^#     //p' "$0" >&2
    exit 1
fi
here=$(dirname "$(realpath "$0")")
tasks=$1
captures=$(realpath "$2")
mkdir -p "$3"
results=$(realpath "$3")
shift 3

find "$captures" -type f \( -name '*.pcap*' -o -name '*.cap' \) -print0 | sort -z >"$results/list"
found=$(tr -dc '\0' <"$results/list" | wc -c)
if [ "$found" -eq 0 ]; then
    echo "submit.sh: no capture below $captures" >&2
    exit 1
fi
# A task without a capture would have nothing to say.
[ "$tasks" -le "$found" ] || tasks=$found
rm -f "$results"/part-*.json

map=$(sbatch --parsable --array="0-$((tasks - 1))" --output="$results/map-%a.log" \
    "$here/map.sbatch" "$results/list" "$results")
sbatch --parsable --dependency="afterok:$map" --kill-on-invalid-dep=yes \
    --output="$results/summary" --error="$results/merge.log" \
    "$here/merge.sbatch" "$results" "$tasks" "$@"
