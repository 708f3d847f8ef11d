#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""serve.py NESTSCOPE KVMLOAD [PART...]: a real Prometheus scrapes what nestscope serve tells of
a real VM and of a recording; and no client can hurt it.  Prints TAP."""
import errno
import json
import os
import re
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from prom import (PATIENCE, RULES, Prometheus, Serve, board, firing, have, job, ok,  # noqa: E402
                  quick_rules, skip, unknown_names, until, watching)

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


def live(_):
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
    lost = prom.query('nestscope_ledger_events_total{what=~"ring_full|map_full|missed"}')
    ok("it has no privileges", "" if not int(unprivileged(serve), 16) else unprivileged(serve))
    ok("the loss ledger is there, and nothing was lost",
       "" if lost and not any(lost.values()) else str(lost))
    prom.stop()
    ended = serve.stop()
    ok("SIGTERM ends it", "" if ended == 0 else f"exit code {ended}")



def hostile_name(d):
    """A VM's name is its owner's: it stays a name, in every format and on the page."""
    name = 'a"b\\\\c{<script>,d="e"} 1 # x'
    os.symlink(LOAD, f"{d}/{name}")
    out = subprocess.run([f"{d}/{name}", "--iterations", "1"], stdout=subprocess.DEVNULL)
    if out.returncode == 77:
        skip("a hostile name", "no KVM here")
        return
    serve = Serve(NS, "-e", "mmio", "-I", "100")
    for kind, features in ("text", ()), ("protobuf", ("native-histograms",)):
        did = json.loads(subprocess.run([f"{d}/{name}", "--iterations", "3000"], stdout=subprocess.PIPE).stdout)
        prom = Prometheus("scrape_configs:" + job("live", serve.port), features)
        want = f"{name}({did['pid']})"
        got = until(lambda: want in [dict(k).get("vm") for k in prom.query(metric("mmio.access"))])
        ok(f"a hostile name stays a name, {kind}", "" if got else f"{prom.query(metric('mmio.access'))} {prom.trouble()}")
        prom.stop()
    ok("and promtool has nothing to say", linted(serve))
    page = serve.get("/")[2].decode()
    ok("the page has no script", "<script" in page and page)
    serve.stop()


def many_vms(_):
    """The kernel has numbers for 255 VMs; when most of them have gone, it is to begin anew."""
    if load("--iterations", "1") is None:
        skip("more VMs than there are numbers", "no KVM here")
        return
    serve = Serve(NS, "-e", "mmio")
    for _ in range(255):
        load("--iterations", "1")
        if serve.process.poll() is not None:
            break
    until(lambda: serve.process.poll() is not None, patience=10)
    ok("more VMs than there are numbers: it ends, to be started again",
       "" if serve.process.poll() == 1 and "VMs came" in serve.said() else f"{serve.process.poll()} {serve.said()}")
    serve.stop()


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


def bad_clients(_):
    """Slow ones, more than there are connections, and garbage: nothing changes."""
    if load("--iterations", "1") is None:
        skip("slow clients", "no KVM here")
        return
    serve = Serve(NS, "-e", "mmio", "-I", "200")
    prom = Prometheus("scrape_configs:" + job("live", serve.port, seconds=4))
    until(lambda: prom.value("up") == 1)
    before = rss_kb(serve.process.pid)
    clients = slow_clients(serve.port, 100)
    lines = [answer(serve.port, g) for g in GARBAGE]
    ok("garbage is refused, or answered", next((line for line in lines if not is_refusal(line)), ""))
    did = load("--iterations", "50000")
    ok("100 slow clients, and garbage: the counts are the VM's", differences(prom, did))
    clients += slow_clients(serve.port, 500)
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


# ---- formats ----

def linted(serve):
    """What promtool says of each text."""
    out = ""
    for accept in TEXT, OPEN:
        status, headers, body = serve.get(headers={"Accept": accept})
        if status != 200 or not headers["Content-Type"].startswith(accept.split(";")[0]):
            out += f"{accept}: {status} {headers['Content-Type']}; "
        if accept == OPEN and not body.endswith(b"# EOF\n"):
            out += "no EOF; "
        if re.search(rb"0x[0-9a-f]{4}", body):
            out += "an address; "
        if accept == TEXT:
            out += subprocess.run(["promtool", "check", "metrics"], input=body, stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT).stdout.decode()
    return out


def negotiated(serve):
    """Which format each Accept gets; the wrong ones."""
    proto = "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding="
    wants = {
        "": "text/plain", "*/*": "text/plain", "text/html": "text/plain", "text/plain": "text/plain",
        OPEN: "application/openmetrics-text", f"{OPEN};q=0.2, text/plain;q=0.3": "text/plain",
        f"text/plain;q=0.3,{OPEN};q=0.4": "application/openmetrics-text",
        f"{proto}delimited,{OPEN};q=0.8": "application/vnd.google.protobuf",
        f"{proto}text,{OPEN};q=0.8": "application/openmetrics-text",
        f"{proto}delimited;q=0,{OPEN};q=0.8": "application/openmetrics-text",
        "application/vnd.google.protobuf": "text/plain", "application/openmetrics-textual": "text/plain",
        ",,;;q=,=": "text/plain", f"{OPEN};q=x": "text/plain",
    }
    got = {a: serve.get(headers={"Accept": a} if a else {})[1].get_content_type() for a in wants}
    return "; ".join(f"'{a}' got {got[a]}" for a in wants if got[a] != wants[a])


def fault_counts(report):
    """s2.fault by cause, and in all, as report --json has it."""
    by = {}
    for vm in report["vms"]:
        for cause, b in vm["metrics"]["s2.fault"]["by"].items():
            by[cause] = by.get(cause, 0) + b["count"]
    return {k: n for k, n in by.items() if n}


def native(prom, report):
    """Native histograms against the report: counts by cause, and the median."""
    name = "nestscope_s2_fault_duration_seconds"
    want = fault_counts(report)
    until(lambda: prom.value(f"sum(histogram_count({name}))") == sum(want.values()))
    got = {dict(k)["cause"]: n for k, n in prom.query(f"sum by (cause) (histogram_count({name}))").items()}
    ok("native histograms have the recording's counts, by cause", "" if got == want else f"{got}, not {want}")
    total = sum(v["metrics"]["s2.fault"]["time"]["total"] for v in report["vms"]) / 1e9
    got = prom.value(f"sum(histogram_sum({name}))") or 0
    ok("and its time", "" if abs(got - total) < 1e-9 else f"{got}, not {total}")
    p50 = report["vms"][0]["metrics"]["s2.fault"]["time"]["p50"] / 1e9
    got = prom.value(f"histogram_quantile(0.5, sum({name}))") or 0
    # a bucket of schema 3 is 9 % wide
    ok("and its median, to a bucket's width", "" if p50 / 1.1 < got < p50 * 1.1 else f"{got}, not {p50}")


def exemplars(prom, slowest):
    """The slowest fault of the recording is an exemplar, by its number in it."""
    want = {(round(e["dur"] / 1e9, 9), str(e["id"])) for e in slowest[:1]}
    name = "nestscope_s2_fault_duration_seconds"

    def have():
        # they have the recording's own time, from 1970 on
        data = prom.api("query_exemplars", query=name + "_bucket", start=0, end=time.time()) or []
        data += prom.api("query_exemplars", query=name, start=0, end=time.time()) or []
        return {(round(float(e["value"]), 9), e["labels"].get("event_id"))
                for series in data for e in series["exemplars"]}
    got = until(lambda: want <= have() and want) or have()
    ok("an exemplar leads to the slowest fault", "" if want <= got else f"{sorted(got)[-3:]}, not {want}")


def script(*options):
    out = subprocess.run([NS, "script", "-i", RECORDING, "-e", "s2.fault", "-F", "id,dur", *options],
                         stdout=subprocess.PIPE, text=True, check=True).stdout
    rows = [dict(zip(("id", "dur"), map(int, line.split()))) for line in out.splitlines()]
    return sorted(rows, key=lambda r: -r["dur"])


def recording(_):
    """A recording of the lab, through each format."""
    report = json.loads(subprocess.run([NS, "report", "--json", "-i", RECORDING], stdout=subprocess.PIPE,
                                       check=True).stdout)
    serve = Serve(NS, "-i", RECORDING)
    prom = Prometheus("scrape_configs:" + job("native", serve.port),
                      features=("native-histograms", "exemplar-storage"))
    ok("promtool has nothing to say", linted(serve))
    ok("the scraper chooses the format", negotiated(serve))
    native(prom, report)
    exemplars(prom, script())
    prom.stop()
    prom = Prometheus("scrape_configs:" + job("classic", serve.port), features=("exemplar-storage",))
    want = sum(fault_counts(report).values())
    for what in "count", 'bucket{le="+Inf"}':
        expr = f"sum(nestscope_s2_fault_duration_seconds_{what})"
        ok(f"classic histograms have the recording's counts, {what}",
           "" if until(lambda: prom.value(expr) == want) else f"{prom.value(expr)}, not {want}")
    exemplars(prom, script())
    prom.stop()
    serve.stop()


# ---- rules ----

def rules(d):
    """What is installed is accepted; a recorder that loses events, and one that is gone."""
    out = subprocess.run(["promtool", "check", "rules", RULES], stdout=subprocess.PIPE,
                         stderr=subprocess.STDOUT, text=True)
    ok("promtool accepts the rules", out.stdout if out.returncode or "SUCCESS" not in out.stdout else "")
    bad = unknown_names(open(RULES).read()) + unknown_names(json.dumps(board()))
    ok("rules and board ask for metrics that exist", bad)
    if load("--iterations", "1") is None:
        skip("alerts of loss and silence", "no KVM here")
        return
    subprocess.run([NS, "record", "-e", "mmio", "-m", "4K", "-d", "8", "-o", f"{d}/lossy.nsr", "--", LOAD,
                    "--iterations", "1000000000"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    serve = Serve(NS, "-i", f"{d}/lossy.nsr", "-I", "200")
    prom = watching(serve.port, quick_rules(d))
    got = until(lambda: ("NestscopeLoss", "") in firing(prom))
    ok("a ring that is too small: NestscopeLoss fires, and no other",
       "" if got and len(firing(prom)) == 1 else f"{firing(prom)} {prom.trouble()}")
    bad = [f"{title}: {expr}" for title, expr in board() if prom.api("query", query=expr) is None]
    ok("Prometheus understands the board", "; ".join(bad))
    serve.stop()
    got = until(lambda: ("NestscopeDown", "") in firing(prom))
    ok("serve is gone: NestscopeDown fires", "" if got else f"{firing(prom)} {prom.trouble()}")
    prom.stop()


# ---- the unit ----

def unit(d):
    """systemd likes it; and what it leaves a service is enough."""
    with open(f"{TOP}/tui/serve/nestscope.service") as f:
        text = f.read().replace("/usr/bin/nestscope", os.path.abspath(NS))
    with open(f"{d}/nestscope.service", "w") as f:
        f.write(text.replace("Documentation=man:", "Documentation=https://example.org/"))
    if have("systemd-analyze"):
        skip("the unit", "no systemd-analyze")
    else:
        out = subprocess.run(["systemd-analyze", "verify", f"{d}/nestscope.service"], stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT, text=True)
        ok("systemd has nothing to say about the unit", out.stdout.strip())
        out = subprocess.run(["systemd-analyze", "security", "--offline=yes", "--threshold=25",
                              f"{d}/nestscope.service"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        ok("it is exposed at most 2.5 of 10", "" if out.returncode == 0 else out.stdout.splitlines()[-1])
    if os.getuid() or have("setpriv", "unshare") or os.path.exists("/sys/kernel/btf/kvm") or \
       load("--iterations", "1") is None:
        skip("serve as the unit starts it", "needs root, and KVM built into the kernel")
        return
    shutil.copy(NS, f"{d}/nestscope")
    os.chmod(d, 0o755)
    manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    manager.bind(f"{d}/notify")
    manager.settimeout(PATIENCE)
    os.chmod(f"{d}/notify", 0o777)
    os.environ.update(NOTIFY_SOCKET=f"{d}/notify", WATCHDOG_USEC="1000000")
    # as nobody, with two capabilities, and nothing that can be written to
    with open(f"{d}/as-unit", "w") as f:
        f.write("mount --make-rprivate / && mount --bind / / && mount -o remount,bind,ro / && exec setpriv "
                "--reuid=65534 --regid=65534 --clear-groups --no-new-privs --inh-caps=+bpf,+perfmon "
                f"--ambient-caps=+bpf,+perfmon {d}/nestscope \"$@\"\n")
    with open(f"{d}/run", "w") as f:
        f.write(f"#!/bin/sh\nexec unshare -m sh {d}/as-unit \"$@\"\n")
    os.chmod(f"{d}/run", 0o755)
    serve = Serve(f"{d}/run", "-e", "mmio", "-I", "200")
    said = [manager.recv(100).decode() for _ in range(3)]
    ok("it tells the service manager", "" if said == ["READY=1", "WATCHDOG=1", "WATCHDOG=1"] else str(said))
    did = load("--iterations", "2000")
    want = did["counts"]["mmio.access.write"]
    line = f'nestscope_mmio_access_total{{vm="kvmload({did["pid"]})",'
    got = [x for x in until(lambda: serve.get()[2]).decode().splitlines() if x.startswith(line)]
    got = until(lambda: [x for x in serve.get()[2].decode().splitlines()
                         if x.startswith(line) and x.endswith(f" {want}")]) or got
    ok("serve as the unit starts it has the VM's counts", "" if got and got[0].endswith(f" {want}") else
       f"{got}, not {want}")
    serve.stop()
    del os.environ["NOTIFY_SOCKET"], os.environ["WATCHDOG_USEC"]


def unprivileged(serve):
    with open(f"/proc/{serve.process.pid}/status") as f:
        return re.search(r"CapEff:\s+(\w+)", f.read())[1]


missing = have("prometheus", "promtool", "openssl")
if missing:
    skip("Prometheus", f"{' and '.join(missing)} missing: tests/setup test")
    sys.exit(0)
parts = (live, hostile_name, many_vms, recording, bad_clients, rules, who_may_ask, unit)
with tempfile.TemporaryDirectory() as scratch:
    for part in parts:
        if sys.argv[3:] and part.__name__ not in sys.argv[3:]:
            continue
        try:
            part(scratch)
        except (OSError, RuntimeError, ValueError, LookupError, subprocess.SubprocessError) as e:
            ok(part.__name__, f"{type(e).__name__}: {e}")
