#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# html.sh NESTSCOPE DIR MKREC EVENTS NAME=RECORDING...: the page of each recording in
# headless Chromium (browser.py), and one of many synthetic events: how large it is.
set -u
here=$(dirname "$0")
ns=$1 dir=$2 mkrec=$3 events=$4
shift 4
rm -rf "$dir" && mkdir -p "$dir" || exit 1

for r; do
	case $r in
	fixed=*) fixed=${r#*=} ;;
	other=*) other=${r#*=} ;;
	esac
	"$ns" report -i "${r#*=}" --html "$dir/${r%%=*}.html" &&
		"$ns" report -i "${r#*=}" --json >"$dir/${r%%=*}.json" || exit 1
done

"$ns" diff "$fixed" "$other" --html "$dir/diff.html" 2>"$dir/diff.log" || exit 1

# ---- ten million events ----
"$mkrec" "$dir/many.nsr" "$events" >"$dir/many.log" &&
	"$ns" report -i "$dir/many.nsr" --html "$dir/many.html" &&
	"$ns" report -i "$dir/many.nsr" --slowest 10 --context 4 --json >"$dir/many.json" &&
	python3 "$here/page.py" "$dir/many.html" "$dir/many.json" >"$dir/many.log" 2>&1
if [ $? = 0 ]; then
	echo "ok - html $events events: $(cat "$dir/many.log")"
else
	echo "not ok - html $events events"
	sed 's/^/    /' "$dir/many.log"
fi
rm -f "$dir/many.nsr"

# ---- the browser ----
if [ ! -x /usr/bin/chromedriver ] || ! /usr/bin/python3 -c 'import selenium' 2>/dev/null; then
	echo "not ok - html in a browser: no chromium-driver or python3-selenium: tests/setup html"
	exit 1
fi
/usr/bin/python3 "$here/browser.py" "$dir"
