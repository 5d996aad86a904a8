// SPDX-License-Identifier: MIT

using TpmReady.Readiness.Facts;

namespace TpmReady.Readiness.Decisions;

/// <summary>
/// Judges the supplicant by who has its device open. The kernel itself tells nobody: its driver knows only whether an
/// open file description exists (drivers/tee/optee/supp.c, supp->ctx).
/// </summary>
internal static class SupplicantStates
{
    /// <summary>The state; of several holders the best counts, for they share one description.</summary>
    public static SupplicantState Of(MachineFacts facts)
    {
        SupplicantState state = SupplicantState.Absent;
        foreach (DeviceHolder holder in facts.Holders ?? [])
        {
            if (holder.IsServing)
            {
                return SupplicantState.Serving;
            }

            if (holder.HoldsSupplicantDevice)
            {
                state = SupplicantState.Paused;
            }
        }

        return state;
    }
}
