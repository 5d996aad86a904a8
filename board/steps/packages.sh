# SPDX-License-Identifier: MIT
# Which Debian suites the board's parts come from, and how their packages are unpacked. Sourced by steps.
# shellcheck shell=bash
# shellcheck source=steps/debian.sh
source "$BOARD/steps/debian.sh"

# shellcheck disable=SC2034 # used by the steps
readonly STABLE=trixie   # toolchain, firmware, kernel, root file system
# shellcheck disable=SC2034
readonly NEWER=forky     # QEMU with an emulated eMMC that has an RPMB
# shellcheck disable=SC2034
readonly UNSTABLE=sid    # OP-TEE 4.10 and newer, its client and its tests

# unpack_packages SUITE ARCHITECTURE DIRECTORY PACKAGE...: downloads binary packages and unpacks them over each other.
unpack_packages() {
  local suite=$1 architecture=$2 directory=$3 archive
  shift 3
  mkdir -p "$directory" packages
  (cd packages && apt_of "$suite" "$architecture" apt-get download "$@")
  for archive in packages/*.deb; do
    dpkg-deb --extract "$archive" "$directory"
  done
  rm -rf packages
}

# unpack_source SUITE PACKAGE DIRECTORY: unpacks a source package with Debian's patches applied.
unpack_source() {
  apt_of "$1" amd64 apt-get source --only-source --download-only "$2"
  dpkg-source --extract "$2"_*.dsc "$3"
  rm -f "$2"_*
}

# extract_root SUITE DIRECTORY PACKAGE...: packages with all they depend on, unpacked for use by path, not configured.
extract_root() {
  local suite=$1 directory=$2
  shift 2
  local source
  source=$(source_line deb "$suite")
  transfer_settings >transfer.conf
  mmdebstrap --variant=extract --architectures=amd64 --aptopt="$PWD/transfer.conf" \
    --aptopt='APT::Install-Recommends "false"' --include="$(IFS=,; printf '%s' "$*")" \
    "$suite" "$directory" "$source"
  rm transfer.conf
  rm -rf "$directory"/{usr/share/{doc,man,locale,info,lintian,bug},etc/apt,var/lib/{apt,dpkg},var/cache}
}
