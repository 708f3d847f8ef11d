# SPDX-License-Identifier: GPL-2.0-or-later
# kernel.sh: kernels for the lab, built or fetched once, kept by their content:
# $NS_CACHE/kernel/NAME-KEY/{Image,config,System.map}.  With everything in the
# cache nothing is asked of the network; LAB_UPDATE=1 looks for newer packages.

KERNEL_FRAGMENT=$LAB_TOP/kernel-patch/config/arm64-lab.config

# kernel_path NAME: make sure the kernel is there; prints the path of its Image.
kernel_path() {
	case $1 in
	stock) kernel_stock ;;
	patched) kernel_series ;;
	debian-7.3 | debian-7.2) kernel_debian "$1" trixie-backports \
		"^linux-binary(-unsigned)?-${1#debian-}\..*cloud-arm64\$" ;;
	debian-6.12) kernel_debian "$1" trixie '^linux-image-6\.12\..*cloud-arm64$' ;;
	*)
		echo "lab: no kernel '$1'; there are stock, patched, debian-7.3, debian-7.2, debian-6.12, or give the path of an Image" >&2
		return 1
		;;
	esac
}

# kernel_source: print the directory of Debian's Linux 7.3 source, fetching it once.
kernel_source() {
	local dir=$NS_CACHE/src/linux-source-7.3 tmp conf
	if [ -n "${KSRC:-}" ]; then
		[ -e "$KSRC/Kconfig" ] || { echo "lab: KSRC=$KSRC is not a kernel source" >&2; return 1; }
		echo "$KSRC"
		return
	fi
	if [ ! -e "$dir/Kconfig" ]; then
		conf=$(apt_private "$(dpkg --print-architecture)" trixie-backports) || return 1
		mkdir -p "$NS_CACHE/src"
		tmp=$(mktemp -d "$NS_CACHE/src/new.XXXX")
		apt_unpack "$conf" "$tmp" linux-source-7.3 &&
			tar -C "$tmp" -xf "$tmp"/usr/src/linux-source-7.3.tar.xz &&
			rm -rf "$dir" && mv "$tmp/linux-source-7.3" "$dir" || { rm -rf "$tmp"; return 1; }
		rm -rf "$tmp"
	fi
	echo "$dir"
}

kernel_stock() {
	local src
	src=$(kernel_source) && kernel_build stock "$src" "$KERNEL_FRAGMENT"
}

# kernel_key SRC FILE...: a name for what would be built from them.
kernel_key() {
	local src=$1
	shift
	{
		sed -n 's/^\(VERSION\|PATCHLEVEL\|SUBLEVEL\|EXTRAVERSION\) = *//p' "$src/Makefile"
		"${CROSS_COMPILE:-$(kernel_cross)}gcc" -dumpfullversion
		cat "$@"
	} | sha256sum | cut -c 1-12
}

# Our series (kernel-patch/) on top of it, in the same configuration.
kernel_series() {
	local src
	src=$(kernel_source) && kernel_build patched "$src" "$KERNEL_FRAGMENT" \
		"$LAB_TOP"/kernel-patch/000[1-9]-*.patch "$LAB_TOP"/kernel-patch/00[1-9][0-9]-*.patch
}

kernel_cross() {
	[ "$(uname -m)" = aarch64 ] || echo aarch64-linux-gnu-
}

