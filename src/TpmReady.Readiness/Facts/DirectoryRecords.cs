// SPDX-License-Identifier: MIT

using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Text;

namespace TpmReady.Readiness.Facts;

/// <summary>Records of struct linux_dirent64: d_reclen at 16, d_name at 19 (include/linux/dirent.h).</summary>
internal static class DirectoryRecords
{
    private const int LengthOffset = 16;
    private const int NameOffset = 19;

    /// <summary>Adds the names of a buffer of records, but neither <c>.</c> nor <c>..</c>.</summary>
    public static void AddNames(ReadOnlySpan<byte> records, List<string> names)
    {
        while (records.Length > NameOffset)
        {
            // In native byte order; both targets are little-endian.
            int length = BinaryPrimitives.ReadUInt16LittleEndian(records[LengthOffset..]);
            if (length <= NameOffset || length > records.Length)
            {
                return;
            }

            ReadOnlySpan<byte> name = records[NameOffset..length];
            records = records[length..];
            int end = name.IndexOf((byte)0);
            name = end < 0 ? name : name[..end];
            if (!name.SequenceEqual("."u8) && !name.SequenceEqual(".."u8))
            {
                names.Add(Encoding.UTF8.GetString(name));
            }
        }
    }
}
