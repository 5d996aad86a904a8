// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Threading.Tasks;

namespace TpmReady.Cli.Tests;

/// <summary>The manual page and the completion know what the tool's own help knows.</summary>
public sealed class DocumentationTests
{
    [Test]
    public async Task The_manual_page_names_every_command_and_option()
    {
        // In mdoc a long option is "Fl -name".
        string page = await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "tpmready.1"));
        List<string> commands = await Commands();
        int options = 0;
        List<string> missing = [.. commands.Where(command => !page.Contains($".It Cm {command}\n", StringComparison.Ordinal))];
        foreach (string command in commands)
        {
            foreach (string option in await Options(command))
            {
                options++;
                if (!page.Contains($"Fl -{option[2..]}", StringComparison.Ordinal))
                {
                    missing.Add($"{command} {option}");
                }
            }
        }

        await Assert.That(commands.Count).IsGreaterThanOrEqualTo(5);
        await Assert.That(options).IsGreaterThan(10);
        await Assert.That(missing).IsEmpty();
    }

    [Test]
    public async Task Completion_offers_commands_options_and_files()
    {
        string log = Tool.File("nothing\n");
        await Assert.That(await Complete("ex")).IsEqualTo("explain");
        await Assert.That(await Complete("check", "--max-w")).IsEqualTo("--max-wait");
        await Assert.That(await Complete("wait", "--ti")).IsEqualTo("--timeout");
        await Assert.That(await Complete("doct")).IsEqualTo("doctor");
        await Assert.That(await Complete("wait", "--as")).IsEqualTo("");
        await Assert.That(await Complete("plot", "--output", log[..^3])).IsEqualTo(log);
        await Assert.That(await Complete("nonsense-")).IsEqualTo("");
    }

    private static async Task<List<string>> Commands()
    {
        (_, string help, _) = await Tool.Run(["--help"]);
        return [.. Words(help[help.IndexOf("Commands:", StringComparison.Ordinal)..]).Where(word => char.IsAsciiLetterLower(word[0]))];
    }

    // Not those of every command, which the page describes once.
    private static async Task<IEnumerable<string>> Options(string command)
    {
        (_, string help, _) = await Tool.Run([command, "--help"]);
        return Words(help).Where(word => word.StartsWith("--", StringComparison.Ordinal) && word is not "--help" and not "--version");
    }

    /// <summary>What stands at the begin of each line, or behind a short option there.</summary>
    private static IEnumerable<string> Words(string help) =>
        from line in help.Split('\n')
        where line.StartsWith("  ", StringComparison.Ordinal)
        let words = line.Split([' ', ','], StringSplitOptions.RemoveEmptyEntries)
        select words.FirstOrDefault(word => !(word.Length == 2 && word[0] == '-')) ?? words[0];

    /// <summary>What bash offers for the last word.</summary>
    private static async Task<string> Complete(params string[] words)
    {
        string script = Path.Combine(AppContext.BaseDirectory, "tpmready.bash");
        ProcessStartInfo start = new(
            "bash",
            [
                "-c",
                "source \"$1\"; shift; COMP_WORDS=(\"$@\"); COMP_CWORD=$(($# - 1)); _tpmready; printf '%s\\n' \"${COMPREPLY[@]}\"",
                "bash",
                script,
                Tool.Program,
                .. words,
            ])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
        };
        using Process bash = Process.Start(start)!;
        string output = await bash.StandardOutput.ReadToEndAsync();
        await bash.WaitForExitAsync();
        return output.Trim();
    }
}
