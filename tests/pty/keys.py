#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""keys.py NESTSCOPE RECORDING|- SECONDS

Type at random at the dashboard while its terminal changes its size; it must
still be there afterwards, and end when told to.  "-": live, beside whatever runs here.  For a program built with
sanitizers: they end it when something is wrong.  Prints TAP.
"""
import fcntl
import os
import pty
import random
import select
import shutil
import signal
import struct
import sys
import tempfile
import termios
import time

NS, SECONDS = os.path.abspath(sys.argv[1]), float(sys.argv[3])
LIVE = sys.argv[2] == "-"
OPTIONS = ["-I", "100"] if LIVE else ["-i", os.path.abspath(sys.argv[2])]
WORDS = ["\033", "\r", "\t", "x\r", "trap", "0x4", "\033OP", "\033OR", "\033OS", "\033[6~",
         "\033[5~", "\033[<0;20;6M", "\033[<0;9;2M", "\033[<65;9;9M", "\033[A", "\033[B", "\033[C", "\033[D", "\b", "\025", "\u00e9",
         *"123456789?amlctIGgnNjkwM.,}{][p+->h/\\"]  # all keys but q and F10
SEEDS = 3


class Dashboard:
    def __init__(self):
        self.pid, self.fd = pty.fork()
        if not self.pid:
            os.environ.update(TERM="xterm-256color", LC_ALL="C.UTF-8",
                              ASAN_OPTIONS="detect_leaks=0", XDG_CONFIG_HOME=os.getcwd())
            os.execl(NS, NS, "top", *OPTIONS)
        self.last = b""

    def drain(self):
        while select.select([self.fd], [], [], 0)[0]:
            try:
                self.last = (self.last + os.read(self.fd, 65536))[-800:]
            except OSError:
                return

    def status(self):
        """Of its end, or None while it runs."""
        pid, status = os.waitpid(self.pid, os.WNOHANG)
        return status if pid else None


def one(seed):
    rng, d, n, end = random.Random(seed), Dashboard(), 0, time.time() + SECONDS / SEEDS
    while time.time() < end:
        try:
            os.write(d.fd, rng.choice(WORDS).encode())
            if n % 20 == 0:
                fcntl.ioctl(d.fd, termios.TIOCSWINSZ,
                            struct.pack("HHHH", rng.randint(1, 70), rng.randint(1, 260), 0, 0))
        except OSError:
            pass
        n += 1
        time.sleep(0.002)
        d.drain()
        status = d.status()
        if status is not None:
            return f"it ended with {status} after {n} keys: {d.last!r}"
    os.kill(d.pid, signal.SIGTERM)
    end = time.time() + 10
    while time.time() < end:
        d.drain()
        status = d.status()
        if status is not None:
            return f"its end was {status}: {d.last!r}" if status else None
        time.sleep(0.02)
    os.kill(d.pid, signal.SIGKILL)
    return "it did not end"


os.chdir(tempfile.mkdtemp())  # "w" writes recordings where it is
bad = 0
for s in range(1, SEEDS + 1):
    why = one(s)
    bad += why is not None
    print(f"{'not ok' if why else 'ok'} - keys at random, {'live, ' * LIVE}seed {s}")
    if why:
        print("    " + why)
shutil.rmtree(os.getcwd())
sys.exit(bad != 0)
