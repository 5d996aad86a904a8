#!/bin/sh
# SPDX-License-Identifier: MIT
# Mounts the payload disk and lets it prepare the boot, in the new root.
mount -t ext4 -o ro LABEL=payload /sysroot/opt/board || exit 0
for tree in proc sys dev run; do mount --rbind "/$tree" "/sysroot/$tree"; done
# What makes encrypted volumes; the root has only what unlocks them.
mkdir -p /run/board/cryptsetup
cp /usr/sbin/cryptsetup /usr/lib/*/libpopt.so.0 /run/board/cryptsetup/
chroot /sysroot /opt/board/prepare || echo "board-init: /opt/board/prepare failed" >/dev/kmsg
# systemd moves its own there.
for tree in run dev sys proc; do umount --recursive "/sysroot/$tree"; done
