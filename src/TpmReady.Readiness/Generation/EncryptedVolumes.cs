// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using TpmReady.Readiness.Facts;
using TpmReady.Systemd;

namespace TpmReady.Readiness.Generation;

/// <summary>
/// The volumes of <c>/etc/crypttab</c> and of the kernel command line, as systemd-cryptsetup-generator(8) names them.
/// </summary>
public static class EncryptedVolumes
{
    private const int TableLimit = 1 << 20;

    /// <summary>Reads them.</summary>
    public static IReadOnlyList<EncryptedVolume> Read(FactTree tree, KernelCommandLine line)
    {
        ArgumentNullException.ThrowIfNull(tree);
        ArgumentNullException.ThrowIfNull(line);
        return Parse(tree.ReadText("etc/crypttab", TableLimit) ?? "", line);
    }

    /// <summary>The volumes of a table and a command line.</summary>
    /// <param name="table">The text of a crypttab(5).</param>
    /// <param name="line">The command line: luks.name=, luks.uuid=, luks.options=.</param>
    public static IReadOnlyList<EncryptedVolume> Parse(string table, KernelCommandLine line)
    {
        ArgumentNullException.ThrowIfNull(table);
        ArgumentNullException.ThrowIfNull(line);
        List<EncryptedVolume> volumes = [];
        if (line.GetSwitch("luks") is false)
        {
            return volumes;
        }

        if (line.GetSwitch("luks.crypttab") is not false)
        {
            AddTable(table, line, volumes);
        }

        foreach (string name in line.GetAll("luks.name"))
        {
            int equals = name.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0)
            {
                AddUuid(name[..equals], name[(equals + 1)..], line, volumes);
            }
        }

        foreach (string uuid in line.GetAll("luks.uuid"))
        {
            string bare = uuid.StartsWith("luks-", StringComparison.Ordinal) ? uuid["luks-".Length..] : uuid;
            AddUuid(bare, "luks-" + bare, line, volumes);
        }

        return volumes;
    }

    private static void AddTable(string table, KernelCommandLine line, List<EncryptedVolume> volumes)
    {
        foreach (string row in table.Split('\n'))
        {
            string[] fields = row.Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
            if (fields.Length >= 2 && !fields[0].StartsWith('#'))
            {
                string options = fields.Length > 3 ? fields[3] : "";
                string? uuid = UuidOf(fields[1]);
                volumes.Add(new EncryptedVolume(
                    fields[0], fields[1], (uuid is null ? null : OptionsFor(uuid, line)) ?? options));
            }
        }
    }

    private static void AddUuid(string uuid, string name, KernelCommandLine line, List<EncryptedVolume> volumes)
    {
        foreach (EncryptedVolume volume in volumes)
        {
            if (string.Equals(UuidOf(volume.Source), uuid, StringComparison.OrdinalIgnoreCase))
            {
                return;
            }
        }

        string? common = null;
        foreach (string options in line.GetAll("luks.options"))
        {
            common = SplitUuid(options, out _) is null ? options : common;
        }

        volumes.Add(new EncryptedVolume(name, "UUID=" + uuid, OptionsFor(uuid, line) ?? common ?? ""));
    }

    private static string? OptionsFor(string uuid, KernelCommandLine line)
    {
        string? found = null;
        foreach (string value in line.GetAll("luks.options"))
        {
            if (string.Equals(SplitUuid(value, out string rest), uuid, StringComparison.OrdinalIgnoreCase))
            {
                found = rest;
            }
        }

        return found;
    }

    /// <summary>
    /// "UUID=options": the UUID has 36 characters, which no option's name has before its equals sign.
    /// </summary>
    private static string? SplitUuid(string value, out string rest)
    {
        const int length = 36;
        bool isUuid = value.Length > length && value[length] is '=' && value[8] is '-' && value[13] is '-';
        rest = isUuid ? value[(length + 1)..] : value;
        return isUuid ? value[..length] : null;
    }

    private static string? UuidOf(string source)
    {
        foreach (string prefix in (ReadOnlySpan<string>)["UUID=", "/dev/disk/by-uuid/"])
        {
            if (source.StartsWith(prefix, StringComparison.Ordinal))
            {
                return source[prefix.Length..].Trim('"');
            }
        }

        return null;
    }
}
