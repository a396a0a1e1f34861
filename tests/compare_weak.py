# SPDX-License-Identifier: GPL-2.0-or-later
"""Comparisons with little to go by: clocks that drift and nothing but equal probes, captures of one
direction, of different times. What is said has to be true, or that it cannot be told.

Part of check_compare.py, from which it takes how captures are read and written.
"""
import os
import random
import struct

CLIENT, SERVER = (b"\x0a\0\1\1", 40000), (b"\x0a\0\2\2", 9999)
ACK, SYN, RST, PSH = 0x10, 0x02, 0x04, 0x08
NOTHING_SAID = ("unsure", "not_covered", "not_asked")


def segment(to_server, seq, ack, flags, payload=b""):
    """No timestamps, no IP identification, no time to live lost: probes are equal, all of them."""
    (src, sport), (dst, dport) = (CLIENT, SERVER) if to_server else (SERVER, CLIENT)
    tcp = struct.pack(">HHIIBBHHH", sport, dport, seq, ack, 0x50, flags, 500, 0, 0) + payload
    ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(tcp), 0, 0x4000, 64, 6, 0, src, dst)
    return b"\2" * 12 + b"\x08\0" + ip + tcp


class Path:
    """A path of 20 ms or a little more, with a capture at either end; B's clock is another."""

    def __init__(self, seed, offset_s, drift):
        self.random = random.Random(seed)
        self.offset_s, self.drift = offset_s, drift
        self.sent = {"a": [], "b": []}
        self.lost = {"a": set(), "b": set()}
        self.count = 0

    def send(self, t, place, data, lost=False):
        other = "b" if place == "a" else "a"
        arrives = t + 0.02 + self.random.random() * 0.005
        self.count += 1
        self.sent[place].append((t, self.count, data))
        if lost:
            self.lost[place].add(self.count)
        else:
            self.sent[other].append((arrives, self.count, data))
        return arrives

    def write(self, write, folder):
        """Both captures, and what is in one only: {(place, frame)}."""
        paths, only = [], set()
        for place in "ab":
            rows = sorted(self.sent[place])
            moved = [
                (t * (1 + self.drift) + self.offset_s if place == "b" else t, number, data)
                for t, number, data in rows
            ]
            paths.append(os.path.join(folder, f"weak.{place}.pcap"))
            write(paths[-1], [(10**18 + int(t * 1e9), len(d), d) for t, _, d in moved])
            only |= {
                (place, frame + 1)
                for frame, (_, number, _) in enumerate(rows)
                if number in self.lost[place]
            }
        return paths, only


def probed(idle, count, loss, end, path):
    """A connection that is probed `count` times, and then dies, on the way `end`."""
    at = path.send(0.5, "a", segment(True, 1000, 0, SYN))
    at = path.send(at, "b", segment(False, 5000, 1001, SYN | ACK))
    at = path.send(at, "a", segment(True, 1001, 5001, ACK | PSH, b"hello"))
    t = path.send(at, "b", segment(False, 5001, 1006, ACK))
    probe, answer = segment(True, 1005, 5001, ACK), segment(False, 5001, 1006, ACK)
    interval, wait = min(10, idle), idle
    for i in range(count + 1):
        t += wait
        there, back = (path.random.random() < loss and i < count for _ in range(2))
        at = path.send(t, "a", probe, there)
        if not there:
            path.send(at, "b", answer, back)
        wait = interval if there or back else idle
    for _ in range(6):
        t, wait = t + wait, interval
        at = path.send(t, "a", probe, end == "lost_on_the_way")
        if end == "answers_lost":
            path.send(at, "b", answer, True)
    path.send(t + interval, "a", segment(True, 1006, 5001, RST | ACK), end == "lost_on_the_way")


