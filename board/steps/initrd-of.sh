# SPDX-License-Identifier: MIT
# An initrd with our pieces, made by a distribution's program in the board's root under qemu-user.
# Settings: SET_with, dracut or initramfs-tools. Output: initrd.cpio, uncompressed: the emulated CPU unpacks it. The boot
# executable in it is a stand-in of the same shape; each boot appends the one that is to be tested.
# shellcheck shell=bash disable=SC2154 source=steps/packages.sh
source "$BOARD/steps/packages.sh"

if [[ ! -e /proc/sys/fs/binfmt_misc/register ]]; then
  mount -t binfmt_misc binfmt_misc /proc/sys/fs/binfmt_misc
fi
if [[ ! -e /proc/sys/fs/binfmt_misc/qemu-aarch64 ]]; then
  # Another step may do so at the same moment, and then one of them finds it done: "File exists".
  update-binfmts --enable qemu-aarch64 || [[ -e /proc/sys/fs/binfmt_misc/qemu-aarch64 ]]
fi

release=$(<"$IN_KERNEL/release")
cp -a "$IN_ROOT/root" root
cp -a "$IN_KERNEL/lib/modules" root/usr/lib/
# What the root lacks of what these packages depend on.
case $SET_with in
  dracut) unpack_packages "$STABLE" arm64 root dracut-core dracut-install cpio cryptsetup-bin libpopt0 ;;
  initramfs-tools)
    unpack_packages "$STABLE" arm64 root initramfs-tools initramfs-tools-core initramfs-tools-bin dracut-install cpio \
      klibc-utils libklibc busybox-static linux-base
    ;;
esac

# The libraries that the real one names; newer toolchains leave the empty ones of them out.
for library in libdl.so.2 libpthread.so.0; do
  "$IN_TOOLS/bin/aarch64-linux-gnu-gcc" -shared -nostdlib -Wl,-soname,$library -o $library -x c /dev/null
done
echo 'int main(void) { return 0; }' >stand-in.c
"$IN_TOOLS/bin/aarch64-linux-gnu-gcc" -Wl,--no-as-needed -o stand-in stand-in.c "$PWD/libdl.so.2" "$PWD/libpthread.so.0" -lm
# Debian's program, for boots with that in place of ours.
install -D root/usr/sbin/tee-supplicant root/usr/lib/board/tee-supplicant
"$BOARD/../packaging/install" "$PWD/stand-in" root
mkdir -p root/usr/lib/tee-supplicant/plugins
install -m 644 "$IN_BINARIES"/out/plugin/* root/usr/lib/tee-supplicant/plugins/
# The board's plug-in looks for its port in /sys, and opens it in /dev.
echo 'OPTARGS="--allow-path /dev --allow-path /sys"' >root/etc/default/tee-supplicant
printf 'INITRD=required\nINITRD_STORAGE=rpmb\nINITRD_RPMB=/dev/mmcblk0rpmb\nINITRD_WAIT=yes\n' \
  >root/etc/tpmready/tpmready.conf
# OP-TEE announces this TPM to the first supplicant, and nothing shows it before.
: >root/usr/lib/tpmready/expect-tpm

mount -t proc proc root/proc
mount --rbind /dev root/dev
run() { chroot root env -i PATH=/usr/sbin:/usr/bin LC_ALL=C.UTF-8 "$@"; }
case $SET_with in
  dracut)
    cp -r "$BOARD/root/dracut/." root/usr/lib/dracut/modules.d/
    cp "$BOARD/payload/measure" root/usr/lib/dracut/modules.d/99board/
    run dracut --force --no-hostonly --no-compress --no-early-microcode --nostrip --kver "$release" \
      --modules "base systemd-initrd dracut-systemd kernel-modules rootfs-block fs-lib udev-rules tpmready board" \
      /initrd.cpio
    mv root/initrd.cpio .
    ;;
  initramfs-tools)
    cp -r "$BOARD/root/initramfs-tools/." root/etc/initramfs-tools/
    cp "$IN_KERNEL/config" "root/boot/config-$release"
    run mkinitramfs -c gzip -o /initrd.gz "$release"
    gunzip -c root/initrd.gz >initrd.cpio
    ;;
esac
umount --recursive root/proc root/dev
rm -rf root stand-in* lib*.so.*
