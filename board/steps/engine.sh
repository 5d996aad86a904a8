# SPDX-License-Identifier: MIT
# Steps with content keys: a step runs when no directory with its key exists, in a temporary directory that is renamed
# when it is complete. Sourced by board/build.
# shellcheck shell=bash

STEPS=()
declare -A STEP_SCRIPT=() STEP_TITLE=() STEP_DIR=() STEP_AFTER=() STEP_SETTINGS=() STEP_TMP=() STEP_PID=() STEP_SINCE=()
PARALLEL_STEPS=2 # downloads and package unpacking leave a core free most of the time
LOG_LINES_ON_FAILURE=30

say() { printf '%s\n' "$*" >&2; }
fail() {
  say "board/build: $*"
  exit 1
}

# step NAME SCRIPT TITLE INPUT...: plans one step; its key covers the script, the inputs and the keys of other steps.
step() {
  local name=$1 script=$2 title=$3 input other variable
  shift 3
  local -a files=("steps/$script") words=()
  STEP_AFTER[$name]='' STEP_SETTINGS[$name]=''
  for input in "$@"; do
    case $input in
      @*)
        other=${input#@} variable=${other%%=*} other=${other#*=}
        STEP_AFTER[$name]+=" $other"
        STEP_SETTINGS[$name]+="IN_${variable^^}=${STEP_DIR[$other]}"$'\n'
        words+=("$variable=$(basename "${STEP_DIR[$other]}")")
        ;;
      *=*)
        STEP_SETTINGS[$name]+="SET_${input%%=*}=${input#*=}"$'\n'
        words+=("$input")
        ;;
      *) files+=("$input") ;;
    esac
  done
  local key
  key=$({ printf '%s\n' "${words[@]}"; hash_files "${files[@]}"; } | sha256sum | cut -c1-16)
  STEPS+=("$name")
  STEP_SCRIPT[$name]=$BOARD/steps/$script
  STEP_TITLE[$name]=$title
  STEP_DIR[$name]=$CACHE/board/$name-$key
}

# Names, executable bits and contents of files below board/; missing ones are an error.
hash_files() {
  local path
  cd "$BOARD" || return
  for path in "$@"; do
    [[ -e $path ]] || fail "board/$path is missing from this checkout."
  done
  find -L "$@" -type f ! -name '*.md' -printf '%p\0' | LC_ALL=C sort -z | xargs -0 -r sha256sum
  find -L "$@" -type f ! -name '*.md' -perm -u+x -printf '%p\n' | LC_ALL=C sort
}

all_steps_built() {
  local name
  for name in "${STEPS[@]}"; do
    [[ -d ${STEP_DIR[$name]} ]] || return 1
  done
}

