#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# record.sh NESTSCOPE KVMLOAD: what becomes of a recording of a real VM when
# something ends or hinders it: signals, kill -9, a disk that is full or stands
# still; and the filters, files and modes of record.  Prints TAP.
set -u
ns=${1:?usage: record.sh NESTSCOPE KVMLOAD} load=${2:?usage: record.sh NESTSCOPE KVMLOAD}
dir=$(mktemp -d)
mounted=
trap '[ -z "$mounted" ] || { fsfreeze -u "$mounted" 2>/dev/null; umount "$mounted"; }; rm -rf "$dir"' EXIT

ok() { echo "ok - native record: $1"; }
not_ok() { echo "not ok - native record: $1: $2"; }
skip() { echo "ok - native record: $1 # SKIP $2"; }

if ! "$load" --iterations 1000 >"$dir/load.json" 2>"$dir/err"; then
	skip "recordings of a real VM" "$(tail -n 1 "$dir/err")"
	exit 0
fi

events="-e mmio.access,mmio.match"

# started FILE: wait until record, in the background, has written the head of it
started() {
	for _ in $(seq 100); do
		[ -s "$1" ] && return 0
		sleep 0.1
	done
	return 1
}

# holds NAME FILE CONDITION...: Python about did (events that the load made), mine (those of
# them that FILE has: other VMs may run here, too), led (its ledger), whole (that it adds
# up) and warning; all of it must be true
holds() {
	local name=$1 file=$2
	shift 2
	"$ns" report --json -i "$file" -o "$dir/report.json" 2>"$dir/report.err"
	python3 - "$dir" "$*" <<-'PY' >"$dir/why" 2>&1
		import json, os, sys
		d, condition = sys.argv[1:]
		r = json.load(open(d + "/report.json"))
		loads = [json.loads(l) for l in open(d + "/load.json")]
		did = sum(sum(l["counts"].values()) for l in loads)
		mine = sum(m["count"] for v in r["vms"] if v["pid"] in [l.get("pid") for l in loads]
		           for m in v["metrics"].values() if m)
		led, warning = r["ledger"], r["warning"] or ""
		whole = led["seen"] == led["kept"] + led["lost"] + led["filtered"] and not led["unattributed"]
		if not eval(condition):
		    sys.exit(f"not {condition}: did {did}, mine {mine}, ledger {({k: led[k] for k in ('seen', 'kept', 'lost', 'filtered')})}, {warning}")
	PY
	if [ $? = 0 ]; then ok "$name"; else not_ok "$name" "$(tail -n 1 "$dir/why") $(tail -n 1 "$dir/report.err")"; fi
}

# in_background [OPTION...]: record to r.nsr; $recorder is its process
in_background() {
	rm -f "$dir/r.nsr"
	"$ns" record $events -o "$dir/r.nsr" "$@" 2>"$dir/err" &
	recorder=$!
	started "$dir/r.nsr"
}

ended() { # NAME CODE: how the recorder ended
	wait "$recorder"
	local got=$?
	[ $got = "$2" ] || not_ok "$1" "exit $got, not $2: $(tail -n 1 "$dir/err")"
}

signals() {
	local sig
	for sig in TERM INT HUP; do
		in_background -d 60
		"$load" --iterations 20000 >"$dir/load.json"
		kill -$sig $recorder
		ended "SIG$sig" 0
		holds "SIG$sig ends it, and nothing is missing" "$dir/r.nsr" \
			'mine == did and not led["lost"] and whole and not warning'
	done
	in_background -d 60
	"$load" --iterations 20000 >"$dir/load.json"
	sleep 1.7 # a flush a second is what is promised
	kill -KILL $recorder
	wait $recorder 2>/dev/null
	holds "kill -9: what was there a second before is read, with a warning" "$dir/r.nsr" \
		'mine == did and "not ended cleanly" in warning'
}

modes() {
	(umask 000; "$ns" record $events -o "$dir/m.nsr" -d 0.1 2>/dev/null)
	if [ "$(stat -c %a "$dir/m.nsr")" = 600 ]; then ok "only the owner may read a recording"
	else not_ok "only the owner may read a recording" "mode $(stat -c %a "$dir/m.nsr")"; fi
}

filters() {
	"$ns" record $events --sample 10 -o "$dir/s.nsr" -- "$load" --iterations 30000 >"$dir/load.json" 2>/dev/null
	holds "--sample 10 keeps a tenth, the others are filtered" "$dir/s.nsr" \
		'0 <= led["kept"] - led["seen"] / 10 < 2 * os.cpu_count() and led["seen"] >= did and mine > did / 11 and whole and not led["lost"]'
	"$ns" record -e mmio.match -o "$dir/e.nsr" -- "$load" --iterations 30000 >"$dir/load.json" 2>/dev/null
	holds "-e keeps one of two events, and the other is not seen at all" "$dir/e.nsr" \
		'mine == did / 2 and led["kept"] == led["seen"] and r["ledger"]["events"]["mmio.access"] is None'
	"$load" --iterations 4000000000 >/dev/null &
	local other=$!
	in_background -p $other
	"$load" --iterations 30000 >"$dir/load.json"
	kill -TERM $recorder
	ended "-p" 0
	kill $other
	wait $other 2>/dev/null
	holds "-p keeps one VM of two, and the other's events are filtered" "$dir/r.nsr" \
		'[v["pid"] for v in r["vms"] if any(m and m["count"] for m in v["metrics"].values())] == ['$other'] and led["filtered"] >= did and whole'
}

