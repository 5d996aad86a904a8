// SPDX-License-Identifier: MIT

using System.Collections.Generic;

namespace TpmReady.Board.Tests.Scenarios;

/// <summary>A unit of systemd that uses the TPM, in one phase of the boot.</summary>
/// <param name="Unit">Without ".service".</param>
/// <param name="IsInInitrd">Whether it runs before switch-root.</param>
public sealed record ConsumerName(string Unit, bool IsInInitrd)
{
    /// <summary>Before switch-root.</summary>
    public static IReadOnlyList<ConsumerName> OfInitrd { get; } =
    [
        new("systemd-pcrphase-initrd", true),
        new("systemd-tpm2-setup-early", true),
    ];

    /// <summary>
    /// After it. systemd-tpm2-setup-early runs here only where the initrd has not left its key in /run; then
    /// systemd-tpm2-setup does its work, and more.
    /// </summary>
    public static IReadOnlyList<ConsumerName> OfHost { get; } =
    [
        new("systemd-pcrmachine", false),
        new("systemd-tpm2-setup", false),
        new("systemd-pcrfs-root", false),
        new("systemd-pcrphase-sysinit", false),
        new("systemd-pcrphase", false),
    ];
}
