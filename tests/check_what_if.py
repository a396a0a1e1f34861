#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Foretell from each capture of an outage what the others of its family measured.

usage: check_what_if.py KA_ANALYZE DIRECTORY      (made by samples/lab/more/what-if.sh)

The client program's own account says when its call failed; from the moment at which the peer was last
heard (a SYN: was first asked) that has to lie between latency_earliest_s and latency_latest_s.
"""
import calendar
import glob
import json
import os
import subprocess
import sys
import time

SLACK_S = 0.05  # the program has to be woken up
# The application writes at this time after it heard last, unless it knows by then that the peer is gone.
WRITES_AFTER_S = {"pause": 30}


def connection_of(program, path, settings):
    command = [program, "--format", "json", "--what-if", ",".join(settings), path]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    records = [json.loads(line) for line in result.stdout.splitlines()]
    return next(r for r in records if r["record"] == "connection"), next(
        r for r in records if r["record"] == "file"
    )


def epoch(moment):
    whole, fraction = moment.rstrip("Z").split(".")
    return calendar.timegm(time.strptime(whole, "%Y-%m-%dT%H:%M:%S")) + int(fraction) / 1e9


def took(connection, capture, ended):
    detection = connection["detection"]
    start = detection["last_heard_t_s"]
    if start is None:
        start = detection["first_unanswered_t_s"]
    return ended - epoch(capture["first_time"]) - start


def judge(target, prediction, measured):
    """None, or what is wrong."""
    if prediction["latency_s"] is None:
        # What the captured settings cut short says nothing of how long it goes on without them.
        has_timeout = target.count("-") == 3
        unchanged = prediction["effect"] in ("suspended", "not_connected")
        return None if unchanged and not has_timeout else f"no latency ({prediction['effect']})"
    low = prediction["latency_earliest_s"] - SLACK_S
    high = prediction["latency_latest_s"] + SLACK_S
    if not low <= measured[target] <= high:
        return f"foretold {low:.3f}..{high:.3f} s ({prediction['effect']}), it took {measured[target]:.3f} s"
    return None


def main():
    program, directory = sys.argv[1:3]
    with open(os.path.join(directory, "ended.json"), encoding="utf-8") as stream:
        ended = json.load(stream)
    names = sorted(os.path.basename(p)[: -len(".pcap")] for p in glob.glob(f"{directory}/*.pcap"))
    measured, predictions = {}, {}
    for name in names:
        family = [n for n in names if n.split(".")[0] == name.split(".")[0]]
        settings = [n.split(".")[1].replace("-", "/") for n in family]
        path = os.path.join(directory, name + ".pcap")
        connection, capture = connection_of(program, path, settings)
        measured[name] = took(connection, capture, ended[name]["ended"])
        predictions[name] = dict(zip(family, connection["what_if"]))
    passed = failed = 0
    for source in names:
        writes_s = WRITES_AFTER_S.get(source.split(".")[0])
        for target, prediction in predictions[source].items():
            # What the program would have written later, a capture that ends before does not show.
            if writes_s and measured[source] < writes_s < measured[target]:
                continue
            wrong = judge(target, prediction, measured)
            passed += wrong is None
            failed += wrong is not None
            if wrong:
                print(f"what-if: {source} -> {target}: {wrong}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or passed < 40 else 0


if __name__ == "__main__":
    sys.exit(main())
