// SPDX-License-Identifier: MIT

using System.Runtime.InteropServices;

namespace TpmReady.Supplicant.Tests.Storage;

/// <summary>Files that .NET cannot make.</summary>
internal static partial class TestFiles
{
    private const uint OwnerOnly = 0x180;

    public static int MakeFifo(string path) => MakeFifo(path, OwnerOnly);

    [LibraryImport("libc", EntryPoint = "link", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Link(string oldPath, string newPath);

    [LibraryImport("libc", EntryPoint = "mkfifo", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int MakeFifo(string path, uint mode);
}
