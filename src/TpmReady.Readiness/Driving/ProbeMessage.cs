// SPDX-License-Identifier: MIT

using System;
using System.Globalization;

namespace TpmReady.Readiness.Driving;

/// <summary>
/// What the firmware TPM's driver logs when the TA could not be started. Its probe returns EINVAL for every reason, so
/// only this line has the TEE's code (ftpm_tee_probe_generic, drivers/char/tpm/tpm_ftpm_tee.c).
/// </summary>
public static class ProbeMessage
{
    private const string Beginning = "tee_client_open_session failed, err=";
    private const int MostDigits = 8;

    /// <summary>The TEE's code in a line of the kernel's log; null if the line has none.</summary>
    public static uint? CodeIn(ReadOnlySpan<char> line)
    {
        int start = line.IndexOf(Beginning, StringComparison.Ordinal);
        if (start < 0)
        {
            return null;
        }

        ReadOnlySpan<char> digits = line[(start + Beginning.Length)..];
        int end = 0;
        while (end < digits.Length && char.IsAsciiHexDigitLower(digits[end]))
        {
            end++;
        }

        digits = digits[..end];
        return digits.Length <= MostDigits
            && uint.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out uint code)
            ? code
            : null;
    }
}
