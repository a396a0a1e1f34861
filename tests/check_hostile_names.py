#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Names of files as an attacker chooses them, in every output: check_hostile_names.py COMMAND.

Whatever a file is called, no output has a control character but line ends (and tabs of a page's own),
all is valid UTF-8, JSON and CSV parse with the name in them, no CSV cell is a formula, and markup is
text.
"""
import csv
import html.parser
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree

SAMPLE = "samples/default-7200-75-9.a.pcap"
NAMES = [
    b"\x1b[2J\x1b]0;owned\x07\x1b[31m",
    b"new\nka-analyze: forged: line",
    b"back\rover\tand\x0bdown\x7f",
    b"c1 \xc2\x9b2J \xc2\x85",
    b"=cmd|' -C calc'!A1",
    b"+1+1",
    b"-x,\"y\"",
    b"@SUM(1)",
    b"\t=1+1",
    b"<script>alert(1)<&lt;script>",
    b"\"><img src=x onerror=alert(1)>",
    b"' onmouseover='alert(1)",
    b"]]><!--",
    b"not \xff\xfe\xc0\xaf utf-8 \xed\xa0\x80",
    b"\xe2\x80\xaegpj.pacp",
    b"%n%s%d{}$(id)`id`",
    b"',(SELECT 1)); DROP TABLE files;--",
]
CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f\x80-\x9f]")


class Page(html.parser.HTMLParser):
    """Tags, attributes and scripts of a page."""

    def __init__(self):
        super().__init__()
        self.seen = []

    def handle_starttag(self, tag, attrs):
        self.seen.append((tag, tuple(sorted(key for key, _ in attrs))))


def shape(page):
    parser = Page()
    parser.feed(page)
    return parser.seen


class Checks:
    def __init__(self, command, folder):
        self.command, self.folder = os.path.realpath(command), folder
        self.passed = self.failed = 0

    def verdict(self, what, holds):
        self.passed += bool(holds)
        self.failed += not holds
        if not holds:
            print("hostile names:", what)

    def run(self, *words):
        return subprocess.run([self.command, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              check=False, timeout=60)

    def text(self, what, output, tabs=False):
        """The output as text, if it is valid and steers nothing."""
        try:
            text = output.decode("utf-8")
        except UnicodeDecodeError as error:
            self.verdict(f"{what}: {error}", False)
            return None
        found = CONTROL.search(text) or (None if tabs else re.search("\t", text))
        self.verdict(f"{what}: control character {found and found.group()!r}", not found)
        return text

    def errors(self, what, run):
        """Messages are lines of their own."""
        text = self.text(what, run.stderr)
        self.verdict(f"{what}: a forged line: {text!r}",
                     text is not None and all(line.startswith("ka-analyze: ")
                                              and not line.startswith("ka-analyze: forged")
                                              for line in text.splitlines()))

    def formats(self, name, path, plain):
        for words in ([], ["--events"], ["--summary"]):
            self.text(f"text {words} {name}", self.run(*words, path).stdout)
        for words in ([], ["--events"]):
            text = self.text(f"json {words} {name}", self.run("--format", "json", *words, path).stdout)
            records = [json.loads(line) for line in (text or "").splitlines()]
            wanted = path.decode("utf-8", "replace") if b"\xff" not in name else None
            named = [record["file"] for record in records if "file" in record]
            self.verdict(f"json {words} {name}: called {named[:1]}",
                         named and (wanted is None or set(named) == {wanted}))
            text = self.text(f"csv {words} {name}", self.run("--format", "csv", *words, path).stdout)
            rows = list(csv.reader(io.StringIO(text or "")))
            self.verdict(f"csv {words} {name}: {len(rows)} rows of {set(map(len, rows))} cells",
                         len(rows) > 1 and len(set(map(len, rows))) == 1)
            cells = [cell for row in rows for cell in row if re.match(r"[=+@\t\r]|-[^0-9]", cell)]
            self.verdict(f"csv {words} {name}: formulas {cells}", not cells)
        page = self.run("--format", "html", path).stdout
        text = self.text(f"html {name}", page, tabs=True)
        self.verdict(f"html {name}: other markup than of a plain name",
                     text is not None and shape(text) == plain)

    def others(self, name, path):
        self.text(f"svg {name}", self.run("timeline", "--format", "svg", path).stdout)
        xml.etree.ElementTree.fromstring(self.run("timeline", "--format", "svg", path).stdout)
        store = os.path.join(self.folder.encode(), b"store.db")
        run = self.run("--format", "sqlite", "-o", store, path)
        self.verdict(f"sqlite {name}: status {run.returncode} {run.stderr}", run.returncode == 0)
        self.errors(f"missing {name}", self.run(path + b".none"))
        self.errors(f"no capture {name}", self.run("-o", path + b".out", path + b".none"))
        self.errors(f"no result {name}", self.run("merge", path))
        for words in (["--format", name], ["-f", name, path], ["--fail-on", name, path],
                      ["--group-by", name, path], ["--max-memory", name, path], [b"--" + name],
                      ["-o", path + b"/none", path], ["--files-from", path + b".none"],
                      ["timeline", "--connection", name, path]):
            if b"\x00" not in name:
                self.errors(f"{words[0]} {name}", self.run(*words))


def main():
    with tempfile.TemporaryDirectory() as folder:
        checks = Checks(sys.argv[1], folder)
        plain = os.path.join(folder, "plain")
        shutil.copy(SAMPLE, plain)
        wanted = shape(checks.run("--format", "html", plain).stdout.decode())
        for name in NAMES:
            # Relative, so that the name is what a cell begins with.
            path = name.replace(b"/", b"_")
            shutil.copy(SAMPLE, os.path.join(folder.encode(), path))
            before = os.getcwd()
            os.chdir(folder)
            operand = b"./" + path if path.startswith(b"-") else path
            checks.formats(name, operand, wanted)
            checks.others(name, operand)
            os.chdir(before)
        print(f"{checks.passed} passed, {checks.failed} failed")
        return checks.failed > 0


if __name__ == "__main__":
    sys.exit(main())
