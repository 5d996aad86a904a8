#!/bin/bash
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2154 # dracut sets moddir, initdir and systemdsystemunitdir
# dracut module of the board: what its own initramfs does beside mounting the root (board/root/init).
check() { return 255; }

# The measuring units come with dracut's own modules. They are idle unless the kernel's command line says
# SYSTEMD_FORCE_MEASURE=1.
depends() { echo dracut-systemd rootfs-block systemd-pcrphase tpm2-tss systemd-cryptsetup; }

install() {
    inst_multiple chroot umount
    # dracut's own module leaves it out where systemd unlocks volumes.
    inst_multiple cryptsetup
    # Debian's supplicant and what its unit on the board calls.
    inst_multiple /usr/lib/board/tee-supplicant cp ln mkdir readlink grep seq sleep tr sed tail
    inst_hook pre-pivot 50 "$moddir/payload.sh"

    # dracut 106 leaves this one out, and newer ones have it (modules.d/73tpm2-tss).
    inst_multiple /usr/lib/systemd/systemd-tpm2-setup "$systemdsystemunitdir/systemd-tpm2-setup-early.service"
    mkdir -p "$initdir$systemdsystemunitdir/sysinit.target.wants"
    ln -sf ../systemd-tpm2-setup-early.service "$initdir$systemdsystemunitdir/sysinit.target.wants/"
    "$moddir/measure" "$systemdsystemunitdir" "$initdir/etc/systemd/system"
}

# The TPM's port to the emulator's TPM, and the disks.
installkernel() { hostonly='' instmods virtio_blk virtio_console virtio_pci ext4; }
