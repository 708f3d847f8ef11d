# SPDX-License-Identifier: GPL-2.0-or-later
# kernel.sh: kernels for the lab, built or fetched once, kept by their content:
# $NS_CACHE/kernel/NAME-KEY/{Image,config,System.map}, and where KVM is in modules
# modules/NUMBER-NAME.ko, in the order to load them.  With everything in the cache
# nothing is asked of the network; LAB_UPDATE=1 looks for newer packages.
#
# Kernels of one configuration are built in one tree, each where the one before
# left off: what differs is compiled again, a minute's work instead of six.

. "$LAB_DIR/lib/arch.sh"
KERNEL_CONFIG=$LAB_TOP/kernel-patch/config

# The tree the lab has anyway, named: nothing to build anew for.
[ ! "${KSRC:-}" -ef "$NS_CACHE/src/linux-source-7.3" ] || unset KSRC

# kernel_path NAME: make sure the kernel is there; prints the path of its Image.
kernel_path() {
	local c=$KERNEL_CONFIG lab=$KERNEL_CONFIG/arm64-lab.config nv=$KERNEL_CONFIG/arm64-series.config p
	arch_set "$(arch_of "$1")"
	mapfile -t p < <(kernel_series)
	case $1 in
	stock) kernel_build "$1" arm64 "$lab" -- ;;
	patched) kernel_build "$1" arm64 "$lab" "$nv" -- "${p[@]}" ;;
	# the series so far: up to the patch of that number
	patched-[0-9][0-9][0-9][0-9])
		mapfile -t p < <(kernel_series "${1#patched-}")
		[[ ${p[-1]} == */"${1#patched-}"-* ]] || { echo "lab: the series has no patch ${1#patched-}" >&2; return 1; }
		kernel_build "$1" arm64 "$lab" "$nv" -- "${p[@]}"
		;;
	# for the soak: options that find what is wrong, and an MMIO cache that is wrong
	debug) kernel_build "$1" arm64-debug "$lab" "$nv" "$c/arm64-debug.config" -- "${p[@]}" ;;
	broken) kernel_build "$1" arm64 "$lab" "$nv" -- "${p[@]}" "$LAB_DIR"/broken/*.patch ;;
	# for the gate's own test: 200 instructions more per fault
	slow-fault) kernel_build "$1" arm64 "$lab" -- "$LAB_TOP/tests/gate/slow-fault.patch" ;;
	# other sizes of the IPA space; 52 bits need a CPU with lpa2=on
	stock-40) kernel_build "$1" arm64 "$lab" -- "$LAB_DIR/ipa40.patch" ;;
	patched-40) kernel_build "$1" arm64 "$lab" "$nv" -- "${p[@]}" "$LAB_DIR/ipa40.patch" ;;
	stock-52) kernel_build "$1" arm64-52 "$lab" "$c/arm64-52bit.config" -- ;;
	patched-52) kernel_build "$1" arm64-52 "$lab" "$nv" "$c/arm64-52bit.config" -- "${p[@]}" ;;
	debian-7.3 | debian-7.2) kernel_debian "$1" trixie-backports \
		"^linux-binary(-unsigned)?-${1#debian-}\..*cloud-arm64\$" ;;
	debian-6.12) kernel_debian "$1" trixie '^linux-image-6\.12\..*cloud-arm64$' ;;
	x86-stock) kernel_build "$1" x86 "$c/x86-lab.config" -- ;;
	x86-patched) kernel_build "$1" x86 "$c/x86-lab.config" -- "${p[@]}" ;;
	x86-modules) kernel_build "$1" x86 "$c/x86-lab.config" "$c/x86-modules.config" -- ;;
	x86-debian-7.3) kernel_debian "$1" trixie-backports '^linux-binary(-unsigned)?-7\.3\..*cloud-amd64$' ;;
	x86-debian-6.12) kernel_debian "$1" trixie '^linux-image-6\.12\..*cloud-amd64$' ;;
	x86-debian-6.1) kernel_debian "$1" bookworm '^linux-image-6\.1\..*cloud-amd64$' ;;
	*)
		echo "lab: no kernel '$1'; see lab --help, or give the path of an Image" >&2
		return 1
		;;
	esac
}

# kernel_series [LAST]: our series (kernel-patch/), a path each line, up to number
# LAST; the cover letter is none of it.
kernel_series() {
	find "$LAB_TOP/kernel-patch" -maxdepth 1 -name '0*.patch' ! -name '0000-*' | LC_ALL=C sort |
		sed "${1:+/\\/$1-/q}"
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

# kernel_key SRC FILE...: a name for what would be built from them.
kernel_key() {
	local src=$1
	shift
	{
		sed -n 's/^\(VERSION\|PATCHLEVEL\|SUBLEVEL\|EXTRAVERSION\) = *//p' "$src/Makefile"
		"${CROSS_COMPILE:-$(arch_cross)}gcc" -dumpfullversion
		cat "$@"
	} | sha256sum | cut -c 1-12
}

