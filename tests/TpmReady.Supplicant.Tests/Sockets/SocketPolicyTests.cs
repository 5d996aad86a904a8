// SPDX-License-Identifier: MIT

using System;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Threading.Tasks;
using CsCheck;
using TpmReady.Linux.Network;
using TpmReady.Supplicant.Logging;
using TpmReady.Supplicant.Sockets;
using TpmReady.Tpm;

namespace TpmReady.Supplicant.Tests.Sockets;

/// <summary>The allow-list: how rules are read, and what they let through.</summary>
public sealed class SocketPolicyTests
{
    private static readonly Gen<IPAddress> Address4 = Gen.Byte.Array[4].Select(bytes => new IPAddress(bytes));
    private static readonly Gen<IPAddress> Address6 = Gen.Byte.Array[16].Select(bytes => new IPAddress(bytes));

    [Test]
    [Arguments("*", "203.0.113.9", 1)]
    [Arguments("*:443", "203.0.113.9", 443)]
    [Arguments("203.0.113.9", "203.0.113.9", 80)]
    [Arguments("203.0.113.0/24", "203.0.113.9", 80)]
    [Arguments("203.0.113.0/24:80", "203.0.113.9", 80)]
    [Arguments("0.0.0.0/0", "203.0.113.9", 80)]
    [Arguments("203.0.113.0/24", "::ffff:203.0.113.9", 80)]
    [Arguments("2001:db8::/32", "2001:db8:1::1", 80)]
    [Arguments("[2001:db8::/32]:80", "2001:db8:1::1", 80)]
    [Arguments("[2001:db8::]/32:80", "2001:db8:1::1", 80)]
    [Arguments("[2001:db8:1::1]", "2001:db8:1::1", 80)]
    [Arguments("::/0", "2001:db8:1::1", 80)]
    public async Task Rules_let_through(string rule, string address, int port) =>
        await Assert.That(Policy(rule).Allows([], Parse(address, port))).IsTrue();

    [Test]
    [Arguments("*:443", "203.0.113.9", 80)]
    [Arguments("203.0.113.9", "203.0.113.8", 80)]
    [Arguments("203.0.113.0/24:80", "203.0.113.9", 81)]
    [Arguments("203.0.113.0/24", "203.0.112.255", 80)]
    [Arguments("203.0.113.0/24", "2001:db8:1::1", 80)]
    [Arguments("0.0.0.0/0", "2001:db8:1::1", 80)]
    [Arguments("::/0", "203.0.113.9", 80)]
    [Arguments("::/0", "::ffff:203.0.113.9", 80)]
    [Arguments("[2001:db8::/32]:80", "2001:db8::1", 81)]
    [Arguments("localhost", "127.0.0.1", 80)]
    public async Task Rules_hold_back(string rule, string address, int port) =>
        await Assert.That(Policy(rule).Allows([], Parse(address, port))).IsFalse();

    [Test]
    [Arguments("time.example", "time.example", true)]
    [Arguments("time.example", "TIME.Example.", true)]
    [Arguments("Time.Example.", "time.example", true)]
    [Arguments("time.example", "a.time.example", false)]
    [Arguments("time.example", "time.example.org", false)]
    [Arguments("time.example:123", "time.example", true)]
    [Arguments("time.example:124", "time.example", false)]
    [Arguments("192.0.2.0/24", "time.example", false)]
    public async Task Names_are_compared_as_DNS_does(string rule, string name, bool allowed) =>
        await Assert.That(Policy(rule).Allows(Encoding.ASCII.GetBytes(name), Parse("203.0.113.9", 123)))
            .IsEqualTo(allowed);

    [Test]
    [Arguments("time.example", "other.example", false)]
    [Arguments("time.example:123", "time.example", false)]
    [Arguments("192.0.2.0/24:123", "other.example", false)]
    [Arguments("192.0.2.0/24", "other.example", true)]
    [Arguments("*:80", "other.example", true)]
    public async Task Only_names_that_could_be_allowed_are_looked_up(string rule, string name, bool may) =>
        await Assert.That(Policy(rule).MayLookUp(Encoding.ASCII.GetBytes(name), 80)).IsEqualTo(may);

