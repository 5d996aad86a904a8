// SPDX-License-Identifier: MIT

namespace TpmReady.Board;

/// <summary>What the kernel starts from, before the root file system.</summary>
public enum InitrdKind
{
    /// <summary>Nothing of a distribution: the board's own script mounts the root and hands over in a second.</summary>
    None,

    /// <summary>An initrd with systemd and our pieces, made by dracut.</summary>
    Dracut,

    /// <summary>An initramfs of shell scripts with our pieces, made by initramfs-tools.</summary>
    InitramfsTools,
}
