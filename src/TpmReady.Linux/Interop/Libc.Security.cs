// SPDX-License-Identifier: MIT

using System.Runtime.InteropServices;

namespace TpmReady.Linux.Interop;

/// <summary>What a process can give up: capabilities, system calls (seccomp) and files (Landlock).</summary>
internal static unsafe partial class Libc
{
    // include/uapi/linux/prctl.h.
    public const int PR_CAPBSET_DROP = 24;
    public const int PR_SET_NO_NEW_PRIVS = 38;
    public const int PR_CAP_AMBIENT = 47;
    public const nuint PR_CAP_AMBIENT_CLEAR_ALL = 4;

    // include/uapi/linux/capability.h.
    public const uint CapabilityVersion = 0x20080522;
    public const int CAP_DAC_OVERRIDE = 1;

    // include/uapi/linux/seccomp.h.
    public const uint SECCOMP_SET_MODE_FILTER = 1;
    public const uint SECCOMP_FILTER_FLAG_TSYNC = 1;
    public const uint SECCOMP_FILTER_FLAG_LOG = 2;

    // include/uapi/linux/landlock.h.
    public const uint LANDLOCK_CREATE_RULESET_VERSION = 1;
    public const int LANDLOCK_RULE_PATH_BENEATH = 1;
    public const uint LandlockRestrictAllThreads = 8;

    // The numbers of Landlock's calls are the same on every architecture (Linux 5.13).
    private const int LandlockCreateRulesetNumber = 444;
    private const int LandlockAddRuleNumber = 445;
    private const int LandlockRestrictSelfNumber = 446;

    // arch/x86/entry/syscalls/syscall_64.tbl; include/uapi/asm-generic/unistd.h for arm64 and RISC-V.
    private static readonly int SeccompNumber =
        RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 317 : 277;

    [LibraryImport(Library, EntryPoint = "capget", SetLastError = true)]
    public static partial int GetCapabilities(CapabilityHeader* header, CapabilityData* data);

    /// <summary>Sets the calling thread's capabilities; there is no call for a whole process.</summary>
    [LibraryImport(Library, EntryPoint = "capset", SetLastError = true)]
    public static partial int SetCapabilities(CapabilityHeader* header, CapabilityData* data);

    /// <summary>seccomp(2): 0, -1, or with TSYNC the id of a thread that could not follow.</summary>
    public static int Seccomp(uint operation, uint flags, void* argument) =>
        (int)SystemCall(SeccompNumber, (nint)operation, (nint)flags, (nint)argument, 0);

    /// <summary>landlock_create_ruleset(2): a descriptor, or with the flag for it the ABI's level.</summary>
    public static int LandlockCreateRuleset(LandlockRuleset* ruleset, nuint size, uint flags) =>
        (int)SystemCall(LandlockCreateRulesetNumber, (nint)ruleset, (nint)size, (nint)flags, 0);

    /// <summary>landlock_add_rule(2) for everything beneath a path.</summary>
    public static int LandlockAddPath(int ruleset, LandlockPath* path) =>
        (int)SystemCall(LandlockAddRuleNumber, ruleset, LANDLOCK_RULE_PATH_BENEATH, (nint)path, 0);

    /// <summary>landlock_restrict_self(2): the calling thread, and those that it will start.</summary>
    public static int LandlockRestrictSelf(int ruleset, uint flags) =>
        (int)SystemCall(LandlockRestrictSelfNumber, ruleset, (nint)flags, 0, 0);

    [LibraryImport(Library, EntryPoint = "readlinkat", SetLastError = true)]
    public static partial nint ReadLinkAt(int directory, byte* name, byte* buffer, nuint length);

    /// <summary>The absolute path without links, at most 4096 bytes (PATH_MAX); null on failure.</summary>
    [LibraryImport(Library, EntryPoint = "realpath", SetLastError = true)]
    public static partial byte* RealPath(byte* path, byte* buffer);

    /// <summary><c>struct __user_cap_header_struct</c>, 8 bytes.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct CapabilityHeader
    {
        public uint Version;
        public int Process;
    }

    /// <summary><c>struct __user_cap_data_struct</c>, 12 bytes; two of them hold 64 capabilities.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct CapabilityData
    {
        public uint Effective;
        public uint Permitted;
        public uint Inheritable;
    }

    /// <summary><c>struct sock_fprog</c>: 16 bytes on 64-bit machines.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct FilterProgram
    {
        public ushort Length;
        public void* Instructions;
    }

    /// <summary><c>struct landlock_ruleset_attr</c>, 24 bytes; older kernels take its first 8 or 16.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct LandlockRuleset
    {
        public ulong Files;
        public ulong Network;
        public ulong Scope;
    }

    /// <summary><c>struct landlock_path_beneath_attr</c>, 12 bytes, packed.</summary>
    [StructLayout(LayoutKind.Sequential, Pack = 1)]
    public struct LandlockPath
    {
        public ulong Access;
        public int Descriptor;
    }
}