# kernel_build NAME TREE FRAGMENT... -- [PATCH...]: allnoconfig with the fragments,
# from Linux 7.3 with the patches.
kernel_build() {
	local name=$1 tree=$2 fragments=() src key out line
	shift 2
	while [ "$1" != -- ]; do
		fragments+=("$1")
		shift
	done
	shift
	src=$(kernel_source) || return 1
	key=$(kernel_key "$src" "${fragments[@]}" "$@") || return 1
	out=$NS_CACHE/kernel/$name-$key
	if [ -e "$out/Image" ] && [ -z "${KSRC:-}" ]; then
		echo "$out/Image"
		return
	fi
	for line in flex bison bc pahole patch "$(arch_cross)gcc"; do
		command -v "$line" >/dev/null || {
			echo "lab: building a kernel needs $line; run 'make setup'" >&2
			return 1
		}
	done
	mkdir -p "$NS_CACHE/build/$tree" "$out"
	(
		flock 9
		kernel_tree "$src" "$NS_CACHE/build/$tree-src" "$@" &&
			cat "${fragments[@]}" >"$NS_CACHE/build/$tree.fragment" &&
			kernel_make "$name" "$NS_CACHE/build/$tree" "$out"
	) 9>"$NS_CACHE/build/$tree.lock" || return 1
	echo "$out/Image"
}

# kernel_make NAME BUILD OUT: configure with BUILD.fragment, build in BUILD from
# BUILD-src, put the result in OUT.
kernel_make() {
	local name=$1 build=$2 out=$3 log=$2.log cc missing
	cc=$(arch_cross)gcc
	! command -v ccache >/dev/null || cc="ccache $cc"
	# MAKEFLAGS of a make we run under would confuse kbuild
	local make=(env -u MAKEFLAGS -u MFLAGS make -C "$build-src" "O=$build" "ARCH=$ARCH_KBUILD"
		"CROSS_COMPILE=$(arch_cross)" "CC=$cc" KBUILD_BUILD_TIMESTAMP=2026-01-01 KBUILD_BUILD_VERSION=1
		KBUILD_BUILD_USER=nestscope KBUILD_BUILD_HOST=lab "-j${LAB_JOBS:-$(nproc)}")
	echo "lab: building kernel $name (minutes; log in $log)" >&2
	"${make[@]}" "KCONFIG_ALLCONFIG=$build.fragment" allnoconfig >"$log" 2>&1 &&
		missing=$(tac "$build.fragment" | awk -F= '/^CONFIG/ && !seen[$1]++ && $2 ~ /^[ym]$/' |
			grep -vxFf "$build/.config" || :) &&
		{ [ -z "$missing" ] || echo "lab: not in the configuration: $missing" | tee -a "$log" >&2; } &&
		"${make[@]}" "$ARCH_TARGET" >>"$log" 2>&1 &&
		{ ! grep -q '^CONFIG_KVM=m' "$build/.config" || kernel_make_modules "$out" "${make[@]}" >>"$log" 2>&1; } || {
		grep -m 5 -E 'error|\*\*\*' "$log" >&2 || tail -n 5 "$log" >&2
		echo "lab: kernel $name does not build; see $log" >&2
		return 1
	}
	cp "$log" "$out/build.log"
	cp "$build/.config" "$out/config"
	cp "$build/System.map" "$out/"
	cp "$build/$ARCH_BOOT" "$out/Image.new"
	mv "$out/Image.new" "$out/Image"
}

# kernel_make_modules OUT MAKE...: build the modules and keep those of KVM.
kernel_make_modules() {
	local out=$1 tmp status=0
	shift
	tmp=$(mktemp -d)
	# stripped of all but BTF: the debug information is a hundred times the rest
	"$@" modules && "$@" "INSTALL_MOD_PATH=$tmp" INSTALL_MOD_STRIP=1 modules_install &&
		kernel_modules "$tmp/lib/modules" "$out/modules" || status=1
	rm -rf "$tmp"
	return $status
}

