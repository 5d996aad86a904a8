# SPDX-License-Identifier: MIT
# A small initramfs: busybox, the modules needed to reach the root disk, root/init. Output: initrd.cpio.gz.
# shellcheck shell=bash source=steps/packages.sh
source "$BOARD/steps/packages.sh"

unpack_packages "$STABLE" arm64 unpacked busybox-static
mkdir -p tree/bin tree/modules
install -m 755 unpacked/usr/bin/busybox tree/bin/busybox
install -m 755 "$BOARD/root/init" tree/init

# Dependencies first, each module once.
release=$(<"$IN_KERNEL/release")
for module in virtio_blk ext4; do
  modprobe --dirname "$IN_KERNEL" --set-version "$release" --show-depends --ignore-install "$module"
done | sed -n 's/^insmod \([^ ]*\).*/\1/p' | awk '!seen[$0]++' | while read -r path; do
  cp "$path" tree/modules/
  basename "$path" >>tree/modules/order
done
grep -qx virtio_blk.ko tree/modules/order || stop "modprobe named no virtio_blk module"

# The kernel opens /dev/console before init runs, so the archive has to hold it.
mkdir tree/dev
mknod -m 600 tree/dev/console c 5 1
(cd tree && find . -mindepth 1 | LC_ALL=C sort | cpio --quiet --create --format=newc --owner=0:0) | gzip -9 --no-name >initrd.cpio.gz
rm -rf unpacked tree
