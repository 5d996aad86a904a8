# SPDX-License-Identifier: MIT
# bash completion for tpmready: commands and options come from its own help, so that they cannot differ from it.
_tpmready() {
  local current=${COMP_WORDS[COMP_CWORD]} command=${COMP_WORDS[1]}
  if [[ $current == -* ]]; then
    local -a asked=("${COMP_WORDS[0]}")
    ((COMP_CWORD > 1)) && [[ $command != -* ]] && asked+=("$command")
    mapfile -t COMPREPLY < <(compgen -W "$("${asked[@]}" --help 2>&1 | grep -oE -- '--[a-z-]+' | sort -u)" -- "$current")
  elif ((COMP_CWORD == 1)); then
    mapfile -t COMPREPLY < <(compgen -W "$("${COMP_WORDS[0]}" --help 2>&1 |
      sed -n '/^Commands:/,$s/^  \([a-z][a-z-]*\).*/\1/p')" -- "$current")
  else
    mapfile -t COMPREPLY < <(compgen -f -- "$current")
  fi
}
complete -F _tpmready tpmready
