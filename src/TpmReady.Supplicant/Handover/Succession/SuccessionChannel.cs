// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Text;
using TpmReady.Linux.Interop;

namespace TpmReady.Supplicant.Handover.Succession;

/// <summary>
/// The connection between a supplicant and its successor: messages of text, some with descriptors. Nothing here waits
/// for the other side for longer than the caller says.
/// </summary>
/// <param name="descriptor">A connected socket of packets, which the channel owns.</param>
internal sealed unsafe class SuccessionChannel(int descriptor) : IDisposable
{
    /// <summary>
    /// The most descriptors in one message. The kernel takes 253 (SCM_MAX_FD in include/net/scm.h).
    /// </summary>
    public const int MostDescriptors = 128;

    private const int LongestText = 8192;

    // Both sides read at once; only one that is stopped lets a message wait.
    private static readonly TimeSpan SendPatience = TimeSpan.FromSeconds(5);

    private int _descriptor = descriptor;

    /// <summary>Sends a message.</summary>
    /// <param name="text">The text.</param>
    /// <param name="descriptors">What goes with it; stays open here.</param>
    /// <returns>0, ETIMEDOUT, or the error of sendmsg: EPIPE if the other side is gone.</returns>
    public int Send(string text, params ReadOnlySpan<int> descriptors)
    {
        int dataLength = descriptors.Length * sizeof(int);
        byte* control = stackalloc byte[sizeof(Libc.ControlHeader) + (MostDescriptors * sizeof(int))];
        *(Libc.ControlHeader*)control = new Libc.ControlHeader
        {
            Length = (nuint)(sizeof(Libc.ControlHeader) + dataLength),
            Level = Libc.SOL_SOCKET,
            Type = Libc.SCM_RIGHTS,
        };
        descriptors.CopyTo(new Span<int>(control + sizeof(Libc.ControlHeader), MostDescriptors));
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        fixed (byte* start = bytes)
        {
            Libc.IoVector vector = new() { Base = start, Length = (nuint)bytes.Length };
            Libc.MessageHeader message = new()
            {
                Vectors = &vector,
                VectorCount = 1,
                Control = dataLength == 0 ? null : control,
                ControlLength = dataLength == 0 ? 0 : (nuint)(sizeof(Libc.ControlHeader) + Pad(dataLength)),
            };
            long begin = Stopwatch.GetTimestamp();
            while (Libc.SendMessage(_descriptor, &message, Libc.MSG_NOSIGNAL | Libc.MSG_DONTWAIT) < 0)
            {
                int error = Libc.LastError;
                TimeSpan left = SendPatience - Stopwatch.GetElapsedTime(begin);
                if (error is not (Errno.EAGAIN or Errno.EINTR) || left <= TimeSpan.Zero)
                {
                    return error == Errno.EAGAIN ? Errno.ETIMEDOUT : error;
                }

                _ = Poll(Libc.POLLOUT, left);
            }

            return Errno.Success;
        }
    }

    /// <summary>Receives a message.</summary>
    /// <param name="patience">How long to wait for one.</param>
    /// <param name="text">Its text.</param>
    /// <param name="descriptors">Takes what came with it, close-on-exec; null if nothing may come.</param>
    /// <returns>0; ETIMEDOUT; EPIPE if the other side is gone; EMSGSIZE if it says too much; or an error.</returns>
    public int Receive(TimeSpan patience, out string text, List<int>? descriptors = null)
    {
        text = "";
        if (!Poll(Libc.POLLIN, patience))
        {
            return Errno.ETIMEDOUT;
        }

        byte[] bytes = new byte[LongestText];
        const int controlLength = 64 + (MostDescriptors * sizeof(int));
        byte* control = stackalloc byte[controlLength];
        fixed (byte* start = bytes)
        {
            Libc.IoVector vector = new() { Base = start, Length = LongestText };
            Libc.MessageHeader message = new()
            {
                Vectors = &vector,
                VectorCount = 1,
                Control = descriptors is null ? null : control,
                ControlLength = descriptors is null ? 0 : (nuint)controlLength,
            };
            nint length;
            do
            {
                length = Libc.ReceiveMessage(_descriptor, &message, Libc.MSG_CMSG_CLOEXEC);
            }
            while (length < 0 && Libc.LastError == Errno.EINTR);
            if (length <= 0)
            {
                return length == 0 || Libc.LastError == Errno.ECONNRESET ? Errno.EPIPE : Libc.LastError;
            }

            Take(control, descriptors is null ? 0 : message.ControlLength, descriptors);
            text = Encoding.UTF8.GetString(bytes, 0, (int)length);
            return (message.Flags & (Libc.MSG_TRUNC | Libc.MSG_CTRUNC)) == 0 ? Errno.Success : Errno.EMSGSIZE;
        }
    }

    /// <summary>Who is at the other end.</summary>
    /// <returns>False if the kernel does not tell.</returns>
    public bool TryGetPeer(out Libc.PeerCredentials peer)
    {
        Libc.PeerCredentials credentials = default;
        uint length = (uint)sizeof(Libc.PeerCredentials);
        bool isKnown = Libc.GetSocketOption(
            _descriptor, Libc.SOL_SOCKET, Libc.SO_PEERCRED, &credentials, &length) == 0;
        peer = credentials;
        return isKnown && credentials.Process > 0;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_descriptor >= 0)
        {
            _ = Libc.Close(_descriptor);
            _descriptor = -1;
        }
    }

    private static void Take(byte* control, nuint length, List<int>? descriptors)
    {
        var header = (Libc.ControlHeader*)control;
        if (descriptors is null || length < (nuint)sizeof(Libc.ControlHeader)
            || header->Level != Libc.SOL_SOCKET || header->Type != Libc.SCM_RIGHTS)
        {
            return;
        }

        int count = (int)(nuint.Min(header->Length, length) - (nuint)sizeof(Libc.ControlHeader)) / sizeof(int);
        descriptors.AddRange(new ReadOnlySpan<int>(control + sizeof(Libc.ControlHeader), count));
    }

    /// <summary>Also true if the other side is gone, for then nothing blocks any more.</summary>
    private bool Poll(short events, TimeSpan patience)
    {
        Libc.PollDescriptor end = new() { Descriptor = _descriptor, Events = events };
        long begin = Stopwatch.GetTimestamp();
        int count;
        do
        {
            TimeSpan left = patience - Stopwatch.GetElapsedTime(begin);
            count = Libc.Poll(&end, 1, (int)Math.Clamp(Math.Ceiling(left.TotalMilliseconds), 0, int.MaxValue));
        }
        while (count < 0 && Libc.LastError == Errno.EINTR);
        return count > 0;
    }

    private static int Pad(int length) => (length + sizeof(nint) - 1) & ~(sizeof(nint) - 1);
}
