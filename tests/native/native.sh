#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# native.sh NESTSCOPE KVMLOAD PTY: stat, record and the dashboard see of a real VM on
# this machine exactly what it did; and what nestscope says where a machine lacks
# something.  Other VMs may run beside it: what is compared is the own one's.  PTY is
# tests/pty/pty.  Prints TAP.
set -u
ns=${1:?usage: native.sh NESTSCOPE KVMLOAD PTY} load=${2:?usage: native.sh NESTSCOPE KVMLOAD PTY}
pty=${3:?usage: native.sh NESTSCOPE KVMLOAD PTY}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

ok() { echo "ok - native: $1"; }
not_ok() { echo "not ok - native: $1: $2"; }
skip() { echo "ok - native: $1 # SKIP $2"; }

# compare FILE: the counts of the workload's line against the view's VM of that pid
compare() {
	python3 - "$1" "$dir/load.json" <<-'PY'
		import json, sys
		view, load = json.load(open(sys.argv[1])), json.loads(open(sys.argv[2]).readline())
		led, bad = view["ledger"], []
		vms = [v for v in view["vms"] if v["pid"] == load["pid"]]
		for key, n in load["counts"].items():
		    event, dim = key.rsplit(".", 1)
		    got = sum(v["metrics"][event]["by"].get(dim, {"count": 0})["count"]
		              for v in vms if v["metrics"].get(event))
		    if got != n:
		        bad.append(f"{key} did {n}, seen {got}")
		if led["lost"] or led["unattributed"] or led["seen"] != led["kept"]:
		    bad.append(f"ledger {led['seen']} {led['kept']} {led['lost']}")
		if not vms or not all(v["name"].startswith("kvmload(") for v in vms):
		    bad.append("the VM is not there by name")
		print("; ".join(bad))
	PY
}

same() { # NAME FILE
	local bad
	bad=$(compare "$2" 2>&1)
	if [ -z "$bad" ]; then ok "$1"; else not_ok "$1" "$bad"; fi
}

# Some tests are of all that this machine does.
others_run() { # NAME
	"$ns" stat -d 1 --json -o "$dir/others.json" && grep -q '"pid": [0-9]' "$dir/others.json" || return 1
	skip "$1" "another VM runs on this machine"
}

# What else fires on this machine, whatever its KVM does for faults.
shadow_pages() {
	python3 - "$1" "$dir/load.json" <<-'PY'
		import json, sys
		view, load = json.load(open(sys.argv[1])), json.loads(open(sys.argv[2]).readline())
		by = [v["metrics"]["s2.page"]["by"] for v in view["vms"]
		      if v["pid"] == load["pid"] and v["metrics"].get("s2.page")]
		count = lambda dim: sum(b[d]["count"] for b in by for d in b if d.startswith(dim))
		led, made, zapped = view["ledger"]["events"]["s2.page"], count("made"), count("zap")
		ok = made > 0 and made == zapped and led["seen"] == led["kept"]
		print(f"{'ok' if ok else 'not ok'} - native: a VM's shadow pages, made and zapped"
		      + ("" if ok else f": made {made}, zapped {zapped}, ledger {led}"))
	PY
}

counts() {
	"$load" --iterations 1000 >"$dir/load.json" 2>"$dir/err"
	if [ $? = 77 ]; then
		skip "counts of a real VM" "$(tail -n 1 "$dir/err")"
		return
	fi
	"$ns" stat --json -o "$dir/stat.json" -- "$load" --iterations 200000 >"$dir/load.json"
	same "stat" "$dir/stat.json"
	shadow_pages "$dir/stat.json"
	"$ns" stat --json -o "$dir/stat.json" -- "$load" --iterations 50000 --vms 2 --vcpus 2 >"$dir/load.json"
	same "stat, 2 VMs of 2 vCPUs" "$dir/stat.json"
	"$ns" stat --json -o "$dir/stat.json" -- "$load" --iterations 2000 --mode vmm >"$dir/load.json"
	same "stat, exits to the VMM" "$dir/stat.json"
	"$ns" record -m 64M -o "$dir/a.nsr" -- "$load" --iterations 200000 >"$dir/load.json" 2>/dev/null
	"$ns" report --json -i "$dir/a.nsr" -o "$dir/report.json"
	same "record and report" "$dir/report.json"
}

