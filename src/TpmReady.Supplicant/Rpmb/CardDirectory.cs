// SPDX-License-Identifier: MIT

using System;
using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text.Unicode;
using TpmReady.Linux.Files;
using TpmReady.Linux.Interop;
using TpmReady.Supplicant.Storage;
using TpmReady.Tpm;
using CardIdentification = TpmReady.Supplicant.Rpmb.RpmbInformation.CardIdentification;

namespace TpmReady.Supplicant.Rpmb;

/// <summary>
/// The cards that the kernel knows, as sysfs shows them. A card is named by the number of its host, which also numbers
/// its device nodes; an eMMC always has the relative address 1 (mmc_init_card in drivers/mmc/core/mmc.c).
/// </summary>
/// <param name="files">How files are reached.</param>
/// <param name="system">Where sysfs is mounted.</param>
/// <param name="devices">Where device nodes are.</param>
internal sealed unsafe class CardDirectory(IFileOperations files, string system = "/sys", string devices = "/dev")
{
    private const int PathSize = 512;
    private const int AttributeSize = 64;

    private static readonly int DirectoryFlags = Libc.O_RDONLY | Libc.O_DIRECTORY | Libc.O_CLOEXEC;

    /// <summary>Looks for a card anew.</summary>
    /// <param name="selection">Which one.</param>
    /// <param name="number">The number in the request.</param>
    /// <param name="host">The card's number.</param>
    public CardSearch Find(in CardSelection selection, ushort number, out int host)
    {
        switch (selection.Choice)
        {
            case CardChoice.ByNumber:
                host = number;
                return CardSearch.Found;
            case CardChoice.Only:
                return FindOnly(out host);
            default:
                return FindByIdentification(selection.Identification, out host);
        }
    }

    /// <summary>Opens a card's RPMB for reading and writing.</summary>
    /// <returns>A descriptor or a negative error number.</returns>
    public int Open(int host)
    {
        Span<byte> path = stackalloc byte[PathSize];
        return Utf8.TryWrite(path, CultureInfo.InvariantCulture, $"{devices}/mmcblk{host}rpmb\0", out _)
            ? Open(path, Libc.O_RDWR | Libc.O_CLOEXEC)
            : -Errno.ENAMETOOLONG;
    }

    /// <summary>Reads what a card is.</summary>
    /// <returns>
    /// <see cref="TeeResult.StorageNotAvailable"/> if there is no such card, <see cref="TeeResult.NoData"/> if the
    /// kernel does not tell.
    /// </returns>
    public TeeResult Read(int host, out RpmbInformation information)
    {
        information = default;
        Span<byte> text = stackalloc byte[AttributeSize];
        int length = ReadAttribute(host, "cid", text);
        if (length < 0)
        {
            return length is -Errno.ENOENT or -Errno.ENODEV ? TeeResult.StorageNotAvailable : TeeResult.NoData;
        }

        bool isRead = TryParse(text[..length], out information.Cid)
            && TryRead(host, "raw_rpmb_size_mult", out information.SizeMultiplier)
            && TryRead(host, "rel_sectors", out information.ReliableSectors);
        return isRead ? TeeResult.Success : TeeResult.NoData;
    }

    private CardSearch FindOnly(out int host) => Scan("bus/mmc_rpmb/devices", "mmcblk"u8, "rpmb"u8, null, out host);

    private CardSearch FindByIdentification(CardIdentification wanted, out int host) =>
        Scan("class/mmc_host", "mmc"u8, default, &wanted, out host);

