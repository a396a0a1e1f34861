# SPDX-License-Identifier: GPL-2.0-or-later
"""The checks of run-plugin.sh, which prepares WORK and the environment.

    plugin-checks.py WORK CAPTURE...

The plugin and the command are built from one core; what is checked here is that Wireshark's frames
reach it as the command's do, in one pass and in two, and that what it says is shown.
"""
import concurrent.futures
import csv
import io
import json
import os
import pathlib
import re
import shutil
import struct
import subprocess
import sys
from decimal import Decimal

EXPORTS = {"plugin_version", "plugin_want_major", "plugin_want_minor", "plugin_register",
           "plugin_describe"}

# What README promises: name -> type.
FIELDS = {
    "ka.tag": "FT_STRING", "ka.connection": "FT_UINT32", "ka.probe.number": "FT_UINT32",
    "ka.probe.idle": "FT_RELATIVE_TIME", "ka.probe.frame": "FT_FRAMENUM",
    "ka.ack.frame": "FT_FRAMENUM", "ka.ack.rtt": "FT_RELATIVE_TIME",
    "ka.retransmission.step": "FT_UINT32", "ka.retransmission.gap": "FT_RELATIVE_TIME",
    "ka.retransmission.ratio": "FT_DOUBLE", "ka.rst.after_probes": "FT_UINT32",
    "ka.outcome": "FT_STRING", "ka.detection.mechanism": "FT_STRING",
    "ka.detection.latency": "FT_RELATIVE_TIME", "ka.detection.latency_min": "FT_RELATIVE_TIME",
    "ka.keepalive.idle": "FT_RELATIVE_TIME", "ka.keepalive.intvl": "FT_RELATIVE_TIME",
    "ka.keepalive.count": "FT_UINT32", "ka.disagrees": "FT_STRING",
    "ka.finding": "FT_STRING", "ka.finding.severity": "FT_STRING", "ka.connection.finding": "FT_STRING",
    "ka.connection.finding.frame": "FT_FRAMENUM",
    "ka.finding.text": "FT_STRING", "ka.finding.filter": "FT_STRING",
}

verdicts = []


def verdict(what, ok, detail=""):
    verdicts.append(ok)
    if not ok:
        print(f"plugin: {what}{': ' if detail else ''}{detail}", flush=True)


def difference(got, want):
    """The first few of what one list has and the other has not."""
    extra = [f"+{row}" for row in got if row not in want][:3]
    missing = [f"-{row}" for row in want if row not in got][:3]
    return " ".join(extra + missing) or "another order"


def same(what, got, want):
    verdict(what, got == want, "" if got == want else difference(got, want))


# ---- the two programs ----------------------------------------------------------------------------


def run(arguments):
    return subprocess.run(arguments, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE)


def tshark(*arguments):
    result = run(os.environ["AS_USER"].split() + ["tshark", *arguments])
    result.text = result.stdout.decode("utf-8", "replace")
    return result


def tshark_rows(capture, fields, *arguments):
    """A dictionary for each frame; a field that it lacks is "", of several the first is taken."""
    options = [option for field in fields for option in ("-e", field)]
    text = tshark("-r", capture, "-T", "fields", "-E", "occurrence=f", *options, *arguments).text
    return [dict(zip(fields, line.split("\t"))) for line in text.splitlines()]


def tags(capture, *arguments):
    rows = tshark_rows(capture, ["frame.number", "ka.tag"], *arguments)
    return [(int(row["frame.number"]), row["ka.tag"]) for row in rows if row["ka.tag"]]


def command_rows(capture, *options):
    result = run([os.environ["KA_ANALYZE"], "--format", "csv", *options, capture])
    return list(csv.DictReader(io.StringIO(result.stdout.decode("utf-8", "replace"))))


def seconds(text):
    """As tshark prints a relative time."""
    return "" if text == "" else f"{Decimal(text):.9f}"


# ---- what holds of every capture: `rows` are its frames in two passes ----------------------------

CONNECTION = {"ka.connection": "connection", "ka.outcome": "outcome",
              "ka.detection.mechanism": "detection_mechanism",
              "ka.detection.latency": "detection_latency_s",
              "ka.detection.latency_min": "detection_latency_min_s"}

SETTINGS = {"ka.connection": "connection", "ka.keepalive.prober": "prober",
            "ka.keepalive.idle": "idle_s_nominal", "ka.keepalive.intvl": "intvl_s_nominal",
            "ka.keepalive.count": "count"}

