// SPDX-License-Identifier: MIT

using System.Runtime.InteropServices;

namespace TpmReady.Linux.Interop;

internal static unsafe partial class Libc
{
    public const int SIGKILL = 9;
    public const int SIGTERM = 15;

    /// <summary>
    /// The last real-time signal (include/uapi/asm-generic/signal.h). .NET takes the first one that glibc leaves (34).
    /// </summary>
    public const int SIGRTMAX = 64;

    /// <summary>sa_handler of a signal that nobody has claimed.</summary>
    public const nint SIG_DFL = 0;

    [LibraryImport(Library, EntryPoint = "sigaction", SetLastError = true)]
    public static partial int Sigaction(int signal, SignalAction* action, SignalAction* previous);

    [LibraryImport(Library, EntryPoint = "kill", SetLastError = true)]
    public static partial int Kill(int process, int signal);

    [LibraryImport(Library, EntryPoint = "tgkill", SetLastError = true)]
    public static partial int Tgkill(int process, int thread, int signal);

    [LibraryImport(Library, EntryPoint = "gettid")]
    public static partial int GetThreadId();

    [LibraryImport(Library, EntryPoint = "getpid")]
    public static partial int GetProcessId();

    [LibraryImport(Library, EntryPoint = "getuid")]
    public static partial uint GetUserId();

    /// <summary>
    /// <c>struct sigaction</c> of glibc and musl (bits/sigaction.h): handler, 128 bytes of mask, flags, restorer.
    /// </summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct SignalAction
    {
        public nint Handler;
        public fixed ulong Mask[16];
        public int Flags;
        public nint Restorer;
    }
}
