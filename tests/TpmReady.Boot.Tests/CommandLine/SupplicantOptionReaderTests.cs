// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.IO;
using System.Threading.Tasks;
using TpmReady.Boot.TeeSupplicant;
using TpmReady.Supplicant.Logging;
using TpmReady.Supplicant.Rpmb;

namespace TpmReady.Boot.Tests.CommandLine;

/// <summary>What the options of tee-supplicant mean.</summary>
public sealed class SupplicantOptionReaderTests
{
    [Test]
    public async Task Without_options_everything_is_as_with_the_C_supplicant()
    {
        SupplicantOptions options = Read("");
        await Assert.That(options.Action).IsEqualTo(SupplicantAction.Serve);
        await Assert.That(options.StoragePath).IsEqualTo("/var/lib/tee");
        await Assert.That(options.TrustedApplicationPaths).IsEquivalentTo(["/lib/optee_armtz", "/usr/lib/optee_armtz"]);
        await Assert.That(options.PluginPath).IsEqualTo("/usr/lib/tee-supplicant/plugins/");
        await Assert.That(options.Discovery.Path).IsNull();
        await Assert.That(options.Daemonizes).IsFalse();
        await Assert.That(options.FileSync.ToString()).IsEqualTo("Commit");
        await Assert.That(Read("--fs-sync=strict").FileSync.ToString()).IsEqualTo("Strict");
        await Assert.That(Read("--fs-sync=commit").FileSync.ToString()).IsEqualTo("Commit");
        await Assert.That(options.Limits.MaximumThreads).IsEqualTo(64);
        await Assert.That(options.LogLevel).IsEqualTo(LogLevel.Info);
    }

    [Test]
    public async Task The_C_supplicant_s_options_are_understood()
    {
        SupplicantOptions options = Read(
            "-d -f /data/tee -l /a::/b: -p /plug -r 00112233445566778899AABBCCDDEEFF /dev/teepriv1");
        await Assert.That(options.Daemonizes).IsTrue();
        await Assert.That(options.StoragePath).IsEqualTo("/data/tee");
        await Assert.That(options.TrustedApplicationPaths).IsEquivalentTo(["/a", "/b"]);
        await Assert.That(options.PluginPath).IsEqualTo("/plug");
        await Assert.That(options.Rpmb!.Card.Choice).IsEqualTo(CardChoice.ByIdentification);
        await Assert.That(options.Discovery.Path).IsEqualTo("/dev/teepriv1");
        await Assert.That(Read("-t tas").TrustedApplicationPaths).IsEquivalentTo(["/lib/tas", "/usr/lib/tas"]);
    }

    [Test]
    [Arguments("-l /a -t b", "--ta-path and --ta-dir exclude each other")]
    [Arguments("/dev/teepriv0 /dev/teepriv1", "more than one device: /dev/teepriv0 /dev/teepriv1")]
    [Arguments("--fs-sync=never", "--fs-sync=never: commit or strict is expected")]
    [Arguments("--handover=maybe", "--handover=maybe: auto, on or off is expected")]
    [Arguments("--log-level=loud", "--log-level=loud: critical, error, warning, notice, info or debug is expected")]
    [Arguments("--log-target=paper", "--log-target=paper: stderr, journal, syslog or kmsg is expected")]
    [Arguments("--max-threads=0", "--max-threads=0: a number from 1 to 512 is expected")]
    [Arguments("--max-threads=513", "--max-threads=513: a number from 1 to 512 is expected")]
    [Arguments("--wait-device=-1", "--wait-device=-1: a number from 0 to 1000000 is expected")]
    [Arguments("--shm-limit=65G", "--shm-limit=65G: a number up to 64G is expected, with K, M or G behind it")]
    [Arguments("--shm-limit=M", "--shm-limit=M: a number up to 64G is expected, with K, M or G behind it")]
    [Arguments("-r 0011", "--rpmb-cid=0011: 32 hexadecimal digits are expected")]
    [Arguments("-f ", "--fs-parent-path: a path of 1 to 3840 bytes is expected")]
    [Arguments("-z", "invalid option -- 'z'")]
    public async Task Wrong_options_are_named(string line, string error)
    {
        await Assert.That(SupplicantOptionReader.Read(line.Split(' '), static _ => null, out _)).IsEqualTo(error);
    }

