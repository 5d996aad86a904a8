// SPDX-License-Identifier: MIT

using TpmReady.Supplicant.Device;

namespace TpmReady.Supplicant.SharedMemory;

/// <summary>Holds second descriptors of shared memory, so that it lives on when this process dies.</summary>
/// <remarks>
/// After SHM_ALLOC was answered, the kernel looks the object up in the requester's thread. A process that dies in between
/// with the only descriptor makes that fail, and the secure world then believes to be out of memory.
/// </remarks>
public interface IMemoryKeeper
{
    /// <summary>Holds an object from now on. Must not block.</summary>
    void Keep(TeeMemory memory);

    /// <summary>Holds the object of this id no longer.</summary>
    void Forget(int id);
}
