# SPDX-License-Identifier: MIT
# The cross compiler and what the firmware's build systems call, from Debian stable, for use through bin/enter.
# Output: root/, bin/enter, bin/aarch64-linux-gnu-* (wrappers that run the tools through enter).
# shellcheck shell=bash source=steps/packages.sh
source "$BOARD/steps/packages.sh"

extract_root "$STABLE" root \
  bash bc bison bzip2 coreutils cpio device-tree-compiler diffutils file findutils flex gawk gcc \
  gcc-aarch64-linux-gnu grep gzip hostname kmod libc6-dev libc6-dev-arm64-cross libelf-dev libssl-dev make \
  mount openssl patch perl-base python3 python3-cryptography python3-pyelftools sed tar util-linux xz-utils

# Links that maintainer scripts would make; the packages are unpacked only.
ln -sf bash root/usr/bin/sh
ln -sf gawk root/usr/bin/awk

mkdir bin
install -m 755 "$BOARD/steps/enter" bin/enter
for tool in root/usr/bin/aarch64-linux-gnu-*; do
  name=$(basename "$tool")
  # shellcheck disable=SC2016 # the wrapper expands
  printf '#!/bin/sh\nexec "$(dirname "$(readlink -f "$0")")/enter" %s "$@"\n' "$name" >"bin/$name"
  chmod 755 "bin/$name"
done
bin/enter aarch64-linux-gnu-gcc --version
bin/enter python3 -c 'import cryptography, elftools'
