// SPDX-License-Identifier: MIT

using System.Collections.Generic;

namespace TpmReady.Readiness.Doctor;

/// <summary>What the doctor found, and what could not be looked at. Pure.</summary>
/// <param name="Problems">The worst first.</param>
/// <param name="Unchecked">What could not be looked at, and why.</param>
/// <param name="IsForFirmwareTpm">Whether the rules about a supplicant applied.</param>
internal sealed record Examination(
    IReadOnlyList<Problem> Problems, IReadOnlyList<string> Unchecked, bool IsForFirmwareTpm)
{
    /// <summary>Whether anything above a note was found.</summary>
    public bool IsHealthy => Problems.Count == 0 || Problems[0].Severity == Severity.Note;

    /// <summary>Applies all rules.</summary>
    public static Examination Of(Installation installation)
    {
        List<Problem> problems = [];
        for (Severity severity = Severity.Error; severity >= Severity.Note; severity--)
        {
            foreach (IRule rule in AllRules.List)
            {
                foreach (Problem problem in rule.Check(installation))
                {
                    if (problem.Severity == severity)
                    {
                        problems.Add(problem);
                    }
                }
            }
        }

        return new Examination(problems, FindGaps(installation), installation.IsForFirmwareTpm);
    }

    private static List<string> FindGaps(Installation installation)
    {
        List<string> gaps = [];
        if (installation.IsElsewhere)
        {
            gaps.Add("the running machine: this is another root");
            return gaps;
        }

        if (installation.Facts.HasHiddenProcesses)
        {
            gaps.Add("who serves, and private directories: only root can see them");
        }

        bool isManagerKnown = false;
        foreach (Inspection.UnitReport unit in installation.Units)
        {
            isManagerKnown |= unit.State is not null;
        }

        if (!isManagerKnown)
        {
            gaps.Add("states of units: no service manager answered");
        }

        if (installation is { IsForFirmwareTpm: true, Initrd: null })
        {
            gaps.Add("the initrd: neither lsinitrd nor lsinitramfs could list it");
        }

        return gaps;
    }
}
