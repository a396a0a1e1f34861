#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Read compressed captures, pcapng of every mixture and Wireshark's other formats. From the tree's
# top: KA_ANALYZE=build/ka-analyze LIST_PACKETS=build/list-packets tests/run-reading.sh
# In a zone that is read from a file: some of the formats have local times.
export TZ=Asia/Kolkata
exec python3 tests/check_reading.py "${KA_ANALYZE:-build/ka-analyze}" \
    "${LIST_PACKETS:-build/list-packets}" tests/golden/input/dead.pcap samples/*.pcap*
