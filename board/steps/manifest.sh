# SPDX-License-Identifier: MIT
# The list of artefacts, NAME=absolute path. Sourced by board/build.
# shellcheck shell=bash

manifest_lines() {
  local variant
  printf 'QEMU=%s\n' "${STEP_DIR[qemu]}/bin/qemu-system-aarch64"
  printf 'QEMU_IMG=%s\n' "${STEP_DIR[qemu]}/bin/qemu-img"
  for variant in stock before before_restart after after_supp rpmb; do
    printf 'FLASH_%s=%s\n' "$variant" "${STEP_DIR[flash-$variant]}/flash.img"
  done
  printf 'UEFI=%s\n' "${STEP_DIR[uefi]}/QEMU_EFI.fd"
  printf 'KERNEL=%s\n' "${STEP_DIR[kernel]}/Image"
  printf 'MODULES=%s\n' "${STEP_DIR[kernel]}/lib/modules"
  printf 'INITRD=%s\n' "${STEP_DIR[initrd]}/initrd.cpio.gz"
  printf 'INITRD_dracut=%s\n' "${STEP_DIR[initrd-dracut]}/initrd.cpio"
  printf 'INITRD_initramfs_tools=%s\n' "${STEP_DIR[initrd-initramfs]}/initrd.cpio"
  printf 'ROOT=%s\n' "${STEP_DIR[image]}/root.img"
  printf 'ROOT_FORMAT=%s\n' raw
  printf 'TOOLS_ROOT=%s\n' "${STEP_DIR[tools]}/root"
  printf 'CROSS=%s\n' "${STEP_DIR[tools]}/bin/aarch64-linux-gnu-"
  printf 'TA_DEVKIT=%s\n' "${STEP_DIR[devkit]}/export-ta_arm64"
  printf 'SURVIVOR=%s\n' "${STEP_DIR[survivor]}/board-survivor"
  printf 'BOARD_BINARIES=%s\n' "${STEP_DIR[binaries]}/out"
}

# Writes the file under a name made from its content and prints its path.
write_manifest() {
  local text key path
  text=$(manifest_lines)
  key=$(sha256sum <<<"$text" | cut -c1-16)
  path=$CACHE/board/manifest-$key
  if [[ ! -f $path ]]; then
    printf '%s\n' "$text" >"$path.$$"
    mv "$path.$$" "$path"
  fi
  printf '%s\n' "$path"
}