rotation() {
	"$ns" record $events --max-size 64K -o "$dir/t.nsr" -- "$load" --iterations 400000 >"$dir/load.json" 2>/dev/null
	local kept=0 files=0 n pid
	pid=$(python3 -c 'import json, sys; print(json.loads(sys.stdin.readline())["pid"])' <"$dir/load.json")
	for f in "$dir"/t*.nsr; do
		n=$("$ns" script -i "$f" --filter "pid == $pid" -F event | wc -l)
		kept=$((kept + n)) files=$((files + 1))
	done
	if [ $files -gt 2 ] && [ $kept = 800000 ]; then ok "--max-size: all events in $files files"
	else not_ok "--max-size" "$kept of 800000 events in $files files"; fi
	rm -f "$dir"/t*.nsr
	"$ns" record $events --max-size 64K --keep 2 -o "$dir/t.nsr" -- "$load" --iterations 400000 >"$dir/load.json" 2>/dev/null
	files=$(ls "$dir"/t*.nsr | wc -l)
	if [ "$files" = 2 ]; then ok "--keep 2 leaves two files"
	else not_ok "--keep 2 leaves two files" "$files"; fi
}

# VMs that begin while it records are all there by name, and the file is whole.
newcomers() {
	in_background -d 60
	: >"$dir/load.json"
	for _ in 1 2 3 4 5 6; do
		"$load" --iterations 60000 --vms 2 >>"$dir/load.json" &
	done
	wait $(jobs -p | grep -vx $recorder)
	kill -TERM $recorder
	ended "new VMs" 0
	holds "VMs that begin one after another: all are there by name" "$dir/r.nsr" \
		'not warning and whole and len(loads) == 6 and {l["pid"] for l in loads} <= {v["pid"] for v in r["vms"]}'
}

progress() {
	command -v script >/dev/null || { skip "a line of progress" "no script(1)"; return; }
	script -qec "$ns record $events -d 2.5 -o $dir/l.nsr" "$dir/tty" >/dev/null 2>&1 &
	local terminal=$!
	started "$dir/l.nsr" && "$load" --iterations 20000 >"$dir/load.json"
	wait $terminal
	if tr '\r' '\n' <"$dir/tty" | grep -qE '^[0-9]+,[0-9,]+ events, [0-9]+/s, [0-9.]+ MB, lost [0-9]+, disk left [0-9.]+ GB'; then
		ok "a line of progress: events, rate, bytes, lost, disk left"
	else
		not_ok "a line of progress" "$(tr '\r' '\n' <"$dir/tty" | tail -n 2 | head -n 1)"
	fi
}

full_disk() {
	mkdir "$dir/full"
	# the file is read before the namespace, and the tmpfs with it, is gone
	unshare -m sh -c 'mount -t tmpfs -o size=128k none "$3/full" || exit 99
		"$1" record '"$events"' -o "$3/full/r.nsr" -- "$2" --iterations 1000000 >"$3/load.json" 2>"$3/err"
		rc=$?; cp "$3/full/r.nsr" "$3/full.nsr"; exit $rc' sh "$ns" "$load" "$dir" 2>/dev/null
	local rc=$?
	if [ $rc = 99 ]; then skip "a full disk" "no tmpfs can be mounted"; return; fi
	if [ $rc = 1 ] && grep -q 'full/r.nsr.*No space left' "$dir/err"; then
		ok "a full disk ends it, and it says so"
	else
		not_ok "a full disk" "exit $rc: $(tail -n 1 "$dir/err")"
	fi
	echo '{"counts": {"x": 2000000}}' >"$dir/load.json"
	holds "a full disk: what was written is read" "$dir/full.nsr" \
		'10000 < led["kept"] < did and warning'
}

# A disk that stands still for 1.5 s, as one does that is overloaded: a frozen file system.
still_disk() {
	local name="a disk that stands still" out
	mkdir "$dir/disk"
	if ! command -v fsfreeze >/dev/null || ! { truncate -s 64M "$dir/image" && mkfs.ext4 -q "$dir/image" &&
		mount -o loop "$dir/image" "$dir/disk"; } 2>/dev/null; then
		skip "$name" "no file system can be mounted on a loop device"
		return
	fi
	mounted=$dir/disk
	for ring in 16K 64M; do
		out=$dir/disk/$ring.nsr
		"$ns" record $events -m $ring -d 60 -o "$out" 2>"$dir/err" &
		recorder=$!
		started "$out"
		sleep 1 # so that a flush is due while the disk stands
		fsfreeze -f "$dir/disk"
		"$load" --iterations 200000 >"$dir/load.json"
		sleep 1.5
		fsfreeze -u "$dir/disk"
		sleep 0.5
		kill -TERM $recorder
		ended "$name, ring of $ring" 0
		if [ $ring = 16K ]; then
			holds "$name: what does not fit the ring is lost and counted" "$out" \
				'led["seen"] >= did and led["lost"] > 0 and 0 < mine < did and whole and not warning'
		else
			holds "$name: the default ring loses nothing" "$out" \
				'mine == did and not led["lost"] and whole and not warning'
		fi
	done
	umount "$dir/disk" && mounted=
}

modes
signals
filters
rotation
newcomers
progress
if [ "$(id -u)" = 0 ] && unshare -m true 2>/dev/null; then
	full_disk
	still_disk
else
	skip "full and slow disks" "needs root and mount namespaces"
fi
