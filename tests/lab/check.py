#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""check.py: does what nestscope saw equal what the workloads did?

Reads a run directory of tests/lab/suite: stdout (the workloads' own lines),
stat.json (counted in the kernel) and report.json (from the recording of the
same run).  For every event a workload speaks of, the whole breakdown must be
equal: a value it does not mention must not occur.  Prints TAP.

Keys of the workloads' counts:
  s2.fault.cold             event.dim, or event.dim.sub
  s2.fault:outcome.map      event:field.value; how often each value of a field was
                            seen comes from "script" (the file outcomes)
  at.op-retry               event-dim: all of the event but this value

"each", where a workload has it, are the counts of each vCPU.

What a kernel does not tell is left out where that is known, and only there
(SERIES_ONLY).

A preemptible Linux 7 does not run every program for VMs that take turns on a CPU
(PREEMPTED).  There the ledger has to account for what is not there: of an event that
one program sees, counts + missed = the workloads' own (ONE_PROGRAM); of the
others at most so many are missing, and only where several vCPUs ran at once."""

import argparse
import json
import sys

# Events that need our series, and so are not expected elsewhere.
SERIES_ONLY = {"mmio.cache", "el2.vncr_inval"}
# Kernels that preempt BPF programs.
PREEMPTED = ("x86-debian-7.",)
# x86: one program sees it, and nothing else adds to it (probes/rungs.c).
ONE_PROGRAM = ("mmio.access", "el2.eret")


def lacks(kernel):
    """What this kernel is known not to tell."""
    name = kernel.split("/")[-1]
    return SERIES_ONLY if name == "stock" or name.startswith("debian-") else set()


def load_cases(path):
    """[(case, status, [workload line as dict])]"""
    cases = []
    for line in open(path):
        line = line.strip()
        if line.startswith("#case "):
            cases.append([line[6:], 0, []])
        elif line.startswith("#status ") and cases:
            cases[-1][1] = int(line[8:])
        elif line.startswith("{") and cases:
            cases[-1][2].append(json.loads(line))
    return cases


def flat(vm):
    """A VM's metrics as {event: {dim: (count, {sub: count})}}; None: unavailable."""
    out = {}
    for event, m in vm["metrics"].items():
        out[event] = None if m is None else {
            dim: (v["count"], {s: c for s, c in v.get("sub", {}).items() if c})
            for dim, v in m.get("by", {"all": m}).items() if v["count"]
        }
    return out


def expected(counts):
    """{"s2.fault.cold": 64} as {event: {dim: (count, {sub: count})}}"""
    out = {}
    for key, n in counts.items():
        if ":" in key or "-" in key:
            continue
        part = key.split(".")
        event, dim, sub = ".".join(part[:2]), part[2], part[3:]
        dims = out.setdefault(event, {})
        if n == 0:
            continue
        count, subs = dims.get(dim, (0, {}))
        if sub:
            subs[sub[0]] = n
        dims[dim] = (count + n, subs)
    return out


def leave_out(seen, keys):
    """Without the (event, dim, sub) that a workload says it does not count."""
    for key in keys:
        part = key.split(".")
        dims = seen.get(".".join(part[:2]))
        if len(part) == 4 and dims and part[2] in dims:
            count, sub = dims[part[2]]
            n = sub.pop(part[3], 0)
            dims[part[2]] = (count - n, sub)
            if count == n:
                del dims[part[2]]
    return seen


def of_vcpu(vm, vcpu):
    """The same of one vCPU: {event: {dim: count}}"""
    metrics = vm["vcpus"].get(str(vcpu), {"metrics": {}})["metrics"]
    return {
        event: {d: n for d, n in m.get("by", {"all": m["count"]}).items() if n}
        for event, m in metrics.items() if m
    }


def vcpu_differences(line, vm, missed):
    """Which vCPU it was, where the workload tells."""
    bad = []
    skip = {".".join(k.split(".")[:3]) for k in line.get("not_counted", [])}
    for vcpu, counts in enumerate(line.get("each", [])):
        seen = of_vcpu(vm, vcpu)
        for event, dims in expected(counts).items():
            if event in skip or vm["metrics"].get(event) is None:
                continue
            got = seen.get(event, {})
            for dim in sorted(d for d in set(dims) | set(got) if f"{event}.{d}" not in skip):
                did = dims.get(dim, (0, {}))[0]
                if not near(did, got.get(dim, 0), missed.get(event, 0)):
                    bad.append(f"vCPU {vcpu}: {event}.{dim} did {did}, seen {got.get(dim, 0)}")
    return bad


def near(did, seen, missed):
    """Is what was seen what was done, but for at most so many that are missing or
    went to another value of the same event?"""
    return abs(did - seen) <= missed


def all_but(counts, seen, missed):
    """at.op-retry: 512: what at.op says when that value is left out."""
    bad = []
    for key, n in counts.items():
        event, minus, value = key.partition("-")
        if not minus:
            continue
        got = sum(c for d, (c, _) in (seen.get(event) or {}).items() if d != value)
        if not near(n, got, missed.get(event, 0)):
            bad.append(f"{event} without {value} did {n}, seen {got}")
    return bad


def differences(line, seen, missing, missed):
    """What the workload says and what was seen, where they differ."""
    leave_out(seen, line.get("not_counted", []))
    bad = all_but(line["counts"], seen, missed)
    for event, dims in expected(line["counts"]).items():
        got = seen.get(event)
        if got is None:
            if event not in missing:
                bad.append(f"{event} unavailable")
            continue
        for dim in sorted(set(dims) | set(got)):
            want_n, want_sub = dims.get(dim, (0, {}))
            got_n, got_sub = got.get(dim, (0, {}))
            if not near(want_n, got_n, missed.get(event, 0)):
                bad.append(f"{event}.{dim} did {want_n}, seen {got_n}")
            elif want_sub and want_sub != got_sub and not missed.get(event):
                bad.append(f"{event}.{dim} did {want_sub}, seen {got_sub}")
    return bad


class Tap:
    def __init__(self, prefix):
        self.prefix, self.failed = prefix, 0

    def ok(self, name, bad=()):
        if bad:
            self.failed += 1
            print(f"not ok - {self.prefix} {name}: " + "; ".join(bad[:6]))
        else:
            print(f"ok - {self.prefix} {name}")

    def skip(self, name, why):
        print(f"ok - {self.prefix} {name} # SKIP {why}")


def vms_of(view, pid):
    return sorted((v for v in view["vms"] if v["pid"] == pid), key=lambda v: v["id"])


def load_fields(path):
    """{"event:field": {pid: {value: count}}} from lines "count event vm value"."""
    out = {}
    for line in open(path):
        count, event, vm, value = line.split()
        # a VM's name has its process in parentheses
        pid = int(vm[vm.rindex("(") + 1 : vm.rindex(")")])
        values = out.setdefault(event + ":outcome", {}).setdefault(pid, {})
        values[value] = values.get(value, 0) + int(count)
    return out


def field_differences(lines, fields, missed):
    """The values of fields, all VMs of a process together."""
    bad = []
    for pid in sorted({l["pid"] for l in lines}):
        want = {}
        for l in lines:
            for key, n in l["counts"].items():
                if l["pid"] == pid and ":" in key:
                    field, value = key.rsplit(".", 1)
                    values = want.setdefault(field, {})
                    values[value] = values.get(value, 0) + n
        for field, values in want.items():
            got = fields.get(field, {}).get(pid, {})
            for v in sorted(set(values) | set(got)):
                if not near(values.get(v, 0), got.get(v, 0), missed.get(field.split(":")[0], 0)):
                    bad.append(f"{field}.{v} did {values.get(v, 0)}, seen {got.get(v, 0)}")
    return bad


def ran_alone(lines):
    """No other vCPU ran meanwhile."""
    return sum(l.get("vcpus", 1) for l in lines) == 1


def missed_of(view, lines):
    """{event: how many were missed}; nothing where that cannot be."""
    if ran_alone(lines):
        return {}
    return {e: row["missed"] for e, row in view["ledger"]["events"].items() if row and row["missed"]}


def check_case(tap, name, status, lines, stat, report, fields, missing):
    if status == 77:
        tap.skip(name, "this kernel lacks what the workload needs")
        return
    if status or not lines:
        tap.ok(name, [f"the workload ended with {status}"])
        return
    bad = []
    for source, view in (("stat", stat), ("report", report)):
        missed = missed_of(view, lines)
        # Several VMs of one process do not say which is which: any order will do.
        for pid in sorted({l["pid"] for l in lines}):
            mine = [l for l in lines if l["pid"] == pid]
            vms = vms_of(view, pid)
            if len(vms) != len(mine):
                bad.append(f"{source}: {len(vms)} VMs of process {pid}, not {len(mine)}")
                continue
            for l in mine:
                tries = [
                    differences(l, flat(v), missing, missed) + vcpu_differences(l, v, missed)
                    for v in vms
                ]
                best = min(range(len(vms)), key=lambda i: len(tries[i]))
                bad += [f"{source}: {d}" for d in tries[best]]
                vms.pop(best)
    # the fields' values come from the recording
    tap.ok(name, bad + field_differences(lines, fields, missed_of(report, lines)))


def check_ledger(tap, name, view, preempted):
    led, bad = view["ledger"], []
    missed = led["missed"] if preempted else 0
    # an end that was missed leaves a beginning without one
    if led["lost"] != missed or led["unattributed"] > missed:
        bad.append(f"lost {led['lost']}, missed {led['missed']}, unattributed {led['unattributed']}")
    if led["seen"] != led["kept"] + led["lost"] + led["unattributed"]:
        bad.append(f"seen {led['seen']}, kept {led['kept']}")
    if not led["seen"]:
        bad.append("nothing was seen")
    tap.ok(f"{name}: seen = kept + missed" if preempted else f"{name}: seen = kept, lost 0", bad)


def check_account(tap, name, view, cases):
    """Nothing is missing silently: what was seen and what was missed is what was done."""
    lines, bad = [l for c in cases if not c[1] for l in c[2]], []
    vms = [flat(v) for pid in {l["pid"] for l in lines} for v in vms_of(view, pid)]
    for event in ONE_PROGRAM:
        did = sum(n for l in lines for n, _ in expected(l["counts"]).get(event, {}).values())
        seen = sum(n for vm in vms for n, _ in (vm.get(event) or {}).values())
        missed = (view["ledger"]["events"][event] or {}).get("missed", 0)
        if did != seen + missed:
            bad.append(f"{event} did {did}, seen {seen}, missed {missed}")
    tap.ok(f"{name}: counts + missed = what the workloads did", bad)


def check_same(tap, stat, report, pids):
    """pids: of those who ran alone, where a program can be missed; None: all."""
    bad = []
    a = {(v["pid"], v["id"]): flat(v) for v in stat["vms"] if not pids or v["pid"] in pids}
    b = {(v["pid"], v["id"]): flat(v) for v in report["vms"] if not pids or v["pid"] in pids}
    # Ids are given in the order of first events and need not be the same.
    by_pid = lambda d: sorted((k[0], json.dumps(v, sort_keys=True)) for k, v in d.items())
    for x, y in zip(by_pid(a), by_pid(b)):
        if x != y:
            bad.append(f"VM of {x[0]}: stat {x[1][:200]} report {y[1][:200]}")
    if len(a) != len(b):
        bad.append(f"{len(a)} VMs in stat, {len(b)} in report")
    tap.ok("report of the recording = stat of the same run", bad)


def check_nobodys(tap, view):
    """What belongs to no VM: only what KVM does before it has loaded the vCPU."""
    rest = {}
    for v in view["vms"]:
        if v["pid"] is None:
            rest.update({e: sorted(d) for e, d in flat(v).items() if d})
    view["vms"] = [v for v in view["vms"] if v["pid"] is not None]
    # the value of a read that the VMM answered
    if rest.get("mmio.access") == ["read"]:
        del rest["mmio.access"]
    # x86: kvm_mmio_gen has no VM
    rest.pop("mmio.gen", None)
    tap.ok("only the VMM's answers belong to no VM", [f"{rest}"] if rest else [])


def check_names(tap, report):
    bad = [f"{v['name']}" for v in report["vms"] if not v["name"].startswith("vmm(")]
    tap.ok("VMs that ended keep their names", bad or ([] if report["vms"] else ["no VM"]))


def check_l1_ipa(tap, path):
    """The L1 address is what the walk of L1's tables gave: unavailable when that found
    nothing (L1's fault), or was given up (a descriptor that changed)."""
    bad, causes = [], set()
    for line in open(path):
        text = line.split(None, 1)[1]
        cause = text.split()[0]
        unknown = "unavailable" in text
        causes.add((cause, unknown))
        if unknown and cause not in ("forward", "retry"):
            bad.append(line.strip())
    if not {("cold", False), ("mmio", False), ("forward", True)} <= causes:
        bad.append(f"causes seen: {sorted(causes)}")
    tap.ok("the L1 address of a fault is known, or unavailable when L1 got it", bad)


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--kernel", required=True)
    ap.add_argument("--setting", default="", help="of KVM, for the names of the tests")
    ap.add_argument("--name", help="of the run, if it is not the kernel's")
    ap.add_argument("--realm", action="store_true", help="the workloads are realms': there is no L2")
    ap.add_argument("run")
    a = ap.parse_args()
    kernel = a.kernel.split("/")[-1]
    tap = Tap(f"lab {a.name or kernel} {a.setting}".rstrip() + ":")
    stat = json.load(open(f"{a.run}/stat.json"))
    report = json.load(open(f"{a.run}/report.json"))
    for view in (stat, report):
        check_nobodys(tap, view)
    fields = load_fields(f"{a.run}/outcomes")
    cases = load_cases(f"{a.run}/stdout")
    preempted = kernel.startswith(PREEMPTED)
    alone = {l["pid"] for _, _, lines in cases for l in lines if ran_alone(lines)}
    for name, status, lines in cases:
        check_case(tap, name, status, lines, stat, report, fields, lacks(a.kernel))
    for name, view in (("stat", stat), ("report", report)):
        check_ledger(tap, name, view, preempted)
        if kernel.startswith("x86-"):
            check_account(tap, name, view, cases)
    check_same(tap, stat, report, alone if preempted else None)
    check_names(tap, report)
    if not a.realm and not kernel.startswith("x86-"):
        check_l1_ipa(tap, f"{a.run}/l1_ipa")
    return 1 if tap.failed else 0


sys.exit(main())
