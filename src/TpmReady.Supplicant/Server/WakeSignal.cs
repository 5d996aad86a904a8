// SPDX-License-Identifier: MIT

using System.Runtime.InteropServices;
using TpmReady.Linux.Interop;

namespace TpmReady.Supplicant.Server;

/// <summary>A signal that does nothing but end a thread's blocking system call with EINTR.</summary>
/// <remarks>
/// Two things are needed: a handler (an ignored signal interrupts nothing), and no SA_RESTART (else the kernel starts
/// RECV again). The handler must not be managed code: it may run while the runtime is at any point, a collection
/// included. getpid(2) is what libc offers instead: async-signal-safe by POSIX (signal-safety(7)), leaves errno alone,
/// and a C function may be called with an argument that it does not look at.
/// </remarks>
internal static unsafe class WakeSignal
{
    /// <summary>The second-last real-time signal: .NET takes the first ones, test tools like the last.</summary>
    public const int Number = Libc.SIGRTMAX - 1;

    /// <summary>Installs the handler.</summary>
    /// <returns>
    /// False if another part of the process (a plug-in) has claimed the signal, or libc is linked statically and offers
    /// no address; threads then cannot be woken.
    /// </returns>
    public static bool TryInstall()
    {
        if (!NativeLibrary.TryGetExport(NativeLibrary.GetMainProgramHandle(), "getpid", out nint handler))
        {
            return false;
        }

        Libc.SignalAction previous = default;
        if (Libc.Sigaction(Number, null, &previous) != 0
            || (previous.Handler != Libc.SIG_DFL && previous.Handler != handler))
        {
            return false;
        }

        Libc.SignalAction action = default;
        action.Handler = handler;
        return Libc.Sigaction(Number, &action, null) == 0;
    }

    /// <summary>Interrupts what the thread is blocked in, if anything.</summary>
    /// <param name="thread">Its thread id, as gettid(2) says.</param>
    public static void Send(int thread) => _ = Libc.Tgkill(Libc.GetProcessId(), thread, Number);
}
