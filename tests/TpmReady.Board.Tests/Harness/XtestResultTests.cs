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
            TEE test application done!
            real 203.94
            user 1.00
            """);

        await Assert.That(result.Passed).IsEquivalentTo(new[] { "pkcs11_1000", "regression_1001" });
        await Assert.That(result.Failed).IsEquivalentTo(new[] { "regression_1004" });
        await Assert.That(result.FirstError("regression_1004")).IsEqualTo("regression_1000.c:1");
        await Assert.That(result.FirstError("regression_1001")).IsEmpty();
        await Assert.That(result.Ended).IsTrue();
        await Assert.That(result.Seconds).IsEqualTo("203.94");
    }

    [Test]
    public async Task A_run_that_was_cut_off_has_not_ended()
    {
        XtestResult result = XtestResult.Parse("  regression_1001 OK\n* regression_1002 PTA parameters\n");

        await Assert.That(result.Passed).IsEquivalentTo(new[] { "regression_1001" });
        await Assert.That(result.Ended).IsFalse();
        await Assert.That(result.Seconds).IsEmpty();
    }
}
