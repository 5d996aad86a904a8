// SPDX-License-Identifier: MIT

using System.Threading.Tasks;

namespace TpmReady.Board.Tests.Scenarios;

/// <summary>
/// systemd's log of its own measurements, beside what the TPM says: a TPM that was lost in between and came back empty
/// cannot have the PCR that the log leads to.
/// </summary>
internal static class MeasurementLog
{
    // A record of the log is JSON behind a byte 0x1e (RFC 7464); the PCR begins with zeros, and each extension hashes
    // it with the digest behind it (TPM 2.0 library, part 3, TPM2_PCR_Extend).
    private const string Replay =
        """
        log=/run/log/systemd/tpm2-measure.log
        [ -s "$log" ] || { echo 'no measurement is logged'; exit 1; }
        pcr=$(printf '0%.0s' $(seq 64))
        for digest in $(tr -d '\036' <"$log" | grep '"pcr":11,' \
            | sed -n 's/.*"hashAlg":"sha256","digest":"\([0-9a-f]*\)".*/\1/p'); do
          bytes=$(printf '%s' "$pcr$digest" | sed 's/../\\x&/g')
          pcr=$(printf "$bytes" | sha256sum | cut -c1-64)
        done
        tpm=$(tpm2_pcrread sha256:11 | sed -n 's/.*11 *: 0x//p' | tr A-F a-f)
        echo "logged $pcr, read $tpm"
        [ "$pcr" = "$tpm" ]
        """;

    /// <summary>Whether PCR 11 is what the log leads to.</summary>
    public static async Task<bool> IsPcrAsLoggedAsync(EmulatedBoard board) =>
        (await board.TryRunAsync(Replay)).Succeeded;
}
