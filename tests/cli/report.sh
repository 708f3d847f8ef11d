# SPDX-License-Identifier: GPL-2.0-or-later
# report.sh: filters, groups and the slowest events, in report, script and diff.
# Sourced by cli.sh, whose functions it uses.

# ---- filters ----
faults='s2.fault && cause == evict && dur > 5us && l2_ipa in 0x40000000..0x80000000'
"$ns" script -i "$rec" -F vm,event,dim,dur,l2_ipa | awk '$2 == "s2.fault" && $3 == "evict" && $4 > 5000 {
	n = length($5) == 10 ? substr($5, 3, 1) : 0; if (n >= 4 && n < 8) print }' >"$dir/want"
"$ns" script -i "$rec" --filter "$faults" -F vm,event,dim,dur,l2_ipa >"$dir/out" 2>"$dir/err"
[ -s "$dir/want" ] && cmp "$dir/want" "$dir/out" >>"$dir/err"
result script-filter-equals-awk $?
n=$(wc -l <"$dir/want")
"$ns" report -i "$rec" --filter "$faults" --json >"$dir/out" 2>"$dir/err"
python3 - "$dir/out" "$n" <<'PY' 2>"$dir/err"
import json, sys
r, n = json.load(open(sys.argv[1])), int(sys.argv[2])
assert sum(v["metrics"]["s2.fault"]["count"] for v in r["vms"]) == n
assert list(r["vms"][0]["metrics"]) == ["s2.fault"]
led = r["ledger"]
assert led["kept"] == n and led["filtered"] == 60000 - n and led["seen"] == 60000 and led["lost"] == 0
assert "groups" not in r and "slowest" not in r
PY
result report-filter-equals-script $?
expect report-filter-ledger 0 "seen 60,000 = kept [0-9,]+ \+ filtered [0-9,]+, lost 0" "$ns" report -i "$rec" --filter "$faults"
expect filter-vm 0 '^1000\.[0-9]+ vmm\(4128\)$' "$ns" script -i "$rec" --filter 'vm == "vmm*"' -F ts,vm
expect filter-unknown-name 2 "unknown name 'l3_ipa' \(did you mean 'l2_ipa'\?\)" "$ns" script -i "$rec" --filter 's2.fault && l3_ipa > 3'
expect filter-caret 2 '^              \^$' "$ns" report -i "$rec" --filter 's2.fault && l3_ipa > 3'
expect filter-value 2 "cause is never 'warm'; it is cold" "$ns" report -i "$rec" --filter 'cause == warm'
expect filter-never 2 'no event can be like that' "$ns" report -i "$rec" --filter 's2.fault && el2'
expect filter-never-of 2 'no event of -e can be like that' "$ns" script -i "$rec" -e at --filter 's2.fault'

# ---- groups ----
"$ns" report -i "$rec" --group cause,vttbr --csv >"$dir/out" 2>"$dir/err"
"$ns" script -i "$rec" -e s2.fault -F dim,vttbr,dur | awk '{ n[$1 "," $2]++; t[$1 "," $2] += $3 }
	END { for (k in n) print k "," n[k] "," t[k] }' | sort >"$dir/want"