    [Test]
    [Arguments("")]
    [Arguments(" ")]
    [Arguments(":")]
    [Arguments(":80")]
    [Arguments("host:")]
    [Arguments("host:0")]
    [Arguments("host:65536")]
    [Arguments("host:-1")]
    [Arguments("host:80x")]
    [Arguments("host/8")]
    [Arguments("a..b")]
    [Arguments("a b")]
    [Arguments("*.example")]
    [Arguments("10.0.0.1/8")]
    [Arguments("10.0.0.0/33")]
    [Arguments("10.0.0.0/")]
    [Arguments("10.0.0.0/-1")]
    [Arguments("10.0.0")]
    [Arguments("300.0.0.1")]
    [Arguments("[::1")]
    [Arguments("[::1]80")]
    [Arguments("[::1]/129")]
    [Arguments("[::1/128]/128")]
    [Arguments("::ffff:10.0.0.1")]
    [Arguments("fe80::1%eth0")]
    public async Task Wrong_rules_are_refused(string text)
    {
        await Assert.That(SocketRule.Parse(text, out SocketRule? rule)).IsNotNull();
        await Assert.That(rule).IsNull();
    }

    [Test]
    public void Any_text_is_a_rule_or_an_error() =>
        Gen.String[Gen.Char["0123456789abf:./[]*%-_x"], 0, 24]
            .Sample(text => SocketRule.Parse(text, out SocketRule? rule) is null == rule is not null, iter: 100_000);

    [Test]
    public void Networks_hold_what_NET_says_they_hold() =>
        Gen.Select(Gen.Bool, Gen.Int[0, 128], Gen.Int[0, 65535], Gen.Int[0, 128])
            .SelectMany(choice => (choice.Item1 ? Address4 : Address6).Array[2]
                .Select(pair => (Bits: Math.Min(choice.Item2, choice.Item1 ? 32 : 128), Port: choice.Item3,
                    Shared: choice.Item4, Base: pair[0], Other: pair[1])))
            .Sample(
                choice =>
                {
                    IPNetwork network = Mask(choice.Base, choice.Bits);
                    IPAddress tested = Blend(choice.Base, choice.Other, choice.Shared);
                    string text = network.BaseAddress.AddressFamily == AddressFamily.InterNetwork
                        ? network.ToString() : $"[{network}]";
                    bool hasPort = choice.Port > 0;
                    SocketPolicy policy = Policy(hasPort ? $"{text}:{choice.Port}" : text);
                    return policy.Allows([], Parse(tested.ToString(), choice.Port)) == network.Contains(tested)
                        && (!hasPort || !policy.Allows([], Parse(tested.ToString(), choice.Port ^ 1)));
                },
                iter: 5000);

    [Test]
    public async Task A_TA_is_kept_from_peers_that_no_rule_names()
    {
        using Socket allowed = SocketFixture.Listen(AddressFamily.InterNetwork, SocketType.Dgram);
        using Socket other = SocketFixture.Listen(AddressFamily.InterNetwork, SocketType.Dgram);
        int port = SocketFixture.EndPoint(allowed).Port;
        using SocketFixture sockets = new(policy: Policy($"127.0.0.1:{port}"));
        ulong handle = sockets.MustOpen(allowed, SocketFixture.Udp);

        await Assert.That(sockets.Open(other, SocketFixture.Udp).Result).IsEqualTo(TeeResult.AccessDenied);
        await Assert.That(sockets.Open("127.0.0.2", port, SocketFixture.Udp).Result).IsEqualTo(TeeResult.AccessDenied);
        await Assert.That(sockets.Open("::ffff:127.0.0.1", port, SocketFixture.Udp).Result)
            .IsEqualTo(TeeResult.Success);
        await Assert.That(sockets.Open("::ffff:127.0.0.2", port, SocketFixture.Udp).Result)
            .IsEqualTo(TeeResult.AccessDenied);
        await Assert.That(sockets.Control(
                handle, SocketCommand.ChangePort, BitConverter.GetBytes((ushort)SocketFixture.EndPoint(other).Port)))
            .IsEqualTo(TeeResult.AccessDenied);
        await Assert.That(sockets.Control(handle, SocketCommand.ChangeAddress, "127.0.0.2\0"u8))
            .IsEqualTo(TeeResult.AccessDenied);
        await Assert.That(sockets.Log.Count(LogLevel.Warning)).IsEqualTo(5);
        await Assert.That(sockets.Send(handle, [1])).IsEqualTo((TeeResult.Success, 1UL));
        await Assert.That(await allowed.ReceiveAsync(new byte[8])).IsEqualTo(1);
    }

