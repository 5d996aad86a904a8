// SPDX-License-Identifier: MIT

using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using TpmReady.Supplicant.Arena;
using TpmReady.Supplicant.Protocol;
using TpmReady.Supplicant.Tests.Fake;
using TpmReady.Tpm;

namespace TpmReady.Supplicant.Tests.Handover;

/// <summary>A supplicant is killed, another goes on with its descriptors: nobody who waits notices.</summary>
public sealed class CrashTests
{
    [Test]
    [Arguments(DeathPoint.AfterReceive, true)]
    [Arguments(DeathPoint.AfterServing, true)]
    [Arguments(DeathPoint.BeforeSend, true)]
    [Arguments(DeathPoint.AfterSend, true)]
    [Arguments(DeathPoint.AfterReceive, false)]
    [Arguments(DeathPoint.AfterServing, false)]
    [Arguments(DeathPoint.BeforeSend, false)]
    [Arguments(DeathPoint.AfterSend, false)]
    internal async Task Clients_under_load_see_no_failure(DeathPoint point, bool numbersAtQueueTime)
    {
        const int deaths = 25;
        using var lineage = new Lineage(new FakeKernelOptions { NumbersAtQueueTime = numbersAtQueueTime }, Doubling);
        using var end = new CancellationTokenSource();
        var failures = new ConcurrentQueue<string>();
        int cycles = 0;
        Task[] clients =
        [
            .. Enumerable.Range(0, 4).Select(number => Task.Factory.StartNew(
                () =>
                {
                    while (!end.IsCancellationRequested)
                    {
                        Cycle(lineage.World, number, failures);
                        Interlocked.Increment(ref cycles);
                    }
                },
                CancellationToken.None,
                TaskCreationOptions.LongRunning,
                TaskScheduler.Default)),
        ];

        lineage.Begin(point, 10);
        var random = new Random(20);
        for (int i = 0; i < deaths; i++)
        {
            lineage.WaitForDeath();
            bool isLast = i == deaths - 1;
            lineage.Succeed(isLast ? DeathPoint.None : point, random.Next(1, 20));
        }

        await end.CancelAsync();
        await Task.WhenAll(clients);
        await Assert.That(failures).IsEmpty();
        await Assert.That(cycles).IsGreaterThan(deaths);
        await Assert.That(lineage.Kernel.Violations).IsEmpty();
        await Assert.That(lineage.Table!.LiveCount).IsEqualTo(0);

        // A freed buffer ends after the answer has left.
        await Until.True(() => lineage.Kernel.LiveMemory == new SupplicantLimits().Pool.Count);
    }

    [Test]
    internal async Task A_killed_clients_request_ends_with_the_successor()
    {
        using var lineage = new Lineage(options: null, Doubling);
        lineage.Begin(DeathPoint.BeforeSend, 1);
        FakeRequest request = lineage.Kernel.Submit(
            RpcFunction.SharedMemoryAllocate, FakeSecureWorld.ValueInOut(0, 4096));
        lineage.WaitForDeath();
        request.Kill();
        lineage.Succeed();

        await Until.True(() => lineage.Table!.LiveCount == 0);
        await Assert.That((await Task.Run(() => lineage.World.Allocate(100)))?.Id).IsNotNull();
    }

    [Test]
    internal async Task What_must_not_be_done_twice_ends_with_an_unknown_outcome()
    {
        int served = 0;
        Lineage? line = null;
        IRpcService[] services =
        [
            new OnceService(() =>
            {
                if (served++ == 0)
                {
                    line!.DieHere();
                }
            }),
        ];
        using var lineage = new Lineage(options: null, _ => services);
        line = lineage;
        lineage.Begin();
        FakeRequest begun = lineage.Kernel.Submit(RpcFunction.Plugin);
        lineage.WaitForDeath();
        lineage.Succeed(DeathPoint.AfterReceive, 1);
        await Assert.That(begun.Wait().Result).IsEqualTo(TeeResult.Communication);

        FakeRequest unseen = lineage.Kernel.Submit(RpcFunction.Plugin);
        lineage.WaitForDeath();
        lineage.Succeed();
        await Assert.That(unseen.Wait().Result).IsEqualTo(TeeResult.Success);
        await Assert.That(served).IsEqualTo(2);
    }

    [Test]
    internal async Task Requests_queued_while_nobody_serves_are_served()
    {
        using var lineage = new Lineage(options: null, Doubling);
        lineage.Begin();
        lineage.Kill();
        FakeRequest request = lineage.Kernel.Submit(
            RpcFunction.SharedMemoryAllocate, FakeSecureWorld.ValueInOut(0, 4096));
        await Assert.That(request.State).IsEqualTo(FakeRequestState.Queued);
        lineage.Succeed();
        await Assert.That(request.Wait().Result).IsEqualTo(TeeResult.Success);
    }

    /// <summary>Allocates, has a number doubled in it, and frees: small and large objects.</summary>
    private static void Cycle(FakeSecureWorld world, int number, ConcurrentQueue<string> failures)
    {
        FakeMemory? memory = world.Allocate(number == 0 ? 100_000u : 4096u);
        if (memory is null)
        {
            failures.Enqueue("SHM_ALLOC was refused");
            return;
        }

        memory.Bytes[0] = (byte)(number + 1);
        FakeRequest request = world.Call(RpcFunction.Plugin, FakeSecureWorld.MemoryInOut(memory, 2));
        if (request.Result != TeeResult.Success || memory.Bytes[1] != (number + 1) * 2)
        {
            failures.Enqueue($"the answer was {request.Result}, {memory.Bytes[1]}");
        }

        TeeResult freed = world.Free(memory);
        if (freed != TeeResult.Success)
        {
            failures.Enqueue($"SHM_FREE: {freed}");
        }
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

    private sealed class OnceService(Action serve) : IRpcService
    {
        public RpcFunction Function => RpcFunction.Plugin;

        public bool CanRepeat(ref RpcRequest request) => false;

        public TeeResult Invoke(ref RpcRequest request)
        {
            serve();
            return TeeResult.Success;
        }

        public void Undo(ref RpcRequest request)
        {
        }
    }
}
