// SPDX-License-Identifier: MIT

using System;
using System.Buffers.Text;
using TpmReady.Linux.Interop;

namespace TpmReady.Systemd;

/// <summary>
/// The service manager's store of descriptors (sd_notify(3), FDSTORE=1): they outlive the process, and the service's next
/// process finds them behind its standard streams.
/// </summary>
/// <remarks>
/// A message on its way holds the descriptors in it, so one is safe as soon as <see cref="Keep"/> returns; only the names
/// are the manager's to enter, which <see cref="Barrier"/> waits for. Nothing here allocates.
/// </remarks>
public sealed unsafe class DescriptorStore : IDisposable
{
    private const int MessageSize = 96;
    private readonly UnixAddress _address;
    private readonly uint _addressLength;
    private int _socket;

    private DescriptorStore(int socket, UnixAddress address, uint addressLength)
    {
        _socket = socket;
        _address = address;
        _addressLength = addressLength;
    }

    /// <summary>Opens the way to the store.</summary>
    /// <param name="address">The value of NOTIFY_SOCKET.</param>
    /// <returns>Null if there is no address, or no socket can be made.</returns>
    public static DescriptorStore? Open(string? address)
    {
        if (string.IsNullOrEmpty(address)
            || !UnixAddress.TryCreate(
                System.Text.Encoding.UTF8.GetBytes(address), out UnixAddress path, out uint length))
        {
            return null;
        }

        int socket = Libc.Socket(Libc.AF_UNIX, Libc.SOCK_DGRAM | Libc.SOCK_CLOEXEC, 0);
        return socket < 0 ? null : new DescriptorStore(socket, path, length);
    }

    /// <summary>Stores a descriptor under a name made of a word and a number.</summary>
    /// <param name="descriptor">The descriptor; it stays open here.</param>
    /// <param name="word">Letters and hyphens.</param>
    /// <param name="number">The number; negative for none.</param>
    /// <param name="wait">Whether to wait while the manager's socket is full.</param>
    /// <returns>0, or the error of sendmsg; EAGAIN if the socket is full.</returns>
    public int Keep(int descriptor, ReadOnlySpan<byte> word, int number, bool wait)
    {
        // FDPOLL=0: the manager would otherwise drop a descriptor that signals an error or a hang-up.
        Span<byte> message = stackalloc byte[MessageSize];
        int length = Write(message, "FDSTORE=1\nFDPOLL=0\nFDNAME="u8, word, number);
        return Send(message[..length], descriptor, wait);
    }

    /// <summary>Removes the descriptors of this name.</summary>
    public int Forget(ReadOnlySpan<byte> word, int number, bool wait)
    {
        Span<byte> message = stackalloc byte[MessageSize];
        int length = Write(message, "FDSTOREREMOVE=1\nFDNAME="u8, word, number);
        return Send(message[..length], descriptor: -1, wait);
    }

    /// <summary>Waits until the manager has read everything that was sent before.</summary>
    /// <param name="timeout">How long.</param>
    /// <returns>0; ETIMEDOUT; or the error of a system call.</returns>
    public int Barrier(TimeSpan timeout)
    {
        int* ends = stackalloc int[2];
        if (Libc.Pipe2(ends, Libc.O_CLOEXEC) != 0)
        {
            return Libc.LastError;
        }

        // The manager closes its copy of the write end when it comes to the message.
        int error = Send("BARRIER=1"u8, ends[1], wait: true);
        _ = Libc.Close(ends[1]);
        if (error == Errno.Success)
        {
            Libc.PollDescriptor end = new() { Descriptor = ends[0] };
            int count = Libc.Poll(&end, 1, (int)timeout.TotalMilliseconds);
            error = count < 0 ? Libc.LastError : count == 0 ? Errno.ETIMEDOUT : Errno.Success;
        }

        _ = Libc.Close(ends[0]);
        return error;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_socket >= 0)
        {
            _ = Libc.Close(_socket);
            _socket = -1;
        }
    }

    private static int Write(Span<byte> message, ReadOnlySpan<byte> head, ReadOnlySpan<byte> word, int number)
    {
        head.CopyTo(message);
        word.CopyTo(message[head.Length..]);
        int length = head.Length + word.Length;
        if (number >= 0)
        {
            _ = Utf8Formatter.TryFormat(number, message[length..], out int digits);
            length += digits;
        }

        return length;
    }

    private int Send(ReadOnlySpan<byte> text, int descriptor, bool wait)
    {
        UnixAddress address = _address;
        Libc.DescriptorMessage control = new(descriptor);
        fixed (byte* bytes = text)
        {
            Libc.IoVector vector = new() { Base = bytes, Length = (nuint)text.Length };
            Libc.MessageHeader message = new()
            {
                Name = &address,
                NameLength = _addressLength,
                Vectors = &vector,
                VectorCount = 1,
                Control = descriptor < 0 ? null : &control,
                ControlLength = descriptor < 0 ? 0 : (nuint)sizeof(Libc.DescriptorMessage),
            };
            int flags = Libc.MSG_NOSIGNAL | (wait ? 0 : Libc.MSG_DONTWAIT);
            return Libc.SendMessage(_socket, &message, flags) < 0 ? Libc.LastError : Errno.Success;
        }
    }
}
