# SPDX-License-Identifier: MIT
# What must be true of the machine before anything is built. Sourced by board/build.
# shellcheck shell=bash

NEEDED_MIB=3072 # a build from nothing reached 2240 MiB; the rest is room for newer packages

check_machine() {
  [[ $(uname -s) == Linux && $(uname -m) == x86_64 ]] ||
    fail "the board is built on x86-64 Linux; this is $(uname -s) on $(uname -m)."
  ((EUID == 0)) || fail "root is needed to make the arm64 root file system; run it with sudo."
  [[ -r /etc/os-release ]] || fail "/etc/os-release is missing; the board is built on Debian."
  [[ $(. /etc/os-release && printf '%s' "${ID:-}") == debian ]] ||
    fail "the board is built on Debian, from Debian's own packages; /etc/os-release names another system."
  command -v apt-get >/dev/null || fail "apt-get is missing; the board is built on Debian, from Debian packages."
}

wanted_packages() { sed -e 's/#.*//' -e '/^[[:space:]]*$/d' "$BOARD/../eng/packages"; }

missing_packages() {
  local package
  for package in $(wanted_packages); do
    if [[ $(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) != installed ]]; then
      printf '%s ' "$package"
    fi
  done
}

install_packages() {
  local missing
  missing=$(missing_packages)
  [[ -n $missing ]] || return 0
  say "Installing: $missing"
  {
    apt-get update
    # shellcheck disable=SC2086 # package names are separate words
    DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends $missing
  } >&2 || fail "apt-get could not install: $missing"
}

check_packages() {
  local missing
  missing=$(missing_packages)
  [[ -z $missing ]] || fail "these packages are missing: ${missing}(run board/build --install)"
  unshare --mount --pid --fork --mount-proc --propagation private true 2>/dev/null ||
    fail "this machine does not allow mount and process namespaces (a container without CAP_SYS_ADMIN?); the build needs them."
}

free_mib() { df --output=avail --block-size=1M "$CACHE/board" | tail -n 1 | tr -d ' '; }

check_space() {
  local free
  free=$(free_mib)
  ((free >= NEEDED_MIB)) ||
    fail "$CACHE has $free MiB free, the build needs $NEEDED_MIB MiB; free some space or set TPMREADY_CACHE."
}
