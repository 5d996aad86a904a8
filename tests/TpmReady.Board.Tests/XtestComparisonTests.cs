// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading.Tasks;

namespace TpmReady.Board.Tests;

/// <summary>
/// OP-TEE's own test suite, with our supplicant and with the C one: level 0 on files. <c>bench/xtest</c> runs the other
/// set-ups (<see cref="XtestSetup.FromEnvironment"/>), and writes docs/measured/xtest.md from the lines with bars.
/// </summary>
public sealed class XtestComparisonTests : BoardTest
{
    [Test]
    public async Task Every_case_that_passes_with_the_C_supplicant_passes_with_ours()
    {
        XtestSetup setup = XtestSetup.FromEnvironment();
        XtestRuns runs = new(await ArtifactsAsync(), StartAsync);
        Task<XtestResult> theirs = runs.OutputAsync(setup.WithC, SupplicantKind.C);
        if (XtestSetup.OneBoardAtATime)
        {
            await theirs;
        }

        Task<XtestResult> ours = runs.OutputAsync(setup, SupplicantKind.Ours);
        await Task.WhenAll(theirs, ours);
        XtestResult c = await theirs;
        XtestResult o = await ours;
        Tell(setup.Name, "c", c);
        Tell(setup.Name, "ours", o);
        string[] lost = [.. c.Passed.Except(o.Passed, StringComparer.Ordinal)];
        Say($"xtest|{setup.Name}|lost|{string.Join(' ', lost)}");

        await Assert.That(c.Passed.Count).IsGreaterThan(100);
        await Assert.That(lost).IsEmpty();
    }

    private static void Tell(string setup, string daemon, XtestResult result)
    {
        Say($"xtest|{setup}|{daemon}|seconds|{result.Seconds}");
        foreach (string suite in (string[])["regression", "pkcs11"])
        {
            Say($"xtest|{setup}|{daemon}|{suite}|{Count(result.Passed, suite)}|{Count(result.Failed, suite)}");
        }

        foreach (string name in result.Failed)
        {
            Say($"xtest|{setup}|{daemon}|failed|{name}|{result.FirstError(name)}");
        }
    }

    private static string Count(IReadOnlyList<string> names, string suite)
    {
        string[] own = [.. names.Where(name => name.StartsWith(suite + "_", StringComparison.Ordinal))];
        int cases = own.Count(name => !name.Contains('.', StringComparison.Ordinal));
        return FormattableString.Invariant($"{cases}|{own.Length - cases}");
    }
}
