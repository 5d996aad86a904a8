# SPDX-License-Identifier: MIT
# Trusted Firmware-A from Debian's source package, which starts OP-TEE and then a Linux kernel at a fixed address.
# Output: bl1.bin, bl2.bin, bl31.bin, fiptool, fiptool-libraries.
# shellcheck shell=bash source=steps/packages.sh
source "$BOARD/steps/packages.sh"

unpack_source "$STABLE" arm-trusted-firmware source

"$IN_TOOLS/bin/enter" make --silent --directory=source --jobs="$(nproc)" CROSS_COMPILE=aarch64-linux-gnu- \
  PLAT=qemu SPD=opteed QEMU_USE_GIC_DRIVER=QEMU_GICV3 BL32_RAM_LOCATION=tdram \
  ARM_LINUX_KERNEL_AS_BL33=1 PRELOADED_BL33_BASE=0x44000000 E=0 DEBUG=0 \
  bl1 bl2 bl31 fiptool

mv source/build/qemu/release/bl{1,2,31}.bin source/tools/fiptool/fiptool .
rm -rf source
