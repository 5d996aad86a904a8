// SPDX-License-Identifier: MIT

namespace TpmReady.Board.Tests.Scenarios;

/// <summary>Who takes care of the TPM: the columns of the matrix.</summary>
public enum ScenarioColumn
{
    /// <summary>Debian's own unit for the C daemon, and systemd as it is.</summary>
    Stock,

    /// <summary>
    /// The unit and udev rule that optee_client ships, and <c>systemd.tpm2_wait=1</c>, as systemd's manual advises
    /// (systemd-tpm2-generator(8)).
    /// </summary>
    Shipped,

    /// <summary>The packaged units of this project.</summary>
    Ours,
}
