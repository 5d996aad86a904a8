// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using System.Text;
using TpmReady.Linux.Files;
using TpmReady.Linux.Interop;
using TpmReady.Supplicant.Storage;

namespace TpmReady.Supplicant.Sandbox;

/// <summary>Makes the kernel's ruleset out of rules, and puts it in force.</summary>
internal sealed unsafe class LandlockRuleset(IFileOperations files)
{
    private const int MaximumPath = 4096;
    private static readonly int PathFlags = Libc.O_PATH | Libc.O_CLOEXEC;

    /// <summary>The level of the kernel's ABI; 0 if it has no Landlock.</summary>
    public static int Level() =>
        Math.Max(0, Libc.LandlockCreateRuleset(null, 0, Libc.LANDLOCK_CREATE_RULESET_VERSION));

    /// <summary>Restricts the calling thread and those that it starts; on newer kernels every thread.</summary>
    /// <returns>0, or an error number.</returns>
    public int Apply(int level, SandboxScope scope)
    {
        Libc.LandlockRuleset attributes = new()
        {
            Files = LandlockPolicy.FilesAt(level, scope),
            Network = LandlockPolicy.NetworkAt(level, scope),
            Scope = LandlockPolicy.ScopeAt(level, scope),
        };
        if (attributes is { Files: 0, Network: 0, Scope: 0 })
        {
            return Errno.Success;
        }

        int ruleset = Libc.LandlockCreateRuleset(&attributes, (nuint)SizeAt(level), 0);
        if (ruleset < 0)
        {
            return Libc.LastError;
        }

        foreach (LandlockRule rule in attributes.Files == 0 ? [] : LandlockPolicy.Rules(scope))
        {
            Add(ruleset, rule, attributes.Files);
        }

        uint flags = level >= LandlockPolicy.NewestLevel ? Libc.LandlockRestrictAllThreads : 0;
        _ = Libc.Prctl(Libc.PR_SET_NO_NEW_PRIVS, (byte*)1, 0, 0, 0);
        int error = Libc.LandlockRestrictSelf(ruleset, flags) == 0 ? Errno.Success : Libc.LastError;
        files.Close(ruleset);
        return error;
    }

    // The kernel refuses a structure that is longer than its own unless the rest is zero.
    private static int SizeAt(int level) => level >= 6 ? 24 : level >= 4 ? 16 : 8;

    private void Add(int ruleset, LandlockRule rule, ulong handled)
    {
        if (TryAdd(ruleset, rule.Path, rule.Access & handled))
        {
            if (rule.HasLinks)
            {
                AddLinkTargets(ruleset, rule, handled);
            }

            if (rule.Absence == Absence.RootInstead && IsEmpty(rule.Path))
            {
                _ = TryAdd(ruleset, Parent(rule.Path), rule.Access & handled);
            }

            return;
        }

        string path = rule.Path;
        while (rule.Absence == Absence.ParentInstead && path.Length > 1)
        {
            path = Parent(path);
            if (TryAdd(ruleset, path, rule.Access & handled))
            {
                return;
            }
        }

        if (rule.Absence == Absence.RootInstead)
        {
            _ = TryAdd(ruleset, "/", rule.Access & handled);
        }
    }

    private bool TryAdd(int ruleset, string path, ulong access)
    {
        int descriptor = Open(path, PathFlags);
        if (descriptor < 0)
        {
            return false;
        }

        bool isDirectory = files.GetStatus(descriptor, out FileStatus status) >= 0 && status.IsDirectory;
        Libc.LandlockPath rule = new()
        {
            Access = isDirectory ? access : access & LandlockPolicy.OfFiles,
            Descriptor = descriptor,
        };
        bool isAdded = rule.Access == 0 || Libc.LandlockAddPath(ruleset, &rule) == 0;
        files.Close(descriptor);
        return isAdded;
    }

    private bool IsEmpty(string path)
    {
        int directory = Open(path, Libc.O_RDONLY | Libc.O_DIRECTORY | Libc.O_CLOEXEC);
        byte* buffer = stackalloc byte[DirectoryReader.BufferSize];
        long position = 0;
        bool isEmpty = directory < 0
            || DirectoryReader.Read(files, directory, ref position, buffer, hidden: true, out _) != 1;
        files.Close(directory);
        return isEmpty;
    }

    private void AddLinkTargets(int ruleset, LandlockRule rule, ulong handled)
    {
        int directory = Open(rule.Path, Libc.O_RDONLY | Libc.O_DIRECTORY | Libc.O_CLOEXEC);
        if (directory < 0)
        {
            return;
        }

        HashSet<string> targets = new(StringComparer.Ordinal);
        byte* buffer = stackalloc byte[DirectoryReader.BufferSize];
        byte* target = stackalloc byte[MaximumPath];
        long position = 0;
        while (DirectoryReader.Read(
            files, directory, ref position, buffer, hidden: false, out ReadOnlySpan<byte> name) == 1)
        {
            fixed (byte* text = name)
            {
                // The reader's buffer has the NUL behind the name.
                bool isLink = Libc.ReadLinkAt(directory, text, target, MaximumPath) >= 0;
                if (isLink && Resolve($"{rule.Path}/{Encoding.UTF8.GetString(name)}") is string path)
                {
                    targets.Add(Parent(path));
                }
            }
        }

        files.Close(directory);
        foreach (string path in targets)
        {
            _ = TryAdd(ruleset, path, rule.Access & handled);
        }
    }

    private static string? Resolve(string path)
    {
        byte* buffer = stackalloc byte[MaximumPath];
        fixed (byte* text = Encoding.UTF8.GetBytes(path + '\0'))
        {
            byte* resolved = Libc.RealPath(text, buffer);
            return resolved == null
                ? null
                : Marshal.PtrToStringUTF8((nint)resolved);
        }
    }

    private int Open(string path, int flags)
    {
        fixed (byte* text = Encoding.UTF8.GetBytes(path + '\0'))
        {
            return files.Open(Libc.AT_FDCWD, text, flags, 0);
        }
    }

    private static string Parent(string path)
    {
        int slash = path.TrimEnd('/').LastIndexOf('/');
        return slash <= 0 ? "/" : path[..slash];
    }
}
