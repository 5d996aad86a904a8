// SPDX-License-Identifier: MIT

using System;
using System.Threading.Tasks;
using CsCheck;
using TpmReady.Tpm;

namespace TpmReady.Supplicant.Tests.Rpmb;

/// <summary>
/// One client, two devices: what the standard says holds for the emulation and for a card behind the driver alike.
/// </summary>
public sealed class RpmbProtocolTests
{
    private const int Blocks = 1024;

    [Test]
    [Arguments(true)]
    [Arguments(false)]
    public async Task A_key_is_programmed_once(bool emulated)
    {
        using RpmbWorld world = new(emulated);
        RpmbClient client = world.Client;

        await Assert.That(client.ReadCounter()).IsFalse();
        await Assert.That(client.LastResult).IsEqualTo((ushort)7);
        await Assert.That(client.Read(0, 1)).IsNull();
        await Assert.That(client.LastResult).IsEqualTo((ushort)7);
        await Assert.That(client.Write(0, RpmbClient.Blocks(1, 1))).IsFalse();
        await Assert.That(client.LastResult).IsEqualTo((ushort)7);
        await Assert.That(client.ProgramKey()).IsTrue();
        await Assert.That(client.ReadCounter()).IsTrue();
        await Assert.That(client.Counter).IsEqualTo(0u);
        await Assert.That(client.ProgramKey(RpmbClient.NewKey(9))).IsFalse();
        await Assert.That(client.LastResult).IsEqualTo((ushort)1);
        await Assert.That(client.ReadCounter()).IsTrue();
    }

    [Test]
    [Arguments(true, 1)]
    [Arguments(true, 2)]
    [Arguments(true, 32)]
    [Arguments(false, 1)]
    [Arguments(false, 2)]
    [Arguments(false, 32)]
    public async Task RPMB_multi_a_write_of_several_frames_is_one_write(bool emulated, int count)
    {
        using RpmbWorld world = new(emulated, withKey: true);
        RpmbClient client = world.Client;
        byte[] data = RpmbClient.Blocks(count, count);

        await Assert.That(client.Write(100, data)).IsTrue();
        await Assert.That(client.Counter).IsEqualTo(1u);
        await Assert.That(client.ReadCounter()).IsTrue();
        await Assert.That(client.Counter).IsEqualTo(1u);
        await Assert.That(client.Read(100, count)!.AsSpan().SequenceEqual(data)).IsTrue();
        byte[] around = client.Read(98, count + 4)!;
        await Assert.That(around.AsSpan(512, data.Length).SequenceEqual(data)).IsTrue();
        await Assert.That(around.AsSpan(0, 512).ContainsAnyExcept((byte)0)).IsFalse();
        await Assert.That(around.AsSpan(512 + data.Length).ContainsAnyExcept((byte)0)).IsFalse();
    }

    [Test]
    [Arguments(true)]
    [Arguments(false)]
    public async Task Everything_can_be_read_at_once(bool emulated)
    {
        using RpmbWorld world = new(emulated, withKey: true);
        byte[] data = RpmbClient.Blocks(32, 5);
        await Assert.That(world.Client.Write(Blocks - 32, data)).IsTrue();

        byte[] all = world.Client.Read(0, Blocks)!;
        await Assert.That(all.AsSpan(all.Length - data.Length).SequenceEqual(data)).IsTrue();
    }

    [Test]
    [Arguments(true)]
    [Arguments(false)]
    public async Task A_write_with_a_wrong_key_is_refused(bool emulated)
    {
        using RpmbWorld world = new(emulated, withKey: true);
        RpmbClient client = world.Client;
        byte[][] frames = client.WriteFrames(3, RpmbClient.Blocks(2, 1));
        frames[1][196] ^= 1;
        await ExpectRefusal(client, frames, 2);

        // A byte of the first frame, too, is under the MAC of the last.
        frames = client.WriteFrames(3, RpmbClient.Blocks(2, 1));
        frames[0][228] ^= 1;
        await ExpectRefusal(client, frames, 2);
    }

