// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.IO;
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
    private const string Executable = "usr/lib/tpmready/tpmready-boot";

    // Where the payload's files lie on the host, too, so that scripts and units are the same.
    private static readonly (string Target, string Source)[] ShippedFiles =
    [
        ("etc/systemd/system/tee-supplicant@.service", "shipped/tee-supplicant@.service"),
        ("etc/udev/rules.d/60-optee.rules", "shipped/60-optee.rules"),
        ("opt/board/supplicant", "supplicant"),
        ("opt/board/directories", "directories"),
        ("opt/board/wait-for-teepriv", "wait-for-teepriv"),
    ];

    /// <summary>Makes it, unless one of the same contents is in the cache.</summary>
    /// <param name="archive">The initrd as it was built.</param>
    /// <param name="options">Whose it is, and what is put into it; the board's own is used as it is.</param>
    /// <param name="cache">Where to keep it.</param>
    /// <param name="cancellation">Ends the programs that make it.</param>
    /// <returns>The file's path.</returns>
    public static async Task<string> MakeAsync(
        string archive, BoardOptions options, string cache, CancellationToken cancellation)
    {
        if (options.Initrd == InitrdKind.None)
        {
            return archive;
        }

        SortedDictionary<string, string> files = new(StringComparer.Ordinal) { [Executable] = Repository.BootExecutable };
        if (options is { Initrd: InitrdKind.Dracut, Supplicant: SupplicantKind.Shipped })
        {
            foreach ((string target, string source) in ShippedFiles)
            {
                files.Add(target, Path.Combine(Repository.Root, "board", "payload", source));
            }
        }

        foreach ((string name, string path) in options.InitrdFiles)
        {
            files.Add(name, path);
        }

        // The archive's directory is named by its content.
        string key = $"{Path.GetFileName(Path.GetDirectoryName(archive))}-{await PayloadImage.KeyAsync(files, cancellation).ConfigureAwait(false)}";
        string image = Path.Combine(cache, $"{key}.cpio");
        if (File.Exists(image))
        {
            return image;
        }

        Directory.CreateDirectory(cache);
        string work = Directory.CreateTempSubdirectory("initrd-").FullName;
        try
        {
            // Without the directories above usr/lib, which may be links in the initrd.
            const string append =
                "cd \"$1\" && find . -mindepth 1 ! -path ./usr ! -path ./usr/lib | cpio --quiet -o -H newc -R 0:0 >>\"$2\"";
            _ = PayloadImage.CopyAll(files, work);
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
