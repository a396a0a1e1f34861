#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Read every capture that Wireshark opens, and compare with the plain file or with tshark.

usage: check_reading.py KA_ANALYZE LIST_PACKETS CAPTURE...

What a program or library is missing for is left out, and said.
"""
import os
import re
import resource
import shutil
import struct
import subprocess
import sys
import tempfile
import time
import zlib

ANALYZE, LIST, CAPTURES = sys.argv[1], sys.argv[2], sys.argv[3:]
MEMORY_MAX_BYTES = 400 << 20
COMPRESSORS = {"gzip": [], "zstd": ["-q"], "lz4": ["-q"], "xz": ["-9"], "bzip2": []}
# Formats that editcap writes and wiretap reads back, with Ethernet.
FOREIGN = (
    "snoop netmon1 netmon2 ngsniffer ngwsniffer_1_1 ngwsniffer_2_0 visual lanalyzer 5views "
    "commview-ncf k12text nettl modpcap nokiapcap rh6_1pcap suse6_3pcap nsecpcap"
).split()
results = {"passed": 0, "failed": 0}


def verdict(what, good, detail=""):
    results["passed" if good else "failed"] += 1
    if not good:
        print(f"reading: {what}: {detail}"[:600])


def run(*command, stdin=None, limit=None):
    """Status, output and errors of a program."""
    bound = (lambda: resource.setrlimit(resource.RLIMIT_AS, (limit, limit))) if limit else None
    done = subprocess.run(
        command, input=stdin, stdin=None if stdin is not None else subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, preexec_fn=bound, check=False,
    )
    return done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode()


def analyze(*arguments, **how):
    return run(ANALYZE, "--format", "json", "--events", *arguments, **how)


def supported():
    line = next(l for l in run(ANALYZE, "-V")[1].splitlines() if l.startswith("compressed"))
    formats = line.split(":")[1].split()
    for name in COMPRESSORS:
        if name not in formats:
            print(f"reading: left out {name}: built without it")
        elif not shutil.which(name):
            print(f"reading: left out {name}: there is no such program")
    return [f for f in formats if shutil.which(f)]


def has_wiretap():
    return "libwiretap" in run(ANALYZE, "-V")[1]


# ---- compressed --------------------------------------------------------------------------------


def unnamed(text, name):
    return text.replace(f'"file":"{name}"', '"file":"F"')


def check_compressed(folder, formats):
    """A compressed copy of every capture says the same as the capture."""
    for capture in CAPTURES:
        want = analyze(capture)
        for name in formats:
            copy = f"{folder}/copy.{name}"
            packed = subprocess.run(
                [name, "-c", *COMPRESSORS[name], capture], stdout=subprocess.PIPE, check=True
            ).stdout
            with open(copy, "wb") as file:
                file.write(packed)
            got = analyze(copy)
            same = (got[0], unnamed(got[1], copy)) == (want[0], unnamed(want[1], capture))
            verdict(f"{capture}, {name}", same, got[2])
        if capture not in CAPTURES[:10]:
            continue
        got = analyze("-", stdin=packed)
        same = (got[0], unnamed(got[1], "-")) == (want[0], unnamed(want[1], capture))
        verdict(f"{capture}, {name}, from a pipe", same, got[2])


def check_members(formats):
    """Several members, of which any border may be in a packet; and any cut."""
    with open(CAPTURES[0], "rb") as file:
        whole = file.read()
    want = analyze("-", stdin=whole)
    thirds = [whole[:100], whole[100:1000], whole[1000:]]
    for name in formats:
        pack = lambda data: subprocess.run(
            [name, "-c"], input=data, stdout=subprocess.PIPE, check=True
        ).stdout
        members = [pack(part) for part in thirds]
        got = analyze("-", stdin=b"".join(members))
        verdict(f"{name} in three members", got == want, got[2])
        cut = b"".join(members)[:-9]
        status, text, errors = analyze("-", stdin=cut)
        good = status == 2 and '"record":"summary"' in text and len(errors.splitlines()) == 1
        verdict(f"{name}, cut", good, f"status {status} {errors}")


def check_bombs(folder, formats):
    """Gigabytes of one byte take time, but no memory; and are no capture by themselves."""
    header = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1)
    for name in formats:
        path = f"{folder}/bomb.{name}"
        with open(path, "wb") as file:
            packer = subprocess.Popen(
                [name, "-c", *COMPRESSORS[name]], stdin=subprocess.PIPE, stdout=file
            )
            packer.stdin.write(header)
            for _ in range(48):
                packer.stdin.write(bytes(1 << 20))
            packer.stdin.close()
            packer.wait()
        status, text, errors = run(
            ANALYZE, "--format", "json", "--no-sandbox", path, limit=MEMORY_MAX_BYTES
        )
        good = status == 0 and f'"packets":{(48 << 20) // 16}' in text
        verdict(f"bomb, {name}", good, f"status {status} {errors}")
    zeros = subprocess.run(["gzip", "-c"], input=bytes(1 << 22), stdout=subprocess.PIPE, check=True)
    status, _, errors = run(ANALYZE, "-", stdin=zeros.stdout)
    verdict("zeros, compressed", status == 3 and "not a capture" in errors, errors)


def check_folder(folder, formats):
    """In a folder what holds a capture is taken, whatever its name; asked for, others are errors."""
    place = f"{folder}/folder"
    os.mkdir(place)
    expected = 0
    for name in formats:
        for source, target in ((CAPTURES[0], f"a.{name}"), ("LICENSE", f"b.{name}")):
            with open(f"{place}/{target}", "wb") as file:
                subprocess.run([name, "-c", source], stdout=file, check=True)
        expected += 1
    status, text, errors = analyze(place)
    found = text.count('"record":"file"')
    verdict("folder of compressed files", (status, found) == (0, expected), f"{found} {errors}")
    for name in formats:
        status, _, errors = analyze(f"{place}/b.{name}")
        good = status == 3 and "compressed: not a capture" in errors
        verdict(f"compressed text, {name}", good, errors)
    subprocess.run(["tar", "-czf", f"{folder}/a.tar.gz", CAPTURES[0]], check=True)
    status, _, errors = analyze(f"{folder}/a.tar.gz")
    verdict("tar archive", status == 3 and "a tar archive" in errors, errors)


# ---- pcapng ------------------------------------------------------------------------------------

FRAME = bytes(12) + b"\x08\x00" + bytes.fromhex(
    "4500002800010000400600000a0000010a000002" "03e8005000000001000000015010040000000000"
)


class Section:
    """The blocks of one section in one byte order."""

    def __init__(self, order):
        self.order = order
        self.bytes = self.block(0x0A0D0D0A, self.pack("IHHq", 0x1A2B3C4D, 1, 0, -1))

    def pack(self, form, *values):
        return struct.pack(self.order + form, *values)

    def block(self, kind, body):
        body += bytes(-len(body) % 4)
        length = len(body) + 12
        return self.pack("II", kind, length) + body + self.pack("I", length)

    def option(self, code, value):
        return self.pack("HH", code, len(value)) + value + bytes(-len(value) % 4)

    def interface(self, link_type, snaplen, resolution=None, offset=None):
        options = self.option(2, b"eth0")
        if resolution is not None:
            options += self.option(9, bytes([resolution]))
        if offset is not None:
            options += self.option(14, self.pack("q", offset))
        options += self.option(0, b"")
        self.bytes += self.block(1, self.pack("HHI", link_type, 0, snaplen) + options)

    def packet(self, interface, units, data, comment=b"", cut=0):
        body = self.pack(
            "IIIII", interface, units >> 32, units & 0xFFFFFFFF, len(data) - cut, len(data)
        )
        body += data[: len(data) - cut]
        body += bytes(-len(body) % 4)
        if comment:
            body += self.option(1, comment) + self.option(0, b"")
        self.bytes += self.block(6, body)

    def old_packet(self, interface, units, data):
        head = self.pack(
            "HHIIII", interface, 0xFFFF, units >> 32, units & 0xFFFFFFFF, len(data), len(data)
        )
        self.bytes += self.block(2, head + data)

    def other(self, kind, body):
        self.bytes += self.block(kind, body)


def raw(frame):
    return frame[14:]


def cooked(frame):
    return struct.pack(">HHH8sH", 0, 1, 6, bytes(8), 0x0800) + frame[14:]


def matrix():
    """Name -> bytes of pcapng files, most of which libpcap refuses."""
    second = 1700000000
    files = {}
    for order in "<>":
        for resolution in (None, 0, 3, 6, 7, 9, 0x80 | 10, 0x80 | 20, 0x80 | 30):
            section = Section(order)
            section.interface(1, 262144, resolution, 3600)
            digits = 6 if resolution is None else resolution & 0x7F
            per_second = (2 if resolution and resolution & 0x80 else 10) ** digits
            moment = second if second * per_second < 1 << 64 else 1000
            for i in range(3):
                section.packet(0, moment * per_second + i * per_second // 3, FRAME)
            files[f"resolution {resolution}, {order}"] = section.bytes
        section = Section(order)
        section.interface(1, 0)
        section.interface(101, 96, 9)
        section.interface(113, 65535, 3, -7200)
        section.packet(2, second * 10**3 + 1, cooked(FRAME), b"a comment")
        section.packet(0, second * 10**6 + 2, FRAME, cut=10)
        section.packet(1, second * 10**9 + 3, raw(FRAME), b"x" * 60000)
        section.old_packet(0, second * 10**6 + 4, FRAME)
        files[f"unlike interfaces, {order}"] = section.bytes
        section = Section(order)
        section.interface(1, 54)
        section.other(4, section.pack("HH", 1, 9) + bytes([10, 0, 0, 1]) + b"host\0" + bytes(7))
        section.other(10, section.pack("II", 0x544C534B, 4) + b"# a\n")
        section.packet(0, second * 10**6, FRAME)
        section.other(3, section.pack("I", len(FRAME) + 40) + FRAME)
        section.other(5, section.pack("III", 0, 0, 0))
        section.other(0xBAD, section.pack("I", 32473) + b"custom")
        section.other(0x40000BAD, section.pack("I", 32473) + b"custom")
        section.other(0x777, b"unknown")
        section.other(0x80000001, b"local")
        section.packet(0, second * 10**6 + 9, FRAME)
        files[f"other blocks, {order}"] = section.bytes
    for name in ("<><", "><>", "<<"):
        text = b""
        for i, order in enumerate(name):
            section = Section(order)
            section.interface((1, 101, 113)[i], 262144, (6, 9, 3)[i])
            data = (FRAME, raw(FRAME), cooked(FRAME))[i]
            section.packet(0, (second + i) * 10 ** (6, 9, 3)[i], data)
            text += section.bytes
        files[f"sections {name}"] = text
    return files


def listed(path):
    """What list-packets says: rows, and the last line."""
    lines = run(LIST, path)[1].splitlines()
    return [line.split("\t") for line in lines[:-1]], lines[-1]


def by_tshark(path):
    """The same columns by tshark. Of what is no packet only number and time."""
    fields = ["frame.number", "frame.time_epoch", "frame.cap_len", "frame.len", "frame.md5_hash"]
    command = ["tshark", "-n", "-o", "frame.generate_md5_hash:TRUE", "-r", path, "-T", "fields"]
    for field in fields:
        command += ["-e", field]
    status, text, errors = run(*command)
    errors = "".join(l for l in errors.splitlines() if not l.startswith("Running as user"))
    return [line.split("\t") for line in text.splitlines()], status, errors


def difference(path):
    """What is read otherwise than by tshark, or an empty text."""
    import hashlib

    rows, ending = listed(path)
    expected, status, errors = by_tshark(path)
    if (ending == "ok") != (status == 0):
        return f"{ending!r}, tshark: {errors!r}"
    if len(rows) != len(expected):
        return f"{len(rows)} packets instead of {len(expected)} ({ending})"
    for row, want in zip(rows, expected):
        number, time, caplen, wirelen, link_type, data = row
        if number != want[0] or (link_type != "-1" and time.strip("-") != want[1]):
            return f"{row[:4]} instead of {want}"
        if link_type == "-1":
            continue
        got = [caplen, wirelen, hashlib.md5(bytes.fromhex(data)).hexdigest()]
        if got != want[2:5]:
            return f"{row[:4]} instead of {want}"
    return ""


def check_against_tshark(folder):
    if not shutil.which("tshark"):
        print("reading: left out the comparison with tshark: there is none")
        return
    path = f"{folder}/made.pcapng"
    for name, data in matrix().items():
        with open(path, "wb") as file:
            file.write(data)
        differs = difference(path)
        verdict(f"pcapng, {name}", not differs, differs)
    for capture in CAPTURES[::4] + [c for c in CAPTURES if c.endswith("ng")]:
        differs = difference(capture)
        verdict(capture, not differs, differs)


# ---- what libwiretap reads -----------------------------------------------------------------------


def packets_of(path):
    """(time in ns, wire length, bytes) of each packet of a classic pcap file of this byte order."""
    with open(path, "rb") as file:
        data = file.read()
    unit_ns = 1 if struct.unpack_from("<I", data)[0] == 0xA1B23C4D else 1000
    at, rows = 24, []
    while at < len(data):
        seconds, fraction, caplen, wirelen = struct.unpack_from("<IIII", data, at)
        at += 16 + caplen
        rows.append((seconds * 10**9 + fraction * unit_ns, wirelen, data[at - caplen : at]))
    return rows


def as_erf(packets, kind, link_bytes, more=b""):
    """Endace's records of this type; `more` are headers between."""
    text = b""
    for time_ns, wirelen, data in packets:
        head = more + (b"\0\0" if kind == 2 else b"")
        body = head + data[link_bytes:]
        body += bytes(-len(body) % 8)
        stamp = time_ns // 10**9 << 32 | (time_ns % 10**9 << 32) // 10**9
        text += struct.pack("<Q", stamp)
        text += struct.pack(">BBHHH", kind | (0x80 if more else 0), 4, 16 + len(body), 0,
                            wirelen - link_bytes) + body
    return text


