#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Analyse the captures below a folder on all processors of this machine by GNU parallel, and sum up.
#
#     parallel.sh CAPTURES [OPTION of ka-analyze merge]...
#
# Results go through a pipe, so nothing is left behind. parallel keeps the output of each job in one
# piece; results in a row are a result. Options such as --sshlogin may be added in $PARALLEL.
set -eu

if [ $# -lt 1 ]; then
    sed -n 's/^#     //p' "$0" >&2
    exit 1
fi
captures=$1
shift
analyze=${KA_ANALYZE:-ka-analyze}

# merge repeats what a job says about damaged captures, and its status counts.
find "$captures" -type f \( -name '*.pcap*' -o -name '*.cap' \) -print0 | sort -z |
    parallel --will-cite -0 -n 16 "$(printf '%q' "$analyze")" --format json -- 2>/dev/null |
    "$analyze" merge "$@" -
