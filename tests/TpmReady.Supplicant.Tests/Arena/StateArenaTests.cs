// SPDX-License-Identifier: MIT

using System;
using System.Threading.Tasks;
using CsCheck;
using TpmReady.Linux.Interop;
using TpmReady.Linux.Tee;
using TpmReady.Supplicant.Arena;

namespace TpmReady.Supplicant.Tests.Arena;

/// <summary>The arena outlives a process: what one writes another finds, and a damaged one is refused.</summary>
public sealed class StateArenaTests
{
    private static readonly SupplicantLimits Small = new() { MaximumThreads = 4, MaximumSharedMemory = 1 << 20 };

    [Test]
    public async Task A_second_mapping_sees_the_first_ones_state()
    {
        using StateArena arena = Create(Small);
        RpcSlot slot = arena.GetSlot(2);
        slot.Arm(8);
        slot.Note = 42;
        WriteHandleByte(arena, 17);

        bool adopted = StateArena.TryAdopt(Duplicate(arena), out StateArena? other, out string? error);
        await Assert.That(error).IsNull();
        await Assert.That(adopted).IsTrue();
        using (other)
        {
            await Assert.That(other!.Layout).IsEqualTo(arena.Layout);
            await Assert.That(other.GetSlot(2).State).IsEqualTo(SlotState.Armed);
            await Assert.That(other.GetSlot(2).Note).IsEqualTo(42U);
            await Assert.That(ReadHandleByte(other)).IsEqualTo((byte)17);
        }
    }

    [Test]
    public async Task Its_descriptor_is_not_inherited_and_its_size_is_sealed()
    {
        using StateArena arena = Create(Small);
        int flags = Libc.Fcntl(arena.Descriptor, Libc.F_GETFD, 0);
        int shrink = Libc.Ftruncate(arena.Descriptor, 0);
        int error = Libc.LastError;

        await Assert.That(flags & Libc.FD_CLOEXEC).IsEqualTo(Libc.FD_CLOEXEC);
        await Assert.That(shrink).IsEqualTo(-1);
        await Assert.That(error).IsEqualTo(Errno.EPERM);
    }

    [Test]
    public void Any_changed_byte_of_the_header_is_noticed()
    {
        using StateArena arena = Create(Small);
        int size = ArenaHeader.Size;
        Gen.Select(Gen.Int[0, size - 1], Gen.Int[0, 7]).Sample(change =>
        {
            (int offset, int bit) = change;
            Flip(arena, offset, bit);
            bool adopted = StateArena.TryAdopt(arena.Descriptor, out StateArena? other, out _);
            other?.Dispose();
            Flip(arena, offset, bit);
            return !adopted;
        }, iter: 2000, threads: 1);
    }

    [Test]
    public async Task An_unknown_version_is_named()
    {
        using StateArena arena = Create(Small);
        SetVersion(arena, 2);
        bool adopted = StateArena.TryAdopt(arena.Descriptor, out _, out string? error);

        await Assert.That(adopted).IsFalse();
        await Assert.That(error!).Contains("version 2");
    }

    [Test]
    public async Task What_is_no_arena_is_refused()
    {
        int pipeLike = Libc.EventFd(0, Libc.EFD_CLOEXEC);
        int unsealed = Libc.MemfdCreate("test", Libc.MFD_CLOEXEC | Libc.MFD_ALLOW_SEALING);
        int empty = Libc.MemfdCreate("test", Libc.MFD_CLOEXEC | Libc.MFD_ALLOW_SEALING);
        _ = Libc.Fcntl(empty, Libc.F_ADD_SEALS, Libc.F_SEAL_SHRINK);
        int blank = Libc.MemfdCreate("test", Libc.MFD_CLOEXEC | Libc.MFD_ALLOW_SEALING);
        _ = Libc.Ftruncate(blank, 1 << 20);
        _ = Libc.Fcntl(blank, Libc.F_ADD_SEALS, Libc.F_SEAL_SHRINK);
        foreach (int descriptor in new[] { -1, pipeLike, unsealed, empty, blank })
        {
            await Assert.That(StateArena.TryAdopt(descriptor, out _, out string? error)).IsFalse();
            await Assert.That(error).IsNotNull();
            _ = Libc.Close(descriptor);
        }
    }

