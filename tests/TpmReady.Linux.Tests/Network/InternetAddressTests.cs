// SPDX-License-Identifier: MIT

using System;
using System.Buffers.Binary;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Net;
using System.Text;
using System.Threading.Tasks;
using CsCheck;
using TpmReady.Linux.Interop;
using TpmReady.Linux.Network;

namespace TpmReady.Linux.Tests.Network;

/// <summary>Addresses as the kernel and libc have them.</summary>
public sealed class InternetAddressTests
{
    [Test]
    public void IPv4_addresses_are_read_and_written_as_NET_does() =>
        Gen.Select(Gen.Byte.Array[4], Gen.UShort).Sample((bytes, port) =>
        {
            string text = new IPAddress(bytes).ToString();
            return InternetAddress.TryParse(text, out InternetAddress address)
                && address.Family == Libc.AF_INET
                && address.IsIPv4
                && address.Bits == BinaryPrimitives.ReadUInt32BigEndian(bytes)
                && address.WithPort(port).Port == port
                && string.Equals(
                    address.WithPort(port).ToString(),
                    string.Create(CultureInfo.InvariantCulture, $"{text}:{port}"),
                    StringComparison.Ordinal);
        });

    [Test]
    public void IPv6_addresses_are_read_and_written_as_NET_does() =>
        Gen.Byte.Array[16].Sample(bytes =>
        {
            IPAddress expected = new(bytes);
            return InternetAddress.TryParse(expected.ToString(), out InternetAddress address)
                && address.Family == Libc.AF_INET6
                && address.IsIPv4 == expected.IsIPv4MappedToIPv6
                && (address.IsIPv4 || address.Bits == BinaryPrimitives.ReadUInt128BigEndian(bytes))
                && IPEndPoint.Parse(address.WithPort(80).ToString()).Equals(new IPEndPoint(expected, 80));
        });

    [Test]
    public async Task An_IPv4_address_in_IPv6_clothes_is_known()
    {
        await Assert.That(InternetAddress.TryParse("::ffff:192.0.2.1", out InternetAddress address)).IsTrue();
        await Assert.That(address.IsIPv4).IsTrue();
        await Assert.That(address.Bits).IsEqualTo((UInt128)0xC0000201);
    }

    [Test]
    [Arguments("")]
    [Arguments("10.1")]
    [Arguments("1.2.3.4\0")]
    [Arguments("1.2.3.256")]
    [Arguments("::g")]
    [Arguments("localhost")]
    public async Task What_is_no_full_address_is_refused(string text)
    {
        await Assert.That(InternetAddress.TryParse(text, out InternetAddress address)).IsFalse();
        await Assert.That(address.Family).IsEqualTo(0);
    }

    [Test]
    public async Task A_name_of_the_hosts_file_is_found()
    {
        Skip.Unless(
            File.Exists("/etc/hosts")
                && File.ReadLines("/etc/hosts").Any(static line => line.StartsWith("127.0.0.1", StringComparison.Ordinal)
                    && line.Contains("localhost", StringComparison.Ordinal)),
            "/etc/hosts has no localhost");
        await Assert.That(Resolve("localhost", numericOnly: false)).Contains("127.0.0.1:0");
        await Assert.That(Resolve("localhost", numericOnly: true)).IsEmpty();
        await Assert.That(Resolve("127.1", numericOnly: true)).IsEqualTo("127.0.0.1:0");
    }

    private static unsafe string Resolve(string host, bool numericOnly)
    {
        InternetAddress* found = stackalloc InternetAddress[4];
        int count;
        fixed (byte* name = Encoding.UTF8.GetBytes(host + '\0'))
        {
            count = new LinuxSocketOperations().Resolve(name, Libc.AF_INET, Libc.SOCK_STREAM, numericOnly, found, 4);
        }

        StringBuilder text = new();
        for (int i = 0; i < count; i++)
        {
            text.Append(i == 0 ? "" : " ").Append(found[i]);
        }

        return text.ToString();
    }
}
