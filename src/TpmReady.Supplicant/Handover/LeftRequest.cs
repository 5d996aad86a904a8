// SPDX-License-Identifier: MIT

using TpmReady.Supplicant.Arena;
using TpmReady.Supplicant.Channel;

namespace TpmReady.Supplicant.Handover;

/// <summary>A request that an earlier process received and did not finish.</summary>
/// <param name="Slot">The slot that holds it.</param>
/// <param name="Frame">Its shape.</param>
/// <param name="Fate">What is known of its answer.</param>
/// <param name="WasBegun">Whether a service may have acted on it.</param>
internal readonly record struct LeftRequest(RpcSlot Slot, RpcFrame Frame, LeftFate Fate, bool WasBegun)
{
    /// <summary>The number by which the kernel knows the request; 0 where it hands out one request at a time.</summary>
    public ulong Id => Frame.TransportCount > 0 ? Slot.ReceivedParameters(1)[0].A : 0;
}
