// SPDX-License-Identifier: MIT

using System;

namespace TpmReady.Readiness.Facts;

/// <summary>A unit's file, or a link to one, in the first of the directories that count (systemd.unit(5)).</summary>
/// <param name="Path">Its absolute path.</param>
/// <param name="IsMasked">Whether it is a link to <c>/dev/null</c>.</param>
public sealed record UnitFile(string Path, bool IsMasked)
{
    /// <summary>Looks for it.</summary>
    /// <param name="tree">The root.</param>
    /// <param name="name">A unit, or <c>UNIT.wants/UNIT</c>.</param>
    /// <returns>Null if there is none.</returns>
    public static UnitFile? Find(FactTree tree, string name)
    {
        ArgumentNullException.ThrowIfNull(tree);
        foreach (string directory in (ReadOnlySpan<string>)
            [
                "etc/systemd/system", "run/systemd/system", "usr/local/lib/systemd/system", "usr/lib/systemd/system",
                "lib/systemd/system",
            ])
        {
            string path = $"{directory}/{name}";
            string? link = tree.LinkText(path);
            if (link is not null || tree.Exists(path))
            {
                return new UnitFile("/" + path, link is "/dev/null");
            }
        }

        return null;
    }
}
