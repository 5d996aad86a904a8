// SPDX-License-Identifier: MIT

using System;
using System.Buffers;
using System.Buffers.Text;
using System.Text;
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
internal sealed unsafe class CardDirectory
{
    private const int PathSize = 512;
    private const int AttributeSize = 64;

    private static readonly int DirectoryFlags = Libc.O_RDONLY | Libc.O_DIRECTORY | Libc.O_CLOEXEC;

    private readonly IFileOperations _files;
    private readonly byte[] _system;
    private readonly byte[] _devices;

    /// <summary>The cards of this machine.</summary>
    /// <param name="files">How files are reached.</param>
    /// <param name="system">Where sysfs is mounted.</param>
    /// <param name="devices">Where device nodes are.</param>
    public CardDirectory(IFileOperations files, string system = "/sys", string devices = "/dev")
    {
        _files = files;
        _system = Encoding.UTF8.GetBytes(system);
        _devices = Encoding.UTF8.GetBytes(devices);
    }

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
        PathText path = new(stackalloc byte[PathSize]);
        path.Append(_devices);
        path.Append("/mmcblk"u8);
        path.Append(host);
        path.Append("rpmb"u8);
        return Open(path, Libc.O_RDWR | Libc.O_CLOEXEC);
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
        int length = ReadAttribute(host, "cid"u8, text);
        if (length < 0)
        {
            return length is -Errno.ENOENT or -Errno.ENODEV ? TeeResult.StorageNotAvailable : TeeResult.NoData;
        }

        bool isRead = TryParse(text[..length], out information.Cid)
            && TryRead(host, "raw_rpmb_size_mult"u8, out information.SizeMultiplier)
            && TryRead(host, "rel_sectors"u8, out information.ReliableSectors);
        return isRead ? TeeResult.Success : TeeResult.NoData;
    }

    private CardSearch FindOnly(out int host) => Scan("/bus/mmc_rpmb/devices"u8, "mmcblk"u8, "rpmb"u8, null, out host);

    private CardSearch FindByIdentification(CardIdentification wanted, out int host) =>
        Scan("/class/mmc_host"u8, "mmc"u8, default, &wanted, out host);

    /// <summary>Goes through a directory of names with numbers in them, with or without looking at each CID.</summary>
    private CardSearch Scan(
        ReadOnlySpan<byte> directory,
        ReadOnlySpan<byte> prefix,
        ReadOnlySpan<byte> suffix,
        CardIdentification* wanted,
        out int host)
    {
        host = -1;
        PathText path = new(stackalloc byte[PathSize]);
        path.Append(_system);
        path.Append(directory);
        int descriptor = Open(path, DirectoryFlags);
        if (descriptor < 0)
        {
            return CardSearch.None;
        }

        CardSearch outcome = CardSearch.None;
        byte* buffer = stackalloc byte[DirectoryReader.BufferSize];
        long position = 0;
        while (outcome != CardSearch.Several && DirectoryReader.Read(
            _files, descriptor, ref position, buffer, hidden: false, out ReadOnlySpan<byte> name) == 1)
        {
            if (TryParse(name, prefix, suffix, out int number) && (wanted == null || Has(number, *wanted)))
            {
                outcome = host < 0 ? CardSearch.Found : CardSearch.Several;
                host = number;
            }
        }

        _files.Close(descriptor);
        return outcome;
    }

    private bool Has(int host, CardIdentification wanted)
    {
        Span<byte> text = stackalloc byte[AttributeSize];
        int length = ReadAttribute(host, "cid"u8, text);
        return length > 0
            && TryParse(text[..length], out CardIdentification found)
            && ((ReadOnlySpan<byte>)found).SequenceEqual(wanted);
    }

    private bool TryRead(int host, ReadOnlySpan<byte> attribute, out byte value)
    {
        Span<byte> text = stackalloc byte[AttributeSize];
        int length = ReadAttribute(host, attribute, text);
        value = 0;
        return length > 0 && TryParse(text[..length], out value);
    }

    private int ReadAttribute(int host, ReadOnlySpan<byte> attribute, Span<byte> text)
    {
        PathText path = new(stackalloc byte[PathSize]);
        path.Append(_system);
        path.Append("/class/mmc_host/mmc"u8);
        path.Append(host);
        path.Append("/mmc"u8);
        path.Append(host);
        path.Append(":0001/"u8);
        path.Append(attribute);
        int descriptor = Open(path, Libc.O_RDONLY | Libc.O_CLOEXEC);
        if (descriptor < 0)
        {
            return descriptor;
        }

        int length;
        fixed (byte* buffer = text)
        {
            length = (int)_files.Read(descriptor, buffer, (nuint)text.Length, 0);
        }

        _files.Close(descriptor);
        return length;
    }

    private int Open(PathText path, int flags)
    {
        fixed (byte* bytes = path.Terminated)
        {
            return bytes == null ? -Errno.ENAMETOOLONG : _files.Open(Libc.AT_FDCWD, bytes, flags, 0);
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
