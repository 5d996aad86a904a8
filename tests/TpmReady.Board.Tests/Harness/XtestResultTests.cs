// SPDX-License-Identifier: MIT

using System.Threading.Tasks;

namespace TpmReady.Board.Tests.Harness;

/// <summary>Verdicts are taken from the list at the end, not from what a case prints while it runs.</summary>
public sealed class XtestResultTests
{
    [Test]
    public async Task Verdicts_are_read_from_the_list_at_the_end()
    {
        XtestResult result = XtestResult.Parse(
            """
            * regression_1004 Test User Crypt TA
              regression_1004 OK
            +-----------------------------------------------------
            Result of testsuite regression+pkcs11:
            regression_1001 OK
            regression_1004 FAILED first error at regression_1000.c:1
            pkcs11_1000 OK
            3 test cases of which 1 failed
            """);

        await Assert.That(result.Passed).IsEquivalentTo(new[] { "pkcs11_1000", "regression_1001" });
        await Assert.That(result.Failed).IsEquivalentTo(new[] { "regression_1004" });
    }
}
