// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;

namespace TpmReady.Supplicant.Sandbox;

/// <summary>
/// What Landlock restricts at a level of its ABI, and what stays in reach. Pure. Numbers: uapi/linux/landlock.h.
/// </summary>
internal static class LandlockPolicy
{
    /// <summary>The newest level that this program makes use of (Linux 7.0).</summary>
    public const int NewestLevel = 8;

    public const ulong Execute = 1 << 0;
    public const ulong WriteFile = 1 << 1;
    public const ulong ReadFile = 1 << 2;
    public const ulong ReadDirectory = 1 << 3;
    public const ulong RemoveDirectory = 1 << 4;
    public const ulong RemoveFile = 1 << 5;
    public const ulong MakeDirectory = 1 << 7;
    public const ulong MakeFile = 1 << 8;
    public const ulong Refer = 1 << 13;
    public const ulong Truncate = 1 << 14;
    public const ulong DeviceIoctl = 1 << 15;

    /// <summary>What a rule for something that is no directory can have.</summary>
    public const ulong OfFiles = Execute | WriteFile | ReadFile | Truncate | DeviceIoctl;

    private const ulong Read = ReadFile | ReadDirectory;
    private const ulong Storage =
        Read | WriteFile | RemoveDirectory | RemoveFile | MakeDirectory | MakeFile | Refer | Truncate;

    private const ulong BindTcp = 1;
    private const ulong ConnectTcp = 2;
    private const ulong ScopeAbstractSocket = 1;
    private const ulong ScopeSignal = 2;

    /// <summary>The kinds of access to files that are restricted.</summary>
    public static ulong FilesAt(int level, SandboxScope scope)
    {
        const ulong first = (1 << 13) - 1;
        return scope.IsOpenForPlugins ? 0
            : first
            | (level >= 2 ? Refer : 0)
            | (level >= 3 ? Truncate : 0)
            | (level >= 5 ? DeviceIoctl : 0);
    }

    /// <summary>The kinds of TCP use that are restricted; there are no exceptions from them.</summary>
    public static ulong NetworkAt(int level, SandboxScope scope) =>
        level < 4 || scope.HasPlugins ? 0
        : scope.HasSockets ? BindTcp
        : BindTcp | ConnectTcp;

    /// <summary>What is kept from processes outside: signals to them, their abstract sockets.</summary>
    public static ulong ScopeAt(int level, SandboxScope scope) =>
        level < 6 || scope.HasPlugins ? 0
        : scope.UsesAbstractSocket ? ScopeSignal
        : ScopeAbstractSocket | ScopeSignal;

    /// <summary>What stays in reach.</summary>
    public static List<LandlockRule> Rules(SandboxScope scope)
    {
        List<LandlockRule> rules =
        [
            new("/dev/null", ReadFile | WriteFile, Absence.Ignored),
            new("/dev/urandom", ReadFile, Absence.Ignored),

            // The collector asks how much memory there is.
            new("/proc/self", Read, Absence.Ignored),
            new("/proc/meminfo", ReadFile, Absence.Ignored),
            new("/sys/fs/cgroup", Read, Absence.Ignored),
        ];
        Add(rules, scope.StoragePath, Storage, Absence.RootInstead);
        Add(rules, scope.EmulationDirectory, Storage, Absence.RootInstead);
        Add(rules, scope.ProfilePath, Storage & ~Refer, Absence.ParentInstead);
        Add(rules, scope.ReportDirectory, MakeFile | WriteFile | RemoveFile | Truncate, Absence.Ignored);
        foreach (string path in scope.TrustedApplicationPaths)
        {
            rules.Add(new LandlockRule(path, Read, Absence.ParentInstead) { HasLinks = true });
        }

        foreach (string path in scope.DevicePaths)
        {
            rules.Add(new LandlockRule(path, ReadFile | WriteFile | DeviceIoctl, Absence.Ignored));
        }

        if (scope.HasRpmb)
        {
            rules.Add(new LandlockRule("/sys", Read, Absence.Ignored));
        }

        AddPrograms(rules, scope);
        return rules;
    }

    // Name resolution and plug-ins load shared objects and read settings. What lies in /etc is replaced, not
    // rewritten, so a rule for a single file would hold for its old contents only.
    private static void AddPrograms(List<LandlockRule> rules, SandboxScope scope)
    {
        if (scope.HasSockets || scope.HasPlugins)
        {
            foreach (string path in (ReadOnlySpan<string>)["/etc", "/run/systemd/resolve", "/run/resolvconf"])
            {
                rules.Add(new LandlockRule(path, Read, Absence.Ignored));
            }

            foreach (string path in (ReadOnlySpan<string>)["/lib", "/lib64", "/usr/lib", "/usr/lib64"])
            {
                rules.Add(new LandlockRule(path, Read | Execute, Absence.Ignored));
            }
        }

        foreach (string path in scope.AllowedPaths)
        {
            rules.Add(new LandlockRule(path, Storage | DeviceIoctl | Execute, Absence.ParentInstead));
        }
    }

    private static void Add(List<LandlockRule> rules, string? path, ulong access, Absence absence)
    {
        if (path is not null)
        {
            rules.Add(new LandlockRule(path, access, absence));
        }
    }
}
