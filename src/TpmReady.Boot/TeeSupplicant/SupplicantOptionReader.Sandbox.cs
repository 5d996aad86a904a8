// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.Linq;
using TpmReady.Supplicant.Sandbox;
using static TpmReady.Boot.TeeSupplicant.SupplicantOptionTable;

namespace TpmReady.Boot.TeeSupplicant;

/// <content>The cage.</content>
internal sealed partial class SupplicantOptionReader
{
    /// <summary>The last word on an option counts, but lists add up.</summary>
    private string Join(string name, string value)
    {
        char? separator = name switch
        {
            AllowPathName => ':',
            PluginAllowName or SocketAllowName => ',',
            _ => null,
        };
        return separator is not null && Get(name) is string before ? $"{before}{separator}{value}" : value;
    }

    private SandboxOptions ReadSandbox()
    {
        bool isOff = Has(NoSandboxName);
        SeccompMode seccomp = ReadSeccomp();
        return new SandboxOptions
        {
            Seccomp = isOff ? SeccompMode.Off : seccomp,
            UsesLandlock = !isOff && !Has(NoLandlockName),
            DropsCapabilities = !isOff && !Has(KeepCapabilitiesName),
        };
    }

    private SeccompMode ReadSeccomp()
    {
        switch (Get(SeccompName))
        {
            case null or "errno":
                return SeccompMode.Refuse;
            case "kill":
                return SeccompMode.Kill;
            case "off":
                return SeccompMode.Off;
            case string other:
                Reject($"--{SeccompName}={other}: errno, kill or off is expected");
                return SeccompMode.Refuse;
        }
    }

    private string[] ReadAllowedPaths() =>
        [.. (Get(AllowPathName)?.Split(':') ?? []).Select(path => Absolute(AllowPathName, path))];

    private HashSet<Guid>? ReadAllowedPlugins()
    {
        if (Get(PluginAllowName) is not string text)
        {
            return null;
        }

        HashSet<Guid> plugins = [];
        foreach (string word in text.Split(','))
        {
            if (Guid.TryParseExact(word.Trim(), "D", out Guid uuid))
            {
                plugins.Add(uuid);
            }
            else
            {
                Reject($"--{PluginAllowName}={word}: a UUID is expected");
            }
        }

        return plugins;
    }
}
