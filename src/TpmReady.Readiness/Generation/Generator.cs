// SPDX-License-Identifier: MIT

using System;
using TpmReady.Readiness.Decisions;
using TpmReady.Readiness.Facts;

namespace TpmReady.Readiness.Generation;

/// <summary>
/// From a root to what is to be written: reads, decides, plans. Writes nothing and waits for nothing.
/// </summary>
public static class Generator
{
    /// <summary>Runs it.</summary>
    /// <param name="tree">The root.</param>
    /// <param name="getVariable">The environment.</param>
    public static GeneratorOutput Run(FactTree tree, Func<string, string?> getVariable)
    {
        ArgumentNullException.ThrowIfNull(tree);
        ArgumentNullException.ThrowIfNull(getVariable);

        // A service manager of a user runs generators, too.
        if (getVariable("SYSTEMD_SCOPE") is "user")
        {
            return GeneratorOutput.Nothing;
        }

        MachineFacts facts = FactReader.Read(tree, MachineContext.Read(tree, getVariable), FactScope.Generator);
        WaitSettings settings = WaitSettings.From(facts.CommandLine);
        Decision decision = Decide.About(facts, null, settings);
        if (decision.Verdict == Verdict.NotOurs && settings.Mistake is null)
        {
            return GeneratorOutput.Nothing;
        }

        SupplicantStorage storage = SupplicantStorage.Read(tree);
        return new GeneratorPlan(facts, decision, settings, InstalledUnits.Read(tree))
        {
            Volumes = EncryptedVolumes.Read(tree, facts.CommandLine),
            PossibleVolumes = AutomaticVolumes.Read(tree, facts, storage),
            Storage = storage,
        }.Make();
    }
}
