# SPDX-License-Identifier: MIT
# A client of the TPM for tests that put it into an initrd. Output: board-survivor, static.
# shellcheck shell=bash
"$IN_TOOLS/bin/aarch64-linux-gnu-gcc" -std=gnu11 -O2 -Wall -Wextra -Werror -static \
  -o board-survivor "$BOARD/survivor/main.c"
