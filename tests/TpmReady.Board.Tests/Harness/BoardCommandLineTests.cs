// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading.Tasks;
using CsCheck;

namespace TpmReady.Board.Tests.Harness;

/// <summary>The command that a board prints boots the same board.</summary>
public sealed class BoardCommandLineTests
{
    private static readonly Gen<BoardOptions> Options = Gen.Select(
        Gen.Enum<FirmwareKind>(),
        Gen.Enum<SupplicantKind>(),
        Gen.Enum<InitKind>(),
        Gen.Enum<InitrdKind>(),
        Gen.Int[1, 4096],
        Gen.Bool,
        Gen.Bool.Select(yes => yes ? "quiet systemd.log_level=debug" : ""),
        (firmware, supplicant, init, initrd, memory, flag, append) => new BoardOptions
        {
            Firmware = firmware,
            Chip = firmware == FirmwareKind.Uefi ? (ChipKind)(memory % 3) : ChipKind.Tpm2,
            Supplicant = supplicant,
            Init = init,
            Initrd = initrd,
            MemoryMebibytes = memory,
            DriverAutoload = flag,
            Emmc = !flag,
            SpareDisk = memory % 2 == 0,
            ExtraFiles = Enumerable.Range(0, memory % 3).ToDictionary(
                static number => $"builds/{number}", static number => $"/var/tmp/a=b{number}", StringComparer.Ordinal),
            KernelParameters = append,
            SupplicantArguments = flag ? "--rpmb-emu --no-plugins" : "",
        });

    [Test]
    public void What_is_formatted_is_parsed_back() =>
        Options.Sample(options =>
        {
            string[] words = Split(BoardCommandLine.Format(options, "/var/tmp/state"));
            BoardOptions parsed = BoardCommandLine.Parse(words[1..], out List<string> rest);
            return rest.SequenceEqual(["boot"], StringComparer.Ordinal)
                && parsed.ExtraFiles.SequenceEqual(options.ExtraFiles)
                && parsed with { ExtraFiles = options.ExtraFiles, InitrdFiles = options.InitrdFiles }
                == options with { StateDirectory = "/var/tmp/state" };
        });

    [Test]
    [Arguments("--firmware", "--firmware needs a value")]
    [Arguments("--firmware nonsense", "not nonsense")]
    [Arguments("--memory -3", "not -3")]
    [Arguments("--file =/etc/passwd", "needs NAME=PATH")]
    [Arguments("--unknown", "unknown option --unknown")]
    public async Task A_wrong_option_is_named(string line, string message)
    {
        BoardException? error = null;
        try
        {
            BoardCommandLine.Parse(line.Split(' '), out _);
        }
        catch (BoardException caught)
        {
            error = caught;
        }

        await Assert.That(error?.Message).Contains(message);
    }

    // The only quoting in these commands is the one around the kernel's parameters.
    private static string[] Split(string command)
    {
        List<string> words = [];
        string[] parts = command.Split('\'');
        for (int i = 0; i < parts.Length; i++)
        {
            words.AddRange(i % 2 == 1 ? [parts[i]] : parts[i].Split(' ', StringSplitOptions.RemoveEmptyEntries));
        }

        return [.. words];
    }
}
