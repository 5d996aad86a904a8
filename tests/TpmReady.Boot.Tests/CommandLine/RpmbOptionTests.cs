// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.Threading.Tasks;
using TpmReady.Boot.TeeSupplicant;
using TpmReady.Supplicant.Rpmb;

namespace TpmReady.Boot.Tests.CommandLine;

/// <summary>Whose RPMB is served, by the options and by the environment.</summary>
public sealed class RpmbOptionTests
{
    private const string Cid = "00112233445566778899aabbccddeeff";

    [Test]
    public async Task D3_without_options_a_card_is_served_and_nothing_is_emulated()
    {
        RpmbOptions options = Read("").Rpmb!;
        await Assert.That(options.Card.Choice).IsEqualTo(CardChoice.ByNumber);
        await Assert.That(options.EmulationPath).IsNull();
        await Assert.That(options.PostSleepMicroseconds).IsEqualTo(0u);
    }

    [Test]
    public async Task Switched_off_it_is_not_there()
    {
        await Assert.That(Read("--no-rpmb").Rpmb).IsNull();
        await Assert.That(Read("--no-rpmb --rpmb-auto").Rpmb).IsNull();
        await Assert.That(Read("", ("TEE_SUPPLICANT_NO_RPMB", "yes")).Rpmb).IsNull();
    }

    [Test]
    [Arguments("-r " + Cid)]
    [Arguments("--rpmb-cid=00112233445566778899AABBCCDDEEFF")]
    public async Task A_card_is_named_by_its_CID_in_either_case(string line)
    {
        CardSelection card = Read(line).Rpmb!.Card;
        await Assert.That(card.Choice).IsEqualTo(CardChoice.ByIdentification);
        await Assert.That(Hex(card.Identification)).IsEqualTo(Cid);
    }

    [Test]
    public async Task The_emulation_s_file_lies_in_the_storage_directory_unless_it_is_named()
    {
        await Assert.That(Read("--rpmb-emu").Rpmb!.EmulationPath).IsEqualTo("/var/lib/tee/rpmb-emulation");
        await Assert.That(Read("--rpmb-emu -f /s").Rpmb!.EmulationPath).IsEqualTo("/s/rpmb-emulation");
        await Assert.That(Read("--rpmb-emu=/x/../y").Rpmb!.EmulationPath).IsEqualTo("/y");
        await Assert.That(Read("", ("TEE_SUPPLICANT_RPMB_EMU", "yes")).Rpmb!.EmulationPath)
            .IsEqualTo("/var/lib/tee/rpmb-emulation");
        await Assert.That(Read("", ("TEE_SUPPLICANT_RPMB_EMU", "/y")).Rpmb!.EmulationPath).IsEqualTo("/y");
        await Assert.That(Read("", ("TEE_SUPPLICANT_RPMB_EMU", "no")).Rpmb!.EmulationPath).IsNull();
    }

    [Test]
    public async Task The_command_line_outweighs_the_environment()
    {
        RpmbOptions options = Read("--rpmb-auto", ("TEE_SUPPLICANT_RPMB_CID", Cid)).Rpmb!;
        await Assert.That(options.Card.Choice).IsEqualTo(CardChoice.Only);
        options = Read("-r " + Cid, ("TEE_SUPPLICANT_RPMB_EMU", "yes")).Rpmb!;
        await Assert.That(options.EmulationPath).IsNull();
    }

    [Test]
    [Arguments("--rpmb-auto --rpmb-emu")]
    [Arguments("--rpmb-auto -r " + Cid)]
    [Arguments("--rpmb-emu=/x -r " + Cid)]
    public async Task One_RPMB_is_enough(string line) =>
        await Assert.That(Error(line)).IsEqualTo("--rpmb-cid, --rpmb-auto and --rpmb-emu exclude each other");

    [Test]
    [Arguments("--rpmb-emu=/x/", "--rpmb-emu=/x/: a file is expected, not a directory")]
    [Arguments("--rpmb-cid=0011", "--rpmb-cid=0011: 32 hexadecimal digits are expected")]
    [Arguments(
        "--rpmb-cid=0011223344556677889gaabbccddeeff",
        "--rpmb-cid=0011223344556677889gaabbccddeeff: 32 hexadecimal digits are expected")]
    [Arguments("--rpmb-postsleep-us=-1", "--rpmb-postsleep-us=-1: a number from 0 to 1000000 is expected")]
    public async Task Wrong_options_are_named(string line, string error) =>
        await Assert.That(Error(line)).IsEqualTo(error);

    private static string Hex(RpmbInformation.CardIdentification cid) => Convert.ToHexStringLower(cid);

    private static string? Error(string line) => SupplicantOptionReader.Read(line.Split(' '), static _ => null, out _);

    private static SupplicantOptions Read(string line, params (string Name, string Value)[] environment)
    {
        Dictionary<string, string> variables = new(StringComparer.Ordinal);
        foreach ((string name, string value) in environment)
        {
            variables[name] = value;
        }

        string? error = SupplicantOptionReader.Read(
            line.Split(' ', StringSplitOptions.RemoveEmptyEntries),
            variables.GetValueOrDefault,
            out SupplicantOptions? options);
        return options ?? throw new InvalidOperationException(error);
    }
}
