#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Compare the command's tags with Wireshark's own tcp.analysis flags on every capture.

usage: check_differential.py KA_ANALYZE CAPTURE...

Where the two differ, the pair of Wireshark's flag and the rule behind the tag (or "none") must be in
the table below, with the reason why the tag is right. A pair without a reason is a failure, and so is
a reason that no capture needs.
"""
import collections
import json
import subprocess
import sys

# What Wireshark calls the same thing.
SAME = {
    "keepalive_probe": {"keep_alive"},
    "keepalive_ack": {"keep_alive_ack"},
    "window_probe": {"zero_window_probe"},
    "window_probe_ack": {"zero_window_probe_ack"},
    "retransmission": {"retransmission", "fast_retransmission", "spurious_retransmission"},
}
FLAGS = [
    "keep_alive",
    "keep_alive_ack",
    "zero_window_probe",
    "zero_window_probe_ack",
    "retransmission",
    "fast_retransmission",
    "spurious_retransmission",
]

# (Wireshark's flag, rule of the tag): why the tag is right.
JUSTIFIED = {
    ("keep_alive", "window-probe-below-edge"): "the peer's window is zero: Linux tcp_write_wakeup() "
    "gives window probes the form of keep-alives (Wireshark asks for exactly one byte)",
    ("none", "window-probe-answer"): "the answer to such a probe, or one that opens the window; "
    "Wireshark knows only answers to its own zero window probes",
    ("keep_alive", "retransmission-data"): "the one byte was not acknowledged: a lost keystroke",
    ("keep_alive", "retransmission-tail-loss-probe"): "the same, sent before the first timeout",
    ("none", "keepalive-answer"): "the answer announces another window, or comes while both ends "
    "probe, or to a probe that Wireshark missed",
    ("none", "keepalive-empty"): "below the peer's ACK number, which Wireshark does not look at: it "
    "waits to see the byte before",
    ("retransmission", "none"): "the capture's second copy of one datagram (same IP "
    "identification), or bytes that fill a hole: not captured before",
    ("spurious_retransmission", "none"): "the capture's second copy of one datagram",
    ("keep_alive", "none"): "the segment acknowledges something for the first time: an ordinary ACK "
    "captured late",
    ("none", "retransmission-data"): "captured 1.5 s before; Wireshark takes the copy for a segment "
    "out of order",
    ("none", "keepalive-proved-by-answer"): "the capture starts on an idle connection: the peer's ACK "
    "is one above the segment's number, so it is below SND.NXT",
}


def flags_of(capture):
    """Frame number -> Wireshark's flag."""
    command = ["tshark", "-r", capture, "-n", "-T", "fields", "-e", "frame.number"]
    for flag in FLAGS:
        command += ["-e", f"tcp.analysis.{flag}"]
    text = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    found = {}
    for line in text.splitlines():
        cells = line.split("\t")
        named = [flag for flag, cell in zip(FLAGS, cells[1:]) if cell]
        if named:
            # A retransmission has its kind as a second flag.
            found[int(cells[0])] = named[-1] if named[0] == "retransmission" else named[0]
    return found


def tags_of(analyzer, capture):
    """Frame number -> (tag, rule)."""
    command = [analyzer, "--format", "json", "--events", capture]
    text = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    records = (json.loads(line) for line in text.splitlines())
    return {r["frame"]: (r["tag"], r["rule"]) for r in records if r["record"] == "segment"}


def differences(analyzer, capture):
    """Yield (frame, flag, rule) of each frame about which the two differ."""
    flags, tags = flags_of(capture), tags_of(analyzer, capture)
    for frame in sorted(flags.keys() | tags.keys()):
        tag, rule = tags.get(frame, (None, "none"))
        flag = flags.get(frame, "none")
        if flag in SAME.get(tag, set()):
            continue
        if flag == "none" and tag not in SAME:
            continue  # RSTs, heartbeats and ICMP errors: Wireshark has no word for them
        yield frame, flag, rule


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    seen = collections.Counter()
    passed = failed = 0
    for capture in sys.argv[2:]:
        unjustified = 0
        for frame, flag, rule in differences(sys.argv[1], capture):
            seen[flag, rule] += 1
            if (flag, rule) not in JUSTIFIED:
                print(f"{capture}: frame {frame}: Wireshark says {flag}, the rule {rule}: why?")
                unjustified += 1
        passed += not unjustified
        failed += bool(unjustified)
    for pair, reason in JUSTIFIED.items():
        if pair not in seen:
            print(f"no capture needs the reason for {pair[0]} against {pair[1]}: {reason}")
            failed += 1
    for (flag, rule), count in sorted(seen.items()):
        print(f"{count:4} frames: Wireshark {flag}, here {rule}: {JUSTIFIED.get((flag, rule), '?')}")
    print(f"{passed} passed, {failed} failed")
    sys.exit(failed != 0)


if __name__ == "__main__":
    main()
