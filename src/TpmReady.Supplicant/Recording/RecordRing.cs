// SPDX-License-Identifier: MIT

using System.Runtime.InteropServices;
using System.Threading;

namespace TpmReady.Supplicant.Recording;

/// <summary>
/// The buffers of a recording, all made at the start: some are free, some hold a request that is being served, some
/// wait to be written. When none is free a request is not recorded; nobody ever waits for one.
/// </summary>
internal sealed unsafe class RecordRing
{
    /// <summary>How many requests can be under way or unwritten.</summary>
    public const int Count = 64;

    private readonly object _lock = new();
    private readonly int[] _free = new int[Count];
    private readonly int[] _full = new int[Count];
    private readonly byte* _address;
    private int _freeCount = Count;
    private int _firstFull;
    private int _fullCount;
    private bool _ended;

    public RecordRing()
    {
        // Pages that no request needs are never touched. It lasts as long as the process: a thread that hangs in a
        // request may still write.
        _address = (byte*)NativeMemory.AllocZeroed(Count, RecordHeader.MaximumLength);
        for (int i = 0; i < Count; i++)
        {
            _free[i] = i;
        }
    }

    /// <summary>The buffer with a number.</summary>
    public RecordBuffer this[int number] => new(_address + ((nint)number * RecordHeader.MaximumLength));

    /// <summary>Takes a free buffer.</summary>
    /// <returns>Its number, or -1.</returns>
    public int Take()
    {
        lock (_lock)
        {
            return _freeCount == 0 ? -1 : _free[--_freeCount];
        }
    }

    /// <summary>Hands a filled buffer to who writes.</summary>
    public void Fill(int number)
    {
        lock (_lock)
        {
            _full[(_firstFull + _fullCount++) % Count] = number;
            Monitor.Pulse(_lock);
        }
    }

    /// <summary>Waits for a filled buffer.</summary>
    /// <returns>Its number, or -1 when the recording ended and nothing is left.</returns>
    public int WaitForFull()
    {
        lock (_lock)
        {
            while (_fullCount == 0 && !_ended)
            {
                Monitor.Wait(_lock);
            }

            if (_fullCount == 0)
            {
                return -1;
            }

            int number = _full[_firstFull];
            _firstFull = (_firstFull + 1) % Count;
            _fullCount--;
            return number;
        }
    }

    /// <summary>Gives a buffer back.</summary>
    public void Return(int number)
    {
        lock (_lock)
        {
            _free[_freeCount++] = number;
        }
    }

    /// <summary>No more will come: whoever waits gets what is left, and then nothing.</summary>
    public void End()
    {
        lock (_lock)
        {
            _ended = true;
            Monitor.PulseAll(_lock);
        }
    }
}
