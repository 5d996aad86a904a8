// SPDX-License-Identifier: MIT

using System;
using System.Globalization;

namespace TpmReady.Tpm;

/// <summary>A TPM 2.0 response code, taken apart as in TCG TPM 2.0 Library part 1, section 39 "Response codes".</summary>
/// <param name="Code">The code as it was written, 32 bits; bits 16 and up name a layer of the TSS.</param>
/// <param name="Name">The name, as <c>TPM_RC_POLICY_FAIL</c>.</param>
/// <param name="Meaning">What it says, one phrase.</param>
/// <param name="About">What it is about: "parameter 1", "session 2", "handle 1", or empty.</param>
/// <param name="Layer">Which part of the software answered: "TPM", "ESYS", "TCTI"…</param>
public sealed record TpmResponse(uint Code, string Name, string Meaning, string About, string Layer)
{
    private const uint FormatOne = 0x080;
    private const uint VersionTwo = 0x100;
    private const uint Severity = 0x800;

    /// <summary>Reads a response code; null when the number is no TPM 2.0 response code that the tables know.</summary>
    /// <param name="code">The code, 32 bits.</param>
    public static TpmResponse? Decode(uint code)
    {
        uint layer = (code >> 16) & 0xFF;
        uint low = code & 0xFFFF;
        if (code >> 24 != 0)
        {
            return null;
        }

        if (layer is not (0 or 0x0B or 0x0C))
        {
            return Tss(code, layer, low);
        }

        string layerName = layer == 0 ? "TPM" : "resource manager";
        return low switch
        {
            0 when layer == 0 => new TpmResponse(code, "TPM_RC_SUCCESS", "the command succeeded", "", layerName),
            0x1E => new TpmResponse(code, "TPM_RC_BAD_TAG", "a TPM 1.2 command, or a TPM 1.2 answering", "", layerName),
            _ when low > 0xFFF => null,
            _ when (low & FormatOne) != 0 => FormatOneCode(code, low, layerName),
            _ when (low & VersionTwo) != 0 => FormatZeroCode(code, low, layerName),
            _ => null,
        };
    }

    /// <summary>The code of a name such as <c>TPM_RC_LOCKOUT</c> or <c>TPM2_RC_LOCKOUT</c>, or null.</summary>
    /// <param name="name">A name in any case.</param>
    public static uint? FromName(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        string wanted = name.Replace("TPM2_RC_", "TPM_RC_", StringComparison.OrdinalIgnoreCase);
        for (uint code = 0; code < 0x1000; code++)
        {
            TpmResponse? response = Decode(code);
            if (response is { About: "" or "handle" } &&
                string.Equals(response.Name, wanted, StringComparison.OrdinalIgnoreCase))
            {
                return code;
            }
        }

        return null;
    }

    private static TpmResponse? FormatZeroCode(uint code, uint low, string layer)
    {
        uint number = low & 0x7F;
        (string Name, string Text)? found =
            (low & Severity) != 0 ? TpmResponseTable.Warning(number) : TpmResponseTable.Error0(number);
        return found is { } entry ? new TpmResponse(code, entry.Name, entry.Text, "", layer) : null;
    }

    private static TpmResponse? FormatOneCode(uint code, uint low, string layer)
    {
        if (TpmResponseTable.Error1(low & 0x3F) is not { } entry)
        {
            return null;
        }

        uint number = (low >> 8) & 0xF;
        string about = (low & 0x40) != 0 ? "parameter" : (number & 0x8) != 0 ? "session" : "handle";
        uint position = about is "parameter" ? number : number & 0x7;
        return new TpmResponse(
            code, entry.Name, entry.Text,
            position == 0 ? about : string.Create(CultureInfo.InvariantCulture, $"{about} {position}"), layer);
    }

    // TCG TSS 2.0 Overview and Common Structures, section "TSS2 response codes": layers and base codes.
    private static TpmResponse? Tss(uint code, uint layer, uint low)
    {
        string? name = layer switch
        {
            6 => "FAPI",
            7 => "ESYS",
            8 => "SYS",
            9 => "MU",
            10 => "TCTI",
            11 => "resource manager",
            12 => "resource manager",
            13 => "driver",
            _ => null,
        };
        (string Name, string Text)? entry = low switch
        {
            1 => ("GENERAL_FAILURE", "unspecified failure"),
            2 => ("NOT_IMPLEMENTED", "this function is not implemented"),
            3 => ("BAD_CONTEXT", "the context structure is bad"),
            5 => ("BAD_REFERENCE", "a pointer is null"),
            7 => ("BAD_SEQUENCE", "the call came out of order"),
            8 => ("NO_CONNECTION", "the connection to the TPM could not be made"),
            9 => ("TRY_AGAIN", "try again"),
            10 => ("IO_ERROR", "reading or writing the TPM device failed"),
            11 => ("BAD_VALUE", "a parameter is wrong"),
            12 => ("NOT_PERMITTED", "the operation is not permitted"),
            18 => ("INSUFFICIENT_RESPONSE", "the TPM answered with too few bytes"),
            19 => ("MALFORMED_RESPONSE", "the TPM's answer makes no sense"),
            _ => null,
        };
        return name is null || entry is not { } known
            ? null
            : new TpmResponse(code, $"TSS2_RC_{known.Name}", known.Text, "", name);
    }
}
