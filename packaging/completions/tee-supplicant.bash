# SPDX-License-Identifier: MIT
# bash completion for tee-supplicant: the options come from its own help, so that they cannot differ from it.
_tee_supplicant() {
  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
  # The equals sign is a word of its own.
  if [[ $previous == "=" ]]; then previous=${COMP_WORDS[COMP_CWORD - 2]}=; fi
  case $previous in
    -f | -p | --fs-parent-path | --plugin-path | --prof-dir) mapfile -t COMPREPLY < <(compgen -d -- "$current") ;;
    --handover) mapfile -t COMPREPLY < <(compgen -W 'auto on off' -- "$current") ;;
    --succeed) mapfile -t COMPREPLY < <(compgen -W "$(pidof tee-supplicant)" -- "$current") ;;
    --fs-sync) mapfile -t COMPREPLY < <(compgen -W 'commit strict' -- "$current") ;;
    --rpmb-emu=) mapfile -t COMPREPLY < <(compgen -f -- "$current") ;;
    -r | --rpmb-cid | --rpmb-cid=)
      mapfile -t COMPREPLY < <(compgen -W "$(cat /sys/class/mmc_host/mmc*/mmc*/cid 2>/dev/null)" -- "$current")
      ;;
    --allow-path | --record | --replay | --stats-file) mapfile -t COMPREPLY < <(compgen -f -- "$current") ;;
    --seccomp) mapfile -t COMPREPLY < <(compgen -W 'errno kill off' -- "$current") ;;
    --log-level) mapfile -t COMPREPLY < <(compgen -W 'critical error warning notice info debug' -- "$current") ;;
    --log-target) mapfile -t COMPREPLY < <(compgen -W 'stderr journal syslog kmsg' -- "$current") ;;
    *)
      if [[ $current == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$("${COMP_WORDS[0]}" --help 2>&1 | grep -oE -- '--[a-z-]+')" -- "$current")
      else
        mapfile -t COMPREPLY < <(compgen -G '/dev/teepriv*')
      fi
      ;;
  esac
}
complete -F _tee_supplicant tee-supplicant
