// SPDX-License-Identifier: MIT

using System;
using System.IO;

namespace TpmReady.Diagnosis.Tests;

/// <summary>Gives a few bytes at a time, as a pipe or a serial line does.</summary>
internal sealed class TricklingStream(byte[] bytes, int size) : MemoryStream(bytes)
{
    public override int Read(Span<byte> buffer) => base.Read(buffer[..Math.Min(buffer.Length, size)]);

    public override int Read(byte[] buffer, int offset, int count) => base.Read(buffer, offset, Math.Min(count, size));
}