def check_clocks(checks, program, compare, only_in, write, folder):
    for end in ("lost_on_the_way", "answers_lost"):
        for idle, count in ((60, 60), (7200, 4), (5, 100)):
            for drift in (0, 2e-5, -1e-4, 1e-3, 0.01):
                path = Path(1, 4000, drift)
                probed(idle, count, 0.1, end, path)
                (a, b), want = path.write(write, folder)
                records = compare(program, a, b)
                where = [r["where"] for r in records if r["record"] == "compare"]
                name = f"{end}, {count} times {idle} s, drift {drift}"
                if drift < 0.01:
                    got = only_in(records)
                    checks.expect(name, where == [end] and got == want, (where, got ^ want))
                else:  # no clock is as bad as this
                    checks.expect(name, where[0] in (end, "unsure"), where)


def opened(path, syns_lost, answers_lost, is_opened):
    """SYNs are lost, then SYNs arrive whose answers are lost, then one is answered, or none."""
    syn, answer = segment(True, 1000, 0, SYN), segment(False, 5000, 1001, SYN | ACK)
    t, wait = 0.5, 1.02
    for i in range(syns_lost + answers_lost):
        at = path.send(t, "a", syn, i < syns_lost)
        if i >= syns_lost:
            path.send(at, "b", answer, True)
        t, wait = t + wait, 2 * wait
    if not is_opened:
        return
    at = path.send(path.send(t, "a", syn), "b", answer)
    at = path.send(at, "a", segment(True, 1001, 5001, ACK | PSH, b"hello"))
    path.send(at, "b", segment(False, 5001, 1006, ACK | PSH, b"world"))


def check_handshakes(checks, program, compare, only_in, write, folder):
    courses = ((1, 0, True), (0, 1, True), (1, 2, True), (0, 5, False))
    for syns_lost, answers_lost, is_opened in courses:
        for drift, offset_s in ((0, 0), (1e-4, 4000), (-1e-3, -3)):
            path = Path(3, offset_s, drift)
            opened(path, syns_lost, answers_lost, is_opened)
            (a, b), want = path.write(write, folder)
            records = compare(program, a, b)
            fates = {r["fate"] for r in records if r["record"] == "compare_segment"}
            checks.expect(
                f"{syns_lost} SYNs lost, {answers_lost} answers, drift {drift}, offset {offset_s}",
                only_in(records) == want or (not is_opened and fates == {"unsure"}),
                (only_in(records) ^ want, fates),
            )


def parts_of(a, b):
    """Captures that hold less than both, by what they lack."""
    client = next(p for p in a if p.tcp)
    at = slice(22, 38) if client.v6 else slice(26, 30)
    sent = [p for p in a if p.tcp and p.data[at] == client.data[at]]
    came = [p for p in b if p.tcp and p.data[at] != client.data[at]]
    yield "B late", a, b[len(b) // 2 :]
    yield "A late", a[len(a) // 2 :], b
    yield "B ends early", a, b[: len(b) // 2]
    yield "A ends early", a[: len(a) // 2], b
    yield "neither whole", a[: 2 * len(a) // 3], b[len(b) // 3 :]
    yield "no time in common", a[: len(a) // 3], b[2 * len(b) // 3 :]
    yield "A has one direction", sent, b
    yield "B has the other direction", a, came
    yield "each has another direction", sent, came


def check_parts(checks, compare_command, records_of, name, a, b, partners, write, folder):
    """Nothing is called lost or born between that is in both whole captures."""
    paths = [os.path.join(folder, f"part.{place}.pcap") for place in "ab"]
    backwards = {there: here for here, there in partners.items()}
    for what, part_a, part_b in parts_of(a, b):
        for path, part in zip(paths, (part_a, part_b)):
            write(path, [(p.time_ns, p.wirelen, p.data) for p in part])
        frames = {"a": [p.frame for p in part_a], "b": [p.frame for p in part_b]}
        known = {"a": partners, "b": backwards}
        wrong = [
            (r["only_in"], r["frame"], r["fate"])
            for r in records_of(compare_command + paths)
            if r["record"] == "compare_segment"
            and r["fate"] in ("lost", "born_between")
            and frames[r["only_in"]][r["frame"] - 1] in known[r["only_in"]]
        ]
        checks.expect(f"{name}, {what}", not wrong, wrong)
