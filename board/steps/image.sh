# SPDX-License-Identifier: MIT
# The root image: root file system, modules, Debian's other TAs and the overlay. It is a base for qcow2 overlays and is
# never written. Output: root.img (raw, ext4, label "board-root").
# shellcheck shell=bash

IMAGE_MIB=2048 # sparse; room for tests that write

cp -a "$IN_ROOT/root" root
cp -a "$IN_KERNEL/lib/modules" root/usr/lib/
# xtest's pkcs11 cases want TAs that Debian puts into the development kit only.
cp "$IN_DEVKIT"/export-ta_arm64/ta/*.ta root/usr/lib/optee_armtz/
cp -r "$BOARD/root/overlay/." root/
mkdir -p root/opt/board # mount point of the payload disk

sed -e 's/#.*//' -e '/^[[:space:]]*$/d' "$BOARD/root/masked-units" | while read -r unit; do
  find root/etc/systemd/system -name "$unit" -delete # also where it is wanted
  ln -s /dev/null "root/etc/systemd/system/$unit"
done

# A machine ID that is there keeps systemd from treating every boot of the pristine image as the first one
# (machine-id(5)), which would enable all units again.
printf 'tpmready board' | sha256sum | cut -c1-32 >root/etc/machine-id
# The image is up to date with its own /usr (ConditionNeedsUpdate= of systemd.unit(5)): nothing to rebuild at boot.
touch root/usr
touch root/etc/.updated root/var/.updated
: >root/etc/fstab
# Root logs in without a password.
sed -i 's/^root:[^:]*:/root::/' root/etc/shadow

truncate --size="${IMAGE_MIB}M" root.img
# The inode tables are written now, not by a kernel thread in each boot.
mke2fs -q -t ext4 -L board-root -d root -m 0 -J size=16 -E lazy_itable_init=0,lazy_journal_init=0 root.img
rm -rf root
