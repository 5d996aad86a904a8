// SPDX-License-Identifier: MIT

using System;
using System.Buffers.Binary;
using TpmReady.Linux.Files;
using TpmReady.Linux.Interop;

namespace TpmReady.Supplicant.Storage;

/// <summary>
/// Lists a directory one name at a time, by position, so that nothing but a number is kept between two calls.
/// </summary>
internal static unsafe class DirectoryReader
{
    /// <summary>
    /// What <see cref="Read"/> needs, in bytes: more than one record can have (19 + 256, rounded up to 8).
    /// </summary>
    public const int BufferSize = 512;

    // struct linux_dirent64 (include/linux/dirent.h): d_ino 0, d_off 8, d_reclen 16, d_type 18, d_name 19.
    private const int NextOffset = 8;
    private const int LengthOffset = 16;
    private const int NameOffset = 19;

    /// <summary>The next name but <c>.</c> and <c>..</c>.</summary>
    /// <param name="files">The file system.</param>
    /// <param name="directory">The directory's descriptor.</param>
    /// <param name="position">Where to go on, 0 at the start; then where the name after this one is.</param>
    /// <param name="buffer"><see cref="BufferSize"/> bytes; the name lies in it.</param>
    /// <param name="hidden">Whether names that begin with a dot count: NFS keeps removed open files under such
    /// names.</param>
    /// <param name="name">The name, without a NUL.</param>
    /// <returns>1 with a name, 0 at the end, or a negative error number.</returns>
    public static int Read(
        IFileOperations files, int directory, ref long position, byte* buffer, bool hidden, out ReadOnlySpan<byte> name)
    {
        while (true)
        {
            nint length = files.ReadDirectory(directory, position, buffer, BufferSize);
            name = default;
            if (length <= 0)
            {
                return (int)length;
            }

            ReadOnlySpan<byte> records = new(buffer, (int)length);
            while (!records.IsEmpty)
            {
                int recordLength = BinaryPrimitives.ReadUInt16LittleEndian(records[LengthOffset..]);
                if (recordLength <= NameOffset || recordLength > records.Length)
                {
                    return -Errno.EIO;
                }

                ReadOnlySpan<byte> record = records[..recordLength];
                records = records[recordLength..];
                position = BinaryPrimitives.ReadInt64LittleEndian(record[NextOffset..]);
                name = record[NameOffset..];
                int end = name.IndexOf((byte)0);
                name = end < 0 ? name : name[..end];
                bool isDot = name.SequenceEqual("."u8) || name.SequenceEqual(".."u8);
                if (!name.IsEmpty && !isDot && (hidden || name[0] != (byte)'.'))
                {
                    return 1;
                }
            }
        }
    }
}
