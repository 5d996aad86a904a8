// SPDX-License-Identifier: MIT

namespace TpmReady.Cli.Commands;

/// <summary>
/// Exit codes of the commands about logs, and of doctor; docs/explain.md and docs/commands.md tell them to users.
/// </summary>
internal static class ExitCodes
{
    /// <summary>Done. For check: every condition holds.</summary>
    public const int Success = 0;

    /// <summary>
    /// For check: a condition does not hold. For decode: the code is not known. For doctor: there is a problem.
    /// </summary>
    public const int Failure = 1;

    /// <summary>The command line is wrong.</summary>
    public const int Usage = 2;

    /// <summary>A log could not be read.</summary>
    public const int Unreadable = 3;
}
