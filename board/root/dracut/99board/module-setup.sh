#!/bin/bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2154 # dracut sets moddir
# dracut module of the board: what its own initramfs does beside mounting the root (board/root/init).
check() { return 255; }

depends() { echo dracut-systemd rootfs-block; }

install() {
    inst_multiple chroot umount
    inst_hook pre-pivot 50 "$moddir/payload.sh"
}

# The TPM's port to the emulator's TPM, and the disks.
installkernel() { hostonly='' instmods virtio_blk virtio_console virtio_pci ext4; }
