# SPDX-License-Identifier: GPL-2.0-or-later
# compare.sh: diff and gate.  Sourced by cli.sh, whose functions it uses.

for c in diff gate; do
	expect "help-$c" 0 "^usage: nestscope $c " "$ns" help $c
	expect "$c-bad-option" 2 "unknown option '--nonsense'.*help $c" "$ns" $c --nonsense
done

# Runs with known differences, from the report of the fixed recording:
#	runs/before/N.json, runs/after/N.json (shadow faults 8 %, AT 4 % slower), ten each
#	exact/base.json, exact/more.json (one L2 eret more), exact/slow.json
mkdir "$dir/runs" "$dir/exact"
"$ns" report -i "$rec" --json >"$dir/runs/report.json"
python3 - "$dir" <<'PY'
import copy, json, os, random, sys
top = sys.argv[1]
whole = json.load(open(f"{top}/runs/report.json"))
os.remove(f"{top}/runs/report.json")
whole["vms"] = whole["vms"][:1]
for e in whole["ledger"]["events"].values():
    if e:
        e["seen"] = e["kept"]
rng = random.Random(1)

def cells(metric):
    yield metric
    yield from metric.get("by", {}).values()

def scale(r, event, factor):
    for c in cells(r["vms"][0]["metrics"][event]):
        c["time"] = {k: round(v * factor) for k, v in c["time"].items()}

def write(r, path):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    json.dump(r, open(path, "w"))

n = 0
for side, slower in (("before", {}), ("after", {"s2.fault": 1.08, "at.op": 1.04})):
    for i in range(10):
        r = copy.deepcopy(whole)
        n += 1
        r["host"]["start_realtime_ns"] += n * 10**12
        for event, m in r["vms"][0]["metrics"].items():
            if m and "time" in m:
                scale(r, event, rng.gauss(1, 0.01) * slower.get(event, 1))
        write(r, f"{top}/runs/{side}/{i}.json")
whole["host"]["clock"] = "icount"
write(whole, f"{top}/exact/base.json")
more = copy.deepcopy(whole)
eret = more["vms"][0]["metrics"]["el2.eret"]
for c in (eret, eret["by"]["l2"]):
    c["count"] += 1
write(more, f"{top}/exact/more.json")
slow = copy.deepcopy(whole)
scale(slow, "at.op", 1.2)
write(slow, f"{top}/exact/slow.json")
less = copy.deepcopy(whole)
row = less["ledger"]["events"]["s2.fault"]
row["filtered"] = 7
row["seen"] += 7
write(less, f"{top}/exact/less.json")
lossy = copy.deepcopy(whole)
row = lossy["ledger"]["events"]["s2.fault"]
row["ring_full"] = 5
row["seen"] += 5
write(lossy, f"{top}/exact/lossy.json")
row["ring_full"], row["missed"] = 0, 5
write(lossy, f"{top}/exact/missed.json")
PY
before=$dir/runs/before after=$dir/runs/after

# ---- diff ----
expect diff-one-side 2 "two sides are needed" "$ns" diff "$rec"
expect diff-missing-file 2 "cannot read $dir/none" "$ns" diff "$rec" "$dir/none"
expect diff-text 2 "$dir/text is neither a recording nor JSON" "$ns" diff "$rec" "$dir/text"
expect diff-noise 2 "$dir/noise is neither" "$ns" diff "$rec" "$dir/noise"
expect diff-json-and-csv 2 "json and --csv exclude" "$ns" diff "$rec" "$rec" --json --csv
expect diff-confidence 2 "'101' is not a percentage" "$ns" diff "$rec" "$rec" --confidence 101
expect diff-exact-and-not 2 "only like can be compared with like" "$ns" diff "$rec" "$dir/exact/base.json"
expect diff-damaged 0 "^nestscope diff: warning: $dir/cut.nsr: damaged" "$ns" diff "$rec" "$dir/cut.nsr"
expect diff-unwritable 2 "cannot write $dir/no/x" "$ns" diff "$rec" "$rec" -o "$dir/no/x"

# a recording and the JSON of its report are one and the same
"$ns" report -i "$rec" --json >"$dir/report.json"
expect diff-recording-is-its-report 0 '^ 0 of [1-9][0-9]{2,} metrics changed' "$ns" diff "$rec" "$dir/report.json"

expect diff-worst-first 0 'interval' "$ns" diff "$before" "$after"
sed -n '/^  metric/,$p' "$dir/out" | sed -n 2p | grep -qE '^  s2\.fault.*time.* \+[789]\.[0-9] %  +\+[0-9.]+ \.\. \+[0-9.]+ %  +\+1\.00$'
result diff-names-the-worst $?
[ "$(grep -oE '^  [a-z0-9]+\.[a-z0-9]+' "$dir/out" | uniq | tr -d '\n ')" = s2.faultat.op ]
result diff-orders-by-size $?
! grep -qE '^  (s2.tlbi|mmio|el2)' "$dir/out"
result diff-shows-no-noise $?
expect diff-commas 0 '^ a: 2 runs, Linux' "$ns" diff "$before/0.json,$before/1.json" "$after"
expect diff-three-sides 0 '^# nestscope diff .*/before .*/exact2$' sh -c \
	'cp -r "$1/runs/after" "$1/exact2"; exec "$0" diff "$1/runs/before" "$1/runs/after" "$1/exact2"' "$ns" "$dir"
