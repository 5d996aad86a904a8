// SPDX-License-Identifier: MIT

using System;
using System.Globalization;
using TpmReady.Linux.Interop;
using TpmReady.Readiness.Decisions;
using TpmReady.Readiness.Facts;
using TpmReady.Tpm;

namespace TpmReady.Readiness.Driving;

/// <summary>
/// Binds the firmware TPM's driver once a supplicant serves, and repairs a probe that came too early: step by step from
/// the facts of the moment, for udev and the kernel may be faster. It is told what each write came to.
/// </summary>
/// <remarks>The same for a built-in driver and for a module: both are bound by sysfs (drivers/base/bus.c).</remarks>
public sealed class BindPlan
{
    // open_session fails with EINVAL whatever the TEE said; a supplicant that has only begun may make it fail once or
    // twice.
    private const int MostAttempts = 6;

    // Old firmware starts a TA anew that has panicked; where it has said so three times while somebody served, it is dead.
    private const int MostDeaths = 3;

    private bool _hasLoaded;
    private int _attempts;
    private int _deaths;
    private string? _failure;

    /// <summary>
    /// How long OP-TEE may take to announce the TPM to the first supplicant; it does so without starting it.
    /// </summary>
    public static TimeSpan AnnouncementLimit { get; } = TimeSpan.FromSeconds(10);

    /// <summary>The next step.</summary>
    /// <param name="facts">Facts of this moment, with holders.</param>
    /// <param name="elapsed">Time since binding began.</param>
    public DriverStep Next(MachineFacts facts, TimeSpan elapsed)
    {
        ArgumentNullException.ThrowIfNull(facts);
        Decision decision = Decide.About(facts);
        if (_failure is not null)
        {
            return decision.Verdict == Verdict.Working ? DriverStep.Done(decision.Reason) : DriverStep.Fail(_failure);
        }

        return decision.Verdict switch
        {
            Verdict.NotOurs or Verdict.Working => DriverStep.Done(decision.Reason),
            Verdict.CannotCome or Verdict.Dead => DriverStep.Fail(decision.Reason),
            Verdict.WaitForSupplicant => DriverStep.Wait(decision.Reason),
            _ => Bind(facts, decision, elapsed),
        };
    }

    /// <summary>Tells the plan what a write came to.</summary>
    /// <param name="returned">What write(2) returned; negative codes of a TEE come through it.</param>
    /// <param name="error">errno, if it is -1.</param>
    /// <param name="logged">The TEE's code that the driver logged meanwhile (<see cref="ProbeMessage"/>), if any.</param>
    public void Wrote(nint returned, int error, uint? logged = null)
    {
        const int lowestErrno = -4095;
        if (returned < lowestErrno)
        {
            _failure = CouldNotStart(unchecked((uint)(int)returned));
            return;
        }

        if (logged == (uint)TeeResult.TargetDead && ++_deaths >= MostDeaths)
        {
            _failure = CouldNotStart((uint)TeeResult.TargetDead);
            return;
        }

        // EBUSY and ENODEV: somebody else was faster; EAGAIN: the kernel has put it off. The next facts tell.
        if (returned < 0 && error is not (Errno.EBUSY or Errno.ENODEV or Errno.EAGAIN) && ++_attempts >= MostAttempts)
        {
            _failure = logged is { } code
                ? CouldNotStart(code)
                : $"The driver could not start the firmware TPM ({Errno.Name(error)}, {_attempts} times); "
                    + "the kernel log has the TEE's code after \"tee_client_open_session failed\".";
        }
    }

    private static string CouldNotStart(uint code) => string.Create(
        CultureInfo.InvariantCulture,
        $"The driver could not start the firmware TPM: {TeeResultText.Name(code) ?? "TEE code"} (0x{code:x8}). "
        + $"{TeeResultText.MeaningHere(code)}");

    private DriverStep Bind(MachineFacts facts, Decision decision, TimeSpan elapsed)
    {
        if (decision.Cause == Cause.HalfBound && decision.Target is { } half)
        {
            return DriverStep.Write(half.DriverDirectory + "/unbind", half.Device, decision.Reason);
        }

        bool isRegistered = facts.Drivers.Contains("tee/" + TpmDrivers.TeeBusDriver)
            || facts.Drivers.Contains("platform/" + TpmDrivers.PlatformDriver);
        if (!isRegistered && !_hasLoaded)
        {
            _hasLoaded = true;
            return DriverStep.Load(TpmDrivers.FirmwareTpmModule, decision.Reason);
        }

        if (decision.Target is null || !isRegistered)
        {
            return elapsed < AnnouncementLimit
                ? DriverStep.Wait(decision.Reason)
                : DriverStep.Fail(isRegistered
                    ? "A supplicant serves, and OP-TEE announces no TPM: its TA is not in the firmware."
                    : "The driver tpm_ftpm_tee was not registered in time.");
        }

        return DriverStep.Write(decision.Target.DriverDirectory + "/bind", decision.Target.Device, decision.Reason);
    }
}
