#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""serve.py NESTSCOPE KVMLOAD: a real Prometheus scrapes what nestscope serve tells of
a real VM and of a recording; and no client can hurt it.  Prints TAP."""
import errno
import json
import os
import re
import socket
import ssl
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from prom import PATIENCE, Prometheus, Serve, have, job, ok, skip, until  # noqa: E402

NS, LOAD = sys.argv[1:3]
TOP = os.path.dirname(os.path.abspath(__file__)) + "/../.."
RECORDING = f"{TOP}/tests/cli/s2-tlbi.nsr"
TEXT = "text/plain;version=0.0.4"
OPEN = "application/openmetrics-text;version=1.0.0"


def load(*options):
    """A real VM: what it did, by event and split."""
    out = subprocess.run([LOAD, *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if out.returncode == 77:
        return None
    if out.returncode:
        raise RuntimeError(out.stderr)
    return json.loads(out.stdout)


def metric(event):
    return f"nestscope_{event.replace('.', '_')}_total"


def differences(prom, did):
    """Where Prometheus has other counts of a VM than it made."""
    bad = []
    for key, n in did["counts"].items():
        event, split = key.rsplit(".", 1)
        label = "mmio_kind" if event == "mmio.access" else "match"
        expr = f'{metric(event)}{{vm="kvmload({did["pid"]})",{label}="{split}"}}'
        got = until(lambda: prom.value(expr) == n and n) or prom.value(expr)
        if got != n:
            bad.append(f"{key} did {n}, Prometheus has {got}")
    return "; ".join(bad) and "; ".join(bad) + "; " + prom.trouble()


def by_stat(view, did):
    """What stat counted of a VM, as kvmload would say it."""
    vm = [v for v in json.loads(view)["vms"] if v["pid"] == did["pid"]][0]
    return {f"{event}.{split}": b["count"]
            for event in ("mmio.access", "mmio.match")
            for split, b in vm["metrics"][event]["by"].items() if b["count"]}


def live():
    """A session of this machine, scraped while a VM runs; stat looks on."""
    if load("--iterations", "1000") is None:
        skip("a real VM's counts in Prometheus", "no KVM here")
        return
    serve = Serve(NS, "-e", "mmio", "-I", "200")
    prom = Prometheus("scrape_configs:" + job("live", serve.port))
    ok("Prometheus scrapes it", not until(lambda: prom.value("up") == 1) and prom.trouble())
    did = load("--iterations", "100000")
    ok("a real VM's counts in Prometheus", differences(prom, did))
    stat = subprocess.run([NS, "stat", "-e", "mmio", "--json", "--", LOAD, "--iterations", "30000",
                           "--vcpus", "2"], stdout=subprocess.PIPE, text=True)
    did = {"pid": 0, **{k: v for k, v in json.loads(stat.stdout.splitlines()[0]).items()
                        if k in ("pid", "counts")}}
    view = stat.stdout.split("\n", 1)[1]
    ok("stat, serve and the VM agree", "" if by_stat(view, did) == did["counts"] and
       not differences(prom, did) else f"stat {by_stat(view, did)}, {differences(prom, did)}")
    lost = prom.query('nestscope_ledger_events_total{what=~"ring_full|map_full"}')
    ok("the loss ledger is there, and nothing was lost",
       "" if lost and not any(lost.values()) else str(lost))
    prom.stop()
    ended = serve.stop()
    ok("SIGTERM ends it", "" if ended == 0 else f"exit code {ended}")



# ---- clients of the worse kind ----

GARBAGE = [
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(range(256)),  # TLS, where none is
    b"\0" * 4096,
    b"GET\r\n\r\n",
    b"GET /metrics\r\n\r\n",
    b"GET /metrics HTTP/9.9\r\n\r\n",
    b"GET /metrics HTTP/1.1\r\n\r\n",  # without Host
    b"GET /metrics HTTP/1.1\r\nHost: x\r\n" + b"A: b\r\n" * 20000 + b"\r\n",
    b"GET /" + b"a" * 100000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n",
    b"GET /metrics HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFF\r\n",
    b"GET /metrics HTTP/1.1\r\nHost: x\r\nAccept: " + b",;q=" * 3000 + b"\r\n\r\n",
    b"GET /../../etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET /metrics%00 HTTP/1.1\r\nHost: x\r\n\r\n",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
]
REQUEST = b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n"


def connect(port, small=False):
    s = socket.socket()
    if small:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
    s.settimeout(PATIENCE)
    s.connect(("127.0.0.1", port))
    return s


def slow_clients(port, n):
    """Of each kind a third: half a request, a request and never reading, and nothing at all."""
    clients = []
    for i in range(n):
        s = connect(port, small=i % 3 == 1)
        s.sendall([b"GET /metr", REQUEST, b""][i % 3])
        clients.append(s)
    return clients


def answer(port, data):
    """The first line of what comes back, "" for nothing."""
    with connect(port) as s:
        try:
            s.sendall(data)
            s.shutdown(socket.SHUT_WR)
            return s.recv(4096).split(b"\r\n")[0].decode("latin1")
        except OSError:
            return ""


def is_refusal(line):
    return not line or re.match(r"HTTP/1\.[01] (200|4\d\d|505) ", line)


def ended(s):
    """Has the server let go of it?"""
    s.settimeout(0.05)
    try:
        while s.recv(65536):
            pass
        return True
    except TimeoutError:
        return False
    except OSError:
        return True


def rss_kb(pid):
    with open(f"/proc/{pid}/status") as f:
        return int(re.search(r"VmRSS:\s+(\d+)", f.read())[1])


def bad_clients():
    """Slow ones, more than there are connections, and garbage: nothing changes."""
    if load("--iterations", "1") is None:
        skip("slow clients", "no KVM here")
        return
    serve = Serve(NS, "-e", "mmio", "-I", "200")
    prom = Prometheus("scrape_configs:" + job("live", serve.port))
    until(lambda: prom.value("up") == 1)
    before = rss_kb(serve.process.pid)
    clients = slow_clients(serve.port, 100)
    lines = [answer(serve.port, g) for g in GARBAGE]
    ok("garbage is refused, or answered", next((line for line in lines if not is_refusal(line)), ""))
    did = load("--iterations", "50000")
    ok("100 slow clients, and garbage: the counts are the VM's", differences(prom, did))
    clients += slow_clients(serve.port, 300)
    did = load("--iterations", "50000")
    ok("more slow clients than connections: the counts are the VM's", differences(prom, did))
    ok("no scrape failed meanwhile", "" if prom.value("min_over_time(up[5m])") == 1 else prom.trouble())
    more = rss_kb(serve.process.pid) - before
    ok("their memory is bounded", "" if more < 16384 else f"{more} KB more")
    left = until(lambda: all(ended(s) for s in clients)) or sum(not ended(s) for s in clients)
    ok("slow clients are cut off", "" if left is True else f"{left} are still there")
    prom.stop()
    serve.stop()


# ---- who may ask ----

def certificate(where):
    """A certificate that signs itself, for 127.0.0.1."""
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                    "-nodes", "-keyout", f"{where}/key.pem", "-out", f"{where}/cert.pem", "-days", "1",
                    "-subj", "/CN=nestscope", "-addext", "subjectAltName=IP:127.0.0.1"],
                   check=True, stderr=subprocess.DEVNULL)


def refuses(port, address):
    with socket.socket() as s:
        s.settimeout(PATIENCE)
        return s.connect_ex((address, port)) == errno.ECONNREFUSED


def usage(name, code, words, *options):
    """serve ends at once, with this exit code and these words."""
    out = subprocess.run([NS, "serve", "-d", "0.1", *options], stderr=subprocess.PIPE, text=True)
    ok(name, "" if out.returncode == code and all(w in out.stderr for w in words)
       else f"exit code {out.returncode}: {out.stderr}")


def bad_usage(d):
    secrets = ["--tls-cert", f"{d}/cert.pem", "--tls-key", f"{d}/key.pem", "--token-file", f"{d}/token"]
    usage("another address needs TLS and a token", 2, ["--tls-cert and --tls-key, and --token-file"],
          "--listen", "0.0.0.0:0")
    usage("TLS alone is not enough", 2, ["--token-file is missing"], "--listen", "0.0.0.0:0", *secrets[:4])
    usage("nor is a token", 2, ["--tls-cert and --tls-key are missing"], "--listen", "[::]:0", *secrets[4:])
    usage("a key without a certificate", 2, ["--tls-cert is missing"], *secrets[2:4])
    usage("a token that can be guessed", 2, ["at least 16 characters"], "--token-file", f"{d}/short")
    usage("a file that is not there", 2, [f"{d}/none"], "--token-file", f"{d}/none")
    usage("no certificate", 2, ["PEM"], "-i", RECORDING, "--tls-cert", f"{d}/token", "--tls-key", f"{d}/key.pem")
    for address in "localhost:1", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "[::1", "1:2:3", ":1", "127.0.0.1:-1":
        usage(f"--listen {address}", 2, ["--listen"], "-i", RECORDING, "--listen", address)
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        s.listen()
        port = s.getsockname()[1]
        usage("a port that is taken", 1, [f"127.0.0.1:{port}", "in use"], "-i", RECORDING,
              "--listen", f"127.0.0.1:{port}")
    usage("no recording", 2, [f"{d}/none"], "-i", f"{d}/none")
    usage("it ends after -d", 0, ["http://127.0.0.1:"], "-i", RECORDING, "--listen", "127.0.0.1:0")


def who_may_ask(d):
    certificate(d)
    token = "0123456789abcdef" * 2
    for name, text in ("token", token + "\n"), ("short", "secret\n"):
        with open(f"{d}/{name}", "w", opener=lambda p, f: os.open(p, f, 0o600)) as f:
            f.write(text)
    bad_usage(d)
    serve = Serve(NS, "-i", RECORDING)
    ok("a foreign address is refused", "" if refuses(serve.port, "127.0.0.2") else "it was answered")
    ok("only its paths are there", "" if serve.get("/x")[0] == 404 else "/x")
    serve.stop()
    serve = Serve(NS, "-i", RECORDING, "--tls-cert", f"{d}/cert.pem", "--tls-key", f"{d}/key.pem",
                  "--token-file", f"{d}/token", listen="0.0.0.0:0")
    serve.url = f"https://127.0.0.1:{serve.port}"
    trust = ssl.create_default_context(cafile=f"{d}/cert.pem")
    bearer = {"Authorization": f"Bearer {token}"}
    codes = [serve.get(path, headers, trust)[0] for headers in (
        {}, {"Authorization": "Bearer " + "0" * 32}, {"Authorization": f"Bearer {token}x"},
        {"Authorization": f"Bearer {token[:-1]}"}, {"Authorization": "Bearer "},
        {"Authorization": f"Basic {token}"}) for path in ("/", "/metrics", "/healthz", "/x")]
    ok("without the token nothing is answered", "" if set(codes) == {401} else str(codes))
    codes = [serve.get(path, bearer, trust)[0] for path in ("/", "/metrics", "/healthz", "/x")]
    ok("with it everything is", "" if codes == [200, 200, 200, 404] else str(codes))
    ok("who does not speak TLS gets nothing", answer(serve.port, REQUEST))
    prom = Prometheus("scrape_configs:" + job("tls", serve.port, f"""scheme: https
tls_config: {{ca_file: '{d}/cert.pem'}}
authorization: {{credentials_file: '{d}/token'}}"""))
    ok("Prometheus scrapes through TLS, with the token",
       "" if until(lambda: prom.value("up") == 1) else prom.trouble())
    prom.stop()
    serve.stop()


missing = have("prometheus", "promtool", "openssl")
if missing:
    skip("Prometheus", f"{' and '.join(missing)} missing: tests/setup test")
    sys.exit(0)
live()
bad_clients()
with tempfile.TemporaryDirectory() as scratch:
    who_may_ask(scratch)
