// SPDX-License-Identifier: MIT

using System;
using System.IO;
using System.Linq;

namespace TpmReady.Supplicant.Tests.Storage;

/// <summary>What this process's descriptors were opened with, as /proc tells.</summary>
internal static class DescriptorFlags
{
    private const int DataSynchronous = 0x1000; // O_DSYNC

    /// <summary>Whether a file is open, and every descriptor on it makes writes durable.</summary>
    public static bool AreSynchronous(string path)
    {
        int[] flags = [.. Directory.GetFiles("/proc/self/fd")
            .Where(link => string.Equals(Target(link), path, StringComparison.Ordinal))
            .Select(Flags)];
        return flags.Length > 0 && flags.All(static value => (value & DataSynchronous) != 0);
    }

    private static string? Target(string link)
    {
        try
        {
            return File.ResolveLinkTarget(link, returnFinalTarget: false)?.FullName;
        }
        catch (IOException)
        {
            // Closed meanwhile by another test.
            return null;
        }
    }

    private static int Flags(string link)
    {
        string line = File.ReadLines($"/proc/self/fdinfo/{Path.GetFileName(link)}")
            .First(static line => line.StartsWith("flags:", StringComparison.Ordinal));
        return Convert.ToInt32(line["flags:".Length..].Trim(), 8);
    }
}