    [Test]
    [Arguments(4096)]
    [Arguments(16384)]
    [Arguments(65536)]
    public void Every_limit_gives_a_sound_layout(int pageSize) =>
        Gen.Select(Gen.Int[1, 1000], Gen.Int[0, 100], Gen.Int[0, 100], Gen.Long[0, 1L << 34]).Sample(limits =>
        {
            var layout = new ArenaLayout(
                new()
                {
                    MaximumThreads = limits.Item1,
                    Pool = new(limits.Item2, limits.Item3, 1),
                    MaximumSharedMemory = limits.Item4,
                },
                pageSize);

            // Soundness asks for this machine's page size; offsets for a larger page are sound for it, too.
            return (layout with { PageSize = Environment.SystemPageSize }).IsSound()
                && layout.PoolOffset % pageSize == 0
                && layout.DynamicOffset % pageSize == 0 && layout.SlotCount >= limits.Item1;
        });

    [Test]
    public async Task The_arguments_of_a_slot_do_not_overlap()
    {
        using StateArena arena = Create(Small);
        RpcSlot slot = arena.GetSlot(0);
        RpcSlot next = arena.GetSlot(1);
        slot.Arm(TeeAbi.MaximumParameters);
        next.State = SlotState.Received;
        slot.AnswerParameters(TeeAbi.MaximumParameters).Fill(
            new() { Attributes = ulong.MaxValue, A = ulong.MaxValue, B = ulong.MaxValue, C = ulong.MaxValue });
        ulong last = slot.ReceivedParameters(TeeAbi.MaximumParameters)[^1].C;

        await Assert.That(slot.State).IsEqualTo(SlotState.Armed);
        await Assert.That(last).IsEqualTo(0UL);
        await Assert.That(next.State).IsEqualTo(SlotState.Received);
        await Assert.That(() => arena.GetSlot(arena.Layout.SlotCount)).Throws<ArgumentOutOfRangeException>();
        await Assert.That(() => arena.GetSlot(-1)).Throws<ArgumentOutOfRangeException>();
    }

    [Test]
    public void Arming_leaves_nothing_of_the_last_request() =>
        Gen.ULong.Array[3].Sample(noise =>
        {
            using StateArena arena = Create(Small);
            RpcSlot slot = arena.GetSlot(0);
            slot.ReceivedParameters(8).Fill(new TeeParameter { Attributes = noise[0], A = noise[1], B = noise[2] });
            slot.ReceivedCount = (uint)noise[0];
            slot.Arm(8);
            Span<TeeParameter> parameters = slot.ReceivedParameters(8);
            bool isClean = slot.ReceivedCount == 8 && parameters[0].Attributes == TeeParameter.Meta;
            for (int i = 0; i < 8; i++)
            {
                isClean &= (i == 0 || parameters[i].Attributes == 0) && parameters[i] is { A: 0, B: 0, C: 0 };
            }

            return isClean;
        }, iter: 50);

    private static StateArena Create(SupplicantLimits limits) =>
        StateArena.TryCreate(limits, out StateArena? arena, out string? error)
            ? arena
            : throw new InvalidOperationException(error);

    private static int Duplicate(StateArena arena) => Libc.Fcntl(arena.Descriptor, Libc.F_DUPFD_CLOEXEC, 0);

    private static unsafe void Flip(StateArena arena, int offset, int bit) => *arena.At(offset) ^= (byte)(1 << bit);

    private static unsafe void WriteHandleByte(StateArena arena, byte value) =>
        arena.Handles[arena.HandlesLength - 1] = value;

    private static unsafe byte ReadHandleByte(StateArena arena) => arena.Handles[arena.HandlesLength - 1];

    private static unsafe void SetVersion(StateArena arena, uint version)
    {
        var header = (ArenaHeader*)arena.At(0);
        header->Version = version;
        header->Checksum = header->ComputeChecksum();
    }
}
