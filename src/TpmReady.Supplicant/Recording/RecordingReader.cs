// SPDX-License-Identifier: MIT

using System;
using System.Collections.Generic;
using System.IO;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using TpmReady.Linux.Tee;

namespace TpmReady.Supplicant.Recording;

/// <summary>Reads a recording, which may be anything: every length is checked before it is used.</summary>
internal sealed class RecordingReader(Stream stream)
{
    private bool _isStarted;

    /// <summary>The next request.</summary>
    /// <param name="request">The request; null at the end.</param>
    /// <returns>What is wrong with the recording, or null.</returns>
    public string? Read(out RecordedRequest? request)
    {
        request = null;
        if (!_isStarted)
        {
            _isStarted = true;
            byte[] magic = new byte[sizeof(ulong)];
            if (stream.ReadAtLeast(magic, magic.Length, throwOnEndOfStream: false) < magic.Length
                || MemoryMarshal.Read<ulong>(magic) != RecordHeader.Magic)
            {
                return "it is no recording, or one of another version";
            }
        }

        byte[] head = new byte[RecordHeader.Size];
        int length = stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
        if (length < head.Length)
        {
            return length == 0 ? null : "it ends within a request";
        }

        RecordHeader header = MemoryMarshal.Read<RecordHeader>(head);
        if (header.Length > RecordHeader.MaximumLength || header.Count > TeeAbi.MaximumParameters
            || header.Length < header.BuffersOffset)
        {
            return $"the header of request {header.Sequence} is damaged";
        }

        byte[] body = new byte[header.Length - RecordHeader.Size];
        if (stream.ReadAtLeast(body, body.Length, throwOnEndOfStream: false) < body.Length)
        {
            return "it ends within a request";
        }

        request = Parse(header, body);
        return request is null ? $"request {header.Sequence} is damaged" : null;
    }

    private static RecordedRequest? Parse(RecordHeader header, ReadOnlySpan<byte> body)
    {
        int count = (int)header.Count;
        ReadOnlySpan<TeeParameter> all =
            MemoryMarshal.Cast<byte, TeeParameter>(body[..(2 * count * Unsafe.SizeOf<TeeParameter>())]);
        ReadOnlySpan<byte> rest = body[(2 * count * Unsafe.SizeOf<TeeParameter>())..];
        List<byte[]> incoming = [];
        List<byte[]> outgoing = [];
        bool isCut = (header.Flags & RecordHeader.IsCut) != 0;
        if (!TryTake(all[..count], ref rest, isCut, incoming) || !TryTake(all[..count], ref rest, isCut, outgoing))
        {
            return null;
        }

        int transport = 0;
        while (transport < count && all[transport].IsMeta)
        {
            transport++;
        }

        return new RecordedRequest(
            header,
            all[transport..count].ToArray(),
            all[(count + transport)..].ToArray(),
            incoming[transport..],
            outgoing[transport..]);
    }

    private static bool TryTake(
        ReadOnlySpan<TeeParameter> parameters, ref ReadOnlySpan<byte> rest, bool isCut, List<byte[]> buffers)
    {
        foreach (TeeParameter parameter in parameters)
        {
            if (!RecordBuffer.IsMemory(parameter) || (isCut && rest.IsEmpty))
            {
                buffers.Add([]);
                continue;
            }

            if (rest.Length < sizeof(ulong))
            {
                return false;
            }

            ulong length = MemoryMarshal.Read<ulong>(rest);
            rest = rest[sizeof(ulong)..];
            if (length > (ulong)rest.Length || RecordHeader.Align((int)length) > rest.Length)
            {
                return false;
            }

            buffers.Add(rest[..(int)length].ToArray());
            rest = rest[RecordHeader.Align((int)length)..];
        }

        return true;
    }
}
