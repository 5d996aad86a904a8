// SPDX-License-Identifier: MIT

namespace TpmReady.Readiness.Waiting;

/// <summary>What is waited for.</summary>
internal enum WaitGoal
{
    /// <summary>That nothing of ours is left to do before the TPM's users: the gate of <c>tpm2.target</c>.</summary>
    Order,

    /// <summary>A TPM that can be used.</summary>
    Use,
}
