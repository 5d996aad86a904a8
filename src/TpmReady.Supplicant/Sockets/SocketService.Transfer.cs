// SPDX-License-Identifier: MIT

using System;
using TpmReady.Linux.Interop;
using TpmReady.Linux.Tee;
using TpmReady.Supplicant.Protocol;
using TpmReady.Tpm;

namespace TpmReady.Supplicant.Sockets;

/// <content>
/// SEND: value in, memory in (data), value in-out (a = time limit in ms, b = bytes sent).
/// RECV: value in, memory out (data), value in (a = time limit in ms).
/// </content>
internal sealed unsafe partial class SocketService
{
    // What the C supplicant says at most when it is asked how much waits.
    private const int MaximumPending = 4096;

    private TeeResult Send(ref RpcRequest request)
    {
        if (!request.HasTypes(
                TeeParameterType.ValueInput, TeeParameterType.MemoryInput, TeeParameterType.ValueInOut)
            || !TryGetData(ref request, out Span<byte> data)
            || request.Parameters[2].A > uint.MaxValue
            || Acquire(ref request) is not SocketEntry entry)
        {
            return TeeResult.BadParameters;
        }

        try
        {
            TeeResult result = Send(entry, data, Deadline.After((uint)request.Parameters[2].A), out int sent);
            if (result == TeeResult.Success)
            {
                request.Parameters[2].B = (ulong)sent;
            }

            return result;
        }
        finally
        {
            _table.Release(entry);
        }
    }

    /// <summary>
    /// Sends once. With a time limit a stream is waited for first: the kernel calls it writable only when much fits,
    /// and clients (OP-TEE's own test 2003) want whole buffers or a time-out, not a few bytes.
    /// </summary>
    private TeeResult Send(SocketEntry entry, ReadOnlySpan<byte> data, Deadline deadline, out int sent)
    {
        sent = 0;
        bool waits = !entry.IsDatagram && !deadline.IsNever;
        bool wasReady = false;
        while (true)
        {
            if (waits)
            {
                WaitOutcome outcome = _waits.Wait(entry, Libc.POLLOUT, deadline, out _);
                if (outcome != WaitOutcome.Ready)
                {
                    return SocketErrors.Of(outcome);
                }

                if (wasReady)
                {
                    SocketWaits.Pause();
                }
            }

            nint result;
            fixed (byte* bytes = data)
            {
                result = _operations.Send(entry.Descriptor, bytes, (nuint)data.Length);
            }

            if (result >= 0)
            {
                sent = (int)result;
                return TeeResult.Success;
            }

            if (result is not (-Errno.EAGAIN or -Errno.EINTR))
            {
                return SocketErrors.OfTransfer((int)-result);
            }

            wasReady = waits && result == -Errno.EAGAIN;
            waits = true;
        }
    }

    private TeeResult Receive(ref RpcRequest request)
    {
        if (!request.HasTypes(
                TeeParameterType.ValueInput, TeeParameterType.MemoryOutput, TeeParameterType.ValueInput)
            || !TryGetData(ref request, out Span<byte> room)
            || request.Parameters[2].A > uint.MaxValue
            || Acquire(ref request) is not SocketEntry entry)
        {
            return TeeResult.BadParameters;
        }

        try
        {
            TeeResult result = room.IsEmpty
                ? Peek(entry, out ulong size)
                : Receive(entry, room, Deadline.After((uint)request.Parameters[2].A), out size);
            if (result == TeeResult.Success)
            {
                request.Parameters[1].B = size;
            }

            return result;
        }
        finally
        {
            _table.Release(entry);
        }
    }

    /// <summary>Without room a TA asks what waits: the bytes of a stream, or the size of the next datagram.</summary>
    private TeeResult Peek(SocketEntry entry, out ulong size)
    {
        int pending = _operations.GetPending(entry.Descriptor);
        size = (ulong)Math.Clamp(pending, 0, entry.IsDatagram ? int.MaxValue : MaximumPending);
        return pending < 0 ? SocketErrors.OfTransfer(-pending) : TeeResult.Success;
    }

    /// <summary>
    /// Receives once. A datagram that does not fit is cut, and its true size is told; of a stream that much could be
    /// told only by discarding it.
    /// </summary>
    private TeeResult Receive(SocketEntry entry, Span<byte> room, Deadline deadline, out ulong size)
    {
        size = 0;
        bool waits = deadline.Remaining != 0;
        bool wasReady = false;
        while (true)
        {
            if (waits)
            {
                WaitOutcome outcome = _waits.Wait(entry, Libc.POLLIN, deadline, out _);
                if (outcome != WaitOutcome.Ready)
                {
                    return SocketErrors.Of(outcome);
                }

                if (wasReady)
                {
                    SocketWaits.Pause();
                }
            }

            nint result;
            fixed (byte* bytes = room)
            {
                result = _operations.Receive(entry.Descriptor, bytes, (nuint)room.Length, entry.IsDatagram);
            }

            if (result >= 0)
            {
                size = (ulong)result;
                return OfReceived(entry, size);
            }

            if (result is not (-Errno.EAGAIN or -Errno.EINTR))
            {
                return SocketErrors.OfTransfer((int)-result);
            }

            // Another thread took what was there; a datagram with a wrong checksum was dropped after it had been seen.
            wasReady = waits && result == -Errno.EAGAIN;
            waits = true;
        }
    }

    private TeeResult OfReceived(SocketEntry entry, ulong size)
    {
        if (size != 0 || entry.IsDatagram)
        {
            return TeeResult.Success;
        }

        // The end of the stream; or was it ended by a CLOSE on another thread?
        return _isStrict || entry.IsClosing || _waits.IsAborted ? TeeResult.SocketRemoteClosed : TeeResult.Success;
    }

    /// <summary>
    /// The second parameter's bytes. OP-TEE sends no memory at all when there is nothing to send, and asks for what
    /// waits in the same way.
    /// </summary>
    private static bool TryGetData(ref RpcRequest request, out Span<byte> data)
    {
        MemoryReference memory = request.GetMemory(1);
        data = memory.Bytes;
        return memory.IsValid || (memory.IsNull && request.Parameters[1].B == 0);
    }
}
