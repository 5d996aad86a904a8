// SPDX-License-Identifier: MIT

using System;
using System.IO;

namespace TpmReady.Initrd.Tests;

/// <summary>The checkout that these tests belong to.</summary>
internal static class Checkout
{
    /// <summary>Its directory.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>The published boot executable of this machine's architecture.</summary>
    public static string Binary { get; } = Path.Combine(Root, "dist", "linux-x64", "tpmready-boot");

    private static string FindRoot()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "tpmready.slnx")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new InvalidOperationException("not in a checkout of the repository");
    }
}