    [Test]
    [Arguments("", null)]
    [Arguments("--handover=auto", null)]
    [Arguments("--handover=on", true)]
    [Arguments("--handover=off", false)]
    public async Task Handover_is_the_service_manager_s_choice_unless_told(string line, bool? handover)
    {
        await Assert.That(Read(line).Handover).IsEqualTo(handover);
    }

    [Test]
    public async Task Numbers_are_read()
    {
        SupplicantOptions options = Read(
            "--wait-device=7 --max-threads=3 --shm-limit=16M --log-target=kmsg --log-level=debug");
        await Assert.That(options.Discovery.WaitForDevice).IsEqualTo(TimeSpan.FromSeconds(7));
        await Assert.That(options.Limits.MaximumThreads).IsEqualTo(3);
        await Assert.That(options.Limits.MaximumSharedMemory).IsEqualTo(16L << 20);
        await Assert.That(options.Limits.MaximumAllocation).IsEqualTo(16L << 20);
        await Assert.That(options.LogTarget).IsEqualTo(LogTarget.Kernel);
        await Assert.That(options.LogLevel).IsEqualTo(LogLevel.Debug);
        await Assert.That(Read("--wait-device=infinity").Discovery.WaitForDevice).IsLessThan(TimeSpan.Zero);
    }

    [Test]
    public async Task The_environment_counts_and_the_command_line_wins()
    {
        Dictionary<string, string> variables = new(StringComparer.Ordinal)
        {
            ["TEE_SUPPLICANT_FS_PARENT_PATH"] = "/from/environment",
            ["TEE_SUPPLICANT_NO_PLUGINS"] = "yes",
            ["TEE_SUPPLICANT_NO_FS"] = "no",
            ["TEE_SUPPLICANT_TA_PATH"] = "/tas",
            ["TEE_SUPPLICANT_DAEMONIZE"] = "yes",
            ["STATE_DIRECTORY"] = "/from/systemd:/second",
        };
        SupplicantOptions options = Read("", variables);
        await Assert.That(options.StoragePath).IsEqualTo("/from/environment");
        await Assert.That(options.PluginPath).IsNull();
        await Assert.That(options.ServesFileSystem).IsTrue();
        await Assert.That(options.Daemonizes).IsFalse();
        await Assert.That(options.TrustedApplicationPaths).IsEquivalentTo(["/tas"]);
        await Assert.That(Read("-f /x", variables).StoragePath).IsEqualTo("/x");
        await Assert.That(Read("-t y", variables).TrustedApplicationPaths).IsEquivalentTo(["/lib/y", "/usr/lib/y"]);
        variables.Remove("TEE_SUPPLICANT_FS_PARENT_PATH");
        await Assert.That(Read("", variables).StoragePath).IsEqualTo("/from/systemd");
        variables["TEE_SUPPLICANT_NO_FS"] = "perhaps";
        await Assert.That(SupplicantOptionReader.Read([], variables.GetValueOrDefault, out _))
            .IsEqualTo("TEE_SUPPLICANT_NO_FS=perhaps: yes or no is expected");
    }

    [Test]
    public async Task Paths_become_absolute()
    {
        await Assert.That(Read("-f tee").StoragePath).IsEqualTo(Path.GetFullPath("tee"));
        await Assert.That(Read("-l tas").TrustedApplicationPaths).IsEquivalentTo([Path.GetFullPath("tas")]);
    }

    [Test]
    public async Task The_help_names_every_option_once()
    {
        string help = SupplicantOptionTable.GetHelp();
        foreach (Boot.CommandLine.OptionDefinition option in SupplicantOptionTable.Options)
        {
            bool isShown = help.Contains($"--{option.LongName}", StringComparison.Ordinal);
            await Assert.That(isShown).IsEqualTo(option.Help is not null);
        }

        foreach (string line in help.Split('\n'))
        {
            await Assert.That(line.Length).IsLessThanOrEqualTo(100);
        }
    }

    private static SupplicantOptions Read(string line, Dictionary<string, string>? variables = null)
    {
        string? error = SupplicantOptionReader.Read(
            line.Split(' ', StringSplitOptions.RemoveEmptyEntries),
            name => variables?.GetValueOrDefault(name),
            out SupplicantOptions? options);
        return options ?? throw new InvalidOperationException(error);
    }
}
