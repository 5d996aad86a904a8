// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using System.Threading.Tasks;
using TpmReady.Readiness.Facts;
using TpmReady.Readiness.Generation;

namespace TpmReady.Readiness.Tests;

/// <summary>
/// A machine goes in, a tree of files comes out. Golden/NAME.txt holds both: the machine's manifest above a line of
/// dashes, the whole output below. TPMREADY_GOLDEN=write in the environment writes the lower halves anew, for review by
/// git diff.
/// </summary>
public sealed class GeneratorGoldenTests
{
    private const string Line = "----\n";
    private static readonly string Source = Path.GetFullPath(
        Path.Combine(AppContext.BaseDirectory, "../../../../tests/TpmReady.Readiness.Tests/Golden"));

    public static IEnumerable<string> Names() =>
        Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "Golden"))
            .Select(static file => Path.GetFileNameWithoutExtension(file)!).Order(StringComparer.Ordinal);

    [Test]
    [MethodDataSource(nameof(Names))]
    public async Task The_output_is_the_golden_one(string name)
    {
        string text = await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "Golden", name + ".txt"));
        int split = text.IndexOf(Line, StringComparison.Ordinal);
        string manifest = split < 0 ? text : text[..split];
        string expected = split < 0 ? "" : text[(split + Line.Length)..];
        string actual = Run(manifest);
        if (Environment.GetEnvironmentVariable("TPMREADY_GOLDEN") is "write")
        {
            await File.WriteAllTextAsync(Path.Combine(Source, name + ".txt"), manifest + Line + actual);
            return;
        }

        await Assert.That(actual).IsEqualTo(expected);
    }

    [Test]
    public async Task What_is_there_already_stays_and_the_rest_is_written()
    {
        using MachineTree tree = new("include kernel\ninclude optee\ninclude ta-announced\ninclude units");
        using MachineTree output = new("late/sysinit.target.wants/tpm2.target -> /elsewhere\nnormal/\nearly/");
        Write(tree, output.Root);
        Write(tree, output.Root);
        string link = Path.Combine(output.Root, "late/sysinit.target.wants/tpm2.target");
        await Assert.That(File.ResolveLinkTarget(link, returnFinalTarget: false)!.FullName)
            .IsEqualTo("/elsewhere");
        await Assert.That(Directory.Exists(Path.Combine(output.Root, "normal/dev-tpmrm0.device.d"))).IsTrue();
    }

    [Test]
    public async Task An_output_directory_that_cannot_be_written_is_said()
    {
        using MachineTree tree = new("include kernel\ninclude optee\ninclude ta-announced\ninclude units");
        using FactTree facts = new(tree.Root);
        GeneratorOutput output = Generation.Generator.Run(facts, static _ => null);
        await Assert.That(new GeneratorWriter("/proc/1", "/proc/1", "/proc/1").Write(output)).StartsWith("/proc/1/");
    }

    private static string Run(string manifest)
    {
        using MachineTree tree = new(manifest);
        using MachineTree output = new("normal/\nearly/\nlate/");
        IReadOnlyList<string> messages = Write(tree, output.Root);
        StringBuilder text = new();
        foreach (string message in messages)
        {
            text.Append("log: ").Append(message).Append('\n');
        }

        foreach (string file in Directory.EnumerateFileSystemEntries(output.Root, "*", SearchOption.AllDirectories)
            .Order(StringComparer.Ordinal))
        {
            FileInfo info = new(file);
            string name = Path.GetRelativePath(output.Root, file);
            if (info.LinkTarget is { } target)
            {
                text.Append(name).Append(" -> ").Append(target).Append('\n');
            }
            else if (info.Exists)
            {
                text.Append(name).Append(":\n");
                foreach (string line in File.ReadAllLines(file))
                {
                    text.Append(("    " + line).TrimEnd()).Append('\n');
                }
            }
        }

        return text.ToString();
    }

    private static IReadOnlyList<string> Write(MachineTree tree, string root)
    {
        using FactTree facts = new(tree.Root);
        GeneratorOutput output = Generation.Generator.Run(facts, static _ => null);
        string? error = new GeneratorWriter($"{root}/normal", $"{root}/early", $"{root}/late").Write(output);
        return error is null ? output.Messages : [.. output.Messages, error];
    }
}
