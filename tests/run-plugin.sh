#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Run the plugin in tshark and compare it with the command, on all samples. From the tree's top:
# PLUGIN=build/plugins/4.0/epan/ka.so KA_ANALYZE=build/ka-analyze tests/run-plugin.sh [CAPTURE...]
#
# tshark ignores plugin folders from the environment when it runs as root (it takes root for a
# setuid program), so as root this runs it as nobody, in a folder that nobody may read.
set -u
export LC_ALL=C.UTF-8 TZ=UTC0

plugin=$(realpath "${PLUGIN:-$(echo build/plugins/*/epan/ka.so)}")
version=$(basename "$(dirname "$(dirname "$plugin")")")
KA_ANALYZE=$(realpath "${KA_ANALYZE:-build/ka-analyze}")
PLUGIN=$plugin
fuzz_pcap=${FUZZ_PCAP:-build/fuzz-pcap}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

install -D -m 644 "$plugin" "$work/plugins/$version/epan/ka.so"
mkdir -p "$work/home" "$work/captures"
"$fuzz_pcap" tests/fuzz/seeds/segments/* >"$work/captures/segments.pcap" || exit 1
cp -r plugin/profile "$work/profile"
chmod -R a+rX "$work"

AS_USER=""
if [ "$(id -u)" -eq 0 ]; then
    AS_USER="setpriv --reuid 65534 --regid 65534 --clear-groups"
    chown -R 65534:65534 "$work/home"
fi
[ $# -gt 0 ] || set -- samples/*.pcap*
export KA_ANALYZE PLUGIN AS_USER
export HOME=$work/home XDG_CONFIG_HOME=$work/home/.config WIRESHARK_PLUGIN_DIR=$work/plugins

python3 tests/plugin-checks.py "$work" "$@"
