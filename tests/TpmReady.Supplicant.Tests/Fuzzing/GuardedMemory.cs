// SPDX-License-Identifier: MIT

using TpmReady.Supplicant.Protocol;

namespace TpmReady.Supplicant.Tests.Fuzzing;

/// <summary>The supplicant's table of shared memory, with addresses between guards; counts what is pinned.</summary>
internal sealed unsafe class GuardedMemory(ISharedMemory inner, FuzzDevice device, FuzzFaults faults) : ISharedMemory
{
    /// <summary>How many pins are held.</summary>
    public int Pins { get; private set; }

    public bool TryPin(ulong id, out nint address, out nuint length, out int pin)
    {
        if (!inner.TryPin(id, out address, out length, out pin))
        {
            return false;
        }

        Pins++;
        FuzzMemory? memory = device.Find(id);
        if (memory is null || (int)length != memory.Length)
        {
            faults.Add($"{length} bytes of shared memory {id} were found, which are not known to the kernel");
            return true;
        }

        address = (nint)memory.Address;
        return true;
    }

    public void Unpin(int pin)
    {
        Pins--;
        inner.Unpin(pin);
    }
}
