// SPDX-License-Identifier: MIT

using System;

namespace TpmReady.Readiness.Facts;

/// <summary>Facts that cost more than microseconds, so that only those who need them ask.</summary>
[Flags]
public enum FactScope
{
    /// <summary>What a generator reads.</summary>
    Generator = 0,

    /// <summary>Which processes have a TEE's or a TPM's device open.</summary>
    Holders = 1,

    /// <summary>TPMs anywhere in the device tree, also where no firmware claims one: some milliseconds.</summary>
    WholeDeviceTree = 2,
}
