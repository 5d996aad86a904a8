// SPDX-License-Identifier: MIT

using TpmReady.Linux.Interop;

namespace TpmReady.Linux.Network;

/// <summary>The system calls themselves.</summary>
internal sealed unsafe class LinuxSocketOperations : ISocketOperations
{
    public int Open(int family, int type) =>
        Result(Libc.Socket(family, type | Libc.SOCK_CLOEXEC | Libc.SOCK_NONBLOCK, 0));

    public int Connect(int socket, in InternetAddress address)
    {
        fixed (InternetAddress* pointer = &address)
        {
            return Result(Libc.Connect(socket, pointer, address.Length));
        }
    }

    public int Poll(int socket, short events, int milliseconds, out short returned)
    {
        Libc.PollDescriptor descriptor = new() { Descriptor = socket, Events = events };
        int result = Result(Libc.Poll(&descriptor, 1, milliseconds));
        returned = descriptor.Returned;
        return result;
    }

    public nint Send(int socket, byte* buffer, nuint length)
    {
        nint result = Libc.Send(socket, buffer, length, Libc.MSG_NOSIGNAL | Libc.MSG_DONTWAIT);
        return result < 0 ? -Libc.LastError : result;
    }

    public nint Receive(int socket, byte* buffer, nuint length, bool wholeSize)
    {
        nint result = Libc.Receive(
            socket, buffer, length, Libc.MSG_DONTWAIT | (wholeSize ? Libc.MSG_TRUNC : 0));
        return result < 0 ? -Libc.LastError : result;
    }

    public int GetPending(int socket)
    {
        int count = 0;
        int result = Result(Libc.Ioctl(socket, Libc.FIONREAD, &count));
        return result < 0 ? result : count;
    }

    public int GetError(int socket)
    {
        int error = 0;
        uint length = sizeof(int);
        int result = Result(Libc.GetSocketOption(socket, Libc.SOL_SOCKET, Libc.SO_ERROR, &error, &length));
        return result < 0 ? result : -error;
    }

    public int SetBufferSize(int socket, bool ofReceiver, int bytes) => Result(Libc.SetSocketOption(
        socket, Libc.SOL_SOCKET, ofReceiver ? Libc.SO_RCVBUF : Libc.SO_SNDBUF, &bytes, sizeof(int)));

    public int Shutdown(int socket) => Result(Libc.Shutdown(socket, Libc.SHUT_RDWR));

    public int Close(int socket) => Result(Libc.Close(socket));

    public int Resolve(byte* host, int family, int type, bool numericOnly, InternetAddress* target, int capacity)
    {
        Libc.AddressInfo hints = new()
        {
            Flags = numericOnly ? Libc.AI_NUMERICHOST : 0,
            Family = family,
            SocketType = type,
        };
        Libc.AddressInfo* list = null;
        if (Libc.GetAddressInfo(host, null, &hints, &list) != 0)
        {
            return -1;
        }

        int count = 0;
        for (Libc.AddressInfo* entry = list; entry != null && count < capacity; entry = entry->Next)
        {
            if (InternetAddress.TryRead(entry->Address, entry->AddressLength, out target[count]))
            {
                count++;
            }
        }

        Libc.FreeAddressInfo(list);
        return count == 0 ? -1 : count;
    }

    private static int Result(int value) => value < 0 ? -Libc.LastError : value;
}
