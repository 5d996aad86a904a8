// SPDX-License-Identifier: MIT

using System;
using System.IO;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;
using TpmReady.Linux.Interop;

namespace TpmReady.Systemd.Tests;

/// <summary>The service manager's end of the socket, with the descriptors that come in messages.</summary>
internal sealed unsafe partial class FakeManager : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("tpmready-test-").FullName;
    private readonly Socket _socket = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);

    public FakeManager()
    {
        Address = Path.Combine(_directory, "notify");
        _socket.Bind(new UnixDomainSocketEndPoint(Address));
    }

    /// <summary>What NOTIFY_SOCKET says.</summary>
    public string Address { get; }

    /// <summary>Receives one message.</summary>
    /// <returns>Its text, and the descriptor in it or -1.</returns>
    public (string Text, int Descriptor) Receive()
    {
        byte* buffer = stackalloc byte[256];
        Libc.DescriptorMessage control = new(-1);
        Libc.IoVector vector = new() { Base = buffer, Length = 256 };
        Libc.MessageHeader message = new()
        {
            Vectors = &vector,
            VectorCount = 1,
            Control = &control,
            ControlLength = (nuint)sizeof(Libc.DescriptorMessage),
        };
        nint length = ReceiveMessage((int)_socket.Handle, &message, 0);
        if (length < 0)
        {
            throw new IOException($"recvmsg: {Errno.Name(Marshal.GetLastPInvokeError())}");
        }

        return (Encoding.UTF8.GetString(buffer, (int)length), message.ControlLength == 0 ? -1 : control.Descriptor);
    }

    public void Dispose()
    {
        _socket.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    [LibraryImport("libc", EntryPoint = "recvmsg", SetLastError = true)]
    private static partial nint ReceiveMessage(int socket, Libc.MessageHeader* message, int flags);
}
