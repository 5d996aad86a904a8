# SPDX-License-Identifier: MIT
# Firmware of an ordinary arm64 machine, without a secure world: EDK II with ACPI. Output: QEMU_EFI.fd.
# shellcheck shell=bash source=steps/packages.sh
source "$BOARD/steps/packages.sh"

unpack_packages "$STABLE" arm64 unpacked qemu-efi-aarch64
mv unpacked/usr/share/qemu-efi-aarch64/QEMU_EFI.fd .
rm -rf unpacked
