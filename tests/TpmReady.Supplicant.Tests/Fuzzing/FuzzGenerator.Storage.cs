// SPDX-License-Identifier: MIT

using System;
using System.Text;
using TpmReady.Linux.Tee;
using TpmReady.Supplicant.Protocol;
using TpmReady.Supplicant.Storage;

namespace TpmReady.Supplicant.Tests.Fuzzing;

/// <content>The file system.</content>
internal sealed partial class FuzzGenerator
{
    private const int ManyFiles = 150;

    private static readonly FileSystemOperation[] Operations =
    [
        FileSystemOperation.Open, FileSystemOperation.Open, FileSystemOperation.Open,
        FileSystemOperation.Create, FileSystemOperation.Create, FileSystemOperation.Create,
        FileSystemOperation.Close, FileSystemOperation.Close, FileSystemOperation.Close, FileSystemOperation.Close,
        FileSystemOperation.Read, FileSystemOperation.Read, FileSystemOperation.Read, FileSystemOperation.Read,
        FileSystemOperation.Write, FileSystemOperation.Write, FileSystemOperation.Write, FileSystemOperation.Write,
        FileSystemOperation.Truncate, FileSystemOperation.Truncate,
        FileSystemOperation.Remove, FileSystemOperation.Remove,
        FileSystemOperation.Rename,
        FileSystemOperation.OpenDirectory, FileSystemOperation.CloseDirectory,
        FileSystemOperation.ReadDirectory, FileSystemOperation.ReadDirectory,
    ];

    private static readonly string[] Names =
    [
        "/dirf.db", "/dirf.db", "/dirf.db", "/dirf.db", "/0", "/1", "/2", "/3", "/a", "/1f", "3.ta", "12.ta", "other",
        "/sub/x", "/sub/y", "/u/x", "/u/v/x", "/u/v/w/x", "/sub/0", "/dirf.db.removed-1", "//2", "sub", "/ä", ".x",
        "/sub/", "%n%s", "link", "new", "out/secret", "out/new", "pipe", "dirf.db/x", "0/x",
    ];

    private static readonly string[] BadNames =
    [
        "", "/", "//", ".", "..", "/..", "/../outside/new", "../secret", "0/../../outside/new", "./0", "sub/./x",
        "a\nb", "\u007f", "\u0001",
    ];

    private static readonly int[] Sizes = [0, 1, 66, 66, 68, 68, 68, 512, 4096, 4096, 4096, 16384, 60_000];

    private static readonly ulong[] Offsets = [0, 0, 0, 68, 68, 4096, 8192, 12288, 45056, 100_000];

    private void Store(FuzzExchange request)
    {
        FileSystemOperation operation = _random.Pick<FileSystemOperation>(Operations);
        if (model.Files.Count > ManyFiles && operation <= FileSystemOperation.Create)
        {
            operation = FileSystemOperation.Close;
        }

        request.Begin(RpcFunction.FileSystem);
        switch (operation)
        {
            case FileSystemOperation.Open or FileSystemOperation.Create or FileSystemOperation.OpenDirectory:
                request.Add(TeeParameterType.ValueInput, (ulong)operation);
                AddName(request, operation == FileSystemOperation.OpenDirectory);
                request.Add(TeeParameterType.ValueOutput);
                break;
            case FileSystemOperation.Remove:
                request.Add(TeeParameterType.ValueInput, (ulong)operation);
                AddName(request, isDirectory: false);
                break;
            case FileSystemOperation.Rename:
                request.Add(TeeParameterType.ValueInput, (ulong)operation, (ulong)_random.Below(2));
                AddName(request, isDirectory: false);
                AddName(request, isDirectory: false);

                // The second may lie over the first.
                request.IsValid = false;
                break;
            case FileSystemOperation.ReadDirectory or FileSystemOperation.CloseDirectory:
                AddHandle(request, operation, HandleKind.Directory, 0);
                break;
            case FileSystemOperation.Truncate:
                AddHandle(request, operation, HandleKind.File, Offset());
                break;
            default:
                AddHandle(request, operation, HandleKind.File, Offset());
                break;
        }

        switch (operation)
        {
            case FileSystemOperation.Read:
                AddMemory(request, TeeParameterType.MemoryOutput, _random.Pick<int>(Sizes));
                break;
            case FileSystemOperation.Write:
                AddMemory(request, TeeParameterType.MemoryInput, _random.Pick<int>(Sizes));
                break;
            case FileSystemOperation.ReadDirectory:
                AddMemory(request, TeeParameterType.MemoryOutput, _random.Below(40));
                break;
        }
    }

    private ulong Offset() => _random.OneIn(12) ? _random.Number() : _random.Pick<ulong>(Offsets);

    private void AddHandle(FuzzExchange request, FileSystemOperation operation, HandleKind kind, ulong number)
    {
        ulong handle = 0;
        bool isRight = false;
        if (model.Files.Count > 0 && !_random.OneIn(20))
        {
            (handle, HandleKind found) = model.Files[_random.Below(model.Files.Count)];
            isRight = found == kind;
        }
        else
        {
            handle = model.WrongHandle(_random);
        }

        request.IsValid = isRight && number <= long.MaxValue - (ulong)_buffer.Length;
        request.Add(TeeParameterType.ValueInput, (ulong)operation, handle, number);
    }

    /// <summary>
    /// A name as OP-TEE sends it: a C string at the front of 350 bytes, with old ones behind it. Or something else.
    /// </summary>
    private void AddName(FuzzExchange request, bool isDirectory)
    {
        Span<byte> bytes = _buffer.AsSpan(0, NameSize);
        bytes.Fill((byte)'x');
        int length = isDirectory && _random.OneIn(2)
            ? Encoding.UTF8.GetBytes("/sub", bytes)
            : Encoding.UTF8.GetBytes(_random.Pick<string>(Names), bytes);
        if (_random.OneIn(8))
        {
            length = GetBadName(bytes);
            request.IsValid = false;
        }

        if (length < NameSize)
        {
            bytes[length] = 0;
        }

        AddMemory(request, TeeParameterType.MemoryInput, bytes);
    }

    private int GetBadName(Span<byte> bytes)
    {
        switch (_random.Below(5))
        {
            case 0:
                // Long, and perhaps without an end.
                return _random.OneIn(2) ? NameSize : NameSize - _random.Below(3);
            case 1:
                return 254 + _random.Below(4);
            case 2:
                int length = _random.Below(20);
                for (int i = 0; i < length; i++)
                {
                    bytes[i] = (byte)_random.Next();
                }

                return length;
            case 3:
                length = Encoding.UTF8.GetBytes(_random.Pick<string>(Names), bytes);
                bytes[_random.Below(length)] = (byte)_random.Next();
                return length;
            default:
                return Encoding.UTF8.GetBytes(_random.Pick<string>(BadNames), bytes);
        }
    }
}
