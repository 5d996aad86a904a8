// SPDX-License-Identifier: MIT

using System;
using System.Buffers.Binary;
using System.Linq;
using System.Threading.Tasks;
using TpmReady.Linux.Interop;
using TpmReady.Tpm;
using TUnit.Assertions.Enums;

namespace TpmReady.Supplicant.Tests.Rpmb;

/// <summary>The very bytes that go to the driver: 72 for each command, in this order.</summary>
public sealed class CardCommandTests
{
    private const uint Reliable = 0x80000001;

    [Test]
    public async Task RPMB_multi_a_write_is_one_reliable_write_a_question_and_an_answer()
    {
        using CardMachine machine = new();
        using RpmbClient client = Connect(machine);
        byte[][] frames = client.WriteFrames(7, RpmbClient.Blocks(3, 1));
        machine.Card.Calls.Clear();
        machine.Card.Data.Clear();
        await Assert.That(client.Send(frames)).IsTrue();

        byte[][] commands = machine.Card.Calls.Single();
        await Assert.That(commands.Select(Describe)).IsEquivalentTo(
            [Command(Reliable, 25, 3), Command(1, 25, 1), Command(0, 18, 1)], CollectionOrdering.Matching);

        // The question is a frame of zeros but for its type, 5; it is one frame however many were written.
        byte[]?[] data = machine.Card.Data.Single();
        await Assert.That(data[0]!.AsSpan().SequenceEqual(frames.SelectMany(static frame => frame).ToArray())).IsTrue();
        await Assert.That(data[1]!.AsSpan().SequenceEqual(RpmbClient.Frame(5))).IsTrue();
        await Assert.That(data[2]).IsNull();
    }

    [Test]
    public async Task A_key_goes_as_a_reliable_write_too()
    {
        using CardMachine machine = new();
        machine.Insert(0);
        using RpmbClient client = new(machine.Serve(), RpmbClient.NewKey());
        await Assert.That(client.ProgramKey()).IsTrue();

        await Assert.That(machine.Card.Calls.Single().Select(Describe)).IsEquivalentTo(
            [Command(Reliable, 25, 1), Command(1, 25, 1), Command(0, 18, 1)], CollectionOrdering.Matching);
    }

    [Test]
    public async Task A_read_is_a_question_and_an_answer_of_any_length()
    {
        using CardMachine machine = new();
        using RpmbClient client = Connect(machine);
        machine.Card.Calls.Clear();
        await Assert.That(client.ReadCounter()).IsTrue();
        await Assert.That(client.Read(1, 1)).IsNotNull();
        await Assert.That(client.Read(0, 1024)).IsNotNull();

        string[][] expected =
        [
            [Command(1, 25, 1), Command(0, 18, 1)],
            [Command(1, 25, 1), Command(0, 18, 1)],
            [Command(1, 25, 1), Command(0, 18, 1024)],
        ];
        await Assert.That(machine.Card.Calls.Select(static call => string.Join(' ', call.Select(Describe))))
            .IsEquivalentTo(expected.Select(static call => string.Join(' ', call)));
    }

    [Test]
    public async Task No_sleep_after_a_write_unless_it_is_asked_for()
    {
        using CardMachine machine = new();
        using RpmbClient client = Connect(machine);
        machine.Card.Calls.Clear();
        await Assert.That(client.Write(0, RpmbClient.Blocks(1, 1))).IsTrue();
        client.Service = machine.Serve(postSleep: 20_000);
        await Assert.That(client.Write(0, RpmbClient.Blocks(1, 1))).IsTrue();

        int[][] sleeps =
        [
            .. machine.Card.Calls.SelectMany(static call => call)
                .Select(static bytes => new[] { Read(bytes, 44), Read(bytes, 48) }),
        ];
        await Assert.That(sleeps.Select(static pair => $"{pair[0]}-{pair[1]}")).IsEquivalentTo(
            ["0-0", "0-0", "0-0", "20000-40000", "0-0", "0-0"], CollectionOrdering.Matching);
    }

    [Test]
    public async Task A_failed_write_is_not_repeated_and_the_next_request_opens_the_card_anew()
    {
        using CardMachine machine = new();
        using RpmbClient client = Connect(machine);
        int calls = machine.Card.Descriptors.Count;
        machine.Card.Error = Errno.EIO;
        await Assert.That(client.Write(0, RpmbClient.Blocks(1, 1))).IsFalse();
        await Assert.That(client.LastTeeResult).IsEqualTo(TeeResult.Generic);
        await Assert.That(machine.Card.Descriptors.Count).IsEqualTo(calls + 1);
        await Assert.That(machine.Files.OpenDescriptors).IsEqualTo(0);

        machine.Card.Error = 0;
        await Assert.That(client.Write(0, RpmbClient.Blocks(1, 1))).IsTrue();
        await Assert.That(machine.Log.ToString()).Contains("The RPMB of mmc0 did not take a request: EIO.");
    }

    [Test]
    public async Task A_card_at_the_end_of_its_counter_says_so()
    {
        using CardMachine machine = new();
        using RpmbClient client = Connect(machine);
        machine.Card.Counter = uint.MaxValue - 1;
        client.Counter = uint.MaxValue - 1;
        await Assert.That(client.Write(0, RpmbClient.Blocks(1, 1))).IsTrue();
        await Assert.That(client.LastResult).IsEqualTo((ushort)0x80);
        await Assert.That(client.Write(0, RpmbClient.Blocks(1, 2))).IsFalse();
        await Assert.That(client.LastResult).IsEqualTo((ushort)0x85);
    }

    private static RpmbClient Connect(CardMachine machine)
    {
        machine.Insert(0);
        RpmbClient client = new(machine.Serve(), RpmbClient.NewKey());
        return client.ProgramKey() && client.ReadCounter()
            ? client
            : throw new InvalidOperationException("The key could not be programmed.");
    }

    private static int Read(byte[] command, int offset) =>
        BinaryPrimitives.ReadInt32LittleEndian(command.AsSpan(offset));

    /// <summary>A command without sleeps, as hexadecimal digits without its last field, which is an address.</summary>
    private static string Command(uint writeFlag, int opcode, int blocks)
    {
        byte[] bytes = new byte[64];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, writeFlag);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(8), opcode);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(32), 0x35);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(36), 512);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(40), blocks);
        return Convert.ToHexStringLower(bytes);
    }

    private static string Describe(byte[] command) =>
        command.Length == 72
            ? Convert.ToHexStringLower(command[..64])
            : throw new InvalidOperationException($"{command.Length} bytes");
}
