# SPDX-License-Identifier: MIT
# Shared by ./run, ./test and ./publish: what this machine must have, and how long things take.
# shellcheck shell=bash

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cache=${TPMREADY_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/tpmready}
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1

# A cold build of the board unpacks three Debian suites and keeps the parts: measured with du, and rounded up.
cold_gibibytes=16
warm_gibibytes=4

# One sentence, and the end.
die() {
  printf '%s: %s\n' "${0##*/}" "$*" >&2
  exit 1
}

# step TEXT COMMAND…: runs a command, says what it does and how long it took; its output only when it fails.
step() {
  local text=$1 log started seconds
  shift
  log=$(mktemp)
  started=$SECONDS
  "$@" >"$log" 2>&1 &
  local job=$!
  while kill -0 "$job" 2>/dev/null; do
    sleep 0.2
    if [ -t 2 ]; then printf '\r  %-60s %4d s' "$text" $((SECONDS - started)) >&2; fi
  done
  if ! wait "$job"; then
    if [ -t 2 ]; then printf '\r' >&2; fi
    printf '  %-60s failed; it said:\n' "$text" >&2
    tail -n 40 "$log" >&2
    rm -f "$log"
    return 1
  fi
  seconds=$((SECONDS - started))
  if [ -t 2 ]; then printf '\r' >&2; fi
  printf '  %-60s %4d s\n' "$text" "$seconds" >&2
  rm -f "$log"
}

check_machine() {
  local machine wanted free needed
  machine=$(uname -m)
  [ "$machine" = x86_64 ] \
    || die "the emulated board is built with x86-64 tools, and this machine is $machine: use an x86-64 machine."
  command -v apt-get >/dev/null \
    || die "everything comes from Debian packages, and this machine has no apt-get: use Debian 12 or newer."
  [ "$(id -u)" = 0 ] \
    || die "installing packages and unpacking root file systems needs root: run it with sudo or as root."
  wanted=$(sed -n 's/.*"version": *"\([0-9]*\)\..*/\1/p' "$root/global.json")
  command -v dotnet >/dev/null && (cd "$root" && dotnet --version >/dev/null 2>&1) \
    || die "the .NET $wanted SDK is missing: install it (package dotnet-sdk-$wanted.0 of Microsoft's feed for Debian)."
  mkdir -p "$cache" || die "cannot create $cache: set TPMREADY_CACHE to a directory that can be written."
  needed=$cold_gibibytes
  if compgen -G "$cache/board/manifest-*" >/dev/null; then needed=$warm_gibibytes; fi
  free=$(($(stat -f -c '%a*%S' "$cache") / 1073741824))
  [ "$free" -ge "$needed" ] \
    || die "$cache has $free GiB free, and $needed GiB are needed: free some, or set TPMREADY_CACHE to a larger disk."
}

# missing_packages FILE…: the Debian packages that are named there and not installed.
missing_packages() {
  local package
  while read -r package; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q '^install ok installed' || printf '%s\n' "$package"
  done < <(sed 's/#.*//; /^[[:space:]]*$/d; s/[[:space:]]//g' "$@")
}

# install_packages [FILE…]: what eng/packages names, and the files that are given.
install_packages() {
  local missing
  mapfile -t missing < <(missing_packages "$root/eng/packages" "$@")
  if [ "${#missing[@]}" -eq 0 ]; then return; fi
  export DEBIAN_FRONTEND=noninteractive
  step "asking Debian's package lists" apt-get update -q || die "apt-get update failed: check this machine's apt sources."
  step "installing ${#missing[@]} Debian packages (eng/packages)" \
    apt-get install -y -q --no-install-recommends "${missing[@]}" \
    || die "apt-get could not install what eng/packages names: see its message above."
}

# prepare [FILE…]: the machine is fit, and has the packages of eng/packages and of these files.
prepare() {
  check_machine
  install_packages "$@"
}
