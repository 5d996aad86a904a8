// SPDX-License-Identifier: MIT

using System.IO;

namespace TpmReady.Boot.Driver;

/// <summary>
/// The file that tells the driver's unit, when it is stopped, that this is the switch-root of a hand-over. It is made
/// just before, and goes away when the host's driver is bound.
/// </summary>
internal static class HandOverMark
{
    /// <summary>Its path; <c>/run</c> is the same on the host.</summary>
    public const string FullPath = "/run/tpmready/hand-over";

    /// <summary>Whether it is there.</summary>
    public static bool Exists => File.Exists(FullPath);

    /// <summary>Makes it.</summary>
    public static void Set()
    {
        _ = Directory.CreateDirectory(Path.GetDirectoryName(FullPath)!);
        File.WriteAllText(FullPath, "");
    }

    /// <summary>Takes it away.</summary>
    public static void Clear()
    {
        if (Exists)
        {
            File.Delete(FullPath);
        }
    }
}
