# SPDX-License-Identifier: MIT
# One flash image: TF-A and OP-TEE, with one early TA or none.
# Settings: SET_ta, a file of the binaries' early/ directory, or unset; FTPM_TA replaces it. Output: flash.img (64 MiB).
# shellcheck shell=bash

FIP_OFFSET_KIB=256 # PLAT_QEMU_FIP_BASE of TF-A's plat/qemu: flash start + 0x40000
FLASH_MIB=64       # size of one flash bank of QEMU's "virt" machine

core=$IN_OPTEE/source/out/core
if [[ -n ${SET_ta:-} ]]; then
  # OP-TEE takes the TA's UUID from the file's name.
  uuid=bc50d971-d4c9-42c4-82cb-343fb7f37896
  cp "${FTPM_TA:-$IN_BINARIES/out/early/$SET_ta}" "$uuid.stripped.elf"
  cp -a "$IN_OPTEE/source" source
  CRYPTOGRAPHY_OPENSSL_NO_LEGACY=1 "$IN_TOOLS/bin/enter" ./source/link-core EARLY_TA_PATHS="$PWD/$uuid.stripped.elf"
  core=$PWD/source/out/core
  if cmp "$core/tee-pager_v2.bin" "$IN_OPTEE/source/out/core/tee-pager_v2.bin"; then
    echo "The early TA did not get into the image." >&2
    exit 1
  fi
fi

"$IN_TOOLS/bin/enter" "$IN_TFA/fiptool" create --tb-fw "$IN_TFA/bl2.bin" --soc-fw "$IN_TFA/bl31.bin" \
  --tos-fw "$core/tee-header_v2.bin" --tos-fw-extra1 "$core/tee-pager_v2.bin" \
  --tos-fw-extra2 "$core/tee-pageable_v2.bin" fip.bin

truncate --size="${FLASH_MIB}M" flash.img
dd if="$IN_TFA/bl1.bin" of=flash.img conv=notrunc status=none
dd if=fip.bin of=flash.img bs=1K seek="$FIP_OFFSET_KIB" conv=notrunc status=none
rm -rf source fip.bin ./*.elf
