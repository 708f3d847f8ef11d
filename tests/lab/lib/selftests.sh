# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# selftests.sh: the kernel's own KVM selftests, static, for the lab's guest; kept
# by their content like the kernels: $NS_CACHE/selftests/ARCH-KEY/NAME.

# selftests_built DIR/NAME...: build them from the series' tree, where DIR is arm64, x86
# or ".", for the chosen architecture; prints the directory.
selftests_built() {
	local src p key out build
	src=$(kernel_source) || return 1
	mapfile -t p < <(kernel_series)
	key=$(kernel_key "$src" "${p[@]}") || return 1
	out=$NS_CACHE/selftests/$ARCH_NAME-$key
	if [ ! -e "$out/.complete" ]; then
		build=$NS_CACHE/build/selftests-$ARCH_NAME
		mkdir -p "$build" "$out"
		echo "lab: building the kernel's selftests (log in $build.log)" >&2
		(
			flock 9
			kernel_tree "$src" "$build-src" "${p[@]}" && selftests_make "$build-src" "$build" "$out" "$@"
		) 9>"$build.lock" || {
			tail -n 5 "$build.log" >&2
			return 1
		}
		touch "$out/.complete"
	fi
	echo "$out"
}

# selftests_make SRC BUILD OUT DIR/NAME...
selftests_make() {
	local src=$1 build=$2 out=$3 make
	shift 3
	set -- "${@#./}"
	make=(env -u MAKEFLAGS -u MFLAGS make "ARCH=$ARCH_KBUILD" "CROSS_COMPILE=$(arch_cross)" "-j${LAB_JOBS:-$(nproc)}")
	"${make[@]}" -C "$src" "O=$build" "INSTALL_HDR_PATH=$build/usr" headers_install >"$build.log" 2>&1 &&
		"${make[@]}" -C "$src/tools/testing/selftests/kvm" "OUTPUT=$build" LDFLAGS=-static \
			"KHDR_INCLUDES=-isystem $build/usr/include" "${@/#/$build/}" >>"$build.log" 2>&1 &&
		cp "${@/#/$build/}" "$out/"
}
