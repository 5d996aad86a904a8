// SPDX-License-Identifier: MIT

using TpmReady.Supplicant.Arena;
using TpmReady.Supplicant.Device;
using TpmReady.Supplicant.Server;
using TpmReady.Supplicant.SharedMemory;

namespace TpmReady.Boot.TeeSupplicant;

/// <summary>A server at work, and what it works with.</summary>
internal sealed record Serving(ITeeDevice Device, StateArena Arena, SharedMemoryTable Memory, SupplicantServer Server);
