#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# html.sh: report --html and diff --html without a browser: messages, and what
# page.py finds in the pages.  Sourced by cli.sh.

expect html-and-json 2 'leave out --json' "$ns" report -i "$rec" --html "$dir/x.html" --json
expect html-and-group 2 'leave out .*--group' "$ns" report -i "$rec" --html "$dir/x.html" --group cause
expect html-missing-file 2 "$dir/none" "$ns" report -i "$dir/none" --html "$dir/x.html"
expect html-noise 2 "$dir/noise" "$ns" report -i "$dir/noise" --html "$dir/x.html"
expect html-bad-filter 2 "unknown name 'couse'" "$ns" report -i "$rec" --html "$dir/x.html" --filter 'couse == cold'
expect html-too-many 2 'slowest is at most 1000' "$ns" report -i "$rec" --html "$dir/x.html" --slowest 1001
expect html-unwritable 2 "cannot write $dir/no/x.html" "$ns" report -i "$rec" --html "$dir/no/x.html"
cp "$recs/good.nsr" "$dir/mine.nsr"
expect html-over-a-recording 2 'mine.nsr is a recording, .*--html names the page' "$ns" report -i "$rec" --html "$dir/mine.nsr"
expect diff-html-over-a-recording 2 'mine.nsr is a recording' "$ns" diff "$rec" "$recs/good.nsr" --html "$dir/mine.nsr"
cmp -s "$recs/good.nsr" "$dir/mine.nsr"
result html-recording-is-still-there $?
[ ! -e "$dir/x.html" ] && ! ls "$dir"/x.html.* >/dev/null 2>&1
result html-leaves-nothing-behind $?
if [ -w /dev/full ]; then
	expect html-full-disk 1 'No space left' "$ns" report -i "$rec" --html /dev/full
fi
expect html-cut 0 'warning: .*(damaged|truncated|cleanly)' "$ns" report -i "$dir/cut.nsr" --html "$dir/cut.html"

# page NAME RECORDING OPTION...: its page, whole, private, twice the same, with the
# numbers of report --json
page() {
	local name=$1 file=$2
	shift 2
	"$ns" report -i "$file" "$@" --html "$dir/$name.html" 2>"$dir/err" &&
		"$ns" report -i "$file" "$@" --html - 2>>"$dir/err" | cmp - "$dir/$name.html" &&
		[ "$(stat -c %a "$dir/$name.html")" = 600 ] &&
		"$ns" report -i "$file" "$@" --slowest 10 --context 4 --json >"$dir/$name.json" 2>>"$dir/err" &&
		python3 "$top/tests/html/page.py" "$dir/$name.html" "$dir/$name.json" >"$dir/out" 2>>"$dir/err"
	result "html-page-$name" $?
}
page fixed "$rec"
page real "$top/tests/cli/s2-tlbi.nsr"
page realm "${rec%.nsr}-realm.nsr"
page filtered-page "$rec" --filter 's2.fault && cause == notifier'
page only "$rec" -e at,mmio
for r in good lossy missed filtered empty hostile; do
	page $r "$recs/$r.nsr"
done
page cut "$dir/cut.nsr"

# what cannot be known is said so
python3 "$top/tests/html/page.py" --text "$dir/lossy.html" >"$dir/out" 2>"$dir/err" &&
	grep -q '7 events were lost' "$dir/out" && grep -q '7 s2.ctx events were lost, so at least: 1 context' "$dir/out" &&
	grep -q 'None that was kept, and 7 events were lost' "$dir/out" &&
	grep -q 'mmio.cacheunavailableoffnot in this kernel' "$dir/out"
result html-says-what-was-lost $?
python3 "$top/tests/html/page.py" --text "$dir/missed.html" >"$dir/out" 2>"$dir/err" &&
	grep -q ' + 7 lost, of these missed 7 ' "$dir/out" && grep -q 'the kernel did not run our programs' "$dir/out"
