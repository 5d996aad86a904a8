// SPDX-License-Identifier: MIT

using TpmReady.Linux.Tee;
using TpmReady.Supplicant.Arena;
using TpmReady.Supplicant.Channel;

namespace TpmReady.Supplicant.Handover;

/// <summary>Reads from a slot alone what an earlier process was about when it died.</summary>
internal static class SlotJudgement
{
    /// <summary>Judges a slot.</summary>
    /// <param name="slot">The slot. No other process may be using it.</param>
    /// <param name="left">The request that it holds.</param>
    /// <returns>False if it holds none.</returns>
    public static bool TryJudge(RpcSlot slot, out LeftRequest left)
    {
        left = default;
        SlotState state = slot.State;
        if (state is not (SlotState.Armed or SlotState.Received or SlotState.Answering)
            || slot.ReceivedCount > TeeAbi.MaximumParameters)
        {
            return false;
        }

        // The kernel turns the attribute that we offered into that of a number when it delivers
        // (optee_supp_recv in drivers/tee/optee/supp.c). Kernels that hand out one request at a time overwrite it with
        // the first parameter's own.
        ulong first = slot.ReceivedParameters(1)[0].Attributes;
        if (state == SlotState.Armed && first == TeeParameter.Meta)
        {
            return false;
        }

        RpcFrame frame = RpcChannel.Parse(slot.ReceivedParameters((int)slot.ReceivedCount));
        left = new LeftRequest(
            slot,
            frame,
            state == SlotState.Answering ? LeftFate.Unknown : LeftFate.Owed,
            WasBegun: state != SlotState.Armed && slot.Note != 0);
        return true;
    }
}
