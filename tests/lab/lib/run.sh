# SPDX-License-Identifier: GPL-2.0-or-later
# run.sh: boot QEMU, let the guest do its work, take the results out.

# exit codes of our own; everything below them is the command's
LAB_E_USAGE=64 LAB_E_KERNEL=90 LAB_E_TIMEOUT=91 LAB_E_RESULT=92 LAB_E_SETUP=93

# qemu IMAGE INITRD DIR APPEND: boot; the console is QEMU's stdio.
qemu() {
	local image=$1 initrd=$2 dir=$3 append=$4 icount=()
	[ "$OPT_ICOUNT" = 0 ] || icount=(-icount shift=0,sleep=off -seed 1)
	qemu-system-aarch64 \
		-M virt,virtualization=on,gic-version=3,dtb-randomness=off \
		-cpu max,pauth=off,sve=off,sme=off,lpa2=off -smp "$OPT_CPUS" -m 1024 -no-reboot \
		"${icount[@]}" -display none -monitor none \
		-chardev stdio,id=c,signal=off -serial chardev:c -serial "file:$dir/result.bin" \
		-kernel "$image" -initrd "$initrd" \
		-append "console=ttyAMA0 rdinit=/init kvm-arm.mode=nested loglevel=4 panic=-1 $append"
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
	local image=$1 dir=$2 initrd=$2/.initrd status=0 trouble append=$OPT_APPEND
	initramfs_cached || return $LAB_E_SETUP
	cp "$INITRAMFS" "$initrd"
	# a second archive after the first: only this run's orders
	pack "$dir/.lab" >>"$initrd"
	if [ "$OPT_INTERACTIVE" = 1 ] && [ -t 0 ]; then
		local saved size
		saved=$(stty -g)
		size=$(stty size)
		append="$append lab.rows=${size% *} lab.cols=${size#* } lab.term=${TERM:-linux}"
		# shellcheck disable=SC2064
		trap "stty $saved" EXIT
		stty raw -echo
		timeout --foreground "$OPT_TIMEOUT" \
			bash -c "$(declare -f qemu); $(declare -p OPT_ICOUNT OPT_CPUS); qemu \"\$@\"" \
			qemu "$image" "$initrd" "$dir" "$append" || status=$?
		stty "$saved"
		trap - EXIT
	elif [ "$OPT_INTERACTIVE" = 1 ]; then
		append="$append lab.term=${TERM:-linux}"
		timeout --foreground "$OPT_TIMEOUT" \
			bash -c "$(declare -f qemu); $(declare -p OPT_ICOUNT OPT_CPUS); qemu \"\$@\"" \
			qemu "$image" "$initrd" "$dir" "$append" || status=$?
	else
		timeout "$OPT_TIMEOUT" \
			bash -c "$(declare -f qemu); $(declare -p OPT_ICOUNT OPT_CPUS); qemu \"\$@\"" \
			qemu "$image" "$initrd" "$dir" "$append" \
			</dev/null >"$dir/console.log" 2>&1 || status=$?
	fi
	rm -rf "$initrd" "$dir/.lab"
	if [ "$status" = 124 ]; then
		echo "lab: the guest did not end within $OPT_TIMEOUT s; see $dir/console.log, or give --timeout" >&2
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
