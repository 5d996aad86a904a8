// SPDX-License-Identifier: MIT

using System;
using System.Buffers;
using TpmReady.Diagnosis.Model;
using TpmReady.Diagnosis.Reading;

namespace TpmReady.Diagnosis.Recognition;

/// <summary>
/// What systemd's first process says about units and jobs, in the journal, in debug logs and on the console, with names,
/// with descriptions or with both. Texts: systemd src/core/{job,unit,transaction,manager}.c, versions 252 to 262.
/// </summary>
internal static class ManagerSignals
{
    private static readonly SearchValues<string> RelevantWords = SearchValues.Create(
        [
            "tpm", "tee", "supplicant", "pcr", "Trusted Platform", "SRK Setup", "clevis", "cryptsetup", "Cryptography Setup",
            "keylime", "unseal", "sysinit.target", "System Initialization", "switch-root", "Switch Root", "multi-user",
            "graphical", "Multi-User System", "shutdown.target", "System Shutdown", "reboot", "Reboot", "poweroff",
            "Power Off", "Power-Off", "halt.target", "final.target", "ima", "attestation", "luks", "initrd.target",
        ],
        StringComparison.OrdinalIgnoreCase);

    private static readonly (string Start, SignalKind Kind)[] Sentences =
    [
        ("Starting ", SignalKind.UnitStarting), ("Started ", SignalKind.UnitStarted),
        ("Finished ", SignalKind.UnitStarted), ("Listening on ", SignalKind.UnitStarted),
        ("Mounting ", SignalKind.UnitStarting), ("Mounted ", SignalKind.UnitStarted),
        ("Reached target ", SignalKind.TargetReached), ("Stopping ", SignalKind.UnitStopping),
        ("Stopped target ", SignalKind.UnitStopped), ("Stopped ", SignalKind.UnitStopped),
        ("Failed to start ", SignalKind.UnitFailed), ("Dependency failed for ", SignalKind.DependencyFailed),
        ("Timed out waiting for device ", SignalKind.DeviceTimeout), ("Expecting device ", SignalKind.DeviceExpected),
        ("Found device ", SignalKind.DeviceFound),
    ];

    /// <summary>Looks at a line.</summary>
    public static void Recognize(in LogRecord record, SignalWriter writer)
    {
        ReadOnlySpan<char> message = record.Message;
        if (record.Source == LogSource.Kernel)
        {
            // With log_target=console or kmsg, and in pastes, the process may be missing between stamp and unit.
            int unit = message.IndexOf(": ");
            if (unit > 3 && message[..unit].IndexOf(' ') < 0 && IsUnit(message[..unit]))
            {
                Detail(record, writer, message[..unit], message[(unit + 2)..]);
            }

            return;
        }

        if (record.Source is not (LogSource.Manager or LogSource.Other) || Spinner(record, writer))
        {
            return;
        }

        foreach ((string start, SignalKind kind) in Sentences)
        {
            if (message.StartsWith(start, StringComparison.Ordinal))
            {
                Sentence(record, writer, kind, message[start.Length..]);
                return;
            }
        }

        int colon = message.IndexOf(": ");
        if (colon > 3 && message[..colon].IndexOf(' ') < 0 && message[..colon].Contains('.'))
        {
            Detail(record, writer, message[..colon], message[(colon + 2)..]);
        }

        Other(record, writer, message);
    }

    private static void Sentence(in LogRecord record, SignalWriter writer, SignalKind kind, ReadOnlySpan<char> rest)
    {
        // A sentence without a process before it is systemd's only when it ends as systemd ends them.
        bool ends = rest.EndsWith('.') || rest.EndsWith("\u2026") || rest.EndsWith("\u00E2\u0080\u00A6");
        if (record.Source == LogSource.Other && !ends)
        {
            return;
        }

        ReadOnlySpan<char> subject = rest.TrimEnd(".\u2026 ");
        // Whose dependency failed, and which other device did not come, tells for whom a TPM was waited.
        if (kind is SignalKind.DependencyFailed or SignalKind.DeviceTimeout || IsRelevant(subject))
        {
            writer.Add(record, kind, subject);
        }
    }

