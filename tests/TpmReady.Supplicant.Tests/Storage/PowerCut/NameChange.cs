// SPDX-License-Identifier: MIT

using System.Collections.Generic;

namespace TpmReady.Supplicant.Tests.Storage.PowerCut;

/// <summary>One change of a directory: a name leads to a file, or nowhere; a renamed one leads nowhere now.</summary>
internal sealed record NameChange(string Name, MemoryFile? File, string? From)
{
    public void ApplyTo(Dictionary<string, MemoryFile> names)
    {
        if (From is not null)
        {
            names.Remove(From);
        }

        if (File is null)
        {
            names.Remove(Name);
        }
        else
        {
            names[Name] = File;
        }
    }
}
