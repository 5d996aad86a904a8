// SPDX-License-Identifier: MIT

using System;
using System.Globalization;
using System.IO;

namespace TpmReady.Supplicant.Tests.Fuzzing;

/// <summary>What this process holds.</summary>
/// <param name="Descriptors">Open descriptors.</param>
/// <param name="Threads">Threads.</param>
/// <param name="Managed">Bytes on the managed heap that are in use.</param>
/// <param name="Resident">Bytes of memory.</param>
/// <param name="Mappings">Mappings.</param>
internal readonly record struct FuzzProcess(int Descriptors, int Threads, long Managed, long Resident, int Mappings)
{
    private const long ManagedSlack = 4 << 20;
    private const long ResidentSlack = 128 << 20;
    private const int MappingSlack = 200;
    private const int ThreadSlack = 12;

    public static FuzzProcess Now()
    {
        long managed = GC.GetTotalMemory(forceFullCollection: true);
        string[] pages = File.ReadAllText("/proc/self/statm").Split(' ');
        return new FuzzProcess(
            Directory.GetFileSystemEntries("/proc/self/fd").Length,
            Directory.GetFileSystemEntries("/proc/self/task").Length,
            managed,
            long.Parse(pages[1], CultureInfo.InvariantCulture) * Environment.SystemPageSize,
            File.ReadAllLines("/proc/self/maps").Length);
    }

    /// <summary>What grew since an earlier moment; null if nothing did that matters.</summary>
    public string? FindGrowth(in FuzzProcess since) =>
        Descriptors > since.Descriptors ? $"{Descriptors} descriptors are open, {since.Descriptors} before"
        : Threads > since.Threads + ThreadSlack ? $"{Threads} threads, {since.Threads} before"
        : Managed > since.Managed + ManagedSlack ? $"{Managed} bytes on the managed heap, {since.Managed} before"
        : Resident > since.Resident + ResidentSlack ? $"{Resident} bytes of memory, {since.Resident} before"
        : Mappings > since.Mappings + MappingSlack ? $"{Mappings} mappings, {since.Mappings} before"
        : null;
}