def as_iptrace(packets):
    """AIX's iptrace 2.0."""
    text = b"iptrace 2.0"
    for time_ns, _, data in packets:
        seconds, ns = divmod(time_ns, 10**9)
        info = struct.pack(">3xB4s12sBB2xII", 0, b"en", b"", 6, 1, seconds, ns)
        text += struct.pack(">II", len(info) + len(data), seconds) + info + data
    return text


def as_blf(packets):
    """Vector's BLF: Ethernet frames in one compressed container."""

    def block(kind, head, body):
        size = 16 + len(head)
        whole = struct.pack("<4sHHII", b"LOBJ", size, 1, size + len(body), kind) + head + body
        return whole + bytes(-len(whole) % 4)

    start = packets[0][0] // 10**9
    frames = b""
    for time_ns, _, data in packets:
        head = struct.pack("<IHHQ", 2, 0, 0, time_ns - start * 10**9)
        kind = struct.unpack(">H", data[12:14])[0]
        frames += block(71, head, data[6:12] + struct.pack("<H", 1) + data[:6] + struct.pack(
            "<HHHHHQ", 0, kind, 0, 0, len(data) - 14, 0) + data[14:])
    packed = struct.pack("<HHIII", 2, 0, 0, len(frames), 0) + zlib.compress(frames)
    container = block(10, b"", packed)
    at = time.gmtime(start)
    date = struct.pack("<8H", at.tm_year, at.tm_mon, (at.tm_wday + 1) % 7, at.tm_mday, at.tm_hour,
                       at.tm_min, at.tm_sec, 0)
    header = struct.pack("<4sI8xQQII", b"LOGG", 144, 144 + len(container), 144 + len(frames),
                         len(packets) + 1, 0) + date + date
    return header + bytes(144 - len(header)) + container


