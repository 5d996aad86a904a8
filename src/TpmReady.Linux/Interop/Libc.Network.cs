// SPDX-License-Identifier: MIT

using System.Runtime.InteropServices;

namespace TpmReady.Linux.Interop;

/// <summary>TCP and UDP. All return -1 and set errno on failure, unless it says otherwise.</summary>
internal static unsafe partial class Libc
{
    // include/linux/socket.h (AF_*, MSG_*), include/linux/net.h (SOCK_*, SHUT_*), asm-generic/socket.h (SO_*).
    public const int AF_UNSPEC = 0;
    public const int AF_INET = 2;
    public const int AF_INET6 = 10;
    public const int SOCK_STREAM = 1;
    public const int SOCK_NONBLOCK = O_NONBLOCK;
    public const int MSG_TRUNC = 0x20;
    public const int SHUT_RDWR = 2;
    public const int SOL_SOCKET = 1;
    public const int SO_ERROR = 4;
    public const int SO_SNDBUF = 7;
    public const int SO_RCVBUF = 8;

    // include/uapi/asm-generic/ioctls.h: FIONREAD, also called SIOCINQ.
    public const uint FIONREAD = 0x541b;

    // netdb.h of glibc and musl.
    public const int AI_NUMERICHOST = 4;

    [LibraryImport(Library, EntryPoint = "connect", SetLastError = true)]
    public static partial int Connect(int socket, void* address, uint addressLength);

    [LibraryImport(Library, EntryPoint = "send", SetLastError = true)]
    public static partial nint Send(int socket, byte* buffer, nuint length, int flags);

    [LibraryImport(Library, EntryPoint = "recv", SetLastError = true)]
    public static partial nint Receive(int socket, byte* buffer, nuint length, int flags);

    [LibraryImport(Library, EntryPoint = "shutdown", SetLastError = true)]
    public static partial int Shutdown(int socket, int how);

    [LibraryImport(Library, EntryPoint = "getsockopt", SetLastError = true)]
    public static partial int GetSocketOption(int socket, int level, int name, void* value, uint* length);

    [LibraryImport(Library, EntryPoint = "setsockopt", SetLastError = true)]
    public static partial int SetSocketOption(int socket, int level, int name, void* value, uint length);

    /// <summary>Returns 0 or one of the codes EAI_*. May last as long as the name servers let it.</summary>
    [LibraryImport(Library, EntryPoint = "getaddrinfo", SetLastError = true)]
    public static partial int GetAddressInfo(byte* host, byte* service, AddressInfo* hints, AddressInfo** result);

    [LibraryImport(Library, EntryPoint = "freeaddrinfo")]
    public static partial void FreeAddressInfo(AddressInfo* list);

    /// <summary>Returns 1 if the text is an address of the family, in its full notation.</summary>
    [LibraryImport(Library, EntryPoint = "inet_pton", SetLastError = true)]
    public static partial int ParseAddress(int family, byte* text, void* target);

    /// <summary><c>struct addrinfo</c> of glibc and musl.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct AddressInfo
    {
        public int Flags;
        public int Family;
        public int SocketType;
        public int Protocol;
        public uint AddressLength;
        public byte* Address;
        public byte* CanonicalName;
        public AddressInfo* Next;
    }
}