# A ring that is too small loses events, and every one of them is accounted for;
# what a filter leaves out is not lost.
losses() {
	[ -e /dev/kvm ] || return 0
	# the load waits for a line, so that its pid is known before
	mkfifo "$dir/go"
	sh -c 'read -r _ <"$1"; exec "$2" --iterations 300000' sh "$dir/go" "$load" >"$dir/load.json" &
	"$ns" record -e mmio -m 4K -p $! -o "$dir/small.nsr" -- sh -c 'echo >"$1"; tail --pid=$2 -f /dev/null' \
		sh "$dir/go" $! 2>"$dir/err"
	"$ns" report --json -i "$dir/small.nsr" -o "$dir/report.json"
	python3 - "$dir/report.json" "$dir/load.json" <<-'PY'
		import json, sys
		led = json.load(open(sys.argv[1]))["ledger"]
		n = sum(json.loads(open(sys.argv[2]).readline())["counts"].values())
		ok = led["lost"] > 0 and led["seen"] - led["filtered"] == n == led["kept"] + led["lost"]
		print(f"{'ok' if ok else 'not ok'} - native: a ring that is too small: seen = kept + lost"
		      + ("" if ok else f": did {n}, ledger {led}"))
	PY
	"$ns" stat -e mmio --json -p $$ -o "$dir/stat.json" -- "$load" --iterations 2000 >"$dir/load.json"
	python3 - "$dir/stat.json" "$dir/load.json" <<-'PY'
		import json, sys
		led = json.load(open(sys.argv[1]))["ledger"]
		n = sum(json.loads(open(sys.argv[2]).readline())["counts"].values())
		ok = led["kept"] == led["lost"] == 0 and led["filtered"] == led["seen"] >= n
		print(f"{'ok' if ok else 'not ok'} - native: another process's VM is filtered, not lost"
		      + ("" if ok else f": did {n}, ledger {led}"))
	PY
}

# The dashboard on a terminal beside a VM, and what it and a recorder that lost its terminal wrote.
live() {
	[ -e /dev/kvm ] && [ "$(id -u)" = 0 ] || return 0
	! others_run "the dashboard on a terminal" || return 0
	mkdir "$dir/live"
	(cd "$dir/live" && "$pty" --live "$ns" "$load" 2>&1)
	head -n 1 "$dir/live/did.json" >"$dir/load.json"
	"$ns" report --json -i "$dir"/live/nestscope-*.nsr -o "$dir/report.json"
	same "what w wrote of a VM" "$dir/report.json"
	if [ "$(grep -c '"text": "mark 1"' "$dir/report.json")" = 1 ]; then
		ok "and the mark"
	else
		not_ok "and the mark" "it is not in the report"
	fi
	cp "$dir/live/did-hangup.json" "$dir/load.json"
	"$ns" report --json -i "$dir/live/hangup.nsr" -o "$dir/report.json"
	same "record without its terminal" "$dir/report.json"
	if grep -q '"warning": null' "$dir/report.json"; then
		ok "its recording is whole"
	else
		not_ok "its recording is whole" "$(grep '"warning"' "$dir/report.json")"
	fi
}

# A recorder has no privileges left when CMD starts; CMD has its own.
privileges() {
	[ -e /dev/kvm ] && [ "$(id -u)" = 0 ] || return 0
	"$ns" record -e mmio -o "$dir/p.nsr" -- sh -c 'sed -n s/^CapEff://p /proc/$PPID/status /proc/$$/status; sleep 1.2
		"$0" --iterations 1000' "$load" >"$dir/caps" 2>"$dir/err"
	tail -n 1 "$dir/caps" >"$dir/load.json"
	"$ns" report --json -i "$dir/p.nsr" -o "$dir/report.json"
	if [ "$(sed -n '1s/[[:space:]]*//p' "$dir/caps")" = 0000000000000000 ] &&
		[ "$(sed -n '2s/[[:space:]]*//p' "$dir/caps")" != 0000000000000000 ] &&
		[ -z "$(compare "$dir/report.json" 2>&1)" ]; then
		ok "record gives up its privileges, and CMD does not"
	else
		not_ok "record gives up its privileges" "$(head -n 2 "$dir/caps" | tr '\n' ' ') $(tail -n 1 "$dir/err")"
	fi
}

# with CAPS COMMAND...: as nobody, with these capabilities
with() {
	setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps="$1" --ambient-caps="$1" "${@:2}"
}