# kernel_build NAME SRC FRAGMENT [PATCH...]: allnoconfig with FRAGMENT from SRC,
# with the patches applied to a copy; builds go on where the last one stopped.
kernel_build() {
	local name=$1 src=$2 fragment=$3 key out build log cc=gcc missing line
	shift 3
	key=$(kernel_key "$src" "$fragment" "$@") || return 1
	out=$NS_CACHE/kernel/$name-$key
	if [ -e "$out/Image" ] && [ -z "${KSRC:-}" ]; then
		echo "$out/Image"
		return
	fi
	for line in flex bison bc pahole "$(kernel_cross)gcc"; do
		command -v "$line" >/dev/null || {
			echo "lab: building a kernel needs $line; run 'make setup'" >&2
			return 1
		}
	done
	build=$NS_CACHE/build/arm64-$name
	log=$build.log
	mkdir -p "$build" "$out"
	if [ $# -gt 0 ]; then
		kernel_patched "$src" "$build-src" "$@" || return 1
		src=$build-src
	fi
	cc=$(kernel_cross)gcc
	! command -v ccache >/dev/null || cc="ccache $cc"
	local make=(make -C "$src" "O=$build" ARCH=arm64 "CROSS_COMPILE=$(kernel_cross)" "CC=$cc"
		KBUILD_BUILD_TIMESTAMP=2026-01-01 KBUILD_BUILD_USER=nestscope KBUILD_BUILD_HOST=lab)
	echo "lab: building kernel $name (minutes; log in $log)" >&2
	: >"$log"
	# MAKEFLAGS of a make we run under would confuse kbuild
	cp "$build/.config" "$build/.config.was" 2>/dev/null || :
	env -u MAKEFLAGS -u MFLAGS "${make[@]}" "KCONFIG_ALLCONFIG=$fragment" allnoconfig >>"$log" 2>&1 &&
		missing=$(grep '^CONFIG.*=y' "$fragment" | grep -vxFf "$build/.config" || :) &&
		{ [ -z "$missing" ] || echo "lab: not in the configuration: $missing" | tee -a "$log" >&2; } &&
		env -u MAKEFLAGS -u MFLAGS "${make[@]}" -j"$(nproc)" Image >>"$log" 2>&1 || {
		grep -m 5 -E 'error|\*\*\*' "$log" >&2 || tail -n 5 "$log" >&2
		echo "lab: kernel $name does not build; see $log" >&2
		return 1
	}
	cp "$build/.config" "$out/config"
	cp "$build/System.map" "$out/"
	cp "$build/arch/arm64/boot/Image" "$out/Image.new"
	mv "$out/Image.new" "$out/Image"
	echo "$out/Image"
}

# kernel_patched SRC COPY PATCH...: a copy (hard links) with the patches in.
kernel_patched() {
	local src=$1 copy=$2 p
	shift 2
	rm -rf "$copy"
	cp -al "$src" "$copy"
	for p in "$@"; do
		patch -d "$copy" -p1 -s --no-backup-if-mismatch <"$p" >&2 || {
			echo "lab: $p does not apply to $src" >&2
			return 1
		}
	done
}

# kernel_debian NAME SUITE REGEX: the newest of Debian's kernels that match.
kernel_debian() {
	local name=$1 suite=$2 regex=$3 have conf pkg tmp out
	have=$(find "$NS_CACHE/kernel" -path "*/$name-*/Image" 2>/dev/null | sort -V | tail -n 1)
	if [ -n "$have" ] && [ -z "${LAB_UPDATE:-}" ]; then
		echo "$have"
		return
	fi
	conf=$(apt_private arm64 "$suite") || return 1
	pkg=$(apt_pick "$conf" "$regex")
	[ -n "$pkg" ] || { echo "lab: $suite has no package like $regex" >&2; return 1; }
	out=$NS_CACHE/kernel/$name-$(echo "$pkg" | sed 's/^[^0-9]*//; s/-cloud.*//')
	if [ ! -e "$out/Image" ]; then
		echo "lab: fetching $pkg" >&2
		tmp=$(mktemp -d)
		apt_unpack "$conf" "$tmp" "$pkg" && mkdir -p "$out" &&
			kernel_unpack "$(find "$tmp" -name 'vmlinuz*' -type f | head -n 1)" "$out/Image.new" || {
			echo "lab: no usable kernel in $pkg" >&2
			rm -rf "$tmp"
			return 1
		}
		find "$tmp" -path '*/boot/config-*' -exec cp {} "$out/config" \;
		# some packages hold a one-line stand-in
		find "$tmp" -path '*/boot/System.map-*' -size +8k -exec cp {} "$out/System.map" \;
		mv "$out/Image.new" "$out/Image"
		rm -rf "$tmp"
	fi
	echo "$out/Image"
}

# le32 FILE OFFSET: a little-endian word.
le32() {
	od -A n -t u4 -j "$2" -N 4 --endian=little "$1" | tr -d ' '
}

# kernel_unpack VMLINUZ OUT: a plain Image from an Image, a gzip or an EFI zboot.
kernel_unpack() {
	local from=$1 to=$2 tool=cat
	[ -s "$from" ] || return 1
	case $(od -A n -t x1 -N 8 "$from" | tr -d ' \n') in
	4d5a00007a696d67) # "MZ", "zimg": header of the EFI zboot format
		tool=$(tail -c +25 "$from" | head -c 32 | tr -d '\0')
		tail -c +$(($(le32 "$from" 8) + 1)) "$from" | head -c "$(le32 "$from" 12)" |
			"$tool" -dc >"$to" 2>/dev/null || [ -s "$to" ]
		return
		;;
	1f8b*) tool='gzip -dc' ;;
	esac
	$tool <"$from" >"$to"
}
