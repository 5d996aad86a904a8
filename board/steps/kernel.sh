# SPDX-License-Identifier: MIT
# Debian's arm64 kernel and modules, and two drivers which Debian does not build for arm64: tpm_ftpm_tee and tpm_tis
# (CONFIG_TCG_FTPM_TEE and CONFIG_TCG_TIS are off).
# Output: Image, config, release, lib/modules/RELEASE/ (uncompressed, indexed).
# shellcheck shell=bash source=steps/packages.sh
source "$BOARD/steps/packages.sh"

# linux-image-arm64 depends on exactly one kernel of its own version.
read -r version image < <(
  apt_of "$STABLE" arm64 apt-cache show --no-all-versions linux-image-arm64 |
    sed -n -e 's/^Version: //p' -e 's/^Depends: \([^ ]*\).*/\1/p' | paste -s -d ' '
)
[[ -n $image ]] || stop "linux-image-arm64 of $STABLE names no kernel."
release=${image#linux-image-}
base=${release%-arm64}
series=$(cut -d . -f 1,2 <<<"$release")

unpack_packages "$STABLE" arm64 . "$image=$version"
# An arm64 "Image" has the magic number "ARM\x64" at offset 56 (Documentation/arch/arm64/booting.rst); QEMU loads it as it is.
[[ $(dd if="boot/vmlinuz-$release" bs=1 skip=56 count=4 status=none) == 'ARMd' ]] ||
  stop "boot/vmlinuz-$release is not a raw arm64 image."
mv "boot/vmlinuz-$release" Image
mv "boot/config-$release" config

# Only the module trees that a board without a screen, sound and network cards can use.
modules=$PWD/lib/modules/$release
mkdir -p "$modules/kernel"
while read -r tree; do
  [[ -e usr/lib/modules/$release/kernel/$tree ]] || stop "this kernel has no module tree $tree"
  mkdir -p "$modules/kernel/$(dirname "$tree")"
  mv "usr/lib/modules/$release/kernel/$tree" "$modules/kernel/$tree"
done < <(sed -e 's/#.*//' -e 's/[[:space:]]*$//' -e '/^$/d' "$BOARD/kernel/modules")
mv "usr/lib/modules/$release"/modules.{builtin,builtin.modinfo,order} "$modules/"
rm -rf boot usr
find "$modules" -name '*.ko.xz' -print0 | xargs -0 -r xz --decompress

# The drivers, out of tree, from the source package of the same version.
unpack_packages "$STABLE" amd64 build "linux-kbuild-$base=$version"
unpack_packages "$STABLE" arm64 build "linux-headers-$release=$version" "linux-headers-$base-common=$version" "linux-source-$series=$version"
headers=$PWD/build/usr/src/linux-headers-$release
sed -i "s|/usr/src/|$PWD/build/usr/src/|" "$headers/Makefile"
mkdir driver
tar --extract --xz --file="build/usr/src/linux-source-$series.tar.xz" --directory=driver --strip-components=4 \
  --occurrence=1 "linux-source-$series"/drivers/char/tpm/{tpm.h,tpm_ftpm_tee.c,tpm_ftpm_tee.h,tpm_tis.c,tpm_tis_core.h}
printf 'obj-m := tpm_ftpm_tee.o tpm_tis.o\n' >driver/Makefile
# Without BTF: it would want pahole and the kernel's own type information.
"$IN_TOOLS/bin/enter" make --directory="$headers" M="$PWD/driver" CONFIG_DEBUG_INFO_BTF_MODULES= modules
install -D -m 644 --target-directory="$modules/kernel/drivers/char/tpm" driver/tpm_{ftpm_tee,tis}.ko
rm -rf build driver

depmod --basedir "$PWD" "$release"
for alias in tee:bc50d971 MSFT0101; do
  grep -q "$alias" "$modules/modules.alias" || stop "depmod found no driver for $alias"
done
printf '%s\n' "$release" >release
