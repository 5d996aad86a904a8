// SPDX-License-Identifier: MIT

using System.Diagnostics;
using System.IO;
using System.Threading.Tasks;

namespace TpmReady.Board.Tool.PowerCuts;

/// <summary>The disk that the store is on, as it is before the first boot.</summary>
internal static class StoreImage
{
    // F2FS wants several segments of 2 MiB for each of its six logs, and as many to clean with.
    private const long Bytes = 192L * 1024 * 1024;

    /// <summary>A disk without a file system.</summary>
    public static void MakeEmpty(string path)
    {
        using FileStream image = File.Create(path);
        image.SetLength(Bytes);
    }

    /// <summary>A disk with an empty file system of this kind.</summary>
    /// <exception cref="BoardException">It could not be made; the message has what the program said.</exception>
    public static async Task MakeAsync(string path, string fileSystem)
    {
        MakeEmpty(path);

        // Nothing is left for the kernel to initialise later: that would be written in each of the first boots.
        ProcessStartInfo start = string.Equals(fileSystem, "ext4", System.StringComparison.Ordinal)
            ? new("mke2fs", ["-q", "-t", "ext4", "-b", "4096", "-E", "lazy_itable_init=0,lazy_journal_init=0", path])
            : new("mkfs.f2fs", ["-q", "-f", "-w", "4096", path]);
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        using Process process = Process.Start(start) ?? throw new BoardException($"{start.FileName} did not start");
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = await process.StandardOutput.ReadToEndAsync().ConfigureAwait(false);
        await process.WaitForExitAsync().ConfigureAwait(false);
        if (process.ExitCode != 0)
        {
            throw new BoardException($"{start.FileName} failed: {output} {await errors.ConfigureAwait(false)}");
        }
    }
}
