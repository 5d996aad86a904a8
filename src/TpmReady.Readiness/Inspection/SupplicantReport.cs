// SPDX-License-Identifier: MIT

using System.Globalization;
using TpmReady.Readiness.Decisions;
using TpmReady.Readiness.Facts;

namespace TpmReady.Readiness.Inspection;

/// <summary>How the supplicant is, for a report.</summary>
/// <param name="State">The word: serving, paused, absent or hidden.</param>
/// <param name="Holder">The process that serves, or that has the device open; null if there is none.</param>
/// <param name="Text">One line for people.</param>
internal sealed record SupplicantReport(string State, DeviceHolder? Holder, string Text)
{
    /// <summary>Tells it from the facts.</summary>
    public static SupplicantReport Of(MachineFacts facts)
    {
        DeviceHolder? found = null;
        foreach (DeviceHolder holder in facts.Holders ?? [])
        {
            if (holder.HoldsSupplicantDevice && (found is null || (holder.IsServing && !found.IsServing)))
            {
                found = holder;
            }
        }

        if (found is null)
        {
            return facts.HasHiddenProcesses
                ? new SupplicantReport("hidden", null, "not known: only root can see who has the device open")
                : new SupplicantReport("absent", null, $"nobody has /dev/{facts.SupplicantDevice} open");
        }

        string process = string.Create(CultureInfo.InvariantCulture, $"{found.Command} (PID {found.Process})");
        string device = DeviceOf(found);
        return SupplicantStates.Of(facts) == SupplicantState.Serving
            ? new SupplicantReport("serving", found, $"{process} serves {device}")
            : new SupplicantReport("paused", found, $"{process} has {device} open, and nobody receives from it");
    }

    private static string DeviceOf(DeviceHolder holder)
    {
        foreach (string device in holder.Devices)
        {
            if (device.StartsWith("/dev/teepriv", System.StringComparison.Ordinal))
            {
                return device;
            }
        }

        return "?";
    }
}
