// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.Linq;
using CsCheck;
using TpmReady.Linux.Interop;
using TpmReady.Supplicant.Tests.Fake;

namespace TpmReady.Supplicant.Tests.SharedMemory;

/// <summary>Random sequences of operations on the table, compared with a model that has no cleverness.</summary>
public sealed class SharedMemoryModelTests
{
    private static readonly Gen<(int Kind, int Number)> Operation = Gen.Select(Gen.Int[0, 5], Gen.Int[0, 400_000]);

    [Test]
    public void Every_sequence_keeps_objects_apart_and_alive_as_long_as_needed() =>
        Operation.Array[1, 120].Sample(Run, iter: 150);

    private static bool Run((int Kind, int Number)[] operations)
    {
        using var fixture = new ServerFixture(
            limits: new() { Pool = new PoolShape(3, 2, 1), MaximumSharedMemory = 2 << 20 }, start: false);
        var live = new SortedDictionary<int, int>();
        var pending = new List<int>();
        var pins = new List<(int Id, nint Address, int Length, int Pin)>();
        foreach ((int kind, int number) in operations)
        {
            bool isRight = kind switch
            {
                0 or 1 => Allocate(fixture, live, number),
                2 => Free(fixture, live, pending, number),
                3 => Settle(fixture, pending),
                4 => Pin(fixture, live, pins, number),
                _ => Unpin(fixture, pins, number),
            };
            if (!isRight || fixture.Table.LiveCount != live.Count || !AreApart(fixture, live.Keys, pins))
            {
                return false;
            }
        }

        while (pins.Count > 0)
        {
            _ = Unpin(fixture, pins, 0);
        }

        foreach (int id in live.Keys.ToArray())
        {
            _ = fixture.Table.TryFree((ulong)id, slot: 1);
        }

        _ = Settle(fixture, pending);

        // Only buffers of the pool, the first ones and those it grew by, may be left, and all of them must be idle.
        int idle = 0;
        while (fixture.Table.TryTake(1, slot: 2, out _))
        {
            idle++;
        }

        return idle == fixture.Kernel.LiveMemory && fixture.Kernel.Violations.Count == 0;
    }

    private static bool Allocate(ServerFixture fixture, SortedDictionary<int, int> live, int number)
    {
        ulong size = (ulong)Math.Max(1, number % 3 == 0 ? number : number % 20_000);
        bool isSmall = size <= PoolShape.LargestBuffer;
        if (!(isSmall && fixture.Table.TryTake(size, slot: 0, out int id)))
        {
            int error = fixture.Table.Allocate(size, slot: 0, out id);
            if (error != Errno.Success)
            {
                return !isSmall && error is Errno.ENOSPC or Errno.EAGAIN;
            }
        }

        fixture.Table.Settle(0);
        return live.TryAdd(id, (int)size);
    }

    private static bool Free(ServerFixture fixture, SortedDictionary<int, int> live, List<int> pending, int number)
    {
        if (live.Count == 0)
        {
            return !fixture.Table.TryFree((ulong)number + 100_000, slot: 1);
        }

        int id = live.Keys.ElementAt(number % live.Count);
        _ = live.Remove(id);
        pending.Add(id);
        return fixture.Table.TryFree((ulong)id, slot: 1)
            && !fixture.Table.TryFree((ulong)id, slot: 1)
            && !fixture.Table.TryPin((ulong)id, out _, out _, out _);
    }

    private static bool Settle(ServerFixture fixture, List<int> pending)
    {
        fixture.Table.Settle(1);
        pending.Clear();
        return true;
    }

    private static bool Pin(
        ServerFixture fixture,
        SortedDictionary<int, int> live,
        List<(int Id, nint Address, int Length, int Pin)> pins,
        int number)
    {
        if (live.Count == 0)
        {
            return true;
        }

        (int id, int size) = live.ElementAt(number % live.Count);
        bool found = fixture.Table.TryPin((ulong)id, out nint address, out nuint length, out int pin);
        pins.Add((id, address, (int)length, pin));
        return found && (int)length >= size;
    }

    private static bool Unpin(ServerFixture fixture, List<(int Id, nint Address, int Length, int Pin)> pins, int number)
    {
        if (pins.Count > 0)
        {
            int index = number % pins.Count;
            fixture.Table.Unpin(pins[index].Pin);
            pins.RemoveAt(index);
        }

        return true;
    }

    /// <summary>
    /// No two live objects overlap, and none overlaps memory that a request still has pinned, unless it is the same
    /// object.
    /// </summary>
    private static bool AreApart(
        ServerFixture fixture, IEnumerable<int> live, List<(int Id, nint Address, int Length, int Pin)> pins)
    {
        var ranges = new List<(int Id, nint Address, int Length)>();
        foreach (int id in live)
        {
            if (!fixture.Table.TryPin((ulong)id, out nint address, out nuint length, out int pin))
            {
                return false;
            }

            fixture.Table.Unpin(pin);
            ranges.Add((id, address, (int)length));
        }

        ranges.AddRange(pins.Select(static pin => (pin.Id, pin.Address, pin.Length)).Distinct());
        ranges.Sort(static (one, other) => one.Address.CompareTo(other.Address));
        for (int i = 1; i < ranges.Count; i++)
        {
            bool overlaps = ranges[i - 1].Address + ranges[i - 1].Length > ranges[i].Address;
            if (overlaps && ranges[i - 1] != ranges[i])
            {
                return false;
            }
        }

        return true;
    }
}
