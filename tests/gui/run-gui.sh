#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Opens a capture of a dead connection in Wireshark under Xvfb, with the plugin and its profile, and
# checks that the packet list is coloured and the plugin loaded.
#
#   PLUGIN=build/plugins/4.0/epan/ka.so tests/gui/run-gui.sh CAPTURE [SCREENSHOT.png]
#
# Packages: wireshark xvfb xdotool imagemagick x11-utils. As root, Wireshark ignores plugin folders
# named in the environment, so it runs as nobody.
set -euo pipefail
cd "$(dirname "$0")/../.."

capture=${1:?usage: run-gui.sh CAPTURE [SCREENSHOT.png]}
PLUGIN=${PLUGIN:-$(echo build/plugins/*/epan/ka.so)}
work=$(mktemp -d)
screenshot=${2:-$work/screenshot.png}
pids=()
passed=0 failed=0

finish() {
    [ ${#pids[@]} -eq 0 ] || kill "${pids[@]}" 2>/dev/null || true
    rm -rf "$work"
}
trap finish EXIT

report() { # report STATUS NAME
    if [ "$1" -eq 0 ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "FAIL $2"
    fi
}

as_user=()
[ "$(id -u)" -ne 0 ] || as_user=(setpriv --reuid 65534 --regid 65534 --clear-groups)

# ---- a home with the profile, a plugin folder, a display

version=$(basename "$(dirname "$(dirname "$PLUGIN")")")
profile="$work/home/.config/wireshark/profiles/TCP Keep-Alive"
install -D -m 644 "$PLUGIN" "$work/plugins/$version/epan/ka.so"
mkdir -p "$profile" "$work/run"
cp plugin/profile/* "$profile"
printf 'gui.ask_unsaved: FALSE\ngui.update.enabled: FALSE\n' > "$profile/../../preferences"
cp "$capture" "$work/capture.pcap"
chmod 755 "$work"
chmod 700 "$work/run"
[ "$(id -u)" -ne 0 ] || chown -R 65534:65534 "$work"

Xvfb -displayfd 3 -screen 0 1600x900x24 -nolisten tcp 3> "$work/display" 2> "$work/xvfb.log" &
pids+=($!)
for _ in $(seq 50); do [ -s "$work/display" ] && break; sleep 0.1; done
DISPLAY=:$(cat "$work/display")
export DISPLAY

start_wireshark() { # start_wireshark ARGUMENT...; its process id goes to $wireshark
    "${as_user[@]}" env HOME="$work/home" XDG_CONFIG_HOME="$work/home/.config" \
        XDG_RUNTIME_DIR="$work/run" WIRESHARK_PLUGIN_DIR="$work/plugins" \
        QT_QPA_PLATFORM=xcb TZ=UTC0 LC_ALL=C.UTF-8 \
        wireshark -C 'TCP Keep-Alive' -r "$work/capture.pcap" "$@" >> "$work/wireshark.log" 2>&1 &
    wireshark=$!
    pids+=("$wireshark")
}

find_window() { # find_window TITLE: its id, or nothing when it has not come up in 30 s
    local id
    for _ in $(seq 150); do
        id=$(xdotool search --onlyvisible --name "$1" 2>/dev/null | head -1) || true
        [ -z "$id" ] || break
        sleep 0.2
    done
    echo "$id"
}

pixels() { # pixels IMAGE RRGGBB: how many of the image's pixels have this colour
    convert "$1" -fill black +opaque "#$2" -fill white -opaque "#$2" \
        -format '%[fx:int(mean*w*h)]' info:
}

check_colours() { # check_colours IMAGE WHEN
    local rule
    for rule in 'an unanswered probe:ff9d3c' 'the verdict:a40000' 'the dead connection:ffdcd9'; do
        report "$([ "$(pixels "$1" "${rule#*:}")" -gt 2000 ]; echo $?)" \
            "$2, the packet list has the colour of ${rule%:*}"
    done
}

# ---- the window comes up with the capture in it

start_wireshark -g "${GOTO:-1}"
window=$(find_window '^capture\.pcap')
report "$([ -n "$window" ]; echo $?)" 'the main window shows the capture'
[ -n "$window" ] || { cat "$work/wireshark.log"; echo "$passed passed, $failed failed"; exit 1; }
report "$(grep -qs ka.so "/proc/$wireshark/maps"; echo $?)" 'the plugin is loaded'

xdotool windowmove "$window" 0 0 windowsize --sync "$window" 1600 900 || true
sleep "${SETTLE:-4}"
# In the details pane the last tree is ours: unfold it. Then the mouse goes where it lights no row.
xdotool mousemove 400 800 click 1 key End key shift+Right mousemove 1200 800
sleep 1
import -window root "$screenshot"
check_colours "$screenshot" 'after reading'

# Ignoring a frame (and taking that back) makes Wireshark dissect the whole file anew.
xdotool mousemove 700 350 click 1 key ctrl+d mousemove 1200 800
sleep 2
import -window root "$work/ignored.png"
check_colours "$work/ignored.png" 'with a frame ignored'
report "$(! cmp -s "$screenshot" "$work/ignored.png"; echo $?)" 'a frame can be ignored'

# ---- the statistics have windows: the tree is the menu's last entry, the table has an option

xdotool windowfocus --sync "$window" sleep 0.5 key alt+s sleep 1 key Up sleep 0.5 key Right \
    sleep 0.5 key Return
report "$([ -n "$(find_window 'TCP Keep-Alive summary')" ]; echo $?)" 'the summary opens'
kill "$wireshark"
start_wireshark -z ka,connections
report "$([ -n "$(find_window 'TCP Keep-Alive connections')" ]; echo $?)" 'the table opens'

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
