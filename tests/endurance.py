#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""A week of traffic through standard input: endurance.py BUILD [PACKETS [CONNECTIONS]].

BUILD holds ka-analyze and bench/generate. Memory is sampled and must not grow once the connections
that are kept are as many as may be, but for what deaths need; every death that was generated must be found. Then the same in
small: what a stream's pieces give as a chain must be what the stream gives.
"""
import json
import pathlib
import struct
import subprocess
import sys
import tempfile
import time

PIECES = 7
SAMPLE_S = 2
FLAT_RATIO = 1.005
DEATH_BYTES = 4096  # what is kept of a death for the report, at most
PACKETS_A_PLACE = 125  # 500 million packets fill the 4 million places that are the default


def check(what, holds):
    print(f"{'passed' if holds else 'FAILED'}: {what}", flush=True)
    return holds


def resident_kib(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    return 0


def stream(build, packets, connections):
    """The summary, what was generated, and samples of (share of the time, KiB)."""
    generate = subprocess.Popen(
        [build / "bench/generate", "week", str(packets), str(connections)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=False)
    analyze = subprocess.Popen(
        [build / "ka-analyze", "--summary", "--format", "json",
         "--max-connections", str(max(1, packets // PACKETS_A_PLACE)), "-"],
        stdin=generate.stdout, stdout=subprocess.PIPE)
    generate.stdout.close()
    samples, began = [], time.monotonic()
    while generate.poll() is None and analyze.poll() is None:
        try:
            samples.append((time.monotonic() - began, resident_kib(analyze.pid)))
        except OSError:
            break
        time.sleep(SAMPLE_S if packets > 10_000_000 else SAMPLE_S / 20)
    lines = analyze.stdout.read().splitlines()
    took_s = time.monotonic() - began
    words = generate.stderr.read().split()
    status = analyze.wait()
    generate.wait()
    return json.loads(lines[-1]), int(words[0]), int(words[2]), samples, took_s, status


def endure(build, packets, connections):
    summary, opened, died, samples, took_s, status = stream(build, packets, connections)
    half = [kib for at_s, kib in samples if at_s < samples[-1][0] / 2]
    rest = [kib for at_s, kib in samples if at_s >= samples[-1][0] / 2]
    for i in range(0, len(samples), max(1, len(samples) // 12)):
        print(f"  after {samples[i][0]:7.0f} s  {samples[i][1] / 1024:7.1f} MiB")
    print(f"  {packets} packets of a week, {opened} connections, {died} of which died, in {took_s:.0f} s "
          f"({took_s / packets * 1e9:.0f} ns a packet with their generation)")
    print(f"  {summary['connections']} connections reported, {summary['connections_dropped']} dropped, "
          f"{summary['outcomes']['dead_keepalive']} dead")
    return [
        check("the status is 0 and every packet was read", status == 0 and summary["packets"] == packets),
        check("each death was found", summary["outcomes"]["dead_keepalive"] == died),
        check("memory is flat in the second half, but for the deaths that are kept",
              max(rest) <= FLAT_RATIO * max(half) + died / 2 * DEATH_BYTES / 1024),
    ]


def cut(path, folder):
    """Pieces of about equal size, each with the header of the whole."""
    data = path.read_bytes()
    header, at, part, size = data[:24], 24, 0, len(data) // PIECES + 1
    names = []
    while at < len(data):
        begin = at
        while at < len(data) and at - begin < size:
            at += 16 + struct.unpack_from("<I", data, at + 8)[0]
        names.append(folder / f"piece-{part:02}.pcap")
        names[-1].write_bytes(header + data[begin:at])
        part += 1
    return names


def connections_of(build, *arguments):
    """What is said of each connection and of them all, but for the files."""
    output = subprocess.run(
        [build / "ka-analyze", "--format", "json", *arguments], stdout=subprocess.PIPE, check=True)
    rows = [json.loads(line) for line in output.stdout.splitlines()]
    keys = ("connections", "outcomes", "tags", "latency_s", "packets")
    told = [{key: value for key, value in row.items() if key not in ("file", "places")}
            for row in rows if row["record"] == "connection"]
    return told, [[row[key] for key in keys] for row in rows if row["record"] == "summary"]


def chained(build, packets, connections):
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        whole = folder / "whole"
        with whole.open("wb") as out:
            subprocess.run([build / "bench/generate", "week", str(packets), str(connections)],
                           stdout=out, stderr=subprocess.DEVNULL, check=True)
        with whole.open("rb") as stdin:
            streamed = subprocess.run([build / "ka-analyze", "--format", "json", "-"], stdin=stdin,
                                      stdout=subprocess.PIPE, check=True).stdout
        pieces = connections_of(build, "--chain", *cut(whole, folder))
        alone = connections_of(build, whole)
        same = [json.loads(line)["outcome"] for line in streamed.splitlines()
                if b'"record":"connection"' in line[:40]] == [row["outcome"] for row in alone[0]]
        return [
            check(f"{len(alone[0])} connections: the file says what the stream says", same),
            check(f"{PIECES} pieces say what the whole says", pieces == alone),
        ]


def main():
    build = pathlib.Path(sys.argv[1])
    packets = int(sys.argv[2]) if len(sys.argv) > 2 else 500_000_000
    connections = int(sys.argv[3]) if len(sys.argv) > 3 else 20_000
    held = chained(build, min(packets, 3_000_000), connections)
    held += endure(build, packets, connections)
    print(f"{sum(held)} passed, {len(held) - sum(held)} failed")
    return 0 if all(held) else 1


sys.exit(main())
