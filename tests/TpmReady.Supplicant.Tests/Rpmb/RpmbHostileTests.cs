// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading.Tasks;
using CsCheck;
using TpmReady.Linux.Tee;
using TpmReady.Supplicant.Protocol;
using TpmReady.Supplicant.Rpmb;
using TpmReady.Supplicant.Tests.Fake;
using TpmReady.Tpm;

namespace TpmReady.Supplicant.Tests.Rpmb;

/// <summary>Requests that no honest secure world sends are answered, and harm nothing.</summary>
public sealed class RpmbHostileTests
{
    private const ulong MemoryId = 5;

    [Test]
    [Arguments(true)]
    [Arguments(false)]
    public async Task K5_requests_without_memory_for_the_answer_are_answered(bool emulated)
    {
        using RpmbWorld world = new(emulated, withKey: true);
        RpmbClient client = world.Client;
        for (ushort type = 1; type <= 4; type++)
        {
            client.Header(0).CopyTo(client.Memory.Bytes);
            RpmbClient.Frame(type).CopyTo(client.Memory.Bytes[RpmbClient.HeaderSize..]);
            TeeParameter request = Input(0, RpmbClient.HeaderSize + 512, MemoryId);

            await Assert.That(client.Invoke(request, Output(0, 512, TeeParameter.NoMemory)))
                .IsEqualTo(TeeResult.BadParameters);
            await Assert.That(client.Invoke(request, Output(0, 0, TeeParameter.NoMemory)))
                .IsEqualTo(TeeResult.BadParameters);
            await Assert.That(client.Invoke(request, Output(4096, 0, MemoryId))).IsEqualTo(TeeResult.BadParameters);
            await Assert.That(client.Invoke(request, Output(4096, 511, MemoryId))).IsEqualTo(TeeResult.BadParameters);
            await Assert.That(client.Invoke(request, Output(4096, 512, 0x1_0000_0005)))
                .IsEqualTo(TeeResult.BadParameters);
            await Assert.That(client.Invoke(request, Output((ulong)client.Memory.Bytes.Length - 511, 512, MemoryId)))
                .IsEqualTo(TeeResult.BadParameters);
        }

        await Assert.That(client.Invoke(Input(0, 518, TeeParameter.NoMemory), Output(4096, 512, MemoryId)))
            .IsEqualTo(TeeResult.BadParameters);
        await Assert.That(client.Invoke(Input(0, 518, MemoryId))).IsEqualTo(TeeResult.BadParameters);
        await Assert.That(client.Invoke()).IsEqualTo(TeeResult.BadParameters);
        await Assert.That(client.ReadCounter()).IsTrue();
        await Assert.That(client.Memory.Pinned).IsEqualTo(0);
    }

    [Test]
    [Arguments(0)]
    [Arguments(5)]
    [Arguments(6)]
    [Arguments(517)]
    [Arguments(6 + (1025 * 512))]
    public async Task Data_without_a_frame_or_with_too_many_is_refused(int size)
    {
        using RpmbWorld world = new(emulated: true, withKey: true);
        byte[] input = new byte[size];
        if (size > 518)
        {
            RpmbClient.Frame(4).CopyTo(input, 6);
        }

        await Assert.That(world.Client.Call(input, 512)).IsEmpty();
        await Assert.That(world.Client.LastTeeResult).IsEqualTo(TeeResult.BadParameters);
        await Assert.That(world.Client.Exchange([RpmbClient.Frame(4)], 1025)).IsEmpty();
        await Assert.That(world.Client.LastTeeResult).IsEqualTo(TeeResult.BadParameters);
    }

    [Test]
    [Arguments("1", 2)]
    [Arguments("3", 2)]
    [Arguments("2", 2)]
    [Arguments("22", 1)]
    [Arguments("44", 2)]
    [Arguments("34", 1)]
    [Arguments("31", 1)]
    [Arguments("43", 1)]
    public async Task Frames_that_do_not_fit_each_other_are_refused(string types, int answers)
    {
        using RpmbWorld world = new(emulated: true, withKey: true);
        byte[][] frames = [.. types.Select(static digit => RpmbClient.Frame((ushort)(digit - '0')))];
        await Assert.That(world.Client.Exchange(frames, answers)).IsEmpty();
        await Assert.That(world.Client.LastTeeResult).IsEqualTo(TeeResult.BadParameters);
    }

