#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Justify each frame of the samples that Wireshark's own analysis calls something else. From the
# tree's top: KA_ANALYZE=build/ka-analyze tests/run-differential.sh
exec python3 tests/check_differential.py "${KA_ANALYZE:-build/ka-analyze}" samples/*.pcap*
