// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading.Tasks;
using CsCheck;
using TpmReady.Boot.CommandLine;

namespace TpmReady.Boot.Tests.CommandLine;

/// <summary>Command lines as GNU getopt_long takes them apart.</summary>
public sealed class OptionParserTests
{
    private static readonly OptionDefinition[] Definitions =
    [
        new('h', "help", null, ""),
        new('d', "daemonize", null, ""),
        new('f', "file", "F", ""),
        new('\0', "log-level", "L", ""),
        new('\0', "log-target", "T", ""),
        new('\0', "log", null, ""),
        new('\0', "emulate", "F", "") { IsArgumentOptional = true },
    ];

    private static readonly string[] Words =
        ["-d", "-hd", "-f", "-fx", "--file", "--file=x", "--", "-", "operand", "--he"];

    [Test]
    [Arguments("", "", "")]
    [Arguments("-h", "help", "")]
    [Arguments("-hd", "help daemonize", "")]
    [Arguments("-df x y", "daemonize file=x", "y")]
    [Arguments("-dfx", "daemonize file=x", "")]
    [Arguments("-f -d", "file=-d", "")]
    [Arguments("-f --", "file=--", "")]
    [Arguments("-f=x", "file==x", "")]
    [Arguments("--file x", "file=x", "")]
    [Arguments("--file=x", "file=x", "")]
    [Arguments("--file=", "file=", "")]
    [Arguments("--file=a=b", "file=a=b", "")]
    [Arguments("--file -d", "file=-d", "")]
    [Arguments("--fi x", "file=x", "")]
    [Arguments("--emulate x", "emulate=", "x")]
    [Arguments("--emulate=x", "emulate=x", "")]
    [Arguments("--emul", "emulate=", "")]
    [Arguments("--he", "help", "")]
    [Arguments("--log", "log", "")]
    [Arguments("--log-l 3", "log-level=3", "")]
    [Arguments("a -d b -h", "daemonize help", "a b")]
    [Arguments("a -- -d", "", "a -d")]
    [Arguments("-- --", "", "--")]
    [Arguments("-", "", "-")]
    public async Task Right_ones(string line, string options, string operands)
    {
        ParsedCommandLine parsed = Parse(line);
        await Assert.That(parsed.Error).IsNull();
        await Assert.That(Describe(parsed)).IsEqualTo(options);
        await Assert.That(string.Join(' ', parsed.Operands)).IsEqualTo(operands);
    }

    [Test]
    [Arguments("-x", "invalid option -- 'x'")]
    [Arguments("-dx", "invalid option -- 'x'")]
    [Arguments("-f", "option requires an argument -- 'f'")]
    [Arguments("--file", "option '--file' requires an argument")]
    [Arguments("--fi", "option '--file' requires an argument")]
    [Arguments("--help=1", "option '--help' doesn't allow an argument")]
    [Arguments("--nothing", "unrecognized option '--nothing'")]
    [Arguments("--nothing=5", "unrecognized option '--nothing=5'")]
    [Arguments("--lo", "option '--lo' is ambiguous; possibilities: '--log-level' '--log-target' '--log'")]
    [Arguments("--log- 3", "option '--log-' is ambiguous; possibilities: '--log-level' '--log-target'")]
    public async Task Wrong_ones_are_named_as_getopt_names_them(string line, string error)
    {
        await Assert.That(Parse(line).Error).IsEqualTo(error);
    }

    [Test]
    public async Task With_POSIX_order_the_first_operand_ends_the_options()
    {
        ParsedCommandLine parsed = OptionParser.Parse(Definitions, ["-d", "a", "-h"], operandsEndOptions: true);
        await Assert.That(Describe(parsed)).IsEqualTo("daemonize");
        await Assert.That(string.Join(' ', parsed.Operands)).IsEqualTo("a -h");
    }

    [Test]
    public void Written_out_again_a_command_line_means_the_same() =>
        Gen.Int[0, Words.Length - 1].Select(static index => Words[index]).Array[0, 12].Sample(words =>
        {
            ParsedCommandLine parsed = OptionParser.Parse(Definitions, words, operandsEndOptions: false);
            if (parsed.Error is not null)
            {
                return words[^1] is "-f" or "--file";
            }

            List<string> again =
                [.. parsed.Options.Select(static option => "--" + Describe(option)), "--", .. parsed.Operands];
            ParsedCommandLine second = OptionParser.Parse(Definitions, again, operandsEndOptions: true);
            return string.Equals(Describe(second), Describe(parsed), StringComparison.Ordinal)
                && second.Operands.SequenceEqual(parsed.Operands, StringComparer.Ordinal);
        });

    private static ParsedCommandLine Parse(string line) =>
        OptionParser.Parse(
            Definitions, line.Split(' ', StringSplitOptions.RemoveEmptyEntries), operandsEndOptions: false);

    private static string Describe(ParsedCommandLine parsed) => string.Join(' ', parsed.Options.Select(Describe));

    private static string Describe(ParsedOption option) =>
        option.Definition.Argument is null
            ? option.Definition.LongName
            : $"{option.Definition.LongName}={option.Value}";
}
