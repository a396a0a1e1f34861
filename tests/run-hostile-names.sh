#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Names of files that steer terminals, forge lines, or are formulas or markup, in every output. From
# the top of the tree: KA_ANALYZE=build/ka-analyze tests/run-hostile-names.sh.
set -u

exec python3 "$(dirname "$0")/check_hostile_names.py" "${KA_ANALYZE:-build/ka-analyze}"
