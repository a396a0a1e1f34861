#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What --what-if foretells from one capture against what the same outage took under those settings.
# From the tree's top: KA_ANALYZE=build/ka-analyze tests/run-what-if.sh
exec python3 tests/check_what_if.py "${KA_ANALYZE:-build/ka-analyze}" tests/what-if
