// SPDX-License-Identifier: MIT

namespace TpmReady.Diagnosis.Findings;

/// <summary>How bad a finding is. Ordered: the worst is the largest.</summary>
public enum Severity
{
    /// <summary>Worth knowing; nothing is broken by it.</summary>
    Note,

    /// <summary>Something works less well, or is lost: a measurement, a reboot that is not clean.</summary>
    Degraded,

    /// <summary>The boot waits in vain.</summary>
    Stall,

    /// <summary>The TPM cannot be used, or the boot does not get through.</summary>
    Fatal,
}
