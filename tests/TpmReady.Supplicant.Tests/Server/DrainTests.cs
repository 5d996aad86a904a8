// SPDX-License-Identifier: MIT

using System;
using System.Diagnostics;
using System.Threading;
using System.Threading.Tasks;
using TpmReady.Supplicant.Protocol;
using TpmReady.Supplicant.Tests.Fake;
using TpmReady.Tpm;

namespace TpmReady.Supplicant.Tests.Server;

/// <summary>Stopping: receivers leave the kernel, requests in flight end, queued ones stay for the successor.</summary>
public sealed class DrainTests
{
    private static readonly TimeSpan Grace = TimeSpan.FromMilliseconds(300);

    [Test]
    public async Task Idle_receivers_leave_their_system_call_at_once()
    {
        using var fixture = new ServerFixture(
            [new LambdaService(RpcFunction.Plugin, static (ref RpcRequest _) => TeeResult.Success)]);
        _ = fixture.World.Call(RpcFunction.Plugin);
        fixture.Kernel.WaitForReceivers(3);
        long start = Stopwatch.GetTimestamp();

        await Assert.That(fixture.Drain(TimeSpan.FromSeconds(10))).IsEqualTo(0);
        await Assert.That(Stopwatch.GetElapsedTime(start)).IsLessThan(TimeSpan.FromSeconds(5));
        await Assert.That(fixture.Kernel.Receivers).IsEqualTo(0);
        await Until.True(() => fixture.Server.Statistics.Threads == 0);
    }

    [Test]
    public async Task A_request_in_flight_ends_and_a_queued_one_stays()
    {
        using var release = new ManualResetEventSlim();
        using var fixture = new ServerFixture(
            [new LambdaService(RpcFunction.Plugin, (ref RpcRequest _) =>
            {
                release.Wait();
                return TeeResult.Success;
            })]);
        FakeRequest inFlight = fixture.Kernel.Submit(RpcFunction.Plugin);
        inFlight.WaitUntilDelivered();
        fixture.Kernel.WaitForReceivers(2);
        Task<int> drain = Task.Run(() => fixture.Drain(TimeSpan.FromSeconds(10)));
        fixture.Kernel.WaitForReceivers(0);
        FakeRequest queued = fixture.Kernel.Submit(RpcFunction.Gprof);
        release.Set();

        await Assert.That(await drain).IsEqualTo(0);
        await Assert.That(inFlight.Wait().Result).IsEqualTo(TeeResult.Success);
        await Assert.That(queued.State).IsEqualTo(FakeRequestState.Queued);
    }

    [Test]
    public async Task Waits_for_peers_are_aborted_after_the_grace()
    {
        LambdaService? service = null;
        service = new LambdaService(RpcFunction.Socket, (ref RpcRequest _) =>
        {
            service!.Abort.Wait();
            return TeeResult.Communication;
        });
        using var fixture = new ServerFixture([service]);
        FakeRequest request = fixture.Kernel.Submit(RpcFunction.Socket);
        request.WaitUntilDelivered();

        await Assert.That(fixture.Drain(Grace)).IsEqualTo(0);
        await Assert.That(service.Aborted).IsEqualTo(1);
        await Assert.That(request.Wait().Result).IsEqualTo(TeeResult.Communication);
    }

    [Test]
    public async Task A_request_that_cannot_end_is_counted_and_left_unanswered()
    {
        using var never = new ManualResetEventSlim();
        var fixture = new ServerFixture(
            [new LambdaService(RpcFunction.Plugin, (ref RpcRequest _) =>
            {
                never.Wait();
                return TeeResult.Success;
            })]);
        FakeRequest request = fixture.Kernel.Submit(RpcFunction.Plugin);
        request.WaitUntilDelivered();

        await Assert.That(fixture.Drain(Grace)).IsEqualTo(1);
        await Assert.That(request.State).IsEqualTo(FakeRequestState.Delivered);
        never.Set();
        _ = request.Wait();
        await Until.True(() => fixture.Server.Statistics.Threads == 0);
        fixture.Dispose();
    }

    [Test]
    public async Task Stopping_races_with_requests_and_loses_none()
    {
        for (int round = 0; round < 50; round++)
        {
            using var fixture = new ServerFixture(
                [new LambdaService(RpcFunction.Plugin, static (ref RpcRequest _) => TeeResult.Success)]);
            var requests = new FakeRequest[40];
            Task feeder = Task.Run(() =>
            {
                for (int i = 0; i < requests.Length; i++)
                {
                    requests[i] = fixture.Kernel.Submit(RpcFunction.Plugin);
                    Thread.SpinWait(500);
                }
            });
            Thread.SpinWait(round * 400);

            await Assert.That(fixture.Drain(TimeSpan.FromSeconds(10))).IsEqualTo(0);
            await feeder;
            foreach (FakeRequest request in requests)
            {
                await Assert.That(request.State).IsNotEqualTo(FakeRequestState.Delivered);
            }
        }
    }
}
