# SPDX-License-Identifier: GPL-2.0-or-later
# apt.sh: fetch Debian packages of any suite and architecture without touching
# the machine's own apt configuration.
#
# The mirror, and the keyring, are taken from the sources the machine already
# has; no host is named here.  Lists live in a private directory in the cache,
# so "apt-get update" of the machine is never disturbed.  Source this file.

NS_CACHE=${NS_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/nestscope}

# apt_mirror: print the base URI of the machine's main Debian archive.
apt_mirror() {
	apt-get indextargets --format '$(CREATED_BY) $(ORIGIN) $(COMPONENT) $(REPO_URI)' 2>/dev/null |
		awk '$1 == "Packages" && $2 == "Debian" && $3 == "main" && $4 !~ /security/ { print $4; exit }'
}

# apt_codename: bookworm, trixie, ...
apt_codename() {
	(. /etc/os-release && echo "${VERSION_CODENAME:?}")
}

# apt_private ARCH SUITE...: write a private apt configuration and update its
# lists (at most once a day); prints the path of the configuration file.
apt_private() {
	local arch=$1 dir mirror keyring suite
	shift
	mirror=$(apt_mirror)
	if [ -z "$mirror" ]; then
		echo "apt: no Debian archive in this machine's sources; run apt-get update, or add one" >&2
		return 1
	fi
	dir=$NS_CACHE/apt/$arch-$(echo "$@" | tr ' ' '_')
	mkdir -p "$dir/lists/partial" "$dir/archives/partial" "$dir/parts"
	keyring=/usr/share/keyrings/debian-archive-keyring.gpg
	: >"$dir/sources.list"
	for suite in "$@"; do
		echo "deb [arch=$arch signed-by=$keyring] $mirror $suite main" >>"$dir/sources.list"
	done
	cat >"$dir/apt.conf" <<-CONF
		APT::Architecture "$arch";
		APT::Architectures { "$arch"; };
		Dir::Etc::SourceList "$dir/sources.list";
		Dir::Etc::SourceParts "$dir/parts";
		Dir::State::Lists "$dir/lists";
		Dir::Cache::Archives "$dir/archives";
		Dir::Cache::pkgcache "";
		Dir::Cache::srcpkgcache "";
		Dir::State::status "/dev/null";
		APT::Sandbox::User "root";
	CONF
	# A bare "-c" would be read before, not after, the machine's own files.
	(
		flock 9
		[ -n "$(find "$dir/stamp" -mtime -1 2>/dev/null)" ] && exit 0
		APT_CONFIG=$dir/apt.conf apt-get update -q >"$dir/update.log" 2>&1 && touch "$dir/stamp"
	) 9>"$dir/lock" || {
		echo "apt: cannot read the lists of $* ($arch) from the machine's mirror; see $dir/update.log" >&2
		return 1
	}
	echo "$dir/apt.conf"
}

# apt_pick CONF REGEX: the newest package whose name matches (version sort).
apt_pick() {
	APT_CONFIG=$1 apt-cache --names-only search "$2" | awk '{ print $1 }' | sort -V | tail -n 1
}

# apt_unpack CONF DIR PACKAGE...: download packages and unpack them below DIR.
apt_unpack() {
	local conf=$1 dest=$2 deb tmp
	shift 2
	tmp=$(mktemp -d)
	mkdir -p "$dest"
	(cd "$tmp" && APT_CONFIG=$conf apt-get download -q "$@" >log 2>&1) || {
		echo "apt: cannot download $*:" >&2
		tail -n 3 "$tmp/log" >&2
		rm -rf "$tmp"
		return 1
	}
	for deb in "$tmp"/*.deb; do
		dpkg-deb -x "$deb" "$dest" || { rm -rf "$tmp"; return 1; }
	done
	rm -rf "$tmp"
}
