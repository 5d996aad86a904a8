// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.Globalization;
using TpmReady.Linux.Interop;
using TpmReady.Readiness.Decisions;
using TpmReady.Tpm;

namespace TpmReady.Readiness.Probing;

/// <summary>What came of asking the TPM.</summary>
/// <param name="Result">How it took the question.</param>
/// <param name="Code">The TEE's, the TPM's or the kernel's code; 0 if there is none.</param>
/// <param name="Clock">What it answered.</param>
public readonly record struct ProbeOutcome(ProbeResult Result, uint Code, TpmClock Clock)
{
    // The kernel's own errors reach down to this (MAX_ERRNO, include/linux/err.h); what lies below is a TEE's code.
    private const int LowestErrno = -4095;

    /// <summary>The outcome of a TPM that has not answered.</summary>
    public static ProbeOutcome Pending { get; } = new(ProbeResult.Pending, 0, default);

    /// <summary>
    /// Judges what read or write on a TPM's node returned. ftpm_tee_tpm_op_send (drivers/char/tpm/tpm_ftpm_tee.c)
    /// returns a TEE code as a negative number: 0xFFFF3024 arrives as -53212, which is no errno, so the C library hands
    /// it through and leaves errno as it was.
    /// </summary>
    /// <param name="returned">What the system call returned; negative.</param>
    /// <param name="error">errno after it.</param>
    public static ProbeOutcome FromFailure(nint returned, int error) => returned < LowestErrno
        ? new ProbeOutcome(ProbeResult.TeeError, unchecked((uint)(int)returned), default)
        : new ProbeOutcome(ProbeResult.SystemError, (uint)error, default);

    /// <summary>Judges an answer.</summary>
    public static ProbeOutcome FromAnswer(ReadOnlySpan<byte> answer) =>
        !TpmReadClock.TryParse(answer, out TpmClock clock, out uint code)
            ? new ProbeOutcome(ProbeResult.Malformed, 0, default)
            : code != 0
                ? new ProbeOutcome(ProbeResult.ResponseCode, code, default)
                : new ProbeOutcome(ProbeResult.Answered, 0, clock);

    /// <summary>
    /// One line that <see cref="TryParse"/> reads again; the process that asked writes it to its parent.
    /// </summary>
    public string ToLine() => string.Create(
        CultureInfo.InvariantCulture,
        $"{(int)Result} {Code} {Clock.Time} {Clock.Clock} {Clock.ResetCount} {Clock.RestartCount} "
        + $"{(Clock.IsSafe ? 1 : 0)}");

    /// <summary>Reads what <see cref="ToLine"/> wrote.</summary>
    public static bool TryParse(string line, out ProbeOutcome outcome)
    {
        ArgumentNullException.ThrowIfNull(line);
        outcome = default;
        string[] words = line.Split(' ');
        ulong[] numbers = new ulong[7];
        for (int i = 0; i < numbers.Length; i++)
        {
            if (words.Length != numbers.Length
                || !ulong.TryParse(words[i], NumberStyles.None, CultureInfo.InvariantCulture, out numbers[i]))
            {
                return false;
            }
        }

        if (numbers[0] > (ulong)ProbeResult.Malformed)
        {
            return false;
        }

        outcome = new ProbeOutcome(
            (ProbeResult)numbers[0],
            (uint)numbers[1],
            new TpmClock(numbers[2], numbers[3], (uint)numbers[4], (uint)numbers[5], numbers[6] != 0));
        return true;
    }

    /// <summary>One line for people.</summary>
    public string Describe() => Result switch
    {
        ProbeResult.Answered => string.Create(
            CultureInfo.InvariantCulture,
            $"the TPM answers; it has run {Clock.Time / 1000.0:0.0} s since reset {Clock.ResetCount}"),
        ProbeResult.Pending => "the TPM has not answered yet",
        ProbeResult.TeeError => string.Create(
            CultureInfo.InvariantCulture,
            $"{TeeResultText.Name(Code) ?? "TEE code"} (0x{Code:x8}): {TeeResultText.MeaningHere(Code) ?? "unknown."}"),
        ProbeResult.ResponseCode => TpmResponse.Decode(Code) is { } response
            ? $"{response.Name}: {response.Meaning}"
            : string.Create(CultureInfo.InvariantCulture, $"response code 0x{Code:x8}"),
        ProbeResult.SystemError => (int)Code switch
        {
            Errno.EPIPE or Errno.ENODEV or Errno.ENXIO =>
                "the driver has let go of the TPM (" + Errno.Name((int)Code) + ")",
            _ => "the kernel says " + Errno.Name((int)Code),
        },
        _ => "the answer is no answer to TPM2_ReadClock",
    };

    /// <summary>What follows from it.</summary>
    internal Decision ToDecision(TpmKind kind, List<Evidence> evidence)
    {
        evidence.Add(new Evidence("TPM2_ReadClock", Describe()));
        return Result switch
        {
            ProbeResult.Answered => new Decision(
                Verdict.Working, kind, Cause.Answered, Sentence("", Describe()), evidence),
            ProbeResult.Pending => new Decision(
                Verdict.WaitForSupplicant, kind, Cause.AnswerPending,
                "The TPM was asked and has not answered yet.", evidence),
            ProbeResult.TeeError when Code is (uint)TeeResult.TargetDead => new Decision(
                Verdict.Dead, kind, Cause.ApplicationPanicked,
                "The firmware TPM has panicked; current firmware needs a power cycle. Older firmware starts it anew "
                + "with empty PCRs, which nothing does by itself.",
                evidence),
            ProbeResult.SystemError when (int)Code is Errno.EACCES or Errno.EPERM => new Decision(
                Verdict.Dead, kind, Cause.NotPermitted,
                "This process may not open the TPM (" + Errno.Name((int)Code) + ").", evidence),
            _ => new Decision(
                Verdict.Dead, kind, Cause.CommandFailed, Sentence("The TPM does not work: ", Describe()), evidence),
        };
    }

    private static string Sentence(string prefix, string text)
    {
        string whole = prefix.Length == 0 ? char.ToUpperInvariant(text[0]) + text[1..] : prefix + text;
        return whole.EndsWith('.') ? whole : whole + ".";
    }
}
