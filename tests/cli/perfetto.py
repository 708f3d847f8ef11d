#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""perfetto.py DIR TRACE REPORT SCRIPT: does a Perfetto trace say what the recording does?

DIR has perfetto_pb2.py (protoc --python_out), REPORT is `report --json`, SCRIPT is
`script` with -F ts,vm,vcpu,event,dim,dur.  Slices must nest on every track, no track
may be used before it is described, and each event must be there once.  Prints
"flows N" and so on for the caller.
"""
import collections
import json
import sys

sys.path.insert(0, sys.argv[1])
import perfetto_pb2 as pb  # noqa: E402

trace = pb.Trace()
with open(sys.argv[2], "rb") as f:
    trace.ParseFromString(f.read())
report = json.load(open(sys.argv[3]))

names, cats, args, values = {}, {}, {}, {}
tracks, stacks, last = {}, collections.defaultdict(list), collections.defaultdict(int)
counts = collections.Counter()
times = collections.Counter()
level_ns = collections.Counter()
flows = collections.defaultdict(list)
counters = collections.defaultdict(list)
spans = collections.defaultdict(list)  # per vCPU: who had it when
deepest = 0
cleared = False

for p in trace.packet:
    assert p.trusted_packet_sequence_id == 1
    if p.HasField("interned_data"):
        assert p.sequence_flags & pb.TracePacket.SEQ_INCREMENTAL_STATE_CLEARED
        assert p.trace_packet_defaults.timestamp_clock_id == pb.BUILTIN_CLOCK_MONOTONIC
        cleared = True
        d = p.interned_data
        for table, items in ((cats, d.event_categories), (names, d.event_names),
                             (args, d.debug_annotation_names)):
            for i in items:
                assert i.iid and i.iid not in table and i.name
                table[i.iid] = i.name
        for i in d.debug_annotation_string_values:
            values[i.iid] = i.str.decode()
    if p.HasField("clock_snapshot"):
        assert p.clock_snapshot.primary_trace_clock == pb.BUILTIN_CLOCK_MONOTONIC
    if p.HasField("track_descriptor"):
        t = p.track_descriptor
        assert t.uuid and t.uuid not in tracks and t.name
        assert not t.parent_uuid or t.parent_uuid in tracks, t
        tracks[t.uuid] = t
    if not p.HasField("track_event"):
        continue
    assert cleared and p.sequence_flags == pb.TracePacket.SEQ_NEEDS_INCREMENTAL_STATE
    e, ts, uuid = p.track_event, p.timestamp, p.track_event.track_uuid
    assert uuid in tracks, f"track {uuid} was not described"
    t = tracks[uuid]
    if e.type == e.TYPE_COUNTER:
        assert t.HasField("counter")
        value = e.double_counter_value if e.HasField("double_counter_value") else e.counter_value
        counters[uuid].append((ts, value))
        continue
    assert not t.HasField("counter")
    vm = tracks[t.parent_uuid] if t.parent_uuid else t
    while vm.parent_uuid:
        vm = tracks[vm.parent_uuid]
    if e.type == e.TYPE_SLICE_END:
        begin, name, cat = stacks[uuid].pop()  # IndexError: it does not nest
        assert ts >= begin and ts >= last[uuid], (ts, begin, last[uuid])
        last[uuid] = ts
        if not stacks[uuid]:
            spans[t.parent_uuid].append((begin, ts, name))
        if cat == "level":
            level_ns[t.name] += ts - begin
            assert not stacks[uuid], "a level within another"
        continue
    cat, name = cats[e.category_iids[0]], names[e.name_iid]
    if e.type == e.TYPE_SLICE_BEGIN:
        assert ts >= last[uuid], f"{t.name}: {name} goes back from {last[uuid]} to {ts}"
        last[uuid] = ts
        stacks[uuid].append((ts, name, cat))
        deepest = max(deepest, len(stacks[uuid]))
        for f in e.flow_ids:
            flows[f].append((ts, name))
    else:
        assert e.type == e.TYPE_INSTANT
    if cat == "level":
        continue
    a = {args[x.name_iid]: x for x in e.debug_annotations}
    counts[vm.name, cat] += 1
    dim = name.partition(" ")[2]
    counts[vm.name, cat, dim] += 1
    if "dur" in a:
        times[vm.name, cat] += a["dur"].uint_value
    if dim:
        assert dim in (values[x.string_value_iid] for x in e.debug_annotations), name

assert not any(stacks.values()), "a slice does not end"
# Who has a vCPU: L0, L1 or L2, and never two of them.
for who in spans.values():
    if not tracks[next(k for k, v in spans.items() if v is who)].name.startswith("vCPU"):
        continue
    who.sort()
    for (_, end, a), (begin, _, b) in zip(who, who[1:]):
        assert begin >= end, f"{a} until {end}, {b} from {begin}"

# ---- against the report ----
wanted = 0
for v in report["vms"]:
    name = v["name"] or "no VM"
    for event, m in v["metrics"].items():
        if not m:
            assert not counts[name, event]
            continue
        assert counts[name, event] == m["count"], (name, event, counts[name, event], m["count"])
        wanted += m["count"]
        if "time" in m:
            assert times[name, event] == m["time"]["total"], (name, event)
        for dim, d in m.get("by", {}).items():
            assert counts[name, event, dim] == d["count"], (name, event, dim)
assert sum(n for k, n in counts.items() if len(k) == 2) == wanted == report["ledger"]["kept"]

# A flow begins with a TLBI (or its unmap) and goes on with refaults of that kind.
steps = 0
for f, at in flows.items():
    at.sort(key=lambda x: x[0])
    kind = at[0][1].rpartition(" ")[2].removeprefix("tlbi_")
    assert at[0][1].startswith(("s2.tlbi ", "s2.unmap tlbi_")), at[0]
    for _, name in at[1:]:
        assert name == f"s2.fault tlbi_{kind}", (at[0], name)
        steps += 1
by_name = collections.defaultdict(list)
for u, t in tracks.items():
    if t.HasField("counter"):
        by_name[t.name] += counters[u]
by_name = dict(by_name)
lost = by_name["events lost"]
assert lost[-1][1] == report["ledger"]["lost"], lost
assert all(v >= 0 for c in counters.values() for _, v in c)
faults = {n for n in by_name if n.startswith("faults/s ")}
kinds = {d for v in report["vms"] for d in (v["metrics"].get("s2.fault") or {"by": {}})["by"]}
assert faults == {f"faults/s {k}" for k in kinds}, (faults, kinds)
print("events", wanted, "depth", deepest, "flows", len(flows), "refaults", steps)
print("levels", " ".join(f"{k.replace(' ', '_')}={n}" for k, n in sorted(level_ns.items())))
print("contexts", max((v for n, c in by_name.items() if n == "contexts in use" for _, v in c), default=0))
