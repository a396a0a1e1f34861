#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# One run over many copies of the samples, packed and in folders, against the samples one by one.
# From the top: KA_ANALYZE=build/ka-analyze tests/run-acceptance.sh [COPIES [FOLDER...]].
copies=${1:-300}
[ $# -gt 0 ] && shift
[ $# -gt 0 ] || set -- samples tests/golden/input
exec python3 tests/check_acceptance.py "${KA_ANALYZE:-build/ka-analyze}" "$copies" "$@"
