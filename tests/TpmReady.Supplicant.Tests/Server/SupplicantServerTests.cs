// SPDX-License-Identifier: MIT

using System;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using TpmReady.Linux.Interop;
using TpmReady.Supplicant.Arena;
using TpmReady.Supplicant.Logging;
using TpmReady.Supplicant.Protocol;
using TpmReady.Supplicant.Tests.Fake;
using TpmReady.Tpm;

namespace TpmReady.Supplicant.Tests.Server;

/// <summary>Serving: threads, failures of every kind, and that nothing ends the server.</summary>
public sealed class SupplicantServerTests
{
    [Test]
    public async Task Unknown_functions_are_not_supported()
    {
        using var fixture = new ServerFixture();
        foreach (uint function in new uint[] { 1, 3, 20, 22, 31, 32, 33, uint.MaxValue })
        {
            await Assert.That(fixture.World.Call((RpcFunction)function).Result).IsEqualTo(TeeResult.NotSupported);
        }

        await fixture.WaitUntilIdle();
        await Assert.That(fixture.Server.Statistics.Total).IsEqualTo(8);
        await Assert.That(fixture.Server.Statistics.Count((RpcFunction)uint.MaxValue, TeeResult.NotSupported))
            .IsEqualTo(3);
    }

    [Test]
    public async Task Two_wait_while_one_serves()
    {
        using var release = new ManualResetEventSlim();
        using var fixture = new ServerFixture([Blocking(release)]);
        fixture.Kernel.WaitForReceivers(1);
        await Assert.That(fixture.Server.Statistics.Threads).IsEqualTo(1);

        FakeRequest blocked = fixture.Kernel.Submit(RpcFunction.Plugin);
        fixture.Kernel.WaitForReceivers(2);
        await Assert.That(fixture.Server.Statistics.InFlight).IsEqualTo(1);
        release.Set();
        await Assert.That(blocked.Wait().Result).IsEqualTo(TeeResult.Success);
    }

    [Test]
    public async Task Threads_that_nobody_needs_end()
    {
        using var release = new ManualResetEventSlim();
        using var fixture = new ServerFixture([Blocking(release)]);
        FakeRequest[] requests = [.. Enumerable.Range(0, 20).Select(_ => fixture.Kernel.Submit(RpcFunction.Plugin))];
        await Until.True(() => fixture.Server.Statistics.InFlight == 20);
        await Assert.That(fixture.Server.Statistics.Threads).IsGreaterThanOrEqualTo(20);
        release.Set();
        foreach (FakeRequest request in requests)
        {
            _ = request.Wait();
        }

        await Until.True(() => fixture.Server.Statistics.Threads <= fixture.Limits.MaximumReceivers + 1);
        await Assert.That(fixture.Server.Statistics.MaximumInFlight).IsEqualTo(20);
    }

    [Test]
    public async Task At_the_limit_of_threads_requests_wait_and_are_served_later()
    {
        using var release = new ManualResetEventSlim();
        using var fixture = new ServerFixture([Blocking(release)], limits: new() { MaximumThreads = 3 });
        FakeRequest[] requests = [.. Enumerable.Range(0, 10).Select(_ => fixture.Kernel.Submit(RpcFunction.Plugin))];
        await Until.True(() => fixture.Server.Statistics.InFlight == 3);
        await Until.True(() => fixture.Log.Count(LogLevel.Warning) > 0);
        release.Set();
        foreach (FakeRequest request in requests)
        {
            await Assert.That(request.Wait().Result).IsEqualTo(TeeResult.Success);
        }

        await Assert.That(fixture.Server.Statistics.MaximumInFlight).IsEqualTo(3);
    }

