// SPDX-License-Identifier: MIT

namespace TpmReady.Supplicant.Protocol;

/// <summary>The shared-memory objects that the secure world has, found by their kernel ids.</summary>
public interface ISharedMemory
{
    /// <summary>
    /// Finds an object and pins it, so that it stays mapped until <see cref="Unpin"/> even when the secure world frees it
    /// meanwhile: a killed client's buffers are freed while another thread still serves its request.
    /// </summary>
    /// <param name="id">The kernel's id, as it stands in a memory reference.</param>
    /// <param name="address">Where the object is mapped.</param>
    /// <param name="length">Its length in bytes.</param>
    /// <param name="pin">What <see cref="Unpin"/> wants back.</param>
    /// <returns>False if no such object lives.</returns>
    bool TryPin(ulong id, out nint address, out nuint length, out int pin);

    /// <summary>Releases one pin.</summary>
    void Unpin(int pin);
}
