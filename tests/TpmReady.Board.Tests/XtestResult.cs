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

    private XtestResult()
    {
    }

    /// <summary>The cases that passed.</summary>
    public IReadOnlyList<string> Passed => [.. _cases.Where(pair => pair.Value).Select(pair => pair.Key)];

    /// <summary>The cases that failed.</summary>
    public IReadOnlyList<string> Failed => [.. _cases.Where(pair => !pair.Value).Select(pair => pair.Key)];

    /// <summary>Reads the verdicts at the end of what xtest printed: "regression_1001 OK".</summary>
    public static XtestResult Parse(string output)
    {
        XtestResult result = new();
        foreach (Match match in Verdict().Matches(output))
        {
            result._cases[match.Groups["case"].Value] = match.Groups["verdict"].Value is "OK";
        }

        return result;
    }

    /// <summary>The count line, as it is printed by the comparison.</summary>
    public override string ToString() => FormattableString.Invariant($"{Passed.Count} passed, {Failed.Count} failed");

    [GeneratedRegex(
        @"^\s*(?<case>(regression|pkcs11|benchmark|gp|ffa_spmc)_\S+) (?<verdict>OK|FAILED)\b",
        RegexOptions.Multiline | RegexOptions.ExplicitCapture,
        5000)]
    private static partial Regex Verdict();
}