sed 1d "$dir/out" | tr -d '"' | cut -d, -f 2-5 | sort | diff "$dir/want" - >"$dir/err"
result group-equals-awk $?
expect group-ranges 0 '^  s2.fault  0x40000000..0x41000000  ' "$ns" report -i "$rec" --group l2_ipa/16M
expect group-outside 0 '^  45,000 other events have nothing' "$ns" report -i "$rec" --group cause
expect group-vm 0 '^  at.op  l1-debian\(4127\)  fast ' "$ns" report -i "$rec" --group vm,path
expect group-more 0 'and [0-9]+ more; --top N' "$ns" report -i "$rec" --group vttbr,cause --top 3
"$ns" report -i "$rec" --group tlbi --sort total -F total,count >"$dir/out" 2>"$dir/err"
grep '^  s2.tlbi' "$dir/out" | awk '{ print $3 }' | sort -c -r -h 2>>"$dir/err"
result group-sort $?
expect group-unknown 2 "unknown name 'couse' \(did you mean 'cause'\?\)" "$ns" report -i "$rec" --group couse
expect group-bad-range 2 "'2Q' after l2_ipa/ is no size" "$ns" report -i "$rec" --group l2_ipa/2Q
"$ns" report -i "$rec" --group path --filter at --json >"$dir/out" 2>"$dir/err"
python3 - "$dir/out" <<'PY' 2>"$dir/err"
import json, sys
r = json.load(open(sys.argv[1]))
g = r["groups"]
assert g["by"] == ["path"] and g["outside"] == g["dropped"] == 0
assert sum(x["count"] for x in g["rows"]) == r["ledger"]["kept"] > 0
by = {}
for v in r["vms"]:
    for k, c in v["metrics"]["at.op"]["by"].items():
        by[k] = by.get(k, 0) + c["count"]
assert {x["key"]["path"]: x["count"] for x in g["rows"]} == by
assert all(x["event"] == "at.op" and x["time"]["total"] > 0 for x in g["rows"])
PY
result group-json $?

# ---- the slowest, and what was around them ----
"$ns" script -i "$rec" -F id,ts,vm,vcpu,event,dur >"$dir/events"
"$ns" report -i "$rec" --slowest 5 --context 3 --filter 's2.fault' --json >"$dir/out" 2>"$dir/err"
python3 - "$dir/out" "$dir/events" <<'PY' 2>"$dir/err"
import json, sys
r = json.load(open(sys.argv[1]))
ev = [l.split() for l in open(sys.argv[2])]
faults = sorted((e for e in ev if e[4] == "s2.fault"), key=lambda e: (-int(e[5]), int(e[0])))
assert [s["id"] for s in r["slowest"]] == [int(e[0]) for e in faults[:5]]
for s in r["slowest"]:
    me = ev[s["id"] - 1]
    same = [int(e[0]) for e in ev if e[2:4] == me[2:4]]
    at = same.index(s["id"])
    assert [x["id"] for x in s["before"]] == same[max(0, at - 3):at], s
    assert [x["id"] for x in s["after"]] == same[at + 1:at + 4], s
    assert s["fields"]["dur"] == me[5]
assert any(x["event"] != "s2.fault" for s in r["slowest"] for x in s["before"])
PY
result slowest-context-equals-script $?
expect slowest-text 0 '^> +[0-9.]+us +[0-9.]+  l1-debian\(4127\) +[0-9]  s2.fault ' "$ns" report -i "$rec" --slowest 1 --context 1 --filter s2.fault
expect slowest-too-many 2 'slowest is at most 1000' "$ns" report -i "$rec" --slowest 1001
expect context-too-many 2 'context at most 32' "$ns" report -i "$rec" --context 33
expect slowest-csv 2 'csv has no slowest' "$ns" report -i "$rec" --csv --slowest 3

# ---- diff of recordings by filter and group ----
expect diff-filter-json 2 'no recording: it has sums' "$ns" diff "$dir/exact/base.json" "$dir/exact/more.json" --filter s2.fault
expect diff-group-json 2 'no recording: it has sums' "$ns" diff "$dir/exact/base.json" "$dir/exact/more.json" --group cause
expect diff-bad-group 2 "unknown name 'couse'" "$ns" diff "$rec" "$recs/good.nsr" --group couse
expect diff-group 0 's2.fault.vttbr=0x[0-9a-f]+,cause=cold.count +[0-9]+ +0 +-100.0 %' "$ns" diff "$rec" "$recs/good.nsr" --group vttbr,cause
expect diff-filter 0 '^  at.op.fast.count ' "$ns" diff "$rec" "$recs/good.nsr" --filter 'at.op && path in { fast, retry }'
! grep -qE 's2\.|el2\.|filtered out' "$dir/out" "$dir/err"
result diff-filter-only-those $?
