// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.Threading.Tasks;
using TpmReady.Boot.TeeSupplicant;

namespace TpmReady.Boot.Tests.CommandLine;

/// <summary>What the options about sockets and profiles mean.</summary>
public sealed class NetworkOptionTests
{
    [Test]
    public async Task Without_options_everything_is_as_with_the_C_supplicant()
    {
        SupplicantOptions options = Read("");
        await Assert.That(options.Sockets).IsNotNull();
        await Assert.That(options.Sockets!.Rules).IsEmpty();
        await Assert.That(options.Sockets.IsStrict).IsFalse();
        await Assert.That(options.Sockets.Limits.ConnectTimeout).IsEqualTo(TimeSpan.FromSeconds(20));
        await Assert.That(options.Sockets.Limits.MaximumWaits).IsEqualTo(48);
        await Assert.That(options.ProfilePath).IsEqualTo("/tmp");
    }

    [Test]
    public async Task Options_are_understood()
    {
        SupplicantOptions options = Read(
            "--connect-timeout=5 --gp-strict --max-threads=8 --prof-dir=/var/log/tee "
            + "--socket-allow=192.0.2.0/24 --socket-allow=time.example:123,*:443");
        await Assert.That(options.Sockets!.Rules.Count).IsEqualTo(3);
        await Assert.That(options.Sockets.IsStrict).IsTrue();
        await Assert.That(options.Sockets.Limits.ConnectTimeout).IsEqualTo(TimeSpan.FromSeconds(5));
        await Assert.That(options.Sockets.Limits.MaximumWaits).IsEqualTo(6);
        await Assert.That(options.ProfilePath).IsEqualTo("/var/log/tee");
    }

    [Test]
    public async Task Services_can_be_switched_off()
    {
        await Assert.That(Read("--no-sockets --socket-allow=192.0.2.1").Sockets).IsNull();
        await Assert.That(Read("--no-prof --prof-dir=/somewhere").ProfilePath).IsNull();
    }

    [Test]
    public async Task Rules_can_stand_in_the_environment()
    {
        Dictionary<string, string> variables = new(StringComparer.Ordinal)
        {
            ["TEE_SUPPLICANT_SOCKET_ALLOW"] = "192.0.2.1, [2001:db8::1]:443",
            ["TEE_SUPPLICANT_NO_PROF"] = "yes",
        };
        await Assert.That(Read("", variables).Sockets!.Rules.Count).IsEqualTo(2);
        await Assert.That(Read("", variables).ProfilePath).IsNull();

        // The command line wins: it does not add to what the environment allows.
        await Assert.That(Read("--socket-allow=192.0.2.2", variables).Sockets!.Rules.Count).IsEqualTo(1);
    }

    [Test]
    [Arguments("--connect-timeout=0", "--connect-timeout=0: a number from 1 to 3600 is expected")]
    [Arguments("--socket-allow=10.0.0.1/8", "--socket-allow=10.0.0.1/8: the address has bits beyond the network's 8")]
    [Arguments("--socket-allow=", "--socket-allow=: an address, a network, a host name or * is expected")]
    [Arguments("--socket-allow=a,,b", "--socket-allow=: an address, a network, a host name or * is expected")]
    [Arguments("--no-sockets --socket-allow=x:0", "--socket-allow=x:0: the port must be a number from 1 to 65535")]
    [Arguments("--prof-dir=", "--prof-dir: a path of 1 to 3840 bytes is expected")]
    public async Task Wrong_options_are_named(string line, string error) =>
        await Assert.That(SupplicantOptionReader.Read(line.Split(' '), static _ => null, out _)).IsEqualTo(error);

    private static SupplicantOptions Read(string line, Dictionary<string, string>? variables = null)
    {
        string? error = SupplicantOptionReader.Read(
            line.Split(' ', StringSplitOptions.RemoveEmptyEntries),
            name => variables?.GetValueOrDefault(name),
            out SupplicantOptions? options);
        return options ?? throw new FormatException(error);
    }
}
