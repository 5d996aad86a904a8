// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using TpmReady.Boot.Tests.ScriptedKernel;

namespace TpmReady.Boot.Tests.Conformance;

/// <summary>
/// The same requests to Debian's C daemon and to ours: results and what comes back with them are the same, but for the
/// list of deviations in deviations.tsv.
/// </summary>
public sealed class DifferentialTests
{
    private static readonly Dictionary<string, (string C, string Ours)> Deviations = File
        .ReadLines(Path.Combine(AppContext.BaseDirectory, "Conformance", "deviations.tsv"))
        .Where(static line => !line.StartsWith('#'))
        .Select(static line => line.Split('\t'))
        .ToDictionary(static cells => cells[0], static cells => (cells[1], cells[2]), StringComparer.Ordinal);

    /// <summary>The scripts' names.</summary>
    public static IEnumerable<string> Scripts() => CommonScripts.All.Keys;

    [Test]
    [MethodDataSource(nameof(Scripts))]
    public async Task Answers_differ_only_where_the_list_says_so(string script)
    {
        if ((PublishedProgram.Absence(Daemon.C) ?? PublishedProgram.Absence(Daemon.Ours)) is string absence)
        {
            Skip.Test(absence);
        }

        IReadOnlyList<(string Step, string Outcome)> c = await Task.Run(() => Play(Daemon.C, script));
        IReadOnlyList<(string Step, string Outcome)> ours = await Task.Run(() => Play(Daemon.Ours, script));
        List<string> wrong = [];
        foreach (((string step, string outcome), (string sameStep, string other)) in c.Zip(ours))
        {
            (string C, string Ours) wanted = Deviations.GetValueOrDefault($"{script}: {step}", (outcome, outcome));
            if (wanted != (outcome, other) || !string.Equals(step, sameStep, StringComparison.Ordinal))
            {
                wrong.Add($"{script}: {step}\t{outcome}\t{other}");
            }
        }

        await Assert.That(wrong).IsEmpty().Because($"these differ:\n{string.Join('\n', wrong)}\n");
        await Assert.That(ours.Count).IsEqualTo(c.Count);
        string[] stale =
        [
            .. Deviations.Keys
                .Where(key => key.StartsWith($"{script}: ", StringComparison.Ordinal))
                .Except(c.Select(line => $"{script}: {line.Step}"), StringComparer.Ordinal),
        ];
        await Assert.That(stale).IsEmpty().Because("a deviation that no step shows is out of date");
    }

    [Test]
    public async Task Ours_answers_every_script_to_its_end()
    {
        if (PublishedProgram.Absence(Daemon.Ours) is string absence)
        {
            Skip.Test(absence);
        }

        // Without the C daemon there is nothing to compare with; what the list says of ours still holds.
        foreach (string script in Scripts())
        {
            foreach ((string step, string outcome) in await Task.Run(() => Play(Daemon.Ours, script)))
            {
                if (Deviations.TryGetValue($"{script}: {step}", out (string C, string Ours) wanted))
                {
                    await Assert.That(outcome).IsEqualTo(wanted.Ours).Because($"{script}: {step}");
                }
            }
        }
    }

    [Test]
    public async Task Every_deviation_has_its_reason_and_is_one()
    {
        string[][] rows =
        [
            .. File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Conformance", "deviations.tsv"))
                .Where(static line => !line.StartsWith('#'))
                .Select(static line => line.Split('\t')),
        ];
        foreach (string[] row in rows)
        {
            await Assert.That(row.Length).IsEqualTo(4).Because(row[0]);
            await Assert.That(row[1]).IsNotEqualTo(row[2]).Because(row[0]);
            await Assert.That(row[3].Length).IsGreaterThan(10).Because(row[0]);
            await Assert.That(CommonScripts.All.Keys).Contains(row[0].Split(':')[0]);
        }
    }

    private static IReadOnlyList<(string Step, string Outcome)> Play(Daemon daemon, string script)
    {
        using ScriptedWorld world = new(
            daemon,
            static world => File.Copy(
                PublishedProgram.Compile(world.Daemon, "plugin.c"),
                Path.Combine(world.Plugins, "f07bfc66-958c-4a15-99c0-260e4e7375dd.plugin")),
            "--rpmb-emu");
        Transcript transcript = new();
        try
        {
            CommonScripts.All[script](world, transcript);
        }
        catch (ProgramGoneException gone)
        {
            transcript.Add("the program", gone.Message);
        }

        return transcript.Lines;
    }
}
