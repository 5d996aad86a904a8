// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using System.Threading.Tasks;
using TpmReady.Diagnosis.Findings;

namespace TpmReady.Diagnosis.Tests;

/// <summary>
/// Boots whose TPM is fine, or absent and not wanted, with all the troubles that machines have besides: none may give a
/// finding above a note.
/// </summary>
public sealed class HealthyTests
{
    private const int PerMachine = 40;

    [Test]
    public async Task Healthy_boots_and_other_troubles_give_notes_at_most()
    {
        List<string> wrong = [];
        int count = 0;
        string[] formats = [.. Logs.Formats.Keys];
        foreach ((string machine, Entry[] boot) in HealthyLogs.Machines)
        {
            for (int variant = 0; variant < PerMachine; variant++)
            {
                Random random = new((count * 7919) + 13);
                string format = formats[count % formats.Length];
                Entry[] entries = Vary(boot, random);
                string text = Logs.Formats[format](entries);
                byte[] bytes = format is "export" ? Encoding.Latin1.GetBytes(text) : Encoding.UTF8.GetBytes(text);
                Finding? worse = TestData.ExplainBytes(bytes).FirstOrDefault(finding => finding.Severity > Severity.Note);
                count++;
                if (worse is not null)
                {
                    wrong.Add($"{machine} {variant} {format}: {worse.Id} because of {worse.Evidence[0].Text}");
                }
            }
        }

        Console.WriteLine($"{count} healthy boots and boots with other troubles, {wrong.Count} with a finding above a note");
        await Assert.That(string.Join('\n', wrong.Take(20))).IsEqualTo("");
        await Assert.That(count).IsGreaterThanOrEqualTo(200);
    }

    /// <summary>The board whose firmware TPM works, as a journal.</summary>
    internal static byte[] GoodBoot() => Logs.Bytes(Logs.Formats["short-monotonic"](HealthyLogs.Machines.Single(machine => machine.Name is "a board whose firmware TPM works").Boot));

    /// <summary>Adds up to eight other troubles, shifts the times, leaves out a tenth of the lines in half of the boots.</summary>
    private static Entry[] Vary(Entry[] boot, Random random)
    {
        double shift = random.NextDouble() * 3;
        double stretch = 0.5 + random.NextDouble();
        bool gaps = random.Next(2) == 0;
        List<Entry> entries = [.. boot.Where(_ => !gaps || random.Next(10) > 0)];
        for (int trouble = random.Next(9); trouble > 0; trouble--)
        {
            Entry[] added = HealthyLogs.Troubles[random.Next(HealthyLogs.Troubles.Count)];
            int at = random.Next(entries.Count + 1);
            double when = at == 0 ? 0 : entries[at - 1].Seconds;
            entries.InsertRange(at, added.Select(entry => entry with { Seconds = when + (entry.Seconds / 1000) }));
        }

        return [.. entries.Select(entry => entry with { Seconds = (entry.Seconds * stretch) + shift })];
    }
}
