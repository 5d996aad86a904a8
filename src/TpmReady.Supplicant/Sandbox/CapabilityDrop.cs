// SPDX-License-Identifier: MIT

using System;
using System.Runtime.CompilerServices;
using System.Threading;
using TpmReady.Linux.Interop;

namespace TpmReady.Supplicant.Sandbox;

/// <summary>
/// Gives up what root may do beyond its files. Linux keeps capabilities per thread, so this is for the time before the
/// process starts threads of its own; threads inherit it.
/// </summary>
internal static unsafe class CapabilityDrop
{
    private const int Sets = 2;
    private const int HighestNumber = 63;

    /// <summary>Drops the capabilities of this thread, of the runtime's finalizer, and of all threads to come.</summary>
    /// <param name="keepsFileAccess">
    /// Whether CAP_DAC_OVERRIDE stays: root without it cannot reach files of another user.
    /// </param>
    /// <returns>0, or an error number.</returns>
    public static int Apply(bool keepsFileAccess)
    {
        _ = Libc.Prctl(Libc.PR_SET_NO_NEW_PRIVS, (byte*)1, 0, 0, 0);
        if (!HasAny())
        {
            return Errno.Success;
        }

        int error = ApplyToThread(keepsFileAccess);
        return error == Errno.Success ? OnFinalizerThread(keepsFileAccess) : error;
    }

    /// <summary>Whether this thread may do anything that others may not.</summary>
    public static bool HasAny()
    {
        Libc.CapabilityHeader header = new() { Version = Libc.CapabilityVersion };
        Libc.CapabilityData* data = stackalloc Libc.CapabilityData[Sets];
        return Libc.GetCapabilities(&header, data) == 0
            && (data[0].Permitted | data[0].Inheritable | data[1].Permitted | data[1].Inheritable) != 0;
    }

    private static int ApplyToThread(bool keepsFileAccess)
    {
        _ = Libc.Prctl(Libc.PR_CAP_AMBIENT, (byte*)Libc.PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
        for (int i = 0; i <= HighestNumber && Libc.Prctl(Libc.PR_CAPBSET_DROP, (byte*)i, 0, 0, 0) == 0; i++)
        {
        }

        uint kept = keepsFileAccess ? 1u << Libc.CAP_DAC_OVERRIDE : 0;
        Libc.CapabilityHeader header = new() { Version = Libc.CapabilityVersion };
        Libc.CapabilityData* data = stackalloc Libc.CapabilityData[Sets];
        data[0] = new Libc.CapabilityData { Effective = kept, Permitted = kept };
        data[1] = default;
        return Libc.SetCapabilities(&header, data) == 0 ? Errno.Success : Libc.LastError;
    }

    /// <summary>The only way to run something on the runtime's own thread is to be finalized.</summary>
    private static int OnFinalizerThread(bool keepsFileAccess)
    {
        using ManualResetEventSlim done = new();
        int error = Errno.Success;
        Abandon(() =>
        {
            error = ApplyToThread(keepsFileAccess);
            done.Set();
        });
        GC.Collect();
        return done.Wait(TimeSpan.FromSeconds(1)) ? error : Errno.ETIMEDOUT;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Abandon(Action action) => _ = new Finalized(action);

#pragma warning disable MA0055 // Here the finalizer is no safety net but the point.
    private sealed class Finalized(Action action)
    {
        ~Finalized() => action();
    }
#pragma warning restore MA0055
}