expect diff-one-run 0 'one run a side: nothing tells' "$ns" diff "$before/0.json" "$after/0.json"
expect diff-exact 0 'el2.eret.count .* 3,107 +3,108 ' "$ns" diff "$dir/exact/base.json" "$dir/exact/more.json"
expect diff-csv 0 '^"[^"]*before","[^"]*after","","",s2.fault.*,10,10,' "$ns" diff "$before" "$after" --csv
"$ns" diff "$before" "$after" --json >"$dir/out" 2>"$dir/err"
python3 - "$dir/out" <<'PY' 2>"$dir/err"
import json, sys
r = json.load(open(sys.argv[1]))
c = r["comparisons"][0]
w = c["changes"][0]
assert r["nestscope"] == "diff" and w["metric"].startswith("s2.fault"), w
assert w["low"] > 0 and w["p"] < 0.001 and w["effect"] == 1 and w["runs"] == [10, 10], w
assert 0.06 < w["relative"] < 0.1, w
PY
result diff-json $?

# ---- gate ----
b=$dir/baseline.json
expect gate-no-baseline 2 "which baseline\? give --baseline" "$ns" gate "$before"
expect gate-no-run 2 "no run was given" "$ns" gate --baseline "$b"
expect gate-missing-baseline 2 "cannot read $b" "$ns" gate --baseline "$b" "$before"
expect gate-update 0 "baseline.json: 10 runs, Linux 7.3.4" "$ns" gate --baseline "$b" --update "$before"
expect gate-same 0 '^ exit 0$' "$ns" gate "$before" --baseline "$b"
expect gate-regression 1 '^ FAIL +s2\.fault.* \(\+[789]\.[0-9] %, 98 % interval \+.*limit \+3 % and \+50 ns\)' \
	"$ns" gate --baseline "$b" "$after"
expect gate-better 0 '^ better +s2\.fault' "$ns" gate --baseline "$after" "$before"
mkdir "$dir/three" "$dir/three2"
cp "$before"/[0-2].json "$dir/three"
cp "$after"/[0-2].json "$dir/three2"
expect gate-too-few 3 '3 and 3 runs can show no difference .* [0-9]+ runs a side can' \
	"$ns" gate --baseline "$dir/three" "$dir/three2"

# exact data
e=$dir/exact
expect gate-exact-update 0 "1 run, exact" "$ns" gate --baseline "$b" --update "$e/base.json"
expect gate-exact 0 '^ ok ' "$ns" gate --baseline "$b" "$e/base.json"
expect gate-one-more 1 '^ FAIL +el2.eret.count +3,107 -> 3,108 ' "$ns" gate --baseline "$b" "$e/more.json"
expect gate-slower 1 '^ FAIL +at.op.* -> [0-9,.]+ instructions  \(\+20.0 %, limit \+1 % and \+50\)' \
	"$ns" gate --baseline "$b" "$e/slow.json"
expect gate-names-workload 1 '^ FAIL +at-slow +at.op' \
	"$ns" gate --baseline "at-slow=$e/base.json" "at-slow=$e/slow.json"
expect gate-unknown-workload 2 "workload 'at-fast' is only in the first" \
	"$ns" gate --baseline "at-fast=$e/base.json" "at-slow=$e/slow.json"
expect gate-lossy 2 "$e/lossy.json: 5 of [0-9]+ s2.fault events were lost; record again" \
	"$ns" gate --baseline "$b" "$e/lossy.json"
expect gate-missed 2 "$e/missed.json: 5 of [0-9]+ s2.fault events were lost; the kernel was preempted" \
	"$ns" gate --baseline "$b" "$e/missed.json"
expect gate-filtered 0 "^ note .*less.json: 7 of [0-9]+ s2.fault events were filtered out" \
	"$ns" gate --baseline "$b" "$e/less.json"
expect gate-lossy-baseline 2 "events were lost" "$ns" gate --baseline "$b" --update "$e/lossy.json"
expect gate-damaged 2 "$dir/cut.nsr: damaged" "$ns" gate --baseline "$b" "$dir/cut.nsr"
expect gate-exact-and-not 2 "only like can be compared" "$ns" gate --baseline "$b" "$before/0.json"
printf '%s\n%s\n' '{"nestscope":"stat"}' '{"nestscope":"stat"}' >"$dir/intervals.json"
expect gate-intervals 2 "more than one object, as of 'stat -I'" "$ns" gate --baseline "$b" "$dir/intervals.json"
head -c 100000 /dev/zero | tr '\0' '[' >"$dir/deep.json"
expect gate-deep-json 2 "maximum parsing depth" "$ns" gate --baseline "$b" "$dir/deep.json"
echo '{"a": 1}' >"$dir/wrong.json"
expect gate-wrong-json 2 "is JSON, but not of" "$ns" gate --baseline "$b" "$dir/wrong.json"