build_missing_steps() {
  exec {lock}>"$CACHE/board/lock"
  if ! flock --nonblock "$lock"; then
    say "Another build uses $CACHE; waiting for it to end."
    flock "$lock"
  fi
  # Under the lock nobody else has a temporary directory: what is there was left by a crash.
  rm -rf --one-file-system "$CACHE"/board/tmp-* || fail "the leftovers named above cannot be removed; remove them by hand."
  set -m # each step gets a process group of its own, so that all of it can be ended
  trap 'end_running_steps; exit 130' INT TERM HUP
  local name started=$SECONDS built=0
  say "Building the board into $CACHE; from nothing it takes several minutes, most of them for the root file system."
  while ! all_steps_built; do
    for name in "${STEPS[@]}"; do
      if ((${#STEP_PID[@]} < PARALLEL_STEPS)) && step_can_start "$name"; then
        start_step "$name"
      fi
    done
    wait_for_one_step
    built=$((built + 1))
  done
  trap - INT TERM HUP
  set +m
  say "board: $built steps built in $((SECONDS - started)) s"
  exec {lock}>&-
}

step_can_start() {
  local other
  [[ ! -d ${STEP_DIR[$1]} && ! -v STEP_PID[$1] ]] || return 1
  for other in ${STEP_AFTER[$1]}; do
    [[ -d ${STEP_DIR[$other]} ]] || return 1
  done
}

step_log() { printf '%s/board/log/%s.log' "$CACHE" "$(basename "${STEP_DIR[$1]}")"; }

start_step() {
  local name=$1 out
  out=$CACHE/board/tmp-$(basename "${STEP_DIR[$name]}")
  mkdir "$out"
  STEP_TMP[$name]=$out
  STEP_SINCE[$name]=$SECONDS
  # shellcheck disable=SC2086 # one setting a line
  (
    exec {lock}>&-
    exec </dev/null >"$(step_log "$name")" 2>&1
    cd "$out" || exit
    set -f
    IFS=$'\n'
    # In namespaces of its own: whatever ends the build, kill -9 included, the kernel ends all processes of the step and
    # drops its mounts, so that the next build, which gets the lock, meets nobody.
    exec env -u MAKEFLAGS OUT="$out" LC_ALL=C ${STEP_SETTINGS[$name]} nice setpriv --pdeathsig KILL \
      unshare --mount --pid --fork --kill-child --mount-proc --propagation private \
      bash -euo pipefail "${STEP_SCRIPT[$name]}"
  ) &
  STEP_PID[$name]=$!
}

# Returns when a step has ended, having shown meanwhile that something goes on.
wait_for_one_step() {
  local name shown=$SECONDS
  while :; do
    for name in "${!STEP_PID[@]}"; do
      if ! kill -0 "${STEP_PID[$name]}" 2>/dev/null; then
        finish_step "$name"
        return
      fi
    done
    sleep 0.2
    if [[ -t 2 ]]; then
      printf '\r\033[K%s' "$(running_steps)" >&2
    elif ((SECONDS - shown >= 20)); then
      shown=$SECONDS
      say "  ... $(running_steps)"
    fi
  done
}

running_steps() {
  local name line=''
  for name in "${!STEP_PID[@]}"; do
    line+="${line:+, }$name $((SECONDS - STEP_SINCE[$name])) s"
  done
  printf '%s' "$line"
}

finish_step() {
  local name=$1 status=0
  wait "${STEP_PID[$name]}" || status=$?
  unset "STEP_PID[$name]"
  [[ ! -t 2 ]] || printf '\r\033[K' >&2
  if ((status != 0)); then
    report_failure "$name" "$status"
  fi
  printf '%s\n' "$((SECONDS - STEP_SINCE[$name]))" >"${STEP_TMP[$name]}/seconds"
  # A rename may reach the disk before the data does: without this a power cut could leave a complete name, empty files.
  sync --file-system "${STEP_TMP[$name]}"
  mv --no-target-directory "${STEP_TMP[$name]}" "${STEP_DIR[$name]}"
  printf '  %-20s %-34s %4d s\n' "$name" "${STEP_TITLE[$name]}" "$((SECONDS - STEP_SINCE[$name]))" >&2
}

report_failure() {
  local name=$1 status=$2 log remedy free
  log=$(step_log "$name")
  free=$(free_mib) # before the clean-up gives space back; a full disk takes the end of the log, too
  end_running_steps
  say "Last lines of $log:"
  tail -n "$LOG_LINES_ON_FAILURE" "$log" >&2
  say ''
  if ((free < 16)) || grep -q 'No space left on device' "$log"; then
    remedy="the disk that holds $CACHE is full; free some space there"
  elif grep -qE 'Could not resolve|Temporary failure|Unable to connect|Connection (failed|refused|timed out)|Failed to fetch' "$log"; then
    remedy="a download failed; check the network and the machine's apt configuration"
  else
    remedy="see $log"
  fi
  fail "step '$name' failed (exit $status): $remedy, then run board/build again; finished steps are kept."
}

end_running_steps() {
  local name
  for name in "${!STEP_PID[@]}"; do
    kill -TERM -- "-${STEP_PID[$name]}" 2>/dev/null || true
  done
  for name in "${!STEP_PID[@]}"; do
    wait "${STEP_PID[$name]}" 2>/dev/null || true
  done
  STEP_PID=()
  # What cannot be removed yet, because a process is still on its way out, is removed by the next build.
  rm -rf --one-file-system "$CACHE"/board/tmp-* 2>/dev/null || true
}

print_plan() {
  local name
  for name in "${STEPS[@]}"; do
    if [[ -d ${STEP_DIR[$name]} ]]; then
      printf '%s\tbuilt in %s s\n' "${STEP_DIR[$name]}" "$(<"${STEP_DIR[$name]}/seconds")"
    else
      printf '%s\tmissing\n' "${STEP_DIR[$name]}"
    fi
  done
}

prune_steps() {
  local path name kept
  exec {lock}>"$CACHE/board/lock"
  flock "$lock"
  for path in "$CACHE"/board/*-????????????????; do
    kept=false
    for name in "${STEPS[@]}"; do
      [[ $path != "${STEP_DIR[$name]}" ]] || kept=true
    done
    if [[ -d $path ]] && ! $kept; then
      say "  removing $path"
      rm -rf --one-file-system "$path"
    fi
  done
  exec {lock}>&-
}
