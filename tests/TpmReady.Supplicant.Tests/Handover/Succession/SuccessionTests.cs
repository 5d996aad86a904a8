// SPDX-License-Identifier: MIT

using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using TpmReady.Supplicant.Arena;
using TpmReady.Supplicant.Handover.Succession;
using TpmReady.Supplicant.Protocol;
using TpmReady.Supplicant.Tests.Fake;
using TpmReady.Tpm;

namespace TpmReady.Supplicant.Tests.Handover.Succession;

/// <summary>A running supplicant is succeeded by another: nobody who waits notices, whatever becomes of the other.</summary>
public sealed class SuccessionTests
{
    // Ours take below a millisecond; the machine that runs the tests may have other things to do.
    private static readonly TimeSpan LongestMedian = TimeSpan.FromMilliseconds(50);

    [Test]
    public async Task Clients_under_load_see_no_failure()
    {
        using SuccessionLine line = new(Doubling);
        await using Load load = new(line);
        for (int i = 0; i < 100; i++)
        {
            await Assert.That(line.HandOver()).IsEqualTo(SuccessionOutcome.HandedOver);
            await load.Progress();
        }

        await load.EndWell();
        TimeSpan[] pauses = [.. line.Pauses.Order()];
        Console.WriteLine($"pauses: p50 {pauses[50].TotalMilliseconds} ms, max {pauses[^1].TotalMilliseconds} ms");
        await Assert.That(pauses[50]).IsLessThan(LongestMedian);
    }

    [Test]
    [Arguments(DeathStep.AfterOffer, SuccessionOutcome.Kept, "ended before it was ready")]
    [Arguments(DeathStep.Refuses, SuccessionOutcome.Kept, "the arena has version 7")]
    [Arguments(DeathStep.AfterGo, SuccessionOutcome.Returned, "died as it took over")]
    [Arguments(DeathStep.BeforeServing, SuccessionOutcome.Returned, "died as it took over")]
    internal async Task Whoever_fails_leaves_the_other_serving(
        DeathStep step, SuccessionOutcome expected, string reason)
    {
        using SuccessionLine line = new(Doubling);
        await using Load load = new(line);
        for (int i = 0; i < 20; i++)
        {
            await Assert.That(line.HandOver(step)).IsEqualTo(expected);
            await Assert.That(line.Reason).Contains(reason);
            await load.Progress();

            // And the next one succeeds.
            if (i % 5 == 4)
            {
                await Assert.That(line.HandOver()).IsEqualTo(SuccessionOutcome.HandedOver);
                await load.Progress();
            }
        }

        await load.EndWell();
    }

    [Test]
    public async Task One_that_ends_when_the_state_is_on_its_way_leaves_the_other_serving()
    {
        using SuccessionLine line = new(Doubling);
        await using Load load = new(line);
        for (int i = 0; i < 40; i++)
        {
            // Whether the state was given away before the end was seen is a matter of luck; either way is taken here.
            await Assert.That(line.HandOver(DeathStep.AfterReady)).IsNotEqualTo(SuccessionOutcome.HandedOver);
            await load.Progress();
        }

        await load.EndWell();
    }

    [Test]
    public async Task A_request_that_lasts_keeps_the_predecessor_serving_and_fails_nothing()
    {
        using ManualResetEventSlim release = new();
        using SuccessionLine line = new(_ =>
        [
            new LambdaService(RpcFunction.Socket, (ref RpcRequest _) =>
            {
                release.Wait();
                return TeeResult.Success;
            }),
        ]);
        FakeRequest lasting = line.Kernel.Submit(RpcFunction.Socket);
        lasting.WaitUntilDelivered();

        SuccessionOutcome outcome = line.HandOver(longestPause: TimeSpan.FromMilliseconds(30));
        await Assert.That(outcome).IsEqualTo(SuccessionOutcome.Kept);
        await Assert.That(line.Reason).Contains("1 requests in hand did not end");
        await Assert.That((await Task.Run(() => line.World.Allocate(100)))?.Id).IsNotNull();
        release.Set();
        await Assert.That(lasting.Wait().Result).IsEqualTo(TeeResult.Success);
        await Assert.That(line.HandOver()).IsEqualTo(SuccessionOutcome.HandedOver);
    }

