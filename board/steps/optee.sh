# SPDX-License-Identifier: MIT
# OP-TEE built from Debian's source package, without early TAs; flash.sh links those in.
# Setting: SET_storage=ree (files, through the supplicant) or rpmb. Output: source/ with out/ in it.
# shellcheck shell=bash source=steps/packages.sh
source "$BOARD/steps/packages.sh"

unpack_source "$UNSTABLE" optee-os source

settings=(
  PLATFORM=vexpress-qemu_armv8a CFG_ARM_GICV3=y CFG_ARM64_core=y CFG_USER_TA_TARGETS=ta_arm64
  DEBUG=0 CFG_TEE_CORE_LOG_LEVEL=2 CFG_TEE_TA_LOG_LEVEL=2
  CFG_EARLY_TA=y          # also without any: otherwise adding one would rebuild everything
  CFG_BUILD_IN_TREE_TA=n  # they come with Debian's development kit
)
case ${SET_storage:?} in
  ree) ;;
  # The test key, written by OP-TEE on first use. Without the probe capability OP-TEE reaches the RPMB through the
  # supplicant, which is the only way with a kernel that has no RPMB subsystem (CONFIG_RPMB), such as Debian's.
  rpmb)
    settings+=(CFG_REE_FS=n CFG_RPMB_FS=y CFG_RPMB_WRITE_KEY=y CFG_RPMB_TESTKEY=y CFG_RPMB_ANNOUNCE_PROBE_CAP=n)
    ;;
  *) stop "unknown storage '$SET_storage'" ;;
esac

# Paths in here are relative: the directory is renamed afterwards, and copied by flash.sh, without a rebuild.
cat >source/link-core <<TEXT
#!/bin/sh
# Builds OP-TEE's three images; arguments are further make settings.
cd "\$(dirname "\$(readlink -f "\$0")")"
exec make --silent --jobs="\$(nproc)" CROSS_COMPILE=aarch64-linux-gnu- ${settings[*]} O=out "\$@" \\
  out/core/tee-header_v2.bin out/core/tee-pager_v2.bin out/core/tee-pageable_v2.bin
TEXT
chmod 755 source/link-core

# The cryptography module of Debian refuses to load without OpenSSL's legacy provider unless told so.
CRYPTOGRAPHY_OPENSSL_NO_LEGACY=1 "$IN_TOOLS/bin/enter" ./source/link-core
