// SPDX-License-Identifier: MIT

using System;
using System.Linq;
using System.Threading.Tasks;

namespace TpmReady.Tpm.Tests;

/// <summary>Response codes of the TPM and results of the TEE, against the tables of their specifications.</summary>
public sealed class CodeTests
{
    [Test]
    [Arguments(0x000u, "TPM_RC_SUCCESS", "")]
    [Arguments(0x100u, "TPM_RC_INITIALIZE", "")]
    [Arguments(0x101u, "TPM_RC_FAILURE", "")]
    [Arguments(0x128u, "TPM_RC_PCR_CHANGED", "")]
    [Arguments(0x14Cu, "TPM_RC_NV_DEFINED", "")]
    [Arguments(0x921u, "TPM_RC_LOCKOUT", "")]
    [Arguments(0x922u, "TPM_RC_RETRY", "")]
    [Arguments(0x90Au, "TPM_RC_TESTING", "")]
    [Arguments(0x99Du, "TPM_RC_POLICY_FAIL", "session 1")]
    [Arguments(0x1DFu, "TPM_RC_INTEGRITY", "parameter 1")]
    [Arguments(0x1D5u, "TPM_RC_SIZE", "parameter 1")]
    [Arguments(0x18Bu, "TPM_RC_HANDLE", "handle 1")]
    [Arguments(0x98Eu, "TPM_RC_AUTH_FAIL", "session 1")]
    [Arguments(0x000A000Au, "TSS2_RC_IO_ERROR", "")]
    public async Task A_response_code_is_taken_apart(uint code, string name, string about)
    {
        TpmResponse? response = TpmResponse.Decode(code);

        await Assert.That(response!.Name).IsEqualTo(name);
        await Assert.That(response.About).IsEqualTo(about);
    }

    [Test]
    [Arguments(0x17Au)]
    [Arguments(0xFFFF3024u)]
    [Arguments(0x001u)]
    [Arguments(0x12345678u)]
    public async Task What_is_no_response_code_is_not_named(uint code) =>
        await Assert.That(TpmResponse.Decode(code)).IsNull();

    [Test]
    public async Task Names_lead_back_to_their_codes()
    {
        await Assert.That(TpmResponse.FromName("tpm2_rc_lockout")).IsEqualTo(0x921u);
        await Assert.That(TpmResponse.FromName("TPM_RC_POLICY_FAIL")).IsEqualTo(0x09Du);
        await Assert.That(TpmResponse.FromName("TPM_RC_NONSENSE")).IsNull();
        foreach (TeeResult code in Enum.GetValues<TeeResult>())
        {
            string? name = TeeResultText.Name((uint)code);
            await Assert.That(name).IsNotNull();
            await Assert.That(TeeResultText.FromName(name!)).IsEqualTo((uint)code);
            await Assert.That(TeeResultText.MeaningHere((uint)code)).IsNotNull();
        }
    }

    [Test]
    public async Task No_number_throws() =>
        await Assert.That(Enumerable.Range(0, 0x20000).All(code => TpmResponse.Decode((uint)code * 0x8001u) is null or { Name.Length: > 0 }))
            .IsTrue();
}
