// SPDX-License-Identifier: MIT

using System;
using System.IO;

namespace TpmReady.Board.Machine;

/// <summary>The files of one board: what it keeps between boots, and what belongs to one boot.</summary>
internal sealed class BoardFiles
{
    /// <summary>The size of the emulated RPMB partition, in bytes: 2 MiB.</summary>
    public const int RpmbBytes = 2 * 1024 * 1024;

    private readonly string _state;
    private readonly string _run;

    /// <summary>Makes the directories where they are missing.</summary>
    /// <param name="state">What outlives a boot.</param>
    /// <param name="run">What belongs to this boot: logs, sockets, the device tree.</param>
    /// <param name="payload">The payload's image.</param>
    /// <param name="initrd">What the kernel starts from.</param>
    public BoardFiles(string state, string run, string payload, string initrd)
    {
        _state = state;
        _run = run;
        Payload = payload;
        Initrd = initrd;
        Directory.CreateDirectory(TpmState);
        Directory.CreateDirectory(run);

        // The path of a unix socket has at most 107 bytes (sockaddr_un), whatever the state directory's path has.
        SocketDirectory = Directory.CreateTempSubdirectory("board-").FullName;
    }

    public string StateDirectory => _state;

    public string RunDirectory => _run;

    public string SocketDirectory { get; }

    public string Payload { get; }

    public string Initrd { get; }

    public string RootOverlay => Path.Combine(_state, "root.qcow2");

    public string Emmc => Path.Combine(_state, "emmc.img");

    public string SpareDisk => Path.Combine(_state, "spare.qcow2");

    public string TpmState => Path.Combine(_state, "tpm");

    public string DeviceTree => Path.Combine(_run, "board.dtb");

    public string NormalLog => Path.Combine(_run, "normal.log");

    public string SecureLog => Path.Combine(_run, "secure.log");

    public string TpmLog => Path.Combine(_run, "swtpm.log");

    public string QemuLog => Path.Combine(_run, "qemu.log");

    public string CommandFile => Path.Combine(_run, "qemu-command.sh");

    public string AgentSocket => Path.Combine(SocketDirectory, "agent");

    public string TpmSocket => Path.Combine(SocketDirectory, "tpm");

    /// <summary>A new name under <paramref name="parent"/> for the files of one boot.</summary>
    public static string NextRunDirectory(string parent)
    {
        for (int number = 1; ; number++)
        {
            string path = Path.Combine(parent, FormattableString.Invariant($"boot-{number}"));
            if (!Directory.Exists(path))
            {
                return path;
            }
        }
    }
}
