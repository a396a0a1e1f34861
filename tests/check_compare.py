#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Check `ka-analyze compare` on captures from both ends of the lab, whose clock is one.

usage: check_compare.py KA_ANALYZE FILE.a.pcap...      (FILE.b.pcap lies beside each)

The truth: a segment of A and one of B are the same if all their bytes from IP on are, but TTL and header
checksum, and less than half a second lie between them. Then B is made unlike: another clock, addresses and ports
translated, sequence numbers rewritten; the comparison has to come to the same.
"""
import json
import os
import struct
import subprocess
import sys
import tempfile

import compare_weak

NEAR_S = 0.5
ETHERNET, RAW = 1, 101


class Packet:
    def __init__(self, frame, time_ns, wirelen, data):
        self.frame, self.time_ns, self.wirelen, self.data = frame, time_ns, wirelen, data
        self.tcp = None
        if len(data) < 34 or data[12:14] not in (b"\x08\x00", b"\x86\xdd"):
            return
        if data[12] == 8 and data[23] == 6:
            self.tcp, self.v6 = 14 + (data[14] & 15) * 4, False
        elif data[12] != 8 and data[20] == 6:
            self.tcp, self.v6 = 54, True

    def identity(self):
        ip = bytearray(self.data[14:])
        if self.v6:
            ip[7] = 0  # hop limit
        else:
            ip[8], ip[10:12] = 0, b"\0\0"
        # The checksum is that of the interface: filled in by one end's card, not yet by the other's.
        at = self.tcp - 14
        ip[at + 16 : at + 18] = b"\0\0"
        return bytes(ip)


def read(path):
    with open(path, "rb") as stream:
        data = stream.read()
    magic = struct.unpack("<I", data[:4])[0]
    scale = {0xA1B2C3D4: 1000, 0xA1B23C4D: 1}.get(magic)
    if scale is None or struct.unpack("<I", data[20:24])[0] != ETHERNET:
        return None
    packets, at = [], 24
    while at + 16 <= len(data):
        seconds, fraction, caplen, wirelen = struct.unpack("<IIII", data[at : at + 16])
        packets.append(
            Packet(
                len(packets) + 1,
                seconds * 10**9 + fraction * scale,
                wirelen,
                data[at + 16 : at + 16 + caplen],
            )
        )
        at += 16 + caplen
    return packets


def same(a, b):
    """Frames of A and of B that are the same."""
    partners = {}
    waiting = {}
    for packet in b:
        if packet.tcp:
            waiting.setdefault(packet.identity(), []).append(packet)
    for packet in a:
        for other in waiting.get(packet.identity(), []) if packet.tcp else []:
            if abs(other.time_ns - packet.time_ns) < NEAR_S * 1e9:
                partners[packet.frame] = other.frame
                waiting[packet.identity()].remove(other)
                break
    return partners


def records_of(command):
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode != 0:
        raise SystemExit(f"{command}: status {result.returncode}: {result.stderr}")
    return [json.loads(line) for line in result.stdout.splitlines()]


def compare(program, a, b):
    return records_of([program, "compare", "--format", "json", "--events", "--both-ran", a, b])


def only_in(records):
    return {
        (r["only_in"], r["frame"]) for r in records if r["record"] == "compare_segment"
    }


def tcp_frames(packets):
    return {p.frame for p in packets if p.tcp}


def unlike(packets, offset_ns, drift, seq_offsets):
    """B as a box would have changed it on its way: the client's end and every number."""
    start = packets[0].time_ns if packets else 0
    client = next((p for p in packets if p.tcp), None)
    changed = []
    for packet in packets:
        data = bytearray(packet.data)
        if packet.tcp:
            at = packet.tcp
            to_server = packet.data[26:30] == client.data[26:30] if not packet.v6 else (
                packet.data[22:38] == client.data[22:38]
            )
            mine, yours = (0, 1) if to_server else (1, 0)
            port = at if to_server else at + 2
            data[port : port + 2] = struct.pack(
                ">H", (struct.unpack(">H", data[port : port + 2])[0] + 1234) % 20000 + 40000
            )
            if packet.v6:
                data[37 if to_server else 53] ^= 0x55
            else:
                data[29 if to_server else 33] ^= 0x55
            seq, ack = struct.unpack(">II", data[at + 4 : at + 12])
            seq = (seq + seq_offsets[mine]) & 0xFFFFFFFF
            if data[at + 13] & 0x10:
                ack = (ack + seq_offsets[yours]) & 0xFFFFFFFF
            data[at + 4 : at + 12] = struct.pack(">II", seq, ack)
        moved = packet.time_ns + offset_ns + int((packet.time_ns - start) * drift)
        changed.append((moved, packet.wirelen, bytes(data)))
    return changed


