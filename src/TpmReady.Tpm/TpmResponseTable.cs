// SPDX-License-Identifier: MIT

namespace TpmReady.Tpm;

/// <summary>
/// Names of TPM 2.0 response codes without modifiers. Values: TCG TPM 2.0 Library, part 2 "Structures", table "TPM_RC".
/// </summary>
internal static class TpmResponseTable
{
    /// <summary>An error of format 0: 0x100 plus the number.</summary>
    internal static (string Name, string Text)? Error0(uint number) => number switch
    {
        0x00 => ("TPM_RC_INITIALIZE", "the TPM was not started with TPM2_Startup, or was started twice"),
        0x01 => ("TPM_RC_FAILURE", "the TPM is in failure mode: its self test failed"),
        0x03 => ("TPM_RC_SEQUENCE", "improper use of a sequence handle"),
        0x0B => ("TPM_RC_PRIVATE", "not currently used"),
        0x19 => ("TPM_RC_HMAC", "not currently used"),
        0x20 => ("TPM_RC_DISABLED", "the command is disabled"),
        0x21 => ("TPM_RC_EXCLUSIVE", "an audit session was required to be exclusive"),
        0x24 => ("TPM_RC_AUTH_TYPE", "the authorization handle is not correct for the command"),
        0x25 => ("TPM_RC_AUTH_MISSING", "a needed authorization session is missing"),
        0x26 => ("TPM_RC_POLICY", "a policy failure in arithmetic or an invalid authPolicy value"),
        0x27 => ("TPM_RC_PCR", "a PCR check failed"),
        0x28 => ("TPM_RC_PCR_CHANGED", "PCRs changed while a policy session was in use; the caller has to try again"),
        0x2D => ("TPM_RC_UPGRADE", "the TPM is in field upgrade mode"),
        0x2E => ("TPM_RC_TOO_MANY_CONTEXTS", "the context ID counter is at its maximum"),
        0x2F => ("TPM_RC_AUTH_UNAVAILABLE", "authValue or authPolicy is not available for the entity"),
        0x30 => ("TPM_RC_REBOOT", "a TPM reset and Startup are required"),
        0x31 => ("TPM_RC_UNBALANCED", "hash and key sizes do not fit together"),
        0x42 => ("TPM_RC_COMMAND_SIZE", "commandSize differs from the bytes sent"),
        0x43 => ("TPM_RC_COMMAND_CODE", "this TPM does not implement the command"),
        0x44 => ("TPM_RC_AUTHSIZE", "the authorization area has a wrong size"),
        0x45 => ("TPM_RC_AUTH_CONTEXT", "the command must not have a session"),
        0x46 => ("TPM_RC_NV_RANGE", "the NV offset and size are out of range"),
        0x47 => ("TPM_RC_NV_SIZE", "the requested NV allocation is too large"),
        0x48 => ("TPM_RC_NV_LOCKED", "the NV index is locked"),
        0x49 => ("TPM_RC_NV_AUTHORIZATION", "the NV access is not authorized"),
        0x4A => ("TPM_RC_NV_UNINITIALIZED", "the NV index was not written yet"),
        0x4B => ("TPM_RC_NV_SPACE", "no NV space is left"),
        0x4C => ("TPM_RC_NV_DEFINED", "the NV index or persistent object exists already; usually harmless"),
        0x50 => ("TPM_RC_BAD_CONTEXT", "the context is not valid"),
        0x51 => ("TPM_RC_CPHASH", "cpHash is set already, or not correct"),
        0x52 => ("TPM_RC_PARENT", "the handle is not a valid parent"),
        0x53 => ("TPM_RC_NEEDS_TEST", "some function needs a self test"),
        0x54 => ("TPM_RC_NO_RESULT", "an internal function cannot produce a result"),
        0x55 => ("TPM_RC_SENSITIVE", "the sensitive area did not unmarshal"),
        _ => null,
    };

