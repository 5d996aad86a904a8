// SPDX-License-Identifier: MIT

using System;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using TpmReady.Linux.Interop;
using TpmReady.Supplicant.Rpmb;
using TpmReady.Tpm;

namespace TpmReady.Supplicant.Tests.Rpmb;

/// <summary>Which card is used, and what is told of it.</summary>
public sealed class CardSelectionTests
{
    private const string OtherCid = "aa015851454d55212101deadbeef2900";

    [Test]
    public async Task The_request_s_number_chooses_the_card_unless_told_otherwise()
    {
        using CardMachine machine = new();
        machine.Insert(0);
        machine.Insert(1, OtherCid, "0x4", "0x20");
        using RpmbClient client = new(machine.Serve(), RpmbClient.NewKey()) { Number = 1 };
        byte[] information = client.Information();

        await Assert.That(Convert.ToHexStringLower(information)).IsEqualTo(OtherCid + "04" + "20" + "00");
        await Assert.That(client.ProgramKey()).IsTrue();
        await Assert.That(machine.Log.ToString()).Contains("/dev/mmcblk1rpmb");
    }

    [Test]
    public async Task A_request_for_another_card_gets_another_card()
    {
        using CardMachine machine = new();
        machine.Insert(0);
        machine.Insert(1);
        using RpmbClient zero = new(machine.Serve(), RpmbClient.NewKey());
        using RpmbClient one = new(zero.Service, RpmbClient.NewKey()) { Number = 1 };
        _ = zero.ReadCounter();
        _ = one.ReadCounter();
        _ = one.ReadCounter();
        _ = zero.ReadCounter();

        string[] opened =
            [.. machine.Log.ToString().Split('\n').Select(static line => line[(line.LastIndexOf('/') + 1)..])];
        await Assert.That(string.Join(' ', opened)).IsEqualTo("mmcblk0rpmb. mmcblk1rpmb. mmcblk0rpmb.");
        await Assert.That(machine.Files.OpenDescriptors).IsEqualTo(1);
    }

    [Test]
    [Arguments("fe014e4d4d43303447429fb3b1f78d00")]
    [Arguments("FE014E4D4D43303447429FB3B1F78D00")]
    public async Task A_CID_chooses_the_card_in_either_case(string digits)
    {
        using CardMachine machine = new();
        machine.Insert(0, OtherCid);
        machine.Insert(3);
        using RpmbClient client = new(
            machine.Serve(CardSelection.ByIdentification(digits)), RpmbClient.NewKey());

        await Assert.That(Convert.ToHexStringLower(client.Information())).StartsWith(CardMachine.Cid);
        await Assert.That(client.ProgramKey()).IsTrue();
        await Assert.That(machine.Log.ToString()).Contains("mmcblk3rpmb");
    }

    [Test]
    public async Task A_card_that_comes_later_is_found_by_its_CID_and_by_being_the_only_one()
    {
        foreach (CardSelection selection in (CardSelection[])
            [CardSelection.ByIdentification(CardMachine.Cid), CardSelection.Only, CardSelection.ByNumber])
        {
            using CardMachine machine = new();
            using RpmbClient client = new(machine.Serve(selection), RpmbClient.NewKey());
            for (int i = 0; i < 3; i++)
            {
                // Not "not found": OP-TEE would take that for a card without a key, and send it.
                await Assert.That(client.Information()).IsEmpty();
                await Assert.That(client.LastTeeResult).IsEqualTo(TeeResult.StorageNotAvailable);
                await Assert.That(client.ReadCounter()).IsFalse();
                await Assert.That(client.LastTeeResult).IsEqualTo(TeeResult.StorageNotAvailable);
            }

            machine.Insert(0);
            await Assert.That(client.Information().Length).IsEqualTo(19);
            await Assert.That(client.ProgramKey()).IsTrue();
        }
    }

    [Test]
    public async Task A_card_that_got_another_number_is_found_again()
    {
        using CardMachine machine = new();
        machine.Insert(0);
        using RpmbClient client = new(
            machine.Serve(CardSelection.ByIdentification(CardMachine.Cid)), RpmbClient.NewKey());
        await Assert.That(client.ProgramKey()).IsTrue();
        machine.Remove(0);
        machine.Insert(0, OtherCid);
        machine.Insert(2);
        machine.Card.Error = Errno.ENODEV;
        await Assert.That(client.ReadCounter()).IsFalse();
        await Assert.That(client.LastTeeResult).IsEqualTo(TeeResult.Generic);
        machine.Card.Error = 0;

        await Assert.That(client.ReadCounter()).IsTrue();
        await Assert.That(machine.Log.ToString()).Contains("mmcblk2rpmb");
    }

    [Test]
    public async Task Of_several_cards_none_is_the_only_one()
    {
        using CardMachine machine = new();
        machine.Insert(0);
        machine.Insert(1, hasRpmb: false);
        using RpmbClient client = new(machine.Serve(CardSelection.Only), RpmbClient.NewKey());
        await Assert.That(client.Information().Length).IsEqualTo(19);

        machine.Insert(12, OtherCid);
        client.Service = machine.Serve(CardSelection.Only);
        await Assert.That(client.Information()).IsEmpty();
        await Assert.That(client.LastTeeResult).IsEqualTo(TeeResult.StorageNotAvailable);
        await Assert.That(machine.Log.ToString()).Contains("--rpmb-cid");
        machine.Remove(0);
        await Assert.That(Convert.ToHexStringLower(client.Information())).StartsWith(OtherCid);
    }

    [Test]
    [Arguments("cid", "fe014e4d4d43303447429fb3b1f78d0")]
    [Arguments("cid", "fe014e4d4d43303447429fb3b1f78d0g")]
    [Arguments("cid", "")]
    [Arguments("raw_rpmb_size_mult", "0x")]
    [Arguments("raw_rpmb_size_mult", "0x100")]
    [Arguments("rel_sectors", "many")]
    [Arguments("rel_sectors", null)]
    public async Task What_the_kernel_does_not_tell_is_no_data(string attribute, string? text)
    {
        using CardMachine machine = new();
        machine.Insert(0);
        string path = Path.Combine(machine.Attributes(0), attribute);
        File.Delete(path);
        if (text is not null)
        {
            File.WriteAllText(path, text + "\n");
        }

        using RpmbClient client = new(machine.Serve(), RpmbClient.NewKey());
        await Assert.That(client.Information()).IsEmpty();
        await Assert.That(client.LastTeeResult).IsEqualTo(TeeResult.NoData);
    }

    [Test]
    public async Task Trouble_is_told_once()
    {
        using CardMachine machine = new();
        using RpmbClient client = new(machine.Serve(CardSelection.Only), RpmbClient.NewKey());
        for (int i = 0; i < 20; i++)
        {
            _ = client.ReadCounter();
        }

        await Assert.That(machine.Log.ToString().Split('\n').Length).IsEqualTo(1);
    }
}
