#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Compare ka-analyze with the endpoints' and kernels' own accounts of the sample captures.

usage: check_lab.py KA_ANALYZE DIRECTORY...      (each holds a truth.json; made by samples/lab)

Every frame that was sent as a probe, an answer, a retransmission or a RST must have that tag and no
other frame may; outcome, settings, count and heartbeat are those that were set; the detection
latency is within 50 ms of the endpoint's account; the findings that the scenario shows are made, each
with a frame of the capture and a sentence, and those that it nearly shows are not. Where DIRECTORY has a
README.md with a table of findings, each finding of kinds.h must have a capture there that shows it and
one that must not; UPDATE=1 writes the table.
"""
import collections
import json
import os
import re
import subprocess
import sys

TAGS = (
    "keepalive_probe",
    "keepalive_ack",
    "window_probe",
    "window_probe_ack",
    "retransmission",
    "final_rst",
    "peer_rst",
    "abort_rst",
)
LATENCY_TOLERANCE_S = 0.05
KINDS = os.path.join(os.path.dirname(__file__), "../analyzer/core/kinds.h")
PROOFS = re.compile(r"(?<=<!-- findings -->\n).*?(?=<!-- end of findings -->)", re.S)


def analyse(program, path):
    result = subprocess.run(
        [program, "--format", "json", "--events", path], capture_output=True, text=True
    )
    if result.returncode != 0:
        raise SystemExit(f"{path}: exit status {result.returncode}: {result.stderr.strip()}")
    return [json.loads(line) for line in result.stdout.splitlines()]


def tag_errors(records, truth):
    for tag in TAGS:
        got = {r["frame"] for r in records if r["record"] == "segment" and r.get("tag") == tag}
        want = set(truth.get(tag, []))
        if got != want:
            yield f"{tag}: not so: {sorted(got - want)}, missed: {sorted(want - got)}"


def settings_errors(connection, role, want, server_port):
    """`want` is idle, interval, count; null for one that the capture cannot show."""
    probers = {k["prober"].rsplit(":", 1)[1] == server_port: k for k in connection["keepalive"]}
    found = probers.get(role == "server")
    if found is None:
        yield f"{role}: no keep-alive found"
        return
    for key, value in zip(("idle_s", "intvl_s"), want):
        estimate = found[key]
        if value is None:
            continue
        if estimate["nominal"] != value or not estimate["min"] <= value <= estimate["max"]:
            yield f"{role} {key}: {estimate}, set to {value}"
    if want[2] is not None and found["count"] != want[2]:
        yield f"{role} count: {found['count']}, set to {want[2]}"


def latency_error(connection, expect, scenario, heard, server_port):
    ended = scenario["ended"]["connect" if expect["who"] == "client" else "listen"][0]
    last = [t for port, t in heard.items() if (port == server_port) == (expect["who"] == "client")]
    took = ended - (max(last) if last else min(heard.values()))
    tolerance = LATENCY_TOLERANCE_S if expect.get("latency") else expect["latency_tol"] * took
    found = (connection["detection"] or {}).get("latency_s")
    if found is None or abs(found - took) > tolerance:
        yield f"latency_s: {found}, the endpoint took {took:.3f}"


def finding_errors(connection, expect, packets):
    made = {f["code"]: f for f in connection["findings"]}
    for code in expect.get("finding", []):
        if code not in made:
            yield f"finding {code}: not made, but {sorted(made)}"
    for code in expect.get("never", []):
        if code in made:
            yield f"finding {code}: made where it is not so: {made[code]['text']}"
    for code, finding in made.items():
        if not finding["text"] or not all(0 < n <= packets for n in finding["frames"]):
            yield f"finding {code}: {finding}"


def connection_errors(records, expect, scenario, heard, port):
    """The connection to the server port, or the only one if the port is ""."""
    connections = [
        r
        for r in records
        if r["record"] == "connection" and r["server"].rsplit(":", 1)[1].endswith(port)
    ]
    if len(connections) != 1:
        yield f"{len(connections)} connections"
        return
    yield from expectation_errors(connections[0], expect, scenario, heard)
    packets = [r["packets"] for r in records if r["record"] == "file"][0]
    yield from finding_errors(connections[0], expect, packets)


def expectation_errors(connection, expect, scenario, heard):
    server_port = connection["server"].rsplit(":", 1)[1]
    if "outcome" in expect and connection["outcome"] not in expect["outcome"]:
        yield f"outcome: {connection['outcome']}, expected {' or '.join(expect['outcome'])}"
    for role, want in expect.get("ka", {}).items():
        yield from settings_errors(connection, role, want, server_port)
    if "latency" in expect or "latency_tol" in expect:
        yield from latency_error(connection, expect, scenario, heard, server_port)
    if (
        "heartbeat" in expect
        and abs((connection["heartbeat"] or {"period_s": 0})["period_s"] - expect["heartbeat"])
        > 0.5
    ):
        yield f"heartbeat: {connection['heartbeat']}, sent every {expect['heartbeat']} s"
    if (connection["detection"] or {}).get("unreachable_messages", 0) < expect.get(
        "unreachable_min", 0
    ):
        yield f"unreachable_messages: fewer than {expect['unreachable_min']}"


def finding_codes():
    with open(KINDS) as f:
        rows = re.search(r"define KA_FINDING_MAP\(X\)(.*?[^\\])\n", f.read(), re.S)[1]
    return re.findall(r'X\(\w+, "(\w+)",', rows)


def proofs_table(scenarios):
    """By finding the captures that show it and those that nearly do, and what lacks one of them."""
    captures = {"finding": collections.defaultdict(list), "never": collections.defaultdict(list)}
    for name, scenario in sorted(scenarios.items()):
        for place, expect in scenario["expect"].items():
            capture, _, port = place.partition(":")
            where = f"{name}.{capture}" + (f" (port {port})" if port else "")
            for key, by_code in captures.items():
                for code in expect.get(key, []):
                    by_code[code].append(where)
    codes = finding_codes()
    lacking = [f"{c}: no capture for {k}" for c in codes for k in captures if not captures[k][c]]
    known = set(codes)
    lacking += [f"{c}: no finding" for k in captures for c in sorted(captures[k]) if c not in known]
    rows = [
        f"| {c} | {', '.join(captures['finding'][c])} | {', '.join(captures['never'][c])} |\n"
        for c in codes
    ]
    return "| finding | shown by | must not be made of |\n|---|---|---|\n" + "".join(rows), lacking


def proof_errors(directory, scenarios):
    path = os.path.join(directory, "README.md")
    text = open(path).read() if os.path.exists(path) else ""
    written = PROOFS.search(text)
    if not written:
        return
    table, lacking = proofs_table(scenarios)
    yield from lacking
    if os.environ.get("UPDATE"):
        with open(path, "w") as f:
            f.write(text[: written.start()] + table + text[written.end() :])
    elif written[0] != table:
        yield "the table of findings is not truth.json's (UPDATE=1 writes it)"


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    passed = failed = 0
    for directory in sys.argv[2:]:
        with open(os.path.join(directory, "truth.json")) as f:
            scenarios = json.load(f)
        for error in proof_errors(directory, scenarios):
            print(f"{directory}/README.md: {error}")
            failed += 1
        for scenario in scenarios.values():
            for name, truth in scenario["files"].items():
                records = analyse(sys.argv[1], os.path.join(directory, name))
                errors = list(tag_errors(records, truth["tags"]))
                for place, expect in scenario["expect"].items():
                    capture, _, port = place.partition(":")
                    if capture == name.rsplit(".", 2)[1]:
                        errors += connection_errors(records, expect, scenario, truth["heard"], port)
                for error in errors:
                    print(f"{name}: {error}")
                passed += not errors
                failed += bool(errors)
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed or not passed else 0)


if __name__ == "__main__":
    main()
