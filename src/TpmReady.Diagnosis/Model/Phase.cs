// SPDX-License-Identifier: MIT

namespace TpmReady.Diagnosis.Model;

/// <summary>The part of a machine's life that a line belongs to.</summary>
public enum Phase
{
    /// <summary>The log does not say.</summary>
    Unknown,

    /// <summary>Before the kernel: boot ROM, TF-A, U-Boot, UEFI, boot loader.</summary>
    Firmware,

    /// <summary>The kernel before the first process.</summary>
    Kernel,

    /// <summary>The initial RAM disk.</summary>
    Initrd,

    /// <summary>From the stop of the initrd's services to the start of the host's.</summary>
    SwitchRoot,

    /// <summary>The host's boot.</summary>
    Host,

    /// <summary>After the boot has finished.</summary>
    Runtime,

    /// <summary>On the way down.</summary>
    Shutdown,
}
