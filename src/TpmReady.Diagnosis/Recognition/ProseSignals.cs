// SPDX-License-Identifier: MIT

using System;
using TpmReady.Diagnosis.Model;
using TpmReady.Diagnosis.Reading;

namespace TpmReady.Diagnosis.Recognition;

/// <summary>
/// Sentences of a person inside an excerpt. They count only where no log line says more, and never as certain.
/// </summary>
internal static class ProseSignals
{
    // A sentence has some words; a field of a table or an option has not.
    private const int Words = 5;

    /// <summary>Looks at a line.</summary>
    public static void Recognize(in LogRecord record, SignalWriter writer)
    {
        ReadOnlySpan<char> message = record.Message;
        if (record.Source != LogSource.Other || record.Time.Clock != LogClock.None || message.Count(' ') < Words)
        {
            return;
        }

        bool tpm = record.Lower.Has("tpm");
        if (tpm && record.Lower.HasAny("tpm is 1.2", "is tpm 1.2", "only tpm 1.2", "tpm 1.2 only", "a tpm 1.2", "tpm 1.2 chip", "tpm v1.2") &&
            !record.Lower.HasAny("not tpm 1.2", "no tpm 1.2"))
        {
            writer.Add(record, SignalKind.SaysTpm12, message);
        }
        else if (record.Lower.HasAny("cycle", "deadlock") && record.Lower.HasAny(
            "sysinit", "ordering", "defaultdependencies", "dependency cycle", "tpm2.target") && !record.Lower.HasAny("power cycle", "no cycle"))
        {
            writer.Add(record, SignalKind.SaysCycle, message);
        }
        else if (record.Lower.Has("rpmb") && record.Lower.HasAny(
            "isn't provisioned", "not provisioned", "not available or provisioned", "isn't programmed", "not programmed",
            "is unavailable", "is not available"))
        {
            writer.Add(record, SignalKind.SaysRpmbMissing, message);
        }
        else if (record.Lower.HasAny("/dev/tpm0", "/dev/tpmrm0", "tpm device", "tpm2.target", "dev-tpm") &&
            record.Lower.HasAny("timeout", "times out", "timed out", "waits", "waiting", "stalls", "90 s", "90-second", "90 second"))
        {
            writer.Add(record, SignalKind.SaysNode, message);
        }
    }
}
