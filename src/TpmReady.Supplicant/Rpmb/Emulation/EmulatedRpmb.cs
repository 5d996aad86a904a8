// SPDX-License-Identifier: MIT

using System;
using TpmReady.Linux.Interop;
using TpmReady.Supplicant.Logging;
using TpmReady.Tpm;

namespace TpmReady.Supplicant.Rpmb.Emulation;

/// <summary>
/// An RPMB in a file, for machines without one: it behaves as a card does (JESD84-B51, section 6.6.22), but nothing
/// protects the file. It tells the same identity and size as the emulation in OP-TEE's C supplicant.
/// </summary>
/// <param name="file">The state.</param>
/// <param name="log">Where a failing file is reported.</param>
internal sealed class EmulatedRpmb(EmulationFile file, ILog log) : IRpmbDevice, IDisposable
{
    private const byte SizeMultiplier = EmulationLayout.BlockCount * RpmbFrame.BlockSize / (128 * 1024);
    private const byte ReliableSectors = 1;

    // What the C supplicant's emulation says. OP-TEE derives its key from it (tee_rpmb_key_gen), and so stays the same.
    private static ReadOnlySpan<byte> Cid =>
    [
        0xfe, 0x01, 0x4e, 0x4d, 0x4d, 0x43, 0x30, 0x34, 0x47, 0x42, 0xc8, 0xf6, 0x55, 0x2a, 0x61, 0x15,
    ];

    /// <inheritdoc/>
    public TeeResult Describe(ushort number, out RpmbInformation information)
    {
        information = new RpmbInformation { SizeMultiplier = SizeMultiplier, ReliableSectors = ReliableSectors };
        Cid.CopyTo(information.Cid);
        return file.TryOpen() ? TeeResult.Success : TeeResult.StorageNotAvailable;
    }

    /// <inheritdoc/>
    public TeeResult Exchange(ushort number, RpmbMessageType type, Span<byte> request, Span<byte> response)
    {
        if (!file.TryOpen())
        {
            return TeeResult.StorageNotAvailable;
        }

        RpmbResult result;
        int error = 0;
        switch (type)
        {
            case RpmbMessageType.ProgramKey:
                result = ProgramKey(request, out error);
                break;
            case RpmbMessageType.ReadCounter:
                result = ReadCounter(request, response);
                break;
            case RpmbMessageType.Write:
                result = Write(request, response, out error);
                break;
            default:
                result = Read(request, response);
                break;
        }

        if (error < 0)
        {
            // OP-TEE sends the same write again.
            log.Write(LogLevel.Critical, $"The emulated RPMB could not be written: {Errno.Name(-error)}.");
            return TeeResult.Generic;
        }

        Finish(type, result, response);
        return TeeResult.Success;
    }

    /// <inheritdoc/>
    public void AbortWaits() => file.StopWaiting();

    /// <inheritdoc/>
    public void LetGo() => file.Close();

    /// <summary>Closes the file.</summary>
    public void Dispose() => file.Dispose();

    private RpmbResult ProgramKey(Span<byte> request, out int error)
    {
        error = 0;
        if (file.Current.HasKey || request.Length != RpmbFrame.Size)
        {
            return RpmbResult.GeneralFailure;
        }

        file.Prepare().SetKey(RpmbFrame.At(request, 0).Mac);
        error = file.Commit();
        return RpmbResult.Success;
    }

    private RpmbResult ReadCounter(Span<byte> request, Span<byte> response)
    {
        RpmbFrame answer = RpmbFrame.At(response, 0);
        RpmbFrame.At(request, 0).Nonce.CopyTo(answer.Nonce);
        if (!file.Current.HasKey)
        {
            return RpmbResult.KeyNotProgrammed;
        }

        answer.Counter = file.Current.Counter;
        return RpmbResult.Success;
    }

    private RpmbResult Write(Span<byte> request, Span<byte> response, out int error)
    {
        int count = request.Length / RpmbFrame.Size;
        RpmbFrame last = RpmbFrame.At(request, count - 1);
        RpmbFrame answer = RpmbFrame.At(response, 0);
        answer.Address = last.Address;
        RpmbResult result = CheckWrite(request, count, last);
        error = 0;
        if (result == RpmbResult.Success)
        {
            EmulationRecord next = file.Prepare();
            next.SetRange(last.Address, count);
            next.Counter++;
            for (int i = 0; i < count; i++)
            {
                RpmbFrame.At(request, i).Data.CopyTo(next.Data(i));
            }

            error = file.Commit();
        }

        answer.Counter = file.Current.Counter;
        return result;
    }

    private RpmbResult CheckWrite(Span<byte> request, int count, RpmbFrame last)
    {
        if (!file.Current.HasKey)
        {
            return RpmbResult.KeyNotProgrammed;
        }

        if (file.Current.Counter == uint.MaxValue)
        {
            return RpmbResult.WriteFailure;
        }

        Span<byte> mac = stackalloc byte[RpmbFrame.MacSize];
        ComputeMac(request, mac);
        if (!mac.SequenceEqual(last.Mac))
        {
            return RpmbResult.AuthenticationFailure;
        }

        if (last.Counter != file.Current.Counter)
        {
            return RpmbResult.CounterFailure;
        }

        if (last.Address + count > EmulationLayout.BlockCount)
        {
            return RpmbResult.AddressFailure;
        }

        return last.Count == count && count <= EmulationLayout.MaximumWrite
            ? RpmbResult.Success
            : RpmbResult.GeneralFailure;
    }

    private RpmbResult Read(Span<byte> request, Span<byte> response)
    {
        RpmbFrame question = RpmbFrame.At(request, 0);
        int count = response.Length / RpmbFrame.Size;
        RpmbResult result = !file.Current.HasKey ? RpmbResult.KeyNotProgrammed
            : question.Address + count > EmulationLayout.BlockCount ? RpmbResult.AddressFailure
            : RpmbResult.Success;
        for (int i = 0; i < count; i++)
        {
            RpmbFrame answer = RpmbFrame.At(response, i);
            question.Nonce.CopyTo(answer.Nonce);
            answer.Address = question.Address;
            answer.Count = (ushort)count;
            if (result == RpmbResult.Success)
            {
                file.GetBlock(question.Address + i).CopyTo(answer.Data);
            }
        }

        return result;
    }

    /// <summary>Puts type, result and MAC into the answer.</summary>
    private void Finish(RpmbMessageType type, RpmbResult result, Span<byte> response)
    {
        result |= file.Current.Counter == uint.MaxValue ? RpmbResult.CounterExpired : RpmbResult.Success;
        int count = response.Length / RpmbFrame.Size;
        for (int i = 0; i < count; i++)
        {
            RpmbFrame answer = RpmbFrame.At(response, i);
            answer.Type = RpmbFrame.ResponseTo(type);
            answer.Result = result;
        }

        if (file.Current.HasKey && type != RpmbMessageType.ProgramKey)
        {
            ComputeMac(response, RpmbFrame.At(response, count - 1).Mac);
        }
    }

    private void ComputeMac(Span<byte> frames, Span<byte> mac)
    {
        HmacSha256 hash = HmacSha256.Start(file.Current.Key);
        for (int i = 0; i < frames.Length / RpmbFrame.Size; i++)
        {
            hash.Append(RpmbFrame.At(frames, i).Authenticated);
        }

        hash.Finish(mac);
    }
}
