// SPDX-License-Identifier: MIT

using System;
using TpmReady.Diagnosis.Model;
using TpmReady.Diagnosis.Reading;

namespace TpmReady.Diagnosis.Recognition;

/// <summary>The course of a boot: which phase a line belongs to, and where the next boot begins.</summary>
internal sealed class CourseSignals
{
    /// <summary>The phase of the line that was looked at last.</summary>
    public Phase Phase { get; private set; }

    /// <summary>Forgets everything, at the start of a file or of a boot.</summary>
    public void Reset() => Phase = Phase.Unknown;

    /// <summary>Whether a line begins another boot.</summary>
    public bool BeginsBoot(in LogRecord record)
    {
        ReadOnlySpan<char> message = record.Message;
        if (message.StartsWith("-- Boot ") && message.EndsWith("--"))
        {
            return true;
        }

        if (Phase > Phase.Kernel && IsKernelStart(record))
        {
            return true;
        }

        // A kernel of which we saw nothing but its first lines may start again only from the firmware.
        return Phase >= Phase.Kernel && IsFirmwareStart(message) && record.Source is LogSource.Other;
    }

    /// <summary>Looks at a line.</summary>
    public void Recognize(in LogRecord record, SignalWriter writer)
    {
        ReadOnlySpan<char> message = record.Message;
        switch (record.Source)
        {
            case LogSource.SecureWorld or LogSource.Prose:
                return;
            case LogSource.Program:
                Program(record, writer, message);
                return;
            case LogSource.Kernel or LogSource.Other when IsKernelStart(record):
                Enter(Phase.Kernel, writer);
                writer.Add(record, SignalKind.KernelStarted, message);
                return;
            case LogSource.Kernel or LogSource.Other when record.Lower.HasAny("reboot: restarting", "reboot: power down"):
                Enter(Phase.Shutdown, writer);
                writer.Add(record, SignalKind.ShutdownFinal);
                return;
            case LogSource.Kernel or LogSource.Other when record.Lower.Has("printk messages dropped") || record.Lower.Has("buffer overrun"):
                writer.Add(record, SignalKind.LogGap);
                return;
            default:
                break;
        }

        if (record.Source != LogSource.Kernel)
        {
            if (IsFirmwareStart(message) && Phase == Phase.Unknown)
            {
                Enter(Phase.Firmware, writer);
            }

            Manager(record, writer, message);
        }
    }

    private void Manager(in LogRecord record, SignalWriter writer, ReadOnlySpan<char> message)
    {
        if (message.StartsWith("systemd ") && record.Lower.Has(" running in system mode"))
        {
            Enter(Phase.Host, writer);
            writer.Add(record, SignalKind.SystemdVersion, message["systemd ".Length..].UpTo(" "));
        }
        else if (message.StartsWith("Running in initrd") || message.StartsWith("Booting initrd of"))
        {
            Enter(Phase.Initrd, writer);
            writer.Add(record, SignalKind.InitrdRunning);
        }
        else if (message.StartsWith("Welcome to ") && message.TrimEnd(' ').EndsWith('!'))
        {
            Enter(record.Lower.HasAny("initramfs", "initrd", "dracut") ? Phase.Initrd : Phase.Host, writer);
        }
        else if (message.StartsWith("Begin: ") && record.Lower.Has("init-"))
        {
            Enter(Phase.Initrd, writer);
        }
        else if (IsSwitchRoot(message))
        {
            Enter(Phase.SwitchRoot, writer);
            writer.Add(record, SignalKind.SwitchRoot, message);
        }
        else if (message.StartsWith("Startup finished in "))
        {
            writer.Add(record, SignalKind.StartupFinished, message);
            Enter(Phase.Runtime, writer);
        }
        else if (IsShutdown(record))
        {
            Enter(Phase.Shutdown, writer);
            writer.Add(record, record.Lower.Has("stopped target") ? SignalKind.ShutdownBegun : SignalKind.ShutdownFinal, message);
        }
        else if (record.Lower.Has("suppressed due to ratelimiting"))
        {
            writer.Add(record, SignalKind.LogGap);
        }
    }

    private void Program(in LogRecord record, SignalWriter writer, ReadOnlySpan<char> message)
    {
        if (record.Identifier is "systemd-shutdown" || record.Lower.Has("system is rebooting") ||
            record.Lower.Has("system is powering down") || record.Lower.Has("the system will reboot now"))
        {
            Enter(Phase.Shutdown, writer);
            writer.Add(record, SignalKind.ShutdownFinal);
        }
        else if (record.Identifier.StartsWith("dracut") && Phase is Phase.Unknown or Phase.Kernel)
        {
            Enter(Phase.Initrd, writer);
        }
        else if (message.StartsWith("Switching root - root: "))
        {
            Enter(Phase.SwitchRoot, writer);
        }
    }

    private void Enter(Phase phase, SignalWriter writer)
    {
        // "systemd 257 running" says host, the next line may say initrd; nothing else goes back.
        bool goesBack = phase < Phase && !(phase == Phase.Initrd && Phase == Phase.Host && !writer.Boot.Has(SignalKind.SwitchRoot));
        if (!goesBack)
        {
            Phase = phase;
            writer.Phase = phase;
        }
    }

    private static bool IsKernelStart(in LogRecord record) =>
        (record.Message.StartsWith("Linux version ") || record.Message.StartsWith("Booting Linux on physical CPU")) &&
        (record.Source == LogSource.Kernel || record.Time.Clock == LogClock.None);

    private static bool IsFirmwareStart(ReadOnlySpan<char> message) =>
        message.StartsWith("NOTICE:  BL1: v") || message.StartsWith("NOTICE:  Booting Trusted Firmware") ||
        message.StartsWith("U-Boot SPL 20") || message.StartsWith("U-Boot 20") || message.StartsWith("EFI stub: Booting") ||
        message.StartsWith("UEFI firmware (version");

    private static bool IsSwitchRoot(ReadOnlySpan<char> message) =>
        message.StartsWith("Switching root.") || message.StartsWith("Starting initrd-switch-root.service") ||
        message.StartsWith("Starting Switch Root") || message.StartsWith("Starting initrd-cleanup.service") ||
        message.StartsWith("Starting Cleaning Up and Shutting Down Daemons") ||
        message.StartsWith("Reached target initrd-switch-root.target") || message.StartsWith("Reached target Switch Root") ||
        message.StartsWith("initrd-switch-root.target: Enqueued job initrd-switch-root.target/start");

    private bool IsShutdown(in LogRecord record)
    {
        ReadOnlySpan<char> message = record.Message;
        if (message.StartsWith("Stopped target "))
        {
            return Phase is Phase.Host or Phase.Runtime or Phase.Unknown &&
                record.Lower.HasAny("multi-user", "multi-user", "graphical", "graphical");
        }

        return message.StartsWith("Reached target ") && !record.Lower.HasAny("initrd", "pre.target") && record.Lower.HasAny(
            "shutdown.target", "system shutdown", "reboot.target", "system reboot", "poweroff.target", "system power off",
            "system power-off", "halt.target", "final.target", "late shutdown", "umount.target - unmount all");
    }
}
