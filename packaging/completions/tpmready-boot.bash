# SPDX-License-Identifier: MIT
# bash completion for the roles of tpmready-boot that people call by hand.
_tpmready_gate() {
  mapfile -t COMPREPLY < <(compgen -W '--timeout= --help' -- "${COMP_WORDS[COMP_CWORD]}")
}
_tpmready_driver() {
  mapfile -t COMPREPLY < <(compgen -W 'bind unbind hand-over --if-failed --timeout= --help' -- "${COMP_WORDS[COMP_CWORD]}")
}
complete -o nospace -F _tpmready_gate tpmready-gate
complete -o nospace -F _tpmready_driver tpmready-driver
