#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Build the plugin against another Debian release's Wireshark and run its tests there, in a chroot
# that is made once and kept. As root; from the top of the tree:
#
#   tests/run-plugin-debian.sh trixie      Debian 13: Wireshark 4.4
#   tests/run-plugin-debian.sh forky       the next one: Wireshark 4.6
set -eu

suite=${1:?usage: run-plugin-debian.sh SUITE [CAPTURE...]}
shift
root=$(realpath -m "${ROOT:-build/debian-$suite}")
# The archive that this machine installs from.
# shellcheck disable=SC2016  # the placeholder is apt-get's
mirror=${MIRROR:-$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' |
    grep -v -e security -e updates | head -n 1)}
packages=make,gcc,libc6-dev,pkg-config,libglib2.0-dev,libwireshark-dev,tshark,libpcap-dev
packages=$packages,libjson-c-dev,check,python3,util-linux

[ "$(id -u)" -eq 0 ] || { echo "run-plugin-debian.sh: needs root, for chroot" >&2; exit 1; }
command -v debootstrap >/dev/null || { echo "apt-get install debootstrap" >&2; exit 1; }

# A release that this debootstrap has not heard of is made like unstable.
script=/usr/share/debootstrap/scripts/$suite
[ -e "$script" ] || script=/usr/share/debootstrap/scripts/sid
if [ ! -e "$root/ready" ]; then
    debootstrap --variant=minbase --include="$packages" "$suite" "$root" "$mirror" "$script" >&2 ||
        # debootstrap knows no virtual packages; apt does.
        chroot "$root" env DEBIAN_FRONTEND=noninteractive sh -c \
            'apt-get -qq -o Acquire::Check-Valid-Until=false update && apt-get -qq -y -f install' >&2
    touch "$root/ready"
fi

rm -rf "$root/ka"
mkdir "$root/ka"
tar -c --exclude='./build*' --exclude=./.git . | tar -x -C "$root/ka"
captures=()
for capture in "$@"; do
    install -D -m 644 "$capture" "$root/ka/captures/$(basename "$capture")"
    captures+=("captures/$(basename "$capture")")
done
chroot "$root" tshark --version 2>/dev/null | head -1
chroot "$root" make -s -C /ka all build/fuzz-pcap >/dev/null
chroot "$root" sh -c 'cd /ka && exec tests/run-plugin.sh "$@"' sh ${captures[@]+"${captures[@]}"}
