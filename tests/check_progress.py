#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Progress and signals, on pseudo terminals and without: check_progress.py KA-ANALYZE, from the top.

A capture that takes as long as the test likes is a named pipe, into which the test writes.
"""
import fcntl, glob, json, os, pty, re, select, signal, struct, subprocess, sys, tempfile, termios, time

analyze = os.path.realpath(sys.argv[1])
sample = open("tests/golden/input/dead.pcap", "rb").read()
dead = "tests/golden/input/dead.pcap"
passed = failed = 0
LINE = r"[\d,]+( of [\d,]+)? files?, [\d.]+ .B( of [\d.]+ .B)?, [\d,]+ packets/s(, [^\r,]* left)?, \d+ dead peers?"


def verdict(what, good):
    global passed, failed
    if good:
        passed += 1
    else:
        failed += 1
        print(f"progress: {what}")


class Run:
    """The command, with pipes or pseudo terminals as its standard output and error."""

    def __init__(self, arguments, out="pipe", err="pipe", stdin=subprocess.DEVNULL):
        self.text = {"out": b"", "err": b""}
        self.fds, ends, self.terminal = {}, {}, None
        for name, kind in (("out", out), ("err", err)):
            if kind == "tty":
                if not self.terminal:
                    self.terminal = pty.openpty()
                    fcntl.ioctl(self.terminal[1], termios.TIOCSWINSZ, struct.pack("HHHH", 24, 100, 0, 0))
                self.fds[self.terminal[0]] = name
                ends[name] = self.terminal[1]
            elif kind == "pipe":
                reader, ends[name] = os.pipe()
                self.fds[reader] = name
            else:
                ends[name] = os.open(kind, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        environment = dict(os.environ, TERM="xterm", LC_ALL="C", TZ="UTC0", COLUMNS="100")

        def own_terminal():
            os.setsid()
            if self.terminal:
                fcntl.ioctl(self.terminal[1], termios.TIOCSCTTY, 0)

        self.process = subprocess.Popen([analyze] + arguments, stdin=stdin, stdout=ends["out"],
                                        stderr=ends["err"], env=environment,
                                        preexec_fn=own_terminal)
        for end in set(ends.values()):
            os.close(end)

    def read(self, seconds, until=None, times=1):
        """Read for so long, or until a text is there so often, or both outputs are at their ends."""
        end = time.monotonic() + seconds
        while self.fds and time.monotonic() < end:
            ready, _, _ = select.select(list(self.fds), [], [], 0.05)
            for fd in ready:
                try:
                    data = os.read(fd, 65536)
                except OSError:  # the other end of the terminal is closed
                    data = b""
                self.text[self.fds[fd]] += data
                if not data:  # closing a terminal would end who has it
                    if not self.terminal or fd != self.terminal[0]:
                        os.close(fd)
                    del self.fds[fd]
            if until and len(re.findall(until, self.out + self.err)) >= times:
                return True
        return not until

    def settle(self, writer=None):
        """Until it has read what `writer` has written and only waits: each of its threads sleeps.

        That the command is through with something no clock can tell on a busy machine."""
        if not os.path.exists("/proc/self/stat"):  # a bare chroot
            time.sleep(0.5)
            return
        end, asleep = time.monotonic() + 60, 0
        while asleep < 3 and time.monotonic() < end:
            time.sleep(0.02)
            unread = writer and struct.unpack("i", fcntl.ioctl(writer, termios.FIONREAD, b"\0" * 4))[0]
            asleep = asleep + 1 if not unread and set(self.states()) <= {"S"} else 0

    def states(self):
        """What its threads do, in one letter each."""
        for path in glob.glob(f"/proc/{self.process.pid}/task/*/stat"):
            try:
                with open(path) as stat:
                    yield stat.read().rpartition(") ")[2][0]
            except OSError:
                yield "ended"

    @property
    def out(self):
        return self.text["out"].decode().replace("\r\n", "\n")

    @property
    def err(self):
        return self.text["err"].decode().replace("\r\n", "\n")

    def end(self, seconds=20):
        """The exit status, -N for signal N."""
        self.read(seconds)
        try:
            return self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return "hangs"
        finally:
            if self.terminal:
                os.close(self.terminal[0])


def pipe(folder, name="slow.pcap"):
    path = f"{folder}/{name}"
    if not os.path.exists(path):
        os.mkfifo(path)
    return path


def shown(text):
    """What is left on a terminal of one screen line after another."""
    lines = []
    for line in text.split("\n"):
        cells = ""
        for part in line.split("\r"):
            if part.startswith("\x1b[K"):
                cells = part[3:]
            elif part:
                cells = part.split("\x1b[K")[0] + (cells[len(part):] if "\x1b[K" not in part else "")
        lines.append(cells)
    return "\n".join(lines)


def records(text):
    return [json.loads(line) for line in text.splitlines()]


def has_terminals():
    try:
        for end in pty.openpty():
            os.close(end)
        return True
    except OSError:
        return False


def check_terminal(folder):
    slow = pipe(folder)
    plain = subprocess.run([analyze, dead, "LICENSE", dead], capture_output=True, text=True,
                           env=dict(os.environ, COLUMNS="100", TZ="UTC0", TERM="xterm"))
    # The report in a file, errors on the terminal: the line comes, is redrawn and goes.
    began = time.monotonic()
    run = Run(["-o", f"{folder}/report", dead, slow, "LICENSE"], err="tty")
    verdict("no line on a terminal", run.read(60, LINE))
    verdict("the line is not drawn anew", run.read(60, LINE, 5))
    drawn, seconds = len(re.findall(LINE, run.err)), time.monotonic() - began
    verdict(f"{drawn} lines in {seconds:.1f} s", drawn <= 5 * seconds + 1)
    verdict(f"not how many there are: {run.err[-120:]}", "1 of 3 files" in run.err)
    verdict("the dead peer is not counted", "1 dead peer" in run.err)
    open(slow, "wb").write(sample)
    verdict("status with a line", run.end() == 3)
    verdict(f"what is left on the terminal: {shown(run.err)!r}",
            shown(run.err) == "ka-analyze: LICENSE: not a pcap or pcapng capture\n"
            or shown(run.err).count("\n") == 1 and "LICENSE" in shown(run.err))

    # Report and errors on one terminal: the same text as without the line.
    run = Run(["--color", "never", dead, slow, "LICENSE", dead], out="tty", err="tty")
    run.read(60, LINE, 3)
    open(slow, "wb").write(sample)
    status = run.end()
    text = shown(run.out + run.err)
    want = plain.stdout.splitlines()[1:12]
    verdict(f"status {status} on one terminal", status == 3)
    verdict("the line stays on the terminal", not re.search(LINE, text))
    verdict("the report is not whole", all(line in text for line in want))

    # A run that ends within half a second shows nothing. On a busy machine one may take longer.
    for _ in range(100):
        began = time.monotonic()
        run = Run(["-o", f"{folder}/report", dead], err="tty")
        verdict("status of a quick run", run.end() == 0)
        if time.monotonic() - began < 0.5:
            break
    verdict(f"a quick run says {run.err!r}", run.err == "")

    # A narrow terminal: no line is longer than it.
    run = Run(["-o", f"{folder}/report", slow], err="tty")
    fcntl.ioctl(run.terminal[0], termios.TIOCSWINSZ, struct.pack("HHHH", 24, 30, 0, 0))
    line = r"\r([^\r\x1b]+)\x1b\[K"
    run.read(60, line, 4)
    lines = re.findall(line, run.err)
    verdict("no line on a narrow terminal", len(lines) > 1)
    verdict("a line wider than the terminal", all(len(line) < 30 for line in lines[1:]))
    run.process.send_signal(signal.SIGTERM)
    verdict("SIGTERM on a terminal", run.end() == 143)


def check_no_terminal(folder, kinds):
    slow = pipe(folder)
    for out, err in kinds:
        run = Run([slow], out=out, err=err)
        run.read(1.5)
        verdict(f"progress with {out} and {err}", run.err == "" and "packets/s" not in run.out)
        open(slow, "wb").write(sample)
        verdict(f"status with {out} and {err}", run.end() == 0)


def check_interrupt(folder):
    slow = pipe(folder)
    for number, name in ((signal.SIGINT, "SIGINT"), (signal.SIGTERM, "SIGTERM")):
        for jobs in ("1", "3"):
            # One file done, a pipe that has given some packets, one that nobody writes into.
            run = Run(["--format", "json", "-j", jobs, dead, slow, pipe(folder, "never.pcap"),
                       "samples"])
            writer = open(slow, "wb")
            writer.write(sample[:1000])
            writer.flush()
            run.settle(writer)
            run.process.send_signal(number)
            status = run.end()
            what = f"{name} with -j {jobs}"
            verdict(f"{what}: status {status}", status == 128 + number)
            writer.close()
            got = records(run.out)
            files = [r for r in got if r["record"] == "file"]
            verdict(f"{what}: no summary at the end", got and got[-1]["record"] == "summary")
            verdict(f"{what}: the file before is not whole",
                    files and files[0]["file"] == dead and files[0]["error"] is None)
            verdict(f"{what}: the pipe's packets are lost",
                    any(f["file"] == slow and f["error"] == "interrupted after packet 11" and
                        f["packets"] == 11 for f in files))
            verdict(f"{what}: other files were read after it",
                    got and got[-1]["files"] == len(files) and (jobs != "1" or len(files) == 2))
            verdict(f"{what}: {run.err!r}", f"{slow}: interrupted after packet 11" in run.err)

    # A folder of many: what is left is not read. Two pipes keep both threads from beginning it.
    many = f"{folder}/many"
    os.mkdir(many)
    for i in range(500):
        os.link(f"{folder}/dead.pcap", f"{many}/{i}.pcap")
    other = pipe(folder, "other.pcap")
    run = Run(["--format", "json", "-j", "2", slow, other, many])
    writers = [open(slow, "wb"), open(other, "wb")]
    run.settle()
    run.process.send_signal(signal.SIGINT)
    verdict("SIGINT in a folder: status", run.end() == 130)
    last = records(run.out)[-1]
    verdict("SIGINT in a folder: no summary", last["record"] == "summary")
    verdict(f"SIGINT in a folder: it goes on, {last}", last.get("files", 0) <= 2)
    for writer in writers:
        writer.close()

    # A list that does not end, a chain, an output file.
    reader, writer = os.pipe()
    run = Run(["--format", "json", "--files-from", "-"], stdin=reader)
    os.write(writer, b"tests/golden/input/dead.pcap\n")
    run.settle(writer)
    run.process.send_signal(signal.SIGINT)
    verdict("SIGINT in a list: status", run.end() == 130)
    verdict("SIGINT in a list: what was read", records(run.out)[-1]["files"] == 1)
    os.close(writer)
    run = Run(["--format", "json", "--chain", "-o", f"{folder}/out.json", dead, slow])
    writer = open(slow, "wb")
    run.settle()
    run.process.send_signal(signal.SIGINT)
    verdict("SIGINT in a chain: status", run.end() == 130)
    writer.close()
    verdict("SIGINT in a chain: no report",
            records(open(f"{folder}/out.json").read())[-1]["record"] == "summary")

    # A store keeps nothing of a capture that was not read to its end.
    if "sqlite" in subprocess.run([analyze, "--help"], capture_output=True, text=True).stdout:
        import sqlite3
        run = Run(["--format", "sqlite", "-o", f"{folder}/x.db", dead, slow])
        writer = open(slow, "wb")
        writer.write(sample[:1000])
        writer.flush()
        run.settle(writer)
        run.process.send_signal(signal.SIGINT)
        verdict("SIGINT with a store: status", run.end() == 130)
        writer.close()
        paths = sqlite3.connect(f"{folder}/x.db").execute("SELECT path FROM files").fetchall()
        verdict(f"SIGINT with a store: {paths}", len(paths) == 1 and paths[0][0].endswith(dead))

    # The second one ends it at once, and leaves no half of a file.
    run = Run(["-o", f"{folder}/half", slow, slow])
    holder = open(slow, "wb")
    run.settle()
    run.process.send_signal(signal.SIGSTOP)
    run.process.send_signal(signal.SIGINT)
    run.process.send_signal(signal.SIGTERM)
    run.process.send_signal(signal.SIGCONT)
    status = run.end()
    verdict(f"a second signal: status {status}", status in (-signal.SIGTERM, -signal.SIGINT, 130, 143))
    left = [name for name in os.listdir(folder) if name.startswith("half.")]
    verdict(f"a second signal leaves {left}", not left)
    holder.close()

    # What the shell has ignored for a job in the background stays so.
    old = signal.signal(signal.SIGINT, signal.SIG_IGN)
    run = Run([slow])
    signal.signal(signal.SIGINT, old)
    writer = open(slow, "wb")
    run.settle()
    run.process.send_signal(signal.SIGINT)
    run.settle()
    writer.write(sample)
    writer.close()
    verdict("an ignored SIGINT", run.end() == 0)


def check_line_on_request(folder):
    slow = pipe(folder)
    run = Run(["--format", "json", dead, slow])
    writer = open(slow, "wb")
    run.settle()
    for times in (1, 2):
        run.process.send_signal(signal.SIGUSR1)
        run.read(60, LINE, times)
    writer.write(sample)
    writer.close()
    verdict("SIGUSR1: status", run.end() == 0)
    lines = run.err.splitlines()
    verdict(f"SIGUSR1: {lines}",
            len(lines) == 2 and all(re.fullmatch("ka-analyze: " + LINE, line) for line in lines))
    verdict("SIGUSR1: not how many there are", "1 of 2 files" in run.err)
    verdict("SIGUSR1: the report", records(run.out)[-1]["files"] == 2)


# What starts the tests in the background may have them ignored, which the command would inherit.
for number in (signal.SIGINT, signal.SIGTERM, signal.SIGUSR1):
    signal.signal(number, signal.SIG_DFL)
with tempfile.TemporaryDirectory() as work:
    with open(f"{work}/dead.pcap", "wb") as copy:
        copy.write(sample)
    check_no_terminal(work, [("pipe", "pipe"), (f"{work}/out", "pipe")])
    check_line_on_request(work)
    check_interrupt(work)
    if has_terminals():
        check_no_terminal(work, [("pipe", "tty"), ("tty", "pipe")])
        check_terminal(work)
    else:
        print("progress: no pseudo terminals here: left out what a terminal shows")
print(f"{passed} passed, {failed} failed")
sys.exit(failed > 0)
