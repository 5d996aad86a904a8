// SPDX-License-Identifier: MIT

namespace TpmReady.Readiness.Decisions;

/// <summary>What is to be done about this machine's TPM.</summary>
public enum Verdict
{
    /// <summary>Nothing: the TPM needs no daemon, or there is none and nobody waits.</summary>
    NotOurs,

    /// <summary>The TPM needs a supplicant, and none is known to serve.</summary>
    WaitForSupplicant,

    /// <summary>A supplicant serves, and the driver is not yet, or not properly, bound.</summary>
    BindDriver,

    /// <summary>Supplicant and driver are there; whether the TPM was asked stands in the decision.</summary>
    Working,

    /// <summary>No TPM that systemd could use will come in this root; waiting for it is in vain.</summary>
    CannotCome,

    /// <summary>The TPM is there and does not work; only what the reason says helps.</summary>
    Dead,
}