def check_made(folder):
    """Formats that no tool here writes."""
    if not has_wiretap():
        return
    packets = packets_of(CAPTURES[0])
    want = outcome(analyze(CAPTURES[0])[1])
    made = {
        "erf": as_erf(packets, 2, 0),
        "erf of IPv4, one more header": as_erf(packets, 22, 14, struct.pack(">Q", 3 << 56)),
        "iptrace": as_iptrace(packets),
        "blf": as_blf(packets),
    }
    for name, data in made.items():
        path = f"{folder}/made.cap"
        with open(path, "wb") as file:
            file.write(data)
        if shutil.which("tshark"):
            differs = difference(path)
            verdict(f"{name} against tshark", not differs, differs)
        got = analyze(path)
        verdict(name, (got[0], outcome(got[1])) == (0, want), got[1] + got[2])


def check_foreign(folder, formats):
    if not has_wiretap() or not shutil.which("editcap"):
        print("reading: left out other formats: no ka-wiretap, or no editcap")
        return
    capture = CAPTURES[0]
    want = outcome(analyze(capture)[1])
    for name in FOREIGN:
        path = f"{folder}/{name}.cap"
        status, _, errors = run("editcap", "-F", name, capture, path)
        if status != 0:
            print(f"reading: left out {name}: {errors.splitlines()[-1]}")
            continue
        differs = difference(path)
        verdict(f"{name} against tshark", not differs, differs)
        got = analyze(path)
        verdict(f"{name}", (got[0], outcome(got[1])) == (0, want), got[2])
        if name.endswith("pcap"):
            continue
        with open(path, "rb") as file:
            data = file.read()
        got = analyze("-", stdin=data)
        verdict(f"{name} from a pipe", (got[0], outcome(got[1])) == (0, want), got[2])
        if formats:
            packed = subprocess.run(
                [formats[-1], "-c"], input=data, stdout=subprocess.PIPE, check=True
            ).stdout
            got = analyze("-", stdin=packed)
            good = (got[0], outcome(got[1])) == (0, want)
            verdict(f"{name}, {formats[-1]}-compressed", good, got[2])
    snoop = f"{folder}/snoop.cap"
    got = run(ANALYZE, "--format", "json", "-j", "4", *[snoop] * 40)
    verdict("forty at once", got[0] == 0 and got[1].count('"linktype":"EN10MB"') == 40, got[2])
    got = run(ANALYZE, "-f", "tcp port 1", "--format", "json", snoop)
    verdict("a filter", got[0] == 0 and '"connections":0' in got[1], got[1] + got[2])
    got = run(ANALYZE, "--no-sandbox", "--format", "json", snoop)
    verdict("without the sandbox", outcome(got[1]) == want, got[2])
    check_damaged(folder, snoop)


