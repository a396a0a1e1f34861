#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Measure ka-analyze against the bare libpcap loop, cat, tcptrace and tshark.

run.py [--scale S] [--rounds N] [--only NAME,...] [--reference KA_ANALYZE] [--keep] BUILD

BUILD is the folder with ka-analyze and bench/{generate,bare_loop}. Captures are generated in
BUILD/bench one after the other (the largest takes 3 GB at scale 1) and removed after use.
Programs alternate, round by round, on a capture that is in the page cache; a time is the median of
the rounds. Prints tables and writes BUILD/bench/results.json.
"""

import argparse
import hashlib
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import time

# name: (kind, packets, connections, what it is)
CAPTURES = {
    "few": ("small", 10_000_000, 1_000, "small packets, 1,000 connections"),
    "many": ("small", 10_000_000, 1_000_000, "small packets, 1,000,000 connections"),
    "full": ("full", 2_000_000, 1_000, "full-size packets, 1,000 connections"),
    "idle": ("idle", 5_000_000, 200_000, "probes and retransmissions, 200,000 connections"),
    # Three packets a connection in both, as 10^7 connections of ten would take 9 GB.
    "grow6": ("small", 3_000_000, 1_000_000, "3 packets a connection, 10^6 connections"),
    "grow7": ("small", 30_000_000, 10_000_000, "3 packets a connection, 10^7 connections"),
    # A tenth: tcptrace and tshark are slow.
    "slow_few": ("small", 1_000_000, 1_000, "a tenth, 1,000 connections"),
    "slow_many": ("small", 1_000_000, 100_000, "a tenth, 100,000 connections"),
    # One of as many captures as SMALL_FILES says.
    "files": ("small", 30, 3, "a capture of 30 packets"),
}
SMALL_FILES, FILES_IN_FOLDER = 100_000, 1_000

# What takes longer than this is run less often: another program, whose times differ by little.
SLOW_S, SLOW_ROUNDS = 20, 3

PARTS = ["few", "many", "full", "idle", "growth", "slow_few", "slow_many", "files", "instructions"]

# What must be reached: (label, result key, at most or at least, value).
TARGETS = [
    ("1,000 connections, wall against the bare loop", "few.file", "<=", 0.6),
    ("1,000,000 connections", "many.file", "<=", 1.2),
    ("full-size packets", "full.file", "<=", 0.9),
    ("1,000 connections, through a pipe", "few.pipe", "<=", 1.0),
    ("1,000,000 connections, through a pipe", "many.pipe", "<=", 1.5),
    ("full-size packets, through a pipe", "full.pipe", "<=", 1.1),
    ("times as fast as tcptrace, 1,000 connections", "slow_few.tcptrace", ">=", 10),
    ("times as fast as tcptrace, 100,000 connections", "slow_many.tcptrace", ">=", 100),
    ("times as fast as tshark", "slow_few.tshark", ">=", 200),
    ("anonymous bytes a connection, 10^6 connections", "many.bytes_a_connection", "<=", 200),
    ("ns a packet, 10^7 against 10^6 connections", "grow7.growth", "<=", 1.5),
    ("two captures with -j 2, speed against one processor", "few.two_files", ">=", 1.8),
    ("json with --events, million events a second", "idle.million_events_s", ">=", 1.0),
]


class Bench:
    def __init__(self, options):
        self.build = options.build
        self.folder = os.path.join(options.build, "bench")
        self.rounds = options.rounds
        self.scale = options.scale
        self.keep = options.keep
        self.analyze = os.path.join(options.build, "ka-analyze")
        self.reference = options.reference
        self.bare = os.path.join(self.folder, "bare_loop")
        self.results = {}

    # ---- captures --------------------------------------------------------------------------

    def size(self, name):
        _, packets, connections, _ = CAPTURES[name]
        if connections > 1000:
            connections = max(int(connections * self.scale), 100)
        return max(int(packets * self.scale), 1000), connections

    def generate(self, name, size=None):
        path = os.path.join(self.folder, f"{name}.pcap")
        packets, connections = size or self.size(name)
        command = [os.path.join(self.folder, "generate"), CAPTURES[name][0],
                   str(packets), str(connections)]
        with open(path, "wb") as out:
            subprocess.run(command, stdout=out, check=True)
        return path

    def discard(self, path):
        if not self.keep:
            os.unlink(path)

    # ---- measuring -------------------------------------------------------------------------

    def timed(self, command, path=None):
        """Wall and processor seconds of a command; with a path, cat of it through a pipe."""
        cat = path and subprocess.Popen(["cat", path], stdout=subprocess.PIPE)
        start = time.perf_counter()
        process = subprocess.Popen(command, stdin=cat.stdout if cat else subprocess.DEVNULL,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        if cat:
            cat.stdout.close()
        error = process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if cat:
            cat.wait()
        if process.returncode != 0:
            sys.exit(f"{' '.join(command)}: status {process.returncode}: {error.decode()}")
        return wall, usage.ru_utime + usage.ru_stime

    def alternate(self, contenders):
        """{name: (command, piped path or None)} -> {name: {wall_s, cpu_s, walls_s}}."""
        times = {name: [] for name in contenders}
        for done in range(self.rounds):
            for name, (command, path) in contenders.items():
                is_slow = done > 0 and times[name][0][0] > SLOW_S
                if done < (SLOW_ROUNDS if is_slow else self.rounds):
                    times[name].append(self.timed(command, path))
        return {name: {
            "wall_s": statistics.median(wall for wall, _ in rows),
            "cpu_s": statistics.median(cpu for _, cpu in rows),
            "walls_s": [round(wall, 4) for wall, _ in rows],
        } for name, rows in times.items()}

    @staticmethod
    def anonymous_bytes(command):
        """Peak of the anonymous memory of a command, looked at every millisecond."""
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        peak = 0
        while process.poll() is None:
            try:
                with open(f"/proc/{process.pid}/status", encoding="ascii") as status:
                    found = re.search(r"^RssAnon:\s+(\d+) kB", status.read(), re.M)
            except (FileNotFoundError, ProcessLookupError):
                break
            if found:
                peak = max(peak, int(found.group(1)) * 1024)
            time.sleep(0.001)
        process.wait()
        return peak

    @staticmethod
    def resident_bytes(command):
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        _, _, usage = os.wait4(process.pid, 0)
        process.returncode = 0
        return usage.ru_maxrss * 1024

    @staticmethod
    def digest(command):
        """Of the output and the number of its lines that are tagged frames."""
        mark = b'{"record":"segment"'
        sha, segments, tail = hashlib.sha256(), 0, b""
        with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
            while block := process.stdout.read(1 << 20):
                sha.update(block)
                segments += (tail + block).count(mark)
                tail = block[1 - len(mark):]
        if process.returncode != 0:
            sys.exit(f"{' '.join(command)}: status {process.returncode}")
        return sha.hexdigest(), segments

    def check(self, name, path):
        """The result equals that of the plain path: packets through libpcap, as a filter needs."""
        options = ["--format", "json", "--events"]
        plain = [self.reference or self.analyze, *options, "-f", "greater 0", path]
        fast = [self.analyze, *options, path]
        wanted, segments = self.digest(plain)
        if self.digest(fast)[0] != wanted:
            sys.exit(f"{name}: the result differs from that of the plain path")
        return segments

    def instructions(self, command, name):
        """Instructions a packet: the difference of two short captures, without those to start."""
        _, packets, connections, _ = CAPTURES[name]
        counts = []
        for some in (100_000, 200_000):
            scaled = connections if connections <= 1000 else connections * some // packets
            path = self.generate(name, (some, scaled))
            run = subprocess.run(["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null",
                                  *command, path], capture_output=True, text=True, check=True)
            # The process that starts ka-wiretap reports as well; it does next to nothing.
            counts.append(max(map(int, re.findall(r"Collected : (\d+)", run.stderr))))
            self.discard(path)
        return (counts[1] - counts[0]) / 100_000

    # ---- the parts -------------------------------------------------------------------------

    def against_bare(self, name):
        packets, connections = self.size(name)
        path = self.generate(name)
        times = self.alternate({
            "cat": (["cat", path], None),
            "bare": ([self.bare, path], None),
            "file": ([self.analyze, path], None),
            "cat pipe": (["cat"], path),
            "bare pipe": ([self.bare, "-"], path),
            "pipe": ([self.analyze, "-"], path),
        })
        bare_s = times["bare"]["wall_s"]
        result = {"packets": packets, "connections": connections, "times": times}
        for key in ("cat", "file", "cat pipe", "bare pipe", "pipe"):
            result[key] = times[key]["wall_s"] / bare_s
        result["cpu"] = times["file"]["cpu_s"] / times["bare"]["cpu_s"]
        result["resident_bytes"] = self.resident_bytes([self.analyze, path])
        result["anonymous_bytes"] = self.anonymous_bytes([self.analyze, path])
        result["bytes_a_connection"] = result["anonymous_bytes"] / connections
        if name == "few":
            result["two_files"] = self.two_files(path)
        result["events"] = self.check(name, path)
        if name == "idle":
            command = [self.analyze, "--format", "json", "--events", path]
            events = self.alternate({"events": (command, None)})
            result["times"].update(events)
            result["million_events_s"] = result["events"] / events["events"]["wall_s"] / 1e6
        self.results[name] = result
        self.discard(path)

    def two_files(self, path):
        """Speed of two captures with -j 2 against one after the other on one processor."""
        times = self.alternate({
            "one": (["taskset", "-c", "0", self.analyze, path, path], None),
            "two": ([self.analyze, "-j", "2", path, path], None),
        })
        return times["one"]["wall_s"] / times["two"]["wall_s"]

    def growth(self):
        ns = {}
        # 10^7 connections are more than the command keeps unless told to.
        analyze = [self.analyze, "--max-connections", "0", "--max-memory", "0"]
        for name in ("grow6", "grow7"):
            packets, connections = self.size(name)
            path = self.generate(name)
            times = self.alternate({"bare": ([self.bare, path], None),
                                    "file": ([*analyze, path], None)})
            ns[name] = times["file"]["wall_s"] / packets
            self.results[name] = {
                "packets": packets, "connections": connections, "times": times,
                "file": times["file"]["wall_s"] / times["bare"]["wall_s"],
                "bytes_a_connection": self.anonymous_bytes([*analyze, path]) / connections}
            self.discard(path)
        self.results["grow7"]["growth"] = ns["grow7"] / ns["grow6"]

    def against_others(self, name):
        packets, connections = self.size(name)
        path = self.generate(name)
        contenders = {
            "bare": ([self.bare, path], None),
            "file": ([self.analyze, path], None),
            "tcptrace": (["tcptrace", "-n", path], None),
        }
        if name == "slow_few":
            command = ["tshark", "-n", "-r", path, "-Y", "tcp.analysis.keep_alive"]
            contenders["tshark"] = (command, None)
        times = self.alternate(contenders)
        result = {"packets": packets, "connections": connections, "times": times}
        for other in contenders.keys() - {"bare", "file"}:
            result[other] = times[other]["wall_s"] / times["file"]["wall_s"]
        self.results[name] = result
        self.discard(path)

    def small_files(self):
        """A tree of small captures, those of a folder one file: that disks are slow is no part."""
        count = max(int(SMALL_FILES * self.scale), FILES_IN_FOLDER)
        path = self.generate("files", CAPTURES["files"][1:3])
        tree = os.path.join(self.folder, "files")
        shutil.rmtree(tree, ignore_errors=True)
        for i in range(count):
            folder = os.path.join(tree, str(i // FILES_IN_FOLDER))
            if i % FILES_IN_FOLDER == 0:
                os.makedirs(folder)
                first = shutil.copy(path, folder)
            else:
                os.link(first, os.path.join(folder, f"{i}.pcap"))
        times = self.alternate({
            f"-j {jobs}": ([self.analyze, "-j", str(jobs), "--format", "json", tree], None)
            for jobs in (1, 2, 64)})
        self.results["files"] = {
            "captures": count,
            "captures_s": {jobs: count / row["wall_s"] for jobs, row in times.items()},
            "cpu_us_a_capture": {jobs: row["cpu_s"] / count * 1e6 for jobs, row in times.items()}}
        shutil.rmtree(tree)
        self.discard(path)

    def instruction_counts(self):
        self.results["instructions"] = {
            name: {"ka-analyze": self.instructions([self.analyze], name),
                   "bare loop": self.instructions([self.bare], name)}
            for name in ("few", "many", "idle")}

    # ---- output ----------------------------------------------------------------------------

    def print_times(self):
        print(f"{'capture':<10}{'packets':>12}{'conns':>12}  {'program':<10}{'wall s':>9}"
              f"{'cpu s':>9}{'ns/pkt':>9}{'ratio':>8}   (ratio: wall against the bare loop)")
        for name, result in self.results.items():
            for program, row in result.get("times", {}).items():
                ratio = row["wall_s"] / result["times"]["bare"]["wall_s"]
                print(f"{name:<10}{result['packets']:>12,}{result['connections']:>12,}  "
                      f"{program:<10}{row['wall_s']:>9.3f}{row['cpu_s']:>9.3f}"
                      f"{row['wall_s'] / result['packets'] * 1e9:>9.1f}{ratio:>8.2f}")
        print()
        for name, result in self.results.items():
            if "anonymous_bytes" in result:
                print(f"{name:<10}peak: {result['resident_bytes'] / 2**20:.0f} MiB resident, "
                      f"{result['anonymous_bytes'] / 2**20:.0f} MiB anonymous, "
                      f"{result['bytes_a_connection']:.0f} anonymous bytes a connection")
        files = self.results.get("files", {"captures_s": {}})
        for jobs, captures_s in files["captures_s"].items():
            print(f"files     {files['captures']:,} captures of 30 packets, {jobs}: "
                  f"{captures_s:,.0f} a second, "
                  f"{files['cpu_us_a_capture'][jobs]:.0f} us of processor time each")
        for name, counts in self.results.get("instructions", {}).items():
            print(f"{name:<10}instructions a packet: " +
                  ", ".join(f"{program} {count:.0f}" for program, count in counts.items()))

    def print_targets(self):
        print(f"\n{'target':<52}{'wanted':>10}{'measured':>10}")
        for label, key, relation, wanted in TARGETS:
            name, field = key.split(".")
            if field not in self.results.get(name, {}):
                continue
            measured = self.results[name][field]
            reached = measured <= wanted if relation == "<=" else measured >= wanted
            print(f"{label:<52}{relation:>4}{wanted:>6}{measured:>10.2f}"
                  f"{'' if reached else '   not reached'}")

    def save(self):
        with open(os.path.join(self.folder, "results.json"), "w", encoding="utf-8") as out:
            json.dump(self.results, out, indent=1)


def machine():
    with open("/proc/cpuinfo", encoding="utf-8") as info:
        model = re.search(r"^model name\s*: (.*)", info.read(), re.M)
    return f"{model.group(1) if model else 'unknown processor'}, {os.cpu_count()} cores, " \
           f"{os.sysconf('SC_PHYS_PAGES') * os.sysconf('SC_PAGE_SIZE') / 2**30:.0f} GiB, " \
           f"Linux {os.uname().release}, load {os.getloadavg()[0]:.1f} at the start"


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scale", type=float, default=1.0, help="of packets and connections")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", default=",".join(PARTS))
    parser.add_argument("--reference", help="another ka-analyze whose results must be the same")
    parser.add_argument("--keep", action="store_true", help="leave the captures in BUILD/bench")
    parser.add_argument("build")
    return parser.parse_args()


def main():
    options = parse_options()
    bench = Bench(options)
    bench.results["machine"] = {"name": machine(), "scale": options.scale, "rounds": options.rounds}
    print(f"{machine()}; scale {options.scale}, medians of {options.rounds}\n", flush=True)
    for part in options.only.split(","):
        start = time.perf_counter()
        if part == "growth":
            bench.growth()
        elif part == "instructions":
            if shutil.which("valgrind"):
                bench.instruction_counts()
        elif part == "files":
            bench.small_files()
        elif part.startswith("slow"):
            bench.against_others(part)
        else:
            bench.against_bare(part)
        bench.save()
        print(f"measured: {part}, in {time.perf_counter() - start:.0f} s", file=sys.stderr, flush=True)
    bench.print_times()
    bench.print_targets()


if __name__ == "__main__":
    main()
