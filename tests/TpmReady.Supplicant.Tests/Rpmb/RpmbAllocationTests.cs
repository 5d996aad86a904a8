// SPDX-License-Identifier: MIT

using System;
using System.Threading.Tasks;
using TpmReady.Linux.Files;
using TpmReady.Linux.MultiMediaCard;
using TpmReady.Linux.Tee;
using TpmReady.Supplicant.Protocol;
using TpmReady.Supplicant.Rpmb;
using TpmReady.Supplicant.Tests.Fake;
using TpmReady.Tpm;

namespace TpmReady.Supplicant.Tests.Rpmb;

/// <summary>Serving a request for RPMB allocates nothing on the managed heap.</summary>
public sealed class RpmbAllocationTests
{
    private const int Rounds = 100;

    [Test]
    public async Task Reads_writes_and_refusals_of_the_emulation_allocate_nothing()
    {
        using EmulationFixture emulation = new();
        RpmbClient client = emulation.Client;
        await Assert.That(client.ProgramKey() && client.ReadCounter()).IsTrue();

        // Writes prepared one after the other, as if each had been acknowledged.
        byte[][] writes = new byte[3 * Rounds][];
        for (int i = 0; i < writes.Length; i++)
        {
            writes[i] = [.. client.Header(0), .. client.WriteFrames(i, RpmbClient.Blocks(1, i))[0]];
            client.Counter++;
        }

        byte[] read = [.. client.Header(0), .. RpmbClient.Frame(4)];
        long allocated = long.MaxValue;
        for (int round = 0; round < 3; round++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < Rounds; i++)
            {
                Serve(client, writes[(round * Rounds) + i], 512);
                Serve(client, writes[(round * Rounds) + i], 512);
                Serve(client, read, 8 * 512);
            }

            // The runtime allocates when it compiles a method anew, in whichever round that is.
            allocated = Math.Min(allocated, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        await Assert.That(allocated).IsEqualTo(0);
        await Assert.That(client.ReadCounter()).IsTrue();
        await Assert.That(client.Counter).IsEqualTo((uint)writes.Length);
    }

    [Test]
    public async Task Exchanges_with_a_card_and_searches_for_it_allocate_nothing()
    {
        using CardMachine machine = new();
        machine.Insert(0);
        machine.Insert(4, "aa015851454d55212101deadbeef2900");
        LinuxFileOperations files = new();
        CardDirectory directory = new(files, machine["sys"], machine["dev"]);
        CardRpmb device = new(
            directory, new SilentCard(), files, CardSelection.ByIdentification(CardMachine.Cid), new RecordingLog());
        using RpmbService service = new(device, new RecordingLog());
        using RpmbClient client = new(service, RpmbClient.NewKey());
        byte[] write = [.. client.Header(0), .. RpmbClient.Frame(3), .. RpmbClient.Frame(3)];
        byte[] information = client.Header(1);
        long allocated = long.MaxValue;
        for (int round = 0; round < 3; round++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < Rounds; i++)
            {
                Serve(client, write, 512);
                Serve(client, information, 19);
            }

            // The runtime allocates when it compiles a method anew, in whichever round that is.
            allocated = Math.Min(allocated, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        device.Dispose();
        await Assert.That(allocated).IsEqualTo(0);
    }

    private static void Serve(RpmbClient client, ReadOnlySpan<byte> input, int room)
    {
        const int output = 65536;
        input.CopyTo(client.Memory.Bytes);
        Span<TeeParameter> parameters =
        [
            new()
            {
                Attributes = (ulong)TeeParameterType.MemoryInput, A = 0, B = (ulong)input.Length, C = 5,
            },
            new() { Attributes = (ulong)TeeParameterType.MemoryOutput, A = output, B = (ulong)room, C = 5 },
        ];
        RpcRequest request = new(RpcFunction.Rpmb, 0, parameters, client.Memory);
        TeeResult result = client.Service.Invoke(ref request);
        client.Service.Delivered(ref request);
        request.Dispose();
        if (result != TeeResult.Success)
        {
            throw new InvalidOperationException($"{result}");
        }
    }

    private sealed unsafe class SilentCard : IMultiMediaCard
    {
        public int Execute(int descriptor, MultiMediaCardAbi.ThreeCommands* commands) => 0;
    }
}