# rules
rules() { printf '%s\n' "$@" >"$dir/rules"; }
rules '# only counts' '*.count 0 0 both'
expect gate-rules 0 'ok .* by 1 rule$' "$ns" gate --baseline "$b" "$e/slow.json" --rules "$dir/rules"
rules '*.count 0 0 both' 's2.fault.warm.count 0 0'
expect gate-rule-matches-nothing 2 "$dir/rules:2: the rule 's2.fault.warm.count' matches no metric" \
	"$ns" gate --baseline "$b" "$e/base.json" --rules "$dir/rules"
rules '*.count 0 0 both' '' '*.time.mean 1 50'
expect gate-rule-line 2 "$dir/rules:3: '1' is not a relative limit, such as 1%" \
	"$ns" gate --baseline "$b" "$e/base.json" --rules "$dir/rules"
expect gate-no-rules 2 "cannot read the rules $dir/none: No such file" \
	"$ns" gate --baseline "$b" "$e/base.json" --rules "$dir/none"
expect gate-rules-dir 2 "the rules $dir are a directory" \
	"$ns" gate --baseline "$b" "$e/base.json" --rules "$dir"

# files for machines
"$ns" gate --baseline "$b" "$e/slow.json" --junit "$dir/g.xml" --markdown "$dir/g.md" --json >"$dir/g.json" 2>"$dir/err"
[ $? = 1 ] && python3 - "$dir" <<'PY' 2>"$dir/err"
import json, sys
import xml.etree.ElementTree as ET
top = sys.argv[1]
j = json.load(open(f"{top}/g.json"))
assert j["exit"] == 1 and j["verdicts"]["FAIL"] > 0
assert sum(j["verdicts"].values()) == len(j["metrics"])
bad = [m for m in j["metrics"] if m["verdict"] == "FAIL"]
assert bad[0]["metric"].startswith("at.op") and abs(bad[0]["relative"] - 0.2) < 0.01
t = ET.parse(f"{top}/g.xml").getroot()
assert int(t.get("failures")) == len(bad) == len(t.findall(".//failure"))
assert int(t.get("tests")) == len(t.findall(".//testcase")) == len(j["metrics"])
md = open(f"{top}/g.md").read()
assert md.startswith("### nestscope gate FAILED") and md.count("**FAIL**") == min(len(bad), 40)
PY
result gate-junit-markdown-json $?
"$ns" gate --baseline "a<b&\"c=$e/base.json" "a<b&\"c=$e/slow.json" --junit "$dir/n.xml" >"$dir/out" 2>"$dir/err"
python3 -c 'import sys, xml.etree.ElementTree as ET
assert ET.parse(sys.argv[1]).find("testsuite").get("name") == "a<b&\"c"' "$dir/n.xml" 2>"$dir/err"
result gate-junit-any-name $?
cp "$dir/g.json" "$dir/g1.json"
cp "$dir/g.xml" "$dir/g1.xml"
"$ns" gate --baseline "$b" "$e/slow.json" --junit "$dir/g.xml" --markdown "$dir/g.md" --json >"$dir/g.json" 2>"$dir/err"
cmp "$dir/g.json" "$dir/g1.json" && cmp "$dir/g.xml" "$dir/g1.xml"
result gate-same-bytes-twice $?
cp "$b" "$dir/b1"
"$ns" gate --baseline "$b" --update "$e/base.json" >"$dir/out" 2>"$dir/err"
cmp "$b" "$dir/b1"
result gate-update-same-bytes $?
expect gate-unwritable 2 "cannot write $dir/no/x" "$ns" gate --baseline "$b" "$e/base.json" --junit "$dir/no/x"
expect gate-update-unwritable 2 "cannot write $dir/no/b" "$ns" gate --baseline "$dir/no/b" --update "$e/base.json"
if [ -w /dev/full ]; then
	# 1 would be a regression
	expect gate-full-disk 2 "No space left" sh -c '"$0" gate --baseline "$1" "$2" >/dev/full' "$ns" "$b" "$e/base.json"
	expect gate-o-full-disk 2 "No space left" "$ns" gate --baseline "$b" "$e/base.json" -o /dev/full
fi

# calibration
echo 's2.fault.time.mean 3% 50ns' >"$dir/mean"
expect gate-calibrate-few 3 'unsure: halves of so few runs' "$ns" gate --calibrate "$before"
expect gate-calibrate 0 'drift: none' "$ns" gate --calibrate "$before" --confidence 90 --rules "$dir/mean"
expect gate-calibrate-drift 1 'drift: 1 metrics of the last half' \
	"$ns" gate --calibrate "$before" "$after" --rules "$dir/mean"
expect gate-calibrate-exact 2 "have no noise to calibrate for" "$ns" gate --calibrate "$e/base.json"

# ---- live runs: what can be said without a kernel ----
expect gate-runs-or-live 2 "'x.json' is a run, and .* observe live ones" "$ns" gate -b "$dir/b.json" x.json -- true
expect gate-live-without-end 2 'when does a run end\? give -d SECONDS, or a command' "$ns" gate -b "$dir/b.json" -a
