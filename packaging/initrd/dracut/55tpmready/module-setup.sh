#!/bin/bash
# SPDX-License-Identifier: MIT
# dracut module: a firmware TPM that works in the initrd. What goes in is decided by tpmready-initrd-files.
# shellcheck disable=SC2154 # dracut sets initdir
# The number is of the range for modules from elsewhere, and below systemd-sysusers, which makes the groups (dracut 106).

initrd_files() {
    "${dracutsysrootdir-}"/usr/lib/tpmready/tpmready-initrd-files \
        --root="${dracutsysrootdir-}" --modules="${srcmods-}" "$@"
}

check() {
    [[ -x ${dracutsysrootdir-}/usr/lib/tpmready/tpmready-initrd-files ]] || return 1

    # 255: only if somebody asks for it, as dracut --add tpmready does.
    initrd_files wanted || return 255
}

# Not tpm2-tss: without tpm2-tools it refuses, and dracut then gives up. The gate speaks to the TPM by itself.
depends() {
    echo systemd systemd-sysusers systemd-udevd
}

install() {
    local kind name
    while read -r kind name; do
        case $kind in
            program) inst "$name" ;;
            file) inst_simple "$name" ;;
            append)
                mkdir -p "$initdir$(dirname "${name%% *}")"
                printf '%b' "${name#* }" >> "$initdir${name%% *}"
                ;;
        esac
    done < <(initrd_files list)
}

# dracut calls this after install(), so here everything can be looked at.
installkernel() {
    local kind name line complete=yes
    while read -r kind name; do
        # In full, whatever the machine that builds has loaded: that may be none of these yet.
        case $kind in
            module) hostonly='' instmods "$name" ;;
            modules) hostonly='' instmods "=$name" ;;
        esac
    done < <(initrd_files list)

    while read -r line; do
        complete=no
        derror "tpmready: $line"
    done < <(initrd_files check "$initdir")
    # dracut gives up when this fails.
    [[ $complete == yes || $(initrd_files setting INITRD) != required ]]
}
