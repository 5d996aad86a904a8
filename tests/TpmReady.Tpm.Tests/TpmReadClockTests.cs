// SPDX-License-Identifier: MIT

using System;
using System.Threading.Tasks;
using CsCheck;

namespace TpmReady.Tpm.Tests;

/// <summary>TPM2_ReadClock on the wire (TCG TPM 2.0 Library part 3, section 29.1).</summary>
public sealed class TpmReadClockTests
{
    [Test]
    public async Task The_command_is_the_one_of_the_specification() =>
        await Assert.That(Convert.ToHexString(TpmReadClock.Command)).IsEqualTo("80010000000A00000181");

    [Test]
    public async Task An_answer_is_read()
    {
        byte[] answer = Convert.FromHexString(
            "80010000002300000000" + "0000000000001388" + "00000000000F4240" + "00000007" + "00000002" + "00");
        await Assert.That(TpmReadClock.TryParse(answer, out TpmClock clock, out uint code)).IsTrue();
        await Assert.That(code).IsEqualTo(0u);
        await Assert.That(clock).IsEqualTo(new TpmClock(5000, 1_000_000, 7, 2, IsSafe: false));
    }

    [Test]
    [Arguments("80010000000A00000101", 0x101u)]
    [Arguments("80010000000A00000100", 0x100u)]
    [Arguments("00C40000000A0000001E", 0x1Eu)]
    public async Task A_refusal_is_read(string answer, uint expected)
    {
        await Assert.That(TpmReadClock.TryParse(Convert.FromHexString(answer), out _, out uint code)).IsTrue();
        await Assert.That(code).IsEqualTo(expected);
    }

    [Test]
    [Arguments("")]
    [Arguments("8001")]
    [Arguments("80010000000A00000000")]
    [Arguments("80020000000A00000101")]
    [Arguments("80010000000B00000101")]
    [Arguments("800100000023000000000000000000001388000000000000000000000000000000000200")]
    public async Task What_is_no_answer_is_refused(string answer) =>
        await Assert.That(TpmReadClock.TryParse(Convert.FromHexString(answer), out _, out _)).IsFalse();

    [Test]
    public void Any_bytes_are_survived_and_only_two_lengths_are_answers() =>
        Gen.Byte.Array[0, 64].Sample(static bytes =>
            !TpmReadClock.TryParse(bytes, out _, out _)
            || bytes.Length is TpmReadClock.AnswerLength or TpmReadClock.HeaderLength);
}