def outcome(text):
    return re.findall(r'"tags":\{[^}]*\}|"outcomes":\{[^}]*\}', text)


def check_damaged(folder, capture):
    """Whatever is in the file: one line, no crash, no hang."""
    with open(capture, "rb") as file:
        data = bytearray(file.read())
    path = f"{folder}/damaged.cap"
    for at in range(16, 200, 23):
        damaged = bytearray(data)
        damaged[at] ^= 0xFF
        with open(path, "wb") as file:
            file.write(damaged)
        status, text, errors = analyze(path)
        good = status in (0, 2, 3) and '"record":"summary"' in text and errors.count("\n") <= 1
        verdict(f"snoop, damaged at {at}", good, f"status {status} {errors}")
    with open(path, "wb") as file:
        file.write(data[:-5])
    os.utime(path, (0, 0))
    status, text, errors = analyze(path)
    good = status == 2 and "cut inside a packet (after packet " in errors
    verdict("snoop, cut", good and '"truncated":true' in text, errors)


def main():
    formats = supported()
    with tempfile.TemporaryDirectory() as folder:
        check_compressed(folder, formats)
        check_members(formats)
        check_bombs(folder, formats)
        check_folder(folder, formats)
        check_against_tshark(folder)
        check_foreign(folder, formats)
        check_made(folder)
    print(f"{results['passed']} passed, {results['failed']} failed")
    return results["failed"] > 0


if __name__ == "__main__":
    sys.exit(main())
