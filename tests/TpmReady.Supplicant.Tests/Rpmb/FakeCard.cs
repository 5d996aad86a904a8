// SPDX-License-Identifier: MIT

using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Security.Cryptography;
using TpmReady.Linux.MultiMediaCard;

namespace TpmReady.Supplicant.Tests.Rpmb;

/// <summary>
/// An eMMC behind the ioctl: keeps every command's 72 bytes, checks what the kernel checks, and behaves as the standard
/// says (JESD84-B51, section 6.6.22). Written against the standard, with .NET's own HMAC.
/// </summary>
internal sealed unsafe class FakeCard : IMultiMediaCard
{
    private const int FrameSize = 512;
    private const int MaximumWrite = 32;

    private readonly byte[] _blocks = new byte[1024 * 256];
    private byte[]? _key;
    private byte[]? _pending;
    private byte[] _resultRegister = new byte[FrameSize];

    /// <summary>The commands of each call, as their bytes.</summary>
    public List<byte[][]> Calls { get; } = [];

    /// <summary>The data that each command to the card carried; null for commands from it.</summary>
    public List<byte[]?[]> Data { get; } = [];

    /// <summary>The descriptors that commands came through.</summary>
    public List<int> Descriptors { get; } = [];

    public uint Counter { get; set; }

    /// <summary>The error of the next calls; 0 for none.</summary>
    public int Error { get; set; }

    public int Execute(int descriptor, MultiMediaCardAbi.ThreeCommands* commands)
    {
        Descriptors.Add(descriptor);
        if (Error != 0)
        {
            return -Error;
        }

        int count = (int)commands->Count;
        if (count is < 1 or > 3)
        {
            throw new InvalidOperationException($"{count} commands");
        }

        byte[][] bytes = new byte[count][];
        byte[]?[] data = new byte[]?[count];
        MultiMediaCardAbi.Command* command = &commands->First;
        for (int i = 0; i < count; i++)
        {
            bytes[i] = new ReadOnlySpan<byte>(&command[i], sizeof(MultiMediaCardAbi.Command)).ToArray();
            data[i] = Execute(ref command[i]);
        }

        Calls.Add(bytes);
        Data.Add(data);
        return 0;
    }

    private byte[]? Execute(ref MultiMediaCardAbi.Command command)
    {
        int length = (int)(command.Blocks * command.BlockSize);
        if (command.BlockSize != FrameSize || length is 0 or > MultiMediaCardAbi.MaximumTransfer)
        {
            throw new InvalidOperationException($"{command.Blocks} blocks of {command.BlockSize}");
        }

        Span<byte> buffer = new((void*)command.DataPointer, length);
        switch (command.Opcode)
        {
            case 25 when (command.WriteFlag & 1) != 0:
                Accept(buffer.ToArray(), (command.WriteFlag & int.MinValue) != 0);
                return buffer.ToArray();
            case 18 when command.WriteFlag == 0:
                Answer(buffer);
                return null;
            default:
                throw new InvalidOperationException($"CMD{command.Opcode} with write flag {command.WriteFlag:x}");
        }
    }

    private void Accept(byte[] frames, bool isReliable)
    {
        switch (Type(frames, 0))
        {
            case 1:
                _resultRegister = ProgramKey(frames, isReliable);
                break;
            case 3:
                _resultRegister = Write(frames, isReliable);
                break;
            case 2 or 4 or 5:
                _pending = frames;
                break;
            default:
                throw new InvalidOperationException("a frame of an unknown type");
        }
    }

    private byte[] ProgramKey(byte[] frames, bool isReliable)
    {
        byte[] answer = Frame(0x100);
        if (_key is not null || !isReliable || frames.Length != FrameSize)
        {
            SetResult(answer, 0, 1);
            return answer;
        }

        _key = frames[196..228];
        return answer;
    }

