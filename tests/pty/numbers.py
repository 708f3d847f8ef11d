#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""numbers.py NESTSCOPE RECORDING CATALOGUE [TAB...]

What the dashboard shows equals `report --json` of the same recording, tab by
tab and VM by VM: counts exactly, times as they are written for people.  Every
row on screen must be in the report and every number of the report on screen.
Prints TAP.
"""
import json
import os
import re
import subprocess
import sys

NS, RECORDING, CATALOGUE = sys.argv[1:4]
ENV = dict(os.environ, COLUMNS="250", LINES="300", LC_ALL="C.UTF-8")
ALL_OF_IT = "3600000"  # ms: one frame with the whole file in it


def run(*args):
    return subprocess.run([NS, *args], env=ENV, capture_output=True, text=True, check=True).stdout


class Catalogue:
    """bpf/events.def: the label of each value, the splits of each event."""

    def __init__(self, path):
        text = open(path).read().replace("\\\n", " ")
        dims = {m[1]: dict(re.findall(r'V\(\w+, "([^"]*)",\s+"([^"]*)"', m[2]))
                for m in re.finditer(r"#define NS_DIM_(\w+)\(V\)(.*)", text)}
        self.events = {m[1]: (dims[m[2]], dims[m[3]])
                       for m in re.finditer(r'E\(\w+, \w+, "([^"]+)", (\w+), (\w+), \d', text)}

    def dim(self, event, key):
        return self.events[event][0][key]

    def sub(self, event, key):
        return self.events[event][1][key]


def count(n):
    return f"{n:,}"


def duration(ns):
    if ns < 1000:
        return f"{ns}ns"
    for unit, name in ((1e3, "us"), (1e6, "ms"), (1e9, "s")):
        if ns / unit < 999.95 or name == "s":
            return f"{ns / unit:.1f}{name}"
    return None


def rate(n):
    return f"{n:.1f}" if 0 < n < 99.95 else f"{n:.0f}"


class Screen:
    """The table of a screen: cells are found by where the titles are."""

    def __init__(self, name, pid, title):
        lines = run("top", "-b", "-i", RECORDING, "-I", ALL_OF_IT, "-n", "1", "-p", str(pid),
                    "--screen", name).splitlines()
        at = next(i for i, line in enumerate(lines) if line[1:].startswith(title))
        self.head = lines[at]
        self.rows = []
        for line in lines[at + 1:-1]:
            if not line.strip() or "unavailable" in line or "goes from" in line:
                break
            self.rows.append(line)

    def place(self, title):
        m = re.search(r"(?<=[ <>])" + re.escape(title) + r"(?=[ <>]|$)", self.head)
        assert m, f"no column {title} in {self.head}"
        return m

    def number(self, row, title):
        end = self.place(title).end()
        return re.search(r"(\S+(?: %)?)$", row[:end])[1]

    def text(self, row, title, until):
        """A text column that ends where the number under the title 'until' may begin."""
        return row[self.place(title).start():until].strip()


class Check:
    def __init__(self, name):
        self.name, self.bad, self.numbers = name, [], 0

    def same(self, what, got, want):
        self.numbers += 1
        if got != want:
            self.bad.append(f"{what}: on screen {got}, in the report {want}")

    def end(self):
        if not self.numbers:
            self.bad.append("nothing was compared")
        print(f"{'not ok' if self.bad else 'ok'} - numbers: {self.name}: "
              f"{self.numbers} compared")
        for b in self.bad[:20]:
            print("    " + b)
        return not self.bad


def times(check, screen, row, what, t, titles):
    for title, key in titles:
        check.same(f"{what} {title}", screen.number(row, title), duration(t[key]))


QUANTILES = (("p50", "p50"), ("p90", "p90"), ("p99", "p99"))


def faults(check, vm, cat):
    screen = Screen("faults", vm["pid"], "cause")
    by = vm["metrics"]["s2.fault"]["by"]
    check.same("rows", len(screen.rows), len(by))
    for row in screen.rows:
        label = row[1:29].strip()
        key = next((k for k in by if cat.dim("s2.fault", k).replace("  ", " ") == label), None)
        if not key:
            check.same(label, "a row", "none")
            continue
        check.same(key, screen.number(row, "count"), count(by[key]["count"]))
        check.same(key + " rate", screen.number(row, "rate/s"),
                   rate(by[key]["count"] / vm["seconds"]))
        times(check, screen, row, key, by[key]["time"], QUANTILES + (("total", "total"),))


def split(name, title, events, by_title):
    """A tab made of rows (event, value, second value)."""
    def tab(check, vm, cat):
        screen = Screen(name, vm["pid"], title)
        want = {}
        for event in events:
            prefix = event.split(".")[1] + " " if len(events) > 1 else ""
            metric = vm["metrics"][event]
            for dim, m in (metric or {}).get("by", {}).items():
                for sub, n in m.get("sub", {"": m["count"]}).items():
                    what = prefix + cat.dim(event, dim)
                    want[what, cat.sub(event, sub) if sub else ""] = (n, m, len(m.get("sub", [])))
        check.same("rows", len(screen.rows), len(want))
        for row in screen.rows:
            by = screen.place(by_title).start()
            key = row[1:by].strip(), row[by:by + 7].strip()
            if key not in want:
                check.same(str(key), "a row", "none")
                continue
            n, m, subs = want[key]
            check.same(str(key), screen.number(row, "count"), count(n))
            if subs <= 1 and "time" in m:  # the report gives times of the first split
                times(check, screen, row, str(key), m["time"], QUANTILES + (("total", "total"),))
    return tab


def tlbi(check, vm, cat):
    screen = Screen("tlbi", vm["pid"], "what drops")
    m = vm["metrics"]
    after = {"TLBI vmalls12e1is": "tlbi_vmalls12e1", "TLBI ipas2e1is": "tlbi_ipas2e1",
             "TLBI ripas2e1is": "tlbi_ripas2e1", "TLBI alle1is": "tlbi_alle1",
             "MMU notifier": "notifier", "memslot change": "memslot",
             "context recycled": "evict"}
    own = {"TLBI " + cat.dim("s2.tlbi", k): v for k, v in m["s2.tlbi"]["by"].items()}
    own.update({cat.dim("s2.unmap", k): v for k, v in m["s2.unmap"]["by"].items()
                if not k.startswith("tlbi")})
    for label in own:
        check.same(label, any(r[1:20].strip() == label for r in screen.rows), True)
    zero = {"count": 0, "time": {"total": 0}}
    for row in screen.rows:
        label = row[1:20].strip()
        check.same(label + " count", screen.number(row, "count"),
                   count(own.get(label, zero)["count"]))
        if label in own:
            times(check, screen, row, label, own[label]["time"],
                  (("own t", "total"), ("p50", "p50"), ("p99", "p99")))
        if label in after:
            back = m["s2.fault"]["by"].get(after[label], zero)
            check.same(label + " refaults", screen.number(row, "refaults"), count(back["count"]))
            check.same(label + " their t", screen.number(row, "their t"),
                       duration(back["time"]["total"]))


def contexts(check, vm, cat):
    screen = Screen("contexts", vm["pid"], "VM ")
    want = {c["vmid"]: c["metrics"] for c in vm["contexts"]}
    check.same("rows", len(screen.rows), len(want))
    for row in screen.rows:
        vmid = int(screen.number(row, "VMID"))
        fault = want[vmid]["s2.fault"]
        look = want[vmid]["s2.ctx"]["by"]
        check.same(f"VMID {vmid}", screen.number(row, "faults"), count(fault["count"]))
        for title, key in (("cold", "cold"), ("evicted", "evict")):
            check.same(f"VMID {vmid} {title}", screen.number(row, title),
                       count(fault["by"].get(key, {"count": 0})["count"]))
        check.same(f"VMID {vmid} hits", screen.number(row, "hits"),
                   count(look.get("hit", {"count": 0})["count"]))
        times(check, screen, row, f"VMID {vmid}", fault["time"],
              (("p99", "p99"), ("time", "total")))


def realm(check, vm, cat):
    """What is live, and the rows below it."""
    lines = run("top", "-b", "-i", RECORDING, "-I", ALL_OF_IT, "-n", "1", "-p", str(vm["pid"]),
                "--screen", "rtt").splitlines()
    now = vm["realm"]
    live = "/".join(str(now["tables"].get(f"l{i}", {"now": 0})["now"]) for i in (1, 2, 3))
    head = next(line for line in lines if "tables live" in line)
    check.same("live", re.search(r"live (\S+)", head)[1], live)
    check.same("granules", re.search(r"granules (\S+)", head)[1], count(now["granules"]["now"]))
    check.same("leaked", re.search(r"leaked (\S+)", head)[1], count(now["leaked"]))
    check.same("most granules", any(line.endswith(f"most {now['granules_over_time']['most']}")
                                    for line in lines), True)
    split("rtt", "realm  ", ["rtt.call", "rtt.op", "rtt.teardown", "rtt.leak"], "by")(check, vm, cat)


def overview(check, vm, cat):
    screen = Screen("overview", vm["pid"], "VM ")
    want = {k: v for k, v in vm["vcpus"].items() if k != "none"}
    check.same("rows", len(screen.rows), len(want))
    for row in screen.rows:
        vcpu = screen.number(row, "vCPU")
        by = want[vcpu]["metrics"]["s2.fault"]["by"]
        n = want[vcpu]["metrics"]["s2.fault"]["count"]
        again = sum(by.get(k, 0) for k in ("tlbi_vmalls12e1", "tlbi_ipas2e1", "tlbi_ripas2e1",
                                           "tlbi_alle1", "evict", "notifier", "memslot"))
        check.same(f"vCPU {vcpu} faults", screen.number(row, "faults"), f"{n:,}")
        ctx = want[vcpu]["metrics"]["s2.ctx"]
        check.same(f"vCPU {vcpu} hits", screen.number(row, "ctx hit"),
                   f"{100 * ctx['by'].get('hit', 0) / ctx['count']:.0f} %")
        check.same(f"vCPU {vcpu} AT", screen.number(row, "AT/s"),
                   rate(want[vcpu]["metrics"]["at.op"]["count"] / vm["seconds"]))
        check.same(f"vCPU {vcpu} refault", screen.number(row, "refault"),
                   f"{100 * again / n:.0f} %")
    # the first lines are of all VMs together: the ledger
    line = run("top", "-b", "-i", RECORDING, "-I", ALL_OF_IT, "-n", "1").splitlines()[0]
    kept = json.loads(run("report", "--json", "-i", RECORDING))["ledger"]["kept"]
    check.same("kept", re.search(r"kept (\S+)", line)[1], f"{kept / 1000:.1f}k")


def events(check, vm, cat):
    """The newest events, as `script` prints them."""
    fields = run("script", "-i", RECORDING, "-F", "ts,vm,vcpu,event,dim,sub").splitlines()
    want = [line.split() for line in fields if line.split()[1] == vm["name"]][::-1]
    screen = Screen("events", vm["pid"], "     seconds")
    start = 1000.0  # of the recording, in its clock
    check.same("rows", len(screen.rows) > 100, True)
    for row, w in zip(screen.rows, want):
        got = row.split()
        check.same(row, got[0], f"{float(w[0]) - start:.6f}")
        check.same(row, got[1], w[3])
        check.same(row, got[2], w[4])
        check.same(row, screen.number(row, "vCPU"), w[2])


TABS = (
    ("Overview", overview), ("Faults", faults), ("Contexts", contexts), ("TLBI", tlbi),
    ("AT", split("at", "path", ["at.op"], "AT")),
    ("MMIO", split("mmio", "MMIO  ", ["mmio.abort", "mmio.access", "mmio.cache", "mmio.match",
                                     "mmio.gen"], "by")),
    ("EL2", split("el2", "virtual EL2", ["el2.eret", "el2.exc", "el2.trap", "el2.vncr",
                                         "el2.vncr_inval"], "by")),
    ("Events", events),
)
# of a recording of realms
REALM_TABS = (("RTT", realm),)


def main():
    cat = Catalogue(CATALOGUE)
    report = json.loads(run("report", "--json", "-i", RECORDING))
    vms = [dict(v, seconds=report["duration_ns"] / 1e9) for v in report["vms"] if v["pid"]]
    good = True
    for name, tab in [t for t in TABS + REALM_TABS
                      if (t[0] in sys.argv[4:] if sys.argv[4:] else t in TABS)]:
        check = Check(name)
        for vm in vms:
            tab(check, vm, cat)
        good &= check.end()
    return not good


sys.exit(main())