# Root is not needed where KVM is built in; what is missing is named, and nothing else.
capabilities() {
	if [ ! -e /dev/kvm ] || [ "$(id -u)" != 0 ] || ! command -v setpriv >/dev/null || [ -e /sys/kernel/btf/kvm ]; then
		skip "capabilities instead of root" "needs root, setpriv, and KVM built into the kernel"
		return
	fi
	local caps missing out rc
	chmod 755 "$dir"
	install -m 755 "$ns" "$dir/nestscope"
	for caps in -all:"CAP_BPF CAP_PERFMON" +bpf:CAP_PERFMON +perfmon:CAP_BPF; do
		missing=${caps#*:}
		out=$(with "${caps%%:*}" "$dir/nestscope" stat -d 0.2 2>&1)
		rc=$?
		if [ $rc = 4 ] && [[ $out == *": $missing missing;"* ]]; then
			ok "without root: $missing is missing"
		else
			not_ok "without root: $missing is missing" "exit $rc: $out"
		fi
	done
	with +bpf,+perfmon "$dir/nestscope" stat --json -d 2 >"$dir/stat.json" 2>"$dir/err" &
	sleep 1
	"$load" --iterations 2000 >"$dir/load.json"
	wait $!
	same "stat with CAP_BPF and CAP_PERFMON alone" "$dir/stat.json"
}

# In flight: a file when asked, and one at the end.
flight() {
	[ -e /dev/kvm ] || return 0
	"$ns" record -e mmio --flight 60 -o "$dir/f.nsr" -- sh -c '"$0" --iterations 5000; kill -USR2 $PPID; sleep 0.7
		"$0" --iterations 5000' "$load" >"$dir/load.json" 2>"$dir/err"
	for f in f.nsr f.0001.nsr; do
		"$ns" report --json -i "$dir/$f" -o "$dir/$f.json" || true
	done
	python3 - "$dir" <<-'PY'
		import json, sys
		loads = [json.loads(l) for l in open(f"{sys.argv[1]}/load.json")]
		did = [sum(l["counts"].values()) for l in loads]
		def mine(f):
		    d = json.load(open(f"{sys.argv[1]}/{f}.json"))
		    vms = [v for v in d["vms"] if v["pid"] in [l["pid"] for l in loads]]
		    return sum(m["count"] for v in vms for m in v["metrics"].values() if m), d["ledger"]["lost"]
		first, last = mine("f.nsr"), mine("f.0001.nsr")
		ok = first == (did[0], 0) and last == (sum(did), 0)
		print(f"{'ok' if ok else 'not ok'} - native: in flight, a file on SIGUSR2 and one at the end"
		      + ("" if ok else f": did {did}, has and lost {first} {last}"))
	PY
}

# gates NAME CODE WORD COMMAND...: gate's exit status, and what it says
gates() {
	local name=$1 code=$2 word=$3 got
	shift 3
	"$ns" gate --baseline "$dir/live.json" "$@" >"$dir/out" 2>&1
	got=$?
	if [ $got = "$code" ] && grep -q -- "$word" "$dir/out"; then
		ok "gate, live: $name"
	else
		not_ok "gate, live: $name" "exit $got, not $code: $(tail -n 2 "$dir/out" | tr '\n' ' ')"
	fi
}

# The gate observes the runs itself; another VM's events would be theirs.
live_gate() {
	[ -e /dev/kvm ] || return 0
	! others_run "gate, live" || return 0
	gates "a baseline of 10 runs" 0 "live.json: 10 runs" --update -- "$load" --iterations 2000
	gates "the same again passes" 0 "ok  *[0-9]* metrics" -- "$load" --iterations 2000
	gates "5 % more accesses fail" 1 "FAIL   mmio.access.count  *2,000 -> 2,100" -- "$load" --iterations 2100
	gates "3 runs cannot tell" 3 "10 and 3 runs can show no difference" --runs 3 -- "$load" --iterations 2100
	gates "a run that fails is none" 2 "'false' ended with status 1" -- false
	"$ns" gate --baseline "$dir/live.json" -d 30 --runs 2 >"$dir/out" 2>&1 &
	sleep 1
	kill -TERM $! # a shell without job control lets 	kill -INT $! ignore SIGINT
	wait $!
	if [ $? = 2 ] && grep -q "interrupted in run 1" "$dir/out"; then
		ok "gate, live: an interruption is no verdict"
	else
		not_ok "gate, live: an interruption is no verdict" "$(tail -n 1 "$dir/out")"
	fi
}

# says NAME CODE WORDS... -- COMMAND: in a private mount namespace
says() {
	local name=$1 code=$2 words=() got out
	shift 2
	while [ "$1" != -- ]; do words+=("$1"); shift; done
	shift
	out=$(unshare -m sh -c "$*" 2>&1)
	got=$?
	if [ $got != "$code" ]; then
		not_ok "$name" "exit $got, not $code: $(echo "$out" | tail -n 1)"
		return
	fi
	for w in "${words[@]}"; do
		case $out in
		*"$w"*) ;;
		*) not_ok "$name" "does not say \"$w\": $(echo "$out" | tail -n 1)"; return ;;
		esac
	done
	ok "$name"
}

