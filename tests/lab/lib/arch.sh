# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034
# arch.sh: what differs between the lab's two machines.  A kernel's name says
# which one it is for: x86-... or, without that, arm64.

# arch_of KERNEL: of a name, or of the path of an Image in a directory with one.
arch_of() {
	local name=$1
	[[ $name != */* ]] || name=$(basename "$(dirname "$(readlink -f "$name")")")
	case $name in
	x86-*) echo x86 ;;
	*) echo arm64 ;;
	esac
}

# arch_set ARCH: set the ARCH_ variables.
arch_set() {
	ARCH_NAME=$1
	case $1 in
	arm64)
		ARCH_DEB=arm64 ARCH_GNU=aarch64 ARCH_KBUILD=arm64
		ARCH_TARGET=Image ARCH_BOOT=arch/arm64/boot/Image
		ARCH_QEMU=qemu-system-aarch64 ARCH_QEMU_PACKAGE=qemu-system-arm
		ARCH_PAYLOAD=payload ARCH_PROGRAMS=$LAB_TOP/build/lab
		ARCH_NESTSCOPE=$LAB_TOP/build/arm64/nestscope
		;;
	x86)
		ARCH_DEB=amd64 ARCH_GNU=x86_64 ARCH_KBUILD=x86_64
		ARCH_TARGET=bzImage ARCH_BOOT=arch/x86/boot/bzImage
		ARCH_QEMU=qemu-system-x86_64 ARCH_QEMU_PACKAGE=qemu-system-x86
		ARCH_PAYLOAD=x86 ARCH_PROGRAMS=$LAB_TOP/build/lab/x86
		ARCH_NESTSCOPE=$LAB_TOP/build/x86_64$([ "$(uname -m)" != x86_64 ] || echo -static)/nestscope
		;;
	*)
		echo "lab: no architecture '$1'; there are arm64 and x86" >&2
		return 1
		;;
	esac
}

# arch_cross: the prefix of the compiler for it; empty where none is needed.
arch_cross() {
	[ "$(uname -m)" = "$ARCH_GNU" ] || echo "$ARCH_GNU-linux-gnu-" | tr _ -
}
