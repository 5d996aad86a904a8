// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using TpmReady.Board.Machine;

namespace TpmReady.Board;

/// <summary>The checkout that the board is built from, and the cache that its parts are kept in.</summary>
public static class Repository
{
    /// <summary>The root of the checkout: the nearest folder upwards that has the solution.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>Where what was built is kept, keyed by content: TPMREADY_CACHE, or tpmready in the user's cache.</summary>
    public static string Cache { get; } = FindCache();

    /// <summary>The boot executable for the board: that of TPMREADY_BOOT_BINARY, or the published one.</summary>
    /// <exception cref="BoardException">It is not there.</exception>
    internal static string BootExecutable
    {
        get
        {
            string path = Environment.GetEnvironmentVariable("TPMREADY_BOOT_BINARY")
                ?? Path.Combine(Root, "dist", "linux-arm64", "tpmready-boot");
            return File.Exists(path)
                ? path
                : throw new BoardException($"{path} is missing; build it with ./publish linux-arm64");
        }
    }

    /// <summary>Builds what is missing of the board and tells where everything is.</summary>
    /// <exception cref="BoardException">The build failed; its own messages say why.</exception>
    public static async Task<BoardArtifacts> BuildBoardAsync(CancellationToken cancellation = default)
    {
        string manifest = await ChildProcess.RunVisiblyAsync(Path.Combine(Root, "board", "build"), cancellation)
            .ConfigureAwait(false);
        return BoardArtifacts.Parse(manifest.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    /// <summary>Another build of the boot executable for the board, made if it is not there.</summary>
    /// <param name="kind">Which: <c>eng/other-build</c> says.</param>
    /// <param name="cancellation">Ends the build.</param>
    /// <exception cref="BoardException">The build failed; the message says why.</exception>
    public static async Task<string> BuildOtherAsync(string kind, CancellationToken cancellation = default) =>
        (await ChildProcess.RunAsync(Path.Combine(Root, "eng", "other-build"), [kind, "linux-arm64"], cancellation)
            .ConfigureAwait(false)).Trim();

    /// <summary>What every payload has: the project's own scripts and units, the board's binaries, our supplicant.</summary>
    public static Dictionary<string, string> StandardPayload(BoardArtifacts artifacts)
    {
        Dictionary<string, string> files = new(StringComparer.Ordinal);
        AddTree(files, Path.Combine(Root, "board", "payload"), "");
        AddTree(files, Path.Combine(artifacts.Binaries, "ta"), "ta");
        AddTree(files, Path.Combine(artifacts.Binaries, "plugin"), "plugin");
        AddTree(files, Path.Combine(artifacts.Binaries, "bin"), "bin");
        AddTree(files, Path.Combine(Root, "packaging", "systemd"), "packaging");
        files["bin/tee-supplicant"] = BootExecutable;
        return files;
    }

    private static void AddTree(Dictionary<string, string> files, string directory, string prefix)
    {
        foreach (string path in Directory.EnumerateFiles(directory, "*", SearchOption.AllDirectories))
        {
            files[Path.Combine(prefix, Path.GetRelativePath(directory, path))] = path;
        }
    }

    private static string FindRoot()
    {
        foreach (string start in new[] { AppContext.BaseDirectory, Environment.CurrentDirectory })
        {
            for (DirectoryInfo? folder = new(start); folder is not null; folder = folder.Parent)
            {
                if (folder.EnumerateFiles("tpmready.slnx").Any())
                {
                    return folder.FullName;
                }
            }
        }

        throw new BoardException("this program must run inside a checkout of tpmready");
    }

    private static string FindCache()
    {
        string? named = Environment.GetEnvironmentVariable("TPMREADY_CACHE");
        if (!string.IsNullOrEmpty(named))
        {
            return Path.GetFullPath(named);
        }

        string? user = Environment.GetEnvironmentVariable("XDG_CACHE_HOME");
        return Path.Combine(
            string.IsNullOrEmpty(user)
                ? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache")
                : user,
            "tpmready");
    }
}
