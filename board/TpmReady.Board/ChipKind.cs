// SPDX-License-Identifier: MIT

namespace TpmReady.Board;

/// <summary>The TPM of a board without a secure world: a chip with registers (TCG PC Client TIS).</summary>
public enum ChipKind
{
    /// <summary>A TPM 2.0, which the firmware uses and announces by the ACPI table TPM2.</summary>
    Tpm2,

    /// <summary>A TPM 1.2: a node of a device tree, on a board without ACPI.</summary>
    Tpm12,

    /// <summary>None.</summary>
    None,
}