# A link's field, and the field that leads back from the frame it names.
LINKS = {"ka.probe.frame": "ka.ack.frame", "ka.retransmission.next": "ka.retransmission.original",
         "ka.retransmission.original": "ka.retransmission.next",
         "ka.rst.first_frame": "ka.rst.frame", "ka.rst.frame": "ka.rst.first_frame",
         "ka.icmp.quoted_frame": "ka.icmp.frame", "ka.icmp.frame": "ka.icmp.quoted_frame"}

ALL_FIELDS = list(dict.fromkeys(["frame.number", "ka.tag", *CONNECTION, *SETTINGS, *LINKS,
                                 *LINKS.values()]))


def command_tags(capture):
    return sorted((int(row["frame"]), row["tag"]) for row in command_rows(capture, "--events"))


def check_tags(name, capture, rows):
    want = command_tags(capture)
    two_pass = [(int(row["frame.number"]), row["ka.tag"]) for row in rows if row["ka.tag"]]
    late = [row for row in tags(capture) if row not in two_pass]

    same(f"{name}: tags of two passes are the command's", two_pass, want)
    verdict(f"{name}: tags of one pass are among them", not late, str(late[:3]))
    same(f"{name}: with a display filter, and without Wireshark's own analysis",
         tags(capture, "-2", "-Y", "ka.tag", "-o", "tcp.analyze_sequence_numbers:FALSE"), want)


def check_connections(name, rows, connections):
    got = sorted({tuple(row[field] for field in CONNECTION) for row in rows
                  if row["ka.connection"]})
    want = sorted(tuple(seconds(row[key]) if key.endswith("_s") else row[key]
                        for key in CONNECTION.values()) for row in connections)
    same(f"{name}: outcomes and latencies are the command's", got, want)


def settings_of(row):
    """Of the first endpoint that probed, which tshark prints first."""
    for side in ("client", "server"):
        if row[f"keepalive_{side}_prober"]:
            texts = [row[key if key == "connection" else f"keepalive_{side}_{key}"]
                     for key in SETTINGS.values()]
            return (*texts[:2], seconds(texts[2]), seconds(texts[3]), texts[4])
    return None


def check_settings(name, rows, connections):
    got = sorted({tuple(row[field] for field in SETTINGS) for row in rows
                  if row["ka.keepalive.prober"]})
    want = sorted(filter(None, map(settings_of, connections)))
    # Of two endpoints with settings the first one's may be unknown; tshark then prints the other's.
    clear = {row["connection"] for row in connections
             if not (row["keepalive_client_prober"] and row["keepalive_server_prober"])}
    same(f"{name}: keep-alive settings are the command's",
         [row for row in got if row[0] in clear], [row for row in want if row[0] in clear])


def check_links(name, rows):
    by_number = {row["frame.number"]: row for row in rows}
    broken = [f"{row['frame.number']} {there}={row[there]}" for row in rows
              for there, back in LINKS.items()
              if row[there] and not by_number.get(row[there], {}).get(back)]
    verdict(f"{name}: links between frames lead back", not broken, str(broken[:3]))


SEVERITIES = {"4194304": "note", "6291456": "warning", "8388608": "error"}  # Wireshark's PI_


def several_rows(capture, fields):
    """For each frame of a connection the occurrences of each field, by its name."""
    options = [option for field in fields for option in ("-e", field)]
    text = tshark("-r", capture, "-2", "-Y", "ka.connection", "-T", "fields", "-E", "occurrence=a",
                  "-E", "aggregator=|", *options).text
    for line in text.splitlines():
        yield {field: column.split("|") if column else []
               for field, column in zip(fields, line.split("\t"))}


def command_connections(capture):
    text = run([os.environ["KA_ANALYZE"], "--format", "json", capture]).stdout
    records = map(json.loads, text.decode("utf-8", "replace").splitlines())
    return [record for record in records if record["record"] == "connection"]


def says(message, text):
    """Wireshark keeps 240 bytes of what an expert item says, with the end."""
    return message == text or len(message.encode()) > 200 and text.startswith(message)


FINDING = {"ka.finding": "code", "ka.finding.severity": "severity", "ka.finding.text": "text",
           "ka.finding.filter": "filter"}
CONNECTION_FINDING = ["ka.connection", "ka.connection.finding", "ka.connection.finding.frame"]
EXPERT = ["_ws.expert.message", "_ws.expert.severity"]


