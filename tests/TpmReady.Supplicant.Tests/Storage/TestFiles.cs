// SPDX-License-Identifier: MIT

using System.Runtime.InteropServices;
using TpmReady.Linux.Interop;

namespace TpmReady.Supplicant.Tests.Storage;

/// <summary>Files that .NET cannot make.</summary>
internal static partial class TestFiles
{
    private const uint OwnerOnly = 0x180;

    public static int MakeFifo(string path) => MakeFifo(path, OwnerOnly);

    /// <summary>Whether this thread may open a file: .NET's own streams ask for more than that.</summary>
    public static bool CanOpen(string path, bool write)
    {
        int descriptor = Libc.Open(path, (write ? Libc.O_WRONLY : Libc.O_RDONLY) | Libc.O_CLOEXEC);
        return descriptor >= 0 && Libc.Close(descriptor) == 0;
    }

    [LibraryImport("libc", EntryPoint = "link", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Link(string oldPath, string newPath);

    [LibraryImport("libc", EntryPoint = "mkfifo", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int MakeFifo(string path, uint mode);
}
