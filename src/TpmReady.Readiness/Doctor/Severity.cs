// SPDX-License-Identifier: MIT

namespace TpmReady.Readiness.Doctor;

/// <summary>How bad a problem is.</summary>
public enum Severity
{
    /// <summary>Worth knowing; nothing fails by it.</summary>
    Note,

    /// <summary>Something works less well than it could, or works by luck.</summary>
    Warning,

    /// <summary>The TPM does not become ready, or loses what it stores.</summary>
    Error,
}
