// SPDX-License-Identifier: MIT

using TpmReady.Readiness.Facts;

namespace TpmReady.Readiness.Probing;

/// <summary>
/// What the process does that exists only to ask the TPM, and that nobody ever kills: it proves once more that a
/// supplicant serves, because time has passed since its parent looked, and asks.
/// </summary>
internal static class AskingProcess
{
    /// <summary>Asks, and waits for the answer for as long as it takes.</summary>
    /// <returns>The line that the parent reads (<see cref="ProbeOutcome.TryParse"/>); pending if nothing was asked.
    /// </returns>
    public static string Run()
    {
        using FactTree tree = new("/");
        MachineFacts facts = FactReader.Read(tree, new MachineContext(false, false), FactScope.Holders);
        ProbeOutcome outcome = ServingProof.Establish(facts) is { } proof ? TpmNode.Ask(proof) : ProbeOutcome.Pending;
        return outcome.ToLine();
    }
}
