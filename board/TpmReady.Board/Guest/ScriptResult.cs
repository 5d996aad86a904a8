// SPDX-License-Identifier: MIT

namespace TpmReady.Board.Guest;

/// <summary>How a script in the guest ended.</summary>
/// <param name="ExitCode">Its exit code, or 128 plus the number of the signal that ended it.</param>
/// <param name="Output">Standard output and standard error, merged.</param>
public sealed record ScriptResult(int ExitCode, string Output)
{
    /// <summary>Whether it ended with 0.</summary>
    public bool Succeeded => ExitCode == 0;
}
