#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Write seeds for the fuzz targets from classic pcap files: make-seeds.py FOLDER CAPTURE...

Of each capture FOLDER/capture receives the file itself (its first packets), FOLDER/decode a frame
of each size, FOLDER/segments the course of its TCP segments, as script_fuzz.h describes it, and
FOLDER/compare that course seen in two places, or the file beside the one of the other end.
tests/fuzz/make-seeds.sh leaves of them what adds to the coverage.
"""
import pathlib
import struct
import sys

CAPTURE_BYTES_MAX = 2500
FIN, SYN, RST = 1, 2, 4
UNITS_NS = [100_000, 1_000_000, 10_000_000, 100_000_000, 10**9, 10 * 10**9, 75 * 10**9, 1 << 55]
CONNECTIONS = 4
# What stands before the segments in fuzz_compare.c: the last ones do not arrive, an answer is lost, a
# box translates, clocks differ.
PLACES = [
    struct.pack("<BhBB", 0, 0, 2, 5) + b"\0\0\x88\xaa\xaa",
    struct.pack("<BhBB", 2, 150, 50, 3) + b"\0\x10\x04",
    struct.pack("<BhBB", 4 | 8, -20, 3, 0),
    struct.pack("<BhBB", 8 | 16, 1000, 20, 2) + b"\0\x04",
]


def packets(data):
    """Link type and (time in ns, wire length, bytes, end in the file) of each packet."""
    magic = data[:4]
    order = "<" if magic in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1") else ">"
    if magic not in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1", b"\xa1\xb2\xc3\xd4", b"\xa1\xb2\x3c\x4d"):
        return 0, []
    unit_ns = 1 if b"\x3c" in magic else 1000
    link_type = struct.unpack_from(order + "I", data, 20)[0] & 0xFFFF
    rows, at = [], 24
    while at + 16 <= len(data):
        seconds, fraction, caplen, wirelen = struct.unpack_from(order + "4I", data, at)
        at += 16 + caplen
        if at > len(data):
            break
        rows.append((seconds * 10**9 + fraction * unit_ns, wirelen, data[at - caplen : at], at))
    return link_type, rows


def datagram(link_type, frame):
    """The IP datagram of a frame of the usual link types."""
    if link_type == 1:
        at = 14
        while frame[at - 2 : at] in (b"\x81\x00", b"\x88\xa8"):
            at += 4
        return frame[at:]
    return frame[{101: 0, 228: 0, 229: 0, 12: 0, 113: 16, 276: 20, 0: 4}.get(link_type, 0) :]


def segment(ip):
    """Both endpoints, seq, ack, flags, payload bytes and window; None for all but TCP."""
    version = ip[0] >> 4 if ip else 0
    if version == 4 and len(ip) >= 40 and ip[9] == 6:
        header, addresses = (ip[0] & 15) * 4, (ip[12:16], ip[16:20])
        length = struct.unpack_from(">H", ip, 2)[0] - header
    elif version == 6 and len(ip) >= 60 and ip[6] == 6:
        header, addresses = 40, (ip[8:24], ip[24:40])
        length = struct.unpack_from(">H", ip, 4)[0]
    else:
        return None
    if len(ip) < header + 20:
        return None
    ports = ip[header : header + 2], ip[header + 2 : header + 4]
    seq, ack, offset, flags, window = struct.unpack_from(">IIBBH", ip, header + 4)
    ends = tuple(zip(addresses, ports))
    return ends, seq, ack, flags, max(0, length - (offset >> 4) * 4), window


def signed(number, bits):
    """The number modulo 2^32 as a signed one that fits into so many bits."""
    number = (number + (1 << 31)) % (1 << 32) - (1 << 31)
    return max(-(1 << (bits - 1)), min((1 << (bits - 1)) - 1, number))


def elapsed(duration_ns):
    """Unit and count that come nearest to a duration."""
    for unit, unit_ns in enumerate(UNITS_NS):
        count = (duration_ns + unit_ns // 2) // unit_ns
        if -128 <= count <= 127:
            return unit, count
    return len(UNITS_NS) - 1, 127


class Course:
    """The records of script_fuzz.h."""

    def __init__(self):
        self.records = b""
        self.lines = {}
        self.latest_ns = None

    def add(self, time_ns, ends, seq, ack, flags, length, window):
        key = frozenset(ends)
        if key not in self.lines:
            if len(self.lines) == CONNECTIONS:
                return
            self.lines[key] = {"number": len(self.lines), "client": ends[0], "nxt": {}}
        line = self.lines[key]
        sender, peer = ends
        nxt = line["nxt"]
        nxt.setdefault(sender, seq)
        nxt.setdefault(peer, ack)
        unit, count = elapsed(time_ns - (self.latest_ns or time_ns))
        self.latest_ns = time_ns
        head = line["number"] | (sender != line["client"]) << 2 | unit << 5
        bits = 2 | 1 << 4
        self.records += struct.pack(
            "<BbBBhhHH", head, count, flags, bits, signed(seq - nxt[sender], 16),
            signed(ack - nxt[peer], 16), min(length, 65535), window)
        end = seq + length + bool(flags & SYN) + bool(flags & FIN)
        if not flags & RST and signed(end - nxt[sender], 32) > 0:
            nxt[sender] = end % (1 << 32)


def write(folder, name, content):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(content)


def make(out, path):
    data = path.read_bytes()
    link_type, rows = packets(data)
    course, sizes = Course(), set()
    ends = [end for _, _, _, end in rows if end <= CAPTURE_BYTES_MAX]
    write(out / "capture", path.stem, data[: ends[-1]] if ends else data[:CAPTURE_BYTES_MAX])
    for time_ns, wirelen, frame, _ in rows:
        if len(frame) not in sizes and len(frame) < 400:
            sizes.add(len(frame))
            write(out / "decode", f"{path.stem}-{len(frame)}",
                  struct.pack("<HIB", link_type, wirelen, 128) + frame)
        found = segment(datagram(link_type, frame))
        if found:
            course.add(time_ns, *found)
    if course.records:
        write(out / "segments", path.stem, course.records)
        seen = PLACES[len(course.records) // 12 % len(PLACES)]
        write(out / "compare", path.stem, seen + course.records)
    other = path.with_name(path.name.replace(".a.pcap", ".b.pcap"))
    if other != path and other.exists() and len(data) < CAPTURE_BYTES_MAX:
        write(out / "compare", path.stem + "-raw",
              struct.pack("<BH", 1, len(data)) + data + other.read_bytes()[:CAPTURE_BYTES_MAX])


def main():
    out = pathlib.Path(sys.argv[1])
    for name in sys.argv[2:]:
        make(out, pathlib.Path(name))


main()
