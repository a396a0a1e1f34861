#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Progress on a terminal, and signals. From the top: KA_ANALYZE=build/ka-analyze
# tests/run-progress.sh.
exec python3 tests/check_progress.py "${KA_ANALYZE:-build/ka-analyze}"
