#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# cli.sh: what every command says to bad input: the object, the remedy and the
# documented exit code; and what it prints on good input without a kernel.
#
#	cli.sh NESTSCOPE RECORDING CHECKDIR
#
# RECORDING is the fixed one of tests/pty, CHECKDIR has those of checkrec.c.

ns=$1
rec=$2
recs=$3
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
# frames and messages shall not depend on who runs this
export LC_ALL=C
unset COLUMNS LINES NO_COLOR
passed=0 failed=0 skipped=0

result() { # NAME OK
	if [ "$2" = 0 ]; then
		echo "ok $1"
		passed=$((passed + 1))
	else
		echo "FAIL $1"
		sed 's/^/    /' "$dir/out" "$dir/err" | head -20
		failed=$((failed + 1))
	fi
}

skip() { # NAME WHY
	echo "skip $1: $2"
	skipped=$((skipped + 1))
}

# expect NAME CODE PATTERN COMMAND...: exit code, and a pattern that stdout or
# stderr must have.
expect() {
	local name=$1 code=$2 pattern=$3 rc
	shift 3
	"$@" >"$dir/out" 2>"$dir/err" </dev/null
	rc=$?
	[ "$rc" = "$code" ] && cat "$dir/out" "$dir/err" | grep -qE -- "$pattern"
	result "$name" $?
	[ "$rc" = "$code" ] || echo "    exit code $rc, not $code"
}

# ---- the program ----
expect no-command 2 '^usage: nestscope COMMAND' "$ns"
expect help 0 '^  record ' "$ns" --help
expect version 0 '^nestscope [0-9]+\.[0-9]+\.[0-9]+$' "$ns" --version
expect unknown-command 2 "unknown command 'statt'; did you mean 'stat'\?" "$ns" statt
expect unknown-command-far 2 "unknown command 'xyzzy'.*--help" "$ns" xyzzy
expect help-unknown 2 "unknown command 'repot'; did you mean 'report'" "$ns" help repot
expect help-events 0 '^s2.fault: .*\(timed\)' "$ns" help events
for c in top stat record report script export check doctor; do
	expect "help-$c" 0 "^usage: nestscope $c " "$ns" help $c
	expect "$c-help" 0 "^usage: nestscope $c " "$ns" $c --help
	expect "$c-bad-option" 2 "unknown option '--nonsense'.*help $c" "$ns" $c --nonsense
done

# ---- options ----
expect near-option 2 "'--jsn' \(did you mean '--json'\?\)" "$ns" stat --jsn
expect bad-letter 2 "unknown option '-Z'; see 'nestscope help stat'" "$ns" stat -Z
expect missing-value 2 "needs a value" "$ns" report -i
expect unknown-event 2 "'s2.falt' \(did you mean 's2.fault'\?\)" "$ns" stat -e s2.falt
expect unknown-event-list 2 "'nope'.*help events" "$ns" script -i "$rec" -e at,nope
expect bad-interval 2 "interval: '0' is not a number of milliseconds" "$ns" stat -I 0
expect bad-duration 2 "duration: '-1' is not a number of seconds" "$ns" stat -d -1
expect bad-pid 2 "pid: 'abc' is not a process id" "$ns" stat -p abc
expect bad-cause 2 "cause: 'warm' is no cause of a fault; .*help events" "$ns" stat --cause cold,warm
expect bad-time 2 "min-duration: '3' is not a time with a unit" "$ns" record --min-duration 3
expect flight-and-files 2 "flight writes one file" "$ns" record --flight 5 --max-size 1M
expect keep-what 2 "keep needs --max-size or --max-time" "$ns" record --keep 3
expect bad-column 2 "unknown column 'cuont'; did you mean 'count'" "$ns" report -i "$rec" -F cuont
expect bad-sort 2 "unknown column 'p51'; did you mean 'p50'" "$ns" report -i "$rec" --sort p51
expect bad-field 2 "no event has a field 'l3_ipa'.*help events" "$ns" script -i "$rec" -F ts,l3_ipa
expect bad-by 2 "by: 'moon' is neither vcpu nor context" "$ns" report -i "$rec" --by moon
expect json-and-csv 2 "json and --csv exclude" "$ns" report -i "$rec" --json --csv
expect stray-word 2 "unexpected word 'x.nsr'; to read a recording: -i x.nsr" "$ns" report x.nsr

