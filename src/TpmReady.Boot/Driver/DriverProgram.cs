// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.Threading;
using TpmReady.Linux.Interop;
using TpmReady.Readiness.Driving;
using TpmReady.Readiness.Facts;
using TpmReady.Readiness.SwitchRoot;
using TpmReady.Supplicant.Logging;

namespace TpmReady.Boot.Driver;

/// <summary>Carries out the steps that the plans name, and looks again after each.</summary>
internal sealed class DriverProgram(ILog log, TimeSpan limit) : IDisposable
{
    /// <summary>The exit status of every failure.</summary>
    public const int Failure = 1;

    private static readonly TimeSpan ShortPause = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan BusyLimit = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LongPause = TimeSpan.FromMilliseconds(500);

    private readonly FactTree _tree = new("/");
    private readonly long _start = Stopwatch.GetTimestamp();

    private TimeSpan Elapsed => Stopwatch.GetElapsedTime(_start);

    /// <summary>Binds.</summary>
    /// <returns>The exit status.</returns>
    public int Bind()
    {
        HandOverMark.Clear();
        BindPlan plan = new();
        string said = "";
        while (true)
        {
            DriverStep step = plan.Next(ReadFacts(), Elapsed);
            if (step.Kind is not DriverStepKind.Wait && !string.Equals(step.Text, said, StringComparison.Ordinal))
            {
                said = step.Text;
                log.Write(step.Kind == DriverStepKind.Fail ? LogLevel.Error : LogLevel.Info, said);
            }

            switch (step.Kind)
            {
                case DriverStepKind.Done:
                    ReportNumber();
                    return 0;
                case DriverStepKind.Fail:
                    return Failure;
                case DriverStepKind.LoadModule:
                    _ = ModuleLoader.Load(step.Path);
                    break;
                case DriverStepKind.Write when !TryWrite(step, plan):
                    return Failure;
                default:
                    Thread.Sleep(ShortPause);
                    break;
            }

            if (Elapsed >= limit)
            {
                log.Write(LogLevel.Error, $"Not bound in time: {step.Text}");
                return Failure;
            }
        }
    }

    /// <summary>Unbinds.</summary>
    /// <returns>The exit status.</returns>
    public int Unbind()
    {
        // On the host the file would be one that nobody took away.
        if (HandOverMark.Exists && MachineContext.Read(_tree, Environment.GetEnvironmentVariable).IsInitrd)
        {
            log.Write(LogLevel.Info, "The TPM stays bound while the root is switched.");
            return 0;
        }

        MachineFacts facts = ReadFacts();
        foreach (string holder in UnbindPlan.DescribeHolders(facts))
        {
            log.Write(LogLevel.Notice, $"The TPM may come back under another number: {holder}.");
        }

        IReadOnlyList<DriverStep> steps = UnbindPlan.Make(facts);
        while (steps[0].Kind == DriverStepKind.Wait && Elapsed < BusyLimit)
        {
            Thread.Sleep(ShortPause);
            steps = UnbindPlan.Make(ReadFacts());
        }

        foreach (DriverStep step in steps)
        {
            switch (step.Kind)
            {
                case DriverStepKind.Fail or DriverStepKind.Wait:
                    log.Write(LogLevel.Error, step.Text);
                    return Failure;
                case DriverStepKind.Write when !TryWrite(step, null):
                    return Failure;
                case DriverStepKind.Write:
                    log.Write(LogLevel.Info, $"Unbound: {step.Text}.");
                    break;
                case DriverStepKind.Done:
                    log.Write(LogLevel.Info, step.Text);
                    break;
            }
        }

        if (UnbindPlan.IsComplete(ReadFacts()))
        {
            return 0;
        }

        log.Write(LogLevel.Error, "A device that needs the supplicant is still bound.");
        return Failure;
    }

    /// <summary>Decides just before switch-root what <see cref="Unbind"/> will do.</summary>
    /// <returns>The exit status.</returns>
    public int HandOver()
    {
        HandOverMark.Clear();
        using FactTree host = new("/sysroot");
        HandOverDecision decision = HandOverDecision.About(HandOverFacts.Read(_tree, host));
        log.Write(LogLevel.Info, decision.Reason);
        if (decision.IsHandedOver)
        {
            HandOverMark.Set();
        }

        return 0;
    }

    public void Dispose() => _tree.Dispose();

    private MachineFacts ReadFacts() => FactReader.Read(
        _tree, MachineContext.Read(_tree, Environment.GetEnvironmentVariable), FactScope.Holders);

    /// <summary>False if the kernel did not return in time; what it returned goes to the plan, or to the log.</summary>
    private bool TryWrite(DriverStep step, BindPlan? plan)
    {
        TimeSpan left = limit - Elapsed;
        using KernelLogTail kernel = new();
        if (!SysfsWrite.Run(step.Path, step.Value, left, out nint returned, out int error))
        {
            log.Write(
                LogLevel.Error,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"/{step.Path}: the kernel has not returned after {left.TotalSeconds:0} s; it goes on."));
            return false;
        }

        plan?.Wrote(returned, error, returned < 0 ? kernel.ProbeCode() : null);
        if (returned < 0)
        {
            log.Write(
                LogLevel.Warning,
                returned < -1
                    ? string.Create(
                        CultureInfo.InvariantCulture, $"/{step.Path}: 0x{unchecked((uint)(int)returned):x8}")
                    : $"/{step.Path}: {Errno.Name(error)}");
            Thread.Sleep(LongPause);
        }

        return true;
    }

    /// <summary>systemd waits for tpmrm0; who made the TPM come back as another is worth a line.</summary>
    private void ReportNumber()
    {
        MachineFacts facts = ReadFacts();
        if (facts.FirmwareTpmChip is { Number: > 0 } chip)
        {
            IReadOnlyList<string> holders = UnbindPlan.DescribeHolders(facts);
            log.Write(
                LogLevel.Warning,
                $"The firmware TPM is {chip.Name}, and systemd waits for tpm0. "
                + (holders.Count > 0 ? string.Join("; ", holders) + "." : "Nobody is known to hold the old one."));
        }
    }
}
