#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What `compare` says of captures from both ends against the bytes themselves. From the tree's top:
# KA_ANALYZE=build/ka-analyze tests/run-compare.sh [FILE.a.pcap...]
set -u

captures=("$@")
if [ ${#captures[@]} -eq 0 ]; then
    for file in samples/*.a.pcap; do
        [ -e "${file%.a.pcap}.b.pcap" ] && captures+=("$file")
    done
fi
exec python3 -B tests/check_compare.py "${KA_ANALYZE:-build/ka-analyze}" "${captures[@]}"