# ---- files ----
echo "this is text" >"$dir/text"
: >"$dir/empty"
head -c 100 /dev/urandom >"$dir/noise"
# the major version is at offset 12 of the header (docs/format.md)
cp "$rec" "$dir/newer.nsr"
printf '\011\000' | dd of="$dir/newer.nsr" bs=1 seek=12 conv=notrunc 2>/dev/null
for c in report script check "top --batch"; do
	n=${c%% *}
	expect "$n-missing-file" 2 "$dir/none" "$ns" $c -i "$dir/none"
	expect "$n-newer-version" 2 "format version 9\.[0-9]+;.*update nestscope" "$ns" $c -i "$dir/newer.nsr"
	expect "$n-not-a-recording" 2 "$dir/text" "$ns" $c -i "$dir/text"
	expect "$n-empty-file" 2 "$dir/empty" "$ns" $c -i "$dir/empty"
	expect "$n-noise" 2 "$dir/noise" "$ns" $c -i "$dir/noise"
	expect "$n-directory" 2 "$dir" "$ns" $c -i "$dir"
done
expect report-unwritable 2 "cannot write $dir/no/x: .*-o" "$ns" report -i "$rec" -o "$dir/no/x"
expect record-unwritable 2 "cannot write $dir/no/x: .*-o" "$ns" record -o "$dir/no/x"
expect stat-unwritable 2 "cannot write $dir/no/x: .*-o" "$ns" stat -o "$dir/no/x" -d 0.1
if [ -w /dev/full ]; then
	expect report-full-disk 1 "No space left" sh -c '"$0" report -i "$1" >/dev/full' "$ns" "$rec"
	expect script-full-disk 1 "No space left" sh -c '"$0" script -i "$1" >/dev/full' "$ns" "$rec"
	expect report-o-full-disk 1 "No space left" "$ns" report -i "$rec" -o /dev/full
fi
head -c $(($(stat -c %s "$rec") - 50)) "$rec" >"$dir/cut.nsr"
expect report-cut 0 "warning: " "$ns" report -i "$dir/cut.nsr"
expect report-cut-json 0 '"warning": "' "$ns" report -i "$dir/cut.nsr" --json

# ---- good input ----
expect report-ledger 0 'seen 60,000 = kept 60,000, lost 0' "$ns" report -i "$rec"
expect report-missed 0 ' \+ lost 7, of these missed 7$' "$ns" report -i "$recs/missed.nsr"
expect report-missed-json 0 '"missed": 7' "$ns" report -i "$recs/missed.nsr" --json
# a recording of version 1.1 had them among the unattributed
expect report-missed-unavailable 0 ', lost 0, missed unavailable$' "$ns" report -i "$(dirname "$0")/s2-tlbi.nsr"
expect report-missed-unavailable-json 0 '"missed": null' "$ns" report -i "$(dirname "$0")/s2-tlbi.nsr" --json
expect export-missed 0 '^nestscope_ledger_events_total\{event="s2.ctx",what="missed"\} 7' \
	"$ns" export -f openmetrics -i "$recs/missed.nsr" -o -
! "$ns" export -f openmetrics -i "$(dirname "$0")/s2-tlbi.nsr" -o - 2>"$dir/err" | tee "$dir/out" | grep -q '"missed"' &&
	grep -q '^nestscope_ledger_events_total{event="s2.fault",what="unattributed"} 0' "$dir/out"
result export-missed-unavailable $?
expect report-vm 0 '^ VM l1-debian\(4127\) ' "$ns" report -i "$rec"
expect report-unavailable 0 'mmio.match +x86 only' "$ns" report -i "$rec"
expect report-events 0 '^  at.op ' "$ns" report -i "$rec" -e at
expect report-csv 0 '^[0-9]+,1,"l1-debian\(4127\)",0,0x[0-9a-f]+,s2.fault,cold,' "$ns" report -i "$rec" --csv
expect script-line 0 ' vmm\(4128\) 0 s2.fault cold [a-z]+ dur=[0-9]+ vttbr=0x' "$ns" script -i "$rec"
expect script-fields 0 '^1000\.000000000 s2.fault 1500$' "$ns" script -i "$rec" -F ts,event,dur
expect report-marks 0 '^   40.000000  mark 1$' "$ns" report -i "$rec"
expect report-marks-json 0 '"at_ns": 80000000000' "$ns" report -i "$rec" --json
expect script-marks 0 '^1040\.000000000 mark mark 1$' "$ns" script -i "$rec"
expect batch-default 0 '^ shadow S2 faults [0-9.]+/s' "$ns" top -i "$rec" -I 1000
expect batch-too-small 0 'terminal too small' env COLUMNS=30 "$ns" top -i "$rec" --batch -n 1

