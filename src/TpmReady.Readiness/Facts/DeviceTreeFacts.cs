// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.Text;

namespace TpmReady.Readiness.Facts;

/// <summary>What the device tree says; read before any module is loaded.</summary>
/// <param name="Exists">Whether the machine has a device tree with anything in it.</param>
/// <param name="HasOptee">Whether it names OP-TEE (<c>linaro,optee-tz</c>).</param>
/// <param name="HasFirmwareTpm">Whether it names the firmware TPM (<c>microsoft,ftpm</c>).</param>
/// <param name="Compatibles">The compatible strings of other TPM nodes that are not disabled.</param>
public sealed record DeviceTreeFacts(
    bool Exists, bool HasOptee, bool HasFirmwareTpm, IReadOnlyList<string> Compatibles)
{
    private const string Base = "sys/firmware/devicetree/base";

    // A large board has some 2000 nodes; the limit only keeps a hostile tree from taking seconds.
    private const int NodeLimit = 4096;
    private const int DepthLimit = 8;

    /// <summary>Nothing.</summary>
    public static DeviceTreeFacts None { get; } = new(false, false, false, []);

    /// <summary>Reads them.</summary>
    /// <param name="tree">Where from.</param>
    /// <param name="everywhere">Whether to look for TPMs on every bus. Without, only the nodes that OP-TEE's bindings
    /// put below the root and below <c>/firmware</c> are read, which takes a hundred microseconds.</param>
    public static DeviceTreeFacts Read(FactTree tree, bool everywhere)
    {
        ArgumentNullException.ThrowIfNull(tree);
        Walk walk = new(tree);
        IReadOnlyList<string> names = tree.List(Base);
        foreach (string name in names)
        {
            walk.Visit($"{Base}/{name}", name, everywhere ? DepthLimit : 0);
        }

        if (!everywhere)
        {
            foreach (string name in tree.List(Base + "/firmware"))
            {
                walk.Visit($"{Base}/firmware/{name}", name, 0);
            }
        }

        return new DeviceTreeFacts(names.Count > 0, walk.HasOptee, walk.HasFirmwareTpm, walk.Compatibles);
    }

    private sealed class Walk(FactTree tree)
    {
        private int _nodes;

        public bool HasOptee { get; private set; }

        public bool HasFirmwareTpm { get; private set; }

        public List<string> Compatibles { get; } = [];

        public void Visit(string path, string name, int depth)
        {
            // Properties are files in the same directories; their names hold none of these but for "compatible" itself.
            if (++_nodes > NodeLimit)
            {
                return;
            }

            if (IsInteresting(name) && !IsDisabled(path))
            {
                Take(tree.ReadBytes(path + "/compatible", 256));
            }

            if (depth > 0)
            {
                foreach (string child in tree.List(path))
                {
                    Visit($"{path}/{child}", child, depth - 1);
                }
            }
        }

        private static bool IsInteresting(string name) =>
            name.Contains("tpm", StringComparison.Ordinal) || name.StartsWith("optee", StringComparison.Ordinal);

        private bool IsDisabled(string path) =>
            tree.ReadText(path + "/status")?.TrimEnd('\0') is { } status && status is not ("okay" or "ok");

        private void Take(byte[]? compatible)
        {
            if (compatible is null)
            {
                return;
            }

            string all = Encoding.UTF8.GetString(compatible);
            foreach (string text in all.Split('\0', StringSplitOptions.RemoveEmptyEntries))
            {
                HasOptee |= text is TpmDrivers.OpteeCompatible;
                HasFirmwareTpm |= text is TpmDrivers.FirmwareTpmCompatible;
                if (text is not (TpmDrivers.OpteeCompatible or TpmDrivers.FirmwareTpmCompatible))
                {
                    Compatibles.Add(text);
                }
            }
        }
    }
}
