// SPDX-License-Identifier: MIT

using System.Collections.Generic;

namespace TpmReady.Readiness.Decisions;

/// <summary>What is to be done, why, and what that rests on.</summary>
/// <param name="Verdict">What is to be done.</param>
/// <param name="Kind">Which kind of TPM it is about.</param>
/// <param name="Cause">Why, for programs.</param>
/// <param name="Reason">Why, one line for people.</param>
/// <param name="Evidence">What it rests on.</param>
public sealed record Decision(
    Verdict Verdict, TpmKind Kind, Cause Cause, string Reason, IReadOnlyList<Evidence> Evidence)
{
    /// <summary>The device and its driver, where they are known.</summary>
    public DriverTarget? Target { get; init; }

    /// <summary>Whether the TPM stands on a daemon, so that everything that tpmready does applies to it.</summary>
    public bool NeedsDaemon => Kind is TpmKind.FirmwareTeeBus or TpmKind.FirmwarePlatform or TpmKind.FirmwareExpected
        && Verdict is not (Verdict.NotOurs or Verdict.CannotCome);

    /// <summary>Whether nothing will change this by waiting.</summary>
    public bool IsFinal => Verdict is Verdict.NotOurs or Verdict.CannotCome or Verdict.Dead
        || Cause is Cause.Answered;
}
