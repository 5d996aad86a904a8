// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using TpmReady.Linux.Interop;
using TpmReady.Supplicant.Logging;
using TpmReady.Supplicant.Protocol;
using TpmReady.Supplicant.Tests.Fake;
using TpmReady.Tpm;

namespace TpmReady.Supplicant.Tests.SharedMemory;

/// <summary>SHM_ALLOC and SHM_FREE as the secure world sees them.</summary>
public sealed class SharedMemoryTests
{
    private static readonly FakeKernelOptions DriverMemory = new() { GeneralCapabilities = 1 };

    [Test]
    [Arguments(true)]
    [Arguments(false)]
    public async Task Small_buffers_come_from_the_pool_and_never_from_the_kernel(bool registers)
    {
        using var fixture = new ServerFixture(options: registers ? null : DriverMemory);
        int before = fixture.Kernel.Registrations;
        foreach (ulong size in new ulong[] { 1, 4096, 4097, 16384, 65536 })
        {
            FakeMemory memory = fixture.World.Allocate(size)!;
            await Assert.That(memory.Length).IsGreaterThanOrEqualTo((nuint)size);
            Fill(memory, 0xA5);
            await Assert.That(fixture.World.Free(memory)).IsEqualTo(TeeResult.Success);
        }

        await Assert.That(before).IsEqualTo(fixture.Limits.Pool.Count);
        await Assert.That(fixture.Kernel.Registrations).IsEqualTo(before);
        await Assert.That(fixture.Kernel.Violations).IsEmpty();
    }

    [Test]
    public async Task The_smallest_buffer_that_fits_is_taken()
    {
        using var fixture = new ServerFixture();
        nuint page = (nuint)Environment.SystemPageSize;

        await Assert.That(fixture.World.Allocate(1)!.Length).IsEqualTo(Math.Max(4096, page));
        await Assert.That(fixture.World.Allocate(5000)!.Length).IsEqualTo(Math.Max(16384, page));
        await Assert.That(fixture.World.Allocate(20000)!.Length).IsEqualTo(Math.Max(65536, page));
    }

    [Test]
    public async Task The_pool_grows_when_it_is_used_up_and_keeps_what_it_got()
    {
        using var fixture = new ServerFixture(limits: new() { Pool = new PoolShape(2, 0, 0) });
        FakeMemory[] first = [.. Enumerable.Range(0, 10).Select(_ => fixture.World.Allocate(100)!)];
        foreach (FakeMemory memory in first)
        {
            _ = fixture.World.Free(memory);
        }

        // A buffer comes back when the answer to its FREE has left, a moment after the secure world has that answer.
        await fixture.WaitUntilIdle();
        int grown = fixture.Kernel.Registrations;
        FakeMemory[] second = [.. Enumerable.Range(0, 10).Select(_ => fixture.World.Allocate(100)!)];
        await Assert.That(grown).IsEqualTo(10);
        await Assert.That(fixture.Kernel.Registrations).IsEqualTo(grown);
        await Assert.That(second.Select(static memory => memory.Id).Distinct().Count()).IsEqualTo(10);
    }

    [Test]
    public async Task A_small_request_waits_for_memory_however_often_the_kernel_refuses()
    {
        using var fixture = new ServerFixture(limits: new() { Pool = default });
        lock (fixture.Kernel.Gate)
        {
            foreach (int error in new[] { Errno.ENOMEM, Errno.EMFILE, Errno.ENOMEM, Errno.EAGAIN })
            {
                fixture.Kernel.MemoryErrors.Enqueue(error);
            }
        }

        await Assert.That(fixture.World.Allocate(4096)).IsNotNull();
        await Assert.That(fixture.Log.Count(LogLevel.Critical)).IsEqualTo(1);
    }

    [Test]
    public async Task Two_large_requests_get_memory_of_their_own_and_give_it_back()
    {
        using var fixture = new ServerFixture();
        int idle = fixture.Kernel.LiveMemory;
        FakeMemory first = fixture.World.Allocate(300_000)!;
        FakeMemory second = fixture.World.Allocate(1_000_000)!;
        Fill(first, 1);
        Fill(second, 2);

        await Assert.That(Holds(first, 1)).IsTrue();
        await Assert.That(Holds(second, 2)).IsTrue();
        await Assert.That(fixture.Server.Statistics.LiveObjects).IsEqualTo(2);
        _ = fixture.World.Free(first);
        _ = fixture.World.Free(second);
        await Until.True(() => fixture.Kernel.LiveMemory == idle);

        // What another TA left there must not be seen by the next one.
        FakeMemory third = fixture.World.Allocate(300_000)!;
        await Assert.That(Holds(third, 0)).IsTrue();
        await Assert.That(fixture.Kernel.Violations).IsEmpty();
    }

