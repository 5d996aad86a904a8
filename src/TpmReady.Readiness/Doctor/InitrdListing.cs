// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;

namespace TpmReady.Readiness.Doctor;

/// <summary>What an initrd holds, as lsinitrd(1) or lsinitramfs(8) prints it.</summary>
/// <param name="Image">The image's path.</param>
/// <param name="Names">The files' names without directories.</param>
internal sealed record InitrdListing(string Image, IReadOnlySet<string> Names)
{
    /// <summary>
    /// Reads it: a path a line, alone or behind what <c>ls -l</c> puts in front; links have an arrow.
    /// </summary>
    public static InitrdListing Parse(string image, string text)
    {
        HashSet<string> names = new(StringComparer.Ordinal);
        foreach (string row in text.Split('\n'))
        {
            int arrow = row.IndexOf(" -> ", StringComparison.Ordinal);
            string line = (arrow < 0 ? row : row[..arrow]).TrimEnd();
            int start = int.Max(line.LastIndexOf('/'), line.LastIndexOf(' ')) + 1;
            if (start < line.Length)
            {
                names.Add(line[start..]);
            }
        }

        return new InitrdListing(image, names);
    }

    /// <summary>Whether it holds a module, compressed or not, with dashes or underscores.</summary>
    public bool HasModule(string module)
    {
        foreach (string name in Names)
        {
            int end = name.IndexOf(".ko", StringComparison.Ordinal);
            if (end > 0 && string.Equals(name[..end].Replace('-', '_'), module, StringComparison.Ordinal))
            {
                return true;
            }
        }

        return false;
    }
}
