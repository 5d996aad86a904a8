// SPDX-License-Identifier: MIT

using System;
using System.Runtime.InteropServices;

namespace TpmReady.Boot.Tests.ScriptedKernel;

/// <summary>What the scripted kernel does to the program from outside.</summary>
internal static unsafe partial class Libc
{
    private const int DescriptorLimit = 7;

    /// <summary>Reads the program's memory; false where there is none.</summary>
    public static bool Read(int process, ulong address, Span<byte> data)
    {
        fixed (byte* local = data)
        {
            Segment mine = new((nint)local, (nuint)data.Length);
            Segment its = new((nint)address, (nuint)data.Length);
            return ReadMemory(process, &mine, 1, &its, 1, 0) == data.Length;
        }
    }

    /// <summary>Writes the program's memory; false where there is none.</summary>
    public static bool Write(int process, ulong address, ReadOnlySpan<byte> data) =>
        TryWrite(process, address, data) == 0;

    /// <summary>Writes the program's memory; an error number otherwise, of which ESRCH says that it is dead.</summary>
    public static int TryWrite(int process, ulong address, ReadOnlySpan<byte> data)
    {
        fixed (byte* local = data)
        {
            Segment mine = new((nint)local, (nuint)data.Length);
            Segment its = new((nint)address, (nuint)data.Length);
            return WriteMemory(process, &mine, 1, &its, 1, 0) == data.Length ? 0 : Marshal.GetLastPInvokeError();
        }
    }

    /// <summary>Lets the program open nothing more, or as much as it likes (RLIMIT_NOFILE).</summary>
    public static void LimitDescriptors(int process, ulong limit)
    {
        ulong* values = stackalloc ulong[] { limit, 4096 };
        if (Limit(process, DescriptorLimit, values, null) != 0)
        {
            throw new InvalidOperationException($"prlimit: error {Marshal.GetLastPInvokeError()}");
        }
    }

    [LibraryImport("libc", EntryPoint = "process_vm_readv", SetLastError = true)]
    private static partial nint ReadMemory(
        int process, Segment* mine, nuint mineCount, Segment* its, nuint itsCount, nuint flags);

    [LibraryImport("libc", EntryPoint = "process_vm_writev", SetLastError = true)]
    private static partial nint WriteMemory(
        int process, Segment* mine, nuint mineCount, Segment* its, nuint itsCount, nuint flags);

    [LibraryImport("libc", EntryPoint = "prlimit64", SetLastError = true)]
    private static partial int Limit(int process, int resource, ulong* limit, ulong* old);

    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct Segment(nint Address, nuint Length);
}
