# SPDX-License-Identifier: MIT
# QEMU of a newer Debian suite, run by path with its own loader and libraries.
# Output: root/, bin/qemu-system-aarch64, bin/qemu-img.
# shellcheck shell=bash source=steps/packages.sh
source "$BOARD/steps/packages.sh"

extract_root "$NEWER" root qemu-system-arm qemu-utils

mkdir bin
wrapper() {
  cat >"bin/$1" <<TEXT
#!/bin/sh
root=\$(dirname "\$(dirname "\$(readlink -f "\$0")")")/root
export QEMU_MODULE_DIR="\$root/usr/lib/x86_64-linux-gnu/qemu"
exec "\$root/usr/lib64/ld-linux-x86-64.so.2" --library-path "\$root/usr/lib/x86_64-linux-gnu" "\$root/usr/bin/$1" $2 "\$@"
TEXT
  chmod 755 "bin/$1"
}
# shellcheck disable=SC2016 # the wrapper expands
wrapper qemu-system-aarch64 '-L "$root/usr/share/qemu"'
wrapper qemu-img ''

bin/qemu-system-aarch64 --version
bin/qemu-img --version
