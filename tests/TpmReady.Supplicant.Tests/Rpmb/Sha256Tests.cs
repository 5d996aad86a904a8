// SPDX-License-Identifier: MIT

using System;
using System.Security.Cryptography;
using System.Text;
using System.Threading.Tasks;
using CsCheck;
using TpmReady.Supplicant.Rpmb.Emulation;

namespace TpmReady.Supplicant.Tests.Rpmb;

/// <summary>Our SHA-256 and HMAC are those of FIPS 180-4 and RFC 4231.</summary>
public sealed class Sha256Tests
{
    // The examples of FIPS 180-4's "SHA-256" companion document, and the empty message and a million times "a" of
    // NIST's test vectors (https://csrc.nist.gov/projects/cryptographic-standards-and-guidelines/example-values).
    [Test]
    [Arguments("", 1, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")]
    [Arguments("abc", 1, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")]
    [Arguments(
        "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
        1,
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1")]
    [Arguments(
        "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmno"
        + "ijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
        1,
        "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1")]
    [Arguments("a", 1_000_000, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")]
    public async Task Sha256_gives_the_published_hashes(string message, int times, string expected)
    {
        Sha256 hash = Sha256.Start();
        byte[] bytes = Encoding.ASCII.GetBytes(message);
        for (int i = 0; i < times; i++)
        {
            hash.Append(bytes);
        }

        byte[] result = new byte[32];
        hash.Finish(result);

        await Assert.That(Convert.ToHexStringLower(result)).IsEqualTo(expected);
    }

    // RFC 4231, sections 4.2 to 4.8; case 5 is published with 128 bits of the MAC.
    [Test]
    [Arguments("0b*20", "Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7")]
    [Arguments(
        "Jefe", "what do ya want for nothing?", "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")]
    [Arguments("aa*20", "dd*50", "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe")]
    [Arguments("01-19", "cd*50", "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b")]
    [Arguments("0c*20", "Test With Truncation", "a3b6167473100ee06e0c796c2955552b")]
    [Arguments(
        "aa*131",
        "Test Using Larger Than Block-Size Key - Hash Key First",
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54")]
    [Arguments(
        "aa*131",
        "This is a test using a larger than block-size key and a larger than block-size data. "
        + "The key needs to be hashed before being used by the HMAC algorithm.",
        "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2")]
    public async Task Hmac_gives_the_published_codes(string key, string data, string expected)
    {
        HmacSha256 mac = HmacSha256.Start(Bytes(key));
        mac.Append(Bytes(data));
        byte[] result = new byte[32];
        mac.Finish(result);

        await Assert.That(Convert.ToHexStringLower(result)).StartsWith(expected);
    }

    [Test]
    public void Any_message_in_any_pieces_hashes_as_the_platform_says() =>
        Gen.Select(Gen.Byte.Array[0, 300], Gen.Byte.Array[0, 150], Gen.Int[1, 130]).Sample((message, key, piece) =>
        {
            Sha256 hash = Sha256.Start();
            HmacSha256 mac = HmacSha256.Start(key);
            for (int offset = 0; offset < message.Length; offset += piece)
            {
                ReadOnlySpan<byte> part = message.AsSpan(offset, Math.Min(piece, message.Length - offset));
                hash.Append(part);
                mac.Append(part);
            }

            byte[] hashed = new byte[32];
            byte[] authenticated = new byte[32];
            hash.Finish(hashed);
            mac.Finish(authenticated);
            return hashed.AsSpan().SequenceEqual(SHA256.HashData(message))
                && authenticated.AsSpan().SequenceEqual(HMACSHA256.HashData(key, message));
        });

    // "aa*20" is 20 bytes 0xaa, "01-19" the bytes 0x01 to 0x19; anything else is text.
    private static byte[] Bytes(string text)
    {
        if (text is "01-19")
        {
            byte[] rising = new byte[0x19];
            for (int i = 0; i < rising.Length; i++)
            {
                rising[i] = (byte)(i + 1);
            }

            return rising;
        }

        string[] parts = text.Split('*');
        if (parts.Length != 2)
        {
            return Encoding.ASCII.GetBytes(text);
        }

        byte[] bytes = new byte[int.Parse(parts[1], System.Globalization.CultureInfo.InvariantCulture)];
        bytes.AsSpan().Fill(Convert.ToByte(parts[0], 16));
        return bytes;
    }
}
