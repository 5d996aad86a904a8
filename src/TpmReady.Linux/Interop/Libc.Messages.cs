// SPDX-License-Identifier: MIT

using System.Runtime.InteropServices;

namespace TpmReady.Linux.Interop;

/// <summary>Messages with descriptors in them (unix(7), cmsg(3)).</summary>
internal static unsafe partial class Libc
{
    // include/linux/socket.h.
    public const int SCM_RIGHTS = 1;
    public const int SOCK_SEQPACKET = 5;
    public const int SO_PEERCRED = 17;
    public const int MSG_CTRUNC = 0x8;
    public const int MSG_CMSG_CLOEXEC = 0x40000000;

    [LibraryImport(Library, EntryPoint = "sendmsg", SetLastError = true)]
    public static partial nint SendMessage(int socket, MessageHeader* message, int flags);

    [LibraryImport(Library, EntryPoint = "recvmsg", SetLastError = true)]
    public static partial nint ReceiveMessage(int socket, MessageHeader* message, int flags);

    [LibraryImport(Library, EntryPoint = "bind", SetLastError = true)]
    public static partial int Bind(int socket, void* address, uint addressLength);

    [LibraryImport(Library, EntryPoint = "listen", SetLastError = true)]
    public static partial int Listen(int socket, int backlog);

    [LibraryImport(Library, EntryPoint = "accept4", SetLastError = true)]
    public static partial int Accept(int socket, void* address, uint* addressLength, int flags);

    /// <summary>
    /// Random bytes of the kernel (getrandom(2)). Not System.Security.Cryptography: on Linux that loads OpenSSL, which an
    /// initrd does not have, and the process is aborted.
    /// </summary>
    [LibraryImport(Library, EntryPoint = "getrandom", SetLastError = true)]
    public static partial nint GetRandom(void* buffer, nuint length, uint flags);

    /// <summary><c>struct ucred</c>: who was at the other end when the connection was made.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct PeerCredentials
    {
        public int Process;
        public uint User;
        public uint Group;
    }

    /// <summary><c>struct cmsghdr</c>; what it carries follows at once, padded to the length of a word.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct ControlHeader
    {
        public nuint Length;
        public int Level;
        public int Type;
    }

    /// <summary><c>struct iovec</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct IoVector
    {
        public void* Base;
        public nuint Length;
    }

    /// <summary><c>struct msghdr</c> of glibc: 56 bytes with 64 bits, 28 with 32.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct MessageHeader
    {
        public void* Name;
        public uint NameLength;
        public IoVector* Vectors;
        public nuint VectorCount;
        public void* Control;
        public nuint ControlLength;
        public int Flags;
    }

    /// <summary><c>struct cmsghdr</c> with one descriptor behind it; its length counts the padding before the data.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct DescriptorMessage
    {
        public nuint Length;
        public int Level;
        public int Type;
        public int Descriptor;

        /// <summary>A message that carries this descriptor.</summary>
        public DescriptorMessage(int descriptor)
        {
            Length = (nuint)sizeof(nuint) + (3 * sizeof(int));
            Level = SOL_SOCKET;
            Type = SCM_RIGHTS;
            Descriptor = descriptor;
        }
    }
}
