# SPDX-License-Identifier: MIT
# The board's own programs: the fTPM stand-in, the storage probe, the supplicant plug-in, the agent.
# Output: out/early/*.elf, out/ta/*.ta, out/plugin/*.plugin, out/bin/*.
# shellcheck shell=bash

"$IN_TOOLS/bin/enter" make --directory="$BOARD" --file=Makefile.binaries --jobs="$(nproc)" \
  TA_DEV_KIT_DIR="$IN_DEVKIT/export-ta_arm64" CROSS_COMPILE=aarch64-linux-gnu- O="$PWD/out"
