# SPDX-License-Identifier: GPL-2.0-or-later
# pages.sh: man pages and completion, which come from the tables of commands,
# options and events.  Sourced by cli.sh, whose functions it uses.

# ---- the man pages ----
man=${BASH_SOURCE%/*}/../../man
mkdir "$dir/man"
cp "$man/nestscope.1" "$dir/man"
"${BASH_SOURCE%/*}/../../tui/man-pages" "$ns" "$dir/man" 2>"$dir/err"
diff -r "$man" "$dir/man" >"$dir/out"
result man-pages-are-up-to-date $? # if not: make man, and look at the difference
if command -v groff >/dev/null; then
	for page in "$man"/*.1; do
		groff -man -Tascii -ww "$page" >/dev/null 2>"$dir/err"
		[ ! -s "$dir/err" ]
		result "man-page-formats-${page##*/}" $?
	done
else
	skip man-page-formats "groff is not installed"
fi

# ---- completion: the program's half ----
offers() { # NAME EXPECTED WORD...: the candidates, or ":file"
	local name=$1 expected=$2
	shift 2
	"$ns" help complete "$@" | cut -f 1 | paste -sd ' ' >"$dir/out" 2>"$dir/err"
	[ "$(cat "$dir/out")" = "$expected" ]
	result "complete-$name" $?
}
offers command "stat" st
offers option "--events" stat --ev
offers list "s2,at.op" record -e s2,at.
offers equals "--cause=cold,evict" record --cause=cold,ev
offers screen "tlbi" top --screen t
offers rule "at-par" check --rule at-p
offers file ":file" report -i x
offers files ":file" diff a
offers cmd ":command" stat -d 1 -- l
offers nothing "" stat -d 1
offers help "report" help repo
# every option of every command is offered, and no other
for c in $("$ns" help complete "" | cut -f 1 | grep -vx help); do
	"$ns" help "$c" | grep -oE '^  (-., |    )--[a-z-]+' | grep -oE -- '--[a-z-]+' | sort >"$dir/err"
	"$ns" help complete "$c" -- | cut -f 1 | grep -vx -- --help | sort | diff "$dir/err" - >"$dir/out"
	result "complete-options-of-$c" $?
done

# ---- and bash's ----
bash_complete() { # NAME EXPECTED WORD...: COMPREPLY, as bash would fill it
	local name=$1 expected=$2
	shift 2
	(
		. "${BASH_SOURCE%/*}/../../tui/completion/nestscope.bash"
		compopt() { :; }
		COMP_WORDS=("$ns" "$@")
		COMP_CWORD=$#
		_nestscope
		echo "${COMPREPLY[*]}"
	) >"$dir/out" 2>"$dir/err"
	[ "$(cat "$dir/out")" = "$expected" ]
	result "bash-$name" $?
}
bash_complete command "record report" re
bash_complete after-equals "evict" record --cause = ev
touch "$dir/only-this.nsr"
bash_complete file "$dir/only-this.nsr" report -i "$dir/only-"
bash_complete cmd "sha256sum" stat -- sha256su
