# SPDX-License-Identifier: GPL-2.0-or-later
# run.sh: boot QEMU, let the guest do its work, take the results out.

# exit codes of our own; everything below them is the command's
LAB_E_USAGE=64 LAB_E_KERNEL=90 LAB_E_TIMEOUT=91 LAB_E_RESULT=92 LAB_E_SETUP=93

# qemu_arm64 DIR, qemu_x86 DIR: set MACHINE to the options that are the machine's and
# CMDLINE to the kernel's; the second serial port is a file in DIR.
qemu_arm64() {
	local machine=virt,virtualization=on,gic-version=3,dtb-randomness=off
	local cpu=${LAB_CPU:-max,pauth=off,sve=off,sme=off,lpa2=off} second=file:$1/result.bin more=()
	# with firmware the second port is its own
	if [ "$OPT_RMM" = 1 ]; then
		machine=$machine,secure=on cpu=$cpu,x-rme=on second=file:$1/rmm.log
		more=(-bios "$LAB_TOP/build/lab/rmm/fw.bin")
	fi
	MACHINE=(-M "$machine" -cpu "$cpu" -serial "$second" "${more[@]}")
	CMDLINE="console=ttyAMA0 rdinit=/init kvm-arm.mode=nested"
}

qemu_x86() {
	MACHINE=(-M q35 -cpu "${LAB_CPU:-max}" -accel tcg -serial "file:$1/result.bin")
	# a busy host: the kernel must not judge its timers by how often they came
	CMDLINE="console=ttyS0 rdinit=/init tsc=reliable no_timer_check"
}

# qemu_command IMAGE INITRD DIR APPEND: set QEMU to the command line; the console
# is QEMU's stdio, DIR/result.bin the second serial port.  INITRD may be empty.
qemu_command() {
	local MACHINE CMDLINE more=()
	"qemu_$ARCH_NAME" "$3"
	[ -z "$2" ] || more+=(-initrd "$2")
	# one instruction is one nanosecond, and idling costs nothing
	[ "$OPT_ICOUNT" = 0 ] || more+=(-icount "shift=0,sleep=off" -seed 1)
	QEMU=("$ARCH_QEMU"
		-smp "$OPT_CPUS" -m 1024 -no-reboot
		-display none -monitor none -nic none
		-chardev "stdio,id=c,signal=off" -serial chardev:c "${MACHINE[@]}"
		-kernel "$1" "${more[@]}"
		-append "$CMDLINE loglevel=4 panic=-1 $4")
}

# boot DIR: run QEMU to its end; the terminal goes to the guest if asked for.
boot() {
	local status=0 saved
	if [ "$OPT_INTERACTIVE" = 0 ]; then
		timeout "$OPT_TIMEOUT" "${QEMU[@]}" </dev/null >"$1/console.log" 2>&1 || status=$?
	elif [ ! -t 0 ]; then
		timeout --foreground "$OPT_TIMEOUT" "${QEMU[@]}" || status=$?
	else
		saved=$(stty -g)
		# shellcheck disable=SC2064
		trap "stty $saved" EXIT
		stty raw -echo
		timeout --foreground "$OPT_TIMEOUT" "${QEMU[@]}" || status=$?
		stty "$saved"
		trap - EXIT
	fi
	return $status
}

# console_result DIR: take the guest's result out of the console's log, where it is
# when the firmware has the second port.
console_result() {
	local dir=$1 log=$1/console.log at head size end
	at=$(grep -abo -m 1 'nestscope-lab [0-9]*$' "$log") || return 0
	head=${at#*:} at=${at%%:*}
	size=${head#nestscope-lab }
	end=$((at + ${#head} + 1 + size + 18))
	tail -c +$((at + 1)) "$log" | head -c $((end - at)) >"$dir/result.bin"
	{ head -c "$at" "$log"; tail -c +$((end + 1)) "$log"; } >"$log.new" && mv "$log.new" "$log"
}

# take_result DIR: unpack result.bin, which must be whole.
take_result() {
	local dir=$1 size head
	head=$(head -n 1 "$dir/result.bin" 2>/dev/null | tr -d '\0')
	size=${head#nestscope-lab }
	case $size in
	'' | *[!0-9]*) return 1 ;;
	esac
	[ "$(tail -c 18 "$dir/result.bin")" = nestscope-lab-end ] || return 1
	tail -c +$((${#head} + 2)) "$dir/result.bin" | head -c "$size" >"$dir/out.tar"
	[ "$(stat -c %s "$dir/out.tar")" = "$size" ] || return 1
	tar -C "$dir" -xf "$dir/out.tar" || return 1
	rm "$dir/out.tar" "$dir/result.bin"
}

# kernel_trouble FILE...: print the first line that says the kernel is not well.
kernel_trouble() {
	cat "$@" 2>/dev/null | grep -a -m 1 -E \
		'Kernel panic|Unable to handle|Internal error|Oops|WARNING:|BUG:|rcu: INFO: .*stall'
}

# run_guest IMAGE DIR: the whole run; the guest's orders are in DIR/.lab
run_guest() {
	local image=$1 dir=$2 initrd=$2/.initrd status=0 trouble append=$OPT_APPEND size
	initramfs_cached || return $LAB_E_SETUP
	[ "$OPT_RMM" = 0 ] || firmware_made || return $LAB_E_SETUP
	cp "$INITRAMFS" "$initrd"
	[ ! -d "${image%/*}/modules" ] || cp -r "${image%/*}/modules" "$dir/.lab/lab/"
	# a second archive after the first: this run's orders, this kernel's modules
	pack "$dir/.lab" >>"$initrd"
	# with two CPUs runs are alike, not equal
	[ "$OPT_ICOUNT$OPT_CPUS" != 11 ] || append="$append lab.clock=icount"
	if [ "$OPT_INTERACTIVE" = 1 ]; then
		append="$append lab.term=${TERM:-linux}"
		size=$(stty size 2>/dev/null) || size=''
		[ -z "$size" ] || append="$append lab.rows=${size% *} lab.cols=${size#* }"
	fi
	qemu_command "$image" "$initrd" "$dir" "$append"
	boot "$dir" || status=$?
	rm -rf "$initrd" "$dir/.lab"
	[ "$OPT_RMM" = 0 ] || console_result "$dir"
	if [ "$status" = 124 ]; then
		echo "lab: the guest did not end within $OPT_TIMEOUT s; see $dir/console.log, or give a longer --timeout" >&2
		return $LAB_E_TIMEOUT
	fi
	trouble=$(kernel_trouble "$dir/console.log") && {
		echo "lab: the guest's kernel is in trouble: $trouble; see $dir/console.log" >&2
		return $LAB_E_KERNEL
	}
	take_result "$dir" || {
		echo "lab: no whole result came out of the guest (QEMU's status $status); see $dir/console.log" >&2
		return $LAB_E_RESULT
	}
	trouble=$(kernel_trouble "$dir/dmesg") && {
		echo "lab: the guest's kernel is in trouble: $trouble; see $dir/dmesg" >&2
		return $LAB_E_KERNEL
	}
	return 0
}
