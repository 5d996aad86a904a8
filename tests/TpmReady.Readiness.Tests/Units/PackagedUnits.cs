// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using TpmReady.Readiness.Facts;
using TpmReady.Readiness.Generation;

namespace TpmReady.Readiness.Tests.Units;

/// <summary>The units of the package, and what the generator adds to them for a machine.</summary>
internal static class PackagedUnits
{
    /// <summary>The folder of the units.</summary>
    public static string Folder { get; } = Path.Combine(AppContext.BaseDirectory, "Packaging", "system");

    /// <summary>The names of the templates.</summary>
    public static IEnumerable<string> Names() =>
        Directory.GetFiles(Folder).Select(static file => Path.GetFileName(file)!).Order(StringComparer.Ordinal);

    /// <summary>A template's text.</summary>
    public static string Read(string name) => File.ReadAllText(Path.Combine(Folder, name));

    /// <summary>What the generator writes for a machine of Machines/*.tree.</summary>
    public static GeneratorOutput Generate(string manifest)
    {
        using MachineTree tree = new(manifest);
        using FactTree facts = new(tree.Root);
        return Generation.Generator.Run(facts, static _ => null);
    }
}
