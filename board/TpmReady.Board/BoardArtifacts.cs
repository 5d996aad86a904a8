// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;

namespace TpmReady.Board;

/// <summary>What <c>board/build</c> made: a name and an absolute path a line.</summary>
public sealed class BoardArtifacts
{
    private readonly Dictionary<string, string> _paths;

    private BoardArtifacts(Dictionary<string, string> paths) => _paths = paths;

    /// <summary>The emulator.</summary>
    public string Qemu => Path("QEMU");

    /// <summary>The tool for disk images that belongs to the emulator.</summary>
    public string QemuImg => Path("QEMU_IMG");

    /// <summary>The kernel, as it is loaded into memory.</summary>
    public string Kernel => Path("KERNEL");

    /// <summary>The firmware of a board without a secure world.</summary>
    public string Uefi => Path("UEFI");

    /// <summary>The pristine root disk; never written.</summary>
    public string Root => Path("ROOT");

    /// <summary>The folder with this project's own binaries for the board.</summary>
    public string Binaries => Path("BOARD_BINARIES");

    /// <summary>A client of the TPM that needs no files.</summary>
    public string Survivor => Path("SURVIVOR");

    /// <summary>The archive that mounts the root and the payload; those of distributions lack our executable.</summary>
    public string Initrd(InitrdKind kind) => Path(kind switch
    {
        InitrdKind.None => "INITRD",
        InitrdKind.Dracut => "INITRD_dracut",
        InitrdKind.InitramfsTools => "INITRD_initramfs_tools",
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    });

    /// <summary>The flash image with firmware and secure world.</summary>
    public string Flash(FirmwareKind kind) => Path(kind switch
    {
        FirmwareKind.Before => "FLASH_before",
        FirmwareKind.BeforeRestart => "FLASH_before_restart",
        FirmwareKind.After => "FLASH_after",
        FirmwareKind.AfterSupplicantFlag => "FLASH_after_supp",
        FirmwareKind.ReeFs => "FLASH_stock",
        FirmwareKind.Rpmb => "FLASH_rpmb",
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    });

    /// <summary>Reads the manifest that <c>board/build</c> wrote.</summary>
    /// <exception cref="BoardException">A line is not NAME=path.</exception>
    public static BoardArtifacts Parse(IEnumerable<string> lines)
    {
        Dictionary<string, string> paths = new(StringComparer.Ordinal);
        foreach (string line in lines)
        {
            int equals = line.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0)
            {
                throw new BoardException($"board/build printed a line that is not NAME=path: {line}");
            }

            paths[line[..equals]] = line[(equals + 1)..];
        }

        return new BoardArtifacts(paths);
    }

    private string Path(string name) =>
        _paths.TryGetValue(name, out string? path)
            ? path
            : throw new BoardException($"board/build made no {name}; build the board again with board/build");
}
