// SPDX-License-Identifier: MIT

using System;
using System.Buffers.Binary;
using System.Linq;
using System.Security.Cryptography;
using TpmReady.Linux.Tee;
using TpmReady.Supplicant.Protocol;
using TpmReady.Supplicant.Tests.Protocol;
using TpmReady.Tpm;

namespace TpmReady.Supplicant.Tests.Rpmb;

/// <summary>
/// A secure world's side of RPMB, made from the standard and not from our code: packs requests, and checks type, nonce,
/// address, counter and MAC of each answer, as tee_rpmb_resp_unpack_verify in OP-TEE's core/tee/tee_rpmb_fs.c does.
/// </summary>
internal sealed class RpmbClient(IRpcService service, byte[] key) : IDisposable
{
    public const int FrameSize = 512;
    public const int BlockSize = 256;
    public const int HeaderSize = 6;

    private const ulong MemoryId = 5;
    private const int ResponseOffset = 640 * 1024;
    private const int MemorySize = 2 * ResponseOffset;

    private readonly OneObjectMemory _memory = new(MemoryId, MemorySize);

    public IRpcService Service { get; set; } = service;

    /// <summary>The key that MACs are made and checked with.</summary>
    public byte[] Key { get; set; } = key;

    /// <summary>The write counter as the client believes it to be.</summary>
    public uint Counter { get; set; }

    /// <summary>What the device said last.</summary>
    public ushort LastResult { get; private set; }

    /// <summary>The result of the supplicant's request itself.</summary>
    public TeeResult LastTeeResult { get; private set; }

    /// <summary>The device that the secure world was built for.</summary>
    public ushort Number { get; init; }

    public OneObjectMemory Memory => _memory;

    public static byte[] NewKey(byte first = 1) => [.. Enumerable.Range(first, 32).Select(static value => (byte)value)];

    public byte[] Information()
    {
        byte[] header = Header(1);
        return Call(header, 19);
    }

    /// <summary>Programs the key; true if the device took it.</summary>
    public bool ProgramKey(byte[]? other = null)
    {
        byte[] frame = Frame(1);
        (other ?? Key).CopyTo(frame, 196);
        byte[] answer = Exchange([frame], 1);
        return answer.Length > 0 && Check(answer, 0x100);
    }

    /// <summary>Reads the write counter and believes it.</summary>
    public bool ReadCounter()
    {
        byte[] frame = Frame(2);
        byte[] nonce = RandomNumberGenerator.GetBytes(16);
        nonce.CopyTo(frame, 484);
        byte[] answer = Exchange([frame], 1);
        if (answer.Length == 0 || !Check(answer, 0x200))
        {
            return false;
        }

        Expect(answer.AsSpan(484, 16).SequenceEqual(nonce), "the nonce is not ours");
        Expect(answer.AsSpan(196, 32).SequenceEqual(Mac(answer)), "the MAC is wrong");
        Counter = BinaryPrimitives.ReadUInt32BigEndian(answer.AsSpan(500));
        return true;
    }

    /// <summary>Writes blocks in one request; true if the device did.</summary>
    public bool Write(int address, ReadOnlySpan<byte> data, Action<byte[][]>? change = null)
    {
        byte[][] frames = WriteFrames(address, data);
        change?.Invoke(frames);
        return Send(frames);
    }

    /// <summary>The frames of a write, with the MAC in the last one.</summary>
    public byte[][] WriteFrames(int address, ReadOnlySpan<byte> data)
    {
        int count = data.Length / BlockSize;
        byte[][] frames = new byte[count][];
        for (int i = 0; i < count; i++)
        {
            frames[i] = Frame(3);
            data.Slice(i * BlockSize, BlockSize).CopyTo(frames[i].AsSpan(228));
            BinaryPrimitives.WriteUInt32BigEndian(frames[i].AsSpan(500), Counter);
            BinaryPrimitives.WriteUInt16BigEndian(frames[i].AsSpan(504), (ushort)address);
            BinaryPrimitives.WriteUInt16BigEndian(frames[i].AsSpan(506), (ushort)count);
        }

        Mac(frames.SelectMany(static frame => frame).ToArray()).CopyTo(frames[^1], 196);
        return frames;
    }

    /// <summary>Sends a write as it is.</summary>
    public bool Send(byte[][] frames)
    {
        byte[] answer = Exchange(frames, 1);
        if (answer.Length == 0 || !Check(answer, 0x300))
        {
            return false;
        }

        Expect(answer.AsSpan(504, 2).SequenceEqual(frames[^1].AsSpan(504, 2)), "the address is another");
        Expect(BinaryPrimitives.ReadUInt32BigEndian(answer.AsSpan(500)) == Counter + 1, "the counter did not count");
        Expect(answer.AsSpan(196, 32).SequenceEqual(Mac(answer)), "the MAC is wrong");
        Counter++;
        return true;
    }

