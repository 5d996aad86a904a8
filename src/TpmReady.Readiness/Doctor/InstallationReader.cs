// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.Globalization;
using TpmReady.Readiness.Decisions;
using TpmReady.Readiness.Facts;
using TpmReady.Readiness.Generation;
using TpmReady.Readiness.Inspection;
using TpmReady.Systemd;

namespace TpmReady.Readiness.Doctor;

/// <summary>Reads an installation from a root.</summary>
internal static class InstallationReader
{
    /// <summary>The generator.</summary>
    public const string GeneratorProgram = "/usr/lib/systemd/system-generators/tpmready-generator";

    private const int FileLimit = 1 << 20;
    private const string DefaultPlugins = "/usr/lib/tee-supplicant/plugins";

    // Where the store may be: ours and upstream's, Debian's C daemon's, and upstream's before 2024.
    private static readonly string[] StorePlaces = ["/var/lib/tee", "/var/lib/optee-client/data/tee", "/data/tee"];

    /// <summary>Reads it.</summary>
    /// <param name="tree">The root.</param>
    /// <param name="facts">The machine.</param>
    /// <param name="isElsewhere">Whether the root is not the running machine's.</param>
    /// <param name="states">What the service manager says of the units; null if it was not asked.</param>
    /// <param name="initrd">The initrd, if it could be listed.</param>
    public static Installation Read(
        FactTree tree, MachineFacts facts, bool isElsewhere, IReadOnlyList<UnitState>? states, InitrdListing? initrd)
    {
        string settingsText =
            (tree.ReadText("etc/default/tee-supplicant", FileLimit) ?? "") + ReadArguments(tree, facts);
        SupplicantSettings settings = SupplicantSettings.Parse(settingsText);
        SupplicantStorage storage = SupplicantStorage.Parse(settingsText, tree.ReadText("etc/fstab", FileLimit) ?? "");
        List<string> directories = FindApplicationDirectories(settings);
        Dictionary<string, FileRecord?> programs = new(StringComparer.Ordinal);
        foreach (string program in (ReadOnlySpan<string>)
            [
                GeneratorProgram, "/usr/sbin/tee-supplicant", "/usr/lib/tpmready/tpmready-gate",
                "/usr/lib/tpmready/tpmready-driver",
            ])
        {
            programs[program] = tree.GetRecord(program[1..]);
        }

        return new Installation
        {
            Facts = facts,
            Decision = TpmUse.Decide(facts, null, isWanted: false),
            IsElsewhere = isElsewhere,
            Units = UnitReport.Read(tree, UnitReport.Names(facts), states),
            SystemdVersion = FindSystemdVersion(tree),
            Programs = programs,
            Starters = StarterSearch.Find(tree, out List<string> deviceRules),
            DeviceRules = deviceRules,
            Groups = ReadGroups(tree),
            Modules = ReadModules(tree),
            Storage = storage,
            StorageDirectory = tree.GetRecord(storage.Path[1..]),
            StorageMount = MountTable.Read(tree).Find(storage.Path),
            Stores = FindStores(tree, storage.Path),
            Settings = settings,
            ApplicationDirectories = directories,
            HasApplicationFile = HasApplicationFile(tree, directories),
            Plugins = ReadPlugins(tree, settings.Find("plugin-path") ?? DefaultPlugins),
            Nodes = isElsewhere ? new Dictionary<string, FileRecord>(StringComparer.Ordinal) : ReadNodes(tree, facts),
            Volumes = EncryptedVolumes.Read(tree, facts.CommandLine),
            Initrd = initrd,
        };
    }

    /// <summary>
    /// The arguments of the supplicant that serves, as a row of its settings: whatever starts it, these count.
    /// </summary>
    private static string ReadArguments(FactTree tree, MachineFacts facts)
    {
        foreach (DeviceHolder holder in facts.Holders ?? [])
        {
            string path = string.Create(CultureInfo.InvariantCulture, $"proc/{holder.Process}/cmdline");
            string line = holder.IsServing ? tree.ReadText(path) ?? "" : "";
            int end = line.IndexOf('\0', StringComparison.Ordinal);
            if (end > 0)
            {
                return "\nOPTARGS=" + line[end..].Replace('\0', ' ').Trim();
            }
        }

        return "";
    }

