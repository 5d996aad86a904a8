// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using TpmReady.Supplicant.Tests.Rpmb;
using TpmReady.Supplicant.Tests.Storage;

namespace TpmReady.Supplicant.Tests.Fuzzing;

/// <summary>
/// The directories of one supplicant, in memory where there is such a file system, with traps in the store: links that
/// lead out, a pipe, a directory.
/// </summary>
internal sealed class FuzzDirectory : IDisposable
{
    private const string Fast = "/dev/shm";
    private const string Secret = "nobody may change this";

    private static readonly string[] Kinds = ["store", "outside", "profiles", "rpmb", "ta", "sys", "dev"];

    public FuzzDirectory()
    {
        string parent = Directory.Exists(Fast) ? Fast : System.IO.Path.GetTempPath();
        Path = System.IO.Path.Combine(parent, $"tpmready-fuzz-{Environment.ProcessId}-{Guid.NewGuid():n}");
        foreach (string kind in Kinds)
        {
            Directory.CreateDirectory(this[kind]);
        }

        File.SetUnixFileMode(
            this["store"], UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        File.WriteAllText(this["outside/secret"], Secret);
        File.CreateSymbolicLink(this["store/link"], this["outside/secret"]);
        File.CreateSymbolicLink(this["store/new"], this["outside/new"]);
        Directory.CreateSymbolicLink(this["store/out"], this["outside"]);
        Directory.CreateDirectory(this["store/sub"]);
        TestFiles.MakeFifo(this["store/pipe"]);
        AddApplications();
        AddCard();
    }

    public string Path { get; }

    public string this[string name] => System.IO.Path.Combine(Path, name);

    /// <summary>The UUIDs of TAs that are there, with their sizes, and of some that are not.</summary>
    public static IReadOnlyList<(Guid Uuid, int Size)> Applications { get; } =
    [
        (new Guid("00000000-0000-0000-0000-000000000001"), 0),
        (new Guid("00000000-0000-0000-0000-000000000002"), 1),
        (new Guid("8aaaf200-2450-11e4-abe2-0002a5d5c51b"), 5000),
        (new Guid("f04a0fe7-1f5d-4b9b-abf7-619b85b4ce8c"), 70_000),
        (new Guid("cb3e5ba0-adf1-11e0-998b-0002a5d5c51b"), -1),
        (new Guid("ffffffff-ffff-ffff-ffff-ffffffffffff"), -2),
    ];

    /// <summary>What is there that must not be, or not as it was; null if all is well.</summary>
    public string? FindEscape()
    {
        string[] top = [.. Directory.GetFileSystemEntries(Path).Select(System.IO.Path.GetFileName)!];
        string[] outside = Directory.GetFileSystemEntries(this["outside"]);
        string? stray = top.Except(Kinds, StringComparer.Ordinal).FirstOrDefault()
            ?? Directory.GetFileSystemEntries(this["rpmb"]).FirstOrDefault(
                static name => System.IO.Path.GetFileName(name) is not ("state" or "state.new"))
            ?? Directory.GetFileSystemEntries(this["profiles"]).FirstOrDefault(
                static name => !name.EndsWith(".out", StringComparison.Ordinal));
        return stray is not null ? $"{stray} was created"
            : outside.Length != 1 || !File.ReadAllText(this["outside/secret"]).Equals(Secret, StringComparison.Ordinal)
                ? $"outside of the store there is now: {string.Join(' ', outside)}"
            : !Directory.Exists(this["store"]) ? "the store is gone"
            : null;
    }

    public void Dispose() => RawDirectory.Remove(Path);

    private void AddApplications()
    {
        foreach ((Guid uuid, int size) in Applications)
        {
            if (size >= 0)
            {
                File.WriteAllBytes(this[$"ta/{uuid}.ta"], new byte[size]);
            }
            else if (size == -1)
            {
                Directory.CreateDirectory(this[$"ta/{uuid}.ta"]);
            }
        }
    }

    private void AddCard()
    {
        string card = this["sys/class/mmc_host/mmc0/mmc0:0001"];
        Directory.CreateDirectory(card);
        File.WriteAllText(System.IO.Path.Combine(card, "cid"), CardMachine.Cid + "\n");
        File.WriteAllText(System.IO.Path.Combine(card, "raw_rpmb_size_mult"), "0x10\n");
        File.WriteAllText(System.IO.Path.Combine(card, "rel_sectors"), "0x1\n");
        File.WriteAllText(this["dev/mmcblk0rpmb"], "");
    }
}
