// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using TpmReady.Readiness.Doctor;
using TpmReady.Readiness.Facts;

namespace TpmReady.Cli.Machine;

/// <summary>The initrd of the running kernel, listed by the tool of the program that built it.</summary>
internal static class Initrd
{
    // A large image of xz takes seconds on a small board.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    /// <summary>Lists it; null if it is not found, or nothing here can.</summary>
    public static InitrdListing? List(FactTree tree)
    {
        string? release = tree.ReadText("proc/sys/kernel/osrelease");
        foreach ((string path, string tool) in (IEnumerable<(string, string)>)
        [
            ($"boot/initrd.img-{release}", "lsinitramfs"),
            ($"boot/initramfs-{release}.img", "lsinitrd"),
            ($"boot/initrd.img-{release}", "lsinitrd"),
            ($"boot/initrd-{release}", "lsinitrd"),
        ])
        {
            if (release is not null && tree.Exists(path)
                && ServiceManager.Run(tool, ["/" + path], Patience) is { } text)
            {
                return InitrdListing.Parse(path, text);
            }
        }

        return null;
    }
}
