// SPDX-License-Identifier: MIT

using System;
using System.Threading;
using TpmReady.Linux.Tee;

namespace TpmReady.Supplicant.Arena;

/// <summary>
/// One slot of the arena: state, the argument of RECV as the kernel filled it, and the argument of SEND. They are two
/// buffers, because a request can only be served again while what was received is untouched.
/// </summary>
/// <remarks>
/// Layout in bytes: 0 state (u32), 4 note of the service (u32), 8 time of arrival (i64, monotonic ticks), 16 reserved,
/// 32 RECV argument (1000), 1032 SEND argument (1000).
/// </remarks>
public readonly unsafe struct RpcSlot
{
    private const int ReceiveOffset = 32;
    private const int ArgumentSize = TeeAbi.ArgumentHeaderSize + (TeeAbi.MaximumParameters * TeeParameter.Size);
    private const int SendOffset = ReceiveOffset + ArgumentSize;
    private readonly byte* _address;

    internal RpcSlot(byte* address, int number)
    {
        _address = address;
        Number = number;
    }

    /// <summary>The slot's number.</summary>
    public int Number { get; }

    /// <summary>What the slot holds.</summary>
    public SlotState State
    {
        get => (SlotState)Volatile.Read(ref *(int*)_address);
        set => Volatile.Write(ref *(int*)_address, (int)value);
    }

    /// <summary>
    /// 0 when a request arrives; 1 once a service begins with what it must not do twice. For a successor.
    /// </summary>
    public ref uint Note => ref *(uint*)(_address + 4);

    /// <summary>When the request arrived, in ticks of <see cref="System.Diagnostics.Stopwatch"/>.</summary>
    public ref long Arrival => ref *(long*)(_address + 8);

    internal nint ReceiveArgument => (nint)(_address + ReceiveOffset);

    internal nint SendArgument => (nint)(_address + SendOffset);

    /// <summary>RECV: the function out.</summary>
    internal uint Function => *(uint*)(_address + ReceiveOffset);

    /// <summary>RECV: the room in, the count out.</summary>
    internal ref uint ReceivedCount => ref *(uint*)(_address + ReceiveOffset + 4);

    /// <summary>SEND: the result.</summary>
    internal ref uint Result => ref *(uint*)(_address + SendOffset);

    /// <summary>SEND: the count, which must be the received one.</summary>
    internal ref uint AnswerCount => ref *(uint*)(_address + SendOffset + 4);

    /// <summary>The parameters as the kernel filled them.</summary>
    internal Span<TeeParameter> ReceivedParameters(int count) =>
        new(_address + ReceiveOffset + TeeAbi.ArgumentHeaderSize, Checked(count));

    /// <summary>The parameters that go back.</summary>
    internal Span<TeeParameter> AnswerParameters(int count) =>
        new(_address + SendOffset + TeeAbi.ArgumentHeaderSize, Checked(count));

    /// <summary>The length of an argument of so many parameters, in bytes.</summary>
    internal static int ArgumentLength(int count) => TeeAbi.ArgumentHeaderSize + (count * TeeParameter.Size);

    /// <summary>
    /// Makes the slot ready for RECV. Everything is written anew each time: the kernel takes what the last request left
    /// there for input and answers EINVAL (params_from_user in drivers/tee/tee_core.c).
    /// </summary>
    internal void Arm(int room)
    {
        new Span<byte>(_address + ReceiveOffset, ArgumentLength(room)).Clear();
        ReceivedCount = (uint)room;
        ReceivedParameters(room)[0].Attributes = TeeParameter.Meta;
        Note = 0;
        State = SlotState.Armed;
    }

    /// <summary>Copies what was received to the answer; services then work on the answer's parameters.</summary>
    internal void PrepareAnswer(int count)
    {
        AnswerCount = (uint)count;
        ReceivedParameters(count).CopyTo(AnswerParameters(count));
    }

    private static int Checked(int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, TeeAbi.MaximumParameters);
        return count;
    }
}
