// SPDX-License-Identifier: MIT

using System;
using TpmReady.Linux.Files;
using TpmReady.Linux.Interop;
using TpmReady.Linux.MultiMediaCard;
using TpmReady.Supplicant.Logging;
using TpmReady.Tpm;

namespace TpmReady.Supplicant.Rpmb;

/// <summary>
/// The RPMB of an eMMC. Commands go to its device node, which is kept open until one of them fails; then the card is
/// looked for again, for it may have been replaced or have got another number.
/// </summary>
/// <remarks>
/// A card that is not there is never "not found": OP-TEE takes that answer to a counter read for a card without a key,
/// and sends its key (legacy_rpmb_init in core/tee/tee_rpmb_fs.c); to any other request, for an object that does not
/// exist. A failed write is not tried again here: OP-TEE does that itself, with the same write counter (write_req).
/// </remarks>
/// <param name="directory">Where cards are found.</param>
/// <param name="card">The driver.</param>
/// <param name="files">How files are reached.</param>
/// <param name="selection">Which card.</param>
/// <param name="log">Where a missing or failing card is reported.</param>
internal sealed unsafe class CardRpmb(
    CardDirectory directory, IMultiMediaCard card, IFileOperations files, CardSelection selection, ILog log)
    : IRpmbDevice, IDisposable
{
    private int _descriptor = -1;
    private int _host = -1;
    private int _reported;

    /// <summary>
    /// How long the driver waits after a write, in microseconds, for cards that need more than their "ready" says. The
    /// driver itself waits until the card is ready (__mmc_blk_ioctl_cmd in drivers/mmc/core/block.c).
    /// </summary>
    public uint PostSleepMicroseconds { get; init; }

    /// <inheritdoc/>
    public TeeResult Describe(ushort number, out RpmbInformation information)
    {
        information = default;
        if (!TryFind(number, out int host))
        {
            return TeeResult.StorageNotAvailable;
        }

        TeeResult result = directory.Read(host, out information);
        if (result != TeeResult.Success && IsNews(Errno.ENODATA))
        {
            log.Write(LogLevel.Error, $"sysfs does not tell about the eMMC mmc{host}, whose RPMB is wanted.");
        }

        return result;
    }

    /// <inheritdoc/>
    public TeeResult Exchange(ushort number, RpmbMessageType type, Span<byte> request, Span<byte> response)
    {
        if (!TryOpen(number))
        {
            return TeeResult.StorageNotAvailable;
        }

        int error;
        fixed (byte* input = request, output = response)
        {
            uint asked = (uint)(request.Length / RpmbFrame.Size);
            uint answers = (uint)(response.Length / RpmbFrame.Size);
            error = type is RpmbMessageType.ProgramKey or RpmbMessageType.Write
                ? Write(input, asked, output)
                : Read(input, output, answers);
        }

        if (error < 0)
        {
            log.Write(LogLevel.Error, $"The RPMB of mmc{_host} did not take a request: {Errno.Name(-error)}.");
            Dispose();
            return TeeResult.Generic;
        }

        return TeeResult.Success;
    }

    /// <summary>Closes the device node.</summary>
    public void Dispose()
    {
        if (_descriptor >= 0)
        {
            files.Close(_descriptor);
        }

        _descriptor = -1;
    }

    /// <summary>The frames, the question for the result, and the result.</summary>
    private int Write(byte* request, uint frames, byte* response)
    {
        byte* question = stackalloc byte[RpmbFrame.Size];
        Span<byte> bytes = new(question, RpmbFrame.Size);
        bytes.Clear();
        new RpmbFrame(bytes).Type = RpmbMessageType.ReadResult;

        MultiMediaCardAbi.ThreeCommands commands = new()
        {
            Count = 3,
            First = ToCard(MultiMediaCardAbi.ReliableWrite, request, frames),
            Second = ToCard(MultiMediaCardAbi.Write, question, 1),
            Third = FromCard(response, 1),
        };
        commands.First.PostSleepMinimumMicroseconds = PostSleepMicroseconds;
        commands.First.PostSleepMaximumMicroseconds = PostSleepMicroseconds * 2;
        return card.Execute(_descriptor, &commands);
    }

    /// <summary>The question and the answer.</summary>
    private int Read(byte* request, byte* response, uint frames)
    {
        MultiMediaCardAbi.ThreeCommands commands = new()
        {
            Count = 2,
            First = ToCard(MultiMediaCardAbi.Write, request, 1),
            Second = FromCard(response, frames),
        };
        return card.Execute(_descriptor, &commands);
    }

    private static MultiMediaCardAbi.Command ToCard(int writeFlag, byte* data, uint blocks) =>
        Command(MultiMediaCardAbi.WriteMultipleBlock, writeFlag, data, blocks);

    private static MultiMediaCardAbi.Command FromCard(byte* data, uint blocks) =>
        Command(MultiMediaCardAbi.ReadMultipleBlock, 0, data, blocks);

    private static MultiMediaCardAbi.Command Command(uint opcode, int writeFlag, byte* data, uint blocks) => new()
    {
        WriteFlag = writeFlag,
        Opcode = opcode,
        Flags = MultiMediaCardAbi.ResponseWithData,
        BlockSize = MultiMediaCardAbi.BlockSize,
        Blocks = blocks,
        DataPointer = (ulong)data,
    };

    private bool TryOpen(ushort number)
    {
        if (_descriptor >= 0 && (selection.Choice != CardChoice.ByNumber || _host == number))
        {
            return true;
        }

        Dispose();
        if (!TryFind(number, out int host))
        {
            return false;
        }

        int descriptor = directory.Open(host);
        if (descriptor < 0)
        {
            if (IsNews(descriptor))
            {
                log.Write(LogLevel.Error, $"/dev/mmcblk{host}rpmb cannot be opened: {Errno.Name(-descriptor)}.");
            }

            return false;
        }

        log.Write(LogLevel.Info, $"RPMB is in /dev/mmcblk{host}rpmb.");
        _descriptor = descriptor;
        _host = host;
        _reported = 0;
        return true;
    }

    private bool TryFind(ushort number, out int host)
    {
        CardSearch outcome = directory.Find(selection, number, out host);
        if (outcome == CardSearch.None && IsNews(Errno.ENODEV))
        {
            log.Write(
                LogLevel.Error,
                "There is no eMMC with the wanted RPMB; it is looked for again with the next request.");
        }
        else if (outcome == CardSearch.Several && IsNews(Errno.EEXIST))
        {
            log.Write(
                LogLevel.Error,
                "Several eMMCs have an RPMB (or the wanted CID), and none is used: name one with --rpmb-cid.");
        }

        return outcome == CardSearch.Found;
    }

    // Each kind of trouble is reported once: the secure world may ask often.
    private bool IsNews(int kind)
    {
        bool isNews = _reported != kind;
        _reported = kind;
        return isNews;
    }
}
