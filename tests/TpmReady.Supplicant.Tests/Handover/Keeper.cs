// SPDX-License-Identifier: MIT

using System.Collections.Generic;
using TpmReady.Supplicant.Device;
using TpmReady.Supplicant.SharedMemory;

namespace TpmReady.Supplicant.Tests.Handover;

/// <summary>Stands for PID 1's store of descriptors.</summary>
internal sealed class Keeper : IMemoryKeeper
{
    private readonly Dictionary<int, int> _kept = [];

    public void Keep(TeeMemory memory)
    {
        lock (_kept)
        {
            _kept[memory.Id] = memory.Descriptor;
        }
    }

    public void Forget(int id)
    {
        lock (_kept)
        {
            _ = _kept.Remove(id);
        }
    }

    public Dictionary<int, int> Copy()
    {
        lock (_kept)
        {
            return new Dictionary<int, int>(_kept);
        }
    }
}