result html-says-what-was-missed $?
python3 "$top/tests/html/page.py" --text "$dir/only.html" >"$dir/out" 2>"$dir/err" &&
	grep -q 'Not shown. s2.fault was left out' "$dir/out"
result html-says-what-was-left-out $?
# the recording's own words are there as text
python3 "$top/tests/html/page.py" --text "$dir/hostile.html" >"$dir/out" 2>"$dir/err" &&
	grep -qF "<script>alert(0)</script>(666)" "$dir/out" &&
	grep -qF "<img src=x onerror=\"document.title='owned'\">" "$dir/out" &&
	grep -qF '<iframe src=//example.com>' "$dir/out" &&
	grep -qF '</title><script>alert(2)</script>' "$dir/out" &&
	grep -qF "sh -c '</script><script>alert(3)</script>'" "$dir/out"
result html-hostile-stays-text $?
# three TLBIs, and what the lab's model says of the pages they dropped
python3 "$top/tests/html/page.py" --bill "$dir/real.html" >"$dir/out" 2>"$dir/err" &&
	grep -qx 's2.tlbi.vmalls12e1 count=3 refaults=195 dropped=195 back=195 unmaps=3' "$dir/out"
result html-bill-of-a-real-kernel $?

# ---- diff ----
expect diff-html-three 2 'two sides beside each other' "$ns" diff "$rec" "$rec" "$rec" --html "$dir/x.html"
expect diff-html-and-json 2 'leave out --json' "$ns" diff "$rec" "$recs/good.nsr" --html "$dir/x.html" --json
expect diff-html-unwritable 2 "cannot write $dir/no/x.html" "$ns" diff "$rec" "$recs/good.nsr" --html "$dir/no/x.html"

# changes NAME A B OPTION...: the page's changes are those of diff --json, and its charts
# have each side's numbers where a side is a recording
changes() {
	local name=$1 a=$2 b=$3
	shift 3
	"$ns" diff "$a" "$b" "$@" --html "$dir/$name.html" 2>"$dir/err" &&
		"$ns" diff "$a" "$b" "$@" --html - 2>>"$dir/err" | cmp - "$dir/$name.html" &&
		"$ns" diff "$a" "$b" "$@" --json >"$dir/$name.json" 2>>"$dir/err" &&
		python3 "$top/tests/html/page.py" --changes "$dir/$name.html" "$dir/$name.json" >"$dir/out" 2>>"$dir/err"
	result "diff-html-$name" $?
}
changes two-recordings "$rec" "$recs/hostile.nsr"
"$ns" report -i "$recs/hostile.nsr" --slowest 10 --json >"$dir/side-b.json" 2>>"$dir/err" &&
	"$ns" report -i "$rec" --json >"$dir/side-a.json" 2>>"$dir/err" &&
	python3 "$top/tests/html/page.py" "$dir/two-recordings.html" "$dir/side-a.json" "$dir/side-b.json" >"$dir/out" 2>>"$dir/err"
result diff-html-both-sides-numbers $?
changes filtered-diff "$rec" "$recs/good.nsr" --filter 'at.op'
changes grouped-diff "$rec" "$recs/good.nsr" --group vttbr,cause
changes many-runs "$before" "$after"
python3 "$top/tests/html/page.py" --text "$dir/many-runs.html" >"$dir/out" 2>"$dir/err" &&
	grep -q '95 % intervaleffect' "$dir/out" && grep -q '+1.00' "$dir/out" &&
	grep -q 'charts need whole events' "$dir/out" && grep -q "$before has no recording" "$dir/out"
result diff-html-without-recordings $?
mkdir "$dir/side" && cp "$rec" "$dir/side/2.nsr"
changes first-of-several "$recs/good.nsr,$rec" "$dir/side"
python3 "$top/tests/html/page.py" --text "$dir/first-of-several.html" >"$dir/out" 2>"$dir/err" &&
	grep -q "The charts are of $recs/good.nsr, one of several recordings" "$dir/out"
result diff-html-says-what-its-charts-are-of $?