    [Test]
    [Arguments(0)]
    [Arguments(5)]
    [Arguments(6)]
    [Arguments(0x100)]
    [Arguments(0xffff)]
    public async Task Frames_of_unknown_types_fail(int type)
    {
        using RpmbWorld world = new(emulated: true, withKey: true);
        await Assert.That(world.Client.Exchange([RpmbClient.Frame((ushort)type)], 1)).IsEmpty();
        await Assert.That(world.Client.LastTeeResult).IsEqualTo(TeeResult.Generic);
    }

    [Test]
    public async Task Information_is_asked_for_with_exact_sizes()
    {
        using RpmbWorld world = new(emulated: true);
        RpmbClient client = world.Client;
        foreach ((int input, int output) in (ReadOnlySpan<(int, int)>)[(5, 19), (7, 19), (6, 18), (6, 20), (6, 0)])
        {
            byte[] request = new byte[input];
            client.Header(1).AsSpan(0, Math.Min(input, 6)).CopyTo(request);
            if (client.Call(request, output).Length > 0 || client.LastTeeResult != TeeResult.BadParameters)
            {
                throw new InvalidOperationException($"{input} and {output} bytes: {client.LastTeeResult}");
            }
        }

        await Assert.That(client.Call(client.Header(2), 512)).IsEmpty();
        await Assert.That(client.LastTeeResult).IsEqualTo(TeeResult.BadParameters);
        await Assert.That(client.Information().Length).IsEqualTo(19);
    }

    [Test]
    public async Task What_the_device_gets_cannot_be_changed_from_the_secure_world()
    {
        ChangingDevice device = new();
        using RpmbService service = new(device, new RecordingLog());
        using RpmbClient client = new(service, RpmbClient.NewKey());
        device.Change = () => client.Memory.Bytes.Fill(0x77);
        byte[][] frames = client.WriteFrames(3, RpmbClient.Blocks(2, 1));
        byte[] answer = client.Exchange(frames, 1);

        await Assert.That(device.Seen.SequenceEqual(frames.SelectMany(static frame => frame))).IsTrue();
        await Assert.That(answer.AsSpan().ContainsAnyExcept((byte)0x33)).IsFalse();
    }

    [Test]
    public async Task An_answer_over_its_own_question_is_right()
    {
        using RpmbWorld world = new(emulated: true, withKey: true);
        RpmbClient client = world.Client;
        byte[] frame = RpmbClient.Frame(2);
        frame.AsSpan(484, 16).Fill(0x42);
        client.Header(0).CopyTo(client.Memory.Bytes);
        frame.CopyTo(client.Memory.Bytes[RpmbClient.HeaderSize..]);

        await Assert.That(client.Invoke(Input(0, 518, MemoryId), Output(0, 512, MemoryId)))
            .IsEqualTo(TeeResult.Success);
        await Assert.That(client.Memory.Bytes[484..500].ToArray()).IsEquivalentTo(Enumerable.Repeat((byte)0x42, 16));
        await Assert.That(client.Memory.Bytes[510]).IsEqualTo((byte)2);
    }

    [Test]
    public void Any_bytes_are_answered_with_a_code()
    {
        HashSet<TeeResult> allowed =
            [TeeResult.Success, TeeResult.BadParameters, TeeResult.Generic, TeeResult.StorageNotAvailable];
        using RpmbWorld emulation = new(emulated: true, withKey: true);
        using RpmbWorld card = new(emulated: false, withKey: true);
        Gen.Select(Gen.Byte.Array[0, 40], Gen.Int[0, 3000], Gen.Int[0, 3000], Gen.UShort[0, 6], Gen.Bool).Sample(
            (noise, size, room, type, isAligned) =>
            {
                byte[] input = new byte[isAligned ? 6 + (size / 512 * 512) : size];
                for (int i = 0; i < noise.Length && i * 83 < input.Length; i++)
                {
                    input[i * 83] = noise[i];
                }

                if (input.Length > 6)
                {
                    input.AsSpan(0, 6).Clear();
                }

                for (int offset = 6; offset + 512 <= input.Length; offset += 512)
                {
                    input[offset + 510] = 0;
                    input[offset + 511] = (byte)type;
                }

                foreach (RpmbClient client in (RpmbClient[])[emulation.Client, card.Client])
                {
                    _ = client.Call(input, room);
                    if (!allowed.Contains(client.LastTeeResult) || client.Memory.Pinned != 0)
                    {
                        return false;
                    }
                }

                return true;
            },
            iter: 2000,
            threads: 1);
    }

