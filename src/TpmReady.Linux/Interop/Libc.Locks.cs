// SPDX-License-Identifier: MIT

using System.Runtime.InteropServices;

namespace TpmReady.Linux.Interop;

/// <summary>Locks on files.</summary>
internal static unsafe partial class Libc
{
    // include/uapi/asm-generic/fcntl.h.
    public const int LOCK_EX = 2;
    public const int LOCK_NB = 4;
    public const int LOCK_UN = 8;

    /// <summary>
    /// Locks what the descriptor refers to, for as long as any duplicate of it is open; EAGAIN if somebody else holds it.
    /// </summary>
    [LibraryImport(Library, EntryPoint = "flock", SetLastError = true)]
    public static partial int Flock(int descriptor, int operation);
}