def check_findings(name, capture, connections):
    """Each finding of the command is in the tree of its evidence, word by word, its code in the trees
    of all frames of the connection, and it has one expert item."""
    findings = [finding for record in connections for finding in record["findings"]]
    codes = sorted({finding["code"] for finding in findings})
    items = [f"ka.expert.{code}" for code in codes]
    rows = list(several_rows(capture, ["frame.number", *FINDING, *CONNECTION_FINDING, *EXPERT, *items]))

    got = [(int(row["frame.number"][0]), *values) for row in rows
           for values in zip(*(row[field] for field in FINDING))]
    want = [(frame, *(finding[key] for key in FINDING.values()))
            for finding in findings for frame in finding["frames"]]
    same(f"{name}: findings are the command's", sorted(got), sorted(want))

    got = {tuple(value for field in CONNECTION_FINDING for value in row[field]) for row in rows}
    want = {(str(record["connection"]), *(f["code"] for f in record["findings"]),
             *(str(frame) for f in record["findings"] for frame in f["frames"]))
            for record in connections}
    same(f"{name}: connections' findings are the command's", sorted(got), sorted(want))

    # tshark does not say how often a field without a value is there.
    got = [(int(row["frame.number"][0]), code) for row in rows
           for code, item in zip(codes, items) if row[item]]
    want = {(finding["frames"][-1], finding["code"]) for finding in findings}
    same(f"{name}: expert items of findings", sorted(got), sorted(want))
    said = [(row["frame.number"][0], SEVERITIES.get(severity), message) for row in rows
            for message, severity in zip(*(row[field] for field in EXPERT))]
    missing = [finding["code"] for finding in findings if not any(
        number == str(finding["frames"][-1]) and severity == finding["severity"] and
        says(message, finding["text"]) for number, severity, message in said)]
    verdict(f"{name}: what the expert items of findings say", not missing, str(missing[:3]))


def counts(text, begin, end):
    """A branch of the statistics tree, from its name to the next one's."""
    branch = text.partition(begin)[2].partition(end)[0]
    return {word: int(count) for word, count in re.findall(r"^ (\w+) +(\d+) ", branch, re.M)}


def check_statistics(name, capture, rows, connections):
    text = tshark("-2", "-q", "-r", capture, "-z", "ka,connections", "-z", "ka,tree", "-z", "expert").text
    numbers = sorted(map(int, re.findall(r"^ *(\d+) \|", text, re.M)))
    same(f"{name}: the table has a row a connection", numbers,
         sorted(record["connection"] for record in connections))

    findings = [finding for record in connections for finding in record["findings"]]
    for what, begin, end, words in (
            ("tags", "Frames by tag", "Connections by outcome", [row["ka.tag"] for row in rows]),
            ("outcomes", "Connections by outcome", "Findings by code",
             [record["outcome"] for record in connections]),
            ("findings", "Findings by code", "Detection latency", [f["code"] for f in findings])):
        same(f"{name}: the tree counts the {what}", counts(text, begin, end),
             {word: words.count(word) for word in words if word})
    missing = [f["code"] for f in findings
               if f["text"].encode()[:200].decode("utf-8", "ignore") not in text]
    verdict(f"{name}: findings in -z expert", not missing, str(missing[:3]))


