// SPDX-License-Identifier: MIT

using System.Collections.Generic;
using System.Linq;
using TpmReady.Diagnosis.Findings;
using TpmReady.Diagnosis.Model;

namespace TpmReady.Diagnosis.Rules;

/// <summary>
/// The supplicant could not open its device. The C supplicant says the same sentence for every reason; what else
/// the log shows tells them apart. Reports: https://github.com/OP-TEE/optee_os/issues/5358, /6745, /4090.
/// </summary>
internal sealed class SupplicantOpenFailedRule : IRule
{
    /// <inheritdoc/>
    public string Id => FindingIds.SupplicantOpenFailed;

    /// <inheritdoc/>
    public Finding? Examine(Boot boot)
    {
        IReadOnlyList<Signal> failures = boot.All(SignalKind.SupplicantOpenFailed);
        Signal? failure = failures.FirstOrDefault(signal => signal.Subject.Length > 0) ?? failures.FirstOrDefault();
        if (failure is null)
        {
            return null;
        }

        (string sub, bool sure, Signal? why) = failure.Subject.Length > 0 ? (failure.Subject, true, null) : Guess(boot, failure);
        return Verdict.Of(
            this, Severity.Fatal, sure ? Confidence.Certain : Confidence.Likely, Phase.Host, Cause(sub), Remedy(sub), failure, why)
            with
        { SubCause = sub.Length > 0 ? sub : null };
    }

    private static (string Sub, bool Sure, Signal? Why) Guess(Boot boot, Signal failure)
    {
        Signal? running = Facts.Supplicant(boot, SignalKind.UnitStarted).FirstOrDefault(signal => signal.IsBefore(failure)) ??
            boot.All(SignalKind.TpmMention).FirstOrDefault(signal => Names.Has(signal.Text, "/tee-supplicant -d"));
        Signal? ready = boot.Find(SignalKind.OpteeReady) ?? boot.Find(SignalKind.SupplicantRan);
        return running is not null ? ("busy", false, running)
            : ready is not null ? ("permission", false, ready)
            : boot.Find(SignalKind.OtherTee) is { } other ? ("not-optee", false, other)
            : boot.Has(SignalKind.KernelStarted) ? ("no-driver", false, boot.Find(SignalKind.KernelStarted))
            : ("", false, null);
    }

    private static string Cause(string sub) => sub switch
    {
        "permission" => "The supplicant may not open /dev/teepriv0: it does not run as root nor in the device's group.",
        "busy" => "Another supplicant has /dev/teepriv0 open already; only one can.",
        "no-driver" => "There is no /dev/teepriv0: the kernel's OP-TEE driver is not there or has not started.",
        "not-optee" => "The TEE of this machine is not OP-TEE.",
        _ => "The supplicant could not open /dev/teepriv0; the log does not tell why.",
    };

    private static string Remedy(string sub) => sub switch
    {
        "permission" => "Start it as root, or put its user into the group of /dev/teepriv0 (teepriv).",
        "busy" => "Start one supplicant only: disable the second unit, and let the initrd's end before the host's starts.",
        "no-driver" => "Load the module optee, and check that the device tree has /firmware/optee with status \"okay\".",
        "not-optee" => "Disable the supplicant on this machine.",
        _ => "Look at the permissions of /dev/teepriv0, and whether another supplicant runs.",
    };
}