    [Test]
    public async Task A_name_that_is_allowed_stays_allowed_for_other_ports_only_by_rule()
    {
        using Socket peer = SocketFixture.Listen(AddressFamily.InterNetwork, SocketType.Dgram);
        int port = SocketFixture.EndPoint(peer).Port;
        using SocketFixture sockets = new(policy: Policy($"time.example:{port}", "time.example:123"));
        sockets.Sockets.Known = ("time.example", [Parse("127.0.0.1", 0)]);
        (TeeResult result, ulong handle) = sockets.Open("time.example", port, SocketFixture.Udp);

        await Assert.That(result).IsEqualTo(TeeResult.Success);
        await Assert.That(sockets.Open("127.0.0.1", port, SocketFixture.Udp).Result).IsEqualTo(TeeResult.AccessDenied);
        await Assert.That(sockets.Control(handle, SocketCommand.ChangePort, [123, 0])).IsEqualTo(TeeResult.Success);
        await Assert.That(sockets.Control(handle, SocketCommand.ChangePort, [124, 0]))
            .IsEqualTo(TeeResult.AccessDenied);
        await Assert.That(sockets.Open("other.example", port, SocketFixture.Udp).Result)
            .IsEqualTo(TeeResult.AccessDenied);
        await Assert.That(sockets.Sockets.Lookups).IsEqualTo(1);
    }

    [Test]
    public async Task Of_a_names_addresses_only_allowed_ones_are_tried()
    {
        using Socket listener = SocketFixture.Listen(AddressFamily.InterNetwork);
        int port = SocketFixture.EndPoint(listener).Port;
        using SocketFixture sockets = new(policy: Policy("127.0.0.1"));
        sockets.Sockets.Known = ("host", [Parse("127.0.0.9", 0), Parse("127.0.0.1", 0)]);
        await Assert.That(sockets.Open("host", port).Result).IsEqualTo(TeeResult.Success);
        sockets.Sockets.Known = ("host", [Parse("127.0.0.9", 0)]);
        await Assert.That(sockets.Open("host", port).Result).IsEqualTo(TeeResult.AccessDenied);
    }

    private static SocketPolicy Policy(params string[] rules) => new(rules.Select(text =>
        SocketRule.Parse(text, out SocketRule? rule) is string error
            ? throw new FormatException($"{text}: {error}")
            : rule!));

    private static InternetAddress Parse(string text, int port) =>
        InternetAddress.TryParse(text, out InternetAddress address)
            ? address.WithPort((ushort)port)
            : throw new FormatException(text);

    private static IPNetwork Mask(IPAddress address, int bits) =>
        new(Blend(address, new IPAddress(new byte[address.GetAddressBytes().Length]), bits), bits);

    /// <summary>The first bits of one address, the others of another.</summary>
    private static IPAddress Blend(IPAddress first, IPAddress second, int bits)
    {
        byte[] result = second.GetAddressBytes();
        byte[] source = first.GetAddressBytes();
        for (int bit = 0; bit < Math.Min(bits, result.Length * 8); bit++)
        {
            int mask = 0x80 >> (bit % 8);
            result[bit / 8] = (byte)((result[bit / 8] & ~mask) | (source[bit / 8] & mask));
        }

        return new IPAddress(result);
    }
}
