// SPDX-License-Identifier: MIT

using System.Runtime.InteropServices;

namespace TpmReady.Linux.Interop;

/// <summary>Messages with descriptors in them (unix(7), cmsg(3)).</summary>
internal static unsafe partial class Libc
{
    // include/linux/socket.h.
    public const int SCM_RIGHTS = 1;

    [LibraryImport(Library, EntryPoint = "sendmsg", SetLastError = true)]
    public static partial nint SendMessage(int socket, MessageHeader* message, int flags);

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