"$ns" script -i "$rec" >"$dir/out" 2>"$dir/err"
[ "$(wc -l <"$dir/out")" = 60002 ] && # and the marks are where they belong
	[ "$(awk '$2 == "mark" && NR > 1 && $1 < last { bad = 1 } { last = $1 } END { print bad + 0 }' "$dir/out")" = 0 ]
result script-all-events $?
"$ns" top -i "$rec" -I 1000 >"$dir/out" 2>"$dir/err"
[ "$(grep -c '^ nestscope ' "$dir/out")" = 3 ] && ! grep -q $'\033' "$dir/out"
result batch-three-plain-frames $?
"$ns" top -i "$rec" -I 10000 --batch >"$dir/out" 2>"$dir/err"
[ "$(grep -c '^ nestscope ' "$dir/out")" = 12 ] && grep -q 'seen 60.0k = kept 60.0k' "$dir/out"
result batch-whole-file $?
! awk 'length > 80' "$dir/out" | grep -q .
result batch-80-columns $?
"$ns" top -i "$rec" -I 60000 --batch -n 1 -p 4128 -e s2.fault >"$dir/out" 2>"$dir/err"
n=$("$ns" script -i "$rec" -F ts,vm,event | awk '$1 < 1060 && $2 == "vmm(4128)" && $3 == "s2.fault"' | wc -l)
grep -q "seen $(awk -v n="$n" 'BEGIN { printf "%.2f", n / 1000 }')k = kept" "$dir/out"
result batch-filters $?
"$ns" script -i "$rec" 2>"$dir/err" | head -1 >"$dir/out"
[ "${PIPESTATUS[1]}" = 0 ] && [ ! -s "$dir/err" ]
result script-broken-pipe-is-quiet $?

# The same count in three views: they are views on one model.
count() { "$ns" script -i "$rec" -e s2.fault -F vm,dim | grep -c '^l1-debian(4127) notifier$'; }
n=$(count)
"$ns" report -i "$rec" --json >"$dir/out" 2>"$dir/err"
python3 - "$dir/out" "$n" <<'PY' 2>"$dir/err"
import json, sys
r = json.load(open(sys.argv[1]))
vm = r["vms"][0]
fault = vm["metrics"]["s2.fault"]
by = fault["by"]["notifier"]
assert by["count"] == int(sys.argv[2]) > 0, by
assert sum(b["count"] for b in fault["by"].values()) == fault["count"]
assert sum(by["sub"].values()) == by["count"]
assert sum(v["metrics"]["s2.fault"]["count"] for v in vm["vcpus"].values()) == fault["count"]
assert sum(c["metrics"]["s2.fault"]["count"] for c in vm["contexts"]) == fault["count"]
assert vm["metrics"]["mmio.match"] is None and r["ledger"]["events"]["mmio.match"] is None
assert r["providers"]["mmio.match"]["state"] == "off"
assert "time" not in vm["metrics"]["el2.eret"] and "time" in fault
assert vm["metrics"]["s2.l1fault"]["count"] == 0
assert r["ledger"]["seen"] == r["ledger"]["kept"] == 60000 and r["ledger"]["lost"] == 0
assert r["warning"] is None and r["duration_ns"] == 120000000000
PY
result json-equals-script $?
m=$("$ns" report -i "$rec" --csv | awk -F, '$2 == 1 && $6 == "s2.fault" && $7 == "notifier" { n += $9 } END { print n }')
[ "$m" = "$n" ]
result csv-equals-script $?

# ---- check ----
expect check-list 0 '^ctx-unique +two live contexts' "$ns" check --list
expect check-good 0 '^ ctx-unique +2 +0  ok$' "$ns" check -i "$recs/good.nsr"
expect check-good-not-checked 0 '^ mmio-gen +- +-  not checked: no mmio.cache: not in this kernel$' "$ns" check -i "$recs/good.nsr"
expect check-bad 1 '^ ctx-unique: l1.* vCPU 0 vttbr 0x1000040000000: slot 1 has this context, and so has slot 0$' "$ns" check -i "$recs/bad.nsr"
expect check-bad-at 1 'AT s1e1r of va 0x2000: walked in software' "$ns" check -i "$recs/bad.nsr"
expect check-bad-other-rule 0 '^ at-par ' "$ns" check -i "$recs/bad.nsr" --rule at-par
expect check-bad-other-vm 3 'nothing happened that it is about' "$ns" check -i "$recs/bad.nsr" -p 1
expect check-vcpu 1 '^ ctx-unique .*not checked: it needs all vCPUs' "$ns" check -i "$recs/bad.nsr" -c 0
expect check-events 0 '^ ctx-unique .*not checked: s2.ctx was left out' "$ns" check -i "$recs/good.nsr" -e at.op,el2.exc
expect check-lossy 3 '^ possible ctx-unique: ' "$ns" check -i "$recs/lossy.nsr"
expect check-lossy-reason 3 'ctx-unique +3 +1  inconclusive: 7 of its events were lost' "$ns" check -i "$recs/lossy.nsr"
expect check-lossy-other-rule 0 '^ at-fast +1 +0  ok$' "$ns" check -i "$recs/lossy.nsr" --rule at-fast
expect check-missed 3 'ctx-unique +3 +1  inconclusive: 7 of its events were lost, or are known in part: the kernel' \
	"$ns" check -i "$recs/missed.nsr"
