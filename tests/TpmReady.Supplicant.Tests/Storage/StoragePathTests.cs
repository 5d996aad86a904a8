// SPDX-License-Identifier: MIT

using System;
using System.Linq;
using System.Text;
using System.Threading.Tasks;
using CsCheck;
using TpmReady.Supplicant.Storage;

namespace TpmReady.Supplicant.Tests.Storage;

/// <summary>Names that the secure world sends, good and bad.</summary>
public sealed class StoragePathTests
{
    [Test]
    [Arguments("/dirf.db", "dirf.db", "", "dirf.db")]
    [Arguments("3.ta", "3.ta", "", "3.ta")]
    [Arguments("///1a", "1a", "", "1a")]
    [Arguments("/a//b/", "a/b", "a", "b")]
    [Arguments("/u/o/p", "u/o/p", "u/o", "p")]
    [Arguments("..a", "..a", "", "..a")]
    [Arguments("ä", "ä", "", "ä")]
    public async Task Good_names_are_cleaned(string sent, string path, string parent, string name)
    {
        await Assert.That(Parse(Encoding.UTF8.GetBytes(sent + "\0"))).IsEqualTo((path, parent, name));
    }

    [Test]
    [Arguments("")]
    [Arguments("/")]
    [Arguments("//")]
    [Arguments(".")]
    [Arguments("/..")]
    [Arguments("../../ESCAPED")]
    [Arguments("a/../b")]
    [Arguments("a/./b")]
    [Arguments("a\nb")]
    [Arguments("a\u007f")]
    [Arguments("\u0001")]
    public async Task Bad_names_are_refused(string sent)
    {
        await Assert.That(Parse(Encoding.UTF8.GetBytes(sent + "\0"))).IsNull();
    }

    [Test]
    public async Task A_name_needs_an_end_and_has_limits()
    {
        await Assert.That(Parse("abc"u8.ToArray())).IsNull();
        await Assert.That(Parse([])).IsNull();
        await Assert.That(Parse(Repeat('a', 255))).IsNotNull();
        await Assert.That(Parse(Repeat('a', 256))).IsNull();
        string half = new('a', 174);
        await Assert.That(Parse(Encoding.UTF8.GetBytes($"{half}/{half}b\0"))).IsNotNull();
        await Assert.That(Parse(Encoding.UTF8.GetBytes($"{half}/{half}bc\0"))).IsNull();
    }

    [Test]
    public void Any_bytes_give_a_safe_path_or_none() =>
        Gen.OneOf(Gen.Byte, Gen.Char["/.a\0"].Select(static letter => (byte)letter)).Array[0, 400].Sample(bytes =>
        {
            (string Path, string Parent, string Name)? result = Parse(bytes, Encoding.Latin1);
            if (result is not { } path)
            {
                return true;
            }

            string[] components = path.Path.Split('/');
            return components.All(static part =>
                    part.Length is > 0 and <= 255
                    && part is not ("." or "..")
                    && !part.Any(static c => c is < ' ' or '\x7f'))
                && path.Path.Length <= 350
                && path.Path.Equals(
                    path.Parent.Length == 0 ? path.Name : $"{path.Parent}/{path.Name}", StringComparison.Ordinal)
                && !path.Name.Contains('/', StringComparison.Ordinal);
        });

    [Test]
    public void A_cleaned_path_cleans_to_itself() =>
        Gen.Char["ab./"].Array[1, 40].Select(static chars => new string(chars)).Sample(text =>
        {
            (string Path, string Parent, string Name)? once = Parse(Encoding.UTF8.GetBytes(text + "\0"));
            return once is not { } path || Parse(Encoding.UTF8.GetBytes(path.Path + "\0")) == once;
        });

    private static byte[] Repeat(char letter, int count) => Encoding.UTF8.GetBytes(new string(letter, count) + "\0");

    private static unsafe (string Path, string Parent, string Name)? Parse(byte[] bytes, Encoding? encoding = null)
    {
        encoding ??= Encoding.UTF8;
        byte* buffer = stackalloc byte[StoragePath.BufferSize];
        if (!StoragePath.TryParse(bytes, buffer, out StoragePath path))
        {
            return null;
        }

        int nameLength = 0;
        while (path.Name[nameLength] != 0)
        {
            nameLength++;
        }

        return (
            encoding.GetString(path.Bytes),
            encoding.GetString(path.Bytes[..path.ParentLength]),
            encoding.GetString(path.Name, nameLength));
    }
}