lacking() {
	if [ "$(id -u)" != 0 ] || ! unshare -m true 2>/dev/null; then
		skip "machines that lack something" "needs root and mount namespaces"
		return
	fi
	local no_btf='mount -t tmpfs none /sys/kernel/btf'
	local no_kvm='mkdir '$dir'/dev && mount -t tmpfs none '$dir'/dev && mknod '$dir'/dev/null c 1 3 && mount --bind '$dir'/dev /dev'
	local no_tracefs='umount -l /sys/kernel/tracing 2>/dev/null; mount -t tmpfs none /sys/kernel/tracing'

	says "stat without BTF" 5 /sys/kernel/btf/vmlinux CONFIG_DEBUG_INFO_BTF -- "$no_btf && $ns stat -- true"
	says "record without BTF" 5 /sys/kernel/btf/vmlinux -- "$no_btf && $ns record -o $dir/x.nsr -- true"
	says "doctor without BTF" 5 BTF CONFIG_DEBUG_INFO_BTF -- "$no_btf && $ns doctor"
	says "stat without KVM" 5 /dev/kvm modprobe -- "$no_kvm && $ns stat -- true"
	rmdir "$dir/dev" 2>/dev/null
	says "doctor without KVM" 5 /dev/kvm modprobe -- "$no_kvm && $ns doctor"
	if [ -e /dev/kvm ]; then
		says "doctor without tracefs" 0 "mount -t tracefs" -- "$no_tracefs && $ns doctor"
		says "stat without tracefs" 0 "lost 0" -- "$no_tracefs && $ns stat -- true"
		says "doctor says what is off, and why" 0 "not in this kernel" -- "$ns doctor"
	fi
}

# The dashboard's frames of a VM that runs; and doctor says what cannot be seen without the hardware's help.
frames() {
	local vm
	[ -e /dev/kvm ] && "$load" --iterations 1 >/dev/null 2>&1 || return 0
	"$load" --iterations 1000000000 >/dev/null 2>&1 &
	vm=$!
	"$ns" top --batch -n 3 >"$dir/top" 2>&1
	kill $vm
	wait $vm 2>/dev/null
	if grep -q "kvmload($vm)" "$dir/top" && grep -Eq 'MMIO (write )?[0-9.]*[1-9][0-9.]*[kM]?/s' "$dir/top"; then
		ok "top shows a VM that runs"
	else
		not_ok "top shows a VM that runs" "$(tail -n 24 "$dir/top" | tr '\n' '|')"
	fi
	[ "$(uname -m)" = x86_64 ] && ! grep -Eqw 'svm|vmx' /proc/cpuinfo || return 0
	if [ "$("$ns" doctor | grep -c 'does without SVM and VMX')" -ge 5 ]; then
		ok "doctor says what needs SVM or VMX"
	else
		not_ok "doctor says what needs SVM or VMX" "it does not"
	fi
}

# The programs for SVM and VMX pass this kernel's verifier, though nothing fires here.
hardware() {
	[ "$(uname -m)" = x86_64 ] && [ -e /dev/kvm ] && [ "$(id -u)" = 0 ] && unshare -m true 2>/dev/null || return 0
	sed 's/^flags[[:space:]]*: /&svm /' /proc/cpuinfo >"$dir/cpuinfo"
	unshare -m sh -c "mount --bind $dir/cpuinfo /proc/cpuinfo && $ns doctor" >"$dir/doctor" 2>&1
	# what a kernel may lack: fentry, and a sight of the vCPU that runs
	for e in s2.fault s2.l1fault s2.page mmio.abort mmio.cache el2.eret el2.exc el2.exit; do
		grep -Eq "^ $e +tracepoint .* (ok|partial +not seen: (write-protection as a cause|vCPU \(.*))\$" \
			"$dir/doctor" || break
		e=
	done
	if [ -z "$e" ]; then ok "the programs for SVM and VMX can be loaded"; else
		not_ok "the programs for SVM and VMX can be loaded" "$(grep " $e " "$dir/doctor")"
	fi
}

counts
frames
hardware
losses
privileges
capabilities
flight
live
live_gate
lacking