    /// <summary>"unit: what happened".</summary>
    private static void Detail(
        in LogRecord record, SignalWriter writer, ReadOnlySpan<char> unit, ReadOnlySpan<char> text)
    {
        bool relevant = IsRelevant(unit);
        ReadOnlySpan<char> lower = record.Lower[^text.Length..];
        if (text.StartsWith("Found ordering cycle") || text.StartsWith("Ordering cycle found"))
        {
            writer.Add(record, SignalKind.OrderingCycle, text);
        }
        else if (text.StartsWith("Found dependency on "))
        {
            writer.Add(record, SignalKind.OrderingCycle, text["Found dependency on ".Length..].TrimEnd('.'));
        }
        else if (lower.Has("deleted to break ordering cycle"))
        {
            writer.Add(record, SignalKind.CycleJobDeleted, JobUnit(text));
        }
        else if (text.StartsWith("Breaking ordering cycle by deleting job"))
        {
            writer.Add(record, SignalKind.CycleJobDeleted, JobUnit(text["Breaking ordering cycle by deleting ".Length..]));
        }
        else if (!relevant)
        {
            return;
        }
        else if (lower.Has("/start timed out") || (lower.Has("/start failed with result 'timeout'")))
        {
            writer.Add(record, IsDevice(unit) ? SignalKind.DeviceTimeout : SignalKind.UnitFailed, unit);
        }
        else if (lower.Has("failed with result 'dependency'") || lower.Has("result=dependency"))
        {
            writer.Add(record, SignalKind.DependencyFailed, unit);
        }
        else if (lower.Has("failed with result") || lower.Has("entered failed state") || lower.Has("-> failed"))
        {
            writer.Add(record, SignalKind.UnitFailed, unit);
        }
        else if (text.EndsWith("-> plugged") && IsDevice(unit))
        {
            writer.Add(record, SignalKind.DeviceFound, unit);
        }
        else if (lower.Has("217/user"))
        {
            writer.Add(record, SignalKind.ServiceUserMissing, unit);
        }
        else if (text.StartsWith("Main process exited") && !lower.Has("status=0/") && !lower.Has("15/term"))
        {
            writer.Add(record, SignalKind.UnitExit, unit);
        }
        else if (text.StartsWith("Installed new job ") || text.StartsWith("Enqueued job "))
        {
            if (lower.Has("/start"))
            {
                writer.Add(record, SignalKind.JobEnqueued, unit);
            }
        }
        else if (text.After("held back, waiting for: ", out ReadOnlySpan<char> other))
        {
            writer.Add(record, SignalKind.HeldBack, other);
        }
    }

    private static void Other(in LogRecord record, SignalWriter writer, ReadOnlySpan<char> message)
    {
        // systemctl status marks a failed unit with a multiplication sign, which in bytes is C3 97.
        if (message.StartsWith("\u00C3\u0097 ") && IsRelevant(message))
        {
            writer.Add(record, SignalKind.UnitFailed, message[3..].UpTo(" "));
        }
        else if (message.StartsWith("Found ordering cycle") || message.StartsWith("Ordering cycle found"))
        {
            writer.Add(record, SignalKind.OrderingCycle, message);
        }
        else if (message.After("Forcibly rebooting: unit ", out ReadOnlySpan<char> unit))
        {
            writer.Add(record, SignalKind.ForcedReboot, unit.UpTo(" ,"));
        }
        else if (record.Lower.HasAny(
            "skipped because of", "skipped, unmet condition", "skipped because no", "condition check resulted in"))
        {
            // "Condition check resulted in dev-tpmrm0.device … being skipped" says nothing: systemd issue 41714.
            if (!message.StartsWith("Condition check resulted in") && IsRelevant(message))
            {
                writer.Add(record, SignalKind.UnitSkipped, message);
            }
        }
        else if (record.Lower.Has("could not be found") || record.Lower.Has("not found") && message.StartsWith("Unit "))
        {
            if (IsRelevant(message))
            {
                writer.Add(record, SignalKind.UnitMissing, message);
            }
        }
    }

    /// <summary>
    /// "A start job is running for /dev/tpm0 (48s / 1min 30s)" and "Job dev-tpm0.device/start running (30s / 1min 30s)",
    /// redrawn several times a second: only the longest wait counts.
    /// </summary>
    private static bool Spinner(in LogRecord record, SignalWriter writer)
    {
        ReadOnlySpan<char> rest;
        ReadOnlySpan<char> subject;
        if (record.Message.After("A start job is running for ", out rest))
        {
            int open = rest.LastIndexOf('(');
            subject = open < 0 ? rest : rest[..open].TrimEnd(' ');
        }
        else if (record.Lower.Has(" running (") && record.Message.After("Job ", out rest) && rest.Mentions("/start"))
        {
            subject = rest.UpTo("/ ");
        }
        else
        {
            return false;
        }

        int times = rest.LastIndexOf('(');
        ReadOnlySpan<char> inside = times < 0 ? default : rest[(times + 1)..].UpTo("/)");
        if (IsDevice(subject) && IsRelevant(subject))
        {
            string node = Names.TpmNode(subject.ToString()) ?? "";
            writer.Renew(record, SignalKind.DeviceWaiting, node.Length > 0 ? "/dev/" + node : subject, inside.Duration());
        }

        return true;
    }

    private static ReadOnlySpan<char> JobUnit(ReadOnlySpan<char> text) =>
        text.After("Job ", out ReadOnlySpan<char> rest) ? rest.UpTo("/ ") : text;

    private static bool IsUnit(ReadOnlySpan<char> name) =>
        name.EndsWith(".device") || name.EndsWith(".service") || name.EndsWith(".target") || name.EndsWith(".mount") ||
        name.EndsWith(".socket");

    private static bool IsDevice(ReadOnlySpan<char> unit) => unit.Mentions(".device") || unit.StartsWith("/dev/");

    /// <summary>Units of which a rule may want to know; others are for the plot only.</summary>
    private static bool IsRelevant(ReadOnlySpan<char> subject) => subject.ContainsAny(RelevantWords);
}