    /// <summary>The library that all of systemd uses bears the version: libsystemd-shared-257.so.</summary>
    private static int? FindSystemdVersion(FactTree tree)
    {
        const string prefix = "libsystemd-shared-";
        foreach (string directory in (ReadOnlySpan<string>)
            [
                "usr/lib/systemd", "lib/systemd", "usr/lib64/systemd", "usr/lib/aarch64-linux-gnu/systemd",
                "usr/lib/x86_64-linux-gnu/systemd", "usr/lib/arm-linux-gnueabihf/systemd",
            ])
        {
            foreach (string name in tree.List(directory))
            {
                if (!name.StartsWith(prefix, StringComparison.Ordinal))
                {
                    continue;
                }

                int end = prefix.Length;
                while (end < name.Length && char.IsAsciiDigit(name[end]))
                {
                    end++;
                }

                if (int.TryParse(
                    name.AsSpan(prefix.Length, end - prefix.Length), NumberStyles.None, CultureInfo.InvariantCulture,
                    out int version))
                {
                    return version;
                }
            }
        }

        return null;
    }

    private static HashSet<string>? ReadGroups(FactTree tree)
    {
        if (tree.ReadText("etc/group", FileLimit) is not { } text)
        {
            return null;
        }

        HashSet<string> groups = new(StringComparer.Ordinal);
        foreach (string line in (text + "\n" + tree.ReadText("usr/lib/group", FileLimit)).Split('\n'))
        {
            groups.Add(line.Split(':')[0]);
        }

        return groups;
    }

    /// <summary>Of an image the running kernel is not known: then the first one that it has.</summary>
    private static ModuleIndex ReadModules(FactTree tree)
    {
        string? release = tree.ReadText("proc/sys/kernel/osrelease");
        IReadOnlyList<string> kernels = tree.List("usr/lib/modules");
        return ModuleIndex.Read(
            tree, release ?? (kernels.Count > 0 ? kernels[0] : null),
            [TpmDrivers.FirmwareTpmModule, TpmDrivers.OpteeModule], []);
    }

    private static List<string> FindStores(FactTree tree, string configured)
    {
        List<string> stores = [];
        foreach (string place in (IEnumerable<string>)[configured, .. StorePlaces])
        {
            if (IsOrdinary(place) && tree.Exists(place[1..].TrimEnd('/') + "/dirf.db") && !stores.Contains(place))
            {
                stores.Add(place);
            }
        }

        return stores;
    }

    private static List<string> FindApplicationDirectories(SupplicantSettings settings)
    {
        string name = settings.Find("ta-dir") ?? "optee_armtz";
        return settings.Find("ta-path") is { } list
            ? [.. list.Split(':', StringSplitOptions.RemoveEmptyEntries)]
            : [$"/lib/{name}", $"/usr/lib/{name}"];
    }

    private static bool HasApplicationFile(FactTree tree, List<string> directories)
    {
        foreach (string directory in directories)
        {
            if (IsOrdinary(directory) && tree.Exists($"{directory[1..]}/{TpmDrivers.FirmwareTpmIdentifier}.ta"))
            {
                return true;
            }
        }

        return false;
    }

    private static Dictionary<string, FileRecord> ReadPlugins(FactTree tree, string directory)
    {
        Dictionary<string, FileRecord> records = new(StringComparer.Ordinal);
        if (!IsOrdinary(directory) || tree.GetRecord(directory[1..]) is not { } record)
        {
            return records;
        }

        records[directory] = record;
        foreach (string name in tree.List(directory[1..]))
        {
            string path = $"{directory.TrimEnd('/')}/{name}";
            if (tree.GetRecord(path[1..]) is { } file)
            {
                records[path] = file;
            }
        }

        return records;
    }

    /// <summary>Nothing is listed or read in /dev, whatever the settings say.</summary>
    private static bool IsOrdinary(string path) =>
        path is ['/', _, ..] && !(path + "/").StartsWith("/dev/", StringComparison.Ordinal);

    private static Dictionary<string, FileRecord> ReadNodes(FactTree tree, MachineFacts facts)
    {
        Dictionary<string, FileRecord> nodes = new(StringComparer.Ordinal);
        List<string> names = [];
        foreach (TeeDevice tee in facts.Tees)
        {
            names.Add(tee.Name);
        }

        foreach (TpmChip chip in facts.Chips)
        {
            names.Add(chip.NodeName ?? chip.Name);
        }

        foreach (string name in names)
        {
            if (tree.GetRecord("dev/" + name) is { } node)
            {
                nodes["/dev/" + name] = node;
            }
        }

        return nodes;
    }
}
