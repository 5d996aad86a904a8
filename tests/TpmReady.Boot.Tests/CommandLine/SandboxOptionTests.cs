// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.Threading.Tasks;
using TpmReady.Boot.TeeSupplicant;
using TpmReady.Supplicant.Sandbox;

namespace TpmReady.Boot.Tests.CommandLine;

/// <summary>The options of the cage and of what is shown, on the command line and in the environment.</summary>
public sealed class SandboxOptionTests
{
    private static readonly Guid First = Guid.Parse("f07bfc66-958c-4a15-99c0-260e4e7375dd");
    private static readonly Guid Second = Guid.Parse("00000000-0000-0000-0000-000000000001");

    [Test]
    public async Task The_whole_cage_is_the_default()
    {
        SupplicantOptions options = Read("");
        await Assert.That(options.Sandbox).IsEqualTo(new SandboxOptions());
        await Assert.That(options.Sandbox.Seccomp).IsEqualTo(SeccompMode.Refuse);
        await Assert.That(options.AllowedPlugins).IsNull();
        await Assert.That(options.AllowedPaths).IsEmpty();
        await Assert.That(options.StatisticsFile).IsNull();
    }

    [Test]
    [Arguments("--no-sandbox", "TEE_SUPPLICANT_NO_SANDBOX=1", SeccompMode.Off, false, false)]
    [Arguments("--no-landlock", "TEE_SUPPLICANT_NO_LANDLOCK=yes", SeccompMode.Refuse, false, true)]
    [Arguments("--keep-capabilities", "TEE_SUPPLICANT_KEEP_CAPABILITIES=true", SeccompMode.Refuse, true, false)]
    [Arguments("--seccomp=kill", "TEE_SUPPLICANT_SECCOMP=kill", SeccompMode.Kill, true, true)]
    [Arguments("--seccomp=off", "TEE_SUPPLICANT_SECCOMP=off", SeccompMode.Off, true, true)]
    public async Task Parts_are_switched_by_option_and_by_variable(
        string option, string variable, SeccompMode seccomp, bool landlock, bool drops)
    {
        SandboxOptions expected = new()
        {
            Seccomp = seccomp,
            UsesLandlock = landlock,
            DropsCapabilities = drops,
        };
        await Assert.That(Read(option).Sandbox).IsEqualTo(expected);
        await Assert.That(Read("", variable.Split('=')).Sandbox).IsEqualTo(expected);
    }

    [Test]
    public async Task Lists_add_up()
    {
        SupplicantOptions options = Read(
            $"--plugin-allow={First} --allow-path=/dev --plugin-allow={Second} --allow-path=/sys:/x/../run");
        await Assert.That(options.AllowedPlugins!).IsEquivalentTo([First, Second]);
        await Assert.That(options.AllowedPaths).IsEquivalentTo(["/dev", "/sys", "/run"]);
        SupplicantOptions others = Read("", "TEE_SUPPLICANT_PLUGIN_ALLOW", $"{First},{Second}");
        await Assert.That(others.AllowedPlugins!).IsEquivalentTo([First, Second]);
        await Assert.That(Read("", "TEE_SUPPLICANT_STATS_FILE", "/run/a").StatisticsFile).IsEqualTo("/run/a");
    }

    [Test]
    [Arguments("--seccomp=maybe", "--seccomp=maybe: errno, kill or off is expected")]
    [Arguments("--plugin-allow=all", "--plugin-allow=all: a UUID is expected")]
    [Arguments("--allow-path=", "--allow-path: a path of 1 to 3840 bytes is expected")]
    [Arguments("--stats-file=", "--stats-file: a path of 1 to 3840 bytes is expected")]
    public async Task Wrong_values_are_named(string option, string error)
    {
        await Assert.That(SupplicantOptionReader.Read([option], static _ => null, out _)).IsEqualTo(error);
    }

    private static SupplicantOptions Read(string line, params string[] variable)
    {
        string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        string? error = SupplicantOptionReader.Read(
            words, name => variable is [string set, string value] && string.Equals(name, set, StringComparison.Ordinal)
                ? value : null,
            out SupplicantOptions? options);
        return options ?? throw new KeyNotFoundException(error);
    }
}
