// SPDX-License-Identifier: MIT

using System;
using System.Threading.Tasks;
using TpmReady.Linux.Tee;
using TpmReady.Supplicant.Protocol;
using TpmReady.Supplicant.Tests.Fake;
using TpmReady.Tpm;

namespace TpmReady.Supplicant.Tests.Server;

/// <summary>The steady state allocates nothing on the managed heap, so no collection ever pauses a request.</summary>
public sealed class AllocationTests
{
    [Test]
    public async Task Thousands_of_requests_allocate_nothing()
    {
        var service = new LambdaService(RpcFunction.Plugin, static (ref RpcRequest request) =>
        {
            bool fits = request.HasTypes(TeeParameterType.ValueInOut, TeeParameterType.MemoryInOut);
            request.Parameters[0].A = fits ? (ulong)request.GetMemory(1).Bytes.Length : 0;
            return TeeResult.Success;
        });
        MeasuringDevice? device = null;
        using var fixture = new ServerFixture([service], wrap: inner => device = new MeasuringDevice(inner));
        Exercise(fixture, 500);
        device!.Reset();
        long threads = fixture.Server.Statistics.ThreadsStarted;
        Exercise(fixture, 5000);

        // On a busy machine another thread may be started, which costs one object and its closure; requests cost nothing.
        long started = fixture.Server.Statistics.ThreadsStarted - threads;
        await Assert.That(device.Spans).IsGreaterThanOrEqualTo(2 * 3 * 4999);
        await Assert.That(device.Allocated).IsLessThanOrEqualTo(started * 512);
    }

    [Test]
    public async Task The_measurement_notices_an_allocation()
    {
        object? kept = null;
        var service = new LambdaService(RpcFunction.Plugin, (ref RpcRequest _) =>
        {
            kept = new byte[100];
            return TeeResult.Success;
        });
        MeasuringDevice? device = null;
        using var fixture = new ServerFixture([service], wrap: inner => device = new MeasuringDevice(inner));
        for (int i = 0; i < 100; i++)
        {
            _ = fixture.World.Call(RpcFunction.Plugin);
        }

        await Assert.That(device!.Allocated).IsGreaterThanOrEqualTo(100 * 100);
        await Assert.That(kept).IsNotNull();
    }

    /// <summary>Three requests a round: allocate, use, free.</summary>
    private static void Exercise(ServerFixture fixture, int count)
    {
        for (int i = 0; i < count; i++)
        {
            FakeMemory memory = fixture.World.Allocate(4096)!;
            FakeRequest request = fixture.World.Call(
                RpcFunction.Plugin, FakeSecureWorld.ValueInOut(), FakeSecureWorld.MemoryInOut(memory, 4096));
            if (request.Parameters[0].A != 4096 || fixture.World.Free(memory) != TeeResult.Success)
            {
                throw new InvalidOperationException("A request failed.");
            }
        }
    }
}
