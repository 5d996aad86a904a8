// SPDX-License-Identifier: MIT

namespace TpmReady.Readiness.Probing;

/// <summary>How a TPM took the one question that it is asked.</summary>
public enum ProbeResult
{
    /// <summary>It answered.</summary>
    Answered,

    /// <summary>It has not answered yet; the command is still on its way, and must not be disturbed.</summary>
    Pending,

    /// <summary>The TEE's driver returned a TEE result code.</summary>
    TeeError,

    /// <summary>The TPM answered with a response code.</summary>
    ResponseCode,

    /// <summary>The kernel returned an error number.</summary>
    SystemError,

    /// <summary>The answer is none.</summary>
    Malformed,
}
