// SPDX-License-Identifier: MIT

using System;
using TpmReady.Readiness.Facts;

namespace TpmReady.Readiness.Generation;

/// <summary>Where the supplicant keeps the secure world's files.</summary>
/// <param name="Path">The directory.</param>
/// <param name="MountPoint">The mount of fstab that holds it and has yet to be made; null if none.</param>
/// <param name="MountSource">What is mounted there, as fstab has it; null if nothing.</param>
public sealed record SupplicantStorage(string Path, string? MountPoint, string? MountSource)
{
    /// <summary>Where it is if nobody says otherwise.</summary>
    public const string DefaultPath = "/var/lib/tee";

    private const int FileLimit = 1 << 20;

    /// <summary>
    /// Reads it from <c>/etc/default/tee-supplicant</c>, which both our unit and the usual ones read, and from
    /// <c>/etc/fstab</c>.
    /// </summary>
    public static SupplicantStorage Read(FactTree tree)
    {
        ArgumentNullException.ThrowIfNull(tree);
        return Parse(
            tree.ReadText("etc/default/tee-supplicant", FileLimit) ?? "", tree.ReadText("etc/fstab", FileLimit) ?? "");
    }

    /// <summary>The same, from the texts of both files.</summary>
    public static SupplicantStorage Parse(string settings, string fstab)
    {
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(fstab);
        string path = FindPath(settings) ?? DefaultPath;
        string? point = null;
        string? source = null;
        foreach (string row in fstab.Split('\n'))
        {
            string[] fields = row.Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
            bool isPending = fields.Length >= 3 && !fields[0].StartsWith('#')
                && !(fields.Length > 3 && fields[3].Contains("x-initrd.mount", StringComparison.Ordinal));
            if (isPending && Holds(fields[1], path) && fields[1].Length > (point?.Length ?? 0))
            {
                point = fields[1];
                source = fields[0];
            }
        }

        return new SupplicantStorage(path, point, source);
    }

    /// <summary>Whether it lies in what is mounted at a place.</summary>
    public bool IsBelow(string mountPoint) => Holds(mountPoint, Path);

    private static bool Holds(string point, string path) =>
        point.Length > 1 && path.StartsWith(point, StringComparison.Ordinal)
        && (path.Length == point.Length || path[point.Length] is '/' || point[^1] is '/');

    private static string? FindPath(string settings)
    {
        string? path = null;
        foreach (string row in settings.Split('\n'))
        {
            string line = row.Trim();
            if (line.StartsWith("TEE_SUPPLICANT_FS_PARENT_PATH=", StringComparison.Ordinal))
            {
                path = line[(line.IndexOf('=', StringComparison.Ordinal) + 1)..].Trim('"', '\'');
            }
            else if (line.StartsWith("OPTARGS=", StringComparison.Ordinal))
            {
                path = FindOption(line["OPTARGS=".Length..].Trim('"', '\'')) ?? path;
            }
        }

        return path is ['/', ..] ? path : null;
    }

    private static string? FindOption(string options)
    {
        string[] words = options.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        for (int i = 0; i < words.Length; i++)
        {
            const string name = "--fs-parent-path=";
            if (words[i].StartsWith(name, StringComparison.Ordinal))
            {
                return words[i][name.Length..];
            }

            if (words[i] is "-f" or "--fs-parent-path" && i + 1 < words.Length)
            {
                return words[i + 1];
            }
        }

        return null;
    }
}
