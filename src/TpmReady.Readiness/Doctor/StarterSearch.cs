// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using TpmReady.Readiness.Facts;

namespace TpmReady.Readiness.Doctor;

/// <summary>Finds what starts a supplicant, and what makes its device known to systemd.</summary>
internal static class StarterSearch
{
    private const int FileLimit = 1 << 16;

    /// <summary>Looks at the links of enabled units and at the rules of udev.</summary>
    /// <param name="tree">The root.</param>
    /// <param name="deviceRules">Rules that tag the supplicant's device, by absolute path.</param>
    /// <returns>What starts a supplicant, by absolute path.</returns>
    public static List<string> Find(FactTree tree, out List<string> deviceRules)
    {
        List<string> starters = [];
        deviceRules = [];

        // With a merged /usr the same directories would be seen twice.
        bool isMerged = tree.LinkText("lib") is not null;
        foreach (string directory in (ReadOnlySpan<string>)
            ["etc/systemd/system", "run/systemd/system", "usr/lib/systemd/system", "lib/systemd/system"])
        {
            bool isAgain = isMerged && directory.StartsWith("lib/", StringComparison.Ordinal);
            foreach (string name in isAgain ? [] : tree.List(directory))
            {
                bool holdsLinks = name.EndsWith(".wants", StringComparison.Ordinal)
                    || name.EndsWith(".requires", StringComparison.Ordinal);
                foreach (string link in holdsLinks ? tree.List($"{directory}/{name}") : [])
                {
                    if (link.StartsWith("tee-supplicant", StringComparison.Ordinal))
                    {
                        starters.Add($"/{directory}/{name}/{link}");
                    }
                }
            }
        }

        foreach (string directory in (ReadOnlySpan<string>)
            ["etc/udev/rules.d", "run/udev/rules.d", "usr/lib/udev/rules.d", "lib/udev/rules.d"])
        {
            bool isAgain = isMerged && directory.StartsWith("lib/", StringComparison.Ordinal);
            foreach (string name in isAgain ? [] : tree.List(directory))
            {
                string rules = tree.ReadText($"{directory}/{name}", FileLimit) ?? "";
                if (rules.Contains("tee-supplicant", StringComparison.Ordinal))
                {
                    starters.Add($"/{directory}/{name}");
                }

                if (rules.Contains("teepriv", StringComparison.Ordinal)
                    && rules.Contains("systemd", StringComparison.Ordinal))
                {
                    deviceRules.Add($"/{directory}/{name}");
                }
            }
        }

        return starters;
    }
}
