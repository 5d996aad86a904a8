// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.Text;

namespace TpmReady.Readiness.Facts;

/// <summary>What is mounted where (proc_pid_mountinfo(5)).</summary>
public sealed class MountTable
{
    private const int Limit = 1 << 20;
    private readonly List<Mount> _mounts = [];

    /// <summary>Whether there is a table; an image has none.</summary>
    public bool IsKnown => _mounts.Count > 0;

    /// <summary>Reads the running machine's.</summary>
    public static MountTable Read(FactTree tree)
    {
        ArgumentNullException.ThrowIfNull(tree);
        return Parse(tree.ReadText("proc/self/mountinfo", Limit) ?? "");
    }

    /// <summary>Reads it from its text.</summary>
    public static MountTable Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        MountTable table = new();
        foreach (string line in text.Split('\n'))
        {
            // "ID PARENT MAJOR:MINOR ROOT POINT OPTIONS TAG… - TYPE SOURCE SUPER-OPTIONS"
            string[] fields = line.Split(' ');
            int dash = Array.IndexOf(fields, "-");
            if (dash >= 6 && fields.Length >= dash + 4)
            {
                table._mounts.Add(new Mount(
                    Unescape(fields[4]), fields[dash + 1], Unescape(fields[dash + 2]),
                    IsReadOnly(fields[5]) || IsReadOnly(fields[dash + 3]), UpperOf(fields[dash + 3])));
            }
        }

        return table;
    }

    /// <summary>What holds a path; of overlays the layer that is written to, if it can be named.</summary>
    /// <param name="path">An absolute path.</param>
    public Mount? Find(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        Mount? found = null;
        foreach (Mount mount in _mounts)
        {
            // The last mount at a point hides the ones before.
            bool holds = mount.Point is "/" || string.Equals(path, mount.Point, StringComparison.Ordinal)
                || path.StartsWith(mount.Point + "/", StringComparison.Ordinal);
            found = holds && mount.Point.Length >= (found?.Point.Length ?? 0) ? mount : found;
        }

        // An overlay's own mount point would lead back to it.
        return found is { Upper: { } upper } && !(upper + "/").StartsWith(found.Point + "/", StringComparison.Ordinal)
            && found.Point is not "/"
            ? Find(upper)
            : found;
    }

    private static bool IsReadOnly(string options) => Array.IndexOf(options.Split(','), "ro") >= 0;

    private static string? UpperOf(string options)
    {
        const string name = "upperdir=";
        foreach (string option in options.Split(','))
        {
            if (option.StartsWith(name + "/", StringComparison.Ordinal))
            {
                return Unescape(option[name.Length..]);
            }
        }

        return null;
    }

    /// <summary>The kernel writes blanks and backslashes as three octal digits.</summary>
    private static string Unescape(string text)
    {
        StringBuilder plain = new(text);
        return plain.Replace(@"\040", " ").Replace(@"\011", "\t").Replace(@"\012", "\n").Replace(@"\134", @"\")
            .ToString();
    }
}
