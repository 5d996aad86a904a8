// SPDX-License-Identifier: MIT

using System;
using System.IO;
using TpmReady.Supplicant.Rpmb;
using TpmReady.Supplicant.Tests.Fake;
using TpmReady.Supplicant.Tests.Storage;

namespace TpmReady.Supplicant.Tests.Rpmb;

/// <summary>
/// A machine with eMMCs: sysfs and /dev as the kernel shows them, and one fake card behind the ioctl.
/// </summary>
internal sealed class CardMachine : IDisposable
{
    public const string Cid = "fe014e4d4d43303447429fb3b1f78d00";

    private readonly TemporaryDirectory _directory = new();
    private RpmbService? _service;

    public CardMachine()
    {
        Directory.CreateDirectory(_directory["dev"]);
        Directory.CreateDirectory(_directory["sys/class/mmc_host"]);
        Directory.CreateDirectory(_directory["sys/bus/mmc_rpmb/devices"]);
    }

    public FaultyFiles Files { get; } = new();

    public FakeCard Card { get; } = new();

    public RecordingLog Log { get; } = new();

    public string this[string path] => _directory[path];

    /// <summary>A card appears.</summary>
    public void Insert(int host, string cid = Cid, string size = "0x10", string reliable = "0x1", bool hasRpmb = true)
    {
        string card = Attributes(host);
        Directory.CreateDirectory(card);
        File.WriteAllText(Path.Combine(card, "cid"), cid + "\n");
        File.WriteAllText(Path.Combine(card, "raw_rpmb_size_mult"), size + "\n");
        File.WriteAllText(Path.Combine(card, "rel_sectors"), reliable + "\n");
        if (hasRpmb)
        {
            Directory.CreateDirectory(_directory[$"sys/bus/mmc_rpmb/devices/mmcblk{host}rpmb"]);
            File.WriteAllText(_directory[$"dev/mmcblk{host}rpmb"], "");
        }
    }

    /// <summary>A card disappears.</summary>
    public void Remove(int host)
    {
        Directory.Delete(_directory[$"sys/class/mmc_host/mmc{host}"], recursive: true);
        Directory.Delete(_directory[$"sys/bus/mmc_rpmb/devices/mmcblk{host}rpmb"]);
        File.Delete(_directory[$"dev/mmcblk{host}rpmb"]);
    }

    public string Attributes(int host) => _directory[$"sys/class/mmc_host/mmc{host}/mmc{host}:0001"];

    /// <summary>A service that uses a card of this machine.</summary>
    public RpmbService Serve(CardSelection? selection = null, uint postSleep = 0)
    {
        _service?.Dispose();
        CardRpmb device = new(
            new CardDirectory(Files, _directory["sys"], _directory["dev"]),
            Card,
            Files,
            selection ?? CardSelection.ByNumber,
            Log)
        {
            PostSleepMicroseconds = postSleep,
        };
        return _service = new RpmbService(device, Log);
    }

    public void Dispose()
    {
        _service?.Dispose();
        _directory.Dispose();
    }
}
