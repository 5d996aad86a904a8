// SPDX-License-Identifier: MIT

using System;
using System.Threading;
using TpmReady.Linux.Tee;
using TpmReady.Supplicant.Device;

namespace TpmReady.Supplicant.Tests.Fake;

/// <summary>
/// Measures what threads allocate on the managed heap outside the device: from the return of RECV to the call of SEND,
/// and from the return of SEND to the call of RECV.
/// </summary>
internal sealed class MeasuringDevice(ITeeDevice inner) : ITeeDevice
{
    [ThreadStatic]
    private static long _left;

    private long _allocated;
    private long _spans;

    /// <summary>The bytes, since <see cref="Reset"/>.</summary>
    public long Allocated => Volatile.Read(ref _allocated);

    /// <summary>How many stretches were measured since <see cref="Reset"/>; two a request.</summary>
    public long Spans => Volatile.Read(ref _spans);

    public TeeVersion Version => inner.Version;

    public void Reset()
    {
        Volatile.Write(ref _allocated, 0);
        Volatile.Write(ref _spans, 0);
    }

    public int Receive(nint argument, int length)
    {
        Enter();
        int error = inner.Receive(argument, length);
        _left = GC.GetAllocatedBytesForCurrentThread();
        return error;
    }

    public int Send(nint argument, int length)
    {
        Enter();
        int error = inner.Send(argument, length);
        _left = GC.GetAllocatedBytesForCurrentThread();
        return error;
    }

    public int RegisterMemory(nint address, nuint length, out TeeMemory memory) =>
        inner.RegisterMemory(address, length, out memory);

    public int AllocateMemory(nuint length, out TeeMemory memory) => inner.AllocateMemory(length, out memory);

    public void ReleaseMemory(TeeMemory memory) => inner.ReleaseMemory(memory);

    public void Dispose() => inner.Dispose();

    private void Enter()
    {
        // A thread's first call has nothing before it.
        if (_left != 0)
        {
            Interlocked.Add(ref _allocated, GC.GetAllocatedBytesForCurrentThread() - _left);
            Interlocked.Increment(ref _spans);
        }
    }
}
