// SPDX-License-Identifier: MIT

using System;
using System.Runtime.InteropServices;
using TpmReady.Linux.Interop;
using static TpmReady.Supplicant.Sandbox.SystemCalls;

namespace TpmReady.Supplicant.Sandbox;

/// <summary>Which system calls the supplicant may make, with which arguments. Pure.</summary>
/// <param name="scope">What is switched on.</param>
/// <param name="architecture">The machine's architecture: X64 or Arm64.</param>
/// <param name="process">The id of the process, the only one whose threads it may signal.</param>
internal sealed class SystemCallPolicy(SandboxScope scope, Architecture architecture, int process)
{
    // include/uapi/linux/audit.h: EM_X86_64 and EM_AARCH64, 64 bits, little-endian.
    private const uint AuditX64 = 0xc000003e;
    private const uint AuditArm64 = 0xc00000b7;

    // uapi/asm-generic/ioctl.h: the type is in the second byte. tee.h has 0xa4, mmc/ioctl.h 179, sockios.h 0x89.
    private const uint IoctlTypeMask = 0xff00;
    private const uint IoctlTee = 0xa400;
    private const uint IoctlMmc = 0xb300;
    private const uint IoctlSocket = 0x8900;

    // include/uapi/linux/sched.h.
    private const uint CloneThread = 0x10000;
    private const uint CloneNewNamespaces = 0x7e020000;

    // include/linux/socket.h; asm-generic/mman-common.h; linux/prctl.h: PR_SET_NAME, PR_GET_NAME, PR_SET_VMA.
    private const uint AfUnix = 1;
    private const uint AfInet = 2;
    private const uint AfInet6 = 10;
    private const uint AfNetlink = 16;
    private const uint ProtectionWrite = 2;
    private const uint ProtectionExecute = 4;
    private const uint SetName = 15;
    private const uint GetName = 16;
    private const uint SetVma = 0x53564d41;

    private const uint Enosys = 38;
    private const uint WholeWord = uint.MaxValue;

    /// <summary>Whether there are numbers for an architecture.</summary>
    public static bool Knows(Architecture architecture) => architecture is Architecture.X64 or Architecture.Arm64;

    /// <summary>The filter.</summary>
    /// <param name="otherwise">What happens to all other calls, an action of <see cref="FilterBuilder"/>.</param>
    public ReadOnlySpan<FilterInstruction> Build(uint otherwise)
    {
        uint audit = architecture == Architecture.X64 ? AuditX64 : AuditArm64;
        FilterBuilder builder = new(audit, FirstUnknown, otherwise);

        // Whole groups first: the first rule that names a call wins, and a group may name what is restricted below.
        AddGroup(builder, scope.CompilesCode ? SystemCallGroups.JustInTime : []);
        AddGroup(builder, scope.HasPlugins ? SystemCallGroups.Plugins : []);
        AddGroup(builder, scope.AwaitsSuccessor ? SystemCallGroups.Succession : []);
        AddRestricted(builder);
        AddGroup(builder, SystemCallGroups.Always);
        bool writes = scope.StoragePath is not null || scope.ProfilePath is not null
            || scope.ReportDirectory is not null
            || scope.EmulationDirectory is not null || scope.HasPlugins;
        AddGroup(builder, writes ? SystemCallGroups.FileWriting : []);
        bool connects = scope.HasSockets || scope.HasPlugins;
        AddGroup(builder, connects ? SystemCallGroups.Network : []);
        AddGroup(builder, scope.HasRpmb ? SystemCallGroups.Rpmb : []);
        return builder.Build();
    }

    private void AddRestricted(FilterBuilder builder)
    {
        if (NumberOf(Ioctl) is uint ioctl)
        {
            // A TA that receives without room asks how much waits; the type of that ioctl is that of terminals.
            builder.AllowIf(
                ioctl, 1, scope.HasSockets ? Libc.FIONREAD : null, IoctlTypeMask,
                [IoctlTee, scope.HasRpmb ? IoctlMmc : IoctlTee, scope.HasSockets ? IoctlSocket : IoctlTee]);
        }

        // What is mapped executable must not be writable, and shared objects are only loaded for names and plug-ins.
        const uint both = ProtectionWrite | ProtectionExecute;
        if (scope.HasSockets || scope.HasPlugins)
        {
            AllowIf(builder, Mmap, 2, both, 0, ProtectionWrite, ProtectionExecute);
        }
        else
        {
            AllowIf(builder, Mmap, 2, ProtectionExecute, 0);
        }

        AllowIf(builder, Mprotect, 2, ProtectionExecute, 0);

        // clone3 has its flags in memory, where no filter sees them; without it libc takes clone.
        Decide(builder, Clone3, FilterBuilder.Fail(Enosys));
        const uint flags = CloneThread | CloneNewNamespaces;
        AllowIf(builder, Clone, 0, flags, CloneThread);
        AllowIf(builder, Tgkill, 0, WholeWord, (uint)process);
        AllowIf(builder, Prlimit64, 0, WholeWord, 0);
        AllowIf(builder, Prctl, 0, WholeWord, SetName, GetName, SetVma);
        if (scope.HasSockets)
        {
            // libc asks by netlink which address families the machine has.
            AllowIf(builder, Socket, 0, WholeWord, AfUnix, AfInet, AfInet6, AfNetlink);
        }
        else
        {
            AllowIf(builder, Socket, 0, WholeWord, AfUnix);
        }
    }

    private void AllowIf(FilterBuilder builder, int call, int argument, uint mask, params ReadOnlySpan<uint> values)
    {
        if (NumberOf(call) is uint number)
        {
            builder.AllowIf(number, argument, mask, values);
        }
    }

    private void AddGroup(FilterBuilder builder, ReadOnlySpan<int> calls)
    {
        foreach (int call in calls)
        {
            Decide(builder, call, FilterBuilder.Allowed);
        }
    }

    private void Decide(FilterBuilder builder, int call, uint action)
    {
        if (NumberOf(call) is uint number)
        {
            builder.Decide(number, action);
        }
    }

    private uint? NumberOf(int call)
    {
        uint number = (uint)(architecture == Architecture.X64 ? call >> 16 : call) & 0xffff;
        return number == None ? null : number;
    }
}
