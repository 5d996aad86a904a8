// SPDX-License-Identifier: MIT

using System;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using TpmReady.Linux.Tee;
using TpmReady.Supplicant.Protocol;
using TpmReady.Supplicant.Rpmb;
using TpmReady.Supplicant.Rpmb.Emulation;

namespace TpmReady.Supplicant.Tests.Fuzzing;

/// <content>TAs, RPMB, plug-ins and profiles.</content>
internal sealed partial class FuzzGenerator
{
    private const int HeaderSize = 6;

    private static readonly byte[] Key = [.. "an RPMB's key has 32 bytes, this"u8];

    private void Load(FuzzExchange request)
    {
        request.Begin(RpcFunction.LoadTrustedApplication);
        (Guid uuid, int size) = FuzzDirectory.Applications[_random.Below(FuzzDirectory.Applications.Count)];
        Span<ulong> words = stackalloc ulong[2];
        _ = uuid.TryWriteBytes(MemoryMarshal.AsBytes(words), bigEndian: true, out _);
        request.Add(TeeParameterType.ValueInput, words[0], words[1]);
        if (_random.OneIn(2))
        {
            AddNoMemory(request, TeeParameterType.MemoryOutput);
        }
        else
        {
            AddMemory(request, TeeParameterType.MemoryOutput, Math.Max(size + _random.Below(3) - 1, 0));
        }
    }

    /// <summary>RPMB: frames that are right in all respects, as far as the counter is known.</summary>
    private void Protect(FuzzExchange request)
    {
        request.Begin(RpcFunction.Rpmb);
        if (_random.OneIn(8))
        {
            AddMemory(request, TeeParameterType.MemoryInput, [1, 0, 0, 0, 0, 0]);
            AddMemory(request, TeeParameterType.MemoryOutput, RpmbInformation.Size);
        }
        else
        {
            var type = (RpmbMessageType)(_random.OneIn(20) ? _random.Below(9) : 1 + _random.Below(4));
            int asked = type == RpmbMessageType.Write && _random.OneIn(4) ? 1 + _random.Below(33) : 1;
            int answers = type == RpmbMessageType.Read && _random.OneIn(2) ? 1 + _random.Below(20) : 1;
            AddMemory(request, TeeParameterType.MemoryInput, MakeFrames(type, asked));
            AddMemory(request, TeeParameterType.MemoryOutput, answers * RpmbFrame.Size);
        }

        // Both may lie on each other, and one may have been cut.
        request.IsValid = false;
    }

    private Span<byte> MakeFrames(RpmbMessageType type, int count)
    {
        Span<byte> bytes = _buffer.AsSpan(0, HeaderSize + (count * RpmbFrame.Size));
        bytes.Clear();
        BinaryPrimitives.WriteUInt16LittleEndian(bytes[2..], (ushort)(_random.OneIn(30) ? _random.Next() : 0));
        Span<byte> frames = bytes[HeaderSize..];
        int address = _random.Below(_random.OneIn(10) ? 65536 : 1030 - count);
        for (int i = 0; i < count; i++)
        {
            RpmbFrame frame = RpmbFrame.At(frames, i);
            frame.Type = type;
            frame.Counter = model.RpmbCounter;
            frame.Address = (ushort)address;
            frame.Count = (ushort)count;
            frame.Nonce.Fill((byte)_random.Next());
            frame.Data.Fill((byte)_random.Next());
        }

        RpmbFrame last = RpmbFrame.At(frames, count - 1);
        if (type == RpmbMessageType.ProgramKey)
        {
            Key.CopyTo(last.Mac);
        }
        else if (type == RpmbMessageType.Write)
        {
            HmacSha256 mac = HmacSha256.Start(Key);
            for (int i = 0; i < count; i++)
            {
                mac.Append(RpmbFrame.At(frames, i).Authenticated);
            }

            mac.Finish(last.Mac);
        }

        return bytes;
    }

    private void Plug(FuzzExchange request)
    {
        request.Begin(RpcFunction.Plugin);
        Guid uuid = _random.OneIn(10) ? Guid.Empty : FuzzPlugin.Uuid;
        Span<uint> words = stackalloc uint[4];
        _ = uuid.TryWriteBytes(MemoryMarshal.AsBytes(words), bigEndian: true, out _);
        request.Add(TeeParameterType.ValueInput, _random.OneIn(20) ? _random.Number() : 0, words[0], words[1]);
        request.Add(TeeParameterType.ValueInput, words[2], words[3], _random.Next() % 8);
        request.Add(TeeParameterType.ValueInOut, _random.Next());
        if (_random.OneIn(5))
        {
            AddNoMemory(request, TeeParameterType.MemoryInOut);
        }
        else
        {
            AddMemory(request, TeeParameterType.MemoryInOut, _random.Pick<int>(Sizes));
        }

        // The plug-in may say so itself.
        request.IsValid = false;
    }

    private void Profile(FuzzExchange request)
    {
        request.Begin(_random.OneIn(2) ? RpcFunction.Gprof : RpcFunction.Ftrace);
        ulong number = _random.Below(4) switch
        {
            0 => 0,
            1 => (ulong)_random.Below(110),
            _ => 1,
        };
        request.Add(TeeParameterType.ValueInOut, number);
        Guid uuid = FuzzDirectory.Applications[_random.Below(2)].Uuid;
        _ = uuid.TryWriteBytes(_buffer);
        AddMemory(request, TeeParameterType.MemoryInput, _buffer.AsSpan(0, 16));
        AddMemory(request, TeeParameterType.MemoryInput, _random.Pick<int>(Sizes));
        request.IsValid &= number <= 100;
    }
}