    /// <summary>Reads blocks; null if the device did not.</summary>
    public byte[]? Read(int address, int count)
    {
        byte[] frame = Frame(4);
        byte[] nonce = RandomNumberGenerator.GetBytes(16);
        nonce.CopyTo(frame, 484);
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(504), (ushort)address);
        byte[] answer = Exchange([frame], count);
        if (answer.Length == 0 || !Check(answer, 0x400))
        {
            return null;
        }

        byte[] last = answer[^FrameSize..];
        Expect(last.AsSpan(484, 16).SequenceEqual(nonce), "the nonce is not ours");
        Expect(last.AsSpan(504, 2).SequenceEqual(frame.AsSpan(504, 2)), "the address is another");
        Expect(BinaryPrimitives.ReadUInt16BigEndian(last.AsSpan(506)) == count, "the block count is another");
        Expect(last.AsSpan(196, 32).SequenceEqual(Mac(answer)), "the MAC is wrong");
        byte[] data = new byte[count * BlockSize];
        for (int i = 0; i < count; i++)
        {
            answer.AsSpan((i * FrameSize) + 228, BlockSize).CopyTo(data.AsSpan(i * BlockSize));
        }

        return data;
    }

    /// <summary>Sends frames and gets frames; empty if the supplicant refused.</summary>
    public byte[] Exchange(byte[][] frames, int answers) =>
        Call([.. Header(0), .. frames.SelectMany(static frame => frame)], answers * FrameSize);

    /// <summary>Sends a request buffer as it is.</summary>
    public byte[] Call(ReadOnlySpan<byte> input, int answerSize)
    {
        input.CopyTo(_memory.Bytes);
        Span<byte> output = _memory.Bytes.Slice(ResponseOffset, answerSize);
        output.Fill(0xA5);
        LastTeeResult = Invoke(
            new() { Attributes = (ulong)TeeParameterType.MemoryInput, A = 0, B = (ulong)input.Length, C = MemoryId },
            new()
            {
                Attributes = (ulong)TeeParameterType.MemoryOutput,
                A = ResponseOffset,
                B = (ulong)answerSize,
                C = MemoryId,
            });
        if (LastTeeResult != TeeResult.Success)
        {
            Expect(!output.ContainsAnyExcept((byte)0xA5), $"a failed request ({LastTeeResult}) changed its answer");
            return [];
        }

        return output.ToArray();
    }

    /// <summary>A request with any parameters.</summary>
    public TeeResult Invoke(params TeeParameter[] parameters)
    {
        RpcRequest request = new(RpcFunction.Rpmb, 0, parameters, _memory);
        try
        {
            TeeResult result = Service.Invoke(ref request);
            Service.Delivered(ref request);
            return result;
        }
        finally
        {
            request.Dispose();
        }
    }

    public byte[] Header(ushort command)
    {
        byte[] header = new byte[HeaderSize];
        BinaryPrimitives.WriteUInt16LittleEndian(header, command);
        BinaryPrimitives.WriteUInt16LittleEndian(header.AsSpan(2), Number);
        BinaryPrimitives.WriteUInt16LittleEndian(header.AsSpan(4), 0xDEAD);
        return header;
    }

    public static byte[] Frame(ushort type)
    {
        byte[] frame = new byte[FrameSize];
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(510), type);
        return frame;
    }

    public static byte[] Blocks(int count, int seed)
    {
        byte[] data = new byte[count * BlockSize];
        new Random(seed).NextBytes(data);
        return data;
    }

    public void Dispose() => _memory.Dispose();

    private byte[] Mac(ReadOnlySpan<byte> frames)
    {
        using IncrementalHash hash = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, Key);
        for (int offset = 0; offset < frames.Length; offset += FrameSize)
        {
            hash.AppendData(frames[(offset + 228)..(offset + FrameSize)]);
        }

        return hash.GetHashAndReset();
    }

    private bool Check(byte[] answer, ushort type)
    {
        LastResult = BinaryPrimitives.ReadUInt16BigEndian(answer.AsSpan(answer.Length - 4));
        ushort found = BinaryPrimitives.ReadUInt16BigEndian(answer.AsSpan(answer.Length - 2));
        Expect(found == type, $"type {found:x4} instead of {type:x4}");
        return (LastResult & 0x7f) == 0;
    }

    private static void Expect(bool condition, string problem)
    {
        if (!condition)
        {
            throw new InvalidOperationException(problem);
        }
    }
}
