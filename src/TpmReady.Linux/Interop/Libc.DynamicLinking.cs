// SPDX-License-Identifier: MIT

using System.Runtime.InteropServices;

namespace TpmReady.Linux.Interop;

/// <summary>Shared objects. Part of libc since glibc 2.34; before, the linker finds them in libdl.</summary>
internal static unsafe partial class Libc
{
    /// <summary>Resolve functions when they are first called.</summary>
    public const int RTLD_LAZY = 1;

    [LibraryImport(Library, EntryPoint = "dlopen")]
    public static partial void* Dlopen(byte* path, int flags);

    [LibraryImport(Library, EntryPoint = "dlsym")]
    public static partial void* Dlsym(void* library, byte* name);

    [LibraryImport(Library, EntryPoint = "dlclose")]
    public static partial int Dlclose(void* library);

    /// <summary>The text of the last failure in this thread, or null. The text lives until the next call.</summary>
    [LibraryImport(Library, EntryPoint = "dlerror")]
    public static partial byte* Dlerror();
}