    [Test]
    public async Task An_exception_is_answered_taken_back_and_survived()
    {
        var service = new LambdaService(RpcFunction.Plugin, static (ref RpcRequest request) =>
        {
            request.Parameters[0].A = 99;
            request.Parameters[0].Attributes = 0;
            throw new InvalidOperationException("by intent");
        });
        using var fixture = new ServerFixture([service]);
        FakeRequest request = fixture.World.Call(RpcFunction.Plugin, FakeSecureWorld.ValueInOut(5));

        await Assert.That(request.Result).IsEqualTo(TeeResult.Generic);
        await Assert.That(request.Parameters[0].A).IsEqualTo(5UL);
        await Assert.That(service.Undone).IsEqualTo(1);
        await Assert.That(fixture.Server.Statistics.Exceptions).IsEqualTo(1);
        await Assert.That(fixture.Log.Count(LogLevel.Error)).IsEqualTo(1);
        await Assert.That(fixture.World.Call((RpcFunction)99).Result).IsEqualTo(TeeResult.NotSupported);
    }

    [Test]
    public async Task The_answer_to_a_killed_client_is_taken_back()
    {
        using var release = new ManualResetEventSlim();
        LambdaService service = Blocking(release);
        using var fixture = new ServerFixture([service]);
        FakeRequest request = fixture.Kernel.Submit(RpcFunction.Plugin);
        request.WaitUntilDelivered();
        request.Kill();
        await Assert.That(request.Wait().Result).IsEqualTo(TeeResult.Communication);
        release.Set();

        await fixture.WaitUntilIdle();
        await Assert.That(service.Undone).IsEqualTo(1);
        await Assert.That(service.DeliveredCount).IsEqualTo(0);
        await Assert.That(fixture.Server.Statistics.Revoked).IsEqualTo(1);
        await Assert.That(fixture.World.Call((RpcFunction)99).Result).IsEqualTo(TeeResult.NotSupported);
        await Assert.That(fixture.Log.Count(LogLevel.Error)).IsEqualTo(0);
    }

    [Test]
    public async Task A_client_that_dies_in_the_queue_is_never_served()
    {
        using var release = new ManualResetEventSlim();
        int served = 0;
        using var fixture = new ServerFixture(
            [
                Blocking(release),
                new LambdaService(RpcFunction.Gprof, (ref RpcRequest _) =>
                {
                    Interlocked.Increment(ref served);
                    return TeeResult.Success;
                }),
            ],
            limits: new() { MaximumThreads = 1 });
        FakeRequest first = fixture.Kernel.Submit(RpcFunction.Plugin);
        first.WaitUntilDelivered();
        FakeRequest second = fixture.Kernel.Submit(RpcFunction.Gprof);
        second.Kill();
        release.Set();
        _ = first.Wait();

        await Assert.That(fixture.World.Call((RpcFunction)99).Result).IsEqualTo(TeeResult.NotSupported);
        await Assert.That(served).IsEqualTo(0);
    }

    [Test]
    public async Task A_refused_answer_is_replaced_by_a_failure()
    {
        var service = new LambdaService(RpcFunction.Plugin, static (ref RpcRequest request) =>
        {
            request.Parameters[0].A = 1;
            return TeeResult.Success;
        });
        using var fixture = new ServerFixture([service]);
        lock (fixture.Kernel.Gate)
        {
            fixture.Kernel.SendErrors.Enqueue(Errno.EINVAL);
        }

        FakeRequest request = fixture.World.Call(RpcFunction.Plugin, FakeSecureWorld.ValueInOut(5));
        await Assert.That(request.Result).IsEqualTo(TeeResult.Generic);
        await Assert.That(request.Parameters[0].A).IsEqualTo(5UL);
        await fixture.WaitUntilIdle();
        await Assert.That(service.Undone).IsEqualTo(1);
        await Assert.That(fixture.Server.Statistics.Rejected).IsEqualTo(1);
    }

    [Test]
    public async Task An_interrupted_answer_is_sent_again()
    {
        using var fixture = new ServerFixture(
            [new LambdaService(RpcFunction.Plugin, static (ref RpcRequest _) => TeeResult.Success)]);
        lock (fixture.Kernel.Gate)
        {
            fixture.Kernel.SendErrors.Enqueue(Errno.EINTR);
            fixture.Kernel.SendErrors.Enqueue(Errno.ENOMEM);
        }

        await Assert.That(fixture.World.Call(RpcFunction.Plugin).Result).IsEqualTo(TeeResult.Success);
        await fixture.WaitUntilIdle();
        await Assert.That(fixture.Server.Statistics.Rejected).IsEqualTo(0);
    }

