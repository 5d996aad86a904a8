// SPDX-License-Identifier: MIT

using System;
using System.Runtime.InteropServices;
using TpmReady.Supplicant.Protocol;

namespace TpmReady.Supplicant.Tests.Protocol;

/// <summary>One shared-memory object in native memory, which counts its pins: for tests of a service alone.</summary>
internal sealed unsafe class OneObjectMemory(ulong id, int length) : ISharedMemory, IDisposable
{
    private readonly byte* _address = (byte*)NativeMemory.AllocZeroed((nuint)Math.Max(length, 1));

    /// <summary>How many pins are held now.</summary>
    public int Pinned { get; private set; }

    /// <summary>The object's bytes.</summary>
    public Span<byte> Bytes => new(_address, length);

    public bool TryPin(ulong wanted, out nint address, out nuint size, out int pin)
    {
        address = (nint)_address;
        size = (nuint)length;
        pin = 1;
        if (wanted != id)
        {
            return false;
        }

        Pinned++;
        return true;
    }

    public void Unpin(int pin) => Pinned--;

    public void Dispose() => NativeMemory.Free(_address);
}