expect check-filtered 3 'inconclusive: 7 of its events were filtered out' "$ns" check -i "$recs/filtered.nsr"
expect check-empty 3 'nothing happened that it is about' "$ns" check -i "$recs/empty.nsr"
expect check-named-not-checked 3 'not checked: no mmio.cache' "$ns" check -i "$recs/good.nsr" --rule at-fast,mmio-gen
head -c $(($(stat -c %s "$recs/good.nsr") - 50)) "$recs/good.nsr" >"$dir/cutgood.nsr"
expect check-cut 3 'inconclusive: the recording is not whole' "$ns" check -i "$dir/cutgood.nsr"
expect check-unknown-rule 2 "unknown rule 'stick'; .*did you mean 'stuck'|unknown rule 'stick' \(did you mean 'stuck'\?\)" "$ns" check -i "$rec" --rule at,stick
expect check-bad-limit 2 "stuck: '0' is not a number" "$ns" check -i "$rec" -N 0
expect check-input-and-cmd 2 'exclude each other' "$ns" check -i "$rec" -- true
expect check-junit-unwritable 2 "cannot write $dir/no/x" "$ns" check -i "$recs/good.nsr" --junit "$dir/no/x"
expect check-unwritable 2 "cannot write $dir/no/x" "$ns" check -i "$recs/good.nsr" -o "$dir/no/x"
"$ns" check -i "$recs/good.nsr" --json -o "$dir/check.json" >"$dir/out" 2>"$dir/err"
[ ! -s "$dir/out" ] && python3 -c 'import json, sys; json.load(open(sys.argv[1]))' "$dir/check.json" 2>>"$dir/err"
result check-json-to-a-file $?
expect check-no-events 2 'leaves out all' "$ns" check --rule at-fast -e mmio.access
if [ -w /dev/full ]; then
	expect check-full-disk 1 "No space left" sh -c '"$0" check -i "$1" >/dev/full' "$ns" "$recs/good.nsr"
	expect check-junit-full-disk 1 "No space left" "$ns" check -i "$recs/good.nsr" --junit /dev/full
fi
# The events that prove a violation are the ones that script shows under their ids.
"$ns" check -i "$recs/bad.nsr" --json --junit "$dir/junit.xml" >"$dir/out" 2>"$dir/err"
[ $? = 1 ]
result check-json-exit $?
"$ns" script -i "$recs/bad.nsr" -F id,ts,event >"$dir/ids"
"$ns" script -i "$recs/bad.nsr" >"$dir/lines"
python3 - "$dir/out" "$dir/ids" "$dir/lines" "$dir/junit.xml" <<'PY' 2>"$dir/err"
import json, sys
import xml.etree.ElementTree as ET
r = json.load(open(sys.argv[1]))
ids = [l.split() for l in open(sys.argv[2])]
lines = open(sys.argv[3]).read().splitlines()
assert r["verdict"] == "violated" and r["events"] == len(lines) == 5 and r["lost"] == 0
assert [i[0] for i in ids] == ["1", "2", "3", "4", "5"]
rules = {x["rule"]: x for x in r["rules"]}
assert rules["ctx-unique"]["state"] == rules["at-fast"]["state"] == "violated"
assert rules["at-par"]["state"] == "ok" and rules["stuck"]["state"] == "not checked"
assert rules["mmio-gen"]["reason"] == "no mmio.cache: not in this kernel"
found = rules["ctx-unique"]["found"]
assert len(found) == 1 and [e["id"] for e in found[0]["events"]] == [2, 4]
for e in found[0]["events"] + rules["at-fast"]["found"][0]["events"]:
    assert e["line"] == lines[e["id"] - 1], e
