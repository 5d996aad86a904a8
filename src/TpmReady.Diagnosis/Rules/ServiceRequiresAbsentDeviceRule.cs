// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.Linq;
using TpmReady.Diagnosis.Findings;
using TpmReady.Diagnosis.Model;

namespace TpmReady.Diagnosis.Rules;

/// <summary>
/// A service insists on a device that this machine does not have. Reports: https://github.com/kairos-
/// io/kairos/issues/2835, https://github.com/qualcomm/minkipc/issues/52.
/// </summary>
internal sealed class ServiceRequiresAbsentDeviceRule : IRule
{
    /// <inheritdoc/>
    public string Id => FindingIds.ServiceRequiresAbsentDevice;

    /// <inheritdoc/>
    public Finding? Examine(Boot boot)
    {
        IReadOnlyList<Signal> waits = [.. boot.Of(SignalKind.DeviceTimeout)
            .Where(signal => Names.TpmNode(signal.Subject) is not null || Names.IsTeeNode(signal.Subject))];
        // The device that failed last before it is the one that it wanted.
        Signal? victim = boot.Find(SignalKind.DependencyFailed, signal =>
            boot.All(SignalKind.DeviceTimeout).LastOrDefault(timeout => timeout.IsBefore(signal)) is { } last &&
            (Names.TpmNode(last.Subject) is not null || Names.IsTeeNode(last.Subject)) && !Names.Has(signal.Subject, ".mount") &&
            !Names.IsTpmTarget(signal.Subject) && !Names.IsSystemdConsumer(signal.Subject) && !signal.Subject.EndsWith(".device", StringComparison.Ordinal));
        if (waits.Count == 0 || victim is null || Facts.TpmAppeared(boot) is not null || boot.Has(SignalKind.OrderingCycle))
        {
            return null;
        }

        string unit = victim.Subject.Split(' ')[0];
        return Verdict.Of(
            this, Severity.Stall, Confidence.Likely, Phase.Host,
            $"{unit} insists on a device that this machine does not have, and the boot waits for it.",
            $"Disable {unit} on machines without this device, or let its unit skip itself (ConditionPathExists=) in place of " +
            "Requires= or BindsTo= on the device.",
            waits.Take(2).Concat([victim])) with
        { Seconds = Facts.Longest(boot, waits) };
    }
}
