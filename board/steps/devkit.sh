# SPDX-License-Identifier: MIT
# Debian's TA development kit and the TAs that Debian ships with it (pkcs11 and others, which xtest wants).
# Output: export-ta_arm64/, with the TAs in its ta/ directory.
# shellcheck shell=bash source=steps/packages.sh
source "$BOARD/steps/packages.sh"

unpack_packages "$UNSTABLE" arm64 unpacked optee-os-dev
kit=unpacked/usr/lib/optee-os-dev/vexpress-qemu_armv8a
[[ -f $kit/mk/ta_dev_kit.mk && -d $kit/ta ]] || stop "optee-os-dev no longer has the layout this step knows."
mv "$kit" export-ta_arm64
rm -rf unpacked
