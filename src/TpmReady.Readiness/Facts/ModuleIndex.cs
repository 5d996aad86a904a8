// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.Text;

namespace TpmReady.Readiness.Facts;

/// <summary>
/// Which drivers the running kernel has in this root: <c>modules.builtin</c>, <c>modules.dep</c> and
/// <c>modules.alias</c> (depmod(8)). An initrd has fewer modules than the host, and that is the point.
/// </summary>
public sealed class ModuleIndex
{
    // Debian's modules.dep has 0.6 MB and modules.alias 1.4 MB.
    private const int IndexLimit = 8 << 20;
    private readonly Dictionary<string, ModuleState> _states = new(StringComparer.Ordinal);
    private readonly HashSet<string> _takenCompatibles = new(StringComparer.Ordinal);

    private ModuleIndex(bool isKnown) => IsKnown = isKnown;

    /// <summary>An index that knows nothing.</summary>
    public static ModuleIndex None { get; } = new(isKnown: false);

    /// <summary>Whether this root has an index for the running kernel.</summary>
    public bool IsKnown { get; }

    /// <summary>Reads the states of modules.</summary>
    /// <param name="tree">Where from.</param>
    /// <param name="release">The kernel's release, as <c>uname -r</c> prints it.</param>
    /// <param name="modules">Which modules, with underscores; the index of files is half a megabyte, and read only if
    /// one of them is neither built in nor loaded.</param>
    /// <param name="compatibles">Device-tree names of TPMs whose drivers are wanted, too.</param>
    public static ModuleIndex Read(
        FactTree tree, string? release, IReadOnlyList<string> modules, IReadOnlyList<string> compatibles)
    {
        ArgumentNullException.ThrowIfNull(tree);
        ArgumentNullException.ThrowIfNull(modules);
        ArgumentNullException.ThrowIfNull(compatibles);
        string? directory = modules.Count + compatibles.Count > 0 ? FindDirectory(tree, release) : null;
        byte[] builtIn = Load(tree, directory, "modules.builtin");
        byte[]? available = null;
        ModuleIndex index = new(directory is not null);
        foreach (string module in modules)
        {
            index._states[module] = Names(builtIn, module) ? ModuleState.BuiltIn
                : tree.Exists("sys/module/" + module) ? ModuleState.Loaded
                : directory is null ? ModuleState.Unknown
                : Names(available ??= Load(tree, directory, "modules.dep"), module) ? ModuleState.Available
                : ModuleState.Missing;
        }

        if (compatibles.Count > 0)
        {
            index.TakeAliases(Load(tree, directory, "modules.alias"), compatibles);
        }

        return index;
    }

    /// <summary>What the kernel has of a module, by its name with underscores.</summary>
    public ModuleState StateOf(string module) => _states.GetValueOrDefault(module, ModuleState.Unknown);

    /// <summary>
    /// Whether some module in this root takes a device-tree node of a kind that was asked for; null without an index.
    /// Built-in drivers stand in no alias index that is text, so false does not speak of them.
    /// </summary>
    public bool? TakesCompatible(string compatible) => IsKnown ? _takenCompatibles.Contains(compatible) : null;

    /// <summary>
    /// file2alias.c writes "alias of:N*T*Cvendor,part MODULE", and once more with "C*" after the part.
    /// </summary>
    private void TakeAliases(ReadOnlySpan<byte> aliases, IReadOnlyList<string> compatibles)
    {
        foreach (string compatible in compatibles)
        {
            if (aliases.IndexOf(Encoding.UTF8.GetBytes($"of:N*T*C{compatible} ")) >= 0)
            {
                _takenCompatibles.Add(compatible);
            }
        }
    }

    private static string? FindDirectory(FactTree tree, string? release)
    {
        if (release is null)
        {
            return null;
        }

        foreach (string parent in (ReadOnlySpan<string>)["usr/lib/modules", "lib/modules"])
        {
            // Without modules.builtin an initrd's directory says nothing of what is built in.
            if (tree.Exists($"{parent}/{release}/modules.builtin"))
            {
                return $"{parent}/{release}";
            }
        }

        return null;
    }

    private static byte[] Load(FactTree tree, string? directory, string name) =>
        directory is null ? [] : tree.ReadBytes($"{directory}/{name}", IndexLimit) ?? [];

    /// <summary>Whether an index names a file of this module; file names have dashes or underscores.</summary>
    private static bool Names(ReadOnlySpan<byte> index, string module) =>
        index.IndexOf(Encoding.UTF8.GetBytes($"/{module}.ko")) >= 0
        || index.IndexOf(Encoding.UTF8.GetBytes($"/{module.Replace('_', '-')}.ko")) >= 0;
}