    [Test]
    public async Task The_slot_shows_where_a_request_is()
    {
        using var release = new ManualResetEventSlim();
        int number = -1;
        using var fixture = new ServerFixture(
            [new LambdaService(RpcFunction.Plugin, (ref RpcRequest request) =>
            {
                request.Parameters[0].A = 77;
                Volatile.Write(ref number, request.Slot);
                release.Wait();
                return TeeResult.Success;
            })]);
        FakeRequest request = fixture.Kernel.Submit(RpcFunction.Plugin, FakeSecureWorld.ValueInOut(5));
        await Until.True(() => Volatile.Read(ref number) >= 0);

        RpcSlot slot = fixture.Arena.GetSlot(number);
        ulong received = slot.ReceivedParameters(2)[1].A;
        await Assert.That(slot.State).IsEqualTo(SlotState.Received);
        await Assert.That(received).IsEqualTo(5UL);
        release.Set();
        await Assert.That(request.Wait().Parameters[0].A).IsEqualTo(77UL);
        await Until.True(() => slot.State is SlotState.Free or SlotState.Armed);
    }

    [Test]
    public async Task Killing_clients_at_random_loses_and_leaks_nothing_but_what_the_kernel_drops()
    {
        using var fixture = new ServerFixture(
            [new LambdaService(RpcFunction.Plugin, static (ref RpcRequest _) =>
            {
                Thread.SpinWait(2000);
                return TeeResult.Success;
            })]);
        var random = new Random(1);
        int killed = 0;
        for (int i = 0; i < 2000; i++)
        {
            FakeRequest request = fixture.Kernel.Submit(
                i % 2 == 0 ? RpcFunction.Plugin : RpcFunction.SharedMemoryAllocate,
                FakeSecureWorld.ValueInOut(0, 4096));
            if (random.Next(2) == 0)
            {
                Thread.SpinWait(random.Next(4000));
                request.Kill();
            }

            _ = request.Wait();
            if (request.Result == TeeResult.Communication)
            {
                killed++;
            }
            else if (request.Function == RpcFunction.SharedMemoryAllocate)
            {
                _ = fixture.World.Free(fixture.Kernel.Take(request.Parameters[0].C)!);
            }
        }

        await fixture.WaitUntilIdle();
        await Assert.That(killed).IsGreaterThan(0);
        await Assert.That(fixture.Server.Statistics.LiveObjects).IsEqualTo(0);
        await Assert.That(fixture.Kernel.LiveMemory).IsEqualTo(fixture.Limits.Pool.Count);
        await Assert.That(fixture.Kernel.Violations).IsEmpty();
    }

    [Test]
    public async Task The_status_line_tells_what_is_going_on()
    {
        using var fixture = new ServerFixture();
        fixture.Server.Statistics.OpenFiles = static () => 3;
        fixture.Server.Statistics.OpenSockets = static () => 2;
        _ = fixture.World.Allocate(100);
        await fixture.WaitUntilIdle();

        await Assert.That(fixture.Server.Statistics.ToStatusText()).IsEqualTo(
            "serving; 1 requests, 0 in flight, 3 threads, 1 buffers (4 KiB), 3 open files, 2 sockets, 0 revoked");
    }

    [Test]
    public async Task Two_services_for_one_function_are_a_mistake()
    {
        var service = new LambdaService(RpcFunction.Plugin, static (ref RpcRequest _) => TeeResult.Success);
        await Assert.That(() => new ServerFixture([service, service])).Throws<ArgumentException>();
    }

    private static LambdaService Blocking(ManualResetEventSlim release) =>
        new(RpcFunction.Plugin, (ref RpcRequest _) =>
        {
            release.Wait();
            return TeeResult.Success;
        });
}
