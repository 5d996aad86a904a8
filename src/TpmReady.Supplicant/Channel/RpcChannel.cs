// SPDX-License-Identifier: MIT

using System;
using System.Diagnostics;
using System.Threading;
using TpmReady.Linux.Interop;
using TpmReady.Linux.Tee;
using TpmReady.Supplicant.Arena;
using TpmReady.Supplicant.Device;
using TpmReady.Tpm;

namespace TpmReady.Supplicant.Channel;

/// <summary>
/// RECV and SEND with the shapes that the kernel insists on (tee_ioctl_supp_recv, tee_ioctl_supp_send).
/// </summary>
internal sealed class RpcChannel(ITeeDevice device)
{
    /// <summary>
    /// The room offered at first: OP-TEE sends at most four parameters (THREAD_RPC_MAX_NUM_PARAMS), and the transport
    /// one.
    /// </summary>
    public const int UsualRoom = 8;

    private int _room = UsualRoom;
    private int _mode;

    /// <summary>How the kernel hands requests out, as far as is known.</summary>
    public ChannelMode Mode => (ChannelMode)Volatile.Read(ref _mode);

    /// <summary>Waits for a request.</summary>
    /// <param name="slot">Where it goes.</param>
    /// <param name="frame">Its shape.</param>
    /// <returns>
    /// 0, or the kernel's error: nothing was taken then. EPROTO: the kernel reported more parameters than there was
    /// room for.
    /// </returns>
    public int Receive(RpcSlot slot, out RpcFrame frame)
    {
        int room = Volatile.Read(ref _room);
        int error = ReceiveInto(slot, room);
        if (error == Errno.EINVAL && room < TeeAbi.MaximumParameters)
        {
            // A request with more parameters than room stays at the head of the queue, and fails every RECV until one
            // has it.
            room = TeeAbi.MaximumParameters;
            Volatile.Write(ref _room, room);
            error = ReceiveInto(slot, room);
        }

        frame = default;
        if (error != Errno.Success)
        {
            slot.State = SlotState.Free;
            return error;
        }

        uint count = slot.ReceivedCount;
        if (count > (uint)room)
        {
            slot.State = SlotState.Free;
            return Errno.EPROTO;
        }

        frame = Parse(slot.ReceivedParameters((int)count));
        slot.PrepareAnswer(frame.Count);
        slot.Arrival = Stopwatch.GetTimestamp();
        slot.State = SlotState.Received;
        Volatile.Write(
            ref _mode, (int)(frame.TransportCount > 0 ? ChannelMode.Asynchronous : ChannelMode.Synchronous));
        return Errno.Success;
    }

    /// <summary>Sends the answer that stands in the slot.</summary>
    /// <returns>
    /// 0; EBADF or ENOENT if the requester is gone (the request has ended); EINVAL if the shape is wrong (it has not).
    /// </returns>
    public int Send(RpcSlot slot, in RpcFrame frame, TeeResult result)
    {
        slot.Result = (uint)result;
        slot.AnswerCount = (uint)frame.Count;

        // Whatever a service did to them, the kernel wants its own parameters and all attributes back unchanged.
        Span<TeeParameter> received = slot.ReceivedParameters(frame.Count);
        Span<TeeParameter> answer = slot.AnswerParameters(frame.Count);
        for (int i = 0; i < frame.Count; i++)
        {
            answer[i].Attributes = received[i].Attributes;
        }

        slot.State = SlotState.Answering;
        return device.Send(slot.SendArgument, RpcSlot.ArgumentLength(frame.Count));
    }

    /// <summary>Sends the answer that an earlier process had prepared.</summary>
    public int SendAgain(RpcSlot slot, in RpcFrame frame) =>
        device.Send(slot.SendArgument, RpcSlot.ArgumentLength(frame.Count));

    /// <summary>
    /// Asks whether a number stands for a request: an answer with more parameters than any request has is refused
    /// without effect (supp_pop_req in drivers/tee/optee/supp.c compares the count before it takes the request out).
    /// </summary>
    /// <returns>
    /// ENOENT: it stands for none. EBADF: for one whose requester is gone; it has ended now. EINVAL: for one that lives.
    /// </returns>
    public unsafe int Probe(ulong id)
    {
        int length = RpcSlot.ArgumentLength(TeeAbi.MaximumParameters);
        byte* argument = stackalloc byte[length];
        new Span<byte>(argument, length).Clear();
        *(uint*)argument = (uint)TeeResult.Generic;
        *(uint*)(argument + sizeof(uint)) = TeeAbi.MaximumParameters;
        *(TeeParameter*)(argument + TeeAbi.ArgumentHeaderSize) =
            new TeeParameter { Attributes = TeeAbi.RequestIdAttribute, A = id };
        return device.Send((nint)argument, length);
    }

    private int ReceiveInto(RpcSlot slot, int room)
    {
        slot.Arm(room);
        return device.Receive(slot.ReceiveArgument, RpcSlot.ArgumentLength(room));
    }

    internal static RpcFrame Parse(ReadOnlySpan<TeeParameter> parameters)
    {
        int transport = 0;
        while (transport < parameters.Length && parameters[transport].IsMeta)
        {
            transport++;
        }

        bool isMalformed = false;
        for (int i = transport; i < parameters.Length; i++)
        {
            isMalformed |= parameters[i].IsMeta;
        }

        return new RpcFrame(parameters.Length, transport, isMalformed);
    }
}