    [Test]
    public async Task A_large_request_is_retried_for_a_while_and_then_refused()
    {
        using var fixture = new ServerFixture();
        lock (fixture.Kernel.Gate)
        {
            fixture.Kernel.MemoryErrors.Enqueue(Errno.ENOMEM);
        }

        await Assert.That(fixture.World.Allocate(100_000)).IsNotNull();
        lock (fixture.Kernel.Gate)
        {
            for (int i = 0; i < 1000; i++)
            {
                fixture.Kernel.MemoryErrors.Enqueue(Errno.ENOMEM);
            }
        }

        FakeRequest refused = fixture.World.Call(
            RpcFunction.SharedMemoryAllocate, FakeSecureWorld.ValueInOut(0, 100_000));
        await Assert.That(refused.Result).IsEqualTo(TeeResult.OutOfMemory);
        await Assert.That(fixture.Log.Count(LogLevel.Error)).IsEqualTo(1);
    }

    [Test]
    public async Task Limits_hold_and_large_requests_leave_small_ones_their_room()
    {
        using var fixture = new ServerFixture(
            limits: new() { MaximumAllocation = 8 << 20, MaximumSharedMemory = 16 << 20, Pool = default });

        await Assert.That(fixture.World.Allocate((8 << 20) + 1)).IsNull();
        await Assert.That(fixture.World.Allocate(ulong.MaxValue)).IsNull();
        await Assert.That(fixture.World.Allocate(8 << 20)).IsNotNull();
        FakeMemory second = fixture.World.Allocate(8 << 20)!;
        await Assert.That(fixture.World.Allocate(100_000)).IsNull();
        await Assert.That(fixture.World.Allocate(4096)).IsNotNull();
        _ = fixture.World.Free(second);
        await Assert.That(fixture.World.Allocate(100_000)).IsNotNull();
    }

    [Test]
    public async Task Malformed_requests_are_refused()
    {
        using var fixture = new ServerFixture();
        await Assert.That(Ask(RpcFunction.SharedMemoryAllocate)).IsEqualTo(TeeResult.BadParameters);
        await Assert.That(Ask(RpcFunction.SharedMemoryAllocate, FakeSecureWorld.ValueInput(0, 1)))
            .IsEqualTo(TeeResult.BadParameters);
        await Assert.That(Ask(RpcFunction.SharedMemoryAllocate, FakeSecureWorld.ValueInOut(1, 1)))
            .IsEqualTo(TeeResult.BadParameters);
        await Assert.That(Ask(RpcFunction.SharedMemoryAllocate, FakeSecureWorld.ValueInOut()))
            .IsEqualTo(TeeResult.BadParameters);
        await Assert.That(Ask(RpcFunction.SharedMemoryFree)).IsEqualTo(TeeResult.BadParameters);
        await Assert.That(Ask(RpcFunction.SharedMemoryFree, FakeSecureWorld.ValueInOut(0, 9999)))
            .IsEqualTo(TeeResult.BadParameters);
        await Assert.That(Ask(RpcFunction.SharedMemoryFree, FakeSecureWorld.ValueInOut(0, ulong.MaxValue)))
            .IsEqualTo(TeeResult.BadParameters);

        // An idle buffer of the pool has an id, but the secure world does not own it.
        await Assert.That(Ask(RpcFunction.SharedMemoryFree, FakeSecureWorld.ValueInOut(0, 1)))
            .IsEqualTo(TeeResult.BadParameters);

        TeeResult Ask(RpcFunction function, params Linux.Tee.TeeParameter[] parameters) =>
            fixture.World.Call(function, parameters).Result;
    }

    [Test]
    public async Task What_a_killed_client_allocated_is_freed()
    {
        using var fixture = new ServerFixture(limits: new() { Pool = default });
        using var asked = new ManualResetEventSlim();

        // The first registration fails, so that the request lasts long enough for its client to be killed.
        lock (fixture.Kernel.Gate)
        {
            fixture.Kernel.MemoryErrors.Enqueue(Errno.ENOMEM);
        }

        FakeRequest request = fixture.Kernel.Submit(
            RpcFunction.SharedMemoryAllocate, FakeSecureWorld.ValueInOut(0, 200_000));
        request.WaitUntilDelivered();
        request.Kill();
        await fixture.WaitUntilIdle();

        await Assert.That(fixture.Server.Statistics.LiveObjects).IsEqualTo(0);
        await Assert.That(fixture.Kernel.LiveMemory).IsEqualTo(0);
    }

