// SPDX-License-Identifier: MIT

using System.Runtime.InteropServices;

namespace TpmReady.Supplicant.Tests.Fake;

/// <summary>System calls that only tests make.</summary>
internal static unsafe partial class TestLibc
{
    [LibraryImport("libc", EntryPoint = "mincore", SetLastError = true)]
    public static partial int Mincore(nint address, nuint length, byte* residency);

    [LibraryImport("libc", EntryPoint = "mkfifo", SetLastError = true)]
    public static partial int MakePipe(byte* path, uint mode);

    [LibraryImport("libc", EntryPoint = "socketpair", SetLastError = true)]
    public static partial int MakeSocketPair(int family, int type, int protocol, int* sockets);
}
