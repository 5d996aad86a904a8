// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.Linq;
using TpmReady.Diagnosis.Model;
using TpmReady.Diagnosis.Rules;

namespace TpmReady.Diagnosis.Findings;

/// <summary>From a boot to its findings: asks every rule, folds effects under their causes, and puts the worst first.</summary>
public static class BootDiagnosis
{
    // Ten failed services convince as well as a hundred.
    private const int MostConsequences = 20;

    /// <summary>Finds.</summary>
    /// <param name="boot">The boot.</param>
    /// <returns>The findings; empty when nothing is wrong with the TPM.</returns>
    public static IReadOnlyList<Finding> Of(Boot boot)
    {
        ArgumentNullException.ThrowIfNull(boot);
        List<Finding> found = [];
        foreach (IRule rule in AllRules.List)
        {
            if (rule.Examine(boot) is { } finding)
            {
                found.Add(finding);
            }
        }

        List<Finding> roots = Fold(boot, found);
        // The order of the rules decides between equals: OrderBy is stable.
        return [.. roots.OrderByDescending(finding => finding.Severity).ThenByDescending(finding => finding.Confidence)];
    }

    private static List<Finding> Fold(Boot boot, List<Finding> found)
    {
        // "unknown" stands alone or not at all; notes do not answer for a failure.
        bool known = found.Any(finding => finding.Id != FindingIds.Unknown && finding.Severity > Severity.Note);
        List<Finding> kept = [.. found.Where(finding => finding.Id != FindingIds.Unknown ||
            !(known || (finding.Severity == Severity.Note && found.Count > 1)))];
        List<Finding> roots = [.. kept.Where(finding => !kept.Any(root => IsCauseOf(root, finding)))];
        HashSet<string> told = new(StringComparer.Ordinal);
        return [.. roots.Select(root => root with { Consequences = Consequences(boot, root, roots, kept, told) })];
    }

    private static bool IsCauseOf(Finding root, Finding effect) =>
        root.Id != effect.Id && (root.Severity > Severity.Note || effect.Severity == Severity.Note) &&
        Explanations.Explains(root.Id, effect.Id) && !Explanations.Explains(effect.Id, root.Id);

    private static List<Consequence> Consequences(
        Boot boot, Finding root, List<Finding> roots, List<Finding> all, HashSet<string> told)
    {
        List<Consequence> list = [];
        foreach (Finding effect in all.Where(finding => IsCauseOf(root, finding)))
        {
            // An effect of two causes is told once, and several ids that are one effect too.
            string text = Explanations.AsEffect(effect.Id);
            if (told.Add(text))
            {
                list.Add(new Consequence(effect.Id, text, effect.Evidence[0]));
            }
        }

        // Units that failed belong to the worst cause; whose they are besides cannot be told.
        if (ReferenceEquals(root, roots.MaxBy(finding => (finding.Severity, finding.Confidence))) &&
            root.Severity > Severity.Note && root.Id != FindingIds.Unknown)
        {
            foreach (Signal failed in boot.Of(SignalKind.UnitFailed, SignalKind.DependencyFailed, SignalKind.ForcedReboot))
            {
                bool about = failed.Kind == SignalKind.ForcedReboot || Names.IsSystemdConsumer(failed.Subject) ||
                    Names.IsCustomConsumer(failed.Subject) || Names.Has(failed.Subject, "cryptsetup");
                string text = failed.Kind == SignalKind.ForcedReboot
                    ? $"{failed.Subject} forced a reboot"
                    : $"{failed.Subject} failed";
                if (about && list.Count < MostConsequences && !list.Any(known => known.Text == text))
                {
                    list.Add(new Consequence(null, text, failed));
                }
            }
        }

        return list;
    }
}
