// SPDX-License-Identifier: MIT

namespace TpmReady.Supplicant.Sandbox;

/// <summary>What happens to a system call that the supplicant has no use for.</summary>
public enum SeccompMode
{
    /// <summary>
    /// It fails with EPERM, and the kernel's audit log tells. A call that a new libc makes for a small advantage then
    /// costs that advantage and not the machine's TPM.
    /// </summary>
    Refuse,

    /// <summary>It ends the process.</summary>
    Kill,

    /// <summary>There is no filter.</summary>
    Off,
}
