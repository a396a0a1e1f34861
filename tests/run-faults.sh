#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Allocations, reads and writes that fail, one after the other. From the top of the tree:
# KA_ANALYZE=build/ka-analyze FAULTS=build/faults.so tests/run-faults.sh.
set -u

exec python3 "$(dirname "$0")/check_faults.py" "${KA_ANALYZE:-build/ka-analyze}" \
    "${FAULTS:-build/faults.so}"
