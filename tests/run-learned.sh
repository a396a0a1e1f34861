#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The idle timer of a path as --summary learns it from a batch, against the box that was in the path.
# From the top of the tree: KA_ANALYZE=build/ka-analyze tests/run-learned.sh
exec python3 tests/check_learned.py "${KA_ANALYZE:-build/ka-analyze}" tests/learned
