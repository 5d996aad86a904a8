// SPDX-License-Identifier: MIT

using System;
using System.IO;
using System.Security.Cryptography;
using System.Threading;
using System.Threading.Tasks;
using TpmReady.Board.Machine;

namespace TpmReady.Board.Payload;

/// <summary>
/// A distribution's initrd with the boot executable of this checkout: making an initrd takes minutes under emulation,
/// and appending a file to it a second. The kernel unpacks archives that follow each other, and the later file wins
/// (Documentation/driver-api/early-userspace/buffer-format.rst).
/// </summary>
internal static class InitrdImage
{
    /// <summary>Makes it, unless one of the same contents is in the cache.</summary>
    /// <param name="archive">The initrd as it was built.</param>
    /// <param name="kind">Whose it is; the board's own is used as it is.</param>
    /// <param name="cache">Where to keep it.</param>
    /// <param name="cancellation">Ends the programs that make it.</param>
    /// <returns>The file's path.</returns>
    public static async Task<string> MakeAsync(
        string archive, InitrdKind kind, string cache, CancellationToken cancellation)
    {
        if (kind == InitrdKind.None)
        {
            return archive;
        }

        byte[] executable = await File.ReadAllBytesAsync(Repository.BootExecutable, cancellation).ConfigureAwait(false);

        // The archive's directory is named by its content.
        string hash = Convert.ToHexStringLower(SHA256.HashData(executable))[..20];
        string image = Path.Combine(cache, $"{Path.GetFileName(Path.GetDirectoryName(archive))}-{hash}.cpio");
        if (File.Exists(image))
        {
            return image;
        }

        Directory.CreateDirectory(cache);
        string work = Directory.CreateTempSubdirectory("initrd-").FullName;
        try
        {
            const string append = "cd \"$1\" && find usr/lib/tpmready | cpio --quiet -o -H newc -R 0:0 >>\"$2\"";
            string target = Path.Combine(work, "usr/lib/tpmready/tpmready-boot");
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(Repository.BootExecutable, target);
            string part = $"{image}.{Path.GetRandomFileName()}.part";
            File.Copy(archive, part);
            await ChildProcess.RunAsync("sh", ["-c", append, "sh", work, part], cancellation).ConfigureAwait(false);
            File.Move(part, image, overwrite: true);
        }
        finally
        {
            Directory.Delete(work, recursive: true);
        }

        return image;
    }
}
