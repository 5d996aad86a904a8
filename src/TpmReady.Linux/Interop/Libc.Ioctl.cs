// SPDX-License-Identifier: MIT

using System.Runtime.InteropServices;

namespace TpmReady.Linux.Interop;

internal static unsafe partial class Libc
{
    /// <summary>
    /// ioctl with a pointer. C declares it variadic; on Linux's x86-64, arm, arm64 and RISC-V a fixed signature passes
    /// the same registers.
    /// </summary>
    [LibraryImport(Library, EntryPoint = "ioctl", SetLastError = true)]
    public static partial int Ioctl(int descriptor, nuint request, void* argument);
}
