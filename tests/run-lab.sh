#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Compare what the command says of every sample of the lab with the endpoints' own account
# (samples/truth.json). From the tree's top: KA_ANALYZE=build/ka-analyze tests/run-lab.sh
exec python3 tests/check_lab.py "${KA_ANALYZE:-build/ka-analyze}" samples