def check_cut(name, capture):
    """Cut in the middle of a packet, the file is read up to there by both."""
    cut = capture + ".cut"
    with open(capture, "rb") as whole, open(cut, "wb") as half:
        half.write(whole.read()[:os.path.getsize(capture) * 2 // 3 + 7])
    os.chmod(cut, 0o644)
    result = tshark("-2", "-r", cut, "-V")
    verdict(f"{name}: cut, it is dissected without a crash", result.returncode >= 0,
            str(result.returncode))
    same(f"{name}: cut, the tags are the command's", tags(cut, "-2"), command_tags(cut))


# ---- what is shown once --------------------------------------------------------------------------


def check_module(plugin):
    symbols = run(["nm", "-D", "--defined-only", plugin]).stdout.decode().split("\n")
    names = {line.split()[-1] for line in symbols if line}
    verdict("exports only what a plugin must", "plugin_register" in names and names <= EXPORTS,
            str(names - EXPORTS))
    # With such a need, another version of Wireshark cannot say that it is for another version.
    needed = run(["objdump", "-p", plugin]).stdout.decode()
    verdict("needs no library of one version of Wireshark",
            "Dynamic Section" in needed and not re.search("NEEDED +libw", needed))
    verdict("is loaded", re.search(r"^ka\.so\s", tshark("-G", "plugins").text, re.M) is not None)
    rows = (line.split("\t") for line in tshark("-G", "fields").text.splitlines())
    types = {row[2]: row[3] for row in rows if row[0] == "F" and row[2].startswith("ka.")}
    for field, kind in FIELDS.items():
        same(f"field {field}", types.get(field), kind)


def probed(captures):
    """A capture with a dead connection and numbered probes in it."""
    for name, capture in captures:
        rows = command_rows(capture)
        if any(row["outcome"] == "dead_keepalive" and int(row["keepalive_client_probes"] or 0) > 2
               for row in rows):
            return name, capture
    return None


def check_info(capture):
    """Without -T fields: the name of the column's field differs between versions."""
    probe = r"\[Keep-alive probe \d+( of \d+)?, peer last heard [\d.]+ s ago\] "
    numbers = [row[0] for row in tags(capture, "-2") if row[1] == "keepalive_probe"]
    on = tshark("-2", "-r", capture).text.splitlines()
    off = tshark("-2", "-r", capture, "-o", "ka.show_info:FALSE").text
    verdict("Info column: a probe is numbered, once",
            numbers != [] and all(len(re.findall(probe, on[n - 1])) == 1 for n in numbers),
            str(numbers[:1]))
    verdict("Info column: switched off", re.search(probe, off) is None)


def check_preferences(capture):
    few = tags(capture, "-2", "-o", "ka.idle_min_ms:4000000000")
    verdict("idle minimum: shorter silences have no probes",
            not [row for row in few if row[1] == "keepalive_probe"], str(few[:3]))
    all_tags = tags(capture, "-2")
    same("Wireshark's dissection as well: nothing changes where the bytes suffice",
         tags(capture, "-2", "-o", "ka.use_dissected:TRUE"), all_tags)


CLASSIC_PCAP = (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1", b"\xa1\xb2\xc3\xd4", b"\xa1\xb2\x3c\x4d")


def check_nominal(capture):
    """Nominal settings stand in for what one pass cannot know, and yield to what the file shows."""
    nominal = ("-r", capture, "-o", "ka.nominal:windows-default")
    verdict("nominal count in one pass",
            "Keep-alive probe 2 of nominally 10," in tshark(*nominal).text)
    both = tshark("-2", *nominal).text
    verdict("the capture's own count in two",
            re.search(r"Keep-alive probe 2 of \d+,", both) is not None and
            "probe 2 of nominally" not in both)


def in_tzsp(capture, tunnelled):
    """Put each Ethernet frame into TZSP (UDP port 37008), which the core does not know.

    False: this capture cannot be."""
    with open(capture, "rb") as source, open(tunnelled, "wb") as out:
        header = source.read(24)
        order = "<" if header[:4] in CLASSIC_PCAP[:2] else ">"
        if struct.unpack(order + "I", header[20:])[0] != 1:
            return False
        out.write(header)
        while len(record := source.read(16)) == 16:
            seconds_, fraction, caplen, wirelen = struct.unpack(order + "IIII", record)
            if wirelen > 65000:
                return False  # does not fit into a UDP datagram
            tzsp = bytes([1, 0, 0, 1, 1])
            udp = struct.pack(">HHHH", 37008, 37008, 8 + len(tzsp) + wirelen, 0)
            ip = struct.pack(">BBHHHBBHII", 0x45, 0, 28 + len(tzsp) + wirelen, 0, 0, 64, 17, 0,
                             0xc0000201, 0xc0000202)
            outer = bytes(12) + b"\x08\x00" + ip + udp + tzsp
            out.write(struct.pack(order + "IIII", seconds_, fraction, caplen + len(outer),
                                  wirelen + len(outer)))
            out.write(outer + source.read(caplen))
    os.chmod(tunnelled, 0o644)
    return True


def check_dissected(name, capture, rows):
    tunnelled = capture + ".tzsp"
    with open(capture, "rb") as source:
        if source.read(4) not in CLASSIC_PCAP:
            return
    if not in_tzsp(capture, tunnelled):
        return
    # What is quoted in an ICMP error is not read from fields.
    want = [(int(row["frame.number"]), row["ka.tag"]) for row in rows
            if row["ka.tag"] not in ("", "icmp_unreachable")]
    same(f"{name} in a tunnel: the frames' own bytes show nothing", tags(tunnelled, "-2"), [])
    same(f"{name} in a tunnel: Wireshark's dissection shows the same",
         tags(tunnelled, "-2", "-o", "ka.use_dissected:TRUE"), want)


def check_read_filter(capture):
    """With -R, frames are numbered anew; what was read and rejected must leave nothing behind."""
    rows = tags(capture, "-2", "-R", "tcp.flags.reset == 0")
    want = [tag for _, tag in tags(capture, "-2") if not tag.endswith("_rst")]
    verdict("a read filter: rejected frames leave no tags", len(rows) <= len(want), str(rows[-3:]))


def check_profile(capture, work):
    profile = os.path.join(os.environ["XDG_CONFIG_HOME"], "wireshark", "profiles", "TCP Keep-Alive")
    shutil.copytree(os.path.join(work, "profile"), profile)
    with open(os.path.join(profile, "colorfilters")) as rules:
        filters = [line.split("@")[2] for line in rules if line.startswith("@KA ")]
    with open(os.path.join(profile, "dfilter_buttons")) as buttons:
        filters += [row[2].replace(r"\x22", '"') for row in csv.reader(buttons)
                    if row[0] in ("TRUE", "FALSE")]
    verdict("profile: it has colour rules and buttons", len(filters) > 10)
    for text in filters:
        result = tshark("-2", "-r", capture, "-Y", text)
        verdict(f"profile: filter {text}", result.returncode == 0, result.stderr.decode()[-200:])
    shown = tshark("-C", "TCP Keep-Alive", "-2", "-r", capture).text
    verdict("profile: its columns are shown",
            "keepalive_probe" in shown and "dead_keepalive" in shown)
    macro = tshark("-C", "TCP Keep-Alive", "-2", "-r", capture, "-Y", "${ka_connection:0}")
    verdict("profile: its macros work", macro.returncode == 0 and macro.text != "",
            macro.stderr.decode()[-200:])


# ---- hostile captures -------------------------------------------------------------------------------


def frames_as_captures(folder, work):
    """The seeds of fuzz_decode, whose frames are of many link types, as a capture of each type."""
    frames = {}
    for path in sorted(pathlib.Path(folder).iterdir()):
        seed = path.read_bytes()
        if len(seed) > 7:
            link_type, wirelen = struct.unpack_from("<HI", seed)
            frames.setdefault(link_type, []).append((max(wirelen, len(seed) - 7) & 0x3ffff, seed[7:]))
    for link_type, rows in sorted(frames.items()):
        path = os.path.join(work, "captures", f"link-type-{link_type}.pcap")
        with open(path, "wb") as out:
            out.write(struct.pack("<IHHIIII", 0xa1b2c3d4, 2, 4, 0, 0, 262144, link_type))
            for second, (wirelen, frame) in enumerate(rows):
                out.write(struct.pack("<IIII", second, 0, len(frame), max(wirelen, len(frame))) + frame)
        yield path


def hostile_captures(work):
    for path in sorted(pathlib.Path("tests/fuzz/seeds/capture").iterdir()):
        copy = os.path.join(work, "captures", "hostile-" + path.name)
        shutil.copyfile(path, copy)
        yield copy
    yield os.path.join(work, "captures", "segments.pcap")
    yield from frames_as_captures("tests/fuzz/seeds/decode", work)


# By version: 4.0 ends with 2, 4.4 with 3 (no capture) or 2 (cut), 4.6 with 3 or 14.
READ_OR_REFUSED = (0, 2, 3, 14)


def check_hostile(capture):
    """No crash and no complaint of GLib's, in one pass and in two."""
    os.chmod(capture, 0o644)
    for passes in ([], ["-2"]):
        result = tshark("-r", capture, *passes, "-V", "-q", "-z", "ka,tree", "-z", "ka,connections")
        words = result.stderr.decode("utf-8", "replace").lower()
        bad = [line for line in words.splitlines()
               if "ka.so" in line or "critical" in line or "assert" in line or "** (" in line]
        verdict(f"{os.path.basename(capture)} {' '.join(passes)}",
                result.returncode in READ_OR_REFUSED and not bad,
                f"status {result.returncode} {bad[:2]}")


# ---- one file after the other ------------------------------------------------------------------------


def growth_kib(capture, environment, loads):
    """What sharkd grows by from load to load of a file."""
    sharkd = subprocess.Popen(os.environ["AS_USER"].split() + ["sharkd", "-"], text=True,
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                              env=environment)
    sizes = []
    for number in range(loads):
        request = {"jsonrpc": "2.0", "id": number + 1, "method": "load", "params": {"file": capture}}
        sharkd.stdin.write(json.dumps(request) + "\n")
        sharkd.stdin.flush()
        while (answer := sharkd.stdout.readline()).strip() == "" and sharkd.poll() is None:
            pass
        if '"OK"' not in answer:
            break
        status = pathlib.Path(f"/proc/{sharkd.pid}/status").read_text()
        sizes.append(int(re.search(r"VmRSS:\s*(\d+)", status)[1]))
    sharkd.stdin.close()
    sharkd.wait()
    return (sizes[-1] - sizes[1]) / (loads - 2) if len(sizes) == loads else None


def check_reloads(captures):
    """sharkd keeps much of each file it leaves, and its heap has gaps; but no engine of the plugin's,
    which would be a megabyte. `make check-plugin-valgrind` is exact."""
    probes = os.path.join(os.path.dirname(captures[0][1]), "reloaded.pcap")
    repeat_frames("samples/default-7200-75-9.a.pcap", probes, 1000)
    without = dict(os.environ)
    del without["WIRESHARK_PLUGIN_DIR"]
    loads = 6
    plain, ours = growth_kib(probes, without, loads), growth_kib(probes, dict(os.environ), loads)
    if plain is None or ours is None:
        verdict("sharkd loads a file again and again", False)
        return
    verdict("a file loaded again and again", ours - plain < 700, f"{ours - plain:.0f} KiB a load")


def repeat_frames(capture, target, times):
    """The connection over and over, each time from another port of the client's."""
    with open(capture, "rb") as source, open(target, "wb") as out:
        header, body = source.read(24), source.read()
        out.write(header)
        for number in range(times):
            at = 0
            while at < len(body):
                seconds_, fraction, caplen, wirelen = struct.unpack_from("<IIII", body, at)
                frame = bytearray(body[at + 16:at + 16 + caplen])
                at += 16 + caplen
                for port in (34, 36):
                    if struct.unpack_from(">H", frame, port)[0] > 32767:
                        struct.pack_into(">H", frame, port, 20000 + number)
                out.write(struct.pack("<IIII", seconds_ + 100000 * number, fraction, caplen, wirelen))
                out.write(frame)
    os.chmod(target, 0o644)


def check_capture(name, capture):
    rows = tshark_rows(capture, ALL_FIELDS, "-2")
    flat, connections = command_rows(capture), command_connections(capture)
    check_tags(name, capture, rows)
    check_connections(name, rows, flat)
    check_settings(name, rows, flat)
    check_links(name, rows)
    check_findings(name, capture, connections)
    check_statistics(name, capture, rows, connections)
    check_cut(name, capture)
    check_dissected(name, capture, rows)


def main():
    work, captures = sys.argv[1], []
    for number, path in enumerate(sys.argv[2:]):
        copy = os.path.join(work, "captures", f"{number}-{os.path.basename(path)}")
        shutil.copyfile(path, copy)
        os.chmod(copy, 0o644)
        captures.append((os.path.basename(path), copy))

    check_module(os.environ["PLUGIN"])
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for _ in pool.map(lambda capture: check_capture(*capture), captures):
            pass
        for _ in pool.map(check_hostile, list(hostile_captures(work))):
            pass
    segments = os.path.join(work, "captures", "segments.pcap")
    check_tags("inputs of fuzz_segments", segments,
               tshark_rows(segments, ["frame.number", "ka.tag"], "-2"))
    if not shutil.which("sharkd") or not os.path.exists("/proc/self/status"):
        print("plugin: no sharkd or no /proc here: left out what a file leaves behind")
    else:
        check_reloads(captures)
    dead = probed(captures)
    verdict("a sample has a connection found dead by keep-alive", dead is not None)
    if dead is not None:
        check_info(dead[1])
        check_preferences(dead[1])
        check_nominal(dead[1])
        check_read_filter(dead[1])
        check_profile(dead[1], work)
    print(f"{sum(verdicts)} passed, {len(verdicts) - sum(verdicts)} failed")
    return 0 if all(verdicts) else 1


sys.exit(main())
