// SPDX-License-Identifier: MIT

using System.Collections.Generic;
using TpmReady.Readiness.Decisions;

namespace TpmReady.Readiness.Doctor.Rules;

/// <summary>At the level debug each request of the secure world is a line in the log.</summary>
internal sealed class LogLevelRule : IRule
{
    /// <inheritdoc/>
    public IEnumerable<Problem> Check(Installation installation)
    {
        if (installation.Settings.Find("log-level") is "debug")
        {
            yield return new Problem(
                "log-level",
                Severity.Note,
                "The supplicant writes a line for each request (--log-level=debug), which slows the TPM down.",
                "Remove --log-level=debug from /etc/default/tee-supplicant when you have seen enough.",
                [new Evidence("etc/default/tee-supplicant", "log-level=debug")]);
        }
    }
}