    [Test]
    public async Task Requests_that_come_in_the_pause_are_served_by_the_successor()
    {
        using SuccessionLine line = new(Doubling);
        await Assert.That(line.Server.TryPause(TimeSpan.FromSeconds(10))).IsTrue();
        FakeRequest request = line.Kernel.Submit(
            RpcFunction.SharedMemoryAllocate, FakeSecureWorld.ValueInOut(0, 4096));
        await Assert.That(request.State).IsEqualTo(FakeRequestState.Queued);
        await Assert.That(line.HandOver()).IsEqualTo(SuccessionOutcome.HandedOver);
        await Assert.That(request.Wait().Result).IsEqualTo(TeeResult.Success);
    }

    [Test]
    public async Task An_offer_of_another_version_is_refused()
    {
        string? error = SuccessionOffer.Parse("offer 2\nnotify=", out SuccessionOffer? offer);
        await Assert.That(offer).IsNull();
        await Assert.That(error).Contains("another language: offer 2");
        error = SuccessionOffer.Parse("refused requests are being recorded", out offer);
        await Assert.That(error).IsEqualTo("requests are being recorded");
        SuccessionOffer own = new("@/org/manager", KeepsDescriptors: true, "8:4711");
        await Assert.That(SuccessionOffer.Parse(own.ToText(), out offer)).IsNull();
        await Assert.That(offer).IsEqualTo(own);
    }

    private static IEnumerable<IRpcService> Doubling(StateArena arena) =>
    [
        new LambdaService(RpcFunction.Plugin, static (ref RpcRequest request) =>
        {
            MemoryReference memory = request.GetMemory(0);
            if (!memory.IsValid)
            {
                return TeeResult.BadParameters;
            }

            memory.Bytes[1] = (byte)(memory.Bytes[0] * 2);
            return TeeResult.Success;
        }),
    ];

    /// <summary>Clients that allocate, have a number doubled, and free, without pause.</summary>
    private sealed class Load : IAsyncDisposable
    {
        private const int Clients = 4;
        private readonly SuccessionLine _line;
        private readonly CancellationTokenSource _end = new();
        private readonly ConcurrentQueue<string> _failures = new();
        private readonly Task _clients;
        private int _cycles;

        public Load(SuccessionLine line)
        {
            _line = line;
            _clients = Task.WhenAll(Enumerable.Range(0, Clients).Select(number => Task.Factory.StartNew(
                () =>
                {
                    while (!_end.IsCancellationRequested)
                    {
                        Cycle(number);
                        Interlocked.Increment(ref _cycles);
                    }
                },
                CancellationToken.None,
                TaskCreationOptions.LongRunning,
                TaskScheduler.Default)));
        }

        /// <summary>Somebody is served after this was called.</summary>
        public Task Progress()
        {
            int before = Volatile.Read(ref _cycles);
            return Until.True(() => Volatile.Read(ref _cycles) > before + Clients);
        }

        public async Task EndWell()
        {
            await _end.CancelAsync();
            await _clients;
            await Assert.That(_failures).IsEmpty();
            await Assert.That(_line.Kernel.Violations).IsEmpty();
            await Assert.That(_line.Table.LiveCount).IsEqualTo(0);
            await Until.True(() => _line.Kernel.LiveMemory == new SupplicantLimits().Pool.Count);
        }

        public async ValueTask DisposeAsync()
        {
            await _end.CancelAsync();
            _end.Dispose();
        }

        private void Cycle(int number)
        {
            // The first client's objects are too large for the pool, and so registered while it is served.
            FakeMemory? memory = _line.World.Allocate(number == 0 ? 100_000u : 4096u);
            if (memory is null)
            {
                _failures.Enqueue("SHM_ALLOC was refused");
                return;
            }

            memory.Bytes[0] = (byte)(number + 1);
            FakeRequest request = _line.World.Call(RpcFunction.Plugin, FakeSecureWorld.MemoryInOut(memory, 2));
            if (request.Result != TeeResult.Success || memory.Bytes[1] != (number + 1) * 2)
            {
                _failures.Enqueue($"the answer was {request.Result}, {memory.Bytes[1]}");
            }

            TeeResult freed = _line.World.Free(memory);
            if (freed != TeeResult.Success)
            {
                _failures.Enqueue($"SHM_FREE: {freed}");
            }
        }
    }
}
