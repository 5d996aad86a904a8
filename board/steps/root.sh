# SPDX-License-Identifier: MIT
# Debian's arm64 root file system, its packages configured under qemu-user. The slow step. Output: root/.
# shellcheck shell=bash source=steps/packages.sh
source "$BOARD/steps/packages.sh"

# The kernel starts arm64 programs through qemu-user, also in the chroot (flag F of the binfmt registration).
if [[ ! -e /proc/sys/fs/binfmt_misc/register ]]; then
  mount -t binfmt_misc binfmt_misc /proc/sys/fs/binfmt_misc
fi
if [[ ! -e /proc/sys/fs/binfmt_misc/qemu-aarch64 ]]; then
  update-binfmts --enable qemu-aarch64
fi

list() { sed -e 's/#.*//' -e '/^[[:space:]]*$/d' "$1"; }
packages=$(list "$BOARD/root/packages")
newer=$(list "$BOARD/root/packages-newer" | sed "s|$|/$UNSTABLE|")

stable_source=$(source_line deb "$STABLE")
unstable_source=$(source_line deb "$UNSTABLE")
transfer_settings >transfer.conf
# Variant "essential": no apt and nothing that only wants to be there by priority.
# Default-Release keeps everything that is not asked for by suite in the stable one.
mmdebstrap --variant=essential --architectures=arm64 --aptopt="$PWD/transfer.conf" \
  --aptopt='APT::Install-Recommends "false"' --aptopt="APT::Default-Release \"$STABLE\"" \
  --dpkgopt='force-unsafe-io' --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
  --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-include=/usr/share/doc/*/copyright' \
  --include="$(printf '%s\n' "$packages" "$newer" | paste -s -d ,)" \
  "$STABLE" root "$stable_source" "$unstable_source"
rm transfer.conf

# The board installs nothing at run time; these name the mirror and the machine's proxy.
rm -rf root/etc/apt root/var/lib/apt root/var/cache/apt
