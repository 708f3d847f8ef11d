# SPDX-License-Identifier: GPL-2.0-or-later
# bash completion of nestscope: the program itself says what could come next.
_nestscope() {
	local line cur=${COMP_WORDS[COMP_CWORD]} words

	# bash splits words at "=", the program does not
	words=("${COMP_WORDS[@]:1:COMP_CWORD}")
	if [[ $cur == "=" ]]; then
		cur=
		words[-1]=
	elif [[ ${COMP_WORDS[COMP_CWORD - 1]} == "=" ]]; then
		unset "words[-2]"
		words=("${words[@]}")
	fi
	COMPREPLY=()
	while IFS= read -r line; do
		case $line in
		:file)
			compopt -o filenames
			mapfile -t COMPREPLY < <(compgen -f -- "$cur")
			;;
		:command)
			mapfile -t COMPREPLY < <(compgen -c -- "$cur" | sort -u)
			;;
		*) COMPREPLY+=("${line%%$'\t'*}") ;;
		esac
	done < <("${COMP_WORDS[0]}" help complete "${words[@]}" 2>/dev/null)
}
complete -F _nestscope nestscope
