// SPDX-License-Identifier: MIT

using System.Collections.Concurrent;
using TpmReady.Linux.Interop;
using TpmReady.Linux.Tee;
using TpmReady.Supplicant.Device;

namespace TpmReady.Supplicant.Tests.Handover.Succession;

/// <summary>
/// The fake kernel knows shared memory by the descriptor that it gave out. A successor has a duplicate with another
/// number, which in a test lies in the same process.
/// </summary>
internal sealed class PassingDevice(ITeeDevice inner) : ITeeDevice
{
    private readonly ConcurrentDictionary<int, TeeMemory> _originals = new();

    public TeeVersion Version => inner.Version;

    public int Receive(nint argument, int length) => inner.Receive(argument, length);

    public int Send(nint argument, int length) => inner.Send(argument, length);

    public int RegisterMemory(nint address, nuint length, out TeeMemory memory)
    {
        int error = inner.RegisterMemory(address, length, out memory);
        if (error == Errno.Success)
        {
            _originals[memory.Id] = memory;
        }

        return error;
    }

    public int AllocateMemory(nuint length, out TeeMemory memory) => inner.AllocateMemory(length, out memory);

    public void ReleaseMemory(TeeMemory memory)
    {
        if (!_originals.TryRemove(memory.Id, out TeeMemory original))
        {
            // The fake kernel counts this as closed twice.
            original = memory;
        }
        else if (original.Descriptor != memory.Descriptor)
        {
            _ = Libc.Close(memory.Descriptor);
        }

        inner.ReleaseMemory(original);
    }

    public void Dispose() => inner.Dispose();
}
