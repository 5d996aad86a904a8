// SPDX-License-Identifier: MIT

namespace TpmReady.Board.Tests.Scenarios;

/// <summary>How a user of the TPM ended.</summary>
public enum ConsumerOutcome
{
    /// <summary>systemd says that it finished.</summary>
    Succeeded,

    /// <summary>systemd says that it failed.</summary>
    Failed,

    /// <summary>One of its conditions was not met.</summary>
    Skipped,

    /// <summary>It is not in the log, or has not ended.</summary>
    NotRun,
}
