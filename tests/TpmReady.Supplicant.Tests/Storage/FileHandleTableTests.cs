// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.InteropServices;
using System.Threading.Tasks;
using CsCheck;
using TpmReady.Supplicant.Storage;

namespace TpmReady.Supplicant.Tests.Storage;

/// <summary>The table of open files against what it must be: a map that never confuses two files.</summary>
public sealed class FileHandleTableTests
{
    private const int Slots = 3;
    private const int Entries = 6;
    private const int Length = 64 + (Entries * FileHandleEntry.Size);

    [Test]
    public async Task Handles_are_positive_and_of_one_kind()
    {
        using Region region = new();
        FileHandleTable table = region.NewTable();
        int handle = table.Add(100, HandleKind.File, "a"u8, 1, slot: 0);

        await Assert.That(handle).IsGreaterThan(4096);
        await Assert.That(table.TryAcquire((ulong)handle, HandleKind.Directory, out _)).IsFalse();
        await Assert.That(table.TryAcquire((uint)handle | 0x1_0000_0000UL, HandleKind.File, out _)).IsFalse();
        await Assert.That(table.TryAcquire(ulong.MaxValue, HandleKind.File, out _)).IsFalse();
        await Assert.That(table.TryAcquire(0, HandleKind.File, out _)).IsFalse();
        await Assert.That(table.TryAcquire((ulong)handle, HandleKind.File, out OpenFile file)).IsTrue();
        await Assert.That(file.Descriptor).IsEqualTo(100);
    }

    [Test]
    public async Task Two_tables_give_different_handles()
    {
        HashSet<int> first = [];
        for (int i = 0; i < 20; i++)
        {
            using Region region = new();
            first.Add(region.NewTable().Add(3, HandleKind.File, "a"u8, 1, slot: 0));
        }

        await Assert.That(first.Count).IsGreaterThan(15);
    }

    [Test]
    public async Task A_descriptor_in_use_is_closed_by_its_last_user()
    {
        using Region region = new();
        FileHandleTable table = region.NewTable();
        ulong handle = (ulong)table.Add(100, HandleKind.File, "a"u8, 1, slot: 0);
        table.TryAcquire(handle, HandleKind.File, out OpenFile first);
        table.TryAcquire(handle, HandleKind.File, out OpenFile second);

        await Assert.That(table.TryClose(handle, HandleKind.File, 1, out int descriptor)).IsTrue();
        await Assert.That(descriptor).IsEqualTo(-1);
        await Assert.That(table.TryAcquire(handle, HandleKind.File, out _)).IsFalse();
        await Assert.That(table.Release(first)).IsEqualTo(-1);
        await Assert.That(table.Release(second)).IsEqualTo(100);
    }

    [Test]
    public async Task A_closed_entry_waits_for_its_answer()
    {
        using Region region = new();
        FileHandleTable table = region.NewTable();
        int[] handles = [.. Enumerable.Range(0, Entries).Select(i => Add(table, 100 + i))];

        await Assert.That(table.Add(200, HandleKind.File, "b"u8, 1, slot: 0)).IsEqualTo(0);
        await Assert.That(table.TryClose((ulong)handles[2], HandleKind.File, 1, out int descriptor)).IsTrue();
        await Assert.That(descriptor).IsEqualTo(102);
        await Assert.That(table.Add(200, HandleKind.File, "b"u8, 1, slot: 0)).IsEqualTo(0);
        table.Settle(1);
        await Assert.That(table.Add(200, HandleKind.File, "b"u8, 1, slot: 0)).IsNotEqualTo(0);
    }

    [Test]
    public async Task A_successor_finds_names_and_not_descriptors()
    {
        using Region region = new();
        ulong handle = (ulong)region.NewTable().Add(100, HandleKind.File, "dir/name"u8, 77, slot: 0);
        FileHandleTable successor = region.NewTable();

        await Assert.That(successor.OpenCount).IsEqualTo(1);
        await Assert.That(successor.TryAcquire(handle, HandleKind.File, out OpenFile file)).IsTrue();
        await Assert.That(file.Descriptor).IsEqualTo(-1);
        await Assert.That(successor[file].GetName().SequenceEqual("dir/name"u8)).IsTrue();
        await Assert.That(successor[file].Inode).IsEqualTo(77UL);
        await Assert.That(successor.Attach(file, 50)).IsEqualTo(50);
        await Assert.That(successor.Attach(file, 51)).IsEqualTo(50);
    }

    [Test]
    public async Task Another_region_is_refused()
    {
        using Region region = new();
        region.Bytes[0] = 1;
        await Assert.That(() => region.NewTable()).Throws<ArgumentException>();
    }

    [Test]
    public void Any_sequence_keeps_files_apart() =>
        Gen.Select(Gen.Int[0, 3], Gen.Int[0, Slots - 1], Gen.Int[0, 9]).Array[1, 200].Sample(steps =>
        {
            using Region region = new();
            FileHandleTable table = region.NewTable();
            Dictionary<int, int> open = [];
            List<int> closed = [];
            int next = 1000;
            foreach ((int action, int slot, int choice) in steps)
            {
                table.Settle(slot);
                switch (action)
                {
                    case 0:
                        int handle = table.Add(next, HandleKind.File, "n"u8, (ulong)next, slot);
                        if (handle != 0 && (closed.Contains(handle) || !open.TryAdd(handle, next)))
                        {
                            return false;
                        }

                        next += handle != 0 ? 1 : 0;
                        break;
                    case 1 when open.Count > 0:
                        int victim = open.Keys.ElementAt(choice % open.Count);
                        if (!table.TryClose((ulong)victim, HandleKind.File, slot, out int descriptor)
                            || descriptor != open[victim])
                        {
                            return false;
                        }

                        open.Remove(victim);
                        closed.Add(victim);
                        break;
                    case 2 when closed.Count > 0:
                        if (table.TryAcquire((ulong)closed[choice % closed.Count], HandleKind.File, out _))
                        {
                            return false;
                        }

                        break;
                }

                foreach ((int known, int expected) in open)
                {
                    if (!table.TryAcquire((ulong)known, HandleKind.File, out OpenFile file)
                        || file.Descriptor != expected)
                    {
                        return false;
                    }

                    table.Release(file);
                }
            }

            return table.OpenCount == open.Count;
        });

    private static int Add(FileHandleTable table, int descriptor)
    {
        int handle = table.Add(descriptor, HandleKind.File, "a"u8, (ulong)descriptor, slot: 0);
        table.Settle(0);
        return handle;
    }

    private sealed unsafe class Region : IDisposable
    {
        private readonly byte* _bytes = (byte*)NativeMemory.AllocZeroed(Length);

        public Span<byte> Bytes => new(_bytes, Length);

        public FileHandleTable NewTable() => new(_bytes, Length, Slots);

        public void Dispose() => NativeMemory.Free(_bytes);
    }
}