# kernel_modules DIR OUT: kvm-amd of DIR/VERSION and what it needs, plain, in OUT,
# numbered in the order of loading.
kernel_modules() {
	local root version order f n=10
	version=$(find "$1" -mindepth 1 -maxdepth 1 -printf '%f\n' | head -n 1)
	# depmod wants DIR/lib/modules/VERSION
	root=$(mktemp -d)
	mkdir -p "$root/lib/modules" "$2"
	cp -a "$1/$version" "$root/lib/modules/" &&
		touch "$root/lib/modules/$version"/modules.{order,builtin,builtin.modinfo} &&
		depmod -b "$root" "$version" &&
		order=$(modprobe -d "$root" -S "$version" --show-depends kvm-amd | awk '$1 == "insmod" { print $2 }') &&
		[ -n "$order" ] || { rm -rf "$root"; return 1; }
	for f in $order; do
		n=$((n + 1))
		case $f in
		*.xz) xz -dc "$f" >"$2/$n-$(basename "$f" .xz)" ;;
		*.zst) zstd -qdc "$f" >"$2/$n-$(basename "$f" .zst)" ;;
		*) cp "$f" "$2/$n-$(basename "$f")" ;;
		esac
	done
	rm -rf "$root"
}

# kernel_tree SRC COPY PATCH...: make COPY what SRC is with the patches. Files
# that are right already are left alone, so that make does not compile them again.
kernel_tree() {
	local src=$1 copy=$2 tmp f want
	shift 2
	tmp=$(mktemp -d "$copy.XXXX")
	want="$src $(sed -n 's/^\(VERSION\|PATCHLEVEL\|SUBLEVEL\) = *//p' "$src/Makefile" | tr '\n' .)"
	if [ "$(cat "$copy/.lab-source" 2>/dev/null)" != "$want" ] || [ -n "${KSRC:-}" ]; then
		[ ! -e "$copy/.lab-patched" ] || cp "$copy/.lab-patched" "$tmp/old"
		rm -rf "$copy"
		cp -al "$src" "$copy"
		echo "$want" >"$copy/.lab-source"
		# what was patched is newer in the objects than it is here
		while IFS= read -r f; do
			rm -f "$copy/$f"
			[ ! -e "$src/$f" ] || cp "$src/$f" "$copy/$f"
		done < <(cat "$tmp/old" 2>/dev/null)
	fi
	touch "$copy/.lab-patched"
	cat /dev/null "$@" | sed -n 's,^+++ b/\([^\t]*\).*,\1,p' | sort -u >"$tmp/files"
	mkdir "$tmp/t"
	while IFS= read -r f; do
		mkdir -p "$tmp/t/${f%/*}"
		[ ! -e "$src/$f" ] || cp "$src/$f" "$tmp/t/$f"
	done <"$tmp/files"
	for f in "$@"; do
		patch -d "$tmp/t" -p1 -s --no-backup-if-mismatch <"$f" >&2 || {
			echo "lab: $f does not apply to $src" >&2
			rm -rf "$tmp"
			return 1
		}
	done
	while IFS= read -r f; do
		want=$tmp/t/$f
		[ -e "$want" ] || want=$src/$f
		cmp -s "$want" "$copy/$f" || {
			# not through the link into SRC
			rm -f "$copy/$f"
			[ ! -e "$want" ] || cp "$want" "$copy/$f"
		}
	done < <(sort -u "$tmp/files" "$copy/.lab-patched")
	mv "$tmp/files" "$copy/.lab-patched"
	rm -rf "$tmp"
}

# kernel_debian NAME SUITE REGEX: the newest of Debian's kernels that match.
kernel_debian() {
	local name=$1 suite=$2 regex=$3 have conf pkg also=() tmp out
	have=$(find "$NS_CACHE/kernel" -path "*/$name-*/Image" 2>/dev/null | sort -V | tail -n 1)
	if [ -n "$have" ] && [ -z "${LAB_UPDATE:-}" ]; then
		echo "$have"
		return
	fi
	conf=$(apt_private "$ARCH_DEB" "$suite") || return 1
	pkg=$(apt_pick "$conf" "$regex")
	[ -n "$pkg" ] || { echo "lab: $suite has no package like $regex" >&2; return 1; }
	out=$NS_CACHE/kernel/$name-$(echo "$pkg" | sed 's/^[^0-9]*//; s/-cloud.*//')
	if [ ! -e "$out/Image" ]; then
		echo "lab: fetching $pkg" >&2
		tmp=$(mktemp -d)
		# arm64's KVM is built in, x86's are modules, which 7.x has in a package of its own
		[[ $ARCH_NAME != x86 || $pkg != linux-binary* ]] || also=("linux-modules-$(sed 's/^[^0-9]*//' <<<"$pkg")")
		apt_unpack "$conf" "$tmp" "$pkg" "${also[@]}" && mkdir -p "$out" &&
			{ [ "$ARCH_NAME" != x86 ] || kernel_modules "$(find "$tmp" -path '*/lib/modules' | head -n 1)" "$out/modules"; } &&
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
