# SPDX-License-Identifier: GPL-2.0-or-later
#
# export.sh: nestscope export: what real decoders make of it is what the report says.
# Sourced by cli.sh.  With PERFETTO_SRC=DIR, a checkout of Perfetto, its published
# definitions must read the trace as probes/perfetto.proto does.

top=${BASH_SOURCE%/*}/../..

expect export-no-format 2 'which format\? give --format perfetto' "$ns" export -i "$rec"
expect export-format 2 "unknown format 'perfeto' \(did you mean 'perfetto'\?\)" "$ns" export -f perfeto -i "$rec"
expect export-counts 2 'counts is for --format folded' "$ns" export -f csv --counts -i "$rec"
expect export-unwritable 2 "cannot write $dir/no/x: .*-o" "$ns" export -f csv -i "$rec" -o "$dir/no/x"
for f in perfetto folded csv openmetrics prometheus; do
	expect "export-$f-missing-file" 2 "$dir/none" "$ns" export -f $f -i "$dir/none" -o "$dir/x"
	expect "export-$f-noise" 2 "$dir/noise" "$ns" export -f $f -i "$dir/noise" -o "$dir/x"
	expect "export-$f-cut" 0 'warning: .*(damaged|truncated|cleanly)' "$ns" export -f $f -i "$dir/cut.nsr" -o "$dir/x.$f"
	if [ -w /dev/full ]; then
		expect "export-$f-full-disk" 1 'No space left' "$ns" export -f $f -i "$rec" -o /dev/full
	fi
done
[ ! -e "$dir/x" ] && ! ls "$dir"/x.*.?????? >/dev/null 2>&1
result export-leaves-nothing-behind $?

# export FORMAT SUFFIX OPTION...: to $dir/e.SUFFIX; private, and the same as on standard output
export_to() {
	local format=$1 suffix=$2 file=$dir/e.$2
	shift 2
	"$ns" export -f "$format" -i "$rec" "$@" -o "$file" 2>"$dir/err" &&
		"$ns" export -f "$format" -i "$rec" "$@" -o - 2>>"$dir/err" | cmp -s - "$file" &&
		[ "$(stat -c %a "$file")" = 600 ]
	result "export-to-$suffix" $?
}
export_to perfetto perfetto
export_to folded folded
export_to folded counts --counts
export_to csv csv
export_to csv fault.csv -e s2.fault
export_to openmetrics om
export_to prometheus prom

# A file that is being read keeps what it was until it is replaced at once.
echo old >"$dir/e.old"
exec 9<"$dir/e.old"
"$ns" export -f folded -i "$rec" -o "$dir/e.old" 2>"$dir/err"
[ "$(cat <&9)" = old ] && cmp -s "$dir/e.old" "$dir/e.folded"
result export-replaces-at-once $?
exec 9<&-
timeout --preserve-status -s TERM 0.05 "$ns" export -f csv -i "$rec" -o "$dir/killed.csv" 2>"$dir/err"
! ls "$dir"/killed.csv.* >/dev/null 2>&1
result export-killed-leaves-nothing $?

"$ns" report -i "$rec" --json >"$dir/e.json"
if command -v protoc >/dev/null && /usr/bin/python3 -c 'import google.protobuf' 2>/dev/null; then
	protoc --python_out="$dir" -I"$top/probes" perfetto.proto &&
		/usr/bin/python3 "$top/tests/cli/perfetto.py" "$dir" "$dir/e.perfetto" "$dir/e.json" \
			>"$dir/out" 2>"$dir/err"
	result perfetto-decodes-nests-and-counts $?
	# what L0 did within what it did, as a real kernel tells it, and 195 refaults of 3 TLBIs
	real=$top/tests/cli/s2-tlbi.nsr
	"$ns" export -f perfetto -i "$real" -o "$dir/r.perfetto" 2>"$dir/err" &&
		"$ns" report -i "$real" --json >"$dir/r.json" &&
		/usr/bin/python3 "$top/tests/cli/perfetto.py" "$dir" "$dir/r.perfetto" "$dir/r.json" \
			>"$dir/out" 2>>"$dir/err" &&
		grep -q ' depth 2 flows 3 refaults 195$' "$dir/out" && [ ! -s "$dir/err" ]
	result perfetto-of-a-real-kernel $?
else
	skip perfetto-decodes "no protoc or no protobuf for Python: tests/setup test"
fi
if [ -n "${PERFETTO_SRC:-}" ]; then
	protoc --decode perfetto.protos.Trace -I"$PERFETTO_SRC" protos/perfetto/trace/trace.proto \
		<"$dir/e.perfetto" >"$dir/published.txt" 2>"$dir/err" &&
		protoc --decode perfetto.protos.Trace -I"$top/probes" perfetto.proto \
			<"$dir/e.perfetto" >"$dir/own.txt" && cmp "$dir/published.txt" "$dir/own.txt" >"$dir/out"
	result perfetto-published-definitions-agree $?
fi

if command -v promtool >/dev/null; then
	promtool check metrics <"$dir/e.prom" >"$dir/out" 2>"$dir/err" && [ ! -s "$dir/err" ]
	result prometheus-lint $?
	mkdir -p "$dir/tsdb/wal" "$dir/data" # newer ones want a data/ in the current directory
	promtool tsdb create-blocks-from openmetrics "$dir/e.om" "$dir/tsdb" >"$dir/out" 2>"$dir/err" &&
		(cd "$dir" && promtool tsdb dump "$dir/tsdb") >"$dir/dump" 2>>"$dir/err"
	result openmetrics-parses $?
else
	: >"$dir/dump"
	skip openmetrics-parses "no promtool: tests/setup test"
fi
"$ns" script -i "$rec" -e s2.fault -F id,dur,l2_ipa,prot,outcome,slot,dim,sub >"$dir/e.script"
python3 - "$dir" <<'PY' 2>"$dir/err"
import collections, csv, json, re, sys
d = sys.argv[1]
report = json.load(open(f"{d}/e.json"))
want = collections.Counter()
for v in report["vms"]:
    for e, m in v["metrics"].items():
        for k, b in ((m or {}).get("by") or {}).items():
            want[v["id"], e, k] += b["count"]
        if m and "by" not in m:
            want[v["id"], e, ""] += m["count"]
want = +want
# CSV: every event once; of one event, its own columns, and nothing that others have
got, ids = collections.Counter(), []
for r in csv.DictReader(open(f"{d}/e.csv")):
    got[int(r["vm"]), r["event"], r["dim"]] += 1
    ids.append(int(r["id"]))
    assert None not in r and None not in r.values(), r
assert got == want, (got - want, want - got)
assert ids == list(range(1, report["ledger"]["kept"] + 1))
rows = list(csv.DictReader(open(f"{d}/e.fault.csv")))
assert {r["cause"] for r in rows} == {k for _, e, k in want if e == "s2.fault"}
assert sum(int(r["dur"]) for r in rows) == sum(
    v["metrics"]["s2.fault"]["time"]["total"] for v in report["vms"])
columns = ("id", "dur", "l2_ipa", "prot", "outcome", "slot", "cause", "access")
assert [" ".join(r[c] for c in columns) for r in rows] == open(f"{d}/e.script").read().splitlines()
assert "par" not in rows[0] and "access" in rows[0] and rows[0]["vm_name"] == "l1-debian(4127)"
# folded: by events, what the report counts
got = collections.Counter()
ids = {v["name"]: v["id"] for v in report["vms"]}
for line in open(f"{d}/e.counts"):
    stack, n = line.rsplit(" ", 1)
    f = stack.split(";")
    dim = f[3] if len(f) > 3 else ""
    got[ids[f[0]], f[2], dim] += int(n)
assert got == want, (got - want, want - got)
# folded: by time; no vCPU can have had more than was observed (the first event may
# have begun before that)
ns = collections.Counter()
for line in open(f"{d}/e.folded"):
    stack, n = line.rsplit(" ", 1)
    ns[tuple(stack.split(";")[:2])] += int(n)
starts = [int(r["ts_ns"]) - int(r["dur"] or 0) for r in csv.DictReader(open(f"{d}/e.csv"))]
before = int(rows[0]["ts_ns"]) - min(starts)
assert ns and all(0 < n <= report["duration_ns"] + before for n in ns.values()), ns
# OpenMetrics: through Prometheus' own parser and its database
text = open(f"{d}/e.om").read()
assert text.endswith("# EOF\n") and "0x" not in text
assert not re.search(r"vttbr|ipa=|pc=", text)
dump = open(f"{d}/dump").read()
if dump:
    got = collections.Counter()
    histograms = 0
    for line in dump.splitlines():
        m = re.match(r"\{(.*)\} (\S+) (\d+)$", line)
        l = dict(re.findall(r'(\w+)="((?:[^"\\]|\\.)*)"', m[1]))
        name = l.pop("__name__")
        if name.endswith("_duration_seconds_count"):
            histograms += 1
        if not name.endswith("_total") or "what" in l:
            continue
        event = name.removeprefix("nestscope_").removesuffix("_total").replace("_", ".", 1)
        dims = [v for k, v in l.items() if k not in ("vm", "vm_id")]
        split = next(iter(k for i, e, k in want if e == event), "") != ""
        dim = [x for x in dims if (int(l["vm_id"]), event, x) in want]
        got[int(l["vm_id"]), event, dim[0] if split else ""] += int(float(m[2]))
    assert got == want, (got - want, want - got)
    assert histograms
PY
result export-counts-equal-report $?
