// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.IO;
using System.Security.Cryptography;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using TpmReady.Board.Machine;

namespace TpmReady.Board.Payload;

/// <summary>
/// The board's second disk, read-only, seen as /opt/board: this project's binaries, units and test programs. The root disk
/// stays as Debian made it, so a new build of ours costs one second and not a new root.
/// </summary>
internal static class PayloadImage
{
    /// <summary>Makes the image, or finds one with the same contents.</summary>
    /// <param name="files">Name under /opt/board, and the file on this machine.</param>
    /// <param name="cache">The directory for finished images.</param>
    /// <param name="cancellation">Ends the work early; nothing half done stays.</param>
    public static async Task<string> MakeAsync(
        IReadOnlyDictionary<string, string> files, string cache, CancellationToken cancellation)
    {
        string image = Path.Combine(cache, $"payload-{await KeyAsync(files, cancellation).ConfigureAwait(false)}.img");
        if (File.Exists(image))
        {
            return image;
        }

        Directory.CreateDirectory(cache);
        string work = Directory.CreateTempSubdirectory("payload-").FullName;
        try
        {
            long bytes = CopyAll(files, Path.Combine(work, "tree"));
            // Two boards may need the same new image at once; each makes its own, and the last one renamed stays.
            string part = $"{image}.{Path.GetRandomFileName()}.part";

            // Twice the contents plus 8 MiB: room for inodes and journal-less metadata; unused blocks stay holes.
            string size = FormattableString.Invariant($"{(bytes * 2 / 1024) + 8192}k");
            await ChildProcess.RunAsync(
                "mke2fs",
                ["-q", "-t", "ext4", "-O", "^has_journal", "-L", "payload", "-d", Path.Combine(work, "tree"), part, size],
                cancellation).ConfigureAwait(false);
            File.Move(part, image, overwrite: true);
        }
        finally
        {
            Directory.Delete(work, recursive: true);
        }

        return image;
    }

    /// <summary>A name for these contents.</summary>
    /// <param name="files">Name there, and the file on this machine.</param>
    /// <param name="cancellation">Ends the work early.</param>
    public static async Task<string> KeyAsync(
        IReadOnlyDictionary<string, string> files, CancellationToken cancellation)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (string name in Sorted(files.Keys))
        {
            string path = files[name];
            hash.AppendData(Encoding.UTF8.GetBytes(
                FormattableString.Invariant($"{name}\n{(int)File.GetUnixFileMode(path)}\n")));
            hash.AppendData(SHA256.HashData(await File.ReadAllBytesAsync(path, cancellation).ConfigureAwait(false)));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset())[..20];
    }

    private static List<string> Sorted(IEnumerable<string> names)
    {
        List<string> sorted = [.. names];
        sorted.Sort(StringComparer.Ordinal);
        return sorted;
    }

    /// <summary>Lays the files out in a directory.</summary>
    /// <returns>How many bytes they have together.</returns>
    public static long CopyAll(IReadOnlyDictionary<string, string> files, string tree)
    {
        long bytes = 0;
        foreach ((string name, string path) in files)
        {
            string target = Path.Combine(tree, name);
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(path, target);
            bytes += new FileInfo(target).Length;
        }

        return bytes;
    }
}