    [Test]
    [Arguments(4096UL)]
    [Arguments(100_000UL)]
    public async Task Memory_that_is_freed_under_a_request_stays_until_the_request_ends(ulong size)
    {
        using var pinned = new ManualResetEventSlim();
        using var go = new ManualResetEventSlim();
        using var fixture = new ServerFixture(
            [new LambdaService(RpcFunction.Socket, (ref RpcRequest request) =>
            {
                Span<byte> bytes = request.GetMemory(0).Bytes;
                pinned.Set();
                go.Wait();
                bytes.Fill(0x5A);
                return TeeResult.Success;
            })],
            limits: new() { Pool = new PoolShape(1, 0, 0) });
        FakeMemory memory = fixture.World.Allocate(size)!;
        FakeRequest request = fixture.Kernel.Submit(RpcFunction.Socket, FakeSecureWorld.MemoryOutput(memory, 4096));
        pinned.Wait();

        // The client dies; the secure world unwinds and frees the buffer on another of our threads.
        request.Kill();
        await Assert.That(fixture.World.Free(memory)).IsEqualTo(TeeResult.Success);
        FakeMemory other = fixture.World.Allocate(size)!;
        Fill(other, 0);
        await Assert.That(other.Address).IsNotEqualTo(memory.Address);

        go.Set();
        await fixture.WaitUntilIdle();
        await Assert.That(Holds(other, 0)).IsTrue();
        _ = fixture.World.Free(other);
        await Until.True(() => fixture.Server.Statistics.LiveObjects == 0);
        await Assert.That(fixture.Kernel.Violations).IsEmpty();
    }

    [Test]
    public async Task A_freed_buffer_is_given_out_again_only_after_the_answer_to_its_free()
    {
        using var fixture = new ServerFixture(limits: new() { Pool = new PoolShape(1, 0, 0) }, start: false);
        bool taken = fixture.Table.TryTake(100, slot: 3, out int id);
        fixture.Table.Settle(3);

        await Assert.That(taken).IsTrue();
        await Assert.That(fixture.Table.TryFree((ulong)id, slot: 4)).IsTrue();
        await Assert.That(fixture.Table.TryPin((ulong)id, out _, out _, out _)).IsFalse();
        await Assert.That(fixture.Table.TryFree((ulong)id, slot: 5)).IsFalse();
        await Assert.That(fixture.Table.TryTake(100, slot: 6, out _)).IsFalse();
        fixture.Table.Settle(5);
        await Assert.That(fixture.Table.TryTake(100, slot: 6, out _)).IsFalse();
        fixture.Table.Settle(4);
        await Assert.That(fixture.Table.TryTake(100, slot: 6, out int again)).IsTrue();
        await Assert.That(again).IsEqualTo(id);
    }

    [Test]
    public async Task A_pin_released_twice_is_a_mistake()
    {
        using var fixture = new ServerFixture(start: false);
        _ = fixture.Table.TryTake(100, 0, out int id);
        _ = fixture.Table.TryPin((ulong)id, out _, out _, out int pin);
        fixture.Table.Unpin(pin);
        await Assert.That(() => fixture.Table.Unpin(pin)).Throws<InvalidOperationException>();
    }

    [Test]
    public async Task Many_threads_share_the_table_without_sharing_memory()
    {
        using var fixture = new ServerFixture(limits: new() { Pool = new PoolShape(4, 2, 1) });
        var failures = new List<string>();
        Task[] clients = [.. Enumerable.Range(0, 8).Select(seed => Task.Run(() =>
        {
            var random = new Random(seed);
            for (int i = 0; i < 200; i++)
            {
                FakeMemory memory = fixture.World.Allocate((ulong)random.Next(1, 200_000))!;
                Fill(memory, (byte)(seed + 1));
                Thread.SpinWait(random.Next(2000));
                if (!Holds(memory, (byte)(seed + 1)) || fixture.World.Free(memory) != TeeResult.Success)
                {
                    lock (failures)
                    {
                        failures.Add($"client {seed}, round {i}");
                    }
                }
            }
        }))];
        await Task.WhenAll(clients);

        await Assert.That(failures).IsEmpty();
        await fixture.WaitUntilIdle();
        await Assert.That(fixture.Server.Statistics.LiveObjects).IsEqualTo(0);
        await Assert.That(fixture.Kernel.Violations).IsEmpty();
    }

    private static void Fill(FakeMemory memory, byte value) => memory.Bytes.Fill(value);

    private static bool Holds(FakeMemory memory, byte value) => !memory.Bytes.ContainsAnyExcept(value);
}
