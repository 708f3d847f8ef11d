# SPDX-License-Identifier: GPL-2.0-or-later
# initramfs.sh: the guest's file system, as an uncompressed cpio archive (to
# unpack would cost the emulated guest more than to read).

# tools_sysroot: print where Debian's busybox lies, fetching it once.
tools_sysroot() {
	local dir=$NS_CACHE/tools-$ARCH_DEB conf
	if [ ! -e "$dir/.complete" ]; then
		conf=$(apt_private "$ARCH_DEB" bookworm) || return 1
		rm -rf "$dir"
		apt_unpack "$conf" "$dir" busybox-static || return 1
		touch "$dir/.complete"
	fi
	echo "$dir"
}

# initramfs OUT FILE...: the base archive; FILEs go to /bin, what is in a directory to /.
initramfs() {
	local out=$1 root t dir
	shift
	t=$(tools_sysroot) || return 1
	root=$(mktemp -d)
	mkdir -p "$root/bin" "$root/usr/bin" "$root/lab" "$root/usr/lib/locale" \
		"$root/usr/share/terminfo"
	cp "$LAB_DIR/guest/init" "$root/init"
	cp "$LAB_DIR/guest/$ARCH_NAME"/* "$root/bin/"
	cp "$t/bin/busybox" "$root/bin/busybox" 2>/dev/null || cp "$t/usr/bin/busybox" "$root/bin/"
	ln -s busybox "$root/bin/sh"
	cp "$ARCH_PROGRAMS/vmm" "$root/bin/vmm"
	for f in "$@"; do
		if [ -d "$f" ]; then
			cp -a "$f/." "$root/"
		else
			cp -L "$f" "$root/bin/"
		fi || { rm -rf "$root"; return 1; }
	done
	for t in linux vt100 vt220 xterm xterm-256color screen tmux-256color; do
		for dir in /usr/share/terminfo /lib/terminfo; do
			[ -e "$dir/${t%"${t#?}"}/$t" ] || continue
			mkdir -p "$root/usr/share/terminfo/${t%"${t#?}"}"
			cp -L "$dir/${t%"${t#?}"}/$t" "$root/usr/share/terminfo/${t%"${t#?}"}/"
			break
		done
	done
	if [ -e /usr/lib/locale/C.utf8/LC_CTYPE ]; then
		mkdir -p "$root/usr/lib/locale/C.utf8"
		cp /usr/lib/locale/C.utf8/LC_CTYPE "$root/usr/lib/locale/C.utf8/"
	fi
	pack "$root" >"$out.$$" || { rm -rf "$root" "$out.$$"; return 1; }
	mv "$out.$$" "$out"
	rm -rf "$root"
}

# pack DIR: a cpio archive of it on stdout, the same for the same files.
pack() {
	(cd "$1" && find . -exec touch -h -d @0 {} + && find . -print0 | LC_ALL=C sort -z |
		cpio --quiet -0 -o -H newc -R 0:0 --reproducible)
}

# qemu_tree DIR: this machine's own QEMU for x86, with its libraries and firmware, to
# be added to the guest of an x86 lab on an x86 machine.
qemu_tree() {
	local qemu=/usr/bin/qemu-system-x86_64 f
	[ -x "$qemu" ] || { echo "lab: no $qemu; run 'make setup'" >&2; return 1; }
	for f in "$qemu" $(ldd "$qemu" | grep -o '/[^ ]*') /usr/share/seabios/bios-256k.bin \
		/usr/share/qemu/{kvmvapic,linuxboot,linuxboot_dma}.bin; do
		[ -e "$f" ] || { echo "lab: QEMU needs $f, which is not there" >&2; return 1; }
		mkdir -p "$1${f%/*}"
		cp -L "$f" "$1$f"
	done
}
