#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Hold the learned idle limits against the boxes of tests/learned/README.md.

usage: check_learned.py KA_ANALYZE DIRECTORY
"""
import json
import subprocess
import sys

# Capture: the box's timer (None: no box), first port of the connections that follow the advice.
BOXES = {"forgets-200": (200, 9141), "resets-350": (350, 9241), "forgets-nothing": (None, None)}
ADVISED = 4  # connections
passed = failed = 0


def verdict(what, is_right):
    global passed, failed
    passed += is_right
    failed += not is_right
    if not is_right:
        print(f"learned: {what}")


def records(program, arguments, text=None):
    command = [program, *arguments]
    result = subprocess.run(command, input=text, capture_output=True, text=True, check=True)
    return [json.loads(line) for line in result.stdout.splitlines()]


def group_of(program, arguments, text=None):
    return next(r for r in records(program, arguments, text) if r["record"] == "group")


def check(program, directory, name, timer_s, first_advised):
    path = f"{directory}/{name}.pcap"
    options = ["--format", "json", "--group-by", "server"]
    limit = group_of(program, [*options, "--summary", path])["idle_limit"]
    plain = subprocess.run(
        [program, "--format", "json", path], capture_output=True, text=True, check=True
    ).stdout
    merged = group_of(program, ["merge", *options, "-"], plain)["idle_limit"]
    verdict(f"{name}: merge learns {merged}, not {limit}", merged == limit)
    if timer_s is None:
        verdict(f"{name}: learned {limit} where nothing forgets", limit is None)
        return
    verdict(f"{name}: nothing learned", limit is not None)
    if limit is None:
        return
    low, high = limit["limit_above_s"], limit["limit_below_s"]
    verdict(f"{name}: {low} to {high}, not {timer_s}", low <= timer_s <= high)
    verdict(f"{name}: {low} to {high} is far apart", high - low < timer_s / 10)
    verdict(f"{name}: {limit['advised_idle_s']} is no half of {low}", limit["advised_idle_s"] == low // 2)
    ports = [str(first_advised + n) for n in range(ADVISED)]
    connections = [json.loads(line) for line in plain.splitlines()]
    lived = [
        c
        for c in connections
        if c["record"] == "connection"
        and c["server"].rpartition(":")[2] in ports
        and c["outcome"] == "alive"
        and c["duration_s"] > timer_s
    ]
    verdict(f"{name}: {len(lived)} of {ADVISED} lived by the advice", len(lived) == ADVISED)


def main():
    program, directory = sys.argv[1:3]
    for name, (timer_s, first_advised) in BOXES.items():
        check(program, directory, name, timer_s, first_advised)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or passed < 12 else 0


if __name__ == "__main__":
    sys.exit(main())
