#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""One run over many captures against one run each: check_acceptance.py KA-ANALYZE COPIES FOLDER...

Every capture below the folders is analysed alone. Then so many copies of them, in folders of folders,
as they are and compressed in turn, with broken captures among them, are analysed in one run with several
threads: each copy must report the same connections. Also from results merged, and as rings of one file.
"""
import bz2, gzip, json, lzma, os, subprocess, sys, tempfile

analyze, copies, folders = os.path.realpath(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]
passed = failed = 0
packings = [("", lambda data: data), (".gz", gzip.compress), (".bz2", bz2.compress),
            (".xz", lzma.compress)]


def verdict(what, good):
    global passed, failed
    passed, failed = passed + bool(good), failed + (not good)
    if not good:
        print(f"acceptance: {what}")


def run(*arguments):
    done = subprocess.run([analyze, "--format", "json", *arguments], capture_output=True)
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()], \
        done.stderr.decode(errors="replace").splitlines()


def by_file(records):
    """The connections of each file, without its name, and what became of the file."""
    found = {}
    for record in records:
        if record["record"] not in ("connection", "file"):
            continue
        rest = {key: value for key, value in record.items() if key not in ("file", "places")}
        if record["record"] == "file" and rest["error"]:  # says where in the packed file it is cut
            rest["error"] = rest["truncated"] = True
        found.setdefault(record["file"], []).append(rest)
    return found


def is_capture(path):
    return os.path.isfile(path) and not os.path.islink(path) and os.path.getsize(path) < 1 << 22


supported = subprocess.run([analyze, "-V"], capture_output=True, text=True).stdout
packings = [row for row in packings if not row[0] or
            {".gz": "gzip", ".bz2": "bzip2", ".xz": "xz"}[row[0]] in supported]
originals, alone = [], {}
for folder in folders:
    status, records, errors = run(folder)
    originals += [r["file"] for r in records if r["record"] == "file" and is_capture(r["file"])]
for path in originals:
    status, records, errors = run(path)
    alone[path] = by_file(records)[path]
verdict(f"only {len(originals)} captures", len(originals) > 5)

with tempfile.TemporaryDirectory() as work:
    made = {}
    broken = 0
    for i in range(copies):
        source = originals[i % len(originals)]
        ending, pack = packings[(i // len(originals) + i) % len(packings)]
        if source.endswith((".gz", ".bz2", ".xz", ".zst", ".lz4")):
            ending, pack = packings[0]  # what is packed twice is passed over
        folder = f"{work}/{i % 7}/{i % 3}"
        os.makedirs(folder, exist_ok=True)
        path = f"{folder}/{i:05}-{os.path.basename(source)}{ending}"
        with open(path, "wb") as file:
            file.write(pack(open(source, "rb").read()))
        made[path] = source
        if i % 10 == 0:  # one that ends behind its header's first bytes
            with open(f"{folder}/{i:05}-broken.pcap", "wb") as file:
                file.write(open(source, "rb").read()[:20])
            broken += 1
    for options in (["-j", "1"], ["-j", "3"], ["-j", "3", "--chain=by-prefix"]):
        status, records, errors = run(*options, work)
        found = by_file(records)
        what = " ".join(options)
        different = [path for path, source in made.items() if found.get(path) != alone[source]]
        verdict(f"{what}: {len(different)} copies differ, {different[:3]}", not different)
        verdict(f"{what}: {len(found)} files of {len(made)} and {broken}",
                len(found) == len(made) + broken)
        verdict(f"{what}: status {status}, {len(errors)} errors", status == 3 and
                len(errors) == sum(record["record"] == "file" and record["error"] is not None
                                   for record in records))
        paths = [line.split(": ")[1] for line in errors]
        verdict(f"{what}: a file has two lines", len(set(paths)) == len(paths))
print(f"{passed} passed, {failed} failed")
sys.exit(failed > 0)
