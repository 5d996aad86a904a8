// SPDX-License-Identifier: MIT

namespace TpmReady.Boot.CommandLine;

/// <summary>One option of a command line.</summary>
/// <param name="ShortName">Its letter, or NUL if it has none.</param>
/// <param name="LongName">Its name, without the dashes.</param>
/// <param name="Argument">What its argument is called in the help; null if it takes none.</param>
/// <param name="Help">What it does, in a few words; null keeps it out of the help.</param>
internal sealed record OptionDefinition(char ShortName, string LongName, string? Argument, string? Help)
{
    /// <summary>
    /// Whether the argument may be left out, and then is empty. Such an argument can only follow the long name and an
    /// equals sign: <c>optional_argument</c> of getopt_long.
    /// </summary>
    public bool IsArgumentOptional { get; init; }
}
