// SPDX-License-Identifier: MIT

namespace TpmReady.Supplicant.Device;

/// <summary>A shared-memory object of the TEE driver.</summary>
/// <param name="Descriptor">The descriptor that keeps it alive.</param>
/// <param name="Id">The id that the secure world knows it by; positive.</param>
/// <param name="Length">Its length in bytes.</param>
public readonly record struct TeeMemory(int Descriptor, int Id, nuint Length);