    [Test]
    [Arguments(true)]
    [Arguments(false)]
    public async Task A_replayed_write_is_refused(bool emulated)
    {
        using RpmbWorld world = new(emulated, withKey: true);
        RpmbClient client = world.Client;
        byte[][] old = client.WriteFrames(3, RpmbClient.Blocks(1, 1));
        await Assert.That(client.Send(old)).IsTrue();
        await Assert.That(client.Write(3, RpmbClient.Blocks(1, 2))).IsTrue();
        await ExpectRefusal(client, old, 3);

        client.Counter = 17;
        byte[][] early = client.WriteFrames(3, RpmbClient.Blocks(1, 3));
        client.Counter = 2;
        await ExpectRefusal(client, early, 3);
    }

    [Test]
    [Arguments(true, 1024, 1)]
    [Arguments(true, 1023, 2)]
    [Arguments(true, 65535, 32)]
    [Arguments(false, 1024, 1)]
    [Arguments(false, 1023, 2)]
    [Arguments(false, 65535, 32)]
    public async Task Blocks_beyond_the_end_are_refused(bool emulated, int address, int count)
    {
        using RpmbWorld world = new(emulated, withKey: true);
        RpmbClient client = world.Client;
        await ExpectRefusal(client, client.WriteFrames(address, RpmbClient.Blocks(count, 1)), 4);
        await Assert.That(client.Read(address, count)).IsNull();
        await Assert.That(client.LastResult).IsEqualTo((ushort)4);
    }

    [Test]
    [Arguments(true)]
    [Arguments(false)]
    public async Task A_write_of_more_than_a_card_takes_is_refused(bool emulated)
    {
        using RpmbWorld world = new(emulated, withKey: true);
        await ExpectRefusal(world.Client, world.Client.WriteFrames(0, RpmbClient.Blocks(33, 1)), 1);
    }

    [Test]
    [Arguments(true)]
    [Arguments(false)]
    public void Random_operations_do_what_a_model_does(bool emulated)
    {
        Gen<(int Kind, int Address, int Count, int Seed)> operation =
            Gen.Select(Gen.Int[0, 5], Gen.Int[0, Blocks + 8], Gen.Int[1, 34], Gen.Int);
        operation.Array[1, 12].Sample(
            operations =>
            {
                using RpmbWorld world = new(emulated, withKey: true);
                byte[] model = new byte[Blocks * 256];
                uint counter = 0;
                foreach ((int kind, int address, int count, int seed) in operations)
                {
                    Apply(world, model, ref counter, kind, address, count, seed);
                }
            },
            iter: 60);
    }

    private static void Apply(
        RpmbWorld world, byte[] model, ref uint counter, int kind, int address, int count, int seed)
    {
        RpmbClient client = world.Client;
        bool isInside = address + count <= Blocks;
        switch (kind)
        {
            case 0 or 1:
                byte[] data = RpmbClient.Blocks(count, seed);
                bool isRight = isInside && count <= 32;
                Expect(client.Write(address, data) == isRight, "a write");
                if (isRight)
                {
                    data.CopyTo(model, address * 256);
                    counter++;
                }

                break;
            case 2 or 3:
                byte[]? read = client.Read(address, count);
                Expect((read is not null) == isInside, "a read");
                Expect(
                    read is null || read.AsSpan().SequenceEqual(model.AsSpan(address * 256, count * 256)), "the data");
                break;
            case 4:
                client.Counter = unchecked((uint)seed) | 0x8000;
                Expect(!client.Write(0, RpmbClient.Blocks(1, seed)), "a write with a wrong counter");
                Expect(client.LastResult == 3, "the result of a wrong counter");
                client.Counter = counter;
                break;
            default:
                world.Restart();
                Expect(client.ReadCounter() && client.Counter == counter, "the counter");
                break;
        }
    }

    private static async Task ExpectRefusal(RpmbClient client, byte[][] frames, int result)
    {
        uint before = client.Counter;
        await Assert.That(client.Send(frames)).IsFalse();
        await Assert.That(client.LastResult).IsEqualTo((ushort)result);
        await Assert.That(client.LastTeeResult).IsEqualTo(TeeResult.Success);
        await Assert.That(client.ReadCounter()).IsTrue();
        await Assert.That(client.Counter).IsEqualTo(before);
    }

    private static void Expect(bool condition, string what)
    {
        if (!condition)
        {
            throw new InvalidOperationException($"{what} went wrong");
        }
    }
}
