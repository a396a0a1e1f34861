#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The command when allocations, reads and writes fail, one after the other.

check_faults.py COMMAND FAULTS_LIBRARY: every failing call must lead to a message and a status that
says so, or to the very output of a run without failure; never to a signal, a hang or a leak.
"""
import os
import shutil
import subprocess
import sys
import tempfile

SAMPLE = "samples/default-7200-75-9.a.pcap"
OTHER = "samples/zero-window-death.a.pcap"
# After so many allocations of a run only every so-maniest is made to fail: they repeat themselves.
EACH, STRIDE, AT_MOST = 90, 41, 12
TIMEOUT_S = 15

# Without a filter, merge and sandbox: when an allocation fails the filter compiler of libpcap ends the
# process, and json-c's parser and libseccomp follow NULL.
ALLOCATIONS = [
    ["--no-sandbox", SAMPLE],
    ["--no-sandbox", "--format", "json", "--events", SAMPLE],
    ["--no-sandbox", "--format", "csv", SAMPLE],
    ["--no-sandbox", "--format", "html", "-o", "OUT.html", SAMPLE],
    ["--no-sandbox", "--format", "sqlite", "-o", "OUT.db", SAMPLE],
    ["--no-sandbox", "--summary", "--format", "json", "--group-by", "service", SAMPLE, OTHER],
    ["--no-sandbox", "-j", "2", "--format", "json", SAMPLE, OTHER],
    ["--no-sandbox", "--max-connections", "1", "--format", "csv", "samples/bug-5437-02.pcap"],
    ["--no-sandbox", "--fail-on", "connect_failed,latency>1000000", OTHER],
    ["timeline", "--no-sandbox", SAMPLE],
    ["timeline", "--no-sandbox", "--format", "svg", SAMPLE],
    ["timeline", "--no-sandbox"],
]
READS = [[SAMPLE], ["--format", "json", "-"], ["merge", "RESULT"], ["timeline", SAMPLE]]
WRITES = [
    [SAMPLE],
    ["--format", "json", "--events", "-o", "OUT.json", SAMPLE],
    ["--format", "csv", SAMPLE, OTHER],
    ["--format", "html", "-o", "OUT.html", SAMPLE],
    ["--format", "sqlite", "-o", "OUT.db", SAMPLE],
    ["timeline", "--format", "svg", SAMPLE],
    ["--help"],
]


class Checks:
    def __init__(self):
        self.passed = self.failed = 0

    def verdict(self, what, holds):
        if holds:
            self.passed += 1
        else:
            self.failed += 1
            if self.failed <= 30:
                print("faults:", what)


class Bench:
    """Runs of the command in a folder of its own."""

    def __init__(self, command, library, folder):
        self.command, self.library, self.folder = command, library, folder
        self.result = os.path.join(folder, "result.json")
        with open(self.result, "wb") as out:
            subprocess.run([command, "--format", "json", SAMPLE, OTHER], stdout=out, check=True)
        with open(SAMPLE, "rb") as sample:
            self.sample = sample.read()

    def run(self, arguments, wrapper=(), env=None):
        for name in os.listdir(self.folder):
            if name.startswith("OUT"):
                os.unlink(os.path.join(self.folder, name))
        words = [self.result if word == "RESULT" else
                 os.path.join(self.folder, word) if word.startswith("OUT") else word
                 for word in arguments]
        try:
            run = subprocess.run([*wrapper, self.command, *words], input=self.sample,
                                 stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=TIMEOUT_S,
                                 env={**os.environ, **(env or {})}, check=False)
        except subprocess.TimeoutExpired:
            return None, b"", b"it hangs"
        output = run.stdout
        for name in sorted(os.listdir(self.folder)):
            if name.startswith("OUT") and not name.startswith("OUT.db"):
                with open(os.path.join(self.folder, name), "rb") as written:
                    output += written.read()
        return run.returncode, output, run.stderr


def judge(checks, what, got, want):
    """A failure is told, or made no difference."""
    status, output, errors = got
    if status == want[0]:
        holds = output == want[1]
        checks.verdict(f"{what}: status {status}, but the output differs", holds)
        return
    checks.verdict(f"{what}: status {status}, {errors[-200:]!r}",
                   status in (1, 2, 3, 4, 5) and errors.startswith(b"ka-analyze: "))
    checks.verdict(f"{what}: {errors.count(bytes([10]))} lines of errors", errors.count(b"\n") <= 6)


def allocations(checks, bench):
    report = os.path.join(bench.folder, "report")
    # As it is seen from here: LD_PRELOAD takes a space for the end of a path.
    env = {"LD_PRELOAD": os.path.relpath(bench.library), "FAULT_REPORT": report}

    def run(arguments, **more):
        got = bench.run(arguments, env={**env, **more})
        with open(report, encoding="ascii") as lines:
            words = lines.read().split()
        return got, [int(word) for word in words] if words else None

    for arguments in ALLOCATIONS:
        want, counts = run(arguments)
        name = " ".join(arguments)
        checks.verdict(f"{name}: it fails without a fault: {want}", want[0] in (0, 10) and counts)
        made, kept = counts
        step = max(STRIDE, (made - EACH) // AT_MOST)
        for at in [*range(1, min(made, EACH) + 1), *range(EACH + 1, made + 1, step)]:
            for mode in ({}, {"FAULT_ON": "1"}) if at % 3 == 0 else ({},):
                got, ended = run(arguments, FAULT_AT=str(at), **mode)
                what = f"{name}: allocation {at}{' and on' if mode else ''} of {made}"
                judge(checks, what, got, want)
                checks.verdict(f"{what}: {ended} blocks, {kept} without a fault",
                               ended is not None and ended[1] <= kept)


def calls(bench, arguments, call):
    """The system calls of this name in a run, counted from 1."""
    log = os.path.join(bench.folder, "calls")
    bench.run(arguments, ["strace", "-f", "-qq", "-e", f"trace={call}", "-o", log])
    with open(log, encoding="utf-8", errors="replace") as lines:
        made = [line for line in lines if f"{call}(" in line]
    return range(1, len(made) + 1)


def system_calls(checks, bench, rows, call, error, status):
    for arguments in rows:
        want = bench.run(arguments)
        for at in calls(bench, arguments, call):
            got = bench.run(arguments, ["strace", "-f", "-qq", "-o", "/dev/null", "-e", f"trace={call}",
                                        "-e", f"inject={call}:error={error}:when={at}"])
            if b"while loading shared" in got[2]:
                continue  # not ours yet
            what = f"{' '.join(arguments)}: {call} {at} ends in {error}"
            judge(checks, what, got, want)
            if status and got[0] != want[0]:
                checks.verdict(f"{what}: status {got[0]}", got[0] in status)


def can_trace(bench):
    """Whether there is strace, and whether it may trace here."""
    if not shutil.which("strace"):
        return False
    status, _, _ = bench.run(["--version"], ["strace", "-f", "-qq", "-o", "/dev/null", "-e",
                                             "inject=close:error=EIO:when=10000"])
    return status == 0


def main():
    checks = Checks()
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(os.path.realpath(sys.argv[1]), os.path.realpath(sys.argv[2]), folder)
        allocations(checks, bench)
        if can_trace(bench):
            system_calls(checks, bench, READS, "read", "EIO", (2, 3))
            system_calls(checks, bench, WRITES, "write", "ENOSPC", (5,))
            system_calls(checks, bench, WRITES[4:5], "pwrite64", "ENOSPC", (5,))
        else:
            print("faults: no strace that may trace (make deps): left out reads and writes")
    print(f"{checks.passed} passed, {checks.failed} failed")
    return checks.failed > 0


if __name__ == "__main__":
    sys.exit(main())