    /// <summary>Goes through a directory of names with numbers in them, with or without looking at each CID.</summary>
    private CardSearch Scan(
        string directory,
        ReadOnlySpan<byte> prefix,
        ReadOnlySpan<byte> suffix,
        CardIdentification* wanted,
        out int host)
    {
        host = -1;
        Span<byte> path = stackalloc byte[PathSize];
        int descriptor = Utf8.TryWrite(path, $"{system}/{directory}\0", out _)
            ? Open(path, DirectoryFlags)
            : -Errno.ENAMETOOLONG;
        if (descriptor < 0)
        {
            return CardSearch.None;
        }

        CardSearch outcome = CardSearch.None;
        byte* buffer = stackalloc byte[DirectoryReader.BufferSize];
        long position = 0;
        while (outcome != CardSearch.Several && DirectoryReader.Read(
            files, descriptor, ref position, buffer, hidden: false, out ReadOnlySpan<byte> name) == 1)
        {
            if (TryParse(name, prefix, suffix, out int number) && (wanted == null || Has(number, *wanted)))
            {
                outcome = host < 0 ? CardSearch.Found : CardSearch.Several;
                host = number;
            }
        }

        files.Close(descriptor);
        return outcome;
    }

    private bool Has(int host, CardIdentification wanted)
    {
        Span<byte> text = stackalloc byte[AttributeSize];
        int length = ReadAttribute(host, "cid", text);
        return length > 0
            && TryParse(text[..length], out CardIdentification found)
            && ((ReadOnlySpan<byte>)found).SequenceEqual(wanted);
    }

    private bool TryRead(int host, string attribute, out byte value)
    {
        Span<byte> text = stackalloc byte[AttributeSize];
        int length = ReadAttribute(host, attribute, text);
        value = 0;
        return length > 0 && TryParse(text[..length], out value);
    }

    private int ReadAttribute(int host, string attribute, Span<byte> text)
    {
        Span<byte> path = stackalloc byte[PathSize];
        if (!Utf8.TryWrite(
            path,
            CultureInfo.InvariantCulture,
            $"{system}/class/mmc_host/mmc{host}/mmc{host}:0001/{attribute}\0",
            out _))
        {
            return -Errno.ENAMETOOLONG;
        }

        int descriptor = Open(path, Libc.O_RDONLY | Libc.O_CLOEXEC);
        if (descriptor < 0)
        {
            return descriptor;
        }

        int length;
        fixed (byte* buffer = text)
        {
            length = (int)files.Read(descriptor, buffer, (nuint)text.Length, 0);
        }

        files.Close(descriptor);
        return length;
    }

    private int Open(ReadOnlySpan<byte> path, int flags)
    {
        fixed (byte* bytes = path)
        {
            return files.Open(Libc.AT_FDCWD, bytes, flags, 0);
        }
    }

    // 32 hexadecimal digits and the end of the line (MMC_DEV_ATTR(cid) in drivers/mmc/core/mmc.c).
    private static bool TryParse(ReadOnlySpan<byte> text, out CardIdentification cid)
    {
        const int digits = CardIdentification.Size * 2;
        cid = default;
        text = text.TrimEnd("\n"u8);
        return text.Length == digits
            && Convert.FromHexString(text, cid, out _, out _) == OperationStatus.Done;
    }

    // "0x10" and the end of the line; zero stands without the 0x.
    private static bool TryParse(ReadOnlySpan<byte> text, out byte value)
    {
        text = text.TrimEnd("\n"u8);
        ReadOnlySpan<byte> digits = text.StartsWith("0x"u8) ? text[2..] : text;
        return Utf8Parser.TryParse(digits, out value, out int used, 'x') && used == digits.Length;
    }

    private static bool TryParse(
        ReadOnlySpan<byte> name, ReadOnlySpan<byte> prefix, ReadOnlySpan<byte> suffix, out int number)
    {
        number = -1;
        if (!name.StartsWith(prefix) || !name.EndsWith(suffix) || name.Length <= prefix.Length + suffix.Length)
        {
            return false;
        }

        ReadOnlySpan<byte> digits = name[prefix.Length..^suffix.Length];
        return Utf8Parser.TryParse(digits, out number, out int used) && used == digits.Length && number >= 0;
    }
}