    [Test]
    [Arguments(true)]
    [Arguments(false)]
    public async Task S6_the_key_is_never_logged(bool emulated)
    {
        byte[] key = RpmbClient.NewKey(0xA0);
        using RpmbWorld world = new(emulated);
        await Assert.That(world.Client.ProgramKey(key)).IsTrue();
        await Assert.That(world.Client.ProgramKey(key)).IsFalse();
        string log = world.Log;
        await Assert.That(log).Contains("key");
        foreach (int length in (int[])[2, 4])
        {
            for (int i = 0; i + length <= key.Length; i++)
            {
                string hex = Convert.ToHexString(key, i, length);
                await Assert.That(log.Contains(hex, StringComparison.OrdinalIgnoreCase)).IsFalse();
            }
        }

        await Assert.That(log.Contains(Convert.ToBase64String(key)[..8], StringComparison.Ordinal)).IsFalse();
    }

    [Test]
    [Arguments(22u)]
    [Arguments(23u)]
    [Arguments(24u)]
    [Arguments(20u)]
    [Arguments(8u)]
    [Arguments(99u)]
    [Arguments(uint.MaxValue)]
    public async Task The_kernel_s_own_RPMB_commands_are_not_supported(uint function)
    {
        using EmulationFixture emulation = new();
        using ServerFixture fixture = new([emulation.Client.Service]);
        FakeMemory memory = fixture.World.Allocate(8192)!;
        await Assert.That(fixture.World.Call((RpcFunction)function, FakeSecureWorld.ValueInOut()).Result)
            .IsEqualTo(TeeResult.NotSupported);
        await Assert.That(fixture.World.Call(
            (RpcFunction)function,
            FakeSecureWorld.MemoryInput(memory, 518),
            FakeSecureWorld.MemoryOutput(memory, 512, 4096)).Result).IsEqualTo(TeeResult.NotSupported);

        // And the way that OP-TEE falls back to is there.
        emulation.Client.Header(1).CopyTo(memory.Bytes);
        await Assert.That(fixture.World.Call(
            RpcFunction.Rpmb,
            FakeSecureWorld.MemoryInput(memory, 6),
            FakeSecureWorld.MemoryOutput(memory, 19, 4096)).Result).IsEqualTo(TeeResult.Success);
    }

    [Test]
    public async Task Switched_off_RPMB_is_not_supported()
    {
        using ServerFixture fixture = new([]);
        FakeMemory memory = fixture.World.Allocate(8192)!;
        await Assert.That(fixture.World.Call(
            RpcFunction.Rpmb,
            FakeSecureWorld.MemoryInput(memory, 6),
            FakeSecureWorld.MemoryOutput(memory, 19, 4096)).Result).IsEqualTo(TeeResult.NotSupported);
    }

    private static TeeParameter Input(ulong offset, ulong size, ulong id) =>
        new() { Attributes = (ulong)TeeParameterType.MemoryInput, A = offset, B = size, C = id };

    private static TeeParameter Output(ulong offset, ulong size, ulong id) =>
        new() { Attributes = (ulong)TeeParameterType.MemoryOutput, A = offset, B = size, C = id };

    /// <summary>Changes the shared memory while it serves, and then looks at what it was given.</summary>
    private sealed class ChangingDevice : IRpmbDevice
    {
        public Action Change { get; set; } = static () => { };

        public byte[] Seen { get; private set; } = [];

        public TeeResult Describe(ushort number, out RpmbInformation information)
        {
            information = default;
            return TeeResult.Success;
        }

        public TeeResult Exchange(ushort number, RpmbMessageType type, Span<byte> request, Span<byte> response)
        {
            Change();
            Seen = request.ToArray();
            response.Fill(0x33);
            Change();
            return TeeResult.Success;
        }
    }
}
