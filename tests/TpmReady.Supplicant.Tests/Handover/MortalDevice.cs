// SPDX-License-Identifier: MIT

using System.Collections.Generic;
using System.Threading;
using TpmReady.Linux.Interop;
using TpmReady.Linux.Tee;
using TpmReady.Supplicant.Device;
using TpmReady.Supplicant.Server;

namespace TpmReady.Supplicant.Tests.Handover;

/// <summary>
/// The device as one process sees it that dies at a chosen point of a chosen request. Its threads then stop for ever
/// where they are, as the descriptors and the arena stay with whoever keeps them.
/// </summary>
internal sealed class MortalDevice(ITeeDevice inner, DeathPoint point, int requests) : ITeeDevice
{
    private readonly HashSet<int> _receiving = [];
    private readonly ManualResetEvent _never = new(initialState: false);
    private volatile bool _isDead;
    private int _left = requests;
    private int _frozen;

    public bool IsDead => _isDead;

    /// <summary>How many threads have stopped.</summary>
    public int Frozen => Volatile.Read(ref _frozen);

    public TeeVersion Version => inner.Version;

    /// <summary>Kills the process. Threads in RECV leave it; a request that one gets on the way is delivered.</summary>
    public void Die()
    {
        lock (_receiving)
        {
            _isDead = true;
        }

        while (true)
        {
            lock (_receiving)
            {
                _receiving.Remove(Libc.GetThreadId());
                if (_receiving.Count == 0)
                {
                    return;
                }

                foreach (int thread in _receiving)
                {
                    WakeSignal.Send(thread);
                }
            }

            Thread.Sleep(1);
        }
    }

    public int Receive(nint argument, int length)
    {
        int thread = Libc.GetThreadId();
        lock (_receiving)
        {
            // Not in between: Die must see everybody who is on the way into RECV.
            if (!_isDead)
            {
                _receiving.Add(thread);
            }
        }

        FreezeIfDead();
        int error = inner.Receive(argument, length);
        lock (_receiving)
        {
            _receiving.Remove(thread);
        }

        FreezeIfDead();
        if (error == Errno.Success)
        {
            DieAt(DeathPoint.AfterReceive);
        }

        return error;
    }

    public int Send(nint argument, int length)
    {
        FreezeIfDead();
        DieAt(DeathPoint.BeforeSend);
        int error = inner.Send(argument, length);
        FreezeIfDead();
        DieAt(DeathPoint.AfterSend);
        return error;
    }

    public int RegisterMemory(nint address, nuint length, out TeeMemory memory) =>
        inner.RegisterMemory(address, length, out memory);

    public int AllocateMemory(nuint length, out TeeMemory memory) => inner.AllocateMemory(length, out memory);

    public void ReleaseMemory(TeeMemory memory) => inner.ReleaseMemory(memory);

    public void Dispose()
    {
    }

    /// <summary>Stops the calling thread for ever, if the process is dead.</summary>
    public void FreezeIfDead()
    {
        if (_isDead)
        {
            Interlocked.Increment(ref _frozen);
            _ = _never.WaitOne();
        }
    }

    /// <summary>Dies if it is here and now.</summary>
    public void DieAt(DeathPoint here)
    {
        if (here == point && Interlocked.Decrement(ref _left) == 0)
        {
            Die();
            FreezeIfDead();
        }
    }
}
