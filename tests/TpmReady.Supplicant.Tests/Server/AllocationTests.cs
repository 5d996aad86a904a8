// SPDX-License-Identifier: MIT

using System;
using System.Collections.Concurrent;
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
        // Each serving thread notes what it has allocated so far, at each request; the growth between two requests of the
        // same thread covers everything from RECV to the next RECV.
        var first = new ConcurrentDictionary<int, long>();
        long[] worst = new long[1];
        bool measures = false;
        var service = new LambdaService(RpcFunction.Plugin, (ref RpcRequest request) =>
        {
            _ = request.HasTypes(TeeParameterType.ValueInOut, TeeParameterType.MemoryInOut);
            request.Parameters[0].A += (ulong)request.GetMemory(1).Bytes.Length;
            if (measures)
            {
                // The thread's own first measurement may allocate in the dictionary, which then counts as its start.
                int thread = Environment.CurrentManagedThreadId;
                if (first.TryGetValue(thread, out long start))
                {
                    worst[0] = Math.Max(worst[0], GC.GetAllocatedBytesForCurrentThread() - start);
                }
                else
                {
                    first[thread] = 0;
                    first[thread] = GC.GetAllocatedBytesForCurrentThread();
                }
            }

            return TeeResult.Success;
        });
        using var fixture = new ServerFixture([service]);
        Exercise(fixture, 500);
        measures = true;
        Exercise(fixture, 5000);

        await Assert.That(first.IsEmpty).IsFalse();
        await Assert.That(worst[0]).IsEqualTo(0);
        await Assert.That(fixture.Server.Statistics.Total).IsGreaterThanOrEqualTo(3 * 5500);
    }

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
