# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# suite.sh: what the suites of both machines run in the guest.

# suite_script CASES OUT: a script for the guest: a header line and the workload's own
# line for each of CASES, "NAME : arguments of vmm".
suite_script() {
	local name args
	{
		echo '#!/bin/sh'
		while IFS=: read -r name args; do
			case $name in '' | '#'*) continue ;; esac
			# 77: the kernel or the machine lacks what the workload needs
			echo "echo '#case $name'; vmm $args; s=\$?; [ \$s = 0 ] || echo \"#status \$s\""
		done < <(sed 's/[[:space:]]*:[[:space:]]*/:/' "$1")
	} >"$2"
	chmod +x "$2"
}

# suite_command SCRIPT [WRAPPER]: observe it by "stat", WRAPPER and "record" at once.  The
# inner one ends first, so the outer one's numbers are complete when both are compared.
suite_command() {
	echo "nestscope stat --json -o \$OUT/stat.json -- ${2:-} nestscope record -o \$OUT/rec.nsr -- $1;" \
		'nestscope report --json -i $OUT/rec.nsr -o $OUT/report.json &&' \
		'nestscope script -i $OUT/rec.nsr -e s2.fault -F dim,l1_ipa | sort | uniq -c >$OUT/l1_ipa &&' \
		'nestscope script -i $OUT/rec.nsr -e s2.fault -F event,vm,outcome | sort | uniq -c >$OUT/outcomes'
}
