// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using TpmReady.Diagnosis.Findings;
using TpmReady.Diagnosis.Model;

namespace TpmReady.Diagnosis.Report;

/// <summary>The gate for CI: conditions that a boot must hold.</summary>
public static class LogCheck
{
    /// <summary>Checks.</summary>
    /// <param name="boots">The boots, with the times of their units.</param>
    /// <param name="limits">The conditions.</param>
    /// <returns>One result per condition that was asked for, or one for the log when it shows no boot.</returns>
    public static IReadOnlyList<CheckResult> Of(IReadOnlyList<Boot> boots, CheckLimits limits)
    {
        ArgumentNullException.ThrowIfNull(boots);
        ArgumentNullException.ThrowIfNull(limits);
        List<CheckResult> results = [];
        if (!boots.Any(boot => boot.Seen > 0))
        {
            // An empty log must not pass: the console was not connected, or the file is the wrong one.
            results.Add(new CheckResult("log", "the log shows no boot: nothing about a kernel, systemd or a TPM is in it", null));
            return results;
        }

        List<Finding> findings = [.. boots.SelectMany(BootDiagnosis.Of).OrderByDescending(finding => finding.Severity)];
        if (limits.MaxWait is { } wait)
        {
            results.Add(Wait(boots, findings, wait));
        }

        if (limits.NoTaPanic)
        {
            Signal? panic = boots.Select(boot => boot.Of(SignalKind.TaPanic, SignalKind.TaAbort).FirstOrDefault() ?? Dead(boot))
                .FirstOrDefault(signal => signal is not null);
            results.Add(new CheckResult("no-ta-panic", panic is null ? null : "a trusted application panicked", panic));
        }

        List<Finding> counted = [.. findings.Where(finding => finding.Severity > Severity.Note)];
        if (limits.MaxFindings is { } most)
        {
            string name = string.Create(CultureInfo.InvariantCulture, $"max-findings {most}");
            string failure = string.Create(CultureInfo.InvariantCulture,
                $"{counted.Count} findings: {string.Join(", ", counted.Select(finding => finding.Id))}");
            results.Add(new CheckResult(name, counted.Count > most ? failure : null, counted.FirstOrDefault()?.Evidence[0]));
        }

        if (limits.MaxSeverity is { } severity)
        {
            Finding? worse = findings.FirstOrDefault(finding => finding.Severity > severity);
            results.Add(new CheckResult(
                $"max-severity {Wire.Of(severity)}", worse is null ? null : $"{worse.Id} is {Wire.Of(worse.Severity)}: {worse.Cause}",
                worse?.Evidence[0]));
        }

        return results;
    }

    /// <summary>The longest wait: for the node, or for tpm2.target, or what a finding says that the boot lost.</summary>
    private static CheckResult Wait(IReadOnlyList<Boot> boots, List<Finding> findings, double limit)
    {
        double longest = 0;
        Signal? evidence = null;
        void Note(double? seconds, Signal? signal)
        {
            if (seconds > longest)
            {
                (longest, evidence) = (seconds.Value, signal);
            }
        }

        foreach (Boot boot in boots)
        {
            foreach (Signal waiting in boot.All(SignalKind.DeviceWaiting))
            {
                Note(waiting.Seconds, waiting);
            }

            foreach (UnitSpan span in boot.Spans.Where(span => Names.TpmNode(span.Unit) is not null && span.End is not null))
            {
                Note(span.End!.Value.Seconds - span.Start.Seconds, boot.Find(
                    SignalKind.DeviceTimeout, signal => signal.Line >= span.Line && signal.File == span.File) ??
                    boot.Find(SignalKind.DeviceFound, signal => signal.Line >= span.Line && signal.File == span.File));
            }
        }

        foreach (Finding finding in findings)
        {
            Note(finding.Seconds, finding.Evidence[0]);
        }

        string name = $"max-wait {Wire.Seconds(limit)}";
        return new CheckResult(
            name, longest > limit ? $"the boot waited {Wire.Seconds(longest)} for the TPM" : null, longest > limit ? evidence : null);
    }

    private static Signal? Dead(Boot boot) =>
        boot.Of(SignalKind.FtpmInvokeError, SignalKind.TpmSendError, SignalKind.FtpmOpenFailed)
            .FirstOrDefault(signal => signal.Code == (uint)Tpm.TeeResult.TargetDead);
}
