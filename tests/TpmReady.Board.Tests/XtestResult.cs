// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.RegularExpressions;

namespace TpmReady.Board.Tests;

/// <summary>The verdicts of one run of OP-TEE's own test suite.</summary>
internal sealed partial class XtestResult
{
    private readonly SortedDictionary<string, bool> _cases = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _errors = new(StringComparer.Ordinal);

    private XtestResult()
    {
    }

    /// <summary>The cases that passed.</summary>
    public IReadOnlyList<string> Passed => [.. _cases.Where(pair => pair.Value).Select(pair => pair.Key)];

    /// <summary>The cases that failed.</summary>
    public IReadOnlyList<string> Failed => [.. _cases.Where(pair => !pair.Value).Select(pair => pair.Key)];

    /// <summary>Whether xtest came to its end; one that did not has no verdict on some cases.</summary>
    public bool Ended { get; private init; }

    /// <summary>How many seconds it took, with two decimals, as bash's time told it; empty where it did not.</summary>
    public string Seconds { get; private init; } = "";

    /// <summary>Reads the verdicts at the end of what xtest printed: "regression_1001 OK".</summary>
    public static XtestResult Parse(string output)
    {
        XtestResult result = new()
        {
            Ended = output.Contains("TEE test application done!", StringComparison.Ordinal),
            Seconds = Duration().Match(output).Groups["seconds"].Value,
        };
        foreach (Match match in Verdict().Matches(output))
        {
            result._cases[match.Groups["case"].Value] = match.Groups["verdict"].Value is "OK";
            if (match.Groups["error"].Success)
            {
                result._errors[match.Groups["case"].Value] = match.Groups["error"].Value;
            }
        }

        return result;
    }

    /// <summary>The source line of xtest at which a case failed first; empty where it was not told.</summary>
    public string FirstError(string name) => _errors.GetValueOrDefault(name, "");

    [GeneratedRegex(
        @"^\s*(?<case>(regression|pkcs11|benchmark|gp|ffa_spmc)_\S+) (?<verdict>OK|FAILED)\b"
        + @"( first error at (?<error>\S+))?",
        RegexOptions.Multiline | RegexOptions.ExplicitCapture,
        5000)]
    private static partial Regex Verdict();

    [GeneratedRegex(@"^real (?<seconds>[0-9.]+)", RegexOptions.Multiline | RegexOptions.ExplicitCapture, 5000)]
    private static partial Regex Duration();
}
