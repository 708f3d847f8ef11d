#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""write.py NESTSCOPE RECORDING: the key w.

What it writes is what the dashboard had in memory, event for event, with the
marks; it is a whole recording also when the terminal goes in that moment, and
the recording that is replayed stays as it is.  Prints TAP.
"""
import glob
import hashlib
import json
import os
import pty
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time

NS, RECORDING = map(os.path.abspath, sys.argv[1:3])
IN_MEMORY = 32768  # events; docs/dashboard.md
LIMIT = 60  # seconds for what takes a fraction of one: the machine may be busy


def run(*args):
    return subprocess.run([NS, *args], capture_output=True, text=True, check=True).stdout


def lines(path):
    """Events and marks of a recording as script prints them."""
    events, marks = [], []
    for line in run("script", "-i", path).splitlines():
        (marks if line.split(" ")[1] == "mark" else events).append(line)
    return events, marks


class Dashboard:
    def __init__(self, interval):
        self.pid, self.fd = pty.fork()
        if not self.pid:
            os.environ.update(TERM="xterm-256color", LC_ALL="C.UTF-8", XDG_CONFIG_HOME=os.getcwd())
            signal.signal(signal.SIGHUP, signal.SIG_DFL)  # though the tests were started by nohup
            os.execl(NS, NS, "top", "-i", RECORDING, "-I", str(interval))
        self.said = b""
        self.until(b"Quit")

    def read(self, seconds):
        end = time.time() + seconds
        while (left := end - time.time()) > 0 and select.select([self.fd], [], [], left)[0]:
            try:
                self.said += os.read(self.fd, 65536)
            except OSError:
                return

    def until(self, what):
        end = time.time() + LIMIT
        while what not in self.said and time.time() < end:
            self.read(0.05)
        return what in self.said

    def end(self):
        """Its exit status, once it has ended."""
        end = time.time() + LIMIT
        while time.time() < end:
            self.read(0.01)
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                os.close(self.fd)
                return status
        os.kill(self.pid, signal.SIGKILL)
        return os.waitpid(self.pid, 0)[1]


def result(name, bad):
    print(f"not ok - {name}\n    {bad}" if bad else f"ok - {name}")
    return bool(bad)


def written(interval, keys):
    """The recording that w makes after the first interval."""
    d = Dashboard(interval)
    os.write(d.fd, keys)
    d.until(b"written to")
    os.write(d.fd, b"q")
    d.end()
    files = glob.glob("nestscope-*.nsr")
    return files[0] if len(files) == 1 else None


def compare(path, want, marks):
    """What is wrong with the recording, or None."""
    if not path:
        return "there is not one recording"
    events, marked = lines(path)
    report = json.loads(run("report", "--json", "-i", path))
    ledger, counts = report["ledger"], {}
    for line in want:
        counts[line.split(" ")[3]] = counts.get(line.split(" ")[3], 0) + 1
    reported = {k: v["kept"] for k, v in ledger["events"].items() if v and v["kept"]}
    if events != want:
        return f"{len(events)} events are not the {len(want)} that were in memory"
    if reported != counts or ledger["seen"] != ledger["kept"] or ledger["lost"] or report["warning"]:
        return f"report: {reported}, {ledger['seen']} {ledger['lost']} {report['warning']}"
    began = float(want[0].split(" ")[0])
    at = [round(float(m.split(" ")[0]) - began, 3) for m in marked]
    if [m["text"] for m in report["marks"]] != marks or \
            [round(m["at_ns"] / 1e9, 3) for m in report["marks"]] != at or len(at) != len(marks):
        return f"marks: {report['marks']} {marked}"
    return None


def hangup(delay):
    """w, and the terminal goes: no recording, or a whole one."""
    d = Dashboard(60000)
    os.write(d.fd, b"w")
    time.sleep(delay)
    os.kill(d.pid, signal.SIGHUP)
    status = d.end()
    files = glob.glob("nestscope-*.nsr")
    for f in files:
        report = json.loads(run("report", "--json", "-i", f))
        if report["warning"] or report["ledger"]["kept"] != len(ALL) // 2:
            return f"{delay} s: {report['warning']}, {report['ledger']['kept']} events"
        os.remove(f)
    return f"its end was {status}" if status else None


here = tempfile.mkdtemp()
os.chdir(here)
before = hashlib.sha256(open(RECORDING, "rb").read()).digest()
ALL, _ = lines(RECORDING)
bad = result("w: what is in memory", compare(written(60000, b"w"), ALL[:len(ALL) // 2],
                                             ["mark 1", "mark 2"]))
for f in glob.glob("*.nsr"):
    os.remove(f)
bad |= result("w: the last events, and a mark", compare(written(120000, b"Mw"), ALL[-IN_MEMORY:],
                                                        ["mark 1", "mark 2", "mark 3"]))
for f in glob.glob("*.nsr"):
    os.remove(f)
bad |= result("w: whole when the terminal goes",
              next(filter(None, map(hangup, [0, 0.001, 0.005, 0.01, 0.02, 0.05])), None))
after = hashlib.sha256(open(RECORDING, "rb").read()).digest()
bad |= result("w: the recording that is shown stays", before != after and "it has changed")
shutil.rmtree(here)
sys.exit(bad)
