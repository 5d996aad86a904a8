// SPDX-License-Identifier: MIT

using System.Threading;
using TpmReady.Linux.Interop;
using TpmReady.Supplicant.Arena;

namespace TpmReady.Supplicant.Server;

/// <summary>A place for one thread that serves requests: its slot, and whether it waits in RECV.</summary>
internal sealed class Worker(RpcSlot slot)
{
    private int _taken;
    private int _receiving;
    private int _thread;

    /// <summary>The slot that the thread receives into.</summary>
    public RpcSlot Slot { get; } = slot;

    /// <summary>Whether the thread is in RECV, or about to be.</summary>
    public bool IsReceiving
    {
        get => Volatile.Read(ref _receiving) != 0;
        set => Interlocked.Exchange(ref _receiving, value ? 1 : 0);
    }

    /// <summary>Claims the place.</summary>
    public bool TryTake() => Interlocked.CompareExchange(ref _taken, 1, 0) == 0;

    /// <summary>Called by the thread itself when it begins.</summary>
    public void Enter() => Volatile.Write(ref _thread, Libc.GetThreadId());

    /// <summary>Called by the thread itself when it ends.</summary>
    public void Leave()
    {
        Volatile.Write(ref _thread, 0);
        Volatile.Write(ref _taken, 0);
    }

    /// <summary>Interrupts the thread if it is in RECV. May come too early, so call it again until it left.</summary>
    public void Wake()
    {
        int thread = Volatile.Read(ref _thread);
        if (thread != 0 && IsReceiving)
        {
            WakeSignal.Send(thread);
        }
    }
}
