# SPDX-License-Identifier: GPL-2.0-or-later
"""prom.py: nestscope serve and Prometheus as processes, for the tests of both."""
import atexit
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request

NESTSCOPE = sys.argv[1]
PATIENCE = 60  # seconds: nothing here takes that long, however busy the machine is


def ok(name, bad=""):
    """One line of TAP: passed when there is nothing bad to say."""
    print(f"{'not ok' if bad else 'ok'} - serve: {name}{f': {bad}' if bad else ''}", flush=True)
    return not bad


def skip(name, why):
    print(f"ok - serve: {name} # SKIP {why}", flush=True)


def until(what, patience=PATIENCE):
    """The first true result of what(), or the last one when there is none in time."""
    end = time.monotonic() + patience
    while True:
        got = what()
        if got or time.monotonic() > end:
            return got
        time.sleep(0.1)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Serve:
    """nestscope serve, on a port of its own."""

    def __init__(self, binary, *options, listen="127.0.0.1:0"):
        self.log = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen([binary, "serve", "--listen", listen, *options],
                                        stderr=self.log, stdin=subprocess.DEVNULL)
        atexit.register(self.process.kill)  # a test that dies leaves nothing behind
        self.url = until(self._said)
        if not self.url:
            raise RuntimeError("nestscope serve did not begin: " + self.said())
        self.port = int(self.url.rsplit(":", 1)[1])

    def said(self):
        self.log.seek(0)
        return self.log.read().strip()

    def _said(self):
        m = re.search(r"(https?://\S+)/metrics", self.said())
        if not m and self.process.poll() is not None:
            raise RuntimeError("nestscope serve ended: " + self.said())
        return m and m[1]

    def get(self, path="/metrics", headers=None, context=None):
        """(status, headers, body); an HTTP error is an answer as well."""
        request = urllib.request.Request(self.url + path, headers=headers or {})
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE, context=context) as r:
                return r.status, r.headers, r.read()
        except urllib.error.HTTPError as e:
            return e.code, e.headers, e.read()

    def stop(self, how=signal.SIGTERM):
        self.process.send_signal(how)
        try:
            return self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return "nothing: it had to be killed"


class Prometheus:
    """A real server, which scrapes what config (YAML) says."""

    def __init__(self, config, features=(), files=()):
        self.dir = tempfile.mkdtemp(prefix="nestscope-prom-")
        for f in files:
            shutil.copy(f, self.dir)
        with open(f"{self.dir}/prometheus.yml", "w") as f:
            f.write(config)
        self.port = free_port()
        self.log = open(f"{self.dir}/log", "w")
        self.process = subprocess.Popen(
            ["prometheus", f"--config.file={self.dir}/prometheus.yml",
             f"--storage.tsdb.path={self.dir}/data", f"--web.listen-address=127.0.0.1:{self.port}",
             "--log.level=warn", *(["--enable-feature=" + ",".join(features)] if features else [])],
            stdout=self.log, stderr=self.log, stdin=subprocess.DEVNULL)
        atexit.register(self.process.kill)

    def api(self, path, **args):
        url = f"http://127.0.0.1:{self.port}/api/v1/{path}?{urllib.parse.urlencode(args)}"
        try:
            with urllib.request.urlopen(url, timeout=PATIENCE) as r:
                return json.load(r)["data"]
        except (OSError, ValueError):
            return None

    def query(self, expr):
        """{labels: value}, labels as a sorted tuple without the scrape's own."""
        data = self.api("query", query=expr)
        return {tuple(sorted((k, v) for k, v in r["metric"].items() if k not in ("instance", "job"))):
                float(r["value"][1]) for r in data["result"] if "value" in r} if data else {}

    def value(self, expr):
        """The only value of expr, or None."""
        got = list(self.query(expr).values())
        return got[0] if len(got) == 1 else None

    def trouble(self):
        """What it says of its targets, for a message."""
        data = self.api("targets") or {"activeTargets": []}
        with open(f"{self.dir}/log") as f:
            return "; ".join([t["lastError"] for t in data["activeTargets"] if t["lastError"]] +
                             f.read().splitlines()[-3:])

    def stop(self):
        self.process.terminate()
        self.process.wait(PATIENCE)
        self.log.close()
        shutil.rmtree(self.dir)


def job(name, port, extra="", seconds=1):
    """A scrape of 127.0.0.1:port, so often."""
    return f"""
- job_name: {name}
  scrape_interval: {seconds}s
  scrape_timeout: {seconds}s
  static_configs: [{{targets: ['127.0.0.1:{port}']}}]
""" + "".join(f"  {line}\n" for line in extra.splitlines())


RULES = os.path.dirname(os.path.abspath(__file__)) + "/../../docs/examples/prometheus-rules.yml"


def quick_rules(where):
    """The rules that are installed, but for their times: minutes become seconds.  A path."""
    with open(RULES) as f:
        text = f.read()
    for slow, fast in (("[5m]", "[6s]"), ("15m", "60s"), ("for: 5m", "for: 1s"), ("for: 1m", "for: 1s")):
        if slow not in text:
            raise RuntimeError(f"{RULES} has no {slow}: see quick_rules")
        text = text.replace(slow, fast)
    with open(f"{where}/quick.yml", "w") as f:
        f.write(text)
    return f"{where}/quick.yml"


def watching(port, rules):
    """Prometheus with the rules, each second, on what listens at port."""
    return Prometheus(f"global: {{evaluation_interval: 1s}}\nrule_files: [{rules}]\nscrape_configs:" +
                      job("nestscope", port))


def board():
    """[(panel, query)] of the board, for all hosts and VMs."""
    with open(os.path.dirname(RULES) + "/grafana-board.json") as f:
        panels = json.load(f)["panels"]
    return [(p["title"], t["expr"].replace("$instance", ".*").replace("$vm", ".*").replace("$__rate_interval", "1m"))
            for p in panels for t in p.get("targets", [])]


def unknown_names(text):
    """What rules or a board ask for that nestscope has no metric for."""
    rules = set(re.findall(r"record: (\S+)", open(RULES).read()))
    asked = set(re.findall(r"[a-z_]*:nestscope_[a-z0-9_:]+|nestscope_[a-z0-9_]+", text))
    events = subprocess.run([NESTSCOPE, "help", "events"], stdout=subprocess.PIPE, text=True).stdout
    known = {f"nestscope_{e.replace('.', '_')}" for e in re.findall(r"^(\w+\.\w+): ", events, re.M)}
    known = {n + s for n in known for s in ("_total", "_duration_seconds_bucket", "_duration_seconds_sum")}
    known |= rules | {"nestscope_vcpus", "nestscope_contexts", "nestscope_observed_seconds",
                      "nestscope_event_provided", "nestscope_ledger_events_total"}
    return sorted(asked - known)


def firing(prom):
    """{(alert, VM)} that fire now."""
    data = prom.api("alerts") or {"alerts": []}
    return {(a["labels"]["alertname"], a["labels"].get("vm", "")) for a in data["alerts"]
            if a["state"] == "firing"}


def have(*programs):
    return [p for p in programs if not shutil.which(p)]