    /// <summary>A warning of format 0: 0x900 plus the number.</summary>
    internal static (string Name, string Text)? Warning(uint number) => number switch
    {
        0x01 => ("TPM_RC_CONTEXT_GAP", "the gap for context IDs is too large"),
        0x02 => ("TPM_RC_OBJECT_MEMORY", "out of memory for objects; flush some"),
        0x03 => ("TPM_RC_SESSION_MEMORY", "out of memory for sessions; flush some"),
        0x04 => ("TPM_RC_MEMORY", "out of shared memory"),
        0x05 => ("TPM_RC_SESSION_HANDLES", "no session handles are left"),
        0x06 => ("TPM_RC_OBJECT_HANDLES", "no object handles are left"),
        0x07 => ("TPM_RC_LOCALITY", "wrong locality"),
        0x08 => ("TPM_RC_YIELDED", "the TPM suspended the command; send it again"),
        0x09 => ("TPM_RC_CANCELED", "the command was cancelled"),
        0x0A => ("TPM_RC_TESTING", "self tests are running; send the command again"),
        0x10 => ("TPM_RC_REFERENCE_H0", "the first handle is not loaded"),
        0x11 => ("TPM_RC_REFERENCE_H1", "the second handle is not loaded"),
        0x12 => ("TPM_RC_REFERENCE_H2", "the third handle is not loaded"),
        0x13 => ("TPM_RC_REFERENCE_H3", "the fourth handle is not loaded"),
        0x18 => ("TPM_RC_REFERENCE_S0", "the first session is not loaded"),
        0x19 => ("TPM_RC_REFERENCE_S1", "the second session is not loaded"),
        0x1A => ("TPM_RC_REFERENCE_S2", "the third session is not loaded"),
        0x20 => ("TPM_RC_NV_RATE", "the TPM limits its NV wear; wait and retry"),
        0x21 =>
            ("TPM_RC_LOCKOUT", "dictionary attack lockout: too many failed or unclean attempts; wait, or clear the lockout"),
        0x22 => ("TPM_RC_RETRY", "the TPM was not ready; send the command again"),
        0x23 => ("TPM_RC_NV_UNAVAILABLE", "NV cannot be reached now"),
        0x7F => ("TPM_RC_NOT_USED", "this value is reserved"),
        _ => null,
    };

    /// <summary>An error of format 1: bit 7 is set; which handle, session or parameter it is about stands in other bits.</summary>
    internal static (string Name, string Text)? Error1(uint number) => number switch
    {
        0x01 => ("TPM_RC_ASYMMETRIC", "the asymmetric algorithm is not supported"),
        0x02 => ("TPM_RC_ATTRIBUTES", "inconsistent attributes"),
        0x03 => ("TPM_RC_HASH", "the hash algorithm is not supported"),
        0x04 => ("TPM_RC_VALUE", "a value is out of range or wrong in this context"),
        0x05 => ("TPM_RC_HIERARCHY", "the hierarchy is not enabled or not correct"),
        0x07 => ("TPM_RC_KEY_SIZE", "the key size is not supported"),
        0x08 => ("TPM_RC_MGF", "the mask generation function is not supported"),
        0x09 => ("TPM_RC_MODE", "the mode of operation is not supported"),
        0x0A => ("TPM_RC_TYPE", "the type of the value is not appropriate"),
        0x0B => ("TPM_RC_HANDLE", "the handle is not correct"),
        0x0C => ("TPM_RC_KDF", "unsupported key derivation function"),
        0x0D => ("TPM_RC_RANGE", "a value was out of the allowed range"),
        0x0E => ("TPM_RC_AUTH_FAIL", "the authorization failed, and the lockout counter was raised"),
        0x0F => ("TPM_RC_NONCE", "invalid nonce size or value"),
        0x10 => ("TPM_RC_PP", "physical presence is required"),
        0x12 => ("TPM_RC_SCHEME", "unsupported or incompatible scheme"),
        0x15 => ("TPM_RC_SIZE", "a structure has a wrong size"),
        0x16 => ("TPM_RC_SYMMETRIC", "unsupported symmetric algorithm or key size"),
        0x17 => ("TPM_RC_TAG", "incorrect structure tag"),
        0x18 => ("TPM_RC_SELECTOR", "the union selector is incorrect"),
        0x1A => ("TPM_RC_INSUFFICIENT", "too few bytes in the buffer"),
        0x1B => ("TPM_RC_SIGNATURE", "the signature is not valid"),
        0x1C => ("TPM_RC_KEY", "the key fields do not fit the purpose"),
        0x1D => ("TPM_RC_POLICY_FAIL", "the policy check failed: PCRs differ from those that were sealed to"),
        0x1F =>
            ("TPM_RC_INTEGRITY", "the integrity check failed: the object belongs to another TPM, or the TPM was cleared"),
        0x20 => ("TPM_RC_TICKET", "invalid ticket"),
        0x21 => ("TPM_RC_RESERVED_BITS", "reserved bits are not zero"),
        0x22 => ("TPM_RC_BAD_AUTH", "the authorization failed; the lockout counter was not raised"),
        0x23 => ("TPM_RC_EXPIRED", "the policy has expired"),
        0x24 => ("TPM_RC_POLICY_CC", "the policy names another command"),
        0x25 => ("TPM_RC_BINDING", "public and sensitive parts do not belong together"),
        0x26 => ("TPM_RC_CURVE", "the curve is not supported"),
        0x27 => ("TPM_RC_ECC_POINT", "the point is not on the curve"),
        _ => null,
    };
}