assert found[0]["vcpu"] == 0 and found[0]["vttbr"] == "0x1000040000000" and found[0]["ipa"] is None
suite = ET.parse(sys.argv[4]).getroot()
cases = {c.get("name"): c for c in suite}
assert suite.tag == "testsuite" and int(suite.get("tests")) == len(cases) == len(rules)
assert int(suite.get("failures")) == sum(c.find("failure") is not None for c in cases.values()) == 2
assert int(suite.get("skipped")) == sum(c.find("skipped") is not None for c in cases.values())
assert int(suite.get("errors")) == 0
assert lines[3] in cases["ctx-unique"].find("failure").text
assert "l1_<&" in cases["ctx-unique"].find("failure").text
PY
result check-json-junit-and-script-agree $?
"$ns" check -i "$recs/lossy.nsr" --junit "$dir/junit.xml" >"$dir/out" 2>"$dir/err"
python3 - "$dir/junit.xml" <<'PY' 2>"$dir/err"
import sys
import xml.etree.ElementTree as ET
suite = ET.parse(sys.argv[1]).getroot()
assert suite.get("failures") == "0" and suite.get("errors") == "1"
assert "lost" in [c for c in suite if c.get("name") == "ctx-unique"][0].find("error").get("message")
PY
result check-junit-of-loss-is-an-error $?

# ---- diff and gate ----
. "${BASH_SOURCE%/*}/compare.sh"

# ---- export ----
. "${BASH_SOURCE%/*}/export.sh"

# ---- filters, groups, the slowest ----
. "${BASH_SOURCE%/*}/report.sh"

# ---- report and diff as pages of HTML ----
. "${BASH_SOURCE%/*}/html.sh"

# ---- man pages and completion ----
. "${BASH_SOURCE%/*}/pages.sh"

# ---- privileges, and CMD ----
if [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null; then
	cp "$ns" "$dir/nestscope" && chmod 755 "$dir" "$dir/nestscope"
	low="setpriv --reuid=65534 --regid=65534 --clear-groups $dir/nestscope"
else
	low=$ns
fi
if [ "$(id -u)" != 0 ] || [ "$low" != "$ns" ]; then
	expect stat-not-root 4 'CAP_BPF.*run as root' $low stat -d 0.1
	expect top-not-root 4 'CAP_BPF.*run as root' $low top --batch -n 1
	expect record-not-root 4 'CAP_BPF.*run as root' $low record -d 0.1 -o /dev/null
	expect check-not-root 4 'CAP_BPF.*run as root' $low check -d 0.1
	expect doctor-not-root 4 'CAP_BPF' $low doctor
else
	skip not-root "no setpriv"
fi
if [ "$(id -u)" = 0 ] && "$ns" doctor >/dev/null; then
	expect cmd-status 7 'nestscope stat -- sh -c exit 7' "$ns" stat -- sh -c 'exit 7'
	expect cmd-killed 137 'nestscope stat' "$ns" stat -- sh -c 'kill -9 $$'
	expect cmd-not-found 127 "cannot run 'no-such-command': No such file" "$ns" stat -- no-such-command
	expect cmd-not-executable 126 "cannot run '$dir/text': Permission denied" "$ns" stat -- "$dir/text"
	expect duration-ends-cmd 0 'lost 0' "$ns" stat -d 0.2 -- sleep 60
	expect no-such-pid 2 'no such process' "$ns" stat -p 1073741823
	expect record-cmd 3 "$dir/r.nsr: .* events, .* bytes, lost 0" "$ns" record -o "$dir/r.nsr" -- sh -c 'exit 3'
	expect record-readable 0 'nestscope report' "$ns" report -i "$dir/r.nsr"
	# where none of its events can be had it says so
	"$ns" check -- true >"$dir/out" 2>"$dir/err"
	case $?:$(cat "$dir/out" "$dir/err") in
	3:*'nestscope check (live)'* | 5:*'none of the events asked for'*) true ;;
	*) false ;;
	esac
	result check-live $?
	expect stat-json-lines 0 '^\{"nestscope":"stat"' "$ns" stat -I 100 -d 0.3 --json
	expect record-sigint 0 'lost 0' timeout --preserve-status -s INT 1 "$ns" record -o "$dir/r2.nsr" -d 60
	expect record-sigint-whole 0 'nestscope report' "$ns" report -i "$dir/r2.nsr"
	! grep -q warning "$dir/out" "$dir/err"
	result record-sigint-clean-end $?
else
	skip live "no event can be observed here"
fi

echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