def write(path, changed):
    with open(path, "wb") as stream:
        stream.write(struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 262144, ETHERNET))
        for time_ns, wirelen, data in changed:
            stream.write(
                struct.pack("<IIII", time_ns // 10**9, time_ns % 10**9, len(data), wirelen) + data
            )


class Checks:
    def __init__(self):
        self.passed = self.failed = 0

    def expect(self, what, condition, detail=""):
        self.passed += bool(condition)
        self.failed += not condition
        if not condition:
            print(f"compare: {what}: {detail}")


def essence(records):
    """What does not depend on names, addresses and clocks."""
    rows = [r for r in records if r["record"] == "compare_check"]
    pairs = [r for r in records if r["record"] == "compare"]
    return (
        [(p["where"], p["checks_arrived"], p["checks_lost"], p["answers_lost"]) for p in pairs],
        sorted(
            (r["from"], r["tag"], r["fate"], r["sent_frame"] or 0, r["arrived_frame"] or 0)
            for r in rows
        ),
        sorted(only_in(records)),
    )


def check_pair(checks, program, path, folder):
    other = path.replace(".a.pcap", ".b.pcap")
    a, b = read(path), read(other)
    name = os.path.basename(path)[: -len(".a.pcap")]
    if not a or not b or any(p.data[12:14] == b"\x81\x00" for p in a):
        return
    records = compare(program, path, other)
    partners = same(a, b)
    want = {("a", f) for f in tcp_frames(a) - set(partners)}
    want |= {("b", f) for f in tcp_frames(b) - set(partners.values())}
    in_both = [r for r in records if r["record"] == "compare"]
    if not in_both:
        checks.expect(name, not partners, "no connection matched")
        return
    got = only_in(records)
    if not partners:  # addresses are translated between: no bytes tell, but both must be found
        checks.expect(name, len(in_both) == 1, records)
        return
    single = all(
        r["connections"] == 1 for r in (records[0]["a"], records[0]["b"])
    )
    if single:
        checks.expect(name, got == want, f"not so {sorted(got - want)}, missed {sorted(want - got)}")
    clock = records[0]["clock"]
    if clock["uncertainty_s"] is not None:
        checks.expect(
            f"{name} clock", abs(clock["offset_s"]) <= clock["uncertainty_s"] + 2e-6, clock
        )
    back = compare(program, other, path)
    swapped = {("b" if place == "a" else "a", frame) for place, frame in only_in(back)}
    checks.expect(f"{name} swapped", swapped == got, sorted(swapped ^ got))
    if not single or len(partners) < 4:
        return
    command = [program, "compare", "--format", "json", "--events"]
    compare_weak.check_parts(
        checks, command, records_of, name, a, b, partners, write, folder
    )
    for offset_ns, drift, seqs in (
        (-7_200_000_000_123, 0.0, (0, 0)),
        (86_400_500_000_000, 40e-6, (0x9E3779B9, 77)),
        (3_000_000, -30e-6, (0, 0xFFFFFFF0)),
    ):
        made = os.path.join(folder, "made.pcap")
        write(made, unlike(b, offset_ns, drift, seqs))
        changed = compare(program, path, made)
        checks.expect(
            f"{name} clock {offset_ns} drift {drift} numbers {seqs}",
            essence(changed) == essence(records),
            f"{essence(records)} became {essence(changed)}",
        )


def main():
    program = sys.argv[1]
    checks = Checks()
    with tempfile.TemporaryDirectory() as folder:
        for path in sys.argv[2:]:
            check_pair(checks, program, path, folder)
        for check in (compare_weak.check_clocks, compare_weak.check_handshakes):
            check(checks, program, compare, only_in, write, folder)
    print(f"{checks.passed} passed, {checks.failed} failed")
    return 1 if checks.failed or not checks.passed else 0


if __name__ == "__main__":
    sys.exit(main())