    private byte[] Write(byte[] frames, bool isReliable)
    {
        byte[] answer = Frame(0x300);
        int count = frames.Length / FrameSize;
        Span<byte> last = frames.AsSpan(frames.Length - FrameSize);
        int address = BinaryPrimitives.ReadUInt16BigEndian(last[504..]);
        int result = _key is null ? 7
            : Counter == uint.MaxValue ? 5
            : !Mac(frames).AsSpan().SequenceEqual(last[196..228]) ? 2
            : BinaryPrimitives.ReadUInt32BigEndian(last[500..]) != Counter ? 3
            : address + count > _blocks.Length / 256 ? 4
            : BinaryPrimitives.ReadUInt16BigEndian(last[506..]) != count || count > MaximumWrite || !isReliable ? 1
            : 0;
        if (result == 0)
        {
            for (int i = 0; i < count; i++)
            {
                frames.AsSpan((i * FrameSize) + 228, 256).CopyTo(_blocks.AsSpan((address + i) * 256));
            }

            Counter++;
        }

        BinaryPrimitives.WriteUInt16BigEndian(answer.AsSpan(504), (ushort)address);
        BinaryPrimitives.WriteUInt32BigEndian(answer.AsSpan(500), Counter);
        SetResult(answer, 0, result);
        Sign(answer);
        return answer;
    }

    private void Answer(Span<byte> buffer)
    {
        byte[] question = _pending ?? throw new InvalidOperationException("CMD18 without a question");
        _pending = null;
        switch (Type(question, 0))
        {
            case 5:
                _resultRegister.CopyTo(buffer);
                break;
            case 2:
                ReadCounter(question, buffer);
                break;
            default:
                Read(question, buffer);
                break;
        }
    }

    private void ReadCounter(byte[] question, Span<byte> buffer)
    {
        byte[] answer = Frame(0x200);
        question.AsSpan(484, 16).CopyTo(answer.AsSpan(484));
        BinaryPrimitives.WriteUInt32BigEndian(answer.AsSpan(500), _key is null ? 0 : Counter);
        SetResult(answer, 0, _key is null ? 7 : 0);
        Sign(answer);
        answer.CopyTo(buffer);
    }

    private void Read(byte[] question, Span<byte> buffer)
    {
        byte[] answer = new byte[buffer.Length];
        int count = buffer.Length / FrameSize;
        int address = BinaryPrimitives.ReadUInt16BigEndian(question.AsSpan(504));
        int result = _key is null ? 7 : address + count > _blocks.Length / 256 ? 4 : 0;
        for (int i = 0; i < count; i++)
        {
            Span<byte> frame = answer.AsSpan(i * FrameSize, FrameSize);
            Frame(0x400).CopyTo(frame);
            question.AsSpan(484, 16).CopyTo(frame[484..]);
            question.AsSpan(504, 2).CopyTo(frame[504..]);
            BinaryPrimitives.WriteUInt16BigEndian(frame[506..], (ushort)count);
            if (result == 0)
            {
                _blocks.AsSpan((address + i) * 256, 256).CopyTo(frame[228..]);
            }

            SetResult(answer, i, result);
        }

        Sign(answer);
        answer.CopyTo(buffer);
    }

    private void Sign(byte[] frames)
    {
        if (_key is not null)
        {
            Mac(frames).CopyTo(frames, frames.Length - FrameSize + 196);
        }
    }

    private byte[] Mac(byte[] frames)
    {
        using IncrementalHash hash = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, _key!);
        for (int offset = 0; offset < frames.Length; offset += FrameSize)
        {
            hash.AppendData(frames, offset + 228, 284);
        }

        return hash.GetHashAndReset();
    }

    private void SetResult(byte[] frames, int index, int result) => BinaryPrimitives.WriteUInt16BigEndian(
        frames.AsSpan((index * FrameSize) + 508), (ushort)(result | (Counter == uint.MaxValue ? 0x80 : 0)));

    private static ushort Type(byte[] frames, int index) =>
        BinaryPrimitives.ReadUInt16BigEndian(frames.AsSpan((index * FrameSize) + 510));

    private static byte[] Frame(ushort type) => RpmbClient.Frame(type);
}
