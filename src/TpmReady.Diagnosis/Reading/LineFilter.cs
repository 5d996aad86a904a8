// SPDX-License-Identifier: MIT

using System;
using System.Buffers;

namespace TpmReady.Diagnosis.Reading;

/// <summary>
/// Finds the few lines of a log that can matter, at the speed of memory. A word here costs nothing until it occurs; a
/// missing word makes the analyser blind, so the list is generous.
/// </summary>
internal static class LineFilter
{
    private static readonly SearchValues<string> Words = SearchValues.Create(
        [
            // The TPM, the TEE and those who use them.
            "tpm", "optee", "op-tee", "teepriv", "/dev/tee", "tee_", "[tee", "tee ", "tee-", "supplicant", "rpmb",
            "/TC:", "/TA:", "/LD:", "TSUP:", "TEES:", "tss2", "esys", "cryptsetup", "clevis", "luks", "MSFT0101",
            "trusted platform", "SRK Setup", "unseal", "ima: ", "swtpm", "PCR", "TA panic", "arm_ffa", "huk",
            // The course of a boot.
            "Linux version", "Booting Linux", "-- Boot ", "U-Boot", "NOTICE:  BL", "EFI stub", "efi: ",
            "running in system mode", "Running in initrd", "Booting initrd", "Welcome to", "Switching root",
            "switch-root", "Switch Root", "Startup finished", "sysinit.target", "System Initialization",
            "Dependency failed", "ordering cycle", "dependency on", "dependency cycle", "init-premount", "shutdown.target", "System Shutdown",
            "systemd-shutdown", "reboot", "power-off", "poweroff.target", "Power down", "multi-user", "Multi-User",
            "graphical", "Graphical Interface", "is taking a long time", "217/USER", "suppressed",
            "buffer overrun", "break ordering", "Kernel command line",
            // Formats that need more than the line itself.
            "```", "__CURSOR=", "__REALTIME_TIMESTAMP=", "[s=", "lvl",
        ],
        StringComparison.OrdinalIgnoreCase);

    /// <summary>Where the first word stands, or -1.</summary>
    /// <param name="text">Any number of lines.</param>
    public static int IndexOf(ReadOnlySpan<char> text) => text.IndexOfAny(Words);
}
